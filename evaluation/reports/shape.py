"""The shape of a report: that of its template, or the standard one."""

from __future__ import annotations

from typing import Any

from evaluation.breakdowns import BREAKDOWNS, CROSS_TABLES
from evaluation.reports.asked import Asked

STANDARD = "Evaluation report"
_HEADLINE = (
    *("unique_participants", "attendances", "contact_hours", "session_hours"),
    *("hours_a_week", "sessions", "attendance_rate", "disadvantaged_share"),
    *("volunteers", "retention_28", "cost_per_session_hour", "cost_per_participant"),
)
_SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("promises", "What was promised", ("targets",)),
    ("who", "Who came", tuple(each.id for each in BREAKDOWNS if each.of_person)),
    ("together", "Age, gender and hub together", tuple(each.id for each in CROSS_TABLES)),
    (
        "where",
        "Where and when",
        ("hub", "month", "kind", "activity", "week_hours"),
    ),
    (
        "staying",
        "Who came back",
        ("roles", "newcomers", "attendance_rates", "retention", "feedback"),
    ),
    ("events", "Events", ("events", "head_counts")),
    ("people", "Those who make it happen", ("workforce", "training")),
    ("money", "Money", ("spend", "costs")),
)


def shape_of(asked: Asked) -> dict[str, Any]:
    """Name and sections, as they stand in a body."""
    if asked.template:
        return {"name": asked.template.name, "sections": asked.template.sections}
    return {"name": STANDARD, "sections": standard()}


def standard() -> list[dict[str, Any]]:
    """Everything there is, in an order that a board can follow."""
    sections = [_section(*each) for each in _SECTIONS]
    headline = {"kind": "headline", "figures": list(_HEADLINE)}
    sections.insert(0, {"id": "glance", "heading": "At a glance", "parts": [headline]})
    return [
        *sections,
        {"id": "outcomes", "heading": "What changed", "parts": [{"kind": "outcomes"}]},
        {"id": "words", "heading": "In their words", "parts": [{"kind": "quotes"}]},
        _section("missing", "What is missing", ("missing_registers",)),
        {
            "id": "method",
            "heading": "How the figures were made",
            "parts": [
                *({"kind": kind} for kind in ("method", "definitions")),
                {"kind": "table", "table": "row_counts"},
                {"kind": "provenance"},
            ],
        },
    ]


def _section(id_: str, heading: str, tables: tuple[str, ...]) -> dict[str, Any]:
    parts = [{"kind": "table", "table": table} for table in tables]
    return {"id": id_, "heading": heading, "parts": parts}
