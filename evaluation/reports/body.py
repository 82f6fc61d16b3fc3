"""The parts that a snapshot's body is made of: figures and tables as canonical values. Pure.

Whole numbers stay numbers, decimals become text, and every exact column of a breakdown sums to its
total: hours are rounded together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from evaluation.indicators import INDICATORS, Indicator, Unit

Value = int | str | None
TOTAL = "Total"


def figure(indicator: Indicator, value: Any) -> Value:
    """A query's value as it stands in a snapshot: minutes become hours to one decimal, as text."""
    if value is None:
        return None
    if indicator.is_ratio or indicator.unit is Unit.POUNDS:
        return str(value)
    if indicator.unit is Unit.HOURS:
        return str(hours([int(value)])[0])
    return int(value)


def hours(minutes: Sequence[int]) -> list[Decimal]:
    """Minutes as hours to one decimal, rounded so that they sum to the rounded total.

    Each is rounded down to a tenth; the tenths that are then missing from the total go to those
    with the largest remainders (the first of equal ones).
    """
    tenths = [value // 6 for value in minutes]
    total = int((Decimal(sum(minutes)) / 6).quantize(Decimal(1), ROUND_HALF_UP))
    by_remainder = sorted(range(len(minutes)), key=lambda index: (-(minutes[index] % 6), index))
    for index in by_remainder[: total - sum(tenths)]:
        tenths[index] += 1
    return [Decimal(value).scaleb(-1) for value in tenths]


@dataclass(frozen=True)
class Column:
    """A column before it is written down: an indicator's, or one of its own."""

    id: str
    label: str
    unit: str

    @classmethod
    def of(cls, id_: str) -> Column:
        """The column of a figure of the registry."""
        indicator = INDICATORS[id_]
        return cls(indicator.id, indicator.label, indicator.unit.value)


@dataclass(frozen=True)
class Line:
    """A row before it is written down; `unit` only where each row has its own."""

    id: str
    label: str
    values: tuple[Value, ...]
    kind: str = "figure"
    unit: str = ""


def table(
    id_: str,
    title: str,
    row_heading: str,
    columns: Iterable[Column],
    lines: Iterable[Line],
    *,
    note: str = "",
    chart: str | None = None,
    two_way: bool = False,
) -> dict[str, Any]:
    """A table of a body, schema 2."""
    return {
        "id": id_,
        "title": title,
        "row_heading": row_heading,
        "note": note,
        "columns": [
            {"id": column.id, "label": column.label, "unit": column.unit} for column in columns
        ],
        "rows": [_row(line) for line in lines],
        "chart": chart,
        "two_way": two_way,
    }


def _row(line: Line) -> dict[str, Any]:
    row = {"id": line.id, "label": line.label, "kind": line.kind, "values": list(line.values)}
    return row | ({"unit": line.unit} if line.unit else {})


@dataclass(frozen=True)
class Summed:
    """A column of a breakdown: what its rows have, and what they must sum to."""

    unit: Unit
    values: Sequence[Any]
    total: Any

    def settled(self, *, reconciling: bool, name: str) -> tuple[list[Value], Value]:
        """(a value a row, the reconciling one last where there is one; the total).

        Only people may stand in several rows, and so only they are reconciled.

        Raises:
            ArithmeticError: the rows do not sum to the total and nothing explains by how much.
        """
        numbers = [int(value) for value in self.values]
        difference = int(self.total) - sum(numbers)
        if difference and not (reconciling and self.unit is Unit.PEOPLE):
            raise ArithmeticError(f"{name} is {difference} off its total.")
        if reconciling:
            numbers.append(difference)
        if self.unit is not Unit.HOURS:
            return [*numbers], int(self.total)
        return [str(value) for value in hours(numbers)], str(hours([int(self.total)])[0])
