"""Every figure of a report in one long table, for programs and pivot tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.reports.document import Document
from evaluation.reports.render.tidy import Placed, bare, cells_of, method_of, placed_tables
from typesetting.cells import neutral

COLUMNS = (
    *("section_id", "section", "table_id", "table"),
    *("row_id", "row_label", "row_kind", "column_id", "column", "unit"),
    *("value", "shown", "status"),
)


def render_csv(document: Document, body: Mapping[str, Any]) -> bytes:
    """One line a figure, after RFC 4180, in UTF-8.

    It starts with a byte order mark, without which Excel reads UTF-8 as another alphabet and
    spoils names like Déda; readers call this encoding `utf-8-sig`. `value` is bare (-123,
    41234.5, an ISO 8601 date) and empty where a figure is small, hidden or not known; `shown` is
    what the report prints and `status` says which it is. Text that a spreadsheet would take for
    a formula has an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_about(document))
    for placed in placed_tables(document):
        writer.writerows(_figures(placed, method_of(placed.table, body)))
    return out.getvalue().encode("utf-8-sig")


def _about(document: Document) -> Iterator[list[str]]:
    about = ["about", "About this report"]
    facts = (*document.facts, *document.provenance)
    for at, fact in enumerate(facts, start=1):
        label, text = neutral(fact.label), neutral(fact.text)
        yield [*about, *about, str(at), label, "text", "text", "Text", "text", text, text, "text"]


def _figures(placed: Placed, method: str) -> Iterator[list[str]]:
    table, section = placed.table, placed.section
    named = [section.id, section.heading] if section else ["figures", table.title]
    head = [*map(neutral, named), placed.id, neutral(table.title)]
    for row in table.rows:
        line = [neutral(row.id), neutral(row.label), row.kind.value]
        for column, cell, found in zip(
            table.columns, row.cells, cells_of(table, row, method), strict=True
        ):
            yield [
                *head,
                *line,
                *(column.id, neutral(column.label), neutral(cell.unit)),
                bare(found.value) if not isinstance(found.value, str) else neutral(found.value),
                neutral(cell.text),
                found.status.value,
            ]
