"""The files of finished reports: rendered, kept for a while, and rendered again when asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from evaluation.models import ReportFile, ReportFormat, ReportRun, Snapshot
from evaluation.reports.document import build_document
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import thaw

KEPT_FOR = dt.timedelta(days=90)


class LostReportError(Exception):
    """A file is gone and cannot be made again. The words are for people."""


def render_files(body: dict[str, Any], envelope: Mapping[str, str]) -> dict[ReportFormat, bytes]:
    """Render the kept formats of a report: {format: bytes}."""
    document = build_document(body, envelope)
    return {
        format_: RENDERERS[format_.value](document, body)
        for format_ in ReportFormat
        if format_ in RENDERERS
    }


def envelope_of(run: ReportRun) -> dict[str, str]:
    """What stands round a finished run's snapshot: run, moments, code version and hash.

    Raises:
        ValueError: the report is not finished.
    """
    if run.snapshot is None:
        raise ValueError("The report is not finished.")
    return envelope(run, run.snapshot.sha256)


def envelope(run: ReportRun, sha256: str) -> dict[str, str]:
    """The same of a run that is being finished, with the hash of its body."""
    if run.finished_at is None:
        raise ValueError("The report is not finished.")
    return {
        "run_id": str(run.pk),
        "requested_at": run.requested_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "code_version": run.code_version,
        "sha256": sha256,
    }


def store(run: ReportRun, format_: ReportFormat, content: bytes, *, now: dt.datetime) -> ReportFile:
    """Keep one rendering, in place of what a worker that died may have left under its name.

    Within the transaction that holds the run's row: nobody else writes these names meanwhile.
    """
    name = _name(run, format_)
    default_storage.delete(name)
    fields = {
        "file": default_storage.save(name, ContentFile(content)),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "expires_at": now + KEPT_FOR,
    }
    kept, _ = ReportFile.objects.update_or_create(run=run, format=format_, defaults=fields)
    return kept


def remove_files(run: ReportRun, formats: Iterable[ReportFormat]) -> None:
    """Delete what was written of a run whose transaction did not hold, half files as well."""
    for format_ in formats:
        default_storage.delete(_name(run, format_))


def _name(run: ReportRun, format_: ReportFormat) -> str:
    return f"reports/{run.pk}.{ReportFormat(format_).value}"


def open_file(*, run: ReportRun, format_: ReportFormat, now: dt.datetime) -> bytes:
    """One rendering of a finished run. One that is expired or lost is made anew and kept again.

    The snapshot and the envelope are the same, so are the bytes, as long as the code is.

    Raises:
        LostReportError: the run has no snapshot, or this version cannot draw one so old.
    """
    with transaction.atomic():
        # Two who ask at once do not write the same name together.
        held = ReportRun.objects.select_for_update(of=("self",)).select_related("snapshot")
        run = held.get(pk=run.pk)
        kept = run.files.filter(format=format_).exclude(file="").first()
        content = _read(kept) if kept else None
        if content is None:
            content = _again(run, format_)
            store(run, format_, content, now=now)
        return content


def _read(kept: ReportFile) -> bytes | None:
    """What is kept, or nothing where the file is gone or is not the one that was kept."""
    try:
        with kept.file.open("rb") as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == kept.sha256 else None


def _again(run: ReportRun, format_: ReportFormat) -> bytes:
    if run.snapshot is None or format_ not in RENDERERS:
        raise LostReportError("This report has no such file.")
    body = thaw_of(run.snapshot)
    try:
        document = build_document(body, envelope_of(run))
    except ValueError:
        raise LostReportError(
            "This report was made by an earlier version of the portal. Ask for it again."
        ) from None
    return RENDERERS[format_](document, body)


def thaw_of(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot's body.

    Raises:
        ValueError: the text is not the one that was frozen.
    """
    return thaw(snapshot.body, snapshot.sha256)


def expire_files(*, now: dt.datetime) -> int:
    """Delete files whose time is over; snapshots stay. Answers how many.

    What a worker left that died while it wrote goes as well, once its run is over without it.
    """
    over = Q(expires_at__lte=now) | Q(expires_at=None, run__finished_at__lte=now - KEPT_FOR)
    old = list(ReportFile.objects.exclude(file="").filter(over))
    for kept in old:
        # At once and not after the commit: a file without its row would be found by nobody.
        kept.file.delete(save=False)
        ReportFile.objects.filter(pk=kept.pk).update(file="")
    for run in ReportRun.objects.broken_off().filter(finished_at__gte=now - KEPT_FOR):
        remove_files(run, ReportFormat)
    return len(old)
