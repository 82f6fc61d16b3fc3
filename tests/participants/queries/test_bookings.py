from __future__ import annotations

import datetime as dt
import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from activities.models import Session
from participants.models import Booking, BookingLink, MarkStatus, Participant
from participants.queries.bookings import (
    Room,
    booked_people,
    booking_of,
    bookings_of,
    hash_of,
    link_of,
    no_shows,
    number_of,
    person_at_my_hubs,
    room_at,
)
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
NOW = london(2019, 5, 7, 12)
MINUTE = dt.timedelta(minutes=1)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()), places=2)


@pytest.fixture
def coordinator(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


def make_booking(session: Session, person: Participant | None = None, **fields) -> Booking:
    """Each a minute after the one before."""
    person = person or make_participant(hub=session.activity.hub)
    at = NOW + session.bookings.count() * MINUTE
    defaults = {"has_place": True, "booked_at": at}
    return Booking.objects.create(session=session, participant=person, **(defaults | fields))


def taken(session: Session) -> Session:
    session.register_taken_at = session.ends_at
    session.save()
    return session


class TestBookedPeople:
    def test_roots_with_and_without_a_place(
        self, session: Session, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        root = make_participant(hub=session.activity.hub)
        make_booking(session, make_participant(merged_into=root))
        waits = make_booking(session, has_place=False).participant
        make_booking(session, cancelled_at=NOW)
        make_booking(make_session())
        with django_assert_num_queries(1):
            found = booked_people(session)
            assert {pk: (each.participant, each.has_place) for pk, each in found.items()} == {
                root.pk: (root, True),
                waits.pk: (waits, False),
            }

    def test_a_place_by_any_record_is_a_place(self, session: Session) -> None:
        root = make_participant()
        make_booking(session, root)
        make_booking(session, make_participant(merged_into=root), has_place=False)
        assert [each.has_place for each in booked_people(session).values()] == [True]


class TestBookings:
    def test_in_order_with_numbers(self, session: Session, coordinator: User) -> None:
        first, second = make_booking(session), make_booking(session)
        third = make_booking(session, has_place=False)
        fourth = make_booking(session, has_place=False)
        gone = make_booking(session, cancelled_at=NOW)
        found = bookings_of(session, coordinator, NOW)
        assert [row.booking for row in found.with_place] == [first, second]
        assert [(row.booking, row.number) for row in found.waiting] == [(third, 1), (fourth, 2)]
        assert [row.booking for row in found.cancelled] == [gone]
        assert (found.places, found.free, found.over, found.can_move_up) == (2, 0, 0, False)

    @pytest.mark.parametrize(
        ("places", "free", "over", "can_move_up"),
        [(0, 0, 2, False), (2, 0, 0, False), (5, 3, 0, True), (None, 0, 0, False)],
    )
    def test_places_against_bookings(
        self,
        *,
        places: int | None,
        free: int,
        over: int,
        can_move_up: bool,
        session: Session,
        coordinator: User,
    ) -> None:
        for has_place in (True, True, False):
            make_booking(session, has_place=has_place)
        session.places = places
        found = bookings_of(session, coordinator, NOW)
        assert (found.free, found.over, found.can_move_up) == (free, over, can_move_up)
        assert found.is_needed

    def test_nothing_where_nobody_has_to_book(self, coordinator: User) -> None:
        assert not bookings_of(make_session(), coordinator, NOW).is_needed

    def test_who_did_not_come(self, session: Session, coordinator: User) -> None:
        marks = [*MarkStatus.values, ""]
        people = {status: make_booking(session).participant for status in marks}
        waits = make_booking(session, has_place=False).participant
        for status, person in people.items():
            if status:
                make_attendance(session, person, status=status)
        assert bookings_of(session, coordinator, session.ends_at).missed == []
        missed = bookings_of(taken(session), coordinator, session.ends_at).missed
        assert [row.person for row in missed] == [people[MarkStatus.ABSENT], people[""]]
        assert [row.no_shows for row in missed] == [1, 1]
        assert waits not in [row.person for row in missed]

    def test_a_mark_of_a_merged_record_counts(self, session: Session, coordinator: User) -> None:
        root = make_participant(hub=session.activity.hub)
        make_booking(session, make_participant(merged_into=root))
        make_attendance(session, make_participant(merged_into=root))
        found = bookings_of(taken(session), coordinator, session.ends_at)
        assert found.missed == []
        assert [row.person for row in found.with_place] == [root]

    def test_whom_an_incomplete_record_may_be(self, session: Session, coordinator: User) -> None:
        hub = session.activity.hub
        unsure = make_participant(
            hub=hub, given_name="juniper", year_group=5, is_complete=False, family_name="Other"
        )
        known = make_participant(hub=hub, given_name="Juniper", year_group=6)
        unknown_year = make_participant(hub=hub, given_name="Juniper", family_name="Sample")
        make_participant(hub=hub, given_name="Juniper", year_group=9)
        make_participant(hub=make_hub(), given_name="Juniper", year_group=5)
        make_participant(hub=hub, given_name="Junip", year_group=5)
        make_booking(session, unsure)
        make_booking(session, known)
        rows = bookings_of(session, coordinator, NOW).with_place
        assert [row.alike for row in rows] == [[known, unknown_year], []]

    def test_links_that_are_open(self, session: Session, coordinator: User) -> None:
        def link(**fields) -> BookingLink:
            defaults = {
                "token_hash": hash_of(str(uuid.uuid4())),
                "made_by": coordinator,
                "made_at": NOW,
                "expires_at": session.starts_at,
            }
            return BookingLink.objects.create(session=session, **(defaults | fields))

        open_link = link()
        link(closed_at=NOW)
        link(expires_at=NOW)
        make_booking(session, link=open_link)
        make_booking(session, link=open_link, cancelled_at=NOW)
        found = bookings_of(session, coordinator, NOW).links
        assert [(each, each.booked) for each in found] == [(open_link, 1)]

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_number_of_queries_is_the_same(
        self,
        rows: int,
        session: Session,
        coordinator: User,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for name in ("Comet", "Juniper", "Walnut")[:rows]:
            make_participant(hub=session.activity.hub, given_name=name)
            person = make_participant(hub=session.activity.hub, given_name=name, is_complete=False)
            make_booking(session, person, booked_by=coordinator)
            make_booking(session, has_place=False)
        taken(session)
        with django_assert_num_queries(6):
            found = bookings_of(session, coordinator, session.ends_at)
            assert len(found.with_place) == rows
            assert all(row.alike and str(row.booking.booked_by) for row in found.with_place)


class TestNoShows:
    def test_within_eight_weeks_where_the_register_is_taken(
        self, session: Session, coordinator: User
    ) -> None:
        person = make_participant(hub=session.activity.hub)
        other = make_participant(merged_into=person)

        def missed(weeks_ago: int, who: Participant = person, **fields) -> Session:
            each = make_session(
                activity=session.activity, starts_at=session.starts_at - weeks_ago * WEEK, **fields
            )
            make_booking(each, who)
            return taken(each)

        missed(1)
        missed(2, other)
        missed(9)
        missed(3, cancelled_at=NOW)
        make_attendance(missed(4), other)
        make_attendance(missed(5), person, status=MarkStatus.EXCUSED)
        not_taken = make_session(activity=session.activity, starts_at=session.starts_at - 2 * WEEK)
        make_booking(not_taken, person)
        make_booking(taken(make_session(starts_at=session.starts_at - WEEK)), person)
        assert no_shows([person.pk], coordinator, session.starts_at) == {person.pk: 2}

    def test_waiting_and_cancelling_is_no_missing(
        self, session: Session, coordinator: User
    ) -> None:
        waited = make_booking(session, has_place=False).participant
        gave_back = make_booking(session, cancelled_at=NOW).participant
        taken(session)
        assert no_shows([waited.pk, gave_back.pk], coordinator, session.ends_at) == {}


class TestSecretAddresses:
    def test_found_by_the_hash_alone(self, session: Session, coordinator: User) -> None:
        link = BookingLink.objects.create(
            session=session,
            token_hash=hash_of("right"),
            made_by=coordinator,
            expires_at=NOW,
            closed_at=NOW,
        )
        booking = make_booking(session, token_hash=hash_of("own"))
        assert link_of("right") == link
        assert booking_of("own", NOW) == booking
        for wrong in ("wrong", "", hash_of("right"), hash_of("own")):
            assert link_of(wrong) is None
            assert booking_of(wrong, NOW) is None

    def test_an_own_address_opens_for_a_week_after(self, session: Session) -> None:
        make_booking(session, token_hash=hash_of("own"))
        assert booking_of("own", session.ends_at + WEEK - MINUTE)
        assert booking_of("own", session.ends_at + WEEK) is None

    def test_what_strangers_may_know(self, session: Session) -> None:
        assert room_at(session) == Room(free=2, waiting=0)
        for has_place in (True, True, True, False):
            make_booking(session, has_place=has_place)
        last = make_booking(session, has_place=False)
        make_booking(session, has_place=False, cancelled_at=NOW)
        assert room_at(session) == Room(free=0, waiting=2)
        assert number_of(last) == 2


class TestPersonAtMyHubs:
    def test_the_root_by_any_record_of_mine(self, session: Session, coordinator: User) -> None:
        root = make_participant(hub=make_hub())
        merged = make_participant(hub=session.activity.hub, merged_into=root)
        assert person_at_my_hubs(coordinator, root.pk) == root
        assert person_at_my_hubs(coordinator, merged.pk) == root

    def test_nobody_elses(self, coordinator: User) -> None:
        assert person_at_my_hubs(coordinator, make_participant(hub=make_hub()).pk) is None
        assert person_at_my_hubs(coordinator, uuid.uuid4()) is None
