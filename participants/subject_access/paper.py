"""A copy for people to read: a PDF with contents, plain words and every code explained."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from participants.subject_access.document import CODES, NOT_HERE, Copy, Entry, Part
from typesetting import typeset

TEMPLATE = Path(__file__).resolve().parent / "copy.typ"
NOTHING = "Nothing is written"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def render_pdf(copy: Copy) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file.

    Raises:
        PdfError: Typst gave a warning.
        typst.TypstError: the document breaks one of the two standards.
    """
    made_at = dt.datetime.fromisoformat(copy.made_at)
    return typeset(TEMPLATE, name="copy", data=contents(copy), made_at=made_at)


def contents(copy: Copy) -> dict[str, Any]:
    """What the template prints, as text."""
    return {
        "about": copy.about,
        "made_on": read(copy.made_at[:10]),
        "parts": [_part(part) for part in copy.parts],
        "codes": [{"label": label, "text": text} for label, text in CODES],
        "not_here": list(NOT_HERE),
    }


def read(value: Any) -> str:
    """A value as people read it: "14 May 2019, 16:05", "Yes", "Nothing is written"."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, list):
        return "\n".join(read(each) for each in value)
    return _DATE.sub(_worded_date, _MOMENT.sub(_worded_moment, str(value)))


def _worded_moment(found: re.Match[str]) -> str:
    at = dt.datetime.fromisoformat(found[0])
    return f"{at.day} {at:%B %Y}, {at:%H:%M}"


def _worded_date(found: re.Match[str]) -> str:
    try:
        day = dt.date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return f"{day.day} {day:%B %Y}"


def _part(part: Part) -> dict[str, Any]:
    entries = [_entry(each) for each in part.entries]
    return {"title": part.title, "about": part.about, "entries": entries}


def _entry(entry: Entry) -> dict[str, Any]:
    rows = [{"label": label, "text": read(value)} for label, value in entry.data.items()]
    return {"title": entry.title, "left_out": entry.left_out, "rows": rows}
