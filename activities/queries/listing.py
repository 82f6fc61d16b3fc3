"""Reads of lists of sessions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate

from activities.days import window_of_date
from activities.models import (
    LONDON,
    STALE_AFTER,
    ActivityText,
    Session,
    SessionQuerySet,
    london_today,
)
from hubs.wording import Edition, put_into_words

SESSIONS_PER_PAGE = 30
# What a card says: reading and building all else would take as long again.
SHOWN = (
    "starts_at",
    "ends_at",
    "cancelled_at",
    "cancellation_reason",
    "confirmed_at",
    "activity__title",
    "activity__kind",
    "activity__venue",
    "activity__min_age",
    "activity__max_age",
    "activity__is_free",
    "activity__send_friendly",
    "activity__welcomes_alone",
    "activity__hub__name",
    "activity__hub__slug",
)


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
    """One page of a list of sessions, grouped by day; `count` is of the whole list."""

    page: Page[int]
    days: list[DaySessions]
    count: int


@dataclass(frozen=True)
class Nearest:
    """What fits almost, where nothing fits.

    The next date on which all but the days fits, if there is one; and how many sessions of those
    days there are without each of the conditions, in their order, and without any of them.
    """

    next_date: dt.date | None
    without: list[int]
    without_any: int


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


def by_day(sessions: Iterable[Session], now: dt.datetime) -> list[DaySessions]:
    """All sessions of a list in order of start, day by day.

    Within a day those that the hub has confirmed lately come first.
    """
    in_order = sorted(sessions, key=lambda session: (session.local_date, session.is_stale(now)))
    return group_by_day(in_order, Counter(session.local_date for session in in_order))


def group_by_day(sessions: Iterable[Session], counts: Mapping[dt.date, int]) -> list[DaySessions]:
    """One page of a list in order of start, day by day, with the counts of the whole list."""
    return [
        DaySessions(date, list(of_day), counts[date])
        for date, of_day in groupby(sessions, key=lambda session: session.local_date)
    ]


def listing_of(
    sessions: SessionQuerySet,
    page_number: str | None,
    now: dt.datetime,
    miles: Combinable | None = None,
) -> Listing:
    """The page of that number; the first or last one where there is no such page.

    Within a day those that the hub has confirmed lately come first. With `miles` each session
    tells how far it is. Two queries: the counts by day say between which dates the page lies, and
    only those are read and sorted, however long the list.
    """
    counts = count_by_day(sessions)
    total = sum(counts.values())
    page = Paginator(range(total), SESSIONS_PER_PAGE).get_page(page_number)
    if not total:
        return Listing(page, [], 0)
    shown = _slice(_in_order(sessions, now), counts, page)
    if miles is not None:
        shown = shown.annotate(miles=miles)
    return Listing(page, group_by_day(shown, counts), total)


def _in_order(sessions: SessionQuerySet, now: dt.datetime) -> SessionQuerySet:
    is_stale = ExpressionWrapper(
        Q(confirmed_at__lte=now - STALE_AFTER), output_field=BooleanField()
    )
    dated = sessions.annotate(date=TruncDate("starts_at", tzinfo=LONDON))
    ordered = dated.order_by("date", is_stale, "starts_at", "activity__title", "pk")
    return ordered.select_related("activity__hub").only(*SHOWN)


def _slice(
    sessions: SessionQuerySet, counts: Mapping[dt.date, int], page: Page[int]
) -> SessionQuerySet:
    """The sessions of a page, by the dates between which they lie."""
    first, last = page.object_list[0], page.object_list[-1]
    before, dates, skipped = 0, [], 0
    for date, count in counts.items():
        if before + count <= first:
            skipped = before + count
        elif before <= last:
            dates.append(date)
        before += count
    return sessions.between(dates[0], dates[-1])[first - skipped : last - skipped + 1]


def nearest(sessions: SessionQuerySet, days: Q, conditions: list[Q], now: dt.datetime) -> Nearest:
    """What fits almost; cancelled sessions are never offered. One query."""
    everything = _all(conditions)
    counts = {
        f"without_{number}": Count("pk", filter=days & _all(conditions, number))
        for number in range(len(conditions))
    }
    found = sessions.filter(cancelled_at__isnull=True).aggregate(
        next=Min("starts_at", filter=everything & Q(ends_at__gt=now)),
        any=Count("pk", filter=days),
        **counts,
    )
    start = found["next"]
    return Nearest(
        start and start.astimezone(LONDON).date(),
        [found[name] for name in counts],
        found["any"],
    )


def _all(conditions: list[Q], without: int | None = None) -> Q:
    """Every condition but one."""
    together = Q()
    for number, condition in enumerate(conditions):
        if number != without:
            together &= condition
    return together


def say_in(sessions: Iterable[Session], edition: Edition) -> None:
    """Give sessions their words in an edition, in place. One query, none in English."""
    activities = [session.activity for session in sessions]
    put_into_words(activities, ActivityText, "activity", edition)


def coming_up(now: dt.datetime, limit: int, edition: Edition) -> ComingUp:
    """At most `limit` sessions of today that are not over; and of the next day, if all are off."""
    upcoming = Session.objects.public().listed(now).not_over(now)
    today = london_today(now)
    sessions = list(_in_order(upcoming.between(today, today), now))
    shown = DaySessions(today, sessions[:limit], len(sessions))
    is_all_off = all(session.is_cancelled for session in sessions)
    found = ComingUp(shown, _next_day(upcoming, now, limit) if is_all_off else None)
    days = [found.today, *([found.next_day] if found.next_day else [])]
    say_in([session for day in days for session in day.sessions], edition)
    return found


def _next_day(upcoming: SessionQuerySet, now: dt.datetime, limit: int) -> DaySessions | None:
    on = upcoming.filter(cancelled_at__isnull=True).order_by("starts_at")
    start = on.values_list("starts_at", flat=True).first()
    if start is None:
        return None
    date = start.astimezone(LONDON).date()
    sessions = list(_in_order(window_of_date(date).narrow(upcoming, now), now))
    return DaySessions(date, sessions[:limit], len(sessions))
