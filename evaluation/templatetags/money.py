"""Pounds and other figures on staff pages."""

from __future__ import annotations

from decimal import Decimal

from django import template

from evaluation.indicators import Unit
from evaluation.reports.numbers import MINUS, NOTHING

register = template.Library()


@register.filter
def pounds(amount: Decimal | int | None) -> str:
    """An amount of money: £1,250, £12.50, with a true minus; pence only where there are some."""
    if amount is None:
        return NOTHING
    text = f"{abs(amount):,.2f}".removesuffix(".00")
    return f"{MINUS if amount < 0 else ''}£{text}"


@register.filter
def percent(value: Decimal | None) -> str:
    """A share that is in per cent already, as whole per cent."""
    return NOTHING if value is None else f"{value:.0f} %"


@register.filter
def in_unit(value: Decimal | int | None, unit: str) -> str:
    """A figure with its unit: 2,000 people, 71.5 %, £167."""
    if value is None:
        return NOTHING
    if unit == Unit.POUNDS:
        return pounds(value)
    number = f"{Decimal(value):,.1f}".removesuffix(".0")
    return f"{number} %" if unit == Unit.PERCENT else f"{number} {unit}"
