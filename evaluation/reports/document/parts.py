"""What a report consists of: sections of blocks, tables of cells. Words only, nothing is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class InvalidSnapshotError(ValueError):
    """The body is not of the shape that the renderers know; nothing may be printed of it."""


class RowKind(StrEnum):
    """What a row of a table stands for."""

    FIGURE = "figure"
    NOT_KNOWN = "not known"
    RECONCILING = "reconciling"
    TOTAL = "total"


class ChartKind(StrEnum):
    """How the figures of a table are drawn."""

    BARS = "bars"
    COLUMNS = "columns"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: `raw` for programs (a Decimal, a date, text or None) and `text` for people.

    A protected figure that is no number, such as "<5", is its text in both; a hidden one is None
    and the symbol.
    """

    raw: Decimal | dt.date | str | None
    text: str
    unit: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column; an empty unit says that each row has its own."""

    id: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and one cell a column."""

    id: str
    label: str
    cells: tuple[Cell, ...]
    kind: RowKind = RowKind.FIGURE


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: how long it is and what is written at its end.

    `known` is false for people of whom a characteristic is not known, `exact` where the figure
    is hidden or only said to be small.
    """

    label: str
    value: Decimal
    text: str
    known: bool = True
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from nought; `mark` is a value to draw a line at, 100 for a target."""

    id: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    mark: Decimal | None = None
    kind: ChartKind = ChartKind.BARS


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows in print order; the total, where there is one, stands last.

    In a two-way table the last column is a total too.
    """

    id: str
    title: str
    row_heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    chart: Chart | None = None
    is_two_way: bool = False
    is_protected: bool = False

    @property
    def body(self) -> tuple[Row, ...]:
        """Every row but the total."""
        return tuple(row for row in self.rows if row.kind is not RowKind.TOTAL)

    @property
    def totals(self) -> tuple[Row, ...]:
        """The total row, or nothing."""
        return tuple(row for row in self.rows if row.kind is RowKind.TOTAL)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the title page or of the provenance: what, and its words."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means, and the figure itself where the report states it as one number."""

    id: str
    label: str
    unit: str
    text: str
    value: Cell | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs under a heading."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, and who in general words."""

    text: str
    who: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measure of outcomes: who answered, its tables of words, and its notes."""

    heading: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


# --- Blocks: what stands under the heading of a section ----------------------------------------


@dataclass(frozen=True, slots=True)
class Headline:
    """Big numbers, each with its definition."""

    figures: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Narrative:
    """A box that people fill in; without paragraphs, the prompt says what will stand here."""

    box: str
    prompt: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the answers of young people changed, measure by measure."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Quotes:
    """What young people, families and staff said."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """What every figure means."""

    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """How the figures were made."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which run and which snapshot it is, and how many rows were read."""

    facts: tuple[Fact, ...]
    row_counts: Table | None


Block = Headline | Table | Narrative | Outcomes | Quotes | Definitions | Method | Provenance
ANNEXES = (Definitions, Method, Provenance)
# What annexes are called where a section holds more than one of them. Method has headings within.
_ANNEX_HEADINGS: dict[type, str] = {
    Definitions: "What the figures mean",
    Provenance: "Where this report comes from",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the contents and what stands under it."""

    id: str
    heading: str
    blocks: tuple[Block, ...]

    @property
    def tables(self) -> Iterator[Table]:
        """Its tables in print order, those of outcomes and provenance too."""
        for block in self.blocks:
            yield from _tables(block)

    def heading_of(self, block: Block) -> str:
        """The heading that a block needs within its section: none where it stands alone."""
        return _ANNEX_HEADINGS.get(type(block), "") if len(self.blocks) > 1 else ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in words and figures, ready to be drawn.

    `kind` is "internal" or "released", `marking` says it to people. `figures` is a table of every
    figure that stands alone; the sections print it as big numbers and beside the definitions.
    """

    title: str
    subject: str
    kind: str
    marking: str
    period: str
    facts: tuple[Fact, ...]
    figures: Table
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...]
    method: tuple[Passage, ...]
    provenance: tuple[Fact, ...]
    run_id: str
    short_hash: str
    finished_at: dt.datetime

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of figures: the figures that stand alone, then the others in print order."""
        printed = (table for section in self.sections for table in section.tables)
        return (self.figures, *printed)


def _tables(block: Block) -> Iterator[Table]:
    if isinstance(block, Table):
        yield block
    elif isinstance(block, Outcomes):
        for outcome in block.outcomes:
            yield from outcome.tables
    elif isinstance(block, Provenance) and block.row_counts:
        yield block.row_counts
