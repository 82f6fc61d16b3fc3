from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Role
from activities.models import Session
from participants.models import Participant
from participants.queries.people import people_named, possible_matches
from participants.queries.register import register_for
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


def came(session: Session, when: dt.datetime, person: Participant | None = None, **fields: Any):
    """Somebody of the hub who attended the session's activity then."""
    person = person or make_participant(hub=session.activity.hub)
    earlier = make_session(activity=fields.pop("activity", session.activity), starts_at=when)
    make_attendance(earlier, person, **fields)
    return person


def ids(session: Session) -> list[Any]:
    return [row.participant_id for row in register_for(session).rows]


class TestFindingPeople:
    def test_by_the_beginning_of_the_first_name_at_my_hubs(self):
        hub = make_hub()
        user = make_user(Role.COORDINATOR, hubs=(hub,))
        found = [make_participant(hub=hub, given_name=name) for name in ("Sam", "SAMPLE", "samuel")]
        make_participant(hub=hub, given_name="Balsam")
        make_participant(hub=make_hub(), given_name="Sam")
        make_participant(given_name="Sam")
        make_participant(hub=hub, given_name="Sam", merged_into=found[0])
        assert set(people_named(user, " sam ")) == set(found)
        assert people_named(user, "  ") == []
        assert people_named(user, "%") == []
        assert people_named(make_user(Role.EVALUATOR, hubs=(hub,)), "Sam") == []

    def test_through_a_record_of_my_hub_that_was_merged(self):
        hub = make_hub()
        root = make_participant(hub=make_hub(), given_name="Sam")
        make_participant(hub=hub, given_name="Sam", merged_into=root)
        make_participant(
            hub=make_hub(), given_name="Sam", merged_into=make_participant(given_name="Ada")
        )
        user = make_user(Role.COORDINATOR, hubs=(hub,))
        assert people_named(user, "Sam") == [root]
        assert people_named(make_user(Role.TRUST_STAFF), "Sam") == [root]

    def test_who_may_be_the_walk_in(self, session):
        hub = session.activity.hub
        match = make_participant(hub=hub, given_name="sam", year_group=5)
        unknown_year = make_participant(hub=hub, given_name="Sam", year_group=None)
        next_year = make_participant(hub=hub, given_name="Sam", year_group=6)
        far_year = make_participant(hub=hub, given_name="Sam", year_group=7)
        make_participant(hub=make_hub(), given_name="Sam", year_group=5)
        make_participant(hub=hub, given_name="Samuel", year_group=5)

        def matches(year_group: int | None) -> set[Participant]:
            return set(
                possible_matches(
                    session,
                    participant_id=session.pk,
                    given_name="Sam",
                    year_group=year_group,
                )
            )

        assert matches(5) == {match, unknown_year, next_year}
        assert matches(None) == {match, unknown_year, next_year, far_year}

    def test_a_name_as_the_register_shows_it_is_found(self, session):
        hub = session.activity.hub
        mary_ann = make_participant(hub=hub, given_name="Mary Ann", family_name="Bell")
        mary = make_participant(hub=hub, given_name="Mary", family_name="Cole")
        make_participant(hub=hub, given_name="Maryam", family_name="Cole")
        user = make_user(Role.COORDINATOR, hubs=(hub,))
        assert people_named(user, "mary c") == [mary]
        assert people_named(user, "Mary  Ann") == [mary_ann]
        assert people_named(user, "mary ann b") == [mary_ann]
        assert people_named(user, "mary x") == []

    def test_says_when_each_last_came_here(self, session):
        hub = session.activity.hub
        sams = [make_participant(hub=hub, given_name="Sam", family_name=last) for last in "ABC"]
        double = make_participant(hub=hub, merged_into=sams[0])
        chess = make_activity(hub=hub, title="Chess")
        came(session, session.starts_at - 9 * WEEK, sams[0])
        came(session, session.starts_at - 8 * WEEK, double, activity=chess)
        came(session, session.starts_at - 7 * WEEK, sams[0], status="absent")
        came(session, session.starts_at - 6 * WEEK, sams[1])
        # At another hub: not this one's business.
        came(session, session.starts_at - WEEK, sams[1], activity=make_activity(hub=make_hub()))
        found = possible_matches(
            session, participant_id=session.pk, given_name="Sam", year_group=None
        )
        user = make_user(Role.COORDINATOR, hubs=(hub,))
        for people in (found, people_named(user, "Sam")):
            assert [(person.last_came_at, person.last_came_to) for person in people] == [
                (session.starts_at - 8 * WEEK, "Chess"),
                (session.starts_at - 6 * WEEK, session.activity.title),
                (None, None),
            ]

    def test_a_walk_in_that_is_there_already_is_not_asked_about(self, session):
        walk_in = make_participant(hub=session.activity.hub, given_name="Sam")
        assert (
            possible_matches(session, participant_id=walk_in.pk, given_name="Sam", year_group=None)
            == []
        )
