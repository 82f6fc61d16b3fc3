"""Quarters of a grant: calendar quarters, cut to the grant's own dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from activities.models.clock import LONDON
from evaluation.models import Grant, ReportSchedule

MONTHS = 3
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Quarter:
    """Europe/London dates, both included."""

    first_day: dt.date
    last_day: dt.date


def quarters_of(grant: Grant) -> Iterator[Quarter]:
    """The quarters of a grant in order; the first and the last may be shorter."""
    day = grant.starts_on
    while day <= grant.ends_on:
        last = min(_end_of_quarter(day), grant.ends_on)
        yield Quarter(day, last)
        day = last + _DAY


def quarter_due(schedule: ReportSchedule, today: dt.date) -> Quarter | None:
    """The first quarter that a schedule has to ask for by today and did not, if there is one.

    Quarters that had ended before it was started are none of its business.
    """
    asked_to = schedule.last_quarter_on or schedule.started_at.astimezone(LONDON).date() - _DAY
    for quarter in quarters_of(schedule.grant):
        if quarter.last_day > asked_to:
            due = quarter.last_day + dt.timedelta(days=schedule.days_after)
            return quarter if due <= today else None
    return None


def next_due(schedule: ReportSchedule, today: dt.date) -> dt.date | None:
    """The day on which a schedule asks next; nothing where the grant's quarters are over."""
    asked_to = schedule.last_quarter_on or schedule.started_at.astimezone(LONDON).date() - _DAY
    ends = (each.last_day for each in quarters_of(schedule.grant) if each.last_day > asked_to)
    last = next(ends, None)
    return max(last + dt.timedelta(days=schedule.days_after), today) if last else None


def _end_of_quarter(day: dt.date) -> dt.date:
    months = (day.month - 1) // MONTHS * MONTHS + MONTHS
    return dt.date(day.year + months // 12, months % 12 + 1, 1) - _DAY
