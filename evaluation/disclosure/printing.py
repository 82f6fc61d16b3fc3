"""How a count is printed, and what a print says about the count behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Method = Literal["rounded", "exact"]
# As printed: text where rounded, a whole number where exact, None where hidden.
Cell: TypeAlias = str | int | None
# The smallest and the largest count that fits; math.inf where nothing limits it.
Band: TypeAlias = tuple[int | float, int | float]
Place: TypeAlias = tuple[int, int]

STEP = 5
ANY: Band = (0, math.inf)


@dataclass(frozen=True)
class Protected:
    """A table as it may be printed: rows + 1 by columns + 1, the margins last.

    `thresholds` names the cells that have another threshold than the table's: those it shares
    with a table of a more delicate kind. Where `is_additive` is False the total lies anywhere
    between the largest row and the sum of all.
    """

    cells: tuple[tuple[Cell, ...], ...]
    method: Method
    threshold: int = 5
    is_additive: bool = True
    thresholds: Mapping[Place, int] = field(default_factory=dict)

    def threshold_of(self, place: Place) -> int:
        """From how many on the count at (row, column) is not small."""
        return self.thresholds.get(place, self.threshold)

    def band(self, place: Place) -> Band:
        """What the print of (row, column) says by itself."""
        row, column = place
        return band(self.cells[row][column], self.threshold_of(place))


def is_small(count: int, threshold: int) -> bool:
    """Whether a count is of somebody, and of too few."""
    return 0 < count < threshold


def nearest(count: int) -> int:
    """The multiple of 5 that is nearest; no whole number lies in the middle."""
    return STEP * ((2 * count + STEP) // (2 * STEP))


def rounded_text(count: int, threshold: int) -> str:
    """`0`, `<5` or `1,250`: no small count is ever rounded to 0 or to 5."""
    return f"<{threshold}" if is_small(count, threshold) else f"{nearest(count):,}"


def band(cell: Cell, threshold: int) -> Band:
    """The counts that a print may stand for, to one who knows the rules.

    `5` is 5 to 7, for 3 and 4 would have been printed as `<5`. A hidden cell may be anything,
    also nothing. ValueError for a text that is no print.
    """
    if cell is None:
        return ANY
    if isinstance(cell, int):
        return (cell, cell)
    if cell.startswith("<"):
        return (1, int(cell[1:]) - 1)
    number = int(cell.replace(",", ""))
    if number == 0:
        return (0, 0)
    return (max(threshold, number - STEP // 2), number + STEP // 2)
