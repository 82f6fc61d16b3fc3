"""When the programme ran, and what part of the calendar counts as the current term."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from activities.models import LONDON
from derby_portal.seeding.week import HOURS_PER_WEEK

LAUNCH = dt.date(2018, 9, 25)
CELEBRATION = dt.date(2019, 7, 13)
AWARDED = dt.date(2018, 7, 1)
CHRISTMAS_BREAK = (dt.date(2018, 12, 22), dt.date(2019, 1, 4))
# Bank holidays of England and Wales in the delivery (GOV.UK), apart from the Christmas break.
BANK_HOLIDAYS = (
    dt.date(2019, 4, 19),
    dt.date(2019, 4, 22),
    dt.date(2019, 5, 6),
    dt.date(2019, 5, 27),
)
DAY = dt.timedelta(days=1)
# The current term is kept from four weeks ago to four weeks ahead.
TERM_BEHIND = dt.timedelta(days=28)
TERM_AHEAD = dt.timedelta(days=28)
FIRST_TODAY = CELEBRATION + TERM_BEHIND + DAY


def days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every date from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def delivery_days() -> list[dt.date]:
    """Dates with weekly sessions: no bank holidays, a two-week break, all at the celebration."""
    first, last = CHRISTMAS_BREAK
    closed = {*BANK_HOLIDAYS, *days(first, last), CELEBRATION}
    return [day for day in days(LAUNCH, CELEBRATION) if day not in closed]


def planned_session_hours() -> int:
    """What the grant's target of session hours is derived from.

    120 hours a week in each whole week from the launch to the celebration, the two weeks of the
    Christmas break left out: 39 weeks, 4,680 hours.
    """
    first, last = CHRISTMAS_BREAK
    open_days = (CELEBRATION - LAUNCH).days + 1 - ((last - first).days + 1)
    return open_days // 7 * HOURS_PER_WEEK


def term_window(today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last date of the current term as seen from today."""
    return today - TERM_BEHIND, today + TERM_AHEAD


def school_year(day: dt.date) -> int:
    """The year in which the school year of a date began, in September."""
    return day.year if day.month >= 9 else day.year - 1


def london(day: dt.date, time: dt.time) -> dt.datetime:
    """A time of day in Derby."""
    return dt.datetime.combine(day, time, tzinfo=LONDON)


def years_before(day: dt.date, years: int) -> dt.date:
    """The same date some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Age in whole years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)
