"""A coordinator's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from activities.models import STALE_AFTER, Session, london_today
from activities.queries.planning import with_first_timers
from participants.models import ATTENDED, Attendance, Booking, Participant
from participants.queries.care_signs import RECENT

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

MISSING_LISTED = 30
# Today looks this far ahead for the next session.
LOOK_AHEAD = dt.timedelta(days=7)
# A listing is to be confirmed once it steps down within this time.
CONFIRM_AHEAD = dt.timedelta(days=7)


@dataclass(frozen=True)
class Today:
    """A coordinator's day.

    `next` are the coming sessions of one London date; `missing` the oldest of the registers
    still missing of the past four weeks, of which there are `missing_count`; `older_count` is
    how many are missing from before.
    """

    now: list[Session]
    next: list[Session]
    next_on: dt.date | None
    is_next_today: bool
    missing: list[Session]
    missing_count: int
    older_count: int

    @property
    def has_more_missing(self) -> bool:
        return self.missing_count > len(self.missing)


@dataclass(frozen=True)
class WaitingList:
    """A session to come for which people wait who have no place."""

    session: Session
    people: int


def today_for(user: User | AnonymousUser, now: dt.datetime) -> Today:
    """What the user's hubs have on at a moment. Three queries, whatever there is.

    Sessions on now and next come with `first_timers`.
    """
    sessions = with_first_timers(Session.objects.visible_to(user).for_listing())
    ahead = sessions.not_over(now).filter(cancelled_at__isnull=True, starts_at__lt=now + LOOK_AHEAD)
    coming = list(ahead)
    later = [session for session in coming if session.starts_at > now]
    next_on = later[0].local_date if later else None
    missing = missing_registers(user, now)
    is_recent = Q(starts_at__gte=now - RECENT)
    counts = missing.aggregate(
        recent=Count("pk", filter=is_recent), older=Count("pk", filter=~is_recent)
    )
    return Today(
        now=[session for session in coming if session.starts_at <= now],
        next=[session for session in later if session.local_date == next_on],
        next_on=next_on,
        is_next_today=next_on == london_today(now),
        missing=list(missing.filter(is_recent)[:MISSING_LISTED]),
        missing_count=counts["recent"],
        older_count=counts["older"],
    )


def missing_registers(user: User | AnonymousUser, now: dt.datetime) -> QuerySet[Session]:
    """Sessions at the user's hubs that ended without a register, the oldest first."""
    return Session.objects.visible_to(user).register_missing(now).for_listing()


def to_confirm(user: User | AnonymousUser, now: dt.datetime) -> int:
    """How many public dates to come at the user's hubs nobody stands by much longer.

    They step down within seven days, have stepped down, or are hidden already. One query.
    """
    coming = Session.objects.visible_to(user).public().not_over(now)
    steps_down = Q(confirmed_at__lte=now + CONFIRM_AHEAD - STALE_AFTER)
    return coming.filter(steps_down, cancelled_at__isnull=True).count()


def new_bookings(sessions: Collection[Session]) -> dict[UUID, int]:
    """By session how many have a place who never came to anything before. One query."""
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    person = OuterRef(OuterRef("root"))
    records = Participant.objects.filter(Q(pk=person) | Q(merged_into=person))
    came = Attendance.objects.filter(participant__in=records.values("pk"), status__in=ATTENDED)
    bookings = Booking.objects.with_place().filter(session__in=sessions).annotate(root=root)
    counted = bookings.filter(~Exists(came)).values("session")
    return dict(
        counted.annotate(people=Count("root", distinct=True)).values_list("session", "people")
    )


def waiting_lists(user: User | AnonymousUser, now: dt.datetime) -> list[WaitingList]:
    """Sessions to come at the user's hubs for which people wait, the next first. One query."""
    sessions = Session.objects.visible_to(user).not_over(now).filter(cancelled_at__isnull=True)
    is_waiting = Q(bookings__cancelled_at__isnull=True, bookings__has_place=False)
    waited_for = sessions.filter(places__isnull=False).annotate(
        people=Count("bookings", filter=is_waiting)
    )
    listed = waited_for.filter(people__gt=0).for_listing()
    return [WaitingList(session, session.people) for session in listed]
