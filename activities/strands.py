"""Finer kinds of activity: hubs type them, and the usual ones are known in every language."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

USUAL = {
    "Athletics": pgettext_lazy("finer kind", "Athletics"),
    "Boxing": pgettext_lazy("finer kind", "Boxing"),
    "Carnival arts": pgettext_lazy("finer kind", "Carnival arts"),
    "Circus": pgettext_lazy("finer kind", "Circus"),
    "Cycling": pgettext_lazy("finer kind", "Cycling"),
    "Dance": pgettext_lazy("finer kind", "Dance"),
    "Drama": pgettext_lazy("finer kind", "Drama"),
    "Film and digital": pgettext_lazy("finer kind", "Film and digital"),
    "Football": pgettext_lazy("finer kind", "Football"),
    "Multi-sport": pgettext_lazy("finer kind", "Multi-sport"),
    "Museums and heritage": pgettext_lazy("finer kind", "Museums and heritage"),
    "Music": pgettext_lazy("finer kind", "Music"),
    "Street art": pgettext_lazy("finer kind", "Street art"),
    "Visual art": pgettext_lazy("finer kind", "Visual art"),
    "Youth club": pgettext_lazy("finer kind", "Youth club"),
}


def finer_kind(strand: str) -> str:
    """A finer kind in the page's language; one that is not among the usual ones as it was typed."""
    return str(USUAL.get(strand, strand))


def is_usual(strand: str) -> bool:
    """Whether a finer kind is known in every language."""
    return strand in USUAL
