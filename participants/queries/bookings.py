"""Who has a place at a session, who waits for one, and who did not come."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from activities.models import Session
from participants.models import (
    ATTENDED,
    Attendance,
    Booking,
    BookingLink,
    MarkStatus,
    Participant,
)
from participants.queries.marks import current_marks
from participants.queries.people import likenesses

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# How far back it is counted how often somebody booked and did not come.
NO_SHOWS_WITHIN = dt.timedelta(weeks=8)
# The address of somebody's own booking opens for so long after the session.
OPENS_AFTER_END = dt.timedelta(days=7)
# Whoever was excused let the hub know.
NOT_MISSED = (*ATTENDED, MarkStatus.EXCUSED)


@dataclass(frozen=True)
class Booked:
    """One person who booked: the root record, and whether they have a place or wait for one."""

    participant: Participant
    has_place: bool


def booked_among(ids: Collection[UUID]) -> set[UUID]:
    """For which of these sessions somebody has a place or waits for one. One query."""
    standing = Booking.objects.standing().filter(session__in=ids)
    return set(standing.values_list("session_id", flat=True).distinct())


def booked_people(session: Session) -> dict[UUID, Booked]:
    """By root person who has a place or waits, in one query.

    Who has a place, by any of the records merged into one, does not wait as well.
    """
    bookings = (
        Booking.objects.filter(session=session)
        .standing()
        .select_related("participant__merged_into")
        .order_by("has_place", "booked_at", "pk")
    )
    return {root.pk: Booked(root, each.has_place) for each in bookings if (root := person_of(each))}


def person_of(booking: Booking) -> Participant:
    """The person of a booking: the record that theirs was merged into, or theirs."""
    return booking.participant.merged_into or booking.participant


@dataclass(frozen=True)
class BookingRow:
    """One booking as coordinators see it.

    `number` is the place in the waiting list, from 1. `status` is the mark on the register, empty
    where there is none; `no_shows` is how often the person had a place and did not come in the
    eight weeks before. `alike` are people of the hub who may be the same.
    """

    booking: Booking
    person: Participant
    number: int = 0
    status: str = ""
    no_shows: int = 0
    alike: list[Participant] = field(default_factory=list)


@dataclass(frozen=True)
class Bookings:
    """A session's bookings.

    `places` is None where nobody has to book; `free` counts places that nobody has and `over` how
    many more people have one than there are. Rows are in the order in which they were booked.
    `missed` had a place and did not come, as far as the register is taken.
    """

    places: int | None
    free: int
    over: int
    with_place: list[BookingRow]
    waiting: list[BookingRow]
    cancelled: list[BookingRow]
    missed: list[BookingRow]
    links: list[BookingLink]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to show but that nobody has to book."""
        return self.places is not None or bool(self.with_place or self.waiting)

    @property
    def can_move_up(self) -> bool:
        """Whether somebody waits though a place is free: places were added elsewhere."""
        return bool(self.free and self.waiting)


def bookings_of(session: Session, user: User | AnonymousUser, now: dt.datetime) -> Bookings:
    """Everything about a session's bookings, in a fixed number of queries.

    How often somebody did not come counts sessions that the user may see.
    """
    bookings = list(
        Booking.objects.filter(session=session)
        .select_related("participant__merged_into", "booked_by", "cancelled_by")
        .order_by("booked_at", "pk")
    )
    rows = _rows(session, bookings, user, now)
    standing = [row for row in rows if row.booking.cancelled_at is None]
    with_place = [row for row in standing if row.booking.has_place]
    free = (session.places or 0) - len(with_place)
    return Bookings(
        places=session.places,
        free=max(0, free),
        over=max(0, -free) if session.places is not None else 0,
        with_place=with_place,
        waiting=_numbered([row for row in standing if not row.booking.has_place]),
        cancelled=[row for row in rows if row.booking.cancelled_at],
        missed=_missed(session, with_place),
        links=_open_links(session, now),
    )


def _rows(
    session: Session, bookings: Collection[Booking], user: User | AnonymousUser, now: dt.datetime
) -> list[BookingRow]:
    people = {person.pk: person for person in map(person_of, bookings)}
    marks = current_marks(session)
    counts = no_shows(people, user, min(now, session.ends_at))
    alike = likenesses(session, [one for one in people.values() if not one.is_complete])
    return [_row(booking, marks, counts, alike) for booking in bookings]


def _row(
    booking: Booking,
    marks: Mapping[UUID, Attendance],
    counts: Mapping[UUID, int],
    alike: Mapping[UUID, list[Participant]],
) -> BookingRow:
    person = person_of(booking)
    return BookingRow(
        booking=booking,
        person=person,
        status=marks[person.pk].status if person.pk in marks else "",
        no_shows=counts.get(person.pk, 0),
        alike=alike.get(person.pk, []),
    )


def _numbered(waiting: list[BookingRow]) -> list[BookingRow]:
    return [replace(row, number=number) for number, row in enumerate(waiting, start=1)]


def _missed(session: Session, with_place: list[BookingRow]) -> list[BookingRow]:
    if session.register_taken_at is None or session.is_cancelled:
        return []
    return [row for row in with_place if row.status not in NOT_MISSED]


def _open_links(session: Session, now: dt.datetime) -> list[BookingLink]:
    """Links by which parents can book now, the newest first, each with `booked`."""
    links = BookingLink.objects.filter(session=session, closed_at=None, expires_at__gt=now)
    booked = Count("bookings", filter=Q(bookings__cancelled_at__isnull=True))
    return list(links.annotate(booked=booked).order_by("-made_at", "pk"))


def no_shows(
    roots: Collection[UUID], user: User | AnonymousUser, until: dt.datetime
) -> dict[UUID, int]:
    """By root person how often they had a place and did not come in the eight weeks before.

    Only sessions that the user may see, whose register is taken, count. Who was excused did not
    miss it. One query.
    """
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    sessions = Session.objects.visible_to(user).filter(
        cancelled_at__isnull=True,
        register_taken_at__isnull=False,
        ends_at__gt=until - NO_SHOWS_WITHIN,
        ends_at__lte=until,
    )
    came = Attendance.objects.annotate(root=root).filter(
        session=OuterRef("session"), root=OuterRef("root"), status__in=NOT_MISSED
    )
    missed = (
        Booking.objects.with_place()
        .annotate(root=root)
        .filter(~Exists(came), root__in=list(roots), session__in=sessions.values("pk"))
    )
    counted = missed.order_by().values("root").annotate(times=Count("session", distinct=True))
    return dict(counted.values_list("root", "times"))


def hash_of(token: str) -> str:
    """What is kept of a secret address's token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(token: str) -> BookingLink | None:
    """The link of an address, even one that has ended, with its session. One query."""
    links = BookingLink.objects.select_related("session__activity__hub")
    return links.filter(token_hash=hash_of(token)).first()


def booking_of(token: str, now: dt.datetime) -> Booking | None:
    """The booking of an address, with its session, until a week after it. One query."""
    bookings = Booking.objects.select_related("session__activity__hub")
    recent = bookings.filter(session__ends_at__gt=now - OPENS_AFTER_END)
    return recent.filter(token_hash=hash_of(token)).first()


@dataclass(frozen=True)
class Room:
    """What strangers may know of a session's places: how many are free and how many wait."""

    free: int
    waiting: int


def room_at(session: Session) -> Room:
    """How many places are free at a session, and how many people wait. One query."""
    counts = (
        Booking.objects.filter(session=session)
        .standing()
        .aggregate(
            taken=Count("pk", filter=Q(has_place=True)),
            waiting=Count("pk", filter=Q(has_place=False)),
        )
    )
    return Room(max(0, (session.places or 0) - counts["taken"]), counts["waiting"])


def number_of(booking: Booking) -> int:
    """A waiting booking's place in the list, from 1. One query."""
    ahead = Q(booked_at__lt=booking.booked_at) | Q(booked_at=booking.booked_at, pk__lt=booking.pk)
    waiting = Booking.objects.filter(session=booking.session_id).waiting()
    return waiting.filter(ahead).count() + 1


def person_at_my_hubs(user: User | AnonymousUser, pk: UUID) -> Participant | None:
    """The root person of a record, if any of the records merged into one is of the user's hubs."""
    records = Participant.objects.visible_to(user)
    mine = Q(pk__in=records.values("pk")) | Q(pk__in=records.values("merged_into"))
    return Participant.objects.roots().filter(mine, Q(pk=pk) | Q(merged_from=pk)).first()
