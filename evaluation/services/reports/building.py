"""Building one report, once, whatever dies on the way."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

import jobs
from accounts.models import User
from evaluation import access
from evaluation.models import ReportFormat, ReportRun, RunStatus, Snapshot
from evaluation.queries.record import moment_read, one_moment
from evaluation.reports.asked import Asked, asked_of
from evaluation.reports.collect import collect
from evaluation.reports.snapshot import FrozenBody, freeze, thaw
from evaluation.services.reports.changes import changes_of
from evaluation.services.reports.files import envelope, remove_files, render_files, store

logger = logging.getLogger(__name__)

WORK = jobs.Work(
    name="report run",
    rows=lambda: ReportRun.objects.select_related("grant__funder", "template", "requested_by"),
    waiting=Q(status=RunStatus.QUEUED),
    running=Q(status=RunStatus.RUNNING),
    waits_since="queued_at",
    most_attempts=5,
    taken={"status": RunStatus.RUNNING, "started_at": Now(), "progress": 0, "step": "Starting"},
    freed={"status": RunStatus.QUEUED, "step": ""},
)
GIVEN_UP = "The report was given up: the workers that built it stopped before the end."
NOT_ALLOWED = "Nobody who asked for it may have it built any more."


# What a database that is there says it lacks, by SQLSTATE.
LACKS = {
    "53100": "The database's disk is full.",
    "53200": "The database ran out of memory.",
    "53400": "The database may not take as much room as the figures need.",
    "57014": "The database broke a query off, most likely because it took too long.",
}
# By the beginning of their SQLSTATE: the connection broke, the server stops or starts, and of two
# transactions that were in each other's way this one had to yield.
COMES_RIGHT = ("08", "57P", "40")


class NobodyMayError(Exception):
    """Nobody of those who asked may have the report any more."""


def build_report(run_id: uuid.UUID) -> bool:
    """Build a run's report unless another worker has it or it is finished; say whether it did.

    Safe to call any number of times, from any number of workers, with any of them dying.

    Raises:
        Exception: whatever stopped the report; the run is then marked as failed. Where the
            database itself is gone, or preferred another transaction, the run stays as it is and
            the sweeper queues it again.
    """
    run = jobs.claim(WORK, run_id)
    if run is None:
        return False
    try:
        return _build(run)
    except jobs.ClaimLostError:
        logger.warning("Report run %s was stopped, or taken over by another worker.", run_id)
        return False
    except NobodyMayError:
        _fail(run, NOT_ALLOWED)
        return False
    except Exception as error:
        if _may_come_right(error):
            # Nothing can be written now, or nothing is amiss; the sweeper finds the run.
            raise
        logger.exception("Report run %s failed.", run.pk)
        _fail(run, _words_for(error, run))
        raise


def queue_forsaken_runs(*, now: jobs.Moment = jobs.NOW) -> list[uuid.UUID]:
    """Put unfinished runs that nobody works on back into the queue; return their ids.

    Nothing was heard from them for REPORT_STALE_AFTER: their message was lost, or their worker
    died. Runs that have been tried too often are marked as failed.
    """
    jobs.worn_out(WORK, now=now).update(
        status=RunStatus.FAILED, finished_at=now, claim=None, failure=GIVEN_UP
    )
    return jobs.free_forsaken(WORK, now=now)


def _build(run: ReportRun) -> bool:
    with jobs.heartbeat(WORK, run, breaks_off=True) as beat:

        def tell(progress: int, step: str) -> None:
            beat.tell(progress=progress, step=step)

        asked = asked_of(run)
        _check_rights(run, asked)
        body = _collect(run, asked, tell)
        tell(92, "Freezing the figures")
        frozen = freeze(body)
        tell(94, "Writing page, PDF, workbook and the other files")
        run.finished_at, run.code_version = moment_read(), settings.CODE_VERSION
        files = render_files(thaw(frozen.text, frozen.sha256), envelope(run, frozen.sha256))
        tell(98, "Keeping the files")
    # The heart has stopped: from here on the row itself is locked, and nothing breaks a commit off.
    _finish(run, frozen, files)
    return True


def _collect(run: ReportRun, asked: Asked, tell: Any) -> dict[str, Any]:
    with one_moment():
        run.read_at = moment_read()
        body = collect(asked, now=run.requested_at, progress=tell)
        run.changes = changes_of(run, asked, body)
    return body


def _check_rights(run: ReportRun, asked: Asked) -> None:
    """See that somebody who waits for the run may still have it; the server itself always may.

    Raises:
        NobodyMayError: nobody may.
    """
    waiting = list(User.objects.filter(pk__in=run.requests.values("asked_by")))
    if not waiting and run.requested_by is None:
        return
    askers = waiting or [user for user in [run.requested_by] if user]
    if not any(access.can_request_report(user, asked) for user in askers):
        raise NobodyMayError


def _finish(run: ReportRun, frozen: FrozenBody, files: Mapping[ReportFormat, bytes]) -> None:
    """Publish snapshot and files in one transaction, if the run is still this worker's."""
    try:
        with transaction.atomic():
            _publish(run, frozen, files)
    except jobs.ClaimLostError:
        raise
    except BaseException:
        # Files do not roll back with the database.
        remove_files(run, files)
        raise


def _publish(run: ReportRun, frozen: FrozenBody, files: Mapping[ReportFormat, bytes]) -> None:
    defaults = {"body": frozen.text}
    snapshot, _ = Snapshot.objects.get_or_create(sha256=frozen.sha256, defaults=defaults)
    mine = jobs.mine(WORK, run).update(
        status=RunStatus.DONE,
        finished_at=run.finished_at,
        read_at=run.read_at,
        code_version=run.code_version,
        changes=run.changes,
        snapshot=snapshot,
        claim=None,
        progress=100,
        step="",
        failure="",
    )
    if not mine:
        raise jobs.ClaimLostError
    for format_, content in files.items():
        store(run, format_, content, now=_finished_at(run))


def _finished_at(run: ReportRun) -> dt.datetime:
    if run.finished_at is None:
        raise ValueError("The report is not finished.")
    return run.finished_at


def _sqlstate(error: Exception) -> str:
    """What the database's server said was the matter; nothing where it did not speak."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _may_come_right(error: Exception) -> bool:
    """Whether the database went away, or the same may well succeed at once.

    A full disk is an OperationalError as well, yet the database is there to be told of it.
    """
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    said = _sqlstate(error)
    # A server that is there gives a reason: without one it is the connection that broke.
    return not said or said.startswith(COMES_RIGHT) or not connection.is_usable()


def _words_for(error: Exception, run: ReportRun) -> str:
    """Why it failed, for people: an error's own words may hold what must not stand on a page."""
    log = f"Whoever runs the portal finds the reason in the worker's log under {run.pk}"
    if lacks := LACKS.get(_sqlstate(error)):
        return f"{lacks} {log} ({type(error.__cause__).__name__})."
    if isinstance(error, OSError):
        return f"Its files could not be kept. {log} ({type(error).__name__})."
    return f"The figures could not be put together. {log} ({type(error).__name__})."


def _fail(run: ReportRun, words: str) -> None:
    jobs.mine(WORK, run).update(
        status=RunStatus.FAILED, finished_at=Now(), claim=None, step="", failure=words
    )
