"""What tables and measures of the register are called."""

from __future__ import annotations

from django import template

from evaluation.reports.register import measure_name, table_name

register = template.Library()


@register.filter
def table_words(table: str) -> str:
    """A table's id in words, as shapes of reports name it: "By home ward"."""
    return table_name(table)


@register.filter
def measure_words(measure: str) -> str:
    """A measure's id in words: "Young people reached"."""
    return measure_name(measure)
