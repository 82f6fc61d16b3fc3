"""Extracts for research: asked for, looked at twice, fetched, and gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation import access
from evaluation.models import Extract, ExtractStatus, Study
from evaluation.queries.research import left_since, told_so_far
from evaluation.services.studies import KEYS_GONE, NOT_YOURS
from participants.services.errors import RecordError
from participants.services.sending import Document, confirm

KIND = "extract"
NOT_FAILED = "Only an extract that failed is made again."
NOT_READY = "There is no file to release. Ask for another extract."
RELEASED = "This extract was released already."
NOT_RELEASED = "Nobody has released this extract yet."
TOO_EXACT = "A released extract tells some of this less exactly. Ask for another one."
GONE = "The file is not there any more. Ask for another extract."
SOMEBODY_LEFT = (
    "Somebody in it has taken consent back, so the file was deleted. Ask for another extract."
)


@transaction.atomic
def request_extract(
    *, study: Study, first_day: dt.date, last_day: dt.date, by: User, now: dt.datetime
) -> Extract:
    """Write down that an extract is wanted. The caller queues its id after the commit.

    Raises:
        PermissionDenied: not trust staff.
        RecordError: the study's key was destroyed.
    """
    if not access.can_run_studies(by):
        raise PermissionDenied(NOT_YOURS)
    if study.keys_dropped_at:
        raise RecordError(KEYS_GONE)
    extract = Extract.objects.create(
        study=study,
        first_day=first_day,
        last_day=last_day,
        requested_by=by,
        requested_at=now,
        queued_at=now,
    )
    record_audit(by=by, kind=AuditKind.EXTRACT_REQUESTED, about=extract)
    return extract


@transaction.atomic
def try_again(*, extract: Extract, by: User, now: dt.datetime) -> None:
    """Put a failed extract into the queue once more. The caller queues its id after the commit.

    Raises:
        PermissionDenied: not trust staff.
        RecordError: it did not fail, or the study's key was destroyed.
    """
    if not access.can_run_studies(by):
        raise PermissionDenied(NOT_YOURS)
    row = _held(extract)
    if row.status != ExtractStatus.FAILED:
        raise RecordError(NOT_FAILED)
    if row.study.keys_dropped_at:
        raise RecordError(KEYS_GONE)
    row.status, row.failed_why, row.queued_at = ExtractStatus.QUEUED, "", now
    row.attempts, row.claim = 0, None
    row.save(update_fields=["status", "failed_why", "queued_at", "attempts", "claim"])
    record_audit(by=by, kind=AuditKind.EXTRACT_REQUESTED, about=row, reason="Tried again")


# --- Leaving -------------------------------------------------------------------------------------
def release(
    *, extract: Extract, recipient: str, address: str, why: str, by: User, now: dt.datetime
) -> None:
    """Let the University fetch an extract: who gets it, where it goes, and why.

    Raises:
        PermissionDenied: not trust staff.
        RecordError: it is not made or gone, was released already, somebody in it has left, or it
            tells more than a released one.
    """
    if not access.can_run_studies(by):
        raise PermissionDenied(NOT_YOURS)
    check_releasable(extract, now)
    _delete_if_somebody_left(extract)
    with transaction.atomic():
        # Held, so that of two releases at once the second sees the first.
        study = Study.objects.select_for_update().get(pk=extract.study_id)
        row = _held(extract)
        check_releasable(row, now)
        _check_fits(row, study)
        row.released_by, row.released_at = by, now
        row.save(update_fields=["released_by", "released_at"])
        confirm(
            document=Document(KIND, row.pk),
            about=None,
            recipient=recipient,
            address=address,
            why=why,
            by=by,
        )
        record_audit(by=by, kind=AuditKind.EXTRACT_RELEASED, about=row)


def check_releasable(extract: Extract, now: dt.datetime) -> None:
    """Refuse what is not there to be released.

    Raises:
        RecordError: it is not made or gone, or was released already.
    """
    if extract.released_at:
        raise RecordError(RELEASED)
    if extract.status != ExtractStatus.DONE or not extract.is_there(now):
        raise RecordError(NOT_READY)


def _check_fits(extract: Extract, study: Study) -> None:
    """Refuse what tells something more exactly than a released extract of the study.

    Raises:
        RecordError: the two could be put together.
    """
    levels = extract.manifest["anonymity"]["levels"]
    if any(mine < lowest for mine, lowest in zip(levels, told_so_far(study), strict=True)):
        raise RecordError(TOO_EXACT)


def take_out(*, extract: Extract, by: User, now: dt.datetime) -> bytes:
    """The file of a released extract, to be handed over; that it was is written down.

    Consents are checked once more: where one ended, the file goes instead.

    Raises:
        PermissionDenied: not for the user to fetch.
        RecordError: it is not released, gone, or somebody in it has left.
    """
    if not extract.released_at:
        raise RecordError(NOT_RELEASED)
    if not access.can_fetch_extract(by, extract):
        raise PermissionDenied(NOT_RELEASED)
    if not extract.is_there(now):
        raise RecordError(GONE)
    _delete_if_somebody_left(extract)
    with transaction.atomic():
        row = _held(extract)
        if not row.is_there(now):
            raise RecordError(GONE)
        content = _read(row)
        row.fetched_at = now
        row.save(update_fields=["fetched_at"])
        record_audit(by=by, kind=AuditKind.EXTRACT_EXPORTED, about=row)
    return content


def _read(extract: Extract) -> bytes:
    try:
        with extract.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise RecordError(GONE) from None
    return content


def _held(extract: Extract) -> Extract:
    rows = Extract.objects.select_for_update(of=("self",)).select_related("study")
    return rows.get(pk=extract.pk)


def _delete_if_somebody_left(extract: Extract) -> None:
    """Check everybody in a file once more, outside the transaction that goes on only if all stay.

    Raises:
        RecordError: somebody has left; the file is deleted.
    """
    if left_since([extract]).get(extract.pk, 0):
        _delete_file(extract)
        raise RecordError(SOMEBODY_LEFT)


# --- Going away ----------------------------------------------------------------------------------
def forget_files(ids: Collection[UUID]) -> int:
    """Delete the files that hold rows of these records; how many. The figures about them stay."""
    return _delete_files(list(Extract.objects.with_files().holding(ids)))


def expire_files(*, now: dt.datetime) -> int:
    """Delete files whose time is over; what was in them, in figures, stays. Answers how many."""
    return _delete_files(list(Extract.objects.with_files().filter(expires_at__lte=now)))


def _delete_files(extracts: Collection[Extract]) -> int:
    for extract in extracts:
        _delete_file(extract)
    return len(extracts)


def _delete_file(extract: Extract) -> None:
    # At once and not after the commit: a file without its row would be found by nobody.
    extract.file.delete(save=False)
    extract.save(update_fields=["file"])
