"""The report as a PDF that a board can print and a screen reader can read."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typst

from evaluation.reports.charts import bar_chart
from evaluation.reports.document import Document, Fact, Row, Table
from evaluation.reports.render.fonts import Missing, font_folder

TEMPLATE = Path(__file__).resolve().parent.parent / "typst" / "report.typ"
STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]


class PdfError(RuntimeError):
    """Typst had something to say about the report, so its PDF is not to be trusted."""


def render_pdf(document: Document) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file; the same document gives the same bytes.

    Letters that the font lacks are printed as [?A], [?B] and explained on the last page: they
    neither stop the report nor vanish.

    Raises:
        PdfError: Typst gave a warning. A missing font is only one, and leaves pages blank.
        typst.TypstError: the document breaks one of the two standards.
    """
    missing = Missing()
    report = _printable(_report(document), missing)
    report["missing"] = missing.listed()
    with font_folder() as folder:
        pdf, warnings = typst.compile_with_warnings(
            TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
            ),
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(report)},
            format="pdf",
            pdf_standards=STANDARDS,
            # Typst takes a zone without a name only; whole seconds are all that a PDF holds.
            timestamp=int(document.finished_at.astimezone(dt.UTC).timestamp()),
        )
    if warnings:
        raise PdfError("; ".join(warning.message for warning in warnings))
    return pdf


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


def _printable(value: Any, missing: Missing) -> Any:
    """Every text in nested lists and dictionaries, with marks for what the font lacks."""
    if isinstance(value, str):
        # Line ends in a drawing are its own; no other text has any.
        return "\n".join(missing.printable(line) for line in value.split("\n"))
    if isinstance(value, list):
        return [_printable(item, missing) for item in value]
    if isinstance(value, dict):
        return {key: _printable(item, missing) for key, item in value.items()}
    return value
