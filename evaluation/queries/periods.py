"""Quick choices of a period, back from today or ahead of it. Both days are included."""

from __future__ import annotations

import datetime as dt

from django.db import models

MONTHS_OF_A_QUARTER = 3
SEPTEMBER = 9


class Back(models.TextChoices):
    """Periods that end today, or with what is over."""

    WEEKS_12 = "12-weeks", "Last 12 weeks"
    MONTH = "month", "This month"
    LAST_MONTH = "last-month", "Last month"
    QUARTER = "quarter", "This quarter"
    LAST_QUARTER = "last-quarter", "Last quarter"
    SCHOOL_YEAR = "school-year", "School year so far"
    WHOLE = "whole", "From the start"


class Ahead(models.TextChoices):
    """Periods that begin today."""

    WEEKS_4 = "4-weeks", "Next 4 weeks"
    WEEKS_8 = "8-weeks", "Next 8 weeks"
    WEEKS_12 = "12-weeks", "Next 12 weeks"


DEFAULT_BACK = Back.WEEKS_12
DEFAULT_AHEAD = Ahead.WEEKS_4
_DAY = dt.timedelta(days=1)


def days_back(
    back: Back, today: dt.date, *, begins: dt.date, ends: dt.date
) -> tuple[dt.date, dt.date]:
    """First and last day; from `begins` to `ends` where the whole is meant."""
    month = today.replace(day=1)
    quarter = _quarter(today)
    return {
        Back.WEEKS_12: (today - dt.timedelta(weeks=12) + _DAY, today),
        Back.MONTH: (month, today),
        Back.LAST_MONTH: ((month - _DAY).replace(day=1), month - _DAY),
        Back.QUARTER: (quarter, today),
        Back.LAST_QUARTER: (_quarter(quarter - _DAY), quarter - _DAY),
        Back.SCHOOL_YEAR: (_school_year(today), today),
        Back.WHOLE: (begins, ends),
    }[back]


def days_ahead(ahead: Ahead, today: dt.date) -> tuple[dt.date, dt.date]:
    """Today and the last day of whole weeks from it on."""
    weeks = int(ahead.value.removesuffix("-weeks"))
    return today, today + dt.timedelta(weeks=weeks) - _DAY


def _quarter(day: dt.date) -> dt.date:
    return day.replace(month=day.month - (day.month - 1) % MONTHS_OF_A_QUARTER, day=1)


def _school_year(day: dt.date) -> dt.date:
    year = day.year if day.month >= SEPTEMBER else day.year - 1
    return dt.date(year, SEPTEMBER, 1)
