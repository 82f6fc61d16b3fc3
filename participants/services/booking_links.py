"""Secret addresses: by a link parents book places, at an address of their own they cancel.

The words in these addresses are nowhere but in them: what is kept is their SHA-256. They are
random and long, so looking their hash up tells nobody anything.
"""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants.models import Booking, BookingLink
from participants.queries.bookings import hash_of
from participants.services.bookings import (
    BookingError,
    NewPerson,
    NothingToBookError,
    add_booking,
    add_person,
    check_bookable,
)
from participants.services.lock import hold, lock

# Whoever passes a link on cannot make the list longer than a hub can look through.
WAITING_BY_LINK = 30


class WaitingListFullError(BookingError):
    """So many wait that another name would be a false hope."""

    def __init__(self) -> None:
        super().__init__("The waiting list is full.")


def new_token() -> str:
    """A word for a secret address: 43 characters, 256 random bits."""
    return secrets.token_urlsafe(32)


@transaction.atomic
def make_link(
    *, session: Session, expires_at: dt.datetime, by: User, now: dt.datetime
) -> tuple[BookingLink, str]:
    """Make a link by which parents book until a moment; return it with its token.

    The token cannot be had again.

    Raises:
        PermissionDenied: the user does not work at the session's hub.
        NothingToBookError: the session takes no bookings.
        BookingError: it would end before it begins, or after the session has begun.
    """
    session = lock(session, by)
    check_bookable(session, now, until=session.starts_at)
    if not now < expires_at <= session.starts_at:
        raise BookingError("A link ends after now, and when the session starts at the latest.")
    token = new_token()
    link = BookingLink.objects.create(
        session=session,
        token_hash=hash_of(token),
        made_by=by,
        made_at=now,
        expires_at=expires_at,
    )
    record_audit(by=by, kind=AuditKind.BOOKING_LINK_MADE, about=link)
    return link, token


@transaction.atomic
def close_link(*, link: BookingLink, by: User, now: dt.datetime) -> BookingLink:
    """Let nobody book by a link any more; what was booked stands. Closing again changes nothing.

    Raises:
        PermissionDenied: the user does not work at the session's hub.
    """
    lock(link.session, by)
    link = BookingLink.objects.get(pk=link.pk)
    if link.closed_at is None:
        link.closed_at = now
        link.save(update_fields=["closed_at"])
        record_audit(by=by, kind=AuditKind.BOOKING_LINK_CLOSED, about=link)
    return link


@transaction.atomic
def book_by_link(
    *, link: BookingLink, token: str, person: NewPerson, now: dt.datetime
) -> tuple[Booking, str]:
    """Book for a child as a parent wrote them; return the booking and the token of its address.

    Always another incomplete record: nothing here asks whether the hub knows the name, so that
    nobody can find out. `token` was made by the page. Sent again with the same name it is the same
    booking, with another name a further one with a token of its own.

    Raises:
        NothingToBookError: the link has ended, or the session takes no bookings.
        WaitingListFullError: too many wait already.
    """
    session = hold(link.session)
    earlier = Booking.objects.filter(token_hash=hash_of(token)).first()
    if earlier and earlier.link_id == link.pk and earlier.written_name == person.given_name:
        return earlier, token
    if earlier:
        token = new_token()
    _check_link(session, BookingLink.objects.get(pk=link.pk), now)
    participant = add_person(session, person, by=None, now=now)
    booking = add_booking(
        session,
        participant,
        now,
        link=link,
        token_hash=hash_of(token),
        written_name=person.given_name,
    )
    return booking, token


def _check_link(session: Session, link: BookingLink, now: dt.datetime) -> None:
    check_bookable(session, now, until=session.starts_at)
    if not link.is_open(now):
        raise NothingToBookError("This link has ended.")
    if session.bookings.waiting().count() >= WAITING_BY_LINK:
        raise WaitingListFullError
