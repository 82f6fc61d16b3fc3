"""Build one report, as a worker does, in a process of its own, and say how much memory it took.

Used by the bench: `python -m tests.bench.build_once FIRST LAST` prints the marks read and the
peak of the process in KiB.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys

import django


def main(first: str, last: str) -> None:
    """Ask for the report, build it, and print what it cost."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "derby_portal.settings")
    django.setup()
    from django.utils import timezone

    from activities.models import Programme
    from evaluation.models import ReportRun
    from evaluation.reports.asked import Asked
    from evaluation.reports.snapshot import thaw
    from evaluation.services.reports import build_report, request_report

    days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    asked = Asked(None, tuple(Programme.objects.order_by("name")), *days)
    run = request_report(asked=asked, by=None, now=timezone.now())
    build_report(run.pk)
    run = ReportRun.objects.select_related("snapshot").get(pk=run.pk)
    if run.snapshot is None:
        raise SystemExit(f"The report failed: {run.failure}")
    marks = thaw(run.snapshot.body, run.snapshot.sha256)["row_counts"]["marks"]
    print(marks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(*sys.argv[1:])
