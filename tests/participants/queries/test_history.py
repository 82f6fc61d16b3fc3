from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import User
from activities.models import Session
from participants.models import Attendance, Booking, MarkOperation, Participant
from participants.queries.history import history_of, person_at, walk_in_mark_id
from participants.services.walk_ins import mark_id
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


@pytest.fixture
def user() -> User:
    return make_user()


def mark(
    session: Session, by: User, person: Participant, minutes: int, **fields: Any
) -> MarkOperation:
    defaults: dict[str, Any] = {
        "id": uuid.uuid4(),
        "role": "participant",
        "status": "late",
        "marked_at": session.starts_at + minutes * MINUTE,
        "participant": person,
    }
    return MarkOperation.objects.create(
        session=session, person_id=person.pk, marked_by=by, **(defaults | fields)
    )


class TestWho:
    def test_belongs_to_the_hub_or_to_the_register(self, session, user):
        at_hub, marked, operated, booked = (
            make_participant(hub=session.activity.hub),
            make_participant(),
            make_participant(hub=make_hub()),
            make_participant(),
        )
        make_attendance(session, marked)
        mark(session, user, operated, 1)
        Booking.objects.create(session=session, participant=booked, has_place=True)
        for person in (at_hub, marked, operated, booked):
            assert person_at(session, person.pk) == person

    def test_nobody_else(self, session):
        assert person_at(session, make_participant(hub=make_hub()).pk) is None
        assert person_at(session, uuid.uuid4()) is None

    def test_a_merged_record_leads_to_its_root(self, session):
        root = make_participant()
        double = make_participant(hub=session.activity.hub)
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        assert person_at(session, double.pk) == root


class TestDeeds:
    def test_what_stands_what_was_superseded_held_used_and_set_aside(self, session, user):
        person = make_participant()
        now = session.ends_at
        first = mark(session, user, person, 1)
        aside = mark(session, user, person, 2, held_for="clock", settled_at=now, settled_by=user)
        used = mark(session, user, person, 3, held_for="time", settled_at=now, settled_by=user)
        waits = mark(session, user, person, 4, held_for="early")
        stands = mark(session, user, person, 5, id=uuid.uuid5(used.pk, "used"))
        make_attendance(session, person, operation=stands, marked_at=stands.marked_at)
        history = history_of(session, person)
        assert [(deed.operation, deed.became, deed.why) for deed in history.deeds] == [
            (first, "superseded", ""),
            (aside, "aside", "The device's clock was wrong."),
            (used, "used", "The time does not fit when the register was opened on that device."),
            (waits, "waits", "It was made before anybody can have come."),
            (stands, "stands", ""),
        ]
        assert history.standing is not None
        assert history.standing.operation == stands

    def test_marks_under_any_of_a_persons_ids_and_of_nobody_else(self, session, user):
        root, double = make_participant(), make_participant()
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        of_double = mark(session, user, double, 1)
        unknown_then = mark(session, user, root, 2, participant=None, held_for="person")
        mark(session, user, make_participant(), 3)
        mark(make_session(), user, root, 3)
        deeds = history_of(session, root).deeds
        assert [deed.operation for deed in deeds] == [of_double, unknown_then]

    @pytest.mark.parametrize(
        ("device", "shown"),
        [
            ("0123456789abcdef", "device 012345"),
            ("form:0123", "the page, without script"),
            ("walk-in", "the page, as a walk-in"),
            ("details", "the page, for times or role"),
            ("settled", "the page, used after it waited"),
            ("formidable", "device formid"),
            ("", "a device that is not named"),
        ],
    )
    def test_where_it_was_made(self, session, user, device, shown):
        person = make_participant()
        mark(session, user, person, 1, device=device)
        assert [deed.device for deed in history_of(session, person).deeds] == [shown]

    def test_a_role_is_said_where_it_is_not_the_usual_one(self, session, user):
        person = make_participant()
        mark(session, user, person, 1)
        mark(session, user, person, 2, role="practitioner")
        roles = [deed.role for deed in history_of(session, person).deeds]
        assert roles == ["", "Artist or coach"]

    def test_a_walk_in_of_this_register_can_be_taken_off_until_complete(self, session, user):
        person = make_participant(is_complete=False)
        assert walk_in_mark_id(person.pk, session.pk) == mark_id(person.pk, session)
        came = mark(session, user, person, 1, id=mark_id(person.pk, session))
        assert not history_of(session, person).can_be_taken_off
        make_attendance(session, person, operation=came)
        assert history_of(session, person).can_be_taken_off
        person.is_complete = True
        assert not history_of(session, person).can_be_taken_off

    def test_a_mark_that_came_in_bulk_has_no_deeds(self, session):
        person = make_participant()
        attendance = make_attendance(session, person)
        history = history_of(session, person)
        assert (history.deeds, history.standing) == ([], attendance)
        assert Attendance.objects.get() == history.standing

    @pytest.mark.parametrize("rows", [1, 3])
    def test_costs_the_same(self, session, user, rows, django_assert_num_queries):
        person = make_participant()
        for minute in range(rows):
            mark(session, user, person, minute)
        with django_assert_num_queries(2):
            history_of(session, person)
