"""Which figures and cells of two versions of a report are not the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]
Value = int | str | None
# Tables that are about the report itself.
_ABOUT_ITSELF = frozenset({"changes", "row_counts"})


@dataclass(frozen=True)
class Difference:
    """One figure, or one cell of a table, in both versions: its id, words, unit and two values."""

    id: str
    label: str
    unit: str
    was: Value
    now: Value


@dataclass(frozen=True)
class TableDifference:
    """The cells of one table that are others, in its order."""

    id: str
    title: str
    cells: tuple[Difference, ...]


def figures_that_differ(before: Body, now: Body) -> list[Difference]:
    """Figures that both versions know, in the later one's order."""
    was, is_ = _figures(before), _figures(now)
    return [
        Difference(each["id"], each["label"], each.get("unit", ""), was[each["id"]], value)
        for each in now["indicators"]
        if each["id"] in was and each["id"] in is_ and was[each["id"]] != (value := is_[each["id"]])
    ]


def tables_that_differ(before: Body, now: Body) -> list[TableDifference]:
    """Tables with cells that both versions have and that are others; rows go by their ids.

    Tables of another schema are drawn up otherwise, and cannot be compared.
    """
    if before.get("schema") != now["schema"]:
        return []
    earlier = {table["id"]: table for table in before["tables"]}
    found = (
        TableDifference(table["id"], table["title"], tuple(_cells(earlier[table["id"]], table)))
        for table in now["tables"]
        if table["id"] in earlier and table["id"] not in _ABOUT_ITSELF
    )
    return [each for each in found if each.cells]


def _cells(before: Body, now: Body) -> Iterator[Difference]:
    was = {
        (row["id"], column["id"]): value
        for row in before["rows"]
        for column, value in zip(before["columns"], row["values"], strict=True)
    }
    for row in now["rows"]:
        for column, value in zip(now["columns"], row["values"], strict=True):
            key = row["id"], column["id"]
            if row["kind"] != "reconciling" and key in was and was[key] != value:
                unit = column["unit"] or row.get("unit", "")
                label = f"{row['label']}, {column['label']}"
                yield Difference("/".join(key), label, unit, was[key], value)


def _figures(body: Body) -> Mapping[str, Value]:
    # The first schema called them so.
    figures: Mapping[str, Value] = body.get("figures") or body.get("headline") or {}
    return figures
