"""A shape of reports while it is edited: sections and parts as fields, without JavaScript.

The whole draft travels with the form. Every button but "Save" changes the draft alone, so nothing
that was typed is lost, and no report ever sees a shape that is half done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.text import slugify

from evaluation.indicators import INDICATORS
from evaluation.models import ReportTemplate
from evaluation.reports.templates import (
    LONGEST_SLUG,
    MOST_PARTS,
    MOST_SECTIONS,
    TABLE_NAMES,
    PartKind,
    Section,
    check_names,
    parse,
)

TEXTS: dict[PartKind, str] = {
    PartKind.OUTCOMES: "Outcomes: what changed from before to after",
    PartKind.QUOTES: "Quotes that may be used",
    PartKind.DEFINITIONS: "What the figures mean",
    PartKind.METHOD: "How the figures were made",
    PartKind.PROVENANCE: "Where this report comes from: run, dates, hash",
}


class ShapeFactsForm(forms.ModelForm):
    """What a shape is called, and who it is for."""

    class Meta:
        model = ReportTemplate
        fields = ("name", "summary")
        widgets: ClassVar = {"summary": forms.Textarea(attrs={"rows": 2})}


@dataclass
class DraftPart:
    """One part as it stands in the form."""

    kind: str
    figures: list[str] = field(default_factory=list)
    table: str = ""
    box: str = ""
    prompt: str = ""

    @property
    def title(self) -> str:
        """What it is, in words."""
        if self.kind == PartKind.TABLE:
            return f"Table: {TABLE_NAMES.get(self.table, self.table)}"
        if self.kind == PartKind.HEADLINE:
            return "Big numbers"
        if self.kind == PartKind.NARRATIVE:
            return "Box to write in"
        return {str(kind): words for kind, words in TEXTS.items()}.get(self.kind, self.kind)

    @property
    def names(self) -> list[str]:
        """Its figures in words."""
        return [INDICATORS[each].label if each in INDICATORS else each for each in self.figures]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Every figure there is, with whether it is chosen: (id, label, chosen)."""
        return [(id_, each.label, id_ in self.figures) for id_, each in INDICATORS.items()]

    @property
    def order(self) -> str:
        """Its figures in their order, as the form carries them."""
        return " ".join(self.figures)

    def raw(self) -> dict[str, Any]:
        """As `templates.parse` reads it."""
        if self.kind == PartKind.HEADLINE:
            return {"kind": self.kind, "figures": self.figures}
        if self.kind == PartKind.TABLE:
            return {"kind": self.kind, "table": self.table}
        if self.kind == PartKind.NARRATIVE:
            return {"kind": self.kind, "box": self.box, "prompt": self.prompt.strip()}
        return {"kind": self.kind}


@dataclass
class DraftSection:
    """One section as it stands in the form."""

    id: str
    heading: str
    parts: list[DraftPart] = field(default_factory=list)

    def raw(self) -> dict[str, Any]:
        """As `templates.parse` reads it."""
        parts = [part.raw() for part in self.parts]
        return {"id": self.id, "heading": self.heading.strip(), "parts": parts}


@dataclass
class Draft:
    """A shape's sections as they stand in the form, in order."""

    sections: list[DraftSection]

    @classmethod
    def of(cls, shape: ReportTemplate) -> Draft:
        """What is saved."""
        return cls(
            [
                DraftSection(each["id"], each["heading"], [_saved(part) for part in each["parts"]])
                for each in shape.sections
            ]
        )

    @classmethod
    def sent(cls, data: QueryDict) -> Draft:
        """What was sent, after the button that was pressed and everything that was to be added."""
        draft = cls(
            [
                _sent_section(data, f"s{at}")
                for at in range(_number(data, "sections", MOST_SECTIONS))
            ]
        )
        waiting = [(each, data.get(f"s{at}-add", "")) for at, each in enumerate(draft.sections)]
        draft._press(data.get("do", ""))
        for section, choice in waiting:
            if choice and any(section is each for each in draft.sections):
                section.parts.append(draft._new_part(choice))
        if heading := data.get("new-heading", "").strip():
            draft.sections.append(DraftSection(draft._free_id(heading), heading))
        return draft

    def parsed(self) -> tuple[Section, ...]:
        """The sections, if they make a shape.

        Raises:
            ShapeError: they do not; says where and why.
        """
        sections = parse([section.raw() for section in self.sections])
        check_names(sections, tables=TABLE_NAMES, figures=INDICATORS)
        return sections

    @property
    def offered(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What can still be added, in groups: [(group, [(value, words)])]. Most stand once only."""
        parts = [part for section in self.sections for part in section.parts]
        tables, kinds = {part.table for part in parts}, {part.kind for part in parts}
        left = [(f"table {id_}", words) for id_, words in TABLE_NAMES.items() if id_ not in tables]
        texts = [(str(kind), words) for kind, words in TEXTS.items() if kind not in kinds]
        own = [("headline", "Big numbers"), ("narrative", "Box to write in")]
        return [
            (group, choices)
            for group, choices in (("Your own", own), ("Tables", left), ("Texts", texts))
            if choices
        ]

    def _press(self, button: str) -> None:
        """Move or remove what a button names, such as "up-2" or "remove-0-3"."""
        act, *places = button.split("-")
        if act not in MOVES or not all(place.isdecimal() for place in places):
            return
        numbers = [int(place) for place in places]
        if len(numbers) == 1:
            MOVES[act](self.sections, numbers[0])
        elif len(numbers) == 2 and numbers[0] < len(self.sections):
            MOVES[act](self.sections[numbers[0]].parts, numbers[1])

    def _new_part(self, choice: str) -> DraftPart:
        kind, _, table = choice.partition(" ")
        part = DraftPart(kind, table=table)
        if kind == PartKind.NARRATIVE:
            part.box = self._free_box()
        return part

    def _free_box(self) -> str:
        taken = {part.box for section in self.sections for part in section.parts}
        return next(name for at in range(1, 2000) if (name := f"text-{at}") not in taken)

    def _free_id(self, heading: str) -> str:
        taken = {section.id for section in self.sections}
        slug = slugify(heading)[: LONGEST_SLUG - 4].strip("-_") or "section"
        names = (slug, *(f"{slug}-{at}" for at in range(2, MOST_SECTIONS + 3)))
        return next(name for name in names if name not in taken)


def _saved(part: dict[str, Any]) -> DraftPart:
    return DraftPart(
        kind=part["kind"],
        figures=list(part.get("figures", [])),
        table=part.get("table", ""),
        box=part.get("box", ""),
        prompt=part.get("prompt", ""),
    )


def _sent_section(data: QueryDict, at: str) -> DraftSection:
    parts = [
        _sent_part(data, f"{at}-p{number}")
        for number in range(_number(data, f"{at}-parts", MOST_PARTS))
    ]
    return DraftSection(data.get(f"{at}-id", ""), data.get(f"{at}-heading", ""), parts)


def _sent_part(data: QueryDict, at: str) -> DraftPart:
    order = data.get(f"{at}-order", "").split()
    # Those that were there stay in their order; what is new comes after them.
    figures = sorted(
        data.getlist(f"{at}-figures"),
        key=lambda id_: order.index(id_) if id_ in order else len(order),
    )
    return DraftPart(
        kind=data.get(f"{at}-kind", ""),
        figures=figures,
        table=data.get(f"{at}-table", ""),
        box=data.get(f"{at}-box", ""),
        prompt=data.get(f"{at}-prompt", ""),
    )


def _number(data: QueryDict, name: str, most: int) -> int:
    sent = data.get(name, "")
    # One more than may be: the shape is then refused with a sentence, and not cut.
    return min(int(sent), most + 1) if sent.isdecimal() and len(sent) < 4 else 0


def _up(items: list[Any], at: int) -> None:
    if 0 < at < len(items):
        items[at - 1], items[at] = items[at], items[at - 1]


def _down(items: list[Any], at: int) -> None:
    _up(items, at + 1)


def _remove(items: list[Any], at: int) -> None:
    if at < len(items):
        del items[at]


MOVES: dict[str, Callable[[list[Any], int], None]] = {
    "up": _up,
    "down": _down,
    "remove": _remove,
}
