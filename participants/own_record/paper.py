"""A young person's own record for a CV: a PDF in English that prints well and reads aloud."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from activities.models import london_today
from participants.queries.own_record import OwnRecord
from typesetting import typeset

TEMPLATE = Path(__file__).resolve().parent / "record.typ"


def render_pdf(record: OwnRecord, made_at: dt.datetime) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file, A4.

    Raises:
        PdfError: Typst gave a warning.
        typst.TypstError: the document breaks one of the two standards.
    """
    return typeset(TEMPLATE, name="record", data=contents(record, made_at), made_at=made_at)


def contents(record: OwnRecord, made_at: dt.datetime) -> dict[str, Any]:
    """What the template prints, as text."""
    return {
        "name": record.name,
        "made_on": _day(london_today(made_at)),
        "span": _span(record),
        "figures": _figures(record),
        "activities": [
            {
                "title": share.title,
                "sessions": str(share.sessions),
                "hours": _number(share.hours),
                "volunteer": _number(share.volunteer_hours),
            }
            for share in record.activities
        ],
        "skills": [
            {"label": str(each.skill.label), "text": _times(each.sessions)}
            for each in record.skills
        ],
        "training": [{"label": _day(day), "text": title} for title, day in record.training],
    }


def _figures(record: OwnRecord) -> list[dict[str, str]]:
    rows = [("Sessions", str(record.sessions)), ("Hours", _number(record.hours))]
    if record.volunteer_sessions:
        rows += [
            ("Sessions as a volunteer", str(record.volunteer_sessions)),
            ("Hours as a volunteer", _number(record.volunteer_hours)),
        ]
    return [{"label": label, "text": text} for label, text in rows]


def _span(record: OwnRecord) -> str:
    if record.first_on is None or record.last_on is None:
        return ""
    first, last = f"{record.first_on:%B %Y}", f"{record.last_on:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _number(hours: Decimal) -> str:
    return f"{hours:f}".removesuffix(".0")


def _times(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"
