"""Places: who gets one, who waits, who moves up; and that nobody loses theirs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Session
from participants.models import Booking, Participant, Registration
from participants.services.bookings import (
    BookedAlreadyError,
    BookingError,
    NewPerson,
    NothingToBookError,
    book,
    book_new_person,
    cancel_booking,
    move_booking,
    set_places,
)
from tests.factories import (
    london,
    make_activity,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.services.helpers import MINUTE, in_threads

pytestmark = pytest.mark.django_db
NOW = london(2019, 5, 7, 12)
DURING, AFTER = london(2019, 5, 14, 17), london(2019, 5, 14, 17, 30)


def with_places(session: Session, places: int | None) -> Session:
    session.places = places
    session.save()
    return session


def people_of(session: Session, number: int) -> list[Participant]:
    return [make_participant(hub=session.activity.hub) for _ in range(number)]


def standing(session: Session) -> list[tuple[uuid.UUID, bool]]:
    rows = session.bookings.standing().order_by("booked_at", "pk")
    return list(rows.values_list("participant", "has_place"))


class TestSettingPlaces:
    def test_more_places_go_to_whoever_waits_longest(self, session, coordinator):
        with_places(session, 1)
        people = people_of(session, 4)
        for number, person in enumerate(people):
            book(session=session, participant=person, by=coordinator, now=NOW + number * MINUTE)
        later = NOW + dt.timedelta(hours=1)
        set_places(session=session, places=3, by=coordinator, now=later)
        assert [has for _, has in standing(session)] == [True, True, True, False]
        moved = session.bookings.order_by("booked_at").values_list("moved_up_at", flat=True)
        assert list(moved) == [None, later, later, None]

    def test_fewer_take_nobodys_away(self, session, coordinator):
        with_places(session, 2)
        for person in people_of(session, 2):
            book(session=session, participant=person, by=coordinator, now=NOW)
        waits = book(session=session, participant=people_of(session, 1)[0], by=coordinator, now=NOW)
        set_places(session=session, places=0, by=coordinator, now=NOW)
        assert [has for _, has in standing(session)] == [True, True, False]
        first = session.bookings.order_by("booked_at")[0]
        set_places(session=session, places=1, by=coordinator, now=NOW)
        cancel_booking(booking=first, by=coordinator, now=NOW)
        waits.refresh_from_db()
        assert not waits.has_place

    def test_it_is_written_down_and_once(self, session, coordinator):
        for _ in range(2):
            set_places(session=session, places=12, by=coordinator, now=NOW)
        session.refresh_from_db()
        assert session.places == 12
        entry = AuditEntry.objects.get(kind=AuditKind.SESSION_CHANGED)
        assert (entry.actor_id, entry.object_id, entry.reason) == (
            coordinator.pk,
            session.pk,
            "places",
        )

    def test_nobody_has_to_book_any_more_only_where_nobody_has(self, session, coordinator):
        with_places(session, 2)
        person = people_of(session, 1)[0]
        booking = book(session=session, participant=person, by=coordinator, now=NOW)
        with pytest.raises(BookingError, match="Cancel their bookings first"):
            set_places(session=session, places=None, by=coordinator, now=NOW)
        cancel_booking(booking=booking, by=coordinator, now=NOW)
        assert set_places(session=session, places=None, by=coordinator, now=NOW).places is None

    @pytest.mark.parametrize("fields", [{"cancelled_at": NOW}, {"ends_at": DURING}])
    def test_neither_cancelled_nor_past_sessions(self, fields, session, coordinator):
        Session.objects.filter(pk=session.pk).update(**fields)
        with pytest.raises(NothingToBookError):
            set_places(session=session, places=3, by=coordinator, now=DURING)
        assert Session.objects.get(pk=session.pk).places is None


class TestBooking:
    def test_a_place_while_there_is_one_then_in_order(self, session, coordinator):
        with_places(session, 2)
        people = people_of(session, 4)
        made = [
            book(session=session, participant=person, by=coordinator, now=NOW) for person in people
        ]
        assert [each.has_place for each in made] == [True, True, False, False]
        # At one moment, and yet in order: a number on the waiting list never goes up.
        assert [pk for pk, _ in standing(session)] == [person.pk for person in people]
        assert {each.booked_by_id for each in made} == {coordinator.pk}
        kinds = AuditEntry.objects.values_list("kind", "object_id")
        assert set(kinds) >= {(AuditKind.BOOKING_MADE, each.pk) for each in made}

    def test_a_clock_that_runs_behind_does_not_jump_the_queue(self, session, coordinator):
        with_places(session, 0)
        first, second = people_of(session, 2)
        book(session=session, participant=first, by=coordinator, now=NOW)
        book(session=session, participant=second, by=coordinator, now=NOW - 5 * MINUTE)
        assert [pk for pk, _ in standing(session)] == [first.pk, second.pk]

    def test_one_standing_booking_each(self, session, coordinator, child):
        with_places(session, 3)
        booking = book(session=session, participant=child, by=coordinator, now=NOW)
        with pytest.raises(BookedAlreadyError):
            book(session=session, participant=child, by=coordinator, now=NOW)
        cancel_booking(booking=booking, by=coordinator, now=NOW)
        again = book(session=session, participant=child, by=coordinator, now=NOW)
        assert again.pk != booking.pk
        assert standing(session) == [(child.pk, True)]

    def test_merged_records_are_one_person(self, session, coordinator, child):
        with_places(session, 3)
        merged = make_participant(merged_into=child)
        booking = book(session=session, participant=merged, by=coordinator, now=NOW)
        assert booking.participant_id == child.pk
        with pytest.raises(BookedAlreadyError):
            book(session=session, participant=child, by=coordinator, now=NOW)

    def test_a_record_merged_after_it_booked_counts_as_its_root(self, session, coordinator, child):
        with_places(session, 3)
        other = people_of(session, 1)[0]
        book(session=session, participant=other, by=coordinator, now=NOW)
        Participant.objects.filter(pk=other.pk).update(merged_into=child)
        with pytest.raises(BookedAlreadyError):
            book(session=session, participant=child, by=coordinator, now=NOW)

    def test_whoever_waits_goes_first_where_places_were_added_elsewhere(self, session, coordinator):
        with_places(session, 0)
        first, second = people_of(session, 2)
        book(session=session, participant=first, by=coordinator, now=NOW)
        with_places(session, 1)
        book(session=session, participant=second, by=coordinator, now=NOW)
        assert standing(session) == [(first.pk, True), (second.pk, False)]

    @pytest.mark.parametrize(
        ("fields", "at", "said"),
        [
            ({}, NOW, "Nobody has to book"),
            ({"places": 5, "cancelled_at": NOW}, NOW, "was cancelled"),
            ({"places": 5}, AFTER, "too late"),
        ],
    )
    def test_nothing_to_book(self, *, fields, at, said, session, coordinator, child):
        Session.objects.filter(pk=session.pk).update(**fields)
        with pytest.raises(NothingToBookError, match=said):
            book(session=session, participant=child, by=coordinator, now=at)
        assert not Booking.objects.exists()

    def test_somebody_may_be_booked_while_it_is_on(self, session, coordinator, child):
        with_places(session, 1)
        assert book(session=session, participant=child, by=coordinator, now=DURING).has_place

    def test_neither_strangers_nor_strange_children(self, session, coordinator, child):
        with_places(session, 5)
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        with pytest.raises(PermissionDenied):
            book(session=session, participant=child, by=stranger, now=NOW)
        elsewhere = make_participant(hub=make_hub())
        with pytest.raises(PermissionDenied):
            book(session=session, participant=elsewhere, by=coordinator, now=NOW)
        with pytest.raises(PermissionDenied):
            set_places(session=session, places=1, by=stranger, now=NOW)
        booking = book(session=session, participant=child, by=coordinator, now=NOW)
        with pytest.raises(PermissionDenied):
            cancel_booking(booking=booking, by=stranger, now=NOW)
        with pytest.raises(PermissionDenied):
            move_booking(booking=booking, participant=child, by=stranger, now=NOW)
        assert standing(session) == [(child.pk, True)]


class TestNewPeople:
    PERSON = NewPerson(uuid.uuid4(), "Juniper", "Testname", 5)

    def test_an_incomplete_record_of_the_hub(self, session, coordinator):
        with_places(session, 1)
        sent = [
            book_new_person(session=session, person=self.PERSON, by=coordinator, now=NOW)
            for _ in range(2)
        ]
        assert sent[0] == sent[1]
        person = Participant.objects.get()
        assert person.pk == self.PERSON.id
        assert (person.register_name, person.year_group, person.is_complete) == (
            "Juniper T",
            5,
            False,
        )
        assert Registration.objects.get().hub_id == session.activity.hub_id
        kinds = AuditEntry.objects.filter(object_id=person.pk).values_list("kind", flat=True)
        assert list(kinds) == [AuditKind.PARTICIPANT_CREATED]

    def test_of_the_whole_city_without_a_hub(self):
        session = with_places(make_session(activity=make_activity(hub=None)), 1)
        by = make_user(Role.TRUST_STAFF)
        assert book_new_person(session=session, person=self.PERSON, by=by, now=NOW).has_place
        assert not Registration.objects.exists()

    def test_an_id_of_somebody_else_changes_nothing(self, session, coordinator, child):
        with_places(session, 1)
        person = NewPerson(child.pk, "Juniper")
        with pytest.raises(BookingError, match="other details"):
            book_new_person(session=session, person=person, by=coordinator, now=NOW)
        assert standing(session) == []


class TestCancelling:
    def test_the_first_who_waits_moves_up(self, session, coordinator):
        with_places(session, 1)
        people = people_of(session, 3)
        bookings = [
            book(session=session, participant=person, by=coordinator, now=NOW) for person in people
        ]
        later = NOW + MINUTE
        cancel_booking(booking=bookings[0], by=coordinator, now=later)
        assert standing(session) == [(people[1].pk, True), (people[2].pk, False)]
        gone = Booking.objects.get(pk=bookings[0].pk)
        assert (gone.cancelled_at, gone.cancelled_by) == (later, coordinator)
        assert Booking.objects.get(pk=bookings[1].pk).moved_up_at == later

    def test_again_keeps_the_first_time(self, session, coordinator, child):
        with_places(session, 1)
        booking = book(session=session, participant=child, by=coordinator, now=NOW)
        for minutes in (1, 2):
            booking = cancel_booking(booking=booking, by=coordinator, now=NOW + minutes * MINUTE)
        assert booking.cancelled_at == NOW + MINUTE
        assert AuditEntry.objects.filter(kind=AuditKind.BOOKING_CANCELLED).count() == 1

    def test_not_after_the_session(self, session, coordinator, child):
        with_places(session, 1)
        booking = book(session=session, participant=child, by=coordinator, now=NOW)
        with pytest.raises(NothingToBookError, match="over"):
            cancel_booking(booking=booking, by=coordinator, now=AFTER)
        assert standing(session) == [(child.pk, True)]


class TestMoving:
    def booked(self, session: Session, coordinator: User) -> Booking:
        with_places(session, 1)
        person = NewPerson(uuid.uuid4(), "Juniper")
        return book_new_person(session=session, person=person, by=coordinator, now=NOW)

    def test_to_whom_the_hub_knows(self, session, coordinator, child):
        booking = self.booked(session, coordinator)
        move_booking(booking=booking, participant=child, by=coordinator, now=NOW)
        assert standing(session) == [(child.pk, True)]
        left = Participant.objects.get(given_name="Juniper")
        assert not left.bookings.exists()
        assert not left.is_complete
        moved = Booking.objects.get()
        assert (moved.pk, moved.booked_at) == (booking.pk, booking.booked_at)

    def test_not_to_somebody_who_has_booked(self, session, coordinator, child):
        booking = self.booked(session, coordinator)
        book(session=session, participant=child, by=coordinator, now=NOW)
        with pytest.raises(BookedAlreadyError):
            move_booking(booking=booking, participant=child, by=coordinator, now=NOW)

    def test_not_of_complete_records_nor_cancelled_ones(self, session, coordinator, child):
        cancelled = self.booked(session, coordinator)
        cancel_booking(booking=cancelled, by=coordinator, now=NOW)
        whole = book(session=session, participant=child, by=coordinator, now=NOW)
        other = people_of(session, 1)[0]
        for booking in (cancelled, whole):
            with pytest.raises(BookingError, match="cannot be moved"):
                move_booking(booking=booking, participant=other, by=coordinator, now=NOW)

    def test_not_to_strange_children(self, session, coordinator):
        booking = self.booked(session, coordinator)
        elsewhere = make_participant(hub=make_hub())
        with pytest.raises(PermissionDenied):
            move_booking(booking=booking, participant=elsewhere, by=coordinator, now=NOW)


PEOPLE = 6
steps = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("cancel"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("places"), st.integers(0, 4)),
    ),
    max_size=14,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sequence=steps)
def test_any_sequence_is_fair(sequence: list[tuple[str, int]]) -> None:
    """Against the rule in plain Python: a list in order, and who was given a place."""
    session = with_places(make_session(activity=make_activity(hub=make_hub())), 2)
    by = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
    people = people_of(session, PEOPLE)
    places, order, placed = 2, [], set()
    for at, (act, number) in enumerate(sequence):
        person, now = people[number], NOW + at * MINUTE
        had = set(placed)
        if act == "places":
            set_places(session=session, places=number, by=by, now=now)
            places = number
        elif act == "book":
            assert _tries(person.pk in order, session, person, by, now)
            order = [*order, person.pk] if person.pk not in order else order
        elif person.pk in order:
            booking = session.bookings.standing().get(participant=person)
            cancel_booking(booking=booking, by=by, now=now)
            order.remove(person.pk)
            placed.discard(person.pk)
            had.discard(person.pk)
        for waits in [one for one in order if one not in placed]:
            if len(placed) < places:
                placed.add(waits)
        assert had <= placed
        assert standing(session) == [(pk, pk in placed) for pk in order]
        assert len(placed) <= max(places, len(had))


def _tries(
    is_booked: bool, session: Session, person: Participant, by: User, now: dt.datetime
) -> bool:
    """Book; say whether that was refused exactly where the person stands already."""
    try:
        book(session=session, participant=person, by=by, now=now)
    except BookedAlreadyError:
        return is_booked
    return not is_booked


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_twenty_for_five_places(self):
        session = with_places(make_session(activity=make_activity(hub=make_hub())), 5)
        by = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        people = people_of(session, 20)

        def booking_of(person: Participant) -> Any:
            return lambda: book(session=session, participant=person, by=by, now=NOW)

        made = in_threads(*(booking_of(person) for person in people))
        assert {type(each) for each in made} == {Booking}
        rows = standing(session)
        assert [has for _, has in rows] == [True] * 5 + [False] * 15
        assert {pk for pk, _ in rows} == {person.pk for person in people}
        times = list(session.bookings.values_list("booked_at", flat=True))
        assert len(set(times)) == 20

    def test_one_child_by_two_coordinators(self):
        session = with_places(make_session(activity=make_activity(hub=make_hub())), 5)
        child = people_of(session, 1)[0]
        users = [make_user(Role.COORDINATOR, hubs=(session.activity.hub,)) for _ in range(2)]

        def booking_by(user: User) -> Any:
            return lambda: book(session=session, participant=child, by=user, now=NOW)

        made = in_threads(*(booking_by(user) for user in users))
        assert sorted(type(each).__name__ for each in made) == ["BookedAlreadyError", "Booking"]
        assert standing(session) == [(child.pk, True)]

    def test_a_place_given_back_goes_to_one_only(self):
        session = with_places(make_session(activity=make_activity(hub=make_hub())), 2)
        by = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        people = people_of(session, 4)
        bookings = [book(session=session, participant=one, by=by, now=NOW) for one in people]

        def cancelling(booking: Booking) -> Any:
            return lambda: cancel_booking(booking=booking, by=by, now=NOW + MINUTE)

        newcomer = people_of(session, 1)[0]
        in_threads(
            cancelling(bookings[0]),
            cancelling(bookings[0]),
            cancelling(bookings[1]),
            lambda: book(session=session, participant=newcomer, by=by, now=NOW + MINUTE),
        )
        places = [pk for pk, has in standing(session) if has]
        assert places == [people[2].pk, people[3].pk]
        assert standing(session)[-1] == (newcomer.pk, False)
