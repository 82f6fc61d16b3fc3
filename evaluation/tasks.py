"""What workers do: build a report, and look after reports that were forgotten."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from evaluation.services import reports


def queue_report(run_id: UUID) -> None:
    """Queue a run after the commit. With the broker away the sweeper queues it later."""
    # The sweeper sends another message after a while, so that old ones need not pile up.
    expires = 2 * settings.REPORT_STALE_AFTER.total_seconds()
    transaction.on_commit(
        lambda: build_report.apply_async((str(run_id),), expires=expires), robust=True
    )


@shared_task(ignore_result=True)
def build_report(run_id: str) -> None:
    """Build one report by the id of its run; doing it again changes nothing."""
    reports.build_report(UUID(run_id))


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def sweep_report_runs() -> None:
    """Queue what was forgotten, lost by the broker or left behind by a dead worker."""
    for run_id in reports.queue_forsaken_runs(now=timezone.now()):
        queue_report(run_id)
