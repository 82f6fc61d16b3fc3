"""Rules for what is no count: shares, means, and measures that stand beside people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from evaluation.disclosure.hiding import Problem, hide
from evaluation.disclosure.layout import Layout, Shape, lay_out
from evaluation.disclosure.printing import STEP, Band, Cell, Protected, is_small
from evaluation.disclosure.system import Flags, Whole

SHARE_NEEDS, MEAN_NEEDS = 20, 10
# What can be worked out of a hidden measure leaves half of it open, and two steps of rounding.
OPEN_SHARE, OPEN_STEPS = 2, 2

Number = Decimal | int


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

    None where one of them is hidden or small, or the denominator too small.
    """
    part, whole = _number(numerator), _number(denominator)
    if part is None or whole is None or whole < SHARE_NEEDS or part > whole:
        return None
    return (200 * part + whole) // (2 * whole)


def _number(cell: Cell) -> int | None:
    if cell is None or isinstance(cell, int):
        return cell
    return None if cell.startswith("<") else int(cell.replace(",", ""))


def round_measure(value: Number | Fraction) -> str:
    """Hours, attendances or pounds to the nearest 5, halves up: `12,340`."""
    return f"{_nearest(value):,}"


def _nearest(value: Number | Fraction) -> int:
    return STEP * math.floor((2 * Fraction(value) + STEP) / (2 * STEP))


def follow(mask: Protected, values: Sequence[Sequence[Number]]) -> list[list[str | None]]:
    """Hours or attendances of the people of a table, hidden wherever these are hidden or few.

    `values` has the shape of `mask.cells`, margins included, and adds up. What is shown is rounded
    to the nearest 5. Further cells are hidden until what can be worked out of a hidden one leaves
    10 open and half of it; where people may stand in several rows as well, for their hours add up.
    Values that do not add up are hidden cell by cell only, as the mask says. ValueError where the
    shapes differ.
    """
    if [len(row) for row in values] != [len(row) for row in mask.cells]:
        raise ValueError("The values have another shape than the people behind them.")
    few = [[_is_few(cell) for cell in row] for row in mask.cells]
    shape = Shape(len(few) - 1, len(few[0]) - 1)
    layout = lay_out({"": shape})
    unit = math.lcm(*(Fraction(value).denominator for row in values for value in row))
    truth = _spread(layout, [[int(Fraction(value) * unit) for value in row] for row in values])
    hidden = _spread(layout, few).astype(bool)
    if layout.system.holds(truth):
        hidden = hide(_problem(layout, truth, hidden, unit))
    gone = layout.spread("", hidden.tolist())
    return [
        [None if is_gone else round_measure(value) for value, is_gone in zip(*pair, strict=True)]
        for pair in zip(values, gone, strict=True)
    ]


def _problem(layout: Layout, truth: Whole, must: Flags, unit: int) -> Problem:
    """Hidden values as numbers in danger; all numbers are whole in the smallest unit."""
    return Problem(
        system=layout.system,
        truth=truth,
        bands=[_band(int(value), unit) for value in truth],
        costs=np.array(_costs(layout)),
        danger=must & (truth > 0),
        width=np.maximum(OPEN_STEPS * STEP * unit, -(-truth // OPEN_SHARE)),
        must=must,
    )


def _costs(layout: Layout) -> list[float]:
    dearest: dict[int, float] = {}
    for (table, row, column), number in layout.numbers.items():
        sides = layout.shapes[table].sides((row, column))
        dearest[number] = max(dearest.get(number, 0.0), 3.0**sides)
    return [dearest[number] for number in range(layout.system.size)]


def _band(value: int, unit: int) -> Band:
    """What the print says, in units; halves are rounded up."""
    middle = _nearest(Fraction(value, unit)) * unit
    half = Fraction(STEP * unit, 2)
    return max(0, math.ceil(middle - half)), math.ceil(middle + half) - 1


def _spread(layout: Layout, values: Sequence[Sequence[int | bool]]) -> Whole:
    """Values of a table by number; the largest where a number stands in several places."""
    found = np.zeros(layout.system.size, dtype=np.int64)
    for (_, row, column), number in layout.numbers.items():
        found[number] = max(found[number], values[row][column])
    return found


def _is_few(people: Cell) -> bool:
    return people is None or (isinstance(people, str) and people.startswith("<"))
