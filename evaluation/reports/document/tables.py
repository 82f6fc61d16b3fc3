"""Tables of a body as tables of a document, and what of them is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from evaluation.reports.document.parts import (
    Bar,
    Cell,
    Chart,
    ChartKind,
    Column,
    InvalidSnapshotError,
    Row,
    RowKind,
    Table,
)
from evaluation.reports.document.words import (
    HIDDEN_MEANS,
    cell,
    heading,
    identifier,
    plain,
    protected_cell,
    row_unit,
)

WHOLE_TARGET = Decimal(100)
_KINDS = {kind.value: kind for kind in RowKind}
_DRAWN = frozenset({RowKind.FIGURE, RowKind.NOT_KNOWN})


def table_of(table: Mapping[str, Any]) -> Table:
    """One table of the body, with its chart.

    Raises:
        InvalidSnapshotError: an id, a kind of row or a number is none, or a row has not one
            value a column.
    """
    id_ = identifier(table["id"])
    title = heading(table["title"], id_)
    is_protected = bool(table.get("protected", False))
    columns = tuple(map(_column, table["columns"]))
    rows = tuple(_row(row, columns, is_protected=is_protected) for row in table["rows"])
    return Table(
        id_,
        title,
        plain(table["row_heading"]) or title,
        columns,
        rows,
        note=_note(plain(table["note"]), rows),
        chart=chart_of(id_, title, columns, rows, table.get("chart")),
        is_two_way=bool(table.get("two_way", False)),
        is_protected=is_protected,
    )


def row_counts_table(counts: Mapping[str, int]) -> Table:
    """How many rows were read, by what they are."""
    rows = tuple(
        Row(
            identifier(id_), plain(id_.replace("_", " ").capitalize()), (cell(counts[id_], "rows"),)
        )
        for id_ in sorted(counts)
    )
    columns = (Column("rows", "Rows read", "rows"),)
    return Table("row_counts", "Rows behind the figures", "What was read", columns, rows)


def _column(column: Mapping[str, Any]) -> Column:
    label = heading(column["label"], column["id"])
    return Column(identifier(column["id"]), label, plain(column["unit"]))


def _row(row: Mapping[str, Any], columns: Sequence[Column], *, is_protected: bool) -> Row:
    if row["kind"] not in _KINDS:
        raise InvalidSnapshotError(f"{row['kind']!r} is no kind of row.")
    if len(row["values"]) != len(columns):
        raise InvalidSnapshotError(f"{row['label']!r} has not one value a column.")
    made = protected_cell if is_protected else cell
    cells = tuple(
        made(value, row_unit(column.unit, row))
        for value, column in zip(row["values"], columns, strict=True)
    )
    return Row(plain(str(row["id"])), plain(row["label"]), cells, _KINDS[row["kind"]])


def _note(note: str, rows: Sequence[Row]) -> str:
    """The table's note, and what the symbol for hidden stands for where it is used."""
    hidden = any(cell.is_hidden for row in rows for cell in row.cells)
    return f"{note} {HIDDEN_MEANS}".strip() if hidden else note


# --- Charts --------------------------------------------------------------------------------------


def chart_of(
    id_: str, title: str, columns: Sequence[Column], rows: Sequence[Row], kind: str | None
) -> Chart | None:
    """The chart of a table: one bar a row, of its share for progress and else of its people."""
    if kind is None:
        return None
    if kind not in list(ChartKind):
        raise InvalidSnapshotError(f"{kind!r} is no kind of chart.")
    if kind == ChartKind.PROGRESS:
        return _progress(id_, title, columns, rows)
    at = _drawn_column(columns, rows)
    if at is None:
        return None
    bars = tuple(_bar(row, row.cells[at]) for row in rows if row.kind in _DRAWN)
    label = columns[at].label
    return _chart(id_, _named(label, title), f"{label}.", bars, kind=ChartKind(kind))


def _drawn_column(columns: Sequence[Column], rows: Sequence[Row]) -> int | None:
    """The first column of people, or else the first that holds a number."""
    people = (at for at, column in enumerate(columns) if column.unit == "people")
    numbers = (
        at
        for at in range(len(columns))
        if any(isinstance(row.cells[at].raw, Decimal) for row in rows)
    )
    return next(people, next(numbers, None))


def _named(label: str, title: str) -> str:
    """What is drawn, and by what: "Young people reached, by hub"."""
    if title.casefold().startswith(label.casefold()):
        return title
    by = title[:1].lower() + title[1:] if title.startswith("By ") else title
    return f"{label}, {by}"


def _bar(row: Row, drawn: Cell) -> Bar:
    known = row.kind is not RowKind.NOT_KNOWN
    if isinstance(drawn.raw, Decimal):
        return Bar(row.label, drawn.raw, drawn.text, known)
    few = Decimal(drawn.raw[1:]) if isinstance(drawn.raw, str) and _is_few(drawn.raw) else 0
    text = "hidden" if drawn.is_hidden else drawn.text
    return Bar(row.label, Decimal(few), text, known, exact=not (few or drawn.is_hidden))


def _is_few(text: str) -> bool:
    return text.startswith("<") and text[1:].isdecimal()


def _progress(id_: str, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> Chart | None:
    at = next((at for at, column in enumerate(columns) if column.unit == "percent"), None)
    if at is None:
        return None
    bars = tuple(
        Bar(row.label, share, _reached(row, columns, at))
        for row in rows
        if isinstance(share := row.cells[at].raw, Decimal)
    )
    said = "How much of each target was reached; the line marks the whole target."
    return _chart(id_, title, said, bars, mark=WHOLE_TARGET, kind=ChartKind.PROGRESS)


def _reached(row: Row, columns: Sequence[Column], share: int) -> str:
    """The share of a target, and of what: "107.4% (2,148 of 2,000)"."""
    found = {column.id: cell.text for column, cell in zip(columns, row.cells, strict=True)}
    text = row.cells[share].text
    if "actual" in found and "target" in found:
        return f"{text} ({found['actual']} of {found['target']})"
    return text


def _chart(
    id_: str,
    title: str,
    description: str,
    bars: tuple[Bar, ...],
    *,
    mark: Decimal | None = None,
    kind: ChartKind,
) -> Chart | None:
    if not bars:
        return None
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Chart(id_, title, f"{description} {values}.", bars, mark, kind)
