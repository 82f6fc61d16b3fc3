"""Figures, dates and names as text. Nothing here rounds: a figure keeps the digits it has."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from evaluation.reports.document.parts import Cell, InvalidSnapshotError

LONDON = ZoneInfo("Europe/London")
# A figure that there is none of, and one that is hidden: "[c]" (confidential) is the shorthand of
# the Government Statistical Service, and a screen reader says it.
NOTHING = "n/a"
HIDDEN = "[c]"
HIDDEN_MEANS = f"{HIDDEN} is hidden to protect individual children."

# Digits after the point that a unit always shows; a figure that has more keeps them.
_PLACES = {"hours": 1, "percent": 1}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MINUS = "\N{MINUS SIGN}"
# Embeddings, overrides and isolates: they would turn the text after them round.
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PRINTED = re.compile(r"-?\d[\d,]*(\.\d+)?")


def plain(text: str) -> str:
    """One line of text that every format can hold.

    Composed letters (NFC), single spaces. Control characters, overrides of the writing
    direction, halves of surrogate pairs and code points that are no characters are taken out.
    """
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(_allowed(character) for character in text).split())


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, which empty lines part."""
    found = (plain(paragraph) for paragraph in re.split(r"\n\s*\n", text))
    return tuple(paragraph for paragraph in found if paragraph)


def heading(text: str, instead: str) -> str:
    """A heading that can be seen: an empty one breaks PDF/UA and tells nobody anything."""
    found = plain(text)
    seen = any(unicodedata.category(character) != "Cf" for character in found)
    return found if seen else instead


def identifier(value: str) -> str:
    """The id as it is, when it is one of small letters, digits, _ and -."""
    if not _ID.fullmatch(value):
        raise InvalidSnapshotError(f"{value!r} is no id.")
    return value


def date_text(day: dt.date) -> str:
    """A date as "13 July 2019"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: dt.datetime) -> str:
    """A moment in Derby's time, as "13 July 2019 at 4:30pm"."""
    local = moment.astimezone(LONDON)
    half = "am" if local.hour < 12 else "pm"
    return f"{date_text(local)} at {local.hour % 12 or 12}:{local:%M}{half}"


def due_text(moment: dt.datetime) -> str:
    """Midnight belongs to the day that it ends: "the end of 13 July 2019"."""
    local = moment.astimezone(LONDON)
    if local.time() == dt.time.min:
        return f"the end of {date_text(local - dt.timedelta(days=1))}"
    return moment_text(moment)


def period_text(first_day: str, last_day: str) -> str:
    """Two ISO dates as "25 September 2018 to 13 July 2019"."""
    first, last = dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day)
    return f"{date_text(first)} to {date_text(last)}"


def number_text(value: Decimal, unit: str, *, places: int | None = None) -> str:
    """A figure as it is printed: 1,234 or 1,234.5 or 87.3% or £1,234.

    It has every digit that it was frozen with, or as many places as are given.
    """
    sign = _MINUS if value < 0 else ""
    if unit == "pounds":
        return sign + pounds_text(abs(value))
    if places is None:
        exponent = value.normalize().as_tuple().exponent
        places = max(_PLACES.get(unit, 0), -exponent if isinstance(exponent, int) else 0)
    return f"{sign}{abs(value):,.{places}f}{'%' if unit == 'percent' else ''}"


def pounds_text(amount: Decimal) -> str:
    """Money as £1,000,000, with pence only where there are any."""
    return f"£{amount:,.0f}" if amount == amount.to_integral_value() else f"£{amount:,.2f}"


def number(value: Any) -> Decimal:
    """A whole number or a decimal's text as a Decimal."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise InvalidSnapshotError(f"{value!r} is no number.") from None
    if not found.is_finite():
        raise InvalidSnapshotError(f"{value!r} is no number.")
    return found


def cell(value: int | str | None, unit: str) -> Cell:
    """An exact value of a unit; text and dates are units too."""
    if value is None:
        return Cell(None, NOTHING, unit)
    if unit == "text":
        text = plain(str(value))
        return Cell(text, text, unit)
    if unit == "date":
        day = dt.date.fromisoformat(str(value))
        return Cell(day, date_text(day), unit)
    found = number(value)
    return Cell(found, number_text(found, unit), unit)


def protected_cell(value: int | str | None, unit: str) -> Cell:
    """A value of a protected table: with the digits it was protected to, or hidden.

    Days are about sessions and are never hidden: there is none, or it is told.
    """
    if value is None and unit != "date":
        return Cell(None, HIDDEN, unit, is_hidden=True)
    if value is None or isinstance(value, int) or unit in {"text", "date"}:
        return cell(value, unit)
    bare = value.removeprefix("£").removesuffix("%").replace(",", "")
    if not _PRINTED.fullmatch(bare):
        text = plain(value)
        return Cell(text, text, unit)
    # A rounded figure must not gain digits: 85% is not 85.0%.
    found = Decimal(bare)
    places = len(bare.partition(".")[2])
    return Cell(found, number_text(found, unit, places=places), unit)


def row_unit(column_unit: str, row: Mapping[str, Any]) -> str:
    """The unit of a cell: its column's, or its row's own where the column has none."""
    return plain(column_unit or row.get("unit", ""))


@lru_cache(maxsize=4096)
def _allowed(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs" or ord(character) & 0xFFFE == 0xFFFE:
        return "\N{REPLACEMENT CHARACTER}"
    return "" if unicodedata.bidirectional(character) in _TURNS else character
