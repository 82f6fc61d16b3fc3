"""How weekly schedules read. Staff pages only, so in English."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django import template

from activities.models import Schedule
from activities.queries.clashes import Clash
from activities.schedule_dates import moment
from activities.templatetags.listing import clock, long_date, plain_date, time_range

register = template.Library()

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Only the time of day is read from it, and in January Derby's clocks show that of UTC.
SOME_DAY = dt.date(2020, 1, 1)


@register.filter
def when(schedule: Schedule) -> str:
    """The days and times of a rule: "Every 2 weeks on Tuesdays, 4pm to 5:30pm"."""
    day = WEEKDAY_NAMES[schedule.weekday]
    days = f"{day}s" if schedule.every_weeks == 1 else f"Every {schedule.every_weeks} weeks, {day}s"
    starts = clock(moment(SOME_DAY, schedule.starts))
    return f"{days}, {starts} to {clock(moment(SOME_DAY, schedule.ends))}"


@register.filter
def from_until(row: Schedule) -> str:
    """The first and last day of a rule or a term."""
    return f"{plain_date(row.starts_on)} to {plain_date(row.ends_on)}"


@register.filter
def days_of(closure: object) -> str:
    """The day of a closure, or its first and last one."""
    first, last = closure.first_on, closure.last_on  # type: ignore[attr-defined]
    return long_date(first) if first == last else f"{long_date(first)} to {long_date(last)}"


@register.filter
def gathered(clashes: Iterable[Clash]) -> list[str]:
    """Clashes in words, those with the same thing in one line with its first date."""
    by_what: defaultdict[tuple[bool, str, str], list[Clash]] = defaultdict(list)
    for clash in clashes:
        by_what[clash.is_person, clash.leader, clash.title].append(clash)
    return [in_words(first) + _more(len(more)) for first, *more in by_what.values()]


def in_words(clash: Clash) -> str:
    """What two things have in common: "Boxing is in the same place on Tuesday 14 May 2019, 4pm"."""
    at = f"{long_date(clash.starts_at)}, {time_range(clash)}"  # type: ignore[arg-type]
    if not clash.is_person:
        return f"{clash.title or 'Something else'} is in the same place on {at}"
    what = f"leads {clash.title}" if clash.title else "is busy"
    return f"{clash.leader or 'The same person'} {what} on {at}"


def _more(number: int) -> str:
    if number == 0:
        return ""
    return ", and on one more date" if number == 1 else f", and on {number} more dates"
