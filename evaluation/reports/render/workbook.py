"""The report as a workbook: one tidy sheet a table, numbers as numbers."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaluation.reports.document import (
    Block,
    Cell,
    Document,
    Method,
    Narrative,
    Outcomes,
    Quotes,
    Row,
    RowKind,
    Table,
)
from evaluation.reports.render.tidy import (
    EXPLAINED,
    Placed,
    Tidy,
    cells_of,
    is_mixed,
    method_of,
    own_unit,
    placed_tables,
)

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_LONGEST_TEXT = 32_767
_PLAIN = "#,##0"
_NUMBERS = {"percent": '0.0"%"', "hours": "#,##0.0", "pounds": '"£"#,##0.00'}
_DATE = "d mmmm yyyy"


def render_workbook(document: Document, body: Mapping[str, Any]) -> bytes:
    """An .xlsx file; the same document gives the same bytes.

    One sheet a table, as it is printed: numbers are numbers, and a figure that is small or hidden
    is its symbol. "Every cell" holds all of them once more in one long table whose values are
    numbers and dates alone.

    Rows go to disk as they are written, so memory does not grow with them. Text is never taken
    for a formula or an address.

    Raises:
        ValueError: a text is longer than a cell may hold.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        _Writer(workbook).write(document, body)
    return out.getvalue()


class _Writer:
    """Sheets of one workbook, with the formats that they share."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self.workbook = workbook
        self.names: set[str] = set()
        self.formats: dict[tuple[str, bool], Format] = {}
        self.header = workbook.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "bottom",
                "bottom": 2,
                "bg_color": "#F3F1EA",
            }
        )
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.bold = workbook.add_format({"bold": True})
        self.told_not = workbook.add_format({"align": "right"})

    def write(self, document: Document, body: Mapping[str, Any]) -> None:
        self.workbook.set_properties(
            {
                "title": document.title,
                "subject": document.period,
                "comments": f"{document.marking}. Run {document.run_id}.",
                # Excel's own clock has no zone.
                "created": document.finished_at.astimezone(dt.UTC).replace(tzinfo=None),
            }
        )
        tables = list(placed_tables(document))
        about = self.sheet("About", document)
        names = [self.table(each.table, document).get_name() for each in tables]
        self.every_cell(tables, document, body)
        self.texts(
            "Definitions", document, ("Figure", "Unit", "Definition"), _definitions(document)
        )
        self.texts("In words", document, ("Section", "Heading", "Text"), _words(document))
        self.about(about, document, zip(names, tables, strict=True))
        about.activate()

    def about(
        self, sheet: Worksheet, document: Document, sheets: Iterable[tuple[str, Placed]]
    ) -> None:
        """What this is, what the cells say, and which sheet holds which table."""
        facts = (*document.facts, *document.provenance)
        lines = [
            ("Title", document.title),
            *((fact.label, fact.text) for fact in facts),
            *((f"A figure that is {status.value}", text) for status, text in EXPLAINED.items()),
            (
                "Sheet: Every cell",
                "Every cell of every table, one a row, with what the report prints of it.",
            ),
            *(
                (f"Sheet: {name}", f"{placed.table.title}. {placed.table.note}".strip())
                for name, placed in sheets
            ),
        ]
        self.fill(sheet, ("What", "Details"), lines)

    def every_cell(
        self, tables: Sequence[Placed], document: Document, body: Mapping[str, Any]
    ) -> None:
        """The long form: numbers in a column of their own, what is printed in another."""
        sheet = self.sheet("Every cell", document)
        headings = (
            "Section",
            "Table",
            "Row",
            "Kind of row",
            "Column",
            "Unit",
            "Value",
            "As printed",
            "Status",
        )
        sheet.set_column(0, 4, 24)
        sheet.set_column(5, len(headings) - 1, 14)
        self.head(sheet, headings)
        for at, (words, cell, found) in enumerate(_figures(tables, body), start=1):
            for column, text in enumerate(words):
                _write_text(sheet, at, column, text, None)
            if not isinstance(found.value, str):
                self.cell(
                    sheet, at, len(words), Cell(found.value, cell.text, cell.unit), bold=False
                )
            _write_text(sheet, at, len(words) + 1, cell.text, None)
            _write_text(sheet, at, len(words) + 2, found.status.value, None)

    def table(self, table: Table, document: Document) -> Worksheet:
        """Label, values, then a unit where rows differ, and what kind of row it is."""
        sheet = self.sheet(table.title, document)
        mixed = is_mixed(table)
        headings = [
            table.row_heading,
            *(column.label for column in table.columns),
            *(["Unit"] if mixed else []),
            "Kind of row",
        ]
        label_width = max((len(row.label) for row in table.rows), default=0)
        sheet.set_column(0, 0, min(max(label_width + 2, 16), 50))
        sheet.set_column(1, len(headings) - 1, 16)
        self.head(sheet, headings)
        for at, row in enumerate(table.rows, start=1):
            self.row(sheet, at, row, unit=own_unit(table, row) if mixed else None)
        return sheet

    def row(self, sheet: Worksheet, at: int, row: Row, *, unit: str | None) -> None:
        bold = row.kind is RowKind.TOTAL
        text = self.bold if bold else None
        _write_text(sheet, at, 0, row.label, text)
        for column, cell in enumerate(row.cells, start=1):
            self.cell(sheet, at, column, cell, bold=bold)
        last = len(row.cells) + 1
        if unit is not None:
            _write_text(sheet, at, last, unit, text)
            last += 1
        _write_text(sheet, at, last, row.kind.value, text)

    def cell(self, sheet: Worksheet, at: int, column: int, cell: Cell, *, bold: bool) -> None:
        text = self.bold if bold else None
        if isinstance(cell.raw, Decimal):
            shown = _number_format(cell.raw, cell.unit)
            sheet.write_number(at, column, float(cell.raw), self.number(shown, bold=bold))
        elif isinstance(cell.raw, dt.date):
            sheet.write_datetime(at, column, cell.raw, self.number(_DATE, bold=bold))
        elif cell.raw or cell.is_hidden:
            _write_text(sheet, at, column, cell.text, self.told_not if cell.is_hidden else text)

    def texts(
        self,
        name: str,
        document: Document,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
    ) -> None:
        """A sheet of words, where there are any."""
        lines = list(rows)
        if lines:
            self.fill(self.sheet(name, document), headings, lines)

    def fill(
        self, sheet: Worksheet, headings: Sequence[str], lines: Iterable[Sequence[str]]
    ) -> None:
        """Words in narrow columns and a wide last one."""
        sheet.set_column(0, len(headings) - 2, 28)
        sheet.set_column(len(headings) - 1, len(headings) - 1, 90)
        self.head(sheet, headings)
        for at, line in enumerate(lines, start=1):
            for column, text in enumerate(line):
                _write_text(sheet, at, column, text, self.wrapped)

    def sheet(self, title: str, document: Document) -> Worksheet:
        sheet = self.workbook.add_worksheet(sheet_name(title, self.names))
        self.names.add(sheet.get_name().casefold())
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{document.marking}&CRun {document.run_id}&RPage &P of &N")
        return sheet

    def head(self, sheet: Worksheet, headings: Sequence[str]) -> None:
        for column, heading in enumerate(headings):
            _write_text(sheet, 0, column, heading, self.header)

    def number(self, shown: str, *, bold: bool) -> Format:
        key = (shown, bold)
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format({"num_format": shown, "bold": bold})
        return self.formats[key]


def _number_format(value: Decimal, unit: str) -> str:
    """The unit's own, or one with more places for a figure that has more digits."""
    exponent = value.normalize().as_tuple().exponent
    places = {"pounds": 2, "percent": 1, "hours": 1}.get(unit, 0)
    if isinstance(exponent, int) and -exponent > places:
        return "#,##0." + "0" * -exponent
    return _NUMBERS.get(unit, _PLAIN)


def _figures(
    tables: Iterable[Placed], body: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Cell, Tidy]]:
    for placed in tables:
        table = placed.table
        section = placed.section.heading if placed.section else table.title
        method = method_of(table, body)
        for row in table.rows:
            found = cells_of(table, row, method)
            for column, cell, tidy in zip(table.columns, row.cells, found, strict=True):
                words = (section, table.title, row.label, row.kind.value, column.label, cell.unit)
                yield words, cell, tidy


def _definitions(document: Document) -> Iterator[tuple[str, ...]]:
    for item in document.definitions:
        yield item.label, item.unit, item.text


def _words(document: Document) -> Iterator[tuple[str, ...]]:
    """What the report says in words: narratives, quotes, method, and notes of outcomes."""
    for section in document.sections:
        for block in section.blocks:
            for heading, text in _said(block):
                yield section.heading, heading, text


def _said(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Narrative):
        yield from ((block.prompt, text) for text in block.paragraphs or ("To be written",))
    elif isinstance(block, Quotes):
        yield from ((quote.who, quote.text) for quote in block.quotes)
    elif isinstance(block, Method):
        yield from ((part.heading, text) for part in block.passages for text in part.paragraphs)
    elif isinstance(block, Outcomes):
        for outcome in block.outcomes:
            yield from ((outcome.heading, f"{fact.label}: {fact.text}") for fact in outcome.facts)
            yield from ((outcome.heading, note) for note in outcome.notes)


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel allows and that is not among `taken` (names in small letters)."""
    name = _FORBIDDEN.sub(" ", title).strip().strip("'").strip()[:_LONGEST_NAME].rstrip("' ")
    if not name or name.casefold() == "history":
        name = f"{name} table".strip()
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        ending = f" {number}"
        candidate = f"{name[: _LONGEST_NAME - len(ending)]}{ending}"
    return candidate


def _write_text(sheet: Worksheet, at: int, column: int, text: str, format_: Format | None) -> None:
    # XlsxWriter leaves a longer text out without a word.
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"A cell cannot hold a text of {len(text):,} letters.")
    sheet.write_string(at, column, text, format_)
