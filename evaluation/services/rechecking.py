"""Working a finished report out again, as things were known when it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluation.models import ReportRun
from evaluation.queries.record import one_moment
from evaluation.reports.asked import asked_of
from evaluation.reports.collect import collect
from evaluation.reports.snapshot import thaw

FIGURES = ("figures", "tables", "row_counts")


@dataclass(frozen=True)
class Difference:
    """A figure that is another one now: where it stands in the body, what it was and what it is."""

    place: str
    was: Any
    now: Any


def recheck(run: ReportRun) -> list[Difference]:
    """What of a finished report's figures comes out otherwise today, by place in the body.

    People are taken as they were known when the report was read: merging, undoing a merge,
    putting a record right and anonymising change nothing. Erasing does, and so do registers that
    were taken or changed since.

    Raises:
        ValueError: the report is not finished.
        InternalError: a transaction that has read something already is under way.
    """
    if run.snapshot is None:
        raise ValueError("The report is not finished.")
    known_at = run.read_at or run.started_at
    with one_moment():
        body = collect(
            asked_of(run),
            now=run.requested_at,
            progress=lambda _done, _step: None,
            known_at=known_at,
        )
    before = thaw(run.snapshot.body, run.snapshot.sha256)
    return [
        difference
        for part in FIGURES
        for difference in _differences(part, before.get(part), body.get(part))
    ]


def _differences(place: str, was: Any, now: Any) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            yield from _differences(f"{place}.{key}", was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (first, second) in enumerate(zip(was, now, strict=True)):
            yield from _differences(f"{place}.{at}", first, second)
    elif was != now:
        yield Difference(place, was, now)
