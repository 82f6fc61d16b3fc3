"""Links for parents: their words are kept as hashes, and a lost link harms little."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Session
from participants.models import Booking, BookingLink, Participant
from participants.services.booking_links import (
    WAITING_BY_LINK,
    WaitingListFullError,
    book_by_link,
    close_link,
    make_link,
    new_token,
)
from participants.services.bookings import (
    BookingError,
    NewPerson,
    NothingToBookError,
    cancel_booking,
)
from tests.factories import london, make_hub, make_participant, make_user

pytestmark = pytest.mark.django_db
NOW = london(2019, 5, 7, 12)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def session(session: Session) -> Session:
    session.places = 1
    session.save()
    return session


@pytest.fixture
def link(session: Session, coordinator: User) -> BookingLink:
    return make_link(session=session, expires_at=session.starts_at, by=coordinator, now=NOW)[0]


def child(name: str = "Juniper") -> NewPerson:
    return NewPerson(uuid.uuid4(), name, "Testname", 5)


class TestMaking:
    def test_only_a_hash_is_kept(self, session, coordinator):
        link, token = make_link(
            session=session, expires_at=session.starts_at, by=coordinator, now=NOW
        )
        assert len(token) == 43
        assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert link.expires_at == session.starts_at
        entry = AuditEntry.objects.get(kind=AuditKind.BOOKING_LINK_MADE)
        assert (entry.actor_id, entry.object_id, entry.reason) == (coordinator.pk, link.pk, "")
        assert len({new_token() for _ in range(100)}) == 100

    @pytest.mark.parametrize("hours", [0, -1, 24 * 8])
    def test_it_ends_after_now_and_by_the_start(self, hours, session, coordinator):
        with pytest.raises(BookingError, match="A link ends"):
            make_link(session=session, expires_at=NOW + hours * HOUR, by=coordinator, now=NOW)
        assert not BookingLink.objects.exists()

    def test_not_where_nobody_books(self, session, coordinator):
        Session.objects.filter(pk=session.pk).update(places=None)
        with pytest.raises(NothingToBookError):
            make_link(session=session, expires_at=NOW + HOUR, by=coordinator, now=NOW)

    def test_neither_made_nor_closed_by_strangers(self, session, link):
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        with pytest.raises(PermissionDenied):
            make_link(session=session, expires_at=NOW + HOUR, by=stranger, now=NOW)
        with pytest.raises(PermissionDenied):
            close_link(link=link, by=stranger, now=NOW)


class TestBooking:
    def test_an_incomplete_record_whoever_is_known(self, session, link):
        known = make_participant(
            hub=session.activity.hub, given_name="Juniper", family_name="Testname", year_group=5
        )
        token = new_token()
        booking, same = book_by_link(link=link, token=token, person=child(), now=NOW)
        assert same == token
        assert booking.participant_id != known.pk
        assert not booking.participant.is_complete
        assert booking.participant.registrations.get().hub_id == session.activity.hub_id
        assert (booking.link_id, booking.booked_by, booking.written_name) == (
            link.pk,
            None,
            "Juniper",
        )
        assert booking.token_hash == hashlib.sha256(token.encode()).hexdigest()
        entries = AuditEntry.objects.filter(kind=AuditKind.BOOKING_MADE)
        assert list(entries.values_list("actor_id", "object_id", "reason")) == [
            (None, booking.pk, "")
        ]

    def test_sent_twice_is_once_and_a_brother_is_another(self, link):
        token = new_token()
        first, _ = book_by_link(link=link, token=token, person=child(), now=NOW)
        again, _ = book_by_link(link=link, token=token, person=child(), now=NOW + HOUR)
        brother, his = book_by_link(link=link, token=token, person=child("Comet"), now=NOW)
        assert again.pk == first.pk
        assert his != token
        assert brother.token_hash == hashlib.sha256(his.encode()).hexdigest()
        assert (first.has_place, brother.has_place) == (True, False)
        assert Participant.objects.count() == 2

    def test_not_by_a_link_that_has_ended(self, session, link, coordinator):
        close_link(link=link, by=coordinator, now=NOW)
        with pytest.raises(NothingToBookError, match="ended"):
            book_by_link(link=link, token=new_token(), person=child(), now=NOW)
        other, _ = make_link(session=session, expires_at=NOW + HOUR, by=coordinator, now=NOW)
        with pytest.raises(NothingToBookError, match="ended"):
            book_by_link(link=other, token=new_token(), person=child(), now=NOW + HOUR)
        assert not Participant.objects.exists()

    @pytest.mark.parametrize("fields", [{"places": None}, {"cancelled_at": NOW}])
    def test_not_for_what_is_not_to_be_booked(self, fields, session, link):
        Session.objects.filter(pk=session.pk).update(**fields)
        with pytest.raises(NothingToBookError):
            book_by_link(link=link, token=new_token(), person=child(), now=NOW)

    def test_not_once_it_has_begun(self, session, link):
        BookingLink.objects.update(expires_at=session.ends_at)
        with pytest.raises(NothingToBookError, match="too late"):
            book_by_link(link=link, token=new_token(), person=child(), now=session.starts_at)

    def test_a_link_that_was_passed_on_cannot_fill_the_list_without_end(self, session, link):
        for _ in range(1 + WAITING_BY_LINK):
            book_by_link(link=link, token=new_token(), person=child(), now=NOW)
        with pytest.raises(WaitingListFullError):
            book_by_link(link=link, token=new_token(), person=child(), now=NOW)
        assert session.bookings.waiting().count() == WAITING_BY_LINK


class TestCancelling:
    def test_a_parent_gives_the_place_back(self, session, link):
        first, _ = book_by_link(link=link, token=new_token(), person=child(), now=NOW)
        second, _ = book_by_link(link=link, token=new_token(), person=child("Comet"), now=NOW)
        cancel_booking(booking=first, by=None, now=NOW + HOUR)
        second.refresh_from_db()
        assert (second.has_place, second.moved_up_at) == (True, NOW + HOUR)
        entry = AuditEntry.objects.get(kind=AuditKind.BOOKING_CANCELLED)
        assert (entry.actor_id, entry.object_id) == (None, first.pk)

    def test_closing_a_link_leaves_what_was_booked(self, link, coordinator):
        booking, _ = book_by_link(link=link, token=new_token(), person=child(), now=NOW)
        for hours in (1, 2):
            link = close_link(link=link, by=coordinator, now=NOW + hours * HOUR)
        assert link.closed_at == NOW + HOUR
        assert Booking.objects.standing().get() == booking
        assert AuditEntry.objects.filter(kind=AuditKind.BOOKING_LINK_CLOSED).count() == 1
