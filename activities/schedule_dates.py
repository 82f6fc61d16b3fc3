"""Which dates a weekly rule has. Pure: no database, no clock.

Rules are meant in Europe/London wall-clock time: 4pm stays 4pm when the clocks change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from dateutil.rrule import WEEKLY, rrule, weekday

from activities.models import (
    LONDON,
    SCHOOL_CLOSURES,
    Closure,
    ClosureKind,
    Schedule,
    Term,
)

DAY = dt.timedelta(days=1)
# No sessions at night, where clocks change.
EARLIEST, LATEST = dt.time(6), dt.time(23)
LEFT_OUT = "Left out of this series"
OUTSIDE_TERM = "Not in term time"


@dataclass(frozen=True)
class Rule:
    """A weekly rule: Monday = 0, wall-clock times of Europe/London, both dates included.

    Where it is every so many weeks, they are counted from its first date.
    """

    weekday: int
    starts: dt.time
    ends: dt.time
    starts_on: dt.date
    ends_on: dt.date
    every_weeks: int = 1
    term_time_only: bool = False
    on_bank_holidays: bool = False
    left_out: frozenset[dt.date] = frozenset()

    @classmethod
    def of(cls, schedule: Schedule) -> Rule:
        """The rule that a schedule, saved or not, stands for."""
        return cls(
            weekday=schedule.weekday,
            starts=schedule.starts,
            ends=schedule.ends,
            starts_on=schedule.starts_on,
            ends_on=schedule.ends_on,
            every_weeks=schedule.every_weeks,
            term_time_only=schedule.term_time_only,
            on_bank_holidays=schedule.on_bank_holidays,
            left_out=frozenset(schedule.left_out),
        )


@dataclass(frozen=True)
class SchoolCalendar:
    """The terms of the city, and the closures of one hub and of the whole city."""

    terms: tuple[Term, ...] = ()
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True)
class RuleDate:
    """A date of a rule; `why_not` says why nothing takes place then, empty where it does."""

    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    why_not: str = ""


def dates_of(rule: Rule, calendar: SchoolCalendar) -> list[RuleDate]:
    """Every date of a rule in order, those on which nothing takes place with why."""
    return [
        RuleDate(
            day,
            moment(day, rule.starts),
            moment(day, rule.ends),
            why_not_on(day, rule, calendar),
        )
        for day in weekly(rule)
    ]


def weekly(rule: Rule) -> list[dt.date]:
    """The dates of a rule, whatever stops them."""
    found = rrule(
        WEEKLY,
        dtstart=dt.datetime.combine(first_date(rule), dt.time.min),
        until=dt.datetime.combine(rule.ends_on, dt.time.min),
        interval=rule.every_weeks,
        byweekday=weekday(rule.weekday),
    )
    return [each.date() for each in found]


def first_date(rule: Rule) -> dt.date:
    """The first day of the rule's weekday from its start on."""
    return rule.starts_on + relativedelta(weekday=weekday(rule.weekday))


def why_not_on(day: dt.date, rule: Rule, calendar: SchoolCalendar) -> str:
    """Why a rule has no session on one of its dates, in words; empty where it has one."""
    if day in rule.left_out:
        return LEFT_OUT
    for closure in calendar.closures:
        if closure.first_on <= day <= closure.last_on and stops(closure, rule):
            return closure.name
    if rule.term_time_only and not in_term(day, calendar.terms):
        return OUTSIDE_TERM
    return ""


def stops(closure: Closure, rule: Rule) -> bool:
    """Whether a closure stops what follows a rule: a closed building stops everything."""
    if closure.kind == ClosureKind.BANK_HOLIDAY:
        return not rule.on_bank_holidays
    if closure.kind in SCHOOL_CLOSURES:
        return rule.term_time_only
    return True


def in_term(day: dt.date, terms: Iterable[Term]) -> bool:
    """Whether a date lies in one of the terms."""
    return any(term.starts_on <= day <= term.ends_on for term in terms)


def moment(day: dt.date, time: dt.time) -> dt.datetime:
    """The moment at which a Europe/London clock shows a time on a date, in UTC."""
    return dt.datetime.combine(day, time, tzinfo=LONDON).astimezone(dt.UTC)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of a date's week."""
    return day - day.weekday() * DAY


def in_dates(days: Iterable[dt.date]) -> list[dt.date]:
    """Dates in order, each once."""
    return sorted(set(days))
