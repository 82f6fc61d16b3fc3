"""The report as a Word document, to be copied from into funders' own forms.

Headings, captions, tables with header rows that repeat, and boxes of words: everything that is in
it can be marked, copied and changed. Charts are left out, since their tables hold the same.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

import docx
from docx.document import Document as WordDocument

from evaluation.reports.document import (
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
    RowKind,
    Table,
)
from evaluation.reports.render import word_style as style
from evaluation.reports.render.tidy import is_mixed, own_unit, placed_tables

TO_WRITE = "To be written: "
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


def render_word(document: Document) -> bytes:
    """A .docx file without macros or pictures; the same document gives the same bytes."""
    word = docx.Document()
    style.prepare(word)
    _Writer(word, document).write()
    out = io.BytesIO()
    word.save(out)
    return _timeless(out.getvalue())


def _timeless(content: bytes) -> bytes:
    """The same file without the moments at which its parts were packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in packed.infolist():
            entry = zipfile.ZipInfo(part.filename, _NO_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, packed.read(part.filename))
    return out.getvalue()


@dataclass(frozen=True)
class Grid:
    """Cells of a table below its headings; which columns hold numbers, which rows are totals.

    `widths` are in centimetres; without them the first column is twice as wide as each other.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    bold: Sequence[int] = ()
    widths: Sequence[float] = ()


class _Writer:
    """Writes one document from top to end; tables are numbered as they come."""

    def __init__(self, word: WordDocument, document: Document) -> None:
        self.word = word
        self.document = document
        self.tables = 0
        # How many captions have had a name: that of the facts is used twice.
        self.named: Counter[str] = Counter()
        # In the order in which the sections print their tables; the figures stand apart.
        self.ids = (placed.id for placed in placed_tables(document) if placed.section)

    def write(self) -> None:
        document = self.document
        self._properties()
        self._edges()
        self.word.add_paragraph(document.title, style="Title")
        self.word.add_paragraph(f"{document.period}. {document.marking}.", style="Subtitle")
        self._facts("About this report", document.facts)
        for section in document.sections:
            self.word.add_heading(section.heading, level=1)
            for block in section.blocks:
                self.block(block)

    @singledispatchmethod
    def block(self, block: Any) -> None:
        """One block of a section."""
        raise NotImplementedError(type(block).__name__)

    @block.register
    def _headline(self, block: Headline) -> None:
        rows = [(item.label, item.value.text, item.unit) for item in block.figures if item.value]
        self._caption("Headline figures", "headline")
        self._grid(Grid(("Figure", "Value", "Unit"), rows, numbers=(1,)))

    @block.register
    def _table(self, block: Table) -> None:
        units = ["Unit"] if is_mixed(block) else []
        labels = [column.label for column in block.columns]
        with self._page(on_its_side=1 + len(labels) + len(units) > style.MOST_UPRIGHT):
            self._caption(block.title, next(self.ids))
            self._grid(
                Grid(
                    (block.row_heading, *labels, *units),
                    [_cells(block, row) for row in block.rows],
                    numbers=_numbers(block),
                    bold=[at for at, row in enumerate(block.rows) if row.kind is RowKind.TOTAL],
                )
            )
            if block.note:
                self.word.add_paragraph(block.note, style=style.NOTE)

    @block.register
    def _narrative(self, block: Narrative) -> None:
        self.word.add_heading(block.prompt or "In words", level=2)
        for paragraph in block.paragraphs or (f"{TO_WRITE}{block.prompt}",):
            self.word.add_paragraph(paragraph, style=style.BOX)

    @block.register
    def _outcomes(self, block: Outcomes) -> None:
        for outcome in block.outcomes:
            self._outcome(outcome)

    @block.register
    def _quotes(self, block: Quotes) -> None:
        for quote in block.quotes:
            said = self.word.add_paragraph(
                f"\N{LEFT DOUBLE QUOTATION MARK}{quote.text}", style="Quote"
            )
            said.add_run(f"\N{RIGHT DOUBLE QUOTATION MARK} {quote.who}".rstrip())

    @block.register
    def _definitions(self, block: Definitions) -> None:
        rows = [
            (item.label, item.value.text if item.value else "", item.unit, item.text)
            for item in block.definitions
        ]
        if rows:
            headings = ("Figure", "Value", "Unit", "Definition")
            self._caption("What the figures mean", self.document.figures.id)
            self._grid(Grid(headings, rows, numbers=(1,), widths=(4, 2.5, 2.5, 8)))

    @block.register
    def _method(self, block: Method) -> None:
        for passage in block.passages:
            self.word.add_heading(passage.heading, level=2)
            for paragraph in passage.paragraphs:
                self.word.add_paragraph(paragraph)

    @block.register
    def _provenance(self, block: Provenance) -> None:
        self._facts("Provenance", block.facts)
        if block.row_counts:
            self.block(block.row_counts)

    def _outcome(self, outcome: Outcome) -> None:
        self.word.add_heading(outcome.heading, level=2)
        for fact in outcome.facts:
            self.word.add_paragraph(f"{fact.label}: {fact.text}")
        for table in outcome.tables:
            self.block(table)
        for note in outcome.notes:
            self.word.add_paragraph(note, style=style.NOTE)

    # --- Tables ----------------------------------------------------------------------------------
    @contextmanager
    def _page(self, *, on_its_side: bool) -> Iterator[None]:
        """What is written inside stands on pages of its own where it is wide."""
        if on_its_side:
            style.turn(self.word.add_section(), on_its_side=True)
        yield
        if on_its_side:
            style.turn(self.word.add_section(), on_its_side=False)

    def _facts(self, title: str, facts: Iterable[Fact]) -> None:
        rows = [(fact.label, fact.text) for fact in facts]
        if rows:
            self._caption(title, "facts")
            self._grid(Grid(("What", "Details"), rows, widths=(5, 12)))

    def _caption(self, title: str, id_: str) -> None:
        """A line such as "Table 3: By hub"; Word keeps its number in step when tables are moved."""
        self.tables += 1
        caption = self.word.add_paragraph("Table ", style="Caption")
        style.add_field(caption, "SEQ Table \\* ARABIC", str(self.tables))
        caption.add_run(f": {title}")
        again = self.named[id_]
        self.named[id_] += 1
        name = f"table_{id_}_{again + 1}" if again else f"table_{id_}"
        style.add_bookmark(caption, self.tables, name)

    def _grid(self, grid: Grid) -> None:
        lines = [grid.headings, *grid.rows]
        table = self.word.add_table(len(lines), len(grid.headings), style="Table Grid")
        right, bold = frozenset(grid.numbers), {0, *(at + 1 for at in grid.bold)}
        for number, (line, texts) in enumerate(zip(table.rows, lines, strict=True)):
            letters = style.TABLE_HEADING if number in bold else style.TABLE_TEXT
            # A row's cells are looked up once: python-docx walks the grid for each look.
            for at, (cell, text) in enumerate(zip(line.cells, texts, strict=True)):
                style.write(cell, text, style=letters, is_number=at in right)
                if number == 0:
                    style.shade(cell)
        style.mark_rows(list(table.rows))
        style.set_widths(table, grid.widths)

    # --- The whole file --------------------------------------------------------------------------
    def _properties(self) -> None:
        document, properties = self.document, self.word.core_properties
        moment = document.finished_at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        properties.title = document.title[:255]
        properties.subject = document.period
        properties.author = "#ThisIsDerby"
        properties.last_modified_by = "#ThisIsDerby"
        properties.comments = f"{document.marking}. Run {document.run_id}."
        properties.keywords = ""
        properties.language = style.LANGUAGE
        properties.revision = 1
        properties.created = properties.modified = moment

    def _edges(self) -> None:
        """What kind of report it is stands on every page, with its run and the page's number."""
        section = self.word.sections[0]
        section.header.paragraphs[0].text = f"{self.document.marking}. {self.document.title}"
        footer = section.footer.paragraphs[0]
        footer.text = f"Run {self.document.run_id}, SHA-256 {self.document.short_hash}. Page "
        style.add_field(footer, "PAGE", "1")
        footer.add_run(" of ")
        style.add_field(footer, "NUMPAGES", "1")


def _cells(table: Table, row: Row) -> list[str]:
    unit = [own_unit(table, row)] if is_mixed(table) else []
    return [row.label, *(cell.text for cell in row.cells), *unit]


def _numbers(table: Table) -> list[int]:
    return [at for at, column in enumerate(table.columns, start=1) if column.unit != "text"]
