"""Writes of reports: asking for one, building it once whatever dies on the way, and its files."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

import jobs
from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation import access
from evaluation.models import (
    Grant,
    ReportFile,
    ReportFormat,
    ReportRun,
    RunStatus,
    Snapshot,
)
from evaluation.queries.record import moment_read, one_moment
from evaluation.reports.asked import asked_of
from evaluation.reports.collect import collect
from evaluation.reports.document import build_document
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import freeze, thaw

logger = logging.getLogger(__name__)

WORK = jobs.Work(
    name="report run",
    rows=lambda: ReportRun.objects.select_related("grant__funder"),
    waiting=Q(status=RunStatus.QUEUED),
    running=Q(status=RunStatus.RUNNING),
    waits_since="queued_at",
    most_attempts=5,
    taken={"status": RunStatus.RUNNING, "started_at": Now(), "progress": 0, "step": "Starting"},
    freed={"status": RunStatus.QUEUED, "step": ""},
)


@transaction.atomic
def request_report(
    *, grant: Grant, first_day: dt.date, last_day: dt.date, by: User | None, now: dt.datetime
) -> ReportRun:
    """Write down that a report is wanted. The caller queues the run's id after the commit.

    `by` is empty only for commands on the server itself.

    Raises:
        PermissionDenied: the user may not have reports built.
    """
    if by and not access.can_request_report(by):
        raise PermissionDenied("Only trust staff can have reports built.")
    run = ReportRun.objects.create(
        grant=grant,
        first_day=first_day,
        last_day=last_day,
        requested_by=by,
        requested_at=now,
        queued_at=now,
    )
    run.programmes.set(grant.programmes.all())
    record_audit(by=by, kind=AuditKind.REPORT_REQUESTED, about=run)
    return run


def build_report(run_id: uuid.UUID) -> bool:
    """Build a run's report unless another worker has it or it is finished; say whether it did.

    Safe to call any number of times, from any number of workers, with any of them dying.

    Raises:
        Exception: whatever stopped the report; the run is then marked as failed. Where the
            database itself is gone the run stays as it is and the sweeper queues it again.
    """
    run = jobs.claim(WORK, run_id, now=timezone.now())
    if run is None:
        return False
    try:
        with jobs.heartbeat(WORK, run) as beat:
            return _build(run, beat)
    except jobs.ClaimLostError:
        logger.warning("Report run %s was taken over by another worker.", run_id)
        return False
    except (InterfaceError, OperationalError):
        # The database went away, so nothing can be written now; the sweeper finds the run.
        raise
    except Exception as error:
        _fail(run, error)
        raise


def queue_forsaken_runs(*, now: dt.datetime) -> list[uuid.UUID]:
    """Put unfinished runs that nobody works on back into the queue; return their ids.

    Nothing was heard from them for REPORT_STALE_AFTER: their message was lost, or their worker
    died. Runs that have been tried too often are marked as failed.
    """
    jobs.worn_out(WORK, now=now).update(
        status=RunStatus.FAILED,
        finished_at=now,
        claim=None,
        failure="The report was given up: the workers that built it stopped before the end.",
    )
    return jobs.free_forsaken(WORK, now=now)


def _build(run: ReportRun, beat: jobs.Beat) -> bool:
    def tell(progress: int, step: str) -> None:
        beat.tell(progress=progress, step=step)

    with one_moment():
        run.read_at = moment_read()
        body = collect(asked_of(run), now=run.requested_at, progress=tell)
    tell(92, "Freezing the figures")
    frozen = freeze(body)
    finished_at = timezone.now()
    tell(94, "Writing page, PDF, workbook and CSV")
    run.finished_at, run.code_version = finished_at, settings.CODE_VERSION
    files = render_files(thaw(frozen.text, frozen.sha256), _envelope(run, frozen.sha256))
    return _finish(run, frozen.text, frozen.sha256, files)


def render_files(body: dict[str, Any], envelope: Mapping[str, str]) -> dict[ReportFormat, bytes]:
    """Render the kept formats of a report: {format: bytes}."""
    document = build_document(body, envelope)
    return {
        format_: RENDERERS[format_.value](document, body)
        for format_ in ReportFormat
        if format_ in RENDERERS
    }


def envelope_of(run: ReportRun) -> dict[str, str]:
    """What stands round a finished run's snapshot: run, moments, code version and hash."""
    if run.snapshot is None:
        raise ValueError("The report is not finished.")
    return _envelope(run, run.snapshot.sha256)


def _envelope(run: ReportRun, sha256: str) -> dict[str, str]:
    if run.finished_at is None:
        raise ValueError("The report is not finished.")
    return {
        "run_id": str(run.pk),
        "requested_at": run.requested_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "code_version": run.code_version,
        "sha256": sha256,
    }


def _finish(run: ReportRun, text: str, sha256: str, files: Mapping[ReportFormat, bytes]) -> bool:
    """Publish snapshot and files in one transaction, if the run is still this worker's."""
    stored: list[ReportFile] = []
    try:
        with transaction.atomic():
            snapshot, _ = Snapshot.objects.get_or_create(sha256=sha256, defaults={"body": text})
            mine = jobs.mine(WORK, run).update(
                status=RunStatus.DONE,
                finished_at=run.finished_at,
                read_at=run.read_at,
                code_version=run.code_version,
                snapshot=snapshot,
                claim=None,
                progress=100,
                step="",
            )
            if not mine:
                raise jobs.ClaimLostError
            for format_, content in files.items():
                stored.append(_store(run, format_, content))
    except BaseException:
        # Files do not roll back with the database.
        for report_file in stored:
            report_file.file.delete(save=False)
        raise
    return True


def _store(run: ReportRun, format_: ReportFormat, content: bytes) -> ReportFile:
    report_file = ReportFile(
        run=run,
        format=format_,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    report_file.file.save(f"{run.pk}.{format_.value}", ContentFile(content), save=False)
    report_file.save()
    return report_file


def _fail(run: ReportRun, error: Exception) -> None:
    # The kind of error only: its words may hold what must not stand on a page.
    logger.error("Report run %s failed.", run.pk, exc_info=error)
    jobs.mine(WORK, run).update(
        status=RunStatus.FAILED,
        finished_at=timezone.now(),
        claim=None,
        failure="The figures could not be put together. Whoever runs the portal finds the reason "
        f"in the worker's log under {run.pk} ({type(error).__name__}).",
    )
