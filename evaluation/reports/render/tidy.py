"""Cells of a report as programs read them: a bare number, and how far it may be believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from evaluation.reports.document import Cell, Document, Row, Section, Table

Value = Decimal | dt.date | str | None


class Status(StrEnum):
    """How a figure is told."""

    EXACT = "exact"
    ROUNDED = "rounded"
    SMALL = "small"
    HIDDEN = "hidden"
    NOT_KNOWN = "not known"
    TEXT = "text"


EXPLAINED: Mapping[Status, str] = {
    Status.EXACT: "The figure as it was counted.",
    Status.ROUNDED: "The figure, rounded so that it tells of nobody.",
    Status.SMALL: "So few that the number is not told, only below what it lies.",
    Status.HIDDEN: "Left out to protect individual children.",
    Status.NOT_KNOWN: "There was nothing to make it from.",
    Status.TEXT: "Words.",
}
UNTOLD = frozenset({Status.SMALL, Status.HIDDEN})


@dataclass(frozen=True, slots=True)
class Tidy:
    """One figure: its number, date or words, None where it is not told; and its status.

    `symbol` is what is printed instead of a figure that is small or hidden.
    """

    value: Value
    status: Status
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A table, the section that it is printed in, and an id that no other table has."""

    id: str
    table: Table
    section: Section | None


def tidy(cell: Cell, method: str = "") -> Tidy:
    """A cell taken apart; `method` is how its table was protected, nothing where it was not."""
    if cell.is_hidden:
        return Tidy(None, Status.HIDDEN, cell.text)
    if cell.raw is None:
        return Tidy(None, Status.NOT_KNOWN)
    if isinstance(cell.raw, Decimal):
        return Tidy(cell.raw, Status.ROUNDED if method == "rounded" else Status.EXACT)
    if method and isinstance(cell.raw, str) and cell.unit != "text":
        return Tidy(None, Status.SMALL, cell.text)
    return Tidy(cell.raw, Status.TEXT if isinstance(cell.raw, str) else Status.EXACT)


def method_of(table: Table, body: Mapping[str, Any]) -> str:
    """How a table was protected: "rounded", "exact", or nothing for an internal one."""
    is_figures = table.id == "figures" and body.get("kind") == "released"
    if not (table.is_protected or is_figures):
        return ""
    found: str = body.get("about", {}).get("method", "rounded")
    return found


def cells_of(row: Row, method: str) -> list[Tidy]:
    """A row's figures in print order."""
    return [tidy(cell, method) for cell in row.cells]


def placed_tables(document: Document) -> Iterator[Placed]:
    """Every table in print order: the figures that stand alone, then those of each section."""
    taken: set[str] = set()
    yield Placed(_unlike(document.figures.id, taken), document.figures, None)
    for section in document.sections:
        for table in section.tables:
            yield Placed(_unlike(table.id, taken), table, section)


def bare(value: Value) -> str:
    """A value as a file for programs holds it: -123, 41234.5, 2019-07-13, or nothing."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value or ""


def is_mixed(table: Table) -> bool:
    """Whether each row has a unit of its own."""
    return any(not column.unit for column in table.columns)


def own_unit(table: Table, row: Row) -> str:
    """The unit of a row's figures in a table where each row has one of its own."""
    cells = zip(table.columns, row.cells, strict=True)
    return next((cell.unit for column, cell in cells if not column.unit), "")


def _unlike(id_: str, taken: set[str]) -> str:
    found, number = id_, 1
    while found in taken:
        number += 1
        found = f"{id_}-{number}"
    taken.add(found)
    return found
