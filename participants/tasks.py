"""What workers do about people's records. Arguments are ids, and nothing else."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from participants.services import concern_mails


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
