"""Sessions as cards, for templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django import template

from activities.cards import Card, cards_of
from activities.models import Session

register = template.Library()


@register.filter
def cards(sessions: Iterable[Session], now: dt.datetime) -> list[Card]:
    """What a list says of sessions."""
    return cards_of(sessions, now)
