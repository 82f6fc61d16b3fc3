"""Cells of a report as programs read them: a bare number, and how far it may be believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from evaluation.reports.document import Cell, Document, Row, Section, Table

# Not about children, so a release leaves them as they were counted, as it does what was wished for.
_NOT_OF_PEOPLE = frozenset({"sessions", "hubs", "registers", "pounds", "days", "rows"})
_HOURS_OF_SESSIONS = ("session_hours", "hours_a_week", "training_hours", "target_hours")
_WISHED = frozenset({"target", "budget"})

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


def cells_of(table: Table, row: Row, method: str) -> list[Tidy]:
    """A row's figures in print order; `method` is that of `method_of`."""
    wished = [column.id in _WISHED for column in table.columns]
    return [
        _tidy(cell, row.id if is_mixed(table) else column.id, "" if is_wished else method)
        for column, cell, is_wished in zip(table.columns, row.cells, wished, strict=True)
    ]


def method_of(table: Table, body: Mapping[str, Any]) -> str:
    """How a table was protected: "rounded", "exact", or nothing for an internal one."""
    is_figures = table.id == "figures" and body.get("kind") == "released"
    if not (table.is_protected or is_figures):
        return ""
    found: str = body["about"].get("method", "rounded")
    return found


def _tidy(cell: Cell, id_: str, method: str) -> Tidy:
    if cell.is_hidden:
        return Tidy(None, Status.HIDDEN, cell.text)
    if cell.raw is None:
        return Tidy(None, Status.NOT_KNOWN)
    if isinstance(cell.raw, Decimal):
        return Tidy(cell.raw, _status(cell, id_, method))
    if method and isinstance(cell.raw, str) and cell.unit != "text":
        return Tidy(None, Status.SMALL, cell.text)
    return Tidy(cell.raw, Status.TEXT if isinstance(cell.raw, str) else Status.EXACT)


def _status(cell: Cell, id_: str, method: str) -> Status:
    """The exact method tells people exactly, and what follows from them rounded."""
    of_sessions = cell.unit == "hours" and id_.startswith(_HOURS_OF_SESSIONS)
    is_exact = not method or of_sessions or cell.unit in _NOT_OF_PEOPLE
    if is_exact or (method == "exact" and cell.unit == "people"):
        return Status.EXACT
    return Status.ROUNDED


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
