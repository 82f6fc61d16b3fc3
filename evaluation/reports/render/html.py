"""The report as a page: a fragment for the portal, and a file that stands by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from evaluation.reports.charts import draw
from evaluation.reports.document import (
    Block,
    Cell,
    Definition,
    Document,
    Headline,
    Outcome,
    Outcomes,
    Provenance,
    Row,
    RowKind,
    Table,
)

STYLESHEETS = ("css/tokens.css", "css/base.css", "css/components.css", "css/pages/report.css")
# A wider table has no room beside its chart.
BESIDE_COLUMNS = 3
# Units of columns that are read and not compared: their heading stands where their words do.
WORDS = frozenset({"text", "date"})

# (table id, row id, column id) -> the address of the rows behind a cell, or None for no link.
# Figures that stand alone are rows of this table, without a column.
FIGURES = "figures"
RowsUrl = Callable[[str, str, str], str | None]


def render_fragment(document: Document, *, rows_url: RowsUrl | None = None) -> SafeString:
    """The report from its h1 on, for a page that links css/pages/report.css.

    `rows_url` makes figures links to the rows behind them; only a page for somebody who may see
    those rows gives one.
    """
    page = _Page(document, rows_url or _no_rows)
    context = {"document": document, "sections": page.sections()}
    return render_to_string("evaluation/report/document.html", context)


def render_page(document: Document) -> bytes:
    """The report as one HTML file in UTF-8: styles inside, no script, no address but its own."""
    context = {
        "document": document,
        "fragment": render_fragment(document),
        "styles": [_stylesheet(path) for path in STYLESHEETS],
    }
    return render_to_string("evaluation/report/report.html", context).encode()


def _no_rows(_table: str, _row: str, _column: str) -> None:
    return None


class _Page:
    """What the templates write down: which template for which block, and where figures lead."""

    def __init__(self, document: Document, rows_url: RowsUrl) -> None:
        self.document = document
        self.rows_url = rows_url
        self.defined = {item.id for item in document.definitions}

    def sections(self) -> list[dict[str, Any]]:
        return [
            {
                "id": section.id,
                "heading": section.heading,
                "blocks": [
                    self.block(block) | {"heading": section.heading_of(block)}
                    for block in section.blocks
                ],
            }
            for section in self.document.sections
        ]

    def block(self, block: Block) -> dict[str, Any]:
        drawn: dict[str, Any] = {
            "template": f"evaluation/report/_{type(block).__name__.lower()}.html",
            "block": block,
        }
        if isinstance(block, Table):
            return drawn | self.table(block)
        if isinstance(block, Outcomes):
            return drawn | {"outcomes": [self.outcome(outcome) for outcome in block.outcomes]}
        if isinstance(block, Headline):
            return drawn | {"figures": [self.figure(figure) for figure in block.figures]}
        if isinstance(block, Provenance) and block.row_counts:
            return drawn | {"row_counts": self.table(block.row_counts)}
        return drawn

    def figure(self, figure: Definition) -> dict[str, Any]:
        return {"figure": figure, "url": self.rows_url(FIGURES, figure.id, "")}

    def outcome(self, outcome: Outcome) -> dict[str, Any]:
        return {"outcome": outcome, "tables": [self.table(table) for table in outcome.tables]}

    def table(self, table: Table) -> dict[str, Any]:
        return {
            "table": table,
            # The chart's template has escaped every label.
            "chart": mark_safe(draw(table.chart)) if table.chart else "",  # noqa: S308
            "columns": [
                {
                    "label": column.label,
                    "defined": column.id if column.id in self.defined else "",
                    "is_figure": column.unit not in WORDS,
                }
                for column in table.columns
            ],
            "body": list(self.rows(table, table.body)),
            "totals": list(self.rows(table, table.totals)),
            "is_beside": table.chart is not None and len(table.columns) <= BESIDE_COLUMNS,
        }

    def rows(self, table: Table, rows: Iterable[Row]) -> Iterable[dict[str, Any]]:
        for row in rows:
            yield {
                "label": row.label,
                "kind": row.kind.value.replace(" ", "-"),
                "cells": [self.cell(table, row, at, cell) for at, cell in enumerate(row.cells)],
            }

    def cell(self, table: Table, row: Row, at: int, cell: Cell) -> dict[str, Any]:
        return {
            "text": cell.text,
            "is_figure": cell.unit not in WORDS,
            "url": self.rows_url(table.id, row.id, table.columns[at].id)
            if cell.raw and row.kind is not RowKind.RECONCILING
            else None,
        }


def _stylesheet(path: str) -> SafeString:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(f"The stylesheet {path} is not among the static files.")
    # Our own file; its quotes must stay quotes.
    return mark_safe(Path(found).read_text(encoding="utf-8"))  # noqa: S308
