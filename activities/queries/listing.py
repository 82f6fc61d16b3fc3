"""Reads of lists of sessions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.db.models.functions import TruncDate

from activities.days import window_of_date
from activities.models import LONDON, Session, SessionQuerySet, london_today

SESSIONS_PER_PAGE = 50


@dataclass(frozen=True)
class DaySessions:
    """Sessions of one Europe/London date in order of start; `count` is of the whole day."""

    date: dt.date
    sessions: list[Session]
    count: int

    @property
    def more(self) -> int:
        """How many of the day's sessions are not in the list."""
        return self.count - len(self.sessions)


@dataclass(frozen=True)
class Listing:
    """One page of a list of sessions, grouped by day."""

    page: Page[Session]
    days: list[DaySessions]


@dataclass(frozen=True)
class ComingUp:
    """What is still on today and, where nothing is, the next day on which something is."""

    today: DaySessions
    next_day: DaySessions | None


def count_by_day(sessions: SessionQuerySet) -> dict[dt.date, int]:
    """How many sessions start on each Europe/London date, days without any left out."""
    rows = (
        sessions.order_by()
        .annotate(date=TruncDate("starts_at", tzinfo=LONDON))
        .values("date")
        .annotate(sessions=Count("pk"))
        .order_by("date")
    )
    return {row["date"]: row["sessions"] for row in rows}


def by_day(sessions: Iterable[Session]) -> list[DaySessions]:
    """All sessions of a list in order of start, day by day."""
    sessions = list(sessions)
    return group_by_day(sessions, Counter(session.local_date for session in sessions))


def group_by_day(sessions: Iterable[Session], counts: Mapping[dt.date, int]) -> list[DaySessions]:
    """One page of a list in order of start, day by day, with the counts of the whole list."""
    return [
        DaySessions(date, list(of_day), counts[date])
        for date, of_day in groupby(sessions, key=lambda session: session.local_date)
    ]


def listing_of(sessions: SessionQuerySet, page_number: str | None) -> Listing:
    """The page of that number; the first or last one where there is no such page."""
    page = Paginator(sessions.for_listing(), SESSIONS_PER_PAGE).get_page(page_number)
    return Listing(page, group_by_day(page, count_by_day(sessions)))


def coming_up(now: dt.datetime, limit: int) -> ComingUp:
    """At most `limit` sessions of today that are not over; and of the next day, if all are off."""
    upcoming = Session.objects.public().not_over(now).for_listing()
    today = london_today(now)
    sessions = list(upcoming.between(today, today))
    shown = DaySessions(today, sessions[:limit], len(sessions))
    if any(not session.is_cancelled for session in sessions):
        return ComingUp(shown, None)
    return ComingUp(shown, _next_day(now, limit))


def _next_day(now: dt.datetime, limit: int) -> DaySessions | None:
    later = Session.objects.public().not_over(now).for_listing()
    following = later.filter(cancelled_at__isnull=True).first()
    if following is None:
        return None
    sessions = list(window_of_date(following.local_date).narrow(later, now))
    return DaySessions(following.local_date, sessions[:limit], len(sessions))
