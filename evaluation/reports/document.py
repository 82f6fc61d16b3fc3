"""A report as every rendering shows it: the one place where figures become words.

Page, PDF, workbook and CSV are drawn from the same `Document`, so they say the same numbers.
Nothing here rounds: a figure has the digits that it was frozen with.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SCHEMA = 1
MARKINGS = {"internal": "Internal, exact", "released": "Released"}
TOTAL = "Total"
NOTHING = "n/a"

# Digits after the point that a unit always shows; a figure that has more keeps them.
_PLACES = {"hours": 1, "percent": 1}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MINUS = "\N{MINUS SIGN}"
# Embeddings, overrides and isolates: they would turn the text after them round.
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_ROW_HEADINGS = {
    "hub": "Hub",
    "ward": "Ward",
    "imd_decile": "IMD decile",
    "age_band": "Age",
    "gender": "Gender",
    "month": "Month",
    "kind": "Kind",
}
_CHARTED = frozenset({"hub", "imd_decile", "age_band"})
_ID = re.compile(r"[a-z][a-z0-9_]*")


class InvalidSnapshotError(ValueError):
    """The body is not of the shape that the renderers know; nothing may be printed of it."""


class RowKind(StrEnum):
    """What a row of a table stands for."""

    FIGURE = "figure"
    NOT_KNOWN = "not known"
    RECONCILING = "reconciling"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: `raw` for programs (a Decimal, a date, or None) and `text` for people."""

    raw: Decimal | dt.date | str | None
    text: str
    unit: str


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
    """One bar of a chart: how long it is and what is written at its end."""

    label: str
    value: Decimal
    text: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars from nought; `mark` is a value to draw a line at, 100 for a target."""

    id: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    mark: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows in print order; the total, where there is one, stands last."""

    id: str
    title: str
    row_heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    chart: Chart | None = None

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
    """What a figure means."""

    id: str
    label: str
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs under a heading."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in words and figures, ready to be drawn."""

    title: str
    marking: str
    period: str
    facts: tuple[Fact, ...]
    headline: Table
    targets: Table
    breakdowns: tuple[Table, ...]
    missing_registers: Table
    row_counts: Table
    definitions: tuple[Definition, ...]
    method: tuple[Passage, ...]
    provenance: tuple[Fact, ...]
    run_id: str
    short_hash: str
    finished_at: dt.datetime

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of figures, in print order."""
        return (
            self.headline,
            self.targets,
            *self.breakdowns,
            self.missing_registers,
            self.row_counts,
        )


def build_document(body: Mapping[str, Any], envelope: Mapping[str, str]) -> Document:
    """Turn a snapshot body and its envelope (run id, ISO moments, version, hash) into words.

    Raises:
        InvalidSnapshotError: schema or kind are unknown, a figure has no definition or is no
            number, an id is not of small letters, digits and _, or a row has not one value a
            column.
    """
    if body.get("schema") != SCHEMA or body.get("kind") not in MARKINGS:
        raise InvalidSnapshotError("This snapshot's schema or kind is not known here.")
    marking = MARKINGS[body["kind"]]
    period = _period(body["period"]["first_day"], body["period"]["last_day"])
    return Document(
        title=_heading(body["title"], "Evaluation report"),
        marking=marking,
        period=period,
        facts=_facts(body, period),
        headline=_headline(body),
        targets=_targets(body),
        breakdowns=tuple(_breakdown(breakdown) for breakdown in body["breakdowns"]),
        missing_registers=_missing_registers(body["missing_registers"]),
        row_counts=_row_counts(body["row_counts"]),
        definitions=tuple(_definition(indicator) for indicator in body["indicators"]),
        method=tuple(_passage(part) for part in body["method"]),
        provenance=_provenance(marking, envelope),
        run_id=envelope["run_id"],
        short_hash=envelope["sha256"][:12],
        finished_at=dt.datetime.fromisoformat(envelope["finished_at"]),
    )


def plain(text: str) -> str:
    """One line of text that every format can hold.

    Composed letters (NFC), single spaces. Control characters, overrides of the writing
    direction, halves of surrogate pairs and code points that are no characters are taken out.
    """
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(_allowed(character) for character in text).split())


def date_text(day: dt.date) -> str:
    """A date as "13 July 2019"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: dt.datetime) -> str:
    """A moment in Derby's time, as "13 July 2019 at 4:30pm"."""
    local = moment.astimezone(LONDON)
    half = "am" if local.hour < 12 else "pm"
    return f"{date_text(local)} at {local.hour % 12 or 12}:{local:%M}{half}"


def number_text(value: Decimal, unit: str) -> str:
    """A figure as it is printed: 1,234 or 1,234.5 or 87.3%, with every digit it has."""
    exponent = value.normalize().as_tuple().exponent
    places = max(_PLACES.get(unit, 0), -exponent if isinstance(exponent, int) else 0)
    sign = _MINUS if value < 0 else ""
    return f"{sign}{abs(value):,.{places}f}{'%' if unit == 'percent' else ''}"


def pounds_text(amount: Decimal) -> str:
    """Money as £1,000,000, with pence only where there are any."""
    return f"£{amount:,.0f}" if amount == amount.to_integral_value() else f"£{amount:,.2f}"


@lru_cache(maxsize=4096)
def _allowed(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs" or ord(character) & 0xFFFE == 0xFFFE:
        return "\N{REPLACEMENT CHARACTER}"
    return "" if unicodedata.bidirectional(character) in _TURNS else character


def _heading(text: str, instead: str) -> str:
    """A heading that can be seen: an empty one breaks PDF/UA and tells nobody anything."""
    heading = plain(text)
    seen = any(unicodedata.category(character) != "Cf" for character in heading)
    return heading if seen else instead


def _identifier(value: str) -> str:
    if not _ID.fullmatch(value):
        raise InvalidSnapshotError(f"{value!r} is no id.")
    return value


def _number(value: int | str | None, unit: str) -> Cell:
    if value is None:
        return Cell(None, NOTHING, unit)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise InvalidSnapshotError(f"{value!r} is no number.") from None
    if not number.is_finite():
        raise InvalidSnapshotError(f"{value!r} is no number.")
    return Cell(number, number_text(number, unit), unit)


def _day(value: str | None) -> Cell:
    if value is None:
        return Cell(None, NOTHING, "date")
    day = dt.date.fromisoformat(value)
    return Cell(day, date_text(day), "date")


def _period(first_day: str, last_day: str) -> str:
    first, last = dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day)
    return f"{date_text(first)} to {date_text(last)}"


def _due_text(moment: dt.datetime) -> str:
    """Midnight belongs to the day that it ends: "the end of 13 July 2019"."""
    local = moment.astimezone(LONDON)
    if local.time() == dt.time.min:
        return f"the end of {date_text(local - dt.timedelta(days=1))}"
    return moment_text(moment)


def _facts(body: Mapping[str, Any], period: str) -> tuple[Fact, ...]:
    grant, cut_off = body["grant"], body["period"].get("cut_off")
    facts = [
        Fact("Programme", plain(grant["programme"])),
        Fact("Grant", plain(grant["name"])),
        Fact("Funder", plain(grant["funder"])),
        Fact("Amount", pounds_text(Decimal(grant["amount"]))),
        Fact("Grant runs", _period(grant["starts_on"], grant["ends_on"])),
        Fact("Period reported", f"{period}, both days included"),
    ]
    if cut_off:
        facts.append(Fact("Registers due by", _due_text(dt.datetime.fromisoformat(cut_off))))
    if not body["row_counts"].get("sessions", 1):
        facts.append(Fact("Please note", "No session of the programme falls into this period."))
    return tuple(facts)


def _headline(body: Mapping[str, Any]) -> Table:
    figures = body["headline"]
    indicators = [indicator for indicator in body["indicators"] if indicator["id"] in figures]
    undefined = set(figures) - {indicator["id"] for indicator in indicators}
    if undefined:
        raise InvalidSnapshotError(f"Figures without a definition: {sorted(undefined)}.")
    rows = tuple(
        Row(
            _identifier(indicator["id"]),
            plain(indicator["label"]),
            (_number(figures[indicator["id"]], plain(indicator["unit"])),),
        )
        for indicator in indicators
    )
    return Table("headline", "Headline figures", "Figure", (Column("value", "Value"),), rows)


def _targets(body: Mapping[str, Any]) -> Table:
    columns = (
        Column("target", "Target"),
        Column("actual", "Actual"),
        Column("percent", "Reached", "percent"),
    )
    rows = tuple(_target(target) for target in body["targets"])
    bars = tuple(
        Bar(row.label, row.cells[2].raw, row.cells[2].text)
        for row in rows
        if isinstance(row.cells[2].raw, Decimal)
    )
    description = "How much of each target was reached; the line marks the whole target."
    chart = _chart("targets", "Share of each target reached", description, bars, Decimal(100))
    title = "Targets against actual"
    return Table("targets", title, "Target", columns, rows, _targets_note(body), chart)


def _targets_note(body: Mapping[str, Any]) -> str:
    """A warning where the period is not the grant's, since targets are for all of it."""
    grant, period = body["grant"], body["period"]
    if (period["first_day"], period["last_day"]) == (grant["starts_on"], grant["ends_on"]):
        return ""
    return (
        f"The targets are for the whole grant, {_period(grant['starts_on'], grant['ends_on'])}. "
        "This report covers another period, so the shares show no more than its part."
    )


def _target(target: Mapping[str, Any]) -> Row:
    unit = plain(target["unit"])
    cells = (
        _number(target["target"], unit),
        _number(target["actual"], unit),
        _number(target["percent"], "percent"),
    )
    return Row(_identifier(target["indicator"]), plain(target["label"]), cells)


def _breakdown(breakdown: Mapping[str, Any]) -> Table:
    id_ = _identifier(breakdown["id"])
    title = _heading(breakdown["title"], id_)
    columns = tuple(
        Column(_identifier(column["id"]), plain(column["label"]), plain(column["unit"]))
        for column in breakdown["columns"]
    )
    rows = [
        _row(str(at), row["label"], row["values"], columns, _kind(row))
        for at, row in enumerate(breakdown["rows"], start=1)
    ]
    rows.append(_row("total", TOTAL, breakdown["total"], columns, RowKind.TOTAL))
    return Table(
        id_,
        title,
        _ROW_HEADINGS.get(id_, title),
        columns,
        tuple(rows),
        note=plain(breakdown["note"]),
        chart=_people_chart(id_, title, columns, rows) if id_ in _CHARTED else None,
    )


def _kind(row: Mapping[str, Any]) -> RowKind:
    if row.get("reconciling"):
        return RowKind.RECONCILING
    return RowKind.FIGURE if row.get("known", True) else RowKind.NOT_KNOWN


def _row(
    id_: str, label: str, values: Sequence[Any], columns: Sequence[Column], kind: RowKind
) -> Row:
    if len(values) != len(columns):
        raise InvalidSnapshotError(f"{label!r} has not one value a column.")
    cells = tuple(
        _number(value, column.unit) for value, column in zip(values, columns, strict=True)
    )
    return Row(id_, plain(label), cells, kind)


def _people_chart(
    id_: str, title: str, columns: Sequence[Column], rows: Sequence[Row]
) -> Chart | None:
    at = next((at for at, column in enumerate(columns) if column.unit == "people"), None)
    if at is None:
        return None
    bars = []
    for row in rows:
        value = row.cells[at].raw
        if row.kind in {RowKind.FIGURE, RowKind.NOT_KNOWN} and isinstance(value, Decimal):
            known = row.kind is RowKind.FIGURE
            bars.append(Bar(row.label, value, row.cells[at].text, known))
    label = columns[at].label
    return _chart(id_, f"{label}, {title[:1].lower()}{title[1:]}", f"{label}.", tuple(bars))


def _chart(
    id_: str, title: str, description: str, bars: tuple[Bar, ...], mark: Decimal | None = None
) -> Chart | None:
    if not bars:
        return None
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Chart(id_, title, f"{description} {values}.", bars, mark)


def _missing_registers(missing: Mapping[str, Any]) -> Table:
    columns = (
        Column("count", "Sessions with no register", "sessions"),
        Column("oldest", "Oldest", "date"),
    )
    rows = [
        Row(
            str(at),
            plain(row["label"]),
            (_number(row["count"], "sessions"), _day(row["oldest"])),
        )
        for at, row in enumerate(missing["by_hub"], start=1)
    ]
    total = (_number(missing["count"], "sessions"), Cell(None, "", "date"))
    return Table(
        "missing_registers",
        "Missing registers",
        "Hub",
        columns,
        (*rows, Row("total", TOTAL, total, RowKind.TOTAL)),
        note="Sessions that ended, were not cancelled and have no register yet. Who came is "
        "missing from every figure about people, apart from marks on a register still open."
        if missing["count"]
        else "Every session that needs a register has one.",
    )


def _row_counts(counts: Mapping[str, int]) -> Table:
    rows = tuple(
        Row(
            _identifier(id_),
            plain(id_.replace("_", " ").capitalize()),
            (_number(counts[id_], "rows"),),
        )
        for id_ in sorted(counts)
    )
    columns = (Column("rows", "Rows read", "rows"),)
    return Table("row_counts", "Rows behind the figures", "What was read", columns, rows)


def _definition(indicator: Mapping[str, Any]) -> Definition:
    return Definition(
        _identifier(indicator["id"]),
        plain(indicator["label"]),
        plain(indicator["unit"]),
        plain(indicator["definition"]),
    )


def _passage(part: Mapping[str, str]) -> Passage:
    paragraphs = (plain(paragraph) for paragraph in re.split(r"\n\s*\n", part["text"]))
    return Passage(_heading(part["heading"], "Note"), tuple(text for text in paragraphs if text))


def _provenance(marking: str, envelope: Mapping[str, str]) -> tuple[Fact, ...]:
    moments = {
        key: moment_text(dt.datetime.fromisoformat(envelope[key]))
        for key in ("requested_at", "finished_at")
    }
    return (
        Fact("Kind of report", marking),
        Fact("Run", plain(envelope["run_id"])),
        Fact("Asked for", moments["requested_at"]),
        Fact("Finished", moments["finished_at"]),
        Fact("Version of the portal", plain(envelope["code_version"])),
        Fact("SHA-256 of the snapshot", plain(envelope["sha256"])),
    )
