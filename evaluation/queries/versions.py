"""Runs of the same question: the same grant, programmes, hubs, dates and reader, asked again."""

from __future__ import annotations

from accounts.models import User
from evaluation.models import ReportRun, ReportRunQuerySet, RunStatus


def other_versions(user: User, run: ReportRun) -> ReportRunQuerySet:
    """Finished runs of the same, those that the user may see, the latest first."""
    return same_question(run).filter(pk__in=ReportRun.objects.visible_to(user).values("pk"))


def same_question(run: ReportRun) -> ReportRunQuerySet:
    """Other finished runs of the same, the latest first. The shape of the paper plays no part."""
    runs = ReportRun.objects.filter(
        grant=run.grant_id,
        first_day=run.first_day,
        last_day=run.last_day,
        audience=run.audience,
        status=RunStatus.DONE,
    ).exclude(pk=run.pk)
    for field in ("programmes", "hubs"):
        theirs = set(getattr(run, field).values_list("pk", flat=True))
        alike = [
            each.pk
            for each in runs.prefetch_related(field)
            if {one.pk for one in getattr(each, field).all()} == theirs
        ]
        runs = runs.filter(pk__in=alike)
    return runs.order_by("-finished_at")
