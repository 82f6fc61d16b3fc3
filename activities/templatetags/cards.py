"""What a list says over and over, for templates: sessions as cards, and boxes to tick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict

from django import template
from django.utils.safestring import SafeString

from activities.cards import Card, cards_of
from activities.filters import Tick
from activities.models import Session
from hubs.filled import filled

register = template.Library()
TEMPLATE = "activities/_session_card.html"
WORDS = (
    *("address", "title", "title_lang", "kind", "kind_label", "start", "end", "hub_slug"),
    *("hub_name", "venue", "distance", "state", "tags", "reason"),
)


@register.filter
def cards(sessions: Iterable[Session], now: dt.datetime) -> list[SafeString]:
    """The cards of sessions that come with their activities and hubs."""
    return [card_element(card) for card in cards_of(sessions, now)]


def card_element(card: Card) -> SafeString:
    """One card as it stands on the page."""
    shape = {"is_cancelled": card.is_cancelled, "is_stale": card.is_stale}
    return filled(TEMPLATE, shape, {name: getattr(card, name) for name in WORDS})


@register.filter
def boxes(ticks: Iterable[Tick]) -> SafeString:
    """The boxes to tick of the filters' form, with nothing in them that people wrote."""
    # Each was escaped by its template.
    return SafeString("".join(filled("activities/_tick.html", asdict(tick), {}) for tick in ticks))
