"""Rules for what is no count: shares, means, and measures that stand beside people."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from evaluation.disclosure.printing import STEP, Cell, Protected, is_small

SHARE_NEEDS, MEAN_NEEDS = 20, 10


def share_allowed(denominator: int, numerator: int | None = None, *, threshold: int = 5) -> bool:
    """Whether a percentage of so many people may be shown.

    With a numerator also whether neither those in it nor those left out of it are too few.
    """
    if denominator < SHARE_NEEDS:
        return False
    if numerator is None:
        return True
    return not (is_small(numerator, threshold) or is_small(denominator - numerator, threshold))


def mean_allowed(n: int) -> bool:
    """Whether a mean, a median or an interval over so many people may be shown."""
    return n >= MEAN_NEEDS


def share_of_printed(numerator: Cell, denominator: Cell) -> int | None:
    """Whole percent worked out of what is printed, so that it tells nothing more than that.

    None where one of them is hidden, small, or the denominator too small.
    """
    part, whole = _number(numerator), _number(denominator)
    if part is None or whole is None or whole < SHARE_NEEDS or part > whole:
        return None
    return (200 * part + whole) // (2 * whole)


def _number(cell: Cell) -> int | None:
    if cell is None or isinstance(cell, int):
        return cell
    return None if cell.startswith("<") else int(cell.replace(",", ""))


def round_measure(value: Decimal | Fraction | float) -> str:
    """Hours, attendances or pounds to the nearest 5, halves up: `12,340`."""
    return f"{int((Fraction(value) * 2 + STEP) // (2 * STEP)) * STEP:,}"


def follow(mask: Protected, values: Sequence[Sequence[Decimal | int]]) -> list[list[str | None]]:
    """Hours or attendances of the people of a table, hidden wherever these are hidden or few.

    `values` has the shape of `mask.cells`, margins included; what is shown is rounded to the
    nearest 5.
    """
    return [
        [None if _is_few(cell) else round_measure(value) for cell, value in zip(*pair, strict=True)]
        for pair in zip(mask.cells, values, strict=True)
    ]


def _is_few(people: Cell) -> bool:
    return people is None or (isinstance(people, str) and people.startswith("<"))
