"""How dates, times, ages and pages of lists read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.translation import get_language_bidi, gettext, pgettext

from activities.models import LONDON, Activity, Session, london_today
from hubs.wording import SOURCE, current_edition

register = template.Library()


# Every page says a few dates and many times over and over; a year of dates in each language.
CACHED_DATES = 4096


@register.filter
def long_date(value: dt.date | dt.datetime) -> str:
    """A whole date in the page's language: "Saturday 13 July 2019", "sobota, 13 lipca 2019".

    A moment gives its Europe/London date.
    """
    day = value.astimezone(LONDON).date() if isinstance(value, dt.datetime) else value
    return _long_date(day, _language())


@register.filter
def plain_date(day: dt.date) -> str:
    """A date without its weekday: "13 July 2019", "13 lipca 2019"."""
    language = _language()
    if language == SOURCE.language:
        return f"{day.day} {day:%B %Y}"
    return format_date(day, "long", locale=_locale(language))


@register.filter
def short_month(day: dt.date) -> str:
    """The month of a date where there is little room: "Jul 2019", "lip 2019"."""
    language = _language()
    if language == SOURCE.language:
        return f"{day:%b %Y}"
    return format_skeleton("yMMM", day, locale=_locale(language))


@register.filter
def clock(value: dt.datetime) -> str:
    """The Europe/London time of a moment: "4:30pm", "6pm", "midday"; in Polish "16:30"."""
    local = value.astimezone(LONDON)
    return _clock(local.hour, local.minute, _language())


@register.filter
def time_range(session: Session) -> str:
    """From when to when: "4:30pm to 6pm"."""
    times = {"start": clock(session.starts_at), "end": clock(session.ends_at)}
    return pgettext("times of day", "%(start)s to %(end)s") % times


@register.filter
def age_range(activity: Activity) -> str:
    """Whom it is for, both ages included: "Ages 8 to 14", "Age 8"."""
    return ages(activity.min_age, activity.max_age)


def ages(youngest: int, oldest: int) -> str:
    """Both ages included: "Ages 8 to 14", "Age 8"."""
    if youngest == oldest:
        return gettext("Age %(age)d") % {"age": youngest}
    return gettext("Ages %(youngest)d to %(oldest)d") % {"youngest": youngest, "oldest": oldest}


@register.filter
def relative_day(day: dt.date, now: dt.datetime | None = None) -> str:
    """Say "Today" or "Tomorrow" as it is in Derby; nothing for other days."""
    distance = (day - london_today(now or timezone.now())).days
    if distance not in {0, 1}:
        return ""
    return gettext("Tomorrow") if distance else gettext("Today")


@register.simple_tag
def page_numbers(page: Page) -> Iterator[int | str]:
    """Numbers round the current page and at both ends, with an ellipsis between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


def _language() -> str:
    """The language of the page that is being made; English has its own way with times."""
    return current_edition().language


@lru_cache(maxsize=CACHED_DATES)
def _long_date(day: dt.date, language: str) -> str:
    if language == SOURCE.language:
        return f"{day:%A} {day.day} {day:%B %Y}"
    return format_date(day, "full", locale=_locale(language))


@lru_cache(maxsize=CACHED_DATES)
def _clock(hour: int, minute: int, language: str) -> str:
    if language != SOURCE.language:
        return _isolated(format_time(dt.time(hour, minute), "short", locale=_locale(language)))
    if minute == 0 and hour in {0, 12}:
        return "midday" if hour else "midnight"
    minutes = f":{minute:02d}" if minute else ""
    return f"{hour % 12 or 12}{minutes}{'pm' if hour >= 12 else 'am'}"


def _isolated(time: str) -> str:
    """A time keeps its order, "4:30 PM", among words that run from right to left."""
    isolate = "\N{LEFT-TO-RIGHT ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"
    return isolate % time if get_language_bidi() else time


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
