"""What workers do about people's records. Arguments are ids, and nothing else."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from participants.services import concern_mails, duplicates, imports, retention, subject_access


def queue_concern_mails(concern_id: UUID) -> None:
    """Tell the readers after the commit. With the broker away the next reminder tells them."""
    transaction.on_commit(lambda: tell_of_concern.apply_async((str(concern_id),)), robust=True)


@shared_task(ignore_result=True, autoretry_for=(OSError, OperationalError), retry_backoff=True)
def tell_of_concern(concern_id: str) -> None:
    """Tell those who read it that a concern was written, and nothing of it."""
    concern_mails.tell_of_concern(UUID(concern_id))


@shared_task(ignore_result=True, autoretry_for=(OSError, OperationalError), max_retries=2)
def remind_of_urgent_concerns() -> None:
    """Tell again of urgent concerns that nobody has read."""
    concern_mails.remind_of_unread(now=timezone.now(), urgent_only=True)


@shared_task(ignore_result=True, autoretry_for=(OSError, OperationalError), max_retries=2)
def remind_of_unread_concerns() -> None:
    """Tell again of every concern that nobody has read."""
    concern_mails.remind_of_unread(now=timezone.now(), urgent_only=False)


def queue_import(batch_id: UUID) -> None:
    """Queue an import's work after the commit. With the broker away the sweeper queues it."""
    expires = settings.MESSAGES_LAST.total_seconds()
    transaction.on_commit(
        lambda: work_on_import.apply_async((str(batch_id),), expires=expires), robust=True
    )


@shared_task(ignore_result=True)
def work_on_import(batch_id: str) -> None:
    """Check, bring in or take back, as the import's row says; doing it again changes nothing."""
    imports.run_import(UUID(batch_id))


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def sweep_imports() -> None:
    """Queue what was forgotten, lost by the broker or left behind by a dead worker."""
    for batch_id in imports.queue_forsaken():
        queue_import(batch_id)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def delete_import_files() -> None:
    """Delete spreadsheets that are a week old, or that are brought in."""
    imports.delete_old_files(now=timezone.now())


def queue_retention(run_id: UUID) -> None:
    """Queue an approved run after the commit. With the broker away the sweeper queues it later."""
    transaction.on_commit(lambda: carry_out_retention.apply_async((str(run_id),)), robust=True)


@shared_task(ignore_result=True)
def carry_out_retention(run_id: str) -> None:
    """Delete what two people approved; doing it again changes nothing."""
    retention.carry_out(run_id=UUID(run_id), clock=timezone.now)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def sweep_retention_runs() -> None:
    """Queue approved runs that were forgotten, or left behind by a dead worker."""
    for run_id in retention.forsaken_runs(now=timezone.now()):
        queue_retention(run_id)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def plan_retention() -> None:
    """Make the plan of the month; it waits for two people."""
    retention.plan_the_month(now=timezone.now())


def queue_likely_pairs() -> None:
    """Look for records made twice after the commit. With the broker away the night does it."""
    transaction.on_commit(find_likely_pairs.delay, robust=True)


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def find_likely_pairs() -> None:
    """Look for records made twice, anew."""
    duplicates.find_likely_pairs(now=timezone.now())


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def expire_bundles() -> None:
    """Empty copies of people's data whose time is over."""
    subject_access.expire_bundles(now=timezone.now())
