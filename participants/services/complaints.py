"""Complaints about how data is used: taken from anybody, acknowledged within 30 days, answered."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.views.decorators.debug import sensitive_variables

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import london_today
from participants.models import Complaint
from participants.services.concerns import new_receipt
from participants.services.errors import RecordError

# "Within the period of 30 days beginning when the complaint is received": Data Protection Act 2018,
# section 164A(3)(a). Counted with the day itself, which is never late.
DAYS_TO_ACKNOWLEDGE = 30
# The same words again within this time are the same complaint, sent twice.
TWICE_WITHIN = dt.timedelta(minutes=10)
ANSWERED_ALREADY = "It was answered already."


@sensitive_variables()
@transaction.atomic
def make_complaint(*, words: str, reply_to: str, now: dt.datetime) -> Complaint:
    """Take a complaint from whoever sends it, once however often it is sent within ten minutes."""
    with connection.cursor() as cursor:
        # One at a time: two taps must not both find that nobody has sent it yet.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('participants.complaint'))")
    recent = Complaint.objects.filter(received_at__gt=now - TWICE_WITHIN, answered_at=None)
    sent_before = recent.filter(words=words, reply_to=reply_to).first()
    if sent_before:
        return sent_before
    complaint = Complaint.objects.create(
        receipt=new_receipt(),
        words=words,
        reply_to=reply_to,
        received_at=now,
        due_on=london_today(now) + dt.timedelta(days=DAYS_TO_ACKNOWLEDGE - 1),
    )
    record_audit(by=None, kind=AuditKind.COMPLAINT_MADE, about=complaint)
    return complaint


@transaction.atomic
def read_complaint(*, complaint: Complaint, by: User) -> None:
    """Write down that somebody reads a complaint, before they do."""
    record_audit(by=by, kind=AuditKind.COMPLAINT_READ, about=complaint)


@transaction.atomic
def acknowledge(*, complaint: Complaint, by: User, now: dt.datetime) -> None:
    """Keep that the sender was told that it came. The first time counts."""
    locked = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if locked.acknowledged_at is not None:
        return
    locked.acknowledged_at, locked.acknowledged_by = now, by
    locked.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record_audit(by=by, kind=AuditKind.COMPLAINT_ANSWERED, about=complaint, reason="acknowledged")


@sensitive_variables()
@transaction.atomic
def answer(*, complaint: Complaint, words: str, by: User, now: dt.datetime) -> None:
    """Keep what was answered, and when; whoever answers acknowledges, too.

    Raises:
        RecordError: it was answered already.
    """
    locked = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if locked.answered_at is not None:
        raise RecordError(ANSWERED_ALREADY)
    acknowledge(complaint=locked, by=by, now=now)
    locked.answer, locked.answered_at, locked.answered_by = words, now, by
    locked.save(update_fields=["answer", "answered_at", "answered_by"])
    record_audit(by=by, kind=AuditKind.COMPLAINT_ANSWERED, about=complaint, reason="answered")
