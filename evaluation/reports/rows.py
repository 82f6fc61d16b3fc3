"""Which rows stand behind a cell of a report's table or of the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.breakdowns import (
    BREAKDOWNS,
    CROSS_TABLES,
    OF_EQUALITY,
    Breakdown,
    CrossTable,
    Row,
)
from evaluation.indicators import INDICATORS, Relation
from evaluation.queries.record import Grouping, Scope
from evaluation.queries.rows_behind import Cell, has_rows
from evaluation.reports.collect import TABLES

# The figures that stand alone, and the row of a table that is all of it.
FIGURES = "figures"
TOTAL = "total"
NOT_KNOWN = "none"
_BREAKDOWNS = {each.id: each for each in BREAKDOWNS}
_CROSS_TABLES = {each.id: each for each in CROSS_TABLES}


@dataclass(frozen=True)
class Behind:
    """A cell with what it is called; with `is_equality` it tells an answer of a sensitive section.

    `column` is the id of its column in a snapshot.
    """

    cell: Cell
    title: str
    column: str
    is_equality: bool


def behind(scope: Scope, table: str, row: str, column: str = "") -> Behind | None:
    """The cell that an address means; None where there is no such row, or no rows behind it.

    Without a column it is the first one, or the total. In tables of other kinds a row is a figure
    where it is called as one. Two queries at most, for the names of rows.
    """
    if table == FIGURES:
        return _figure(row)
    if breakdown := _BREAKDOWNS.get(table):
        return _of_breakdown(scope, breakdown, row, column)
    if cross := _CROSS_TABLES.get(table):
        return _of_cross_table(scope, cross, row, column or TOTAL)
    return _figure(row) if table in TABLES else None


def can_have_rows(table: str, row: str, column: str = "") -> bool:
    """Whether a cell leads to rows at all: for pages that set links. No query."""
    if table in _CROSS_TABLES:
        return True
    if breakdown := _BREAKDOWNS.get(table):
        return column in breakdown.indicators
    known = INDICATORS.get(row)
    return known is not None and has_rows(known)


def tells_equality(table: str, row: str) -> bool:
    """Whether the rows of a cell tell an answer of equality monitoring. No query."""
    if cross := _CROSS_TABLES.get(table):
        return cross.is_of_equality
    if table in _BREAKDOWNS:
        return table in OF_EQUALITY
    known = INDICATORS.get(row)
    return known is not None and "disadvantaged" in known.sql


def frozen(body: Mapping[str, Any], table: str, row: str, column: str) -> int | str | None:
    """What a snapshot says in a cell; None where it has no such cell."""
    for each in body["tables"]:
        if each["id"] == table and table in {*_BREAKDOWNS, *_CROSS_TABLES}:
            return _value(each, row, column)
    figure: int | str | None = body["figures"].get(row)
    return figure


def _value(table: Mapping[str, Any], row: str, column: str) -> int | str | None:
    places = [each["id"] for each in table["columns"]]
    for each in table["rows"]:
        if each["id"] == row and column in places:
            value: int | str | None = each["values"][places.index(column)]
            return value
    return None


def _figure(id_: str) -> Behind | None:
    indicator = INDICATORS.get(id_)
    if indicator is None or not has_rows(indicator):
        return None
    return Behind(Cell(indicator), indicator.label, id_, "disadvantaged" in indicator.sql)


def _of_breakdown(scope: Scope, breakdown: Breakdown, row: str, column: str) -> Behind | None:
    id_ = column or breakdown.indicators[0]
    if id_ not in breakdown.indicators:
        return None
    indicator = INDICATORS[id_]
    is_equality = breakdown.id in OF_EQUALITY
    if row == TOTAL:
        return Behind(Cell(indicator), indicator.label, id_, is_equality)
    found = _row(scope, breakdown, row)
    if found is None:
        return None
    grouping = breakdown.grouping
    if indicator.relation is Relation.SESSIONS:
        grouping = Grouping(breakdown.id, breakdown.session_key, "sessions")
    title = f"{indicator.label}, {breakdown.row_heading.lower()}: {found.label}"
    return Behind(Cell(indicator, grouping, found.key), title, id_, is_equality)


def _of_cross_table(scope: Scope, cross: CrossTable, row: str, column: str) -> Behind | None:
    is_equality = cross.is_of_equality
    indicator = INDICATORS["unique_participants"]
    down, across = _row(scope, cross.down, row), _row(scope, cross.across, column)
    if row == TOTAL == column:
        return Behind(Cell(indicator), indicator.label, column, is_equality)
    if (down is None and row != TOTAL) or (across is None and column != TOTAL):
        return None
    if down and across:
        key = f"{down.key or ''}\n{across.key or ''}"
        title = f"{down.label}, {across.label}"
        return Behind(Cell(indicator, cross.grouping, key), title, column, is_equality)
    one, breakdown = (down, cross.down) if down else (across, cross.across)
    assert one is not None  # noqa: S101 - one of the two is not the total
    return Behind(Cell(indicator, breakdown.grouping, one.key), one.label, column, is_equality)


def _row(scope: Scope, breakdown: Breakdown, id_: str) -> Row | None:
    key = None if id_ == NOT_KNOWN else id_
    return next((each for each in breakdown.rows(scope, {key}) if each.id == id_), None)
