"""How dates, times, ages and pages of lists read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format

from activities.models import LONDON, Activity, Session, london_today

register = template.Library()


@register.filter
def long_date(value: dt.date | dt.datetime) -> str:
    """As in "Saturday 13 July 2019"; a moment gives its Europe/London date."""
    day = value.astimezone(LONDON).date() if isinstance(value, dt.datetime) else value
    return date_format(day, "l j F Y")


@register.filter
def clock(value: dt.datetime) -> str:
    """The Europe/London time of a moment: "4:30pm", "6pm", "midday"."""
    local = value.astimezone(LONDON)
    if local.minute == 0 and local.hour in {0, 12}:
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'pm' if local.hour >= 12 else 'am'}"


@register.filter
def time_range(session: Session) -> str:
    """From when to when: "4:30pm to 6pm"."""
    return f"{clock(session.starts_at)} to {clock(session.ends_at)}"


@register.filter
def age_range(activity: Activity) -> str:
    """Whom it is for, both ages included: "Ages 8 to 14", "Age 8"."""
    if activity.min_age == activity.max_age:
        return f"Age {activity.min_age}"
    return f"Ages {activity.min_age} to {activity.max_age}"


@register.filter
def relative_day(day: dt.date, now: dt.datetime | None = None) -> str:
    """Say "Today" or "Tomorrow" as it is in Derby; nothing for other days."""
    distance = (day - london_today(now or timezone.now())).days
    return {0: "Today", 1: "Tomorrow"}.get(distance, "")


@register.simple_tag
def page_numbers(page: Page) -> Iterator[int | str]:
    """Numbers round the current page and at both ends, with an ellipsis between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
