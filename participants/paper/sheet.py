"""A register on paper as a PDF: one A4 page for up to forty people, or large print."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typesetting import typeset

TEMPLATE = Path(__file__).resolve().parent / "register.typ"
# Blank lines for people who come unannounced; keying back has room for as many.
WALK_IN_LINES = 5
# Up to so many people stand in one column, with room for the words of every box.
ONE_COLUMN = 20
# What a page holds in two columns.
A_PAGE = 40
# Longer words of a name are cut, so that they cannot run over the boxes beside them.
LONGEST_WORD = 22


@dataclass(frozen=True)
class SheetLine:
    """One person on a sheet: what is typed to name them, and the name as on the register."""

    code: str
    name: str


@dataclass(frozen=True)
class Sheet:
    """Everything that a printed register says, as text."""

    code: str
    title: str
    hub: str
    date: str
    time: str
    lines: tuple[SheetLine, ...]
    is_large: bool
    printed_at: dt.datetime


def render_sheet(sheet: Sheet) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file of one sheet.

    Raises:
        PdfError: Typst gave a warning.
        typst.TypstError: the sheet breaks one of the two standards.
    """
    return typeset(TEMPLATE, name="sheet", data=_contents(sheet), made_at=sheet.printed_at)


def _contents(sheet: Sheet) -> dict[str, Any]:
    lines = [{"code": line.code, "name": _shortened(line.name)} for line in sheet.lines]
    return {
        "code": sheet.code,
        "title": sheet.title,
        "place": f"{sheet.hub}, {sheet.date}, {sheet.time}",
        "large": sheet.is_large,
        "wide": sheet.is_large or len(lines) <= ONE_COLUMN,
        "example": sheet.lines[0].code if sheet.lines else "",
        "parts": _parts(lines, is_large=sheet.is_large),
        "walk_ins": WALK_IN_LINES,
    }


def _parts(lines: list[dict[str, str]], *, is_large: bool) -> list[list[list[dict[str, str]]]]:
    """The lines by page and column. Large print is one run that breaks between lines."""
    if is_large or len(lines) <= ONE_COLUMN:
        return [[lines]]
    pages = [lines[start : start + A_PAGE] for start in range(0, len(lines), A_PAGE)]
    return [_columns(page) for page in pages]


def _columns(lines: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    half = math.ceil(len(lines) / 2)
    return [lines[:half], lines[half:]]


def _shortened(name: str) -> str:
    words = name.split(" ")
    return " ".join(
        word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD - 1]}…" for word in words
    )
