"""What is another figure than in the last run of the same, and why; kept beside the snapshot."""

from __future__ import annotations

from typing import Any

from evaluation.models import ReportRun
from evaluation.queries.changes import reasons_since
from evaluation.queries.record import Scope
from evaluation.queries.versions import same_question
from evaluation.reports.asked import Asked
from evaluation.reports.snapshot import thaw


def changes_of(run: ReportRun, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
    """Changes since the latest run of the same that is done; empty where there is none.

    {"earlier": its id, "earlier_on": its day in words, "figures": [{id, label, was, now}],
    "reasons": [{id, label, count}]}. Within the moment of which the body is.
    """
    earlier = same_question(run).select_related("snapshot").first()
    if earlier is None or earlier.snapshot is None or earlier.finished_at is None:
        return {}
    before = thaw(earlier.snapshot.body, earlier.snapshot.sha256)
    scope = Scope.of(
        asked.programmes, asked.first_day, asked.last_day, now=run.requested_at, hubs=asked.hubs
    )
    since = earlier.read_at or earlier.requested_at
    return {
        "earlier": str(earlier.pk),
        "earlier_on": f"{earlier.finished_at:%-d %B %Y}",
        "figures": _differences(before, body),
        "reasons": reasons_since(scope, since, asked.grant),
    }


def _differences(before: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
    """Figures that both versions know and that are not the same, in the later one's order."""
    was, now = _figures(before), _figures(body)
    labels = {each["id"]: each["label"] for each in body["indicators"]}
    return [
        {"id": key, "label": label, "was": was[key], "now": now[key]}
        for key, label in labels.items()
        if key in was and key in now and was[key] != now[key]
    ]


def _figures(body: dict[str, Any]) -> dict[str, Any]:
    # The first schema called them so.
    figures: dict[str, Any] = body.get("figures") or body.get("headline") or {}
    return figures
