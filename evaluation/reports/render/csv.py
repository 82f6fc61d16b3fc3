"""Every figure of a report in one long table, for programs and pivot tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal

from evaluation.reports.document import Cell, Document
from typesetting.cells import neutral

COLUMNS = (
    "table_id",
    "table",
    "row_label",
    "row_kind",
    "column_id",
    "column",
    "unit",
    "value",
)


def render_csv(document: Document) -> bytes:
    """One line a figure, after RFC 4180, in UTF-8.

    It starts with a byte order mark, without which Excel reads UTF-8 as another alphabet and
    spoils names like Déda; readers call this encoding `utf-8-sig`. Numbers are bare (-123,
    41234.5), dates ISO 8601, and a figure that is not known is empty. Text that a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_about(document))
    writer.writerows(_figures(document))
    return out.getvalue().encode("utf-8-sig")


def _about(document: Document) -> Iterator[list[str]]:
    for fact in (*document.facts, *document.provenance):
        label, text = neutral(fact.label), neutral(fact.text)
        yield ["about", "About this report", label, "text", "text", "Text", "text", text]


def _figures(document: Document) -> Iterator[list[str]]:
    for table in document.tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                yield [
                    table.id,
                    neutral(table.title),
                    neutral(row.label),
                    row.kind.value,
                    column.id,
                    neutral(column.label),
                    neutral(cell.unit),
                    _value(cell),
                ]


def _value(cell: Cell) -> str:
    if isinstance(cell.raw, Decimal):
        return f"{cell.raw:f}"
    if isinstance(cell.raw, dt.date):
        return cell.raw.isoformat()
    return neutral(cell.raw or "")
