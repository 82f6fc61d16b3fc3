"""The report as a workbook: one tidy sheet a table, numbers as numbers."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaluation.reports.document import Cell, Document, Row, RowKind, Table

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_LONGEST_TEXT = 32_767
_PLAIN = "#,##0"
_NUMBERS = {"percent": '0.0"%"', "hours": "#,##0.0"}
_DATE = "d mmmm yyyy"


def render_workbook(document: Document) -> bytes:
    """An .xlsx file; the same document gives the same bytes.

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
        _Writer(workbook).write(document)
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

    def write(self, document: Document) -> None:
        self.workbook.set_properties(
            {
                "title": document.title,
                "subject": document.period,
                "comments": f"{document.marking}. Run {document.run_id}.",
                # Excel's own clock has no zone.
                "created": document.finished_at.astimezone(dt.UTC).replace(tzinfo=None),
            }
        )
        sheets = [self.table(table, document) for table in document.tables[:-1]]
        self.texts(
            "Definitions",
            document,
            ("Figure", "Unit", "Definition"),
            [(item.label, item.unit, item.text) for item in document.definitions],
        )
        self.texts(
            "Method",
            document,
            ("Heading", "Text"),
            [(part.heading, text) for part in document.method for text in part.paragraphs],
        )
        self.table(document.row_counts, document)
        facts = (*document.facts, *document.provenance)
        self.texts("About", document, ("Fact", "Text"), [(fact.label, fact.text) for fact in facts])
        sheets[0].activate()

    def table(self, table: Table, document: Document) -> Worksheet:
        """Label, values, then a unit where rows differ, and what kind of row it is."""
        sheet = self.sheet(table.title, document)
        mixed = any(not column.unit for column in table.columns)
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
            self.row(sheet, at, row, mixed=mixed)
        return sheet

    def row(self, sheet: Worksheet, at: int, row: Row, *, mixed: bool) -> None:
        bold = row.kind is RowKind.TOTAL
        text = self.bold if bold else None
        _write_text(sheet, at, 0, row.label, text)
        for column, cell in enumerate(row.cells, start=1):
            self.cell(sheet, at, column, cell, bold=bold)
        last = len(row.cells) + 1
        if mixed:
            _write_text(sheet, at, last, row.cells[0].unit, text)
            last += 1
        _write_text(sheet, at, last, row.kind.value, text)

    def cell(self, sheet: Worksheet, at: int, column: int, cell: Cell, *, bold: bool) -> None:
        if isinstance(cell.raw, Decimal):
            exponent = cell.raw.normalize().as_tuple().exponent
            shown = _NUMBERS.get(cell.unit, _PLAIN)
            # A figure with more digits than its unit shows keeps them in sight.
            if isinstance(exponent, int) and exponent < (-1 if cell.unit in _NUMBERS else 0):
                shown = "#,##0." + "0" * -exponent
            sheet.write_number(at, column, float(cell.raw), self.number(shown, bold=bold))
        elif isinstance(cell.raw, dt.date):
            sheet.write_datetime(at, column, cell.raw, self.number(_DATE, bold=bold))
        elif cell.raw:
            _write_text(sheet, at, column, cell.raw, self.bold if bold else None)

    def texts(
        self,
        name: str,
        document: Document,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
    ) -> None:
        """A sheet of words: narrow columns and a wide last one."""
        sheet = self.sheet(name, document)
        sheet.set_column(0, len(headings) - 2, 28)
        sheet.set_column(len(headings) - 1, len(headings) - 1, 90)
        self.head(sheet, headings)
        for at, row in enumerate(rows, start=1):
            for column, text in enumerate(row):
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
