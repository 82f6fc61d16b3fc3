"""How long a report takes with many rows, and what each part of it costs.

BENCH_SCALE chooses the size: 1 is about 28,000 marks, 25 about 635,000, 200 about 5,000,000.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from evaluation.models import Grant
from evaluation.queries.record import one_moment
from evaluation.reports.asked import Asked
from evaluation.reports.collect import collect
from evaluation.reports.document import build_document
from evaluation.reports.render import RENDERERS
from participants.models import Attendance

SCALE = os.environ.get("BENCH_SCALE", "25")
ROUNDS = 3


@pytest.fixture
def grant(transactional_db: None) -> Grant:
    began = time.monotonic()
    call_command("seed", scale=int(SCALE), stdout=StringIO(), stderr=StringIO())
    seconds = time.monotonic() - began
    marks = Attendance.objects.count()
    print(
        f"\nseed --scale {SCALE}: {marks:,} marks in {seconds:.1f} s, {marks / seconds:,.0f} a second"
    )
    return Grant.objects.select_related("funder").get()


def median(label: str, seconds: list[float]) -> float:
    middle = statistics.median(seconds)
    print(
        f"{label:<40} {middle:8.3f} s   ({min(seconds):.3f} to {max(seconds):.3f}, {len(seconds)} times)"
    )
    return middle


def collected_once(grant: Grant) -> tuple[dict[str, Any], dict[str, float]]:
    """A snapshot body, and the seconds that each of its steps took."""
    marks: list[tuple[str, float]] = []
    with one_moment():
        body = collect(
            Asked(grant, tuple(grant.programmes.all()), grant.starts_on, grant.ends_on),
            now=timezone.now(),
            progress=lambda _, step: marks.append((step, time.monotonic())),
        )
    ends = [moment for _, moment in marks[1:]] + [time.monotonic()]
    return body, {step: end - start for (step, start), end in zip(marks, ends, strict=True)}


def test_collecting_and_rendering(grant: Grant) -> None:
    rounds = [collected_once(grant) for _ in range(ROUNDS)]
    body = rounds[0][0]
    for step in rounds[0][1]:
        median(step, [seconds[step] for _, seconds in rounds])
    collected = median("collect, altogether", [sum(seconds.values()) for _, seconds in rounds])
    envelope = dict.fromkeys(("requested_at", "finished_at"), timezone.now().isoformat())
    document = build_document(
        body, envelope | {"run_id": "bench", "code_version": "bench", "sha256": "0" * 64}
    )
    for name, render in RENDERERS.items():
        times = []
        for _ in range(ROUNDS):
            began = time.monotonic()
            render(document)
            times.append(time.monotonic() - began)
        median(f"render {name}", times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MB; collect per million marks: "
          f"{collected / max(body['row_counts']['marks'], 1) * 1e6:.1f} s")  # fmt: skip
    assert body["headline"]["attendances"] > 0
