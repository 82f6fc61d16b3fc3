"""The report as a PDF that a board can print and a screen reader can read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

from evaluation.reports.charts import draw
from evaluation.reports.document import (
    Cell,
    Chart,
    Definition,
    Definitions,
    Document,
    Fact,
    Headline,
    Method,
    Narrative,
    Outcome,
    Outcomes,
    Provenance,
    Quotes,
    Row,
    Section,
    Table,
)
from typesetting import typeset

_FEWEST_LETTERS, _MOST_LETTERS = 5, 26
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
        "sections": [_section(section) for section in document.sections],
        "opening": _opening(document.sections),
    }


def _opening(sections: Sequence[Section]) -> int:
    """How many sections stand before the contents: to the targets, where they come early."""
    for at, section in enumerate(sections[:2], start=1):
        if any(table.id == "targets" for table in section.tables):
            return at
    return min(1, len(sections))


def _section(section: Section) -> dict[str, Any]:
    blocks = [
        {"kind": type(block).__name__.lower(), "annex": section.heading_of(block)} | _block(block)
        for block in section.blocks
    ]
    return {"heading": section.heading, "blocks": blocks}


@singledispatch
def _block(block: object) -> dict[str, Any]:
    """What the template needs of one block."""
    raise TypeError(f"No printing of {type(block).__name__}.")


@_block.register
def _headline(block: Headline) -> dict[str, Any]:
    return {"figures": [_definition(figure) for figure in block.figures]}


@_block.register
def _narrative(block: Narrative) -> dict[str, Any]:
    return {"prompt": block.prompt, "paragraphs": list(block.paragraphs)}


@_block.register
def _outcomes(block: Outcomes) -> dict[str, Any]:
    return {"outcomes": [_outcome(outcome) for outcome in block.outcomes]}


@_block.register
def _quotes(block: Quotes) -> dict[str, Any]:
    return {"quotes": [{"text": quote.text, "who": quote.who} for quote in block.quotes]}


@_block.register
def _definitions(block: Definitions) -> dict[str, Any]:
    return {"definitions": [_definition(item) for item in block.definitions]}


@_block.register
def _method(block: Method) -> dict[str, Any]:
    return {
        "passages": [
            {"heading": passage.heading, "paragraphs": list(passage.paragraphs)}
            for passage in block.passages
        ]
    }


@_block.register
def _provenance(block: Provenance) -> dict[str, Any]:
    return {
        "facts": [_fact(fact) for fact in block.facts],
        "row_counts": _table(block.row_counts) if block.row_counts else None,
    }


@_block.register
def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "note": table.note,
        "heading": table.row_heading,
        "columns": [
            {"label": column.label, "words": column.unit == "text", "width": _width(table, at)}
            for at, column in enumerate(table.columns)
        ],
        "label_width": _letters(table.row_heading, [row.label for row in table.rows]),
        "body": [_row(row) for row in table.body],
        "total": [_row(row) for row in table.totals],
        "two_way": table.is_two_way,
        "chart": _chart(table.chart) if table.chart else None,
    }


def _width(table: Table, at: int) -> int:
    return _letters(table.columns[at].label, [row.cells[at].text for row in table.rows])


def _letters(label: str, texts: Sequence[str]) -> int:
    """How many letters a column of words should have room for; longer texts take more lines."""
    longest = max(map(len, [*label.split(), *texts, ""]))
    return min(max(longest, _FEWEST_LETTERS), _MOST_LETTERS)


def _chart(chart: Chart) -> dict[str, str]:
    return {"svg": draw(chart), "title": chart.title, "alt": chart.description}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "heading": outcome.heading,
        "facts": [_fact(fact) for fact in outcome.facts],
        "tables": [_table(table) for table in outcome.tables],
        "notes": list(outcome.notes),
    }


def _definition(item: Definition) -> dict[str, str]:
    return {"label": item.label, "value": _text(item.value), "text": item.text}


def _fact(fact: Fact) -> dict[str, str]:
    return {"label": fact.label, "text": fact.text}


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "kind": row.kind.value,
        "cells": [cell.text for cell in row.cells],
    }


def _text(cell: Cell | None) -> str:
    return cell.text if cell else ""
