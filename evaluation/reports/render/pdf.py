"""The report as a PDF that a board can print and a screen reader can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluation.reports.charts import bar_chart
from evaluation.reports.document import Document, Fact, Row, Table
from typesetting import typeset

TEMPLATE = Path(__file__).resolve().parent.parent / "typst" / "report.typ"


def render_pdf(document: Document) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file; the same document gives the same bytes.

    Letters that the font lacks are printed as [?A], [?B] and explained on the last page.

    Raises:
        PdfError: Typst gave a warning.
        typst.TypstError: the document breaks one of the two standards.
    """
    return typeset(TEMPLATE, name="report", data=_report(document), made_at=document.finished_at)


def _report(document: Document) -> dict[str, Any]:
    """What the template prints: text only, in print order."""
    return {
        "title": document.title,
        "marking": document.marking,
        "period": document.period,
        "run": document.run_id,
        "hash": document.short_hash,
        "facts": [_fact(fact) for fact in document.facts],
        "headline": [
            {"value": row.cells[0].text, "label": row.label} for row in document.headline.rows
        ],
        "targets": _table(document.targets),
        "breakdowns": [_table(table) for table in document.breakdowns],
        "missing_registers": _table(document.missing_registers),
        "row_counts": _table(document.row_counts),
        "definitions": [{"label": item.label, "text": item.text} for item in document.definitions],
        "method": [
            {"heading": part.heading, "paragraphs": list(part.paragraphs)}
            for part in document.method
        ],
        "provenance": [_fact(fact) for fact in document.provenance],
    }


def _fact(fact: Fact) -> dict[str, str]:
    return {"label": fact.label, "text": fact.text}


def _table(table: Table) -> dict[str, Any]:
    chart = table.chart
    return {
        "title": table.title,
        "note": table.note,
        "heading": table.row_heading,
        "columns": [column.label for column in table.columns],
        "body": [_row(row) for row in table.body],
        "total": [_row(row) for row in table.totals],
        "chart": {"svg": bar_chart(chart), "title": chart.title, "alt": chart.description}
        if chart
        else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "kind": row.kind.value,
        "cells": [cell.text for cell in row.cells],
    }
