"""Sessions as cards, for templates.

Thirty cards are most of the portal's busiest page, and a template looks every word of each up anew.
So the template of a card is filled in once with marks for each shape that a card can have, with or
without a hub, a distance and so on, and then only the marks are replaced.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from activities.cards import Card, cards_of
from activities.models import Session

register = template.Library()
TEMPLATE = "activities/_session_card.html"
# Letters of the private use area, which no text has.
BEGIN, END = "\ue000", "\ue001"
MARK = re.compile(f"{BEGIN}(.+?){END}")
NAMES = [field.name for field in fields(Card)]


@register.filter
def cards(sessions: Iterable[Session], now: dt.datetime) -> list[SafeString]:
    """The cards of sessions that come with their activities and hubs."""
    language = get_language()
    return [card_element(card, language) for card in cards_of(sessions, now)]


def card_element(card: Card, language: str | None) -> SafeString:
    """One card as it stands on the page."""
    shape = tuple(len(value) if name == "tags" else bool(value) for name, value in _items(card))
    parts = list(_filled_with_marks(shape, language))
    for number in range(1, len(parts), 2):
        parts[number] = _escaped(_value(card, parts[number]))
    # Every second part was escaped just now, and the others are the template.
    return SafeString("".join(parts))


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)


def _items(card: Card) -> list[tuple[str, Any]]:
    return [(name, getattr(card, name)) for name in NAMES]


def _value(card: Card, mark: str) -> str:
    name, _, number = mark.partition(" ")
    value = getattr(card, name)
    return value[int(number)] if number else value


@lru_cache(maxsize=1000)
def _filled_with_marks(shape: tuple[int, ...], language: str | None) -> tuple[str, ...]:
    """The template with marks for words: text and marks by turns, beginning with text."""
    card = {name: _mark(name, there) for name, there in zip(NAMES, shape, strict=True)}
    return tuple(MARK.split(render_to_string(TEMPLATE, {"card": card})))


def _mark(name: str, there: int) -> Any:
    if name == "tags":
        return [f"{BEGIN}{name} {number}{END}" for number in range(there)]
    if name.startswith("is_"):
        return there
    return f"{BEGIN}{name}{END}" if there else ""
