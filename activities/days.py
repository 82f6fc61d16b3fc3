"""Days as people choose them: today, the weekend, a date, a week. Pure, the clock is passed in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils.formats import date_format

from activities.models import SessionQuerySet, london_midnight, london_today

SUNDAY = 6


class Day(models.TextChoices):
    """The days that one tap chooses."""

    TODAY = "today", "Today"
    TOMORROW = "tomorrow", "Tomorrow"
    WEEKEND = "weekend", "Weekend"
    WEEK = "week", "Next 7 days"
    ALL = "all", "All dates"


@dataclass(frozen=True)
class Window:
    """Europe/London dates from `first` to `last`, both included; open-ended without `last`."""

    first: dt.date
    last: dt.date | None
    title: str

    def narrow(self, sessions: SessionQuerySet, now: dt.datetime) -> SessionQuerySet:
        """Sessions of these days; those that are over only where every day has passed."""
        if self.last is None:
            return sessions.filter(starts_at__gte=london_midnight(self.first)).not_over(now)
        chosen = sessions.between(self.first, self.last)
        return chosen if self.is_past(now) else chosen.not_over(now)

    def is_past(self, now: dt.datetime) -> bool:
        """Whether every day has passed."""
        return self.last is not None and self.last < london_today(now)


def window_of_day(day: Day, today: dt.date) -> Window:
    """The dates that a choice means on a day. At a weekend it is the one that is on."""
    if day is Day.WEEKEND:
        sunday = today + dt.timedelta(days=SUNDAY - today.weekday())
        return Window(max(today, sunday - dt.timedelta(days=1)), sunday, "This weekend")
    if day is Day.ALL:
        return Window(today, None, "Everything coming up")
    if day is Day.WEEK:
        return Window(today, today + dt.timedelta(days=6), "The next 7 days")
    chosen = today + dt.timedelta(days=1) if day is Day.TOMORROW else today
    return Window(chosen, chosen, str(day.label))


def window_of_date(date: dt.date) -> Window:
    """One date."""
    return Window(date, date, date_format(date, "l j F Y"))


def window_of_week(date: dt.date) -> Window:
    """The week from Monday to Sunday that a date lies in."""
    monday = date - dt.timedelta(days=date.weekday())
    title = f"Week of {date_format(monday, 'l j F Y')}"
    return Window(monday, monday + dt.timedelta(days=6), title)
