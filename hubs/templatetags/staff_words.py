"""Checks and trainings in words, on the pages of staff."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.access import WARNED_BEFORE, Lapse, ending_soon
from hubs.staff_queries import clearance_words

register = template.Library()


@register.inclusion_tag("staff/_ending_soon.html", takes_context=True)
def checks_ending_soon(context: dict[str, Any]) -> dict[str, list[Lapse]]:
    """A warning to whoever is signed in, before their check or training ends. No query."""
    return {"lapses": ending_soon(context["request"].user)}


@register.simple_tag
def clearance_badge(day: dt.date | None, is_needed: object, today: dt.date) -> SafeString:
    """The last day of a check in words, with a mark where registers are or will be closed."""
    words = clearance_words(day, is_needed=bool(is_needed), today=today)
    if not is_needed:
        return format_html("{}", words)
    if day is None or day < today:
        return format_html('{} <span class="badge badge--bad">Registers closed</span>', words)
    if day <= today + WARNED_BEFORE:
        return format_html('{} <span class="badge badge--warn">Ends soon</span>', words)
    return format_html('{} <span class="badge badge--good">Good</span>', words)
