"""Writes of releases: begun from a report, written, checked by another person, and signed off."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, cast

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import connection, transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation import access
from evaluation.disclosure import Protected, Published
from evaluation.models import (
    Method,
    Narrative,
    Release,
    ReleasedFigure,
    ReleasedTable,
    ReleaseFile,
    ReleaseState,
    ReportFormat,
    ReportRun,
)
from evaluation.queries.releases import (
    earlier_tables,
    names_of_scopes,
    reasons_between,
    version_before,
    words_still_allowed,
)
from evaluation.reports.document import Document, build_document
from evaluation.reports.linking import INNER
from evaluation.reports.register import HiddenCell, findings, hidden_cells, keys_of
from evaluation.reports.release import Leaving, Words, boxes_of, make_release
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import freeze, thaw
from hubs.models import Hub

# Names the lock under which releases wait for each other.
RELEASE_LOCK = 20190713
IS_OVER = "This release is finished. Begin a new one from the report."
NOT_WAITING = "This release does not wait for a second person."
OWN_WORK = "Another person than those who wrote it looks at it and signs it off."


class ReleaseError(Exception):
    """What was wanted cannot be done; the words are for whoever wanted it."""


class ReleaseRefusedError(ReleaseError):
    """These figures may not go out. `reasons` says why, in sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


# --- Writing -------------------------------------------------------------------------------------
@transaction.atomic
def begin_release(*, run: ReportRun, method: str, by: User, now: dt.datetime) -> Release:
    """Begin a release of a finished report that is not a hub's own.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: the report is not finished, or is for a hub's own staff.
    """
    refuse_others(by)
    if not access.is_releasable(run):
        raise ReleaseError("Only a finished report of the whole can be released.")
    release = Release.objects.create(run=run, method=Method(method), made_by=by, made_at=now)
    release.version = _next_version(release)
    release.save(update_fields=["version"])
    record_audit(by=by, kind=AuditKind.RELEASE_MADE, about=release)
    return release


@transaction.atomic
def write_narrative(
    *, release: Release, box: str, text: str, by: User, now: dt.datetime
) -> Narrative:
    """Keep what was written into one box; the last words count, and all who wrote are kept.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: the release is not being written, or the report has no such box.
    """
    held = _held(release, by, ReleaseState.DRAFT)
    if box not in {each.slug for each in boxes_of(snapshot_of(held))}:
        raise ReleaseError("This report has no such box.")
    narrative, _ = Narrative.objects.update_or_create(
        release=held, box=box, defaults={"text": text.strip(), "written_by": by, "written_at": now}
    )
    held.writers.add(by)
    record_audit(by=by, kind=AuditKind.RELEASE_WRITTEN, about=held, reason=box)
    return narrative


@transaction.atomic
def submit(*, release: Release, by: User, now: dt.datetime) -> Release:
    """Give a release to a second person.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: it is not being written.
    """
    held = _held(release, by, ReleaseState.DRAFT)
    return _moved(
        held, AuditKind.RELEASE_SUBMITTED, by, state=ReleaseState.WAITING, submitted_at=now,
        returned_why="", refusals=[],
    )  # fmt: skip


@transaction.atomic
def give_back(*, release: Release, why: str, by: User, now: dt.datetime) -> Release:
    """Give a release back to whoever wrote it. They may take it back themselves.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: it does not wait for a second person.
    """
    del now  # The audit row has its own moment.
    held = _held(release, by, ReleaseState.WAITING)
    return _moved(
        held, AuditKind.RELEASE_RETURNED, by, state=ReleaseState.DRAFT, submitted_at=None,
        returned_why=why,
    )  # fmt: skip


@transaction.atomic
def give_up(*, release: Release, by: User) -> Release:
    """Give up a release that nobody was told of.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: it is finished.
    """
    held = _held(release, by, ReleaseState.DRAFT, ReleaseState.WAITING)
    return _moved(held, AuditKind.RELEASE_WITHDRAWN, by, state=ReleaseState.DROPPED)


# --- What would leave ----------------------------------------------------------------------------
def snapshot_of(release: Release) -> dict[str, Any]:
    """The exact body that a release is made from."""
    snapshot = release.run.snapshot
    if snapshot is None:
        raise ReleaseError("The report is not finished.")
    return thaw(snapshot.body, snapshot.sha256)


def leaving_of(release: Release) -> Leaving:
    """What would leave of an unfinished release if it was signed off now."""
    before = version_before(release)
    written = {each.box: each.text for each in release.narratives.all() if each.text}
    body = snapshot_of(release)
    words = Words(written, words_still_allowed(release.run))
    told = thaw(before.body, before.sha256) if before else None
    slugs = {str(pk): slug for pk, slug in Hub.objects.values_list("pk", "slug")}
    reasons = reasons_between(before.run, release.run) if before else []
    return make_release(
        body,
        method=release.method,
        words=words,
        before=told,
        reasons=reasons,
        hub_slugs=slugs,
    )


def body_of(release: Release) -> dict[str, Any]:
    """What was released.

    Raises:
        ReleaseError: nothing was.
    """
    if release.released_at is None:
        raise ReleaseError("This was not released.")
    return thaw(release.body, release.sha256)


def reasons_against(release: Release, leaving: Leaving) -> list[str]:
    """Why this may not go out beside all that was told before; nothing where it may."""
    earlier = [published(each) for each in earlier_tables(release)]
    return findings(leaving.tables, earlier, names_of_scopes())


def published(told: ReleasedTable) -> Published:
    """A row of the register as the audit reads it."""
    row_key, column_key = keys_of(told.table)
    return Published(
        key=told.table,
        measure=told.measure,
        scope=told.scope,
        first_day=told.first_day,
        last_day=told.last_day,
        rows=tuple(told.rows),
        columns=tuple(told.columns),
        cells=tuple(tuple(row) for row in told.cells),
        method=cast("Literal['rounded', 'exact']", told.method),
        threshold=told.threshold,
        is_additive=told.is_additive,
        row_key=row_key,
        column_key=column_key,
    )


def hidden_in(told: ReleasedTable) -> list[HiddenCell]:
    """The cells of a released table that are hidden or small, and how far each can be narrowed."""
    table = published(told)
    counts = Protected(table.cells, table.method, table.threshold, table.is_additive)
    rows, columns = _labels(told)
    return hidden_cells(counts, rows, columns)


def _labels(told: ReleasedTable) -> tuple[list[str], list[str]]:
    """The labels of a table's rows and columns; the ids where it is a figure."""
    tables = body_of(told.release)["tables"]
    table = next((each for each in tables if each["id"] == told.table), None)
    if table is None:
        return told.rows, told.columns
    rows = [row["label"] for row in table["rows"] if row["kind"] in INNER]
    if len(told.columns) > 1:
        return rows, [column["label"] for column in table["columns"][:-1]]
    return rows, [
        column["label"] for column in table["columns"] if column["id"] == told.measure
    ] or told.columns


def document_of(release: Release, body: Mapping[str, Any], sha256: str) -> Document:
    """A release as a document, as it was released or, before that, as it would be."""
    run = release.run
    moments = {"requested_at": run.requested_at, "finished_at": run.finished_at}
    envelope = {key: moment.isoformat() for key, moment in moments.items() if moment}
    if release.released_at:
        envelope["released_at"] = release.released_at.isoformat()
    envelope |= {
        "run_id": str(run.pk),
        "code_version": run.code_version,
        "sha256": sha256,
        "release": f"{release.version}",
    }
    return build_document(body, envelope)


# --- Signing off ---------------------------------------------------------------------------------
def sign_off(*, release: Release, by: User, now: dt.datetime) -> Release:
    """Release what another person wrote: protect, audit, freeze, render and register, or nothing.

    Releases wait for each other, so that each is audited against all that went out before. A
    refusal is kept on the release with its reasons.

    Raises:
        PermissionDenied: the user may not release, or wrote it.
        ReleaseError: it does not wait for a second person.
        ReleaseRefusedError: it would tell of a few children.
    """
    refuse_others(by)
    try:
        with _kept_files() as stored, transaction.atomic():
            one_release_at_a_time()
            held = _held(release, by, ReleaseState.WAITING)
            if not access.can_sign_off(by, held):
                raise PermissionDenied(OWN_WORK)
            leaving = leaving_of(held)
            if reasons := reasons_against(held, leaving):
                raise ReleaseRefusedError(reasons)
            _freeze(held, leaving, by=by, now=now)
            stored.extend(_render(held, leaving.body))
            record_audit(by=by, kind=AuditKind.RELEASE_SIGNED, about=held)
    except ReleaseRefusedError as refused:
        _keep_refusal(release, refused, by=by)
        raise
    return held


@transaction.atomic
def withdraw(*, release: Release, why: str, by: User, now: dt.datetime) -> Release:
    """Take a release back, and its figures off the website. What was told stays in the register.

    Raises:
        PermissionDenied: the user may not release.
        ReleaseError: it is not out.
    """
    held = _held(release, by, ReleaseState.RELEASED)
    figures = list(ReleasedFigure.objects.public().filter(release=held))
    ReleasedFigure.objects.filter(pk__in=[each.pk for each in figures]).update(withdrawn_at=now)
    for figure in figures:
        record_audit(by=by, kind=AuditKind.FIGURE_WITHDRAWN, about=figure)
    return _moved(
        held, AuditKind.RELEASE_WITHDRAWN, by, state=ReleaseState.WITHDRAWN, withdrawn_at=now,
        withdrawn_why=why,
    )  # fmt: skip


def one_release_at_a_time() -> None:
    """Wait until no other transaction releases anything; held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RELEASE_LOCK])


def refuse_others(by: User) -> None:
    """Raise PermissionDenied for whoever may not release."""
    if not access.can_release(by):
        raise PermissionDenied("Only trust staff can release.")


def _freeze(release: Release, leaving: Leaving, *, by: User, now: dt.datetime) -> None:
    frozen = freeze(leaving.body)
    release.body, release.sha256 = frozen.text, frozen.sha256
    release.version = _next_version(release)
    release.state, release.refusals = ReleaseState.RELEASED, []
    release.checked_by, release.released_at = by, now
    release.save()
    ReleasedTable.objects.bulk_create(_told(release, each) for each in leaving.tables)


def _told(release: Release, told: Published) -> ReleasedTable:
    return ReleasedTable(
        release=release,
        table=told.key,
        measure=told.measure,
        scope=dict(told.scope),
        first_day=told.first_day,
        last_day=told.last_day,
        method=told.method,
        threshold=told.threshold,
        is_additive=told.is_additive,
        rows=list(told.rows),
        columns=list(told.columns),
        cells=[list(row) for row in told.cells],
    )


def _render(release: Release, body: Mapping[str, Any]) -> Iterator[ReleaseFile]:
    """Write every kept rendering, one after the other."""
    document = document_of(release, body, release.sha256)
    for format_ in ReportFormat:
        if format_ not in RENDERERS:
            continue
        content = RENDERERS[format_.value](document, body)
        file = ReleaseFile(
            release=release,
            format=format_,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        file.file.save(f"{release.pk}.{format_.value}", ContentFile(content), save=False)
        yield file
        file.save()


@contextmanager
def _kept_files() -> Iterator[list[ReleaseFile]]:
    """A list of files that go again where the block fails: they do not roll back by themselves."""
    stored: list[ReleaseFile] = []
    try:
        yield stored
    except BaseException:
        for each in stored:
            each.file.delete(save=False)
        raise


@transaction.atomic
def _keep_refusal(release: Release, refused: ReleaseRefusedError, *, by: User) -> None:
    Release.objects.filter(pk=release.pk).update(refusals=refused.reasons)
    record_audit(by=by, kind=AuditKind.RELEASE_REFUSED, about=release)


def _next_version(release: Release) -> int:
    before = version_before(release)
    return before.version + 1 if before else 1


def _held(release: Release, by: User, *states: ReleaseState) -> Release:
    """The release as it stands now, kept from others until the end of the transaction."""
    refuse_others(by)
    rows = Release.objects.select_for_update(of=("self",))
    held = rows.select_related("run__grant", "run__snapshot").get(pk=release.pk)
    if held.state not in states:
        raise ReleaseError(NOT_WAITING if ReleaseState.WAITING in states else IS_OVER)
    return held


def _moved(release: Release, kind: AuditKind, by: User, **fields: Any) -> Release:
    for name, value in fields.items():
        setattr(release, name, value)
    release.save(update_fields=list(fields))
    record_audit(by=by, kind=kind, about=release)
    return release
