"""What trust staff ask of an import. The caller queues its id after the commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction

from accounts.access import holds_any
from accounts.models import AuditKind, Role, User
from accounts.services import record_audit
from activities.models.clock import london_today
from hubs.models import Hub
from participants.importing.fields import FIELDS
from participants.importing.reading import Shape, rows_of, shape_of
from participants.importing.table import guess, survey, usable
from participants.importing.text import fingerprint_of, key_of
from participants.models import ImportBatch, ImportKind, ImportMatch, ImportState
from participants.services.errors import RecordError

KEEPS_WORDS = "values"
# What is said of a whole file and remembered with its headings.
REMEMBERED = ("known", "repeats", "starts", "minutes", "group", "method", "is_1904", KEEPS_WORDS)
LONGEST_WORD = 80
MOST_WORDS = 500


class AtWorkError(RecordError):
    """One import of somebody's at a time."""

    def __init__(self) -> None:
        super().__init__("Another import of yours is at work. Wait until it is done.")


@transaction.atomic
def receive_file(
    *,
    kind: ImportKind,
    file: BinaryIO,
    file_name: str,
    hub: Hub | None,
    by: User,
    now: dt.datetime,
) -> ImportBatch:
    """Keep a spreadsheet under a name that says nothing, and guess what its columns are.

    Raises:
        PermissionDenied: imports are trust staff's.
        UnreadableError: it is no table that can be read.
    """
    check_right(by)
    shape = shape_of(file)
    batch = ImportBatch(
        kind=kind, file_name=file_name[-200:], hub=hub, asked_by=by, asked_at=now,
        options={"shape": asdict(shape), "is_1904": shape.is_1904},
    )  # fmt: skip
    _look_through(batch, file, shape, None, now)
    file.seek(0)
    batch.file.save("file", File(file), save=False)
    try:
        batch.save()
        record_audit(by=by, kind=AuditKind.IMPORT_UPLOADED, about=batch, reason=str(kind))
    except BaseException:
        batch.file.delete(save=False)
        raise
    return batch


@transaction.atomic
def choose_sheet(
    *, batch: ImportBatch, sheet: str, heading_row: int | None, by: User, now: dt.datetime
) -> ImportBatch:
    """Read another sheet, or take another row for the headings; columns are guessed anew.

    Raises:
        RecordError: it is at work, or brought in.
        UnreadableError: there is no such sheet, or no such row.
    """
    batch = _held(batch, by, ImportState.UPLOADED, ImportState.FAULTY, ImportState.READY)
    kept = dict(batch.options["shape"])
    shape = Shape(**(kept | {"sheets": tuple(kept["sheets"])}))
    batch.sheet = sheet
    with batch.file.open("rb") as file:
        _look_through(batch, cast("BinaryIO", file), shape, heading_row, now)
    batch.state = ImportState.UPLOADED
    batch.save()
    return batch


@transaction.atomic
def match_columns(
    *,
    batch: ImportBatch,
    matched: Mapping[str, str],
    options: Mapping[str, Any],
    by: User,
    now: dt.datetime,
) -> ImportBatch:
    """Say which column is which field, remember it by the headings, and ask for the check.

    `matched` is {number of the column as text: field}. Raises RecordError where a field is said
    twice, or where it is at work or brought in.
    """
    batch = _held(batch, by, ImportState.UPLOADED, ImportState.FAULTY, ImportState.READY)
    fields = FIELDS[batch.kind]
    matched = usable(matched, batch.columns, batch.kind)
    once = [field for field in matched.values() if not fields[field].is_repeatable]
    if not once and not matched:
        raise RecordError("Say of at least one column what it is.")
    if len(once) != len(set(once)):
        raise RecordError("Two columns are matched to the same thing. Leave one of them out.")
    batch.matched = matched
    batch.options = batch.options | dict(options)
    _remember(batch, by, now)
    return _ask(batch, ImportState.CHECKING, by, now)


@transaction.atomic
def say_what_words_mean(
    *, batch: ImportBatch, words: Mapping[str, Mapping[str, str]], by: User, now: dt.datetime
) -> ImportBatch:
    """Say what words of categories mean, {field: {word: code}}; remember it and check again.

    Raises RecordError where it is at work or brought in, or a word is too long to be one.
    """
    batch = _held(batch, by, ImportState.FAULTY)
    said = {key: dict(each) for key, each in batch.options.get(KEEPS_WORDS, {}).items()}
    for key, meanings in words.items():
        each = {key_of(word): code for word, code in meanings.items() if code}
        if any(len(word) > LONGEST_WORD for word in each) or len(each) > MOST_WORDS:
            raise RecordError("These are no words of a category. Look at the column again.")
        said.setdefault(key, {}).update(each)
    batch.options = batch.options | {KEEPS_WORDS: said}
    _remember(batch, by, now)
    return _ask(batch, ImportState.CHECKING, by, now)


@transaction.atomic
def request_apply(*, batch: ImportBatch, by: User, now: dt.datetime) -> ImportBatch:
    """Ask for everything in the file to be brought in, or nothing of it."""
    batch = _held(batch, by, ImportState.READY)
    return _ask(batch, ImportState.APPLYING, by, now)


@transaction.atomic
def request_undo(*, batch: ImportBatch, by: User, now: dt.datetime) -> ImportBatch:
    """Ask for everything that came in to be taken back, or nothing of it."""
    batch = _held(batch, by, ImportState.APPLIED)
    return _ask(batch, ImportState.UNDOING, by, now)


@transaction.atomic
def drop_import(*, batch: ImportBatch, by: User) -> None:
    """Forget an import that was not brought in: its file goes at once."""
    states = (ImportState.UPLOADED, ImportState.FAULTY, ImportState.READY, ImportState.FAILED)
    batch = _held(batch, by, *states)
    name, storage = batch.file.name, batch.file.storage
    batch.file, batch.faults, batch.faults_total = "", [], 0
    batch.state, batch.problem = ImportState.FAILED, "It was dropped before it was brought in."
    batch.save()
    if name:
        transaction.on_commit(lambda: storage.delete(name), robust=True)


def check_right(by: User | None) -> None:
    """Imports are trust staff's. Raises PermissionDenied."""
    if by is None or not by.is_active or not holds_any(by, frozenset({Role.TRUST_STAFF})):
        raise PermissionDenied


def _look_through(
    batch: ImportBatch, file: BinaryIO, shape: Shape, heading_row: int | None, now: dt.datetime
) -> None:
    found = survey(rows_of(file, shape, batch.sheet), batch.kind, heading_row=heading_row)
    batch.columns, batch.rows_total, batch.rows_done = found.columns, found.rows, 0
    batch.faults, batch.faults_total = [], 0
    batch.summary = {"last_row": found.last_row}
    batch.matched = guess(found.columns, batch.kind, today=london_today(now))
    batch.options = batch.options | {"heading_row": found.heading_row}
    match = ImportMatch.objects.filter(
        kind=batch.kind, fingerprint=fingerprint_of(found.columns)
    ).first()
    if match is not None:
        batch.matched = usable(match.matched, found.columns, batch.kind)
        batch.options = batch.options | match.options | {"is_remembered": True}


def _remember(batch: ImportBatch, by: User, now: dt.datetime) -> None:
    options = {key: batch.options[key] for key in REMEMBERED if key in batch.options}
    ImportMatch.objects.update_or_create(
        kind=batch.kind,
        fingerprint=fingerprint_of(batch.columns),
        defaults={"matched": batch.matched, "options": options, "used_at": now, "used_by": by},
    )


def _held(batch: ImportBatch, by: User, *states: ImportState) -> ImportBatch:
    """The import's row, held to the end, in one of these states."""
    check_right(by)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state not in states:
        raise RecordError("Something else has happened to this import meanwhile. Look again.")
    if states != (ImportState.APPLIED,) and not batch.file:
        raise RecordError("The file is not kept any more. Bring it again.")
    return batch


def _ask(batch: ImportBatch, state: ImportState, by: User, now: dt.datetime) -> ImportBatch:
    # One user's requests take turns, so that two at once do not both find nothing at work.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if ImportBatch.objects.at_work().filter(options__by=str(by.pk)).exclude(pk=batch.pk).exists():
        raise AtWorkError
    batch.state, batch.problem, batch.rows_done = state, "", 0
    batch.heartbeat_at, batch.claim, batch.attempts = now, None, 0
    batch.options = batch.options | {"by": str(by.pk)}
    batch.save()
    return batch
