from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import HeadCount, Session
from participants.models import (
    Attendance,
    Booking,
    MarkOperation,
    Participant,
    RegisterEvent,
    SealedWalkIn,
)
from participants.queries.marks import current_marks
from participants.queries.register import (
    CountedGroup,
    counted_groups,
    register_for,
    with_register_state,
)
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


def book(session: Session, person: Participant, **fields: Any) -> None:
    Booking.objects.create(session=session, participant=person, **fields)


def ids(session: Session) -> list[Any]:
    return [row.participant_id for row in register_for(session).rows]


class TestRegister:
    def test_expects_who_was_marked_at_the_activity_in_the_four_weeks_before(self, session):
        expected = {
            came(session, session.starts_at - WEEK),
            came(session, session.starts_at - 4 * WEEK),
            came(session, session.starts_at - 2 * WEEK, status="late"),
            came(session, session.starts_at - 2 * WEEK, status="left_early"),
            came(session, session.starts_at - 2 * WEEK, role="volunteer"),
            came(session, session.starts_at - WEEK, status="absent"),
            came(session, session.starts_at - WEEK, status="excused"),
        }
        came(session, session.starts_at - 4 * WEEK - dt.timedelta(minutes=1))
        came(session, session.starts_at + WEEK)
        came(session, session.starts_at - WEEK, role="practitioner")
        came(session, session.starts_at - WEEK, role="family")
        came(session, session.starts_at - WEEK, make_participant(hub=make_hub()))
        came(session, session.starts_at - WEEK, activity=make_activity(hub=session.activity.hub))
        assert set(ids(session)) == {person.pk for person in expected}

    def test_expects_regulars_of_the_twelve_weeks_before(self, session):
        """After a holiday of six weeks nobody came lately."""
        regular, seldom, long_ago, absent = (
            make_participant(hub=session.activity.hub) for _ in range(4)
        )
        for weeks in (6, 7, 12):
            came(session, session.starts_at - weeks * WEEK, regular)
            came(session, session.starts_at - weeks * WEEK, absent, status="absent")
        for weeks in (6, 7):
            came(session, session.starts_at - weeks * WEEK, seldom)
        for weeks in (6, 7, 13):
            came(session, session.starts_at - weeks * WEEK, long_ago)
        assert ids(session) == [regular.pk]

    def test_who_booked_is_expected_and_it_is_said(self, session):
        Session.objects.filter(pk=session.pk).update(places=1)
        session.refresh_from_db()
        regular = came(session, session.starts_at - WEEK)
        first, second, gone = (make_participant(hub=session.activity.hub) for _ in range(3))
        book(session, first, has_place=True)
        book(session, second, has_place=False)
        book(session, gone, has_place=True, cancelled_at=session.starts_at)
        rows = {row.participant_id: row.booking for row in register_for(session).rows}
        assert rows == {regular.pk: "", first.pk: "booked", second.pk: "waiting"}

    def test_a_new_session_with_places_expects_nobody_who_has_not_booked(self, session):
        came(session, session.starts_at - WEEK, activity=make_activity(hub=session.activity.hub))
        Session.objects.filter(pk=session.pk).update(places=9)
        session.refresh_from_db()
        assert ids(session) == []

    def test_everyone_has_the_role_of_the_last_time_until_marked(self, session):
        person = came(session, session.starts_at - 2 * WEEK)
        came(session, session.starts_at - WEEK, person, role="volunteer")
        double = make_participant(hub=session.activity.hub)
        other = came(session, session.starts_at - 2 * WEEK, role="volunteer")
        came(session, session.starts_at - WEEK, double)
        Participant.objects.filter(pk=double.pk).update(merged_into=other)
        came(session, session.starts_at - WEEK / 7, person, role="family")
        roles = {row.participant_id: row.role for row in register_for(session).rows}
        assert roles == {person.pk: "volunteer", other.pk: "participant"}
        make_attendance(session, person, role="practitioner")
        roles = {row.participant_id: row.role for row in register_for(session).rows}
        assert roles[person.pk] == "practitioner"

    def test_tells_who_is_a_walk_in_of_this_session(self, session):
        opening = session.starts_at - dt.timedelta(minutes=30)
        minute = dt.timedelta(minutes=1)
        for name, is_complete, created_at in (
            ("Walkin", False, opening),
            ("Earlier", False, opening - minute),
            ("Complete", True, opening + minute),
        ):
            person = make_participant(
                given_name=name, is_complete=is_complete, created_at=created_at
            )
            make_attendance(session, person)
        walk_ins = [row.name for row in register_for(session).rows if row.is_walk_in]
        assert walk_ins == ["Walkin P"]

    def test_says_when_somebody_came_and_left(self, session):
        person = make_participant()
        times = {"arrived_at": session.starts_at, "left_at": session.ends_at}
        make_attendance(session, person, **times)
        (row,) = register_for(session).rows
        assert (row.arrived_at, row.left_at) == (session.starts_at, session.ends_at)

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
            person_id=root.pk,
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

    def test_says_when_it_was_saved(self, session, now):
        make_attendance(session, marked_at=now)
        assert register_for(session).saved_at == now

    @pytest.mark.parametrize(("places", "queries"), [(None, 2), (30, 3)])
    @pytest.mark.parametrize("people", [1, 3, 30])
    def test_costs_the_same_whoever_is_on_it(self, session, people, places, queries):
        Session.objects.filter(pk=session.pk).update(places=places)
        for _ in range(people):
            make_attendance(session, came(session, session.starts_at - WEEK))
        fresh = Session.objects.select_related("activity__hub").get(pk=session.pk)
        with CaptureQueriesContext(connection) as captured:
            assert len(register_for(fresh).rows) == people
        assert len(captured) == queries


class TestState:
    """What a register's page says of the whole comes with the session."""

    def state(self, session: Session) -> Any:
        return with_register_state(Session.objects.all()).get(pk=session.pk)

    def test_nothing(self, session):
        state = self.state(session)
        assert counted_groups(state) == []
        assert (state.closed_by_name, state.held_marks, state.held_walk_ins) == (None, 0, 0)

    def test_head_counts_in_words(self, session):
        for group, people, method in (("visitors", 3, "estimated"), ("audience", 9, "counted")):
            HeadCount.objects.create(session=session, group=group, people=people, method=method)
        HeadCount.objects.create(
            session=make_session(), group="artists", people=1, method="counted"
        )
        assert counted_groups(self.state(session)) == [
            CountedGroup("Audience", 9, "counted"),
            CountedGroup("Visitors", 3, "estimated"),
        ]

    def test_who_closed_it_last(self, session, now):
        for minutes, action, name in (
            (1, "closed", "Ash"),
            (9, "closed", "Elm"),
            (12, "reopened", "Oak"),
        ):
            RegisterEvent.objects.create(
                session=session,
                action=action,
                reason="Somebody came late",
                at=now + dt.timedelta(minutes=minutes),
                done_by=make_user(name=name),
            )
        assert self.state(session).closed_by_name == "Elm"

    def test_what_is_held_and_not_settled(self, session, now):
        def operation(**fields: Any) -> None:
            MarkOperation.objects.create(
                id=uuid4(),
                session=session,
                person_id=uuid4(),
                role="participant",
                status="absent",
                marked_at=now,
                marked_by=make_user(),
                **fields,
            )

        operation(held_for="person")
        operation(held_for="cancelled", participant=make_participant())
        operation(held_for="early", settled_at=now)
        operation(participant=make_participant())
        SealedWalkIn.objects.create(
            id=uuid4(), session=session, sealed={}, problem="x", marked_at=now, taken_by=make_user()
        )
        state = self.state(session)
        assert (state.held_marks, state.held_walk_ins) == (2, 1)
