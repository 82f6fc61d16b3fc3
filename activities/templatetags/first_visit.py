"""The facts and the actions of a session's page, for templates.

They are most of the page, and a template looks every word of them up anew. So each template is
filled in once with marks in place of what people wrote, for every shape that it can have, and then
only the marks are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from activities.models import AccessNeed, Activity, BringItem, SpokenLanguage
from activities.queries.sessions import SessionPage, known
from activities.templatetags.listing import long_date, time_range

register = template.Library()
# Letters of the private use area, which no text has.
BEGIN, END = "\ue000", "\ue001"
MARK = re.compile(f"{BEGIN}(.+?){END}")
SOME_ID = UUID(int=0)
# What people write of an activity, and what they choose: the first is marked, the second is shape.
WRITTEN = (
    *("cost", "first_ten_minutes", "met_where", "bring_more", "venue", "address", "postcode"),
    *("bus_stop", "getting_there", "quiet_option", "access"),
)
CHOSEN = (
    *("min_age", "max_age", "send_friendly", "is_free", "met_by", "welcomes_alone"),
    *("walk_minutes", "bring", "access_needs", "languages"),
)


@register.simple_tag
def session_facts(page: SessionPage) -> SafeString:
    """The facts of a first visit, as a list of terms."""
    activity = page.activity
    chosen = tuple(_hashable(getattr(activity, name)) for name in CHOSEN)
    written = tuple(name for name in WRITTEN if getattr(activity, name))
    said = frozenset(getattr(activity, "said_in_edition", ()))
    parts = _facts_with_marks(get_language(), chosen, written, said)
    return _put_in(parts, {name: getattr(activity, name) for name in written})


@register.simple_tag(takes_context=True)
def session_actions(context: dict[str, Any]) -> SafeString:
    """What somebody can do with a session. Takes page, session, addresses, says_thanks."""
    page: SessionPage = context["page"]
    session = page.session
    can_say = page.can_come and not context.get("says_thanks")
    parts = _actions_with_marks(get_language(), can_say, page.is_shown_elsewhere)
    title = f"{page.activity.title}, {long_date(session.starts_at)}, {time_range(session)}"
    words = {"save_title": title, "address": context["addresses"].page, "pk": str(session.pk)}
    return _put_in(parts, words)


@lru_cache(maxsize=500)
def _facts_with_marks(
    language: str | None,
    chosen: tuple[Any, ...],
    written: tuple[str, ...],
    said: frozenset[str],
) -> tuple[str, ...]:
    values = dict(zip(CHOSEN, chosen, strict=True)) | {name: _mark(name) for name in written}
    activity = Activity(**values)
    activity.said_in_edition = said  # type: ignore[attr-defined]
    facts = {
        "activity": activity,
        "bring": known(BringItem, activity.bring),
        "access_needs": known(AccessNeed, activity.access_needs),
        "languages": known(SpokenLanguage, activity.languages),
    }
    return _parts("activities/_session_facts.html", facts)


@lru_cache(maxsize=100)
def _actions_with_marks(
    language: str | None,
    can_say: bool,  # noqa: FBT001  (kept by position)
    is_shown: bool,  # noqa: FBT001
) -> tuple[str, ...]:
    shape = {"can_say": can_say, "is_shown": is_shown, "pk": SOME_ID}
    words = {name: _mark(name) for name in ("save_title", "address")}
    return _parts("activities/_session_actions.html", shape | words, str(SOME_ID))


def _parts(name: str, values: Mapping[str, Any], some_id: str = "") -> tuple[str, ...]:
    """Text and marks by turns, beginning with text."""
    html = render_to_string(name, dict(values))
    return tuple(MARK.split(html.replace(some_id, _mark("pk")) if some_id else html))


def _put_in(parts: tuple[str, ...], words: Mapping[str, str]) -> SafeString:
    filled = list(parts)
    for number in range(1, len(filled), 2):
        filled[number] = escape(words[filled[number]])
    # Every second part was escaped just now, and the others are the template.
    return SafeString("".join(filled))


def _mark(name: str) -> str:
    return f"{BEGIN}{name}{END}"


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
