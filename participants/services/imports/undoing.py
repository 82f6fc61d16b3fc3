"""Taking back: everything an import made, or nothing where something of it was used since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

import pghistory
from django.db import transaction
from django.db.models import Exists, Model, OuterRef

import jobs
from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import HeadCount, Session, SessionLog
from participants.importing.fields import ATTENDANCE, CONSENTS, DAYS, HEAD_COUNTS, PEOPLE
from participants.models import (
    Attendance,
    Consent,
    Contact,
    ImportBatch,
    ImportState,
    Participant,
    Registration,
)
from participants.services.errors import RecordError
from participants.services.imports.applying import made_id
from participants.services.imports.asking import check_right
from participants.services.imports.work import WORK

AT_ONCE = 2_000
MOST_SAID = 200
USED = "Nothing was taken back: rows of this import were used since. They are listed below."
TRACKED: tuple[Any, ...] = (Participant, Registration, Contact)
HISTORY: tuple[Any, ...] = tuple(model.pgh_event_model for model in TRACKED)
Used = list[list[int | str]]


def undo(batch: ImportBatch, tell: Callable[[int], None], now: dt.datetime) -> None:
    """Delete what the import made, with the history of it, in one transaction.

    Raises:
        PermissionDenied: whoever asked may not import any more.
        RecordError: something of it was used since; the row says what, by its number in the file.
    """
    by = User.objects.get(pk=batch.options["by"])
    check_right(by)
    used = _check_and_delete(batch, by, tell, now)
    if used:
        rows = ImportBatch.objects.filter(pk=batch.pk, claim=batch.claim)
        rows.update(summary=batch.summary | {"used": used[:MOST_SAID], "used_total": len(used)})
        raise RecordError(USED)


def _check_and_delete(
    batch: ImportBatch, by: User, tell: Callable[[int], None], now: dt.datetime
) -> Used:
    find_used, delete = STEPS[batch.kind]
    with transaction.atomic(), pghistory.context(by=str(by.pk)):
        if used := find_used(batch):
            return used
        delete(batch, tell)
        record_audit(by=by, kind=AuditKind.IMPORT_UNDONE, about=batch)
        mine = jobs.mine(WORK, batch)
        summary = {key: value for key, value in batch.summary.items() if not key.startswith("used")}
        changed = {"state": ImportState.UNDONE, "undone_at": now, "undone_by": by, "claim": None}
        if not mine.update(**changed, summary=summary, problem="", rows_done=batch.rows_total):
            raise jobs.ClaimLostError
    return []


# --- People --------------------------------------------------------------------------------


def _people_used(batch: ImportBatch) -> Used:
    """Rows whose person was used since: referred to, changed, or gone. Holds their records."""
    used: Used = []
    for rows in _chunks(_rows(batch)):
        people = {made_id(batch, "person", row): row for row in rows}
        there = set(
            Participant.objects.filter(pk__in=people)
            .select_for_update()
            .values_list("pk", flat=True)
        )
        people = {pk: row for pk, row in people.items() if pk in there}
        own = {
            Contact: {made_id(batch, "contact", f"{row}/{n}") for row in rows for n in (1, 2)},
            Consent: {made_id(batch, "consent", f"{row}/{p}") for row in rows for p in CONSENTS},
        }
        reasons = dict(_references(Participant, people.keys(), own))
        reasons |= _changed(people.keys())
        used += sorted([people[pk], why] for pk, why in reasons.items())
    return used


def _changed(people: Collection[UUID]) -> dict[UUID, str]:
    """People whose record, contacts or hubs were changed since they came, by the history kept."""
    changed: dict[UUID, str] = {}
    for history, name in zip(HISTORY, ("pgh_obj", "participant", "participant"), strict=True):
        events = history._default_manager.exclude(pgh_label="insert")
        ids = events.filter(**{f"{name}__in": people}).values_list(f"{name}_id", flat=True)
        changed |= dict.fromkeys(ids, "The record was changed.")
    registered = Registration.objects.filter(participant__in=people).values_list(
        "participant", flat=True
    )
    seen: set[UUID] = set()
    for pk in registered:
        if pk in seen:
            changed[pk] = "They were registered at another hub."
        seen.add(pk)
    return changed


def _delete_people(batch: ImportBatch, tell: Callable[[int], None]) -> None:
    done = 0
    for rows in _chunks(_rows(batch)):
        ids = [made_id(batch, "person", row) for row in rows]
        for model in (Consent, Contact, Registration):
            model._default_manager.filter(participant__in=ids).delete()
        Participant.objects.filter(pk__in=ids).delete()
        person_history, *others = HISTORY
        person_history._default_manager.filter(pgh_obj__in=ids).delete()
        for history in others:
            history._default_manager.filter(participant__in=ids).delete()
        done += len(rows)
        tell(min(done, batch.rows_total))
    if batch.options.get("known") == "link":
        Registration.objects.filter(registered_at=_stamp(batch)).delete()


# --- Sessions ------------------------------------------------------------------------------


def _attendance_used(batch: ImportBatch) -> Used:
    used: Used = []
    all_marks = {made_id(batch, "mark", row): row for row in _rows(batch)}
    changed = Attendance.objects.filter(operation__isnull=False)
    for rows in _chunks(_rows(batch)):
        marks = [made_id(batch, "mark", row) for row in rows]
        ids = changed.filter(pk__in=marks).values_list("pk", flat=True)
        used += [[all_marks[pk], "The mark was changed on the register."] for pk in ids]
        used += _sessions_used(batch, rows, {Attendance: all_marks})
    return sorted(used)


def _counts_used(batch: ImportBatch) -> Used:
    used: Used = []
    counted = HeadCount.objects.filter(counted_at=_stamp(batch))
    ours = set(counted.values_list("session", flat=True))
    if len(ours) < batch.summary.get("made", {}).get("counts", 0):
        used.append([0, "Some of the counts were changed or taken away."])
    own: dict[Any, Collection[Any]] = {
        HeadCount: set(counted.values_list("pk", flat=True)),
        SessionLog: ours,
    }
    for rows in _chunks(_rows(batch), 500):
        used += _sessions_used(batch, rows, own)
    return used


def _sessions_used(
    batch: ImportBatch, rows: Collection[int], own: Mapping[Any, Collection[Any]]
) -> Used:
    sessions = _made_sessions(batch, rows)
    there = Session.objects.filter(pk__in=sessions).values_list("pk", flat=True)
    found = dict(_references(Session, list(there), own))
    return sorted([sessions[pk], why] for pk, why in found.items())


def _made_sessions(batch: ImportBatch, rows: Collection[int]) -> dict[UUID, int]:
    """Ids of sessions that these rows may have made, to the row."""
    places = (0,) if batch.kind == ATTENDANCE else range(len(batch.columns) + DAYS + 1)
    return {made_id(batch, "session", f"{row}/{place}"): row for row in rows for place in places}


def _delete_attendance(batch: ImportBatch, tell: Callable[[int], None]) -> None:
    for rows in _chunks(_rows(batch)):
        marks = [made_id(batch, "mark", row) for row in rows]
        Attendance.objects.filter(pk__in=marks).delete()
        tell(min(rows[-1], batch.rows_total))
    there = Session.objects.filter(pk__in=batch.summary.get("sessions", []))
    there.filter(register_taken_at=batch.applied_at).update(register_taken_at=None)
    marked = Exists(Attendance.objects.filter(session=OuterRef("pk")))
    there.filter(has_marks=True).exclude(marked).update(has_marks=False)
    _delete_sessions(batch)


def _delete_counts(batch: ImportBatch, tell: Callable[[int], None]) -> None:
    HeadCount.objects.filter(counted_at=_stamp(batch)).delete()
    _delete_sessions(batch)
    tell(batch.rows_total)


def _delete_sessions(batch: ImportBatch) -> None:
    for rows in _chunks(_rows(batch), 200):
        ids = list(_made_sessions(batch, rows))
        SessionLog.objects.filter(session__in=ids).delete()
        Session.objects.filter(pk__in=ids).delete()


# --- What refers to what -------------------------------------------------------------------


def _references(
    model: type[Model], ids: Collection[UUID], own: Mapping[Any, Collection[Any]]
) -> Iterator[tuple[UUID, str]]:
    """(id, why) of rows that anything but the import's own rows refers to, in any app.

    Asked of the models themselves, so that a table that comes later is asked too. The words never
    say what refers: it may be a concern, and that there is one is not for this page.
    """
    for relation in model._meta.related_objects:
        other: Any = relation.related_model
        if hasattr(other, "pgh_tracked_model") or other is Registration:
            continue
        name = relation.field.name
        rows = other._base_manager.filter(**{f"{name}__in": ids})
        if other in own:
            rows = rows.exclude(pk__in=own[other])
        for pk in set(rows.values_list(name, flat=True)) & set(ids):
            yield pk, "It was used since."


def _stamp(batch: ImportBatch) -> dt.datetime:
    """When it was brought in: rows whose ids do not follow from it bear this very moment."""
    if batch.applied_at is None:
        raise RecordError("It was not brought in.")
    return batch.applied_at


def _rows(batch: ImportBatch) -> Iterator[int]:
    return iter(range(1, int(batch.summary["last_row"]) + 1))


def _chunks(rows: Iterable[int], size: int = AT_ONCE) -> Iterator[list[int]]:
    rows = iter(rows)
    while some := list(islice(rows, size)):
        yield some


STEPS: dict[str, tuple[Callable[[ImportBatch], Used], Callable[..., None]]] = {
    PEOPLE: (_people_used, _delete_people),
    ATTENDANCE: (_attendance_used, _delete_attendance),
    HEAD_COUNTS: (_counts_used, _delete_counts),
}
