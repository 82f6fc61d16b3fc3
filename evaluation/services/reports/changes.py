"""What is another figure than in the last run of the same, and why; kept beside the snapshot."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evaluation.models import ReportRun
from evaluation.queries.changes import reasons_since
from evaluation.queries.record import Scope
from evaluation.queries.versions import same_question
from evaluation.reports.asked import Asked
from evaluation.reports.differences import figures_that_differ, tables_that_differ
from evaluation.reports.snapshot import thaw


def changes_of(run: ReportRun, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
    """Changes since the latest run of the same that is done; empty where there is none.

    {"earlier": its id, "earlier_on": its day in words, "figures": [{id, label, unit, was, now}],
    "tables": [{id, title, cells: [as a figure]}], "reasons": [{id, label, count}]}. Within the
    moment of which the body is.
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
        "figures": [asdict(each) for each in figures_that_differ(before, body)],
        "tables": [asdict(each) for each in tables_that_differ(before, body)],
        "reasons": reasons_since(scope, since, asked.grant),
    }
