"""What of tables is printed: as much as can be without telling a small count too closely."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.disclosure.hiding import Problem, hide
from evaluation.disclosure.layout import Counts, Layout, Linked, lay_out
from evaluation.disclosure.printing import (
    Cell,
    Method,
    Place,
    Protected,
    band,
    is_small,
    rounded_text,
)
from evaluation.disclosure.system import Floats, Whole

# What it costs to hide a margin, and the grand total, as against a cell inside.
MARGIN, GRAND_TOTAL = 3.0, 9.0
# Smaller ones would be rounded to nothing.
LEAST = 3


def protect(
    counts: Counts,
    *,
    threshold: int = 5,
    method: Method = "rounded",
    is_additive: bool = True,
    total: int | None = None,
) -> Protected:
    """Print a table of counts of people so that no count of 1 to `threshold` - 1 is told closely.

    `counts` is the inner table, rows of whole numbers; the result has margins as its last row
    and column. A small count printed as `<5` may be anything from 1 to 4 to one who knows all
    that is printed and the rules; one that is hidden (None) may be anything in a range whose ends
    lie `threshold` or more apart. "rounded" prints other counts to the nearest 5, totals too, as
    text; "exact" prints them as whole numbers. Equal input gives equal output.

    Where people may stand in several rows: `is_additive=False`, one column, and their `total`.
    ValueError for what is no table of counts.
    """
    table = Linked(counts, is_additive=is_additive, total=total)
    return protect_linked({"": table}, threshold=threshold, method=method)[""]


def protect_linked(
    tables: Mapping[str, Linked], *, threshold: int = 5, method: Method = "rounded"
) -> dict[str, Protected]:
    """Print tables that share totals, margins or cells as `protect` prints one.

    Safe against one who knows all tables together: both ends of every small count's range are
    shown by whole numbers in all tables that would be printed alike, never by a bound. A number
    that stands in several tables is printed alike in all, with the highest threshold of them.
    ValueError where numbers that are said to be the same differ.
    """
    if method not in {"rounded", "exact"}:
        raise ValueError(f"There is no method {method!r}.")
    if min([threshold, *(table.threshold or threshold for table in tables.values())]) < LEAST:
        raise ValueError(f"A threshold below {LEAST} protects nobody.")
    layout = lay_out({name: table.shape for name, table in tables.items()})
    numbers = _Numbers.of(tables, layout, threshold)
    prints = numbers.prints(method)
    hidden = hide(numbers.problem(prints, method))
    shown = [None if gone else cell for cell, gone in zip(prints, hidden, strict=True)]
    return {
        name: Protected(
            layout.spread(name, shown),
            method,
            own := table.threshold or threshold,
            table.is_additive,
            numbers.other_thresholds(name, own),
        )
        for name, table in tables.items()
    }


@dataclass(frozen=True)
class _Numbers:
    """The numbers of all tables: how many, from how many on not small, and what hiding costs."""

    layout: Layout
    truth: Whole
    thresholds: Whole
    costs: Floats

    @classmethod
    def of(cls, tables: Mapping[str, Linked], layout: Layout, threshold: int) -> _Numbers:
        size = layout.system.size
        truth = np.full(size, -1, dtype=np.int64)
        thresholds, costs = np.zeros(size, dtype=np.int64), np.zeros(size)
        for (name, *place), number in layout.numbers.items():
            table, (row, column) = tables[name], place
            count = int(table.full[row, column])
            if truth[number] not in {-1, count}:
                raise ValueError(f"A number of table {name!r} differs from what is the same.")
            truth[number] = count
            thresholds[number] = max(thresholds[number], table.threshold or threshold)
            costs[number] = max(costs[number], _cost(count, table.shape.sides((row, column))))
        return cls(layout, truth, thresholds, costs)

    def prints(self, method: Method) -> list[Cell]:
        """How each number would be printed."""
        counts: list[int] = self.truth.tolist()
        if method == "exact":
            return list(counts)
        return [rounded_text(*pair) for pair in zip(counts, self.thresholds.tolist(), strict=True)]

    def problem(self, prints: list[Cell], method: Method) -> Problem:
        """What there is to protect."""
        thresholds: list[int] = self.thresholds.tolist()
        small = np.array([is_small(*pair) for pair in zip(self.truth, thresholds, strict=True)])
        return Problem(
            system=self.layout.system,
            truth=self.truth,
            bands=[band(*pair) for pair in zip(prints, thresholds, strict=True)],
            costs=self.costs,
            danger=small,
            width=self.thresholds,
            must=small & (method == "exact"),
        )

    def other_thresholds(self, table: str, own: int) -> dict[Place, int]:
        """Cells of a table that are protected more than the table needs."""
        return {
            (row, column): int(self.thresholds[number])
            for (name, row, column), number in self.layout.numbers.items()
            if name == table and self.thresholds[number] != own
        }


def _cost(count: int, sides: int) -> float:
    """What is lost with a cell: something for each, more for large ones and margins."""
    worth = 1.0 + math.log2(1 + count) / 4
    return worth * (1.0, MARGIN, GRAND_TOTAL)[sides]
