"""Places at the few sessions that need them: setting, booking, cancelling and moving up.

Who has a place is decided under the lock of the session's row, by one rule: whoever waits longest
gets the next free one, and nobody loses theirs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Q

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants.models import Booking, Participant, Registration
from participants.services.lock import hold, lock

# Two bookings are never of the same moment: the one decided on first goes first.
TICK = dt.timedelta(microseconds=1)


class BookingError(Exception):
    """Something about a booking that is refused; its text is for the person who asked."""


class NothingToBookError(BookingError):
    """The session takes no bookings, or not any more."""


class BookedAlreadyError(BookingError):
    """Nobody books twice."""

    def __init__(self) -> None:
        super().__init__("They have booked already.")


@dataclass(frozen=True)
class NewPerson:
    """Somebody whom the hub may not know yet; `id` is made by the page that asked."""

    id: UUID
    given_name: str
    family_name: str = ""
    year_group: int | None = None


@transaction.atomic
def set_places(*, session: Session, places: int | None, by: User, now: dt.datetime) -> Session:
    """Say how many can come, or with None that nobody has to book.

    More places go to whoever waits longest. Fewer take nobody's away.

    Raises:
        PermissionDenied: the user does not work at the session's hub.
        BookingError: the session is over or cancelled, or people have booked and would have to no
            more.
    """
    session = lock(session, by)
    _check_to_come(session, now)
    if places is None and session.bookings.standing().exists():
        raise BookingError("People have booked. Cancel their bookings first.")
    if session.places != places:
        session.places = places
        # What changes its schedule's other sessions must not set this one's places back.
        session.is_exception = session.is_exception or session.schedule_id is not None
        session.changed_at = now
        session.save(update_fields=["places", "is_exception", "changed_at"])
        record_audit(by=by, kind=AuditKind.SESSION_CHANGED, about=session, reason="places")
    move_up(session, now)
    return session


@transaction.atomic
def book(*, session: Session, participant: Participant, by: User, now: dt.datetime) -> Booking:
    """Book for somebody of the user's hubs: a place while there is one, else they wait.

    A merged record's booking is its root's.

    Raises:
        PermissionDenied: the user does not work at the session's hub or with the person.
        NothingToBookError: the session takes no bookings.
        BookedAlreadyError: the person has a standing booking.
    """
    session = lock(session, by)
    _check_theirs(participant, by)
    check_bookable(session, now, until=session.ends_at)
    root = participant.merged_into or participant
    _check_once(session, root)
    return add_booking(session, root, now, booked_by=by)


@transaction.atomic
def book_new_person(*, session: Session, person: NewPerson, by: User, now: dt.datetime) -> Booking:
    """Book for somebody whom the hub does not know: an incomplete record of it, like a walk-in's.

    Sent again with the same id it is the same booking.

    Raises:
        PermissionDenied: the user does not work at the session's hub.
        NothingToBookError: the session takes no bookings.
        BookingError: the id belongs to somebody else.
    """
    session = lock(session, by)
    earlier = session.bookings.filter(participant=person.id, booked_by=by).first()
    if earlier:
        return earlier
    if Participant.objects.filter(pk=person.id).exists():
        raise BookingError("This was already sent with other details.")
    check_bookable(session, now, until=session.ends_at)
    return add_booking(session, add_person(session, person, by=by, now=now), now, booked_by=by)


@transaction.atomic
def cancel_booking(*, booking: Booking, by: User | None, now: dt.datetime) -> Booking:
    """Give a place, or one's turn, back; a free place goes to whoever waits longest.

    `by` is empty where a parent cancels at the address of their own booking. Cancelling again
    keeps the first time.

    Raises:
        PermissionDenied: the user does not work at the session's hub.
        NothingToBookError: the session is over or cancelled.
    """
    session = lock(booking.session, by) if by else hold(booking.session)
    booking = Booking.objects.get(pk=booking.pk)
    if booking.cancelled_at is not None:
        return booking
    _check_to_come(session, now)
    booking.cancelled_at, booking.cancelled_by = now, by
    booking.save(update_fields=["cancelled_at", "cancelled_by"])
    record_audit(by=by, kind=AuditKind.BOOKING_CANCELLED, about=booking)
    move_up(session, now)
    return booking


@transaction.atomic
def move_booking(
    *, booking: Booking, participant: Participant, by: User, now: dt.datetime
) -> Booking:
    """Say that an incomplete record's booking is somebody's whom the hub knows.

    Place and turn stay as they are, and so does the record, now without a booking.

    Raises:
        PermissionDenied: the user does not work at the session's hub or with the person.
        BookingError: the booking is not one of an incomplete record, or does not stand.
        BookedAlreadyError: the known person has a standing booking of their own.
    """
    session = lock(booking.session, by)
    _check_theirs(participant, by)
    _check_to_come(session, now)
    booking = Booking.objects.select_related("participant").get(pk=booking.pk)
    if booking.cancelled_at is not None or booking.participant.is_complete:
        raise BookingError("This booking cannot be moved.")
    root = participant.merged_into or participant
    if root.pk != booking.participant_id:
        _check_once(session, root)
        booking.participant = root
        booking.save(update_fields=["participant"])
        record_audit(by=by, kind=AuditKind.BOOKING_MADE, about=booking, reason="moved")
    return booking


def check_bookable(session: Session, now: dt.datetime, *, until: dt.datetime) -> None:
    """Raise NothingToBookError where the session takes no bookings, or not any more."""
    if session.is_cancelled:
        raise NothingToBookError("The session was cancelled.")
    if now >= until:
        raise NothingToBookError("It is too late to book.")
    if session.places is None:
        raise NothingToBookError("Nobody has to book for this session.")


def add_booking(
    session: Session, participant: Participant, now: dt.datetime, **fields: Any
) -> Booking:
    """Append a booking to those of a session whose row the caller holds.

    It gets a place while fewer are taken than there are, after everybody who waits already.
    """
    move_up(session, now)
    last = session.bookings.aggregate(last=Max("booked_at"))["last"]
    booking = Booking.objects.create(
        session=session,
        participant=participant,
        has_place=_free(session) > 0,
        booked_at=max(now, last + TICK) if last else now,
        **fields,
    )
    record_audit(by=booking.booked_by, kind=AuditKind.BOOKING_MADE, about=booking)
    return booking


def add_person(
    session: Session, person: NewPerson, *, by: User | None, now: dt.datetime
) -> Participant:
    """Add an incomplete record, registered at the session's hub unless it is citywide."""
    participant = Participant.objects.create(
        pk=person.id,
        given_name=person.given_name,
        family_name=person.family_name,
        year_group=person.year_group,
        is_complete=False,
        created_at=now,
    )
    hub = session.activity.hub
    if hub is not None:
        Registration.objects.create(participant=participant, hub=hub, registered_at=now)
    record_audit(by=by, kind=AuditKind.PARTICIPANT_CREATED, about=participant)
    return participant


def move_up(session: Session, now: dt.datetime) -> None:
    """Give free places to whoever waits longest. The caller holds the session's row."""
    first = session.bookings.waiting().values("pk")[: max(0, _free(session))]
    Booking.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
        has_place=True, moved_up_at=now
    )


def _free(session: Session) -> int:
    """Places that nobody has; below none where places were taken away."""
    return (session.places or 0) - session.bookings.with_place().count()


def _check_to_come(session: Session, now: dt.datetime) -> None:
    if session.is_cancelled:
        raise NothingToBookError("The session was cancelled.")
    if now >= session.ends_at:
        raise NothingToBookError("The session is over.")


def _check_theirs(participant: Participant, by: User) -> None:
    """Refuse a person none of whose records is of the user's hubs."""
    root = participant.merged_into_id or participant.pk
    records = Participant.objects.visible_to(by).filter(Q(pk=root) | Q(merged_into=root))
    if not records.exists():
        raise PermissionDenied


def _check_once(session: Session, root: Participant) -> None:
    records = Q(participant=root) | Q(participant__merged_into=root)
    if session.bookings.standing().filter(records).exists():
        raise BookedAlreadyError
