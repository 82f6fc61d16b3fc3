"""Asking for a report, stopping it and trying it again. The caller queues a run after the commit.

Whoever asks for what is being built already waits for that run; each waits with a row of their own.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.access import holds_any
from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation import access
from evaluation.models import REPORT_ROLES, ReportRequest, ReportRun, RunStatus
from evaluation.models.reports import UNFINISHED
from evaluation.reports.asked import Asked, asked_of

NOT_ALLOWED = "You may not have a report of this built."
# So often somebody else's run ends or begins just between looking for it and making one's own.
TURNS = 5


class NotPossibleError(Exception):
    """The run does not stand where this can be done to it. The words are for people."""


def request_report(
    *, asked: Asked, by: User | None, now: dt.datetime, wants_mail: bool = True
) -> ReportRun:
    """Write down that a report is wanted: a run of its own, or the unfinished one of the same.

    `by` is empty only for commands on the server itself.

    Raises:
        PermissionDenied: the user may not have this built.
    """
    if by and not access.can_request_report(by, asked):
        raise PermissionDenied(NOT_ALLOWED)
    for _ in range(TURNS - 1):
        try:
            return _join_or_begin(asked, by, now, wants_mail=wants_mail)
        except IntegrityError:
            continue
    return _join_or_begin(asked, by, now, wants_mail=wants_mail)


@transaction.atomic
def _join_or_begin(
    asked: Asked, by: User | None, now: dt.datetime, *, wants_mail: bool
) -> ReportRun:
    # Locked, the run cannot end before whoever joins stands among those who are told.
    unfinished = ReportRun.objects.filter(fingerprint=asked.fingerprint, status__in=UNFINISHED)
    run = unfinished.select_for_update().first() or _begin(asked, by, now)
    if by:
        _wait_for(run, by, now, wants_mail=wants_mail)
    record_audit(by=by, kind=AuditKind.REPORT_REQUESTED, about=run)
    return run


def _begin(asked: Asked, by: User | None, now: dt.datetime) -> ReportRun:
    run = ReportRun.objects.create(
        grant=asked.grant,
        first_day=asked.first_day,
        last_day=asked.last_day,
        audience=asked.audience,
        template=asked.template,
        fingerprint=asked.fingerprint,
        requested_by=by,
        requested_at=now,
    )
    run.programmes.set(asked.programmes)
    run.hubs.set(asked.hubs)
    return run


def _wait_for(run: ReportRun, by: User, now: dt.datetime, *, wants_mail: bool) -> None:
    told = {"asked_at": now, "wants_mail": wants_mail, "told_at": None}
    ReportRequest.objects.update_or_create(run=run, asked_by=by, defaults=told)


@transaction.atomic
def cancel_report(*, run: ReportRun, by: User, now: dt.datetime) -> ReportRun:
    """Stop a run: at once where it waits, and within moments where a worker has it.

    While others wait for it as well, only trust staff stop it; anybody else stops waiting. The
    worker's heart finds the row taken away, and breaks off even a query that is under way.

    Raises:
        PermissionDenied: the user neither asked for it nor may stop those of others.
        NotPossibleError: it is finished.
    """
    row = ReportRun.objects.select_for_update().get(pk=run.pk)
    if not access.can_cancel_report(by, row):
        raise PermissionDenied(NOT_ALLOWED)
    if row.is_finished:
        raise NotPossibleError("The report is finished: there is nothing to stop.")
    record_audit(by=by, kind=AuditKind.REPORT_CANCELLED, about=row)
    own = row.requests.filter(asked_by=by)
    if not holds_any(by, REPORT_ROLES) and row.requests.exclude(asked_by=by).exists():
        own.delete()
        return row
    own.update(told_at=now)
    row.status, row.claim, row.finished_at = RunStatus.CANCELLED, None, now
    row.step, row.failure = "", f"Stopped by {by}."[:300]
    row.save(update_fields=["status", "claim", "finished_at", "step", "failure"])
    return row


def retry_report(*, run: ReportRun, by: User, now: dt.datetime) -> ReportRun:
    """Let a failed or stopped run wait for a worker again, with all its attempts before it.

    Where the same is being built already, it is that one which is returned.

    Raises:
        PermissionDenied: the user may not have this built.
        NotPossibleError: it is neither failed nor stopped.
    """
    asked = asked_of(run)
    if not access.can_request_report(by, asked):
        raise PermissionDenied(NOT_ALLOWED)
    try:
        return _begin_again(run, asked, by, now)
    except IntegrityError:
        return request_report(asked=asked, by=by, now=now)


@transaction.atomic
def _begin_again(run: ReportRun, asked: Asked, by: User, now: dt.datetime) -> ReportRun:
    rows = ReportRun.objects.filter(pk=run.pk, status__in=[RunStatus.FAILED, RunStatus.CANCELLED])
    began = rows.update(
        status=RunStatus.QUEUED,
        # A run from before runs had one is the same as others from now on.
        fingerprint=asked.fingerprint,
        requested_at=now,
        queued_at=Now(),
        claim=None,
        attempts=0,
        progress=0,
        step="",
        failure="",
        finished_at=None,
    )
    if not began:
        raise NotPossibleError("Only a report that failed or was stopped is tried again.")
    row = ReportRun.objects.get(pk=run.pk)
    _wait_for(row, by, now, wants_mail=True)
    record_audit(by=by, kind=AuditKind.REPORT_RETRIED, about=row)
    return row
