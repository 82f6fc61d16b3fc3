from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.models import Attendance, MarkOperation, Participant
from participants.queries.day import Today, missing_registers, today_for
from participants.queries.marks import current_marks
from participants.queries.people import people_named, possible_matches
from participants.queries.register import register_for
from tests.factories import (
    london,
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


class TestRegister:
    def test_expects_who_came_to_the_activity_in_the_four_weeks_before(self, session):
        expected = {
            came(session, session.starts_at - WEEK),
            came(session, session.starts_at - 4 * WEEK),
            came(session, session.starts_at - 2 * WEEK, status="late"),
            came(session, session.starts_at - 2 * WEEK, status="left_early"),
            came(session, session.starts_at - 2 * WEEK, role="volunteer"),
        }
        came(session, session.starts_at - 4 * WEEK - dt.timedelta(minutes=1))
        came(session, session.starts_at + WEEK)
        came(session, session.starts_at - WEEK, status="absent")
        came(session, session.starts_at - WEEK, status="excused")
        came(session, session.starts_at - WEEK, role="practitioner")
        came(session, session.starts_at - WEEK, role="family")
        came(session, session.starts_at - WEEK, make_participant(hub=make_hub()))
        came(session, session.starts_at - WEEK, activity=make_activity(hub=session.activity.hub))
        assert set(ids(session)) == {person.pk for person in expected}

    def test_lists_anyone_marked_wherever_they_are_registered(self, session):
        regular = came(session, session.starts_at - WEEK)
        guest = make_participant(hub=make_hub(), given_name="Guest")
        make_attendance(session, guest, status="absent", role="family")
        register = register_for(session)
        rows = {row.participant_id: row for row in register.rows}
        assert set(rows) == {regular.pk, guest.pk}
        assert (rows[guest.pk].status, rows[guest.pk].role) == ("absent", "family")
        assert rows[guest.pk].name == "Guest P"
        assert (rows[regular.pk].status, rows[regular.pk].role) == ("", "participant")
        assert (register.here, register.not_here, register.unmarked) == (0, 1, 1)

    def test_a_new_activity_lists_the_hubs_recent_people_and_keeps_them_once_marked(self, session):
        other = make_activity(hub=session.activity.hub)
        recent = came(session, session.starts_at - WEEK, activity=other)
        came(session, session.starts_at - 5 * WEEK, activity=other)
        came(session, session.starts_at - WEEK, activity=make_activity(hub=make_hub()))
        assert ids(session) == [recent.pk]
        make_attendance(session, recent)
        assert ids(session) == [recent.pk]

    def test_of_many_recent_people_the_most_frequent_are_listed(self, session, monkeypatch):
        monkeypatch.setattr("participants.queries.register.NEWCOMERS_LISTED", 1)
        other = make_activity(hub=session.activity.hub)
        came(session, session.starts_at - WEEK, activity=other)
        often = came(session, session.starts_at - WEEK, activity=other)
        came(session, session.starts_at - 2 * WEEK, often, activity=other)
        assert ids(session) == [often.pk]

    def test_the_order_is_first_name_then_id_and_marking_moves_nobody(self, session):
        people = [
            came(
                session,
                session.starts_at - WEEK,
                make_participant(hub=session.activity.hub, given_name=name, family_name=last),
            )
            for name, last in (("bea", "Z"), ("Bea", "A"), ("Ana", "Y"), ("Cy", ""))
        ]
        beas = sorted(person.pk for person in people[:2])
        expected = [people[2].pk, *beas, people[3].pk]
        assert ids(session) == expected
        make_attendance(session, people[3], status="absent")
        assert ids(session) == expected

    def test_merged_records_are_one_row_with_the_later_mark(self, session):
        root = came(session, session.starts_at - WEEK)
        double = came(session, session.starts_at - WEEK)
        make_attendance(session, root, status="absent", marked_at=session.starts_at)
        later = session.starts_at + dt.timedelta(minutes=1)
        make_attendance(session, double, status="late", marked_at=later)
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        assert [(row.participant_id, row.status) for row in register_for(session).rows] == [
            (root.pk, "late")
        ]
        marks = current_marks(session)
        assert {person: mark.status for person, mark in marks.items()} == {root.pk: "late"}

    def test_of_equal_times_a_mark_made_here_stands_then_the_greater_id(self, session, now):
        root, double = make_participant(), make_participant()
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        low, high = UUID(int=1), UUID(int=2)
        make_attendance(session, double, status="late", marked_at=now, id=high)
        make_attendance(session, root, status="absent", marked_at=now, id=low)
        assert register_for(session).rows[0].status == "late"
        operation = MarkOperation.objects.create(
            id=low,
            session=session,
            participant=root,
            role="participant",
            status="absent",
            marked_at=now,
            marked_by=make_user(),
        )
        Attendance.objects.filter(pk=low).update(operation=operation)
        assert register_for(session).rows[0].status == "absent"

    def test_a_root_registered_elsewhere_is_expected_through_its_merged_record(self, session):
        root = make_participant(hub=make_hub())
        double = came(session, session.starts_at - WEEK)
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        assert ids(session) == [root.pk]

    def test_a_citywide_session_expects_whoever_came(self):
        session = make_session(activity=make_activity(hub=None))
        person = make_participant()
        came(session, session.starts_at - WEEK, person)
        assert ids(session) == [person.pk]

    def test_nobody(self, session):
        register = register_for(session)
        assert (register.rows, register.here, register.not_here, register.unmarked) == ([], 0, 0, 0)
        assert register.saved_at is None
        assert register.head_counts == []

    def test_says_when_it_was_saved_and_what_was_counted(self, session, now):
        make_attendance(session, marked_at=now)
        count = HeadCount.objects.create(
            session=session,
            group=HeadCountGroup.AUDIENCE,
            people=9,
            method=CountMethod.ESTIMATED,
        )
        register = register_for(session)
        assert register.saved_at == now
        assert register.head_counts == [count]

    @pytest.mark.parametrize("people", [1, 3, 30])
    def test_costs_three_queries_whoever_is_on_it(self, session, people):
        for _ in range(people):
            make_attendance(session, came(session, session.starts_at - WEEK))
        fresh = Session.objects.select_related("activity__hub").get(pk=session.pk)
        with CaptureQueriesContext(connection) as captured:
            assert len(register_for(fresh).rows) == people
        assert len(captured) == 3


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


class TestToday:
    """The clock says Tuesday 14 May 2019, 5pm."""

    @pytest.fixture
    def hub(self) -> Any:
        return make_hub()

    @pytest.fixture
    def user(self, hub) -> Any:
        return make_user(Role.COORDINATOR, hubs=(hub,))

    def at(self, hub: Any, *when: int, **fields: Any) -> Session:
        fields.setdefault("starts_at", london(*when))
        return make_session(activity=make_activity(hub=hub), **fields)

    def test_now_next_and_missing(self, hub, user, now):
        starting = self.at(hub, 2019, 5, 14, 17)
        running = self.at(hub, 2019, 5, 14, 16)
        self.at(hub, 2019, 5, 14, 16, minutes=60, register_taken_at=now)
        later = self.at(hub, 2019, 5, 14, 19)
        self.at(hub, 2019, 5, 15, 16)
        oldest = self.at(hub, 2019, 4, 16, 17)
        ended = self.at(hub, 2019, 5, 14, 16, minutes=60)
        older = self.at(hub, 2019, 4, 16, 16, minutes=30)
        self.at(make_hub(), 2019, 4, 16, 16)
        today = today_for(user, now)
        assert today.now == [running, starting]
        assert today.next == [later]
        assert (today.next_on, today.is_next_today) == (dt.date(2019, 5, 14), True)
        assert today.missing == [oldest, ended]
        assert (today.missing_count, today.older_count) == (2, 1)
        assert list(missing_registers(user, now)) == [older, oldest, ended]

    def test_next_are_all_of_the_next_day_with_sessions(self, hub, user, now):
        thursday = [self.at(hub, 2019, 5, 16, hour) for hour in (16, 18)]
        self.at(hub, 2019, 5, 17, 16)
        today = today_for(user, now)
        assert today.next == thursday
        assert (today.next_on, today.is_next_today) == (dt.date(2019, 5, 16), False)

    def test_nothing(self, hub, user, now):
        self.at(hub, 2019, 5, 21, 17)
        self.at(hub, 2019, 5, 14, 16, cancelled_at=now)
        self.at(hub, 2019, 5, 14, 18, cancelled_at=now)
        self.at(hub, 2019, 5, 13, 16, cancelled_at=now)
        self.at(hub, 2019, 5, 13, 16, headcount_only=True)
        assert today_for(user, now) == Today([], [], None, False, [], 0, 0)

    def test_other_hubs_are_seen_by_trust_staff_only(self, user, now):
        elsewhere = self.at(make_hub(), 2019, 5, 14, 16)
        self.at(make_hub(), 2019, 5, 13, 16)
        assert today_for(user, now) == Today([], [], None, False, [], 0, 0)
        staff = today_for(make_user(Role.TRUST_STAFF), now)
        assert (staff.now, staff.missing_count) == ([elsewhere], 1)

    def test_the_oldest_missing_are_listed_and_all_are_counted(self, hub, user, now, monkeypatch):
        monkeypatch.setattr("participants.queries.day.MISSING_LISTED", 1)
        self.at(hub, 2019, 5, 13)
        oldest = self.at(hub, 2019, 5, 7)
        today = today_for(user, now)
        assert (today.missing, today.missing_count, today.has_more_missing) == ([oldest], 2, True)
