"""What tables and measures of the register are called."""

from __future__ import annotations

from django import template

from evaluation.indicators import INDICATORS
from evaluation.reports.register import FIGURES
from evaluation.reports.templates import TABLE_NAMES

register = template.Library()


@register.filter
def table_words(table: str) -> str:
    """A table's id in words, as shapes of reports name it: "By home ward"."""
    if table == FIGURES:
        return "Headline"
    return TABLE_NAMES.get(table) or f"By {table.replace('_', ' ')}"


@register.filter
def measure_words(measure: str) -> str:
    """An indicator's label, or the id of what is none any more."""
    indicator = INDICATORS.get(measure)
    return indicator.label if indicator else measure.replace("_", " ").capitalize()
