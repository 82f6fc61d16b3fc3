"""A coordinator's day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from activities.models import Session, london_today
from activities.queries.planning import with_first_timers

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
from participants.queries.register import RECENT

MISSING_LISTED = 30
# Today looks this far ahead for the next session.
LOOK_AHEAD = dt.timedelta(days=7)


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
