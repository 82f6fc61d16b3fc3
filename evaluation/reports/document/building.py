"""From a frozen body to a document: which sections it has and what stands in them.

The order comes from the body's shape. A shape may be wider than the data, so what the body lacks
is left out; what the shape does not name stands at the end, for nothing may go unsaid.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from evaluation.reports.document.parts import (
    ANNEXES,
    Block,
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
    Section,
    Table,
)
from evaluation.reports.document.tables import row_counts_table, table_of
from evaluation.reports.document.words import (
    cell,
    due_text,
    heading,
    identifier,
    moment_text,
    paragraphs,
    period_text,
    plain,
    pounds_text,
    protected_cell,
)

SCHEMA = 2
MARKINGS = {"internal": "Internal, exact", "released": "Released"}
_FURTHER = ("further", "Further tables")
_ANNEXED = (
    ("definitions", "What the figures mean"),
    ("method", "How the figures were made"),
    ("provenance", "Where this report comes from"),
)
# The id, the heading and the blocks of a section to be.
_Made = tuple[str, str, tuple[Block, ...]]


def build_document(body: Mapping[str, Any], envelope: Mapping[str, str]) -> Document:
    """Turn a body and its envelope (run id, ISO moments, version, hash) into words.

    Raises:
        InvalidSnapshotError: schema or kind are unknown, an id or a number is none, a row has not
            one value a column, or the shape names a kind of part that there is not.
    """
    if body.get("schema") != SCHEMA or body.get("kind") not in MARKINGS:
        raise InvalidSnapshotError("This snapshot's schema or kind is not known here.")
    marking = MARKINGS[body["kind"]]
    about = body["about"]
    period = period_text(about["first_day"], about["last_day"])
    definitions = _definitions(body)
    provenance = _provenance(marking, envelope)
    method = tuple(
        Passage(heading(part["heading"], "Note"), paragraphs(part["text"]))
        for part in body["method"]
    )
    return Document(
        title=heading(body["title"], "Evaluation report"),
        subject=heading(about["subject"], "Evaluation report"),
        kind=body["kind"],
        marking=marking,
        period=period,
        facts=tuple(_facts(body, period)),
        figures=_figures(definitions),
        sections=tuple(_Sections(body, definitions, method, provenance).all()),
        definitions=definitions,
        method=method,
        provenance=provenance,
        run_id=envelope["run_id"],
        short_hash=envelope["sha256"][:12],
        finished_at=dt.datetime.fromisoformat(envelope["finished_at"]),
    )


class _Sections:
    """Hands out each part of a body once, in the order of the shape, then what is left."""

    def __init__(
        self,
        body: Mapping[str, Any],
        definitions: tuple[Definition, ...],
        method: tuple[Passage, ...],
        provenance: tuple[Fact, ...],
    ) -> None:
        self.body = body
        self.tables = _tables(body["tables"])
        self.row_counts = self.tables.pop("row_counts", row_counts_table(body["row_counts"]))
        self.figures = {item.id: item for item in definitions if item.value}
        self.single: dict[str, Block] = {
            "outcomes": Outcomes(_outcomes(body["outcomes"], {*self.tables, "row_counts"})),
            "quotes": Quotes(
                tuple(Quote(plain(item["text"]), plain(item["who"])) for item in body["quotes"])
            ),
            "definitions": Definitions(definitions),
            "method": Method(method),
            "provenance": Provenance(provenance, self.row_counts),
        }
        if not body["outcomes"]:
            del self.single["outcomes"]
        if not body["quotes"]:
            del self.single["quotes"]

    def all(self) -> Iterator[Section]:
        """Sections that hold something, each with an id of its own."""
        taken: set[str] = set()
        for id_, title, blocks in self._in_order():
            if blocks:
                yield Section(_unlike(identifier(id_), taken), title, blocks)

    def _in_order(self) -> list[_Made]:
        """Those of the shape, with what it does not name before the annexes."""
        made = [*self._shaped()]
        left: _Made = (*_FURTHER, tuple(self._left()))
        at = next((at for at, (_, _, blocks) in enumerate(made) if _is_annex(blocks)), len(made))
        annexes = ((id_, title, tuple(self._single(id_))) for id_, title in _ANNEXED)
        return [*made[:at], left, *made[at:], *annexes]

    def _shaped(self) -> Iterator[_Made]:
        for section in self.body["shape"]["sections"]:
            blocks = (self._block(part) for part in section["parts"])
            held = tuple(block for block in blocks if block is not None)
            yield section["id"], heading(section["heading"], section["id"]), held

    def _left(self) -> Iterator[Block]:
        yield from self.tables.values()
        yield from self._single("outcomes")
        yield from self._single("quotes")

    def _block(self, part: Mapping[str, Any]) -> Block | None:
        kind = part["kind"]
        if kind == "headline":
            return self._headline(part)
        if kind == "table":
            return self.tables.pop(part["table"], None)
        if kind == "narrative":
            return self._narrative(part)
        if kind not in {"outcomes", "quotes", "definitions", "method", "provenance"}:
            raise InvalidSnapshotError(f"{kind!r} is no kind of part.")
        return self.single.pop(kind, None)

    def _headline(self, part: Mapping[str, Any]) -> Headline | None:
        found = (self.figures.get(id_) for id_ in part["figures"])
        held = tuple(dict.fromkeys(item for item in found if item and _is_said(item)))
        return Headline(held) if held else None

    def _narrative(self, part: Mapping[str, Any]) -> Narrative | None:
        """A release prints what was written; the internal report says what is to be."""
        box = identifier(part["box"])
        written = paragraphs(self.body["narratives"].get(box, ""))
        if self.body["kind"] == "released" and not written:
            return None
        return Narrative(box, plain(part["prompt"]), written)

    def _single(self, kind: str) -> list[Block]:
        return [self.single.pop(kind)] if kind in self.single else []


def _is_annex(blocks: tuple[Block, ...]) -> bool:
    return bool(blocks) and isinstance(blocks[0], ANNEXES)


def _unlike(id_: str, taken: set[str]) -> str:
    """The id, with a number where another has it already."""
    found, number = id_, 1
    while found in taken:
        number += 1
        found = f"{id_}-{number}"
    taken.add(found)
    return found


def _definitions(body: Mapping[str, Any]) -> tuple[Definition, ...]:
    figures = body["figures"]
    unknown = set(figures) - {indicator["id"] for indicator in body["indicators"]}
    if unknown:
        raise InvalidSnapshotError(f"No definition of {', '.join(sorted(unknown))}.")
    made = protected_cell if body["kind"] == "released" else cell
    return tuple(
        Definition(
            id_ := identifier(item["id"]),
            heading(item["label"], id_),
            unit := plain(item["unit"]),
            plain(item["definition"]),
            made(figures[id_], unit) if id_ in figures else None,
        )
        for item in body["indicators"]
    )


def _is_said(item: Definition) -> bool:
    """Whether a figure is worth large letters: "n/a" is not, that something is hidden is."""
    return item.value is not None and (item.value.raw is not None or item.value.is_hidden)


def _figures(definitions: tuple[Definition, ...]) -> Table:
    rows = tuple(Row(item.id, item.label, (item.value,)) for item in definitions if item.value)
    return Table("figures", "Every figure", "Figure", (Column("value", "Value"),), rows)


def _tables(tables: Sequence[Mapping[str, Any]]) -> dict[str, Table]:
    found = {table["id"]: table_of(table) for table in tables}
    if len(found) < len(tables):
        raise InvalidSnapshotError("Two tables have one id.")
    return found


def _outcomes(outcomes: Sequence[Mapping[str, Any]], taken: set[str]) -> tuple[Outcome, ...]:
    """Every measure has tables of the same names; their ids are told apart here."""
    return tuple(
        Outcome(
            heading(outcome["heading"], "Outcome"),
            tuple(Fact(plain(fact["label"]), plain(fact["text"])) for fact in outcome["facts"]),
            tuple(
                dataclasses.replace(found, id=_unlike(found.id, taken))
                for found in map(table_of, outcome["tables"])
            ),
            tuple(plain(note) for note in outcome["notes"]),
        )
        for outcome in outcomes
    )


def _facts(body: Mapping[str, Any], period: str) -> Iterator[Fact]:
    about = body["about"]
    yield from _names("Programme", about["programmes"])
    if about["grant"]:
        yield from _grant_facts(about["grant"])
    yield from _names("Hub", about["hubs"])
    yield Fact("Period reported", f"{period}, both days included")
    if about["cut_off"]:
        yield Fact("Registers due by", due_text(dt.datetime.fromisoformat(about["cut_off"])))
    if not body["row_counts"].get("sessions", 1):
        yield Fact("Please note", "No session falls into this period.")


def _names(label: str, things: list[Mapping[str, Any]]) -> Iterator[Fact]:
    if things:
        ending = "s" if len(things) > 1 else ""
        yield Fact(label + ending, ", ".join(plain(thing["name"]) for thing in things))


def _grant_facts(grant: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Grant", plain(grant["name"]))
    yield Fact("Funder", plain(grant["funder"]))
    if grant.get("reference"):
        yield Fact("Funder's reference", plain(grant["reference"]))
    if grant["amount"] is not None:
        yield Fact("Amount", pounds_text(Decimal(grant["amount"])))
    yield Fact("Grant runs", period_text(grant["starts_on"], grant["ends_on"]))


def _provenance(marking: str, envelope: Mapping[str, str]) -> tuple[Fact, ...]:
    moments = {
        key: moment_text(dt.datetime.fromisoformat(envelope[key]))
        for key in ("requested_at", "finished_at", "released_at")
        if envelope.get(key)
    }
    released = (
        Fact("Release", plain(envelope.get("release", ""))),
        Fact("Released", moments.get("released_at", "")),
    )
    return (
        Fact("Kind of report", marking),
        *(fact for fact in released if fact.text),
        Fact("Run", plain(envelope["run_id"])),
        Fact("Asked for", moments["requested_at"]),
        Fact("Finished", moments["finished_at"]),
        Fact("Version of the portal", plain(envelope["code_version"])),
        Fact("SHA-256 of the snapshot", plain(envelope["sha256"])),
    )
