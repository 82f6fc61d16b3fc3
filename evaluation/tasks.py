"""What workers do: build reports, make extracts, and look after those that were forgotten."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from evaluation.queries import rollups
from evaluation.services import extract_runs, extracts, reports, worry


def queue_report(run_id: UUID) -> None:
    """Queue a run after the commit. With the broker away the sweeper queues it later."""
    expires = settings.MESSAGES_LAST.total_seconds()
    transaction.on_commit(
        lambda: build_report.apply_async((str(run_id),), expires=expires), robust=True
    )


def queue_report_mails(run_id: UUID) -> None:
    """Tell those who wait, after the commit. With the broker away the next round tells them."""
    transaction.on_commit(lambda: tell_of_report.apply_async((str(run_id),)), robust=True)


@shared_task(ignore_result=True)
def build_report(run_id: str) -> None:
    """Build one report by the id of its run; doing it again changes nothing."""
    try:
        reports.build_report(UUID(run_id))
    finally:
        # Whatever came of it; of a run that is not over nobody is told.
        queue_report_mails(UUID(run_id))


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def sweep_report_runs() -> None:
    """Queue what was forgotten, lost by the broker or left behind by a dead worker."""
    for run_id in reports.queue_forsaken_runs():
        queue_report(run_id)


@shared_task(ignore_result=True, autoretry_for=(OSError, OperationalError), retry_backoff=True)
def tell_of_report(run_id: str) -> None:
    """Tell those who wait for a report that it is over, and nothing of it."""
    reports.tell_of_report(UUID(run_id), now=timezone.now())


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def tell_of_reports() -> None:
    """Tell of reports that are over and whose mails were lost on the way."""
    for run_id in reports.untold_runs(now=timezone.now()):
        queue_report_mails(run_id)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def ask_for_scheduled_reports() -> None:
    """Ask for the quarterly reports that are due, each once."""
    for run_id in reports.ask_due(now=timezone.now()):
        queue_report(run_id)


@shared_task(ignore_result=True, autoretry_for=(OSError, OperationalError), max_retries=2)
def expire_report_files() -> None:
    """Delete files of reports whose time is over; their snapshots stay."""
    reports.expire_files(now=timezone.now())


def queue_extract(extract_id: UUID) -> None:
    """Queue an extract after the commit. With the broker away the sweeper queues it later."""
    expires = settings.MESSAGES_LAST.total_seconds()
    transaction.on_commit(
        lambda: make_extract.apply_async((str(extract_id),), expires=expires), robust=True
    )


@shared_task(ignore_result=True)
def make_extract(extract_id: str) -> None:
    """Make one research extract by its id; doing it again changes nothing."""
    extract_runs.make_extract(UUID(extract_id))


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def sweep_extracts() -> None:
    """Queue extracts that were forgotten, lost by the broker or left behind by a dead worker."""
    for extract_id in extract_runs.queue_forsaken_extracts():
        queue_extract(extract_id)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def expire_extracts() -> None:
    """Delete files of extracts whose time is over."""
    extracts.expire_files(now=timezone.now())


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def raise_concerns_of_answers() -> None:
    """Raise concerns of answers that were left before anybody went on."""
    worry.raise_for_what_was_left(timezone.now())


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def refresh_kept_months() -> None:
    """Count figures by hub and month anew where something changed, so that readers need not."""
    rollups.refresh_everything()
