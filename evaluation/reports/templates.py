"""The shape of a report: which sections it has, in which order, and what stands in each. Pure.

A shape may be wider than the data: what a report has no figures for is left out of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_HEADING = 120
LONGEST_PROMPT = 400
MOST_SECTIONS = 30
MOST_PARTS = 40
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_SLUG = 60


class PartKind(StrEnum):
    """What a part of a section is."""

    HEADLINE = "headline"
    TABLE = "table"
    NARRATIVE = "narrative"
    OUTCOMES = "outcomes"
    QUOTES = "quotes"
    DEFINITIONS = "definitions"
    METHOD = "method"
    PROVENANCE = "provenance"


# What a part of a kind holds beside the kind itself.
HOLDS: dict[PartKind, frozenset[str]] = {
    PartKind.HEADLINE: frozenset({"figures"}),
    PartKind.TABLE: frozenset({"table"}),
    PartKind.NARRATIVE: frozenset({"box", "prompt"}),
}

# Every table that a report can have, by its id, as whoever makes a shape reads it.
TABLE_NAMES: dict[str, str] = {
    "targets": "Targets against actual",
    "hub": "By hub",
    "month": "By month",
    "week_hours": "Hours a week against the plan",
    "ward": "By home ward",
    "imd_decile": "By deprivation of the home neighbourhood",
    "age_band": "By age",
    "key_stage": "By key stage",
    "gender": "By gender",
    "ethnicity": "By ethnicity",
    "special_needs": "By special needs",
    "free_school_meals": "By free school meals",
    "care_experienced": "By being looked after or a care leaver",
    "alternative_provision": "By alternative provision",
    "young_carer": "By being a young carer",
    "english_additional": "By English as an additional language",
    "disadvantaged": "Disadvantaged, and others",
    "dose": "How many sessions each came to",
    "kind": "By kind of activity: sport, arts, culture",
    "activity": "By activity",
    "age_by_gender": "Age by gender",
    "age_by_hub": "Age by main hub",
    "attendance_rates": "Attendance rates: disadvantaged, and others",
    "retention": "Who came back, and who became regular",
    "newcomers": "New and returning",
    "roles": "Participants and volunteers",
    "events": "Events and roadshows, with audiences",
    "head_counts": "Head-counts, counted and estimated",
    "workforce": "Artists, coaches and families",
    "training": "Training",
    "spend": "Spend against budget",
    "costs": "What a session hour and a participant cost",
    "missing_registers": "Registers that are missing",
    "feedback": "What young people said in feedback",
    "changes": "What changed since the last report",
    "row_counts": "How many rows the figures were made from",
}


class ShapeError(Exception):
    """A shape that cannot be used; its text says where and why."""


@dataclass(frozen=True)
class Part:
    """One part: big numbers (`figures`), a `table`, a `box` to write in with its prompt, or text.

    Everything but `kind` is empty where the kind does not hold it.
    """

    kind: PartKind
    figures: tuple[str, ...] = ()
    table: str = ""
    box: str = ""
    prompt: str = ""

    @property
    def place(self) -> str:
        """What may stand once only in a whole shape, as one word; big numbers may repeat."""
        named = self.table or self.box
        return f"{self.kind} {named}".strip() if self.kind is not PartKind.HEADLINE else ""


@dataclass(frozen=True)
class Section:
    """A heading with parts. `id` is a slug that stays the same whatever the heading says."""

    id: str
    heading: str
    parts: tuple[Part, ...]


def parse(sections: object) -> tuple[Section, ...]:
    """Read sections from plain lists and dictionaries, as JSON or TOML give them.

    Raises:
        ShapeError: with the section, the part and the reason.
    """
    if not isinstance(sections, list | tuple) or not sections:
        raise ShapeError("A shape needs at least one section.")
    if len(sections) > MOST_SECTIONS:
        raise ShapeError(f"A shape has at most {MOST_SECTIONS} sections.")
    read = tuple(_section(each, number) for number, each in enumerate(sections, start=1))
    _refuse_twice([section.id for section in read], "section")
    _refuse_twice([part.place for part in _parts(read) if part.place], "part")
    return read


def dump(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Sections as plain lists and dictionaries; `parse` reads the same again."""
    return [
        {
            "id": section.id,
            "heading": section.heading,
            "parts": [_dumped(part) for part in section.parts],
        }
        for section in sections
    ]


def check_names(
    sections: Iterable[Section], *, tables: Collection[str], figures: Collection[str]
) -> None:
    """Refuse tables and figures that there are none of.

    Raises:
        ShapeError: with the section and the name.
    """
    for section in sections:
        for part in section.parts:
            if part.table and part.table not in tables:
                raise ShapeError(f"“{section.heading}”: there is no table “{part.table}”.")
            for figure in part.figures:
                if figure not in figures:
                    raise ShapeError(f"“{section.heading}”: there is no figure “{figure}”.")


def boxes(sections: Iterable[Section]) -> dict[str, str]:
    """The boxes to write in with their prompts, by id, in order."""
    return {part.box: part.prompt for part in _parts(sections) if part.box}


def _parts(sections: Iterable[Section]) -> list[Part]:
    return [part for section in sections for part in section.parts]


def _section(raw: object, number: int) -> Section:
    where = f"Section {number}"
    fields = _fields(raw, where, {"id", "heading", "parts"})
    heading = _text(fields["heading"], f"{where}: the heading", LONGEST_HEADING)
    where = f"{where} (“{heading}”)"
    parts = fields["parts"]
    if not isinstance(parts, list | tuple) or not parts:
        raise ShapeError(f"{where} holds nothing. Add a part to it, or remove it.")
    if len(parts) > MOST_PARTS:
        raise ShapeError(f"{where} has more than {MOST_PARTS} parts.")
    read = tuple(_part(each, f"{where}, part {at}") for at, each in enumerate(parts, start=1))
    return Section(_slug(fields["id"], f"{where}: the id"), heading, read)


def _part(raw: object, where: str) -> Part:
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    if not isinstance(kind, str) or kind not in set(PartKind):
        raise ShapeError(f"{where}: there is no kind of part “{kind}”.")
    known = PartKind(kind)
    fields = _fields(raw, where, {"kind"} | HOLDS.get(known, frozenset()))
    if known is PartKind.HEADLINE:
        return Part(known, figures=_figures(fields["figures"], where))
    if known is PartKind.TABLE:
        return Part(known, table=_slug(fields["table"], f"{where}: the table"))
    if known is PartKind.NARRATIVE:
        prompt = _text(fields["prompt"], f"{where}: what to write there", LONGEST_PROMPT)
        return Part(known, box=_slug(fields["box"], f"{where}: the box"), prompt=prompt)
    return Part(known)


def _fields(raw: object, where: str, wanted: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or set(raw) != set(wanted):
        raise ShapeError(f"{where} holds {', '.join(sorted(wanted))} and nothing else.")
    return raw


def _text(raw: object, what: str, longest: int) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ShapeError(f"{what} is empty.")
    if raw != raw.strip() or "\0" in raw or len(raw) > longest:
        raise ShapeError(f"{what} has spaces round it, or more than {longest} characters.")
    return raw


def _slug(raw: object, what: str) -> str:
    if not isinstance(raw, str) or len(raw) > LONGEST_SLUG or not SLUG.fullmatch(raw):
        raise ShapeError(f"{what} is not of small letters, digits and hyphens.")
    return raw


def _figures(raw: object, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise ShapeError(f"{where}: choose at least one figure.")
    figures = tuple(_slug(each, f"{where}: a figure") for each in raw)
    if len(set(figures)) < len(figures):
        raise ShapeError(f"{where}: a figure stands there twice.")
    return figures


def _refuse_twice(names: Sequence[str], what: str) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ShapeError(f"The {what} “{name}” stands there {times} times. Remove one.")


def _dumped(part: Part) -> dict[str, Any]:
    if part.kind is PartKind.HEADLINE:
        return {"kind": str(part.kind), "figures": list(part.figures)}
    if part.kind is PartKind.TABLE:
        return {"kind": str(part.kind), "table": part.table}
    if part.kind is PartKind.NARRATIVE:
        return {"kind": str(part.kind), "box": part.box, "prompt": part.prompt}
    return {"kind": str(part.kind)}
