"""Days as people choose them: today, the weekend, a date, a week. Pure, the clock is passed in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.models import SessionQuerySet, london_midnight, london_today
from activities.templatetags.listing import long_date

SUNDAY = 6


class Day(models.TextChoices):
    """The days that one tap chooses."""

    TODAY = "today", gettext_lazy("Today")
    TOMORROW = "tomorrow", gettext_lazy("Tomorrow")
    WEEKEND = "weekend", gettext_lazy("Weekend")
    WEEK = "week", gettext_lazy("7 days")
    ALL = "all", gettext_lazy("All dates")


@dataclass(frozen=True)
class Window:
    """Europe/London dates from `first` to `last`, both included; open-ended without `last`."""

    first: dt.date
    last: dt.date | None
    title: str

    def condition(self, now: dt.datetime) -> Q:
        """Sessions of these days; those that are over only where every day has passed."""
        within = Q(starts_at__gte=london_midnight(self.first))
        if self.last is not None:
            within &= Q(starts_at__lt=london_midnight(self.last + dt.timedelta(days=1)))
        return within if self.is_past(now) else within & Q(ends_at__gt=now)

    def narrow(self, sessions: SessionQuerySet, now: dt.datetime) -> SessionQuerySet:
        """The sessions of these days."""
        return sessions.filter(self.condition(now))

    def is_past(self, now: dt.datetime) -> bool:
        """Whether every day has passed."""
        return self.last is not None and self.last < london_today(now)


def window_of_day(day: Day, today: dt.date) -> Window:
    """The dates that a choice means on a day. At a weekend it is the one that is on."""
    if day is Day.WEEKEND:
        sunday = today + dt.timedelta(days=SUNDAY - today.weekday())
        return Window(max(today, sunday - dt.timedelta(days=1)), sunday, _("This weekend"))
    if day is Day.ALL:
        return Window(today, None, _("Everything coming up"))
    if day is Day.WEEK:
        return Window(today, today + dt.timedelta(days=6), _("The next 7 days"))
    chosen = today + dt.timedelta(days=1) if day is Day.TOMORROW else today
    return Window(chosen, chosen, str(day.label))


def window_of_date(date: dt.date) -> Window:
    """One date."""
    return Window(date, date, long_date(date))


def window_of_week(date: dt.date) -> Window:
    """The week from Monday to Sunday that a date lies in."""
    monday = date - dt.timedelta(days=date.weekday())
    title = _("Week of %(date)s") % {"date": long_date(monday)}
    return Window(monday, monday + dt.timedelta(days=6), title)
