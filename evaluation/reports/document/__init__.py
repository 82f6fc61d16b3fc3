"""A report as every rendering shows it: the one place where figures become words.

Page, PDF, workbook, Word and CSV are drawn from the same `Document`, so they say the same
numbers. Nothing here rounds: a figure has the digits that it was frozen with.
"""

from __future__ import annotations

from evaluation.reports.document.building import SCHEMA, build_document
from evaluation.reports.document.parts import (
    Bar,
    Block,
    Cell,
    Chart,
    ChartKind,
    Column,
    Definition,
    Definitions,
    Document,
    Fact,
    Headline,
    InvalidSnapshotError,
    Method,
    Narrative,
    Outcome,
    Outcomes,
    Passage,
    Provenance,
    Quote,
    Quotes,
    Row,
    RowKind,
    Section,
    Table,
)
from evaluation.reports.document.words import (
    HIDDEN,
    HIDDEN_MEANS,
    NOTHING,
    date_text,
    moment_text,
    number_text,
    plain,
    pounds_text,
)

__all__ = [
    "HIDDEN",
    "HIDDEN_MEANS",
    "NOTHING",
    "SCHEMA",
    "Bar",
    "Block",
    "Cell",
    "Chart",
    "ChartKind",
    "Column",
    "Definition",
    "Definitions",
    "Document",
    "Fact",
    "Headline",
    "InvalidSnapshotError",
    "Method",
    "Narrative",
    "Outcome",
    "Outcomes",
    "Passage",
    "Provenance",
    "Quote",
    "Quotes",
    "Row",
    "RowKind",
    "Section",
    "Table",
    "build_document",
    "date_text",
    "moment_text",
    "number_text",
    "plain",
    "pounds_text",
]
