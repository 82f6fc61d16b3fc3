"""Deleting on time: a plan, two people who approve it, a worker that carries it out, a certificate.

Nothing is deleted that was not planned: what is due is worked out anew when the run begins, and
where it is more than was approved the run stops. What is protected meanwhile is left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pghistory
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.db.models import FileField, Model, Q, QuerySet

from accounts.access import holds_any
from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.models import Consent, Participant, RetentionRun, RunState
from participants.models.rights import ANSWERS_FOR_DATA
from participants.queries.retention import (
    Due,
    dues,
    dues_of_people,
    dues_of_rows,
    empty_figures,
    everybody_due,
    people_due,
    protected_records,
    records_of,
)
from participants.retention import CONSENT, FIGURES, IDENTITY
from participants.services import removal
from participants.services.errors import RecordError

BATCH = 1_000
PEOPLE = 200
# A worker that has said nothing for so long has died.
SILENT_FOR = dt.timedelta(minutes=5)
Clock = Callable[[], dt.datetime]


# --- Planning and approving -------------------------------------------------------------------
@transaction.atomic
def plan(*, as_of: dt.date, by: User | None, now: dt.datetime) -> RetentionRun:
    """Work out what the rules reach on a day, and change nothing.

    `by` is empty for the plan of the month.

    Raises:
        PermissionDenied: the user does not answer for data.
        RecordError: another plan waits or is being carried out.
    """
    if by is not None:
        _check_right(by)
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(
                as_of=as_of, plan=_worked_out(as_of), planned_by=by, planned_at=now
            )
    except IntegrityError:
        raise RecordError("Another plan waits. Approve it or drop it first.") from None
    record_audit(by=by, kind=AuditKind.RETENTION_PLANNED, about=run)
    return run


@transaction.atomic
def plan_the_month(*, now: dt.datetime) -> RetentionRun | None:
    """The plan that is made by itself; it takes the place of one that nobody has approved.

    None where one is half approved or being carried out.
    """
    for run in RetentionRun.objects.select_for_update().open():
        if run.state != RunState.PLANNED or run.first_approved_by_id:
            return None
        _over(run, RunState.DROPPED)
        record_audit(by=None, kind=AuditKind.RETENTION_DROPPED, about=run)
    return plan(as_of=now.date(), by=None, now=now)


@transaction.atomic
def approve(*, run: RetentionRun, by: User, now: dt.datetime) -> RetentionRun:
    """One of two people says yes; the second yes, of somebody else, makes the run ready to begin.

    Who planned it may be one of the two: planning changes nothing, and two people look at it.

    Raises:
        PermissionDenied: the user does not answer for data.
        RecordError: it is over or under way, or the same person has approved it already.
    """
    _check_right(by)
    run = _waiting(run)
    if run.first_approved_by_id is None:
        run.first_approved_by, run.first_approved_at = by, now
    elif run.first_approved_by_id == by.pk:
        raise RecordError("You have approved this already. A second person must.")
    else:
        run.second_approved_by, run.second_approved_at = by, now
        run.state = RunState.APPROVED
        run.heartbeat_at = now
    run.save()
    record_audit(by=by, kind=AuditKind.RETENTION_APPROVED, about=run)
    return run


@transaction.atomic
def drop(*, run: RetentionRun, by: User) -> None:
    """Nothing of a plan is carried out.

    Raises:
        PermissionDenied: the user does not answer for data.
        RecordError: it is over or under way.
    """
    _check_right(by)
    run = _waiting(run)
    _over(run, RunState.DROPPED)
    record_audit(by=by, kind=AuditKind.RETENTION_DROPPED, about=run)


def _check_right(by: User) -> None:
    if not holds_any(by, ANSWERS_FOR_DATA):
        raise PermissionDenied


def _waiting(run: RetentionRun) -> RetentionRun:
    run = RetentionRun.objects.select_for_update().get(pk=run.pk)
    if run.state != RunState.PLANNED:
        raise RecordError("This plan does not wait for anybody any more.")
    return run


def _over(run: RetentionRun, state: RunState) -> None:
    run.state = state
    run.save()


def _worked_out(as_of: dt.date) -> dict[str, Any]:
    people = everybody_due(as_of)
    rows = [_line(due) for due in dues(as_of, people)]
    return {
        "people": len(people.by_rule[IDENTITY]),
        "left_alone": people.left_alone,
        "rows": [row for row in rows if row["rows"]],
    }


def _line(due: Due) -> dict[str, Any]:
    rule = due.rule
    return {
        "key": due.key,
        "rule": rule.key,
        "stays": rule.stays,
        "after": rule.after.value,
        "why": rule.why,
        "action": "emptied" if due.is_emptied else "deleted",
        "table": due.label,
        "fields": due.fields,
        "rows": due.rows.count(),
    }


# --- Carrying out -----------------------------------------------------------------------------
def forsaken_runs(*, now: dt.datetime) -> list[UUID]:
    """Approved runs that nobody has begun, and those whose worker has died."""
    silent = Q(heartbeat_at__lt=now - SILENT_FOR)
    runs = RetentionRun.objects.filter(silent, state__in=[RunState.APPROVED, RunState.RUNNING])
    return list(runs.values_list("pk", flat=True))


def carry_out(*, run_id: UUID, clock: Clock) -> None:
    """Do what two people approved. One worker at a time; begun again, it goes on where it was.

    Raises what stopped it; what was done until then stands in the run's certificate.
    """
    run = _claimed(run_id, clock())
    if run is None:
        return
    if grown := _grown(run):
        _finish(run, clock(), RunState.FAILED, grown)
        return
    try:
        with pghistory.context(by=str(run.second_approved_by_id)):
            _people(run, clock)
            _answers(run, clock)
            _rows(run, clock)
    except Exception:
        _finish(run, clock(), RunState.FAILED, f"It stopped at: {run.step}. Plan again.")
        raise
    _finish(run, clock(), RunState.DONE, "")


def _claimed(run_id: UUID, now: dt.datetime) -> RetentionRun | None:
    mine = Q(state=RunState.APPROVED) | Q(state=RunState.RUNNING, heartbeat_at__lt=now - SILENT_FOR)
    runs = RetentionRun.objects.filter(mine, pk=run_id)
    if not runs.update(state=RunState.RUNNING, heartbeat_at=now):
        return None
    return RetentionRun.objects.get(pk=run_id)


def _grown(run: RetentionRun) -> str:
    """What has become due that nobody approved, in words; empty where there is nothing."""
    approved = {line["key"]: line["rows"] for line in run.plan["rows"]}
    for due in dues(run.as_of, everybody_due(run.as_of)):
        done = run.counts.get(due.key, 0)
        if due.rows.count() > approved.get(due.key, 0) - done:
            return f"More of {due.label} is due than was approved. Plan again."
    return ""


def _people(run: RetentionRun, clock: Clock) -> None:
    """Anonymise whoever is due, each in a transaction of their own."""
    for ids in _parts(people_due(IDENTITY, run.as_of), PEOPLE):
        # Somebody may have come back since the list was made.
        still_due = set(people_due(IDENTITY, run.as_of))
        for person in Participant.objects.filter(pk__in=still_due & set(ids)):
            _anonymise(run, person, clock)


@transaction.atomic
def _anonymise(run: RetentionRun, person: Participant, clock: Clock) -> None:
    records = records_of([person.pk])
    if protected_records() & set(records):
        return
    counts = {due.key: due.rows.count() for due in dues_of_people(IDENTITY, records)}
    try:
        with transaction.atomic():
            removal.anonymise(person=person, by=None, now=clock(), run=run)
    except RecordError:
        return
    _count(run, counts, "People who have not come for years", clock())


def _answers(run: RetentionRun, clock: Clock) -> None:
    """Empty the answers of people long gone, in what triggers kept as well, and their consents."""
    for rule, act in ((FIGURES, _empty_figures), (CONSENT, _delete_consents)):
        for ids in _parts(people_due(rule, run.as_of)):
            with transaction.atomic():
                records = records_of(set(people_due(rule, run.as_of)) & set(ids))
                counts = {due.key: due.rows.count() for due in dues_of_people(rule, records)}
                act(records)
                _count(run, counts, f"Rule: {rule.key}", clock())


def _empty_figures(ids: list[UUID]) -> None:
    empty = empty_figures()
    Participant.objects.filter(pk__in=ids).update(**empty)
    history = Participant.pgh_event_model  # type: ignore[attr-defined]
    history.objects.filter(pgh_obj_id__in=ids).update(**empty)


def _delete_consents(ids: list[UUID]) -> None:
    Consent.objects.filter(participant__in=ids).delete()


def _rows(run: RetentionRun, clock: Clock) -> None:
    """Delete or empty the rows that the other rules reach, in batches."""
    for due in dues_of_rows(run.as_of):
        for ids in _parts(_keys(due.rows)):
            with transaction.atomic():
                number = _apply(due, _still_due(due, ids, run.as_of))
                _count(run, {due.key: number}, f"Rule: {due.rule.key}", clock())


def _still_due(due: Due, ids: list[Any], as_of: dt.date) -> list[Any]:
    """Those of these rows that nothing protects meanwhile."""
    now = next(each for each in dues_of_rows(as_of) if each.key == due.key)
    return _keys(now.rows.filter(pk__in=ids))


def _apply(due: Due, ids: list[Any]) -> int:
    source, model = due.source, due.rows.model
    rows = model._default_manager.filter(pk__in=ids)
    if source is not None and source.function:
        return _through_owner(source.function, ids)
    if due.is_emptied and source is not None:
        return rows.update(**source.emptied)
    _delete_files_after_commit(rows)
    rows.delete()
    return len(ids)


def _through_owner(function: str, ids: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {connection.ops.quote_name(function)}(%s)", [ids])
        return int(cursor.fetchone()[0])


def _delete_files_after_commit(rows: QuerySet[Any]) -> None:
    names = [name for row in rows for name in _files_of(row)]
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


def _files_of(row: Model) -> Iterator[str]:
    """Names of the files of a row in the store, and of a smaller copy where it has one."""
    fields = [one.name for one in row._meta.fields if isinstance(one, FileField)]
    yield from (str(getattr(row, name).name) for name in fields if getattr(row, name))
    if small := getattr(row, "small_name", ""):
        yield small


def _keys(rows: QuerySet[Any]) -> list[Any]:
    """Keys of rows at the moment of asking: rows that cannot go end no loop."""
    return list(rows.values_list("pk", flat=True).distinct())


def _parts(ids: list[Any], size: int = BATCH) -> Iterator[list[Any]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _count(run: RetentionRun, counts: dict[str, int], step: str, now: dt.datetime) -> None:
    """Write down what was done in the transaction that does it."""
    for key, number in counts.items():
        if number:
            run.counts[key] = run.counts.get(key, 0) + number
    run.step, run.heartbeat_at = step, now
    run.save(update_fields=["counts", "step", "heartbeat_at"])


# --- Certificate ------------------------------------------------------------------------------
@transaction.atomic
def _finish(run: RetentionRun, now: dt.datetime, state: RunState, problem: str) -> None:
    run.done_at, run.problem, run.heartbeat_at = now, problem, now
    run.certificate = certificate(run)
    _over(run, state)
    record_audit(by=None, kind=AuditKind.RETENTION_DONE, about=run)


def certificate(run: RetentionRun) -> dict[str, Any]:
    """What a run did, by rule and table, and who approved it, by id: {"body": ..., "sha256": ...}.

    The hash is over the body as canonical JSON, and the body holds the plan's: neither can be
    changed unseen. It names nobody.
    """
    removals = run.removals.all()
    body = {
        "run": str(run.pk),
        "as_of": run.as_of.isoformat(),
        "planned_at": run.planned_at.isoformat(),
        "plan_sha256": sha256(run.plan),
        "approved": [
            {"by": str(run.first_approved_by_id), "at": _moment(run.first_approved_at)},
            {"by": str(run.second_approved_by_id), "at": _moment(run.second_approved_at)},
        ],
        "done_at": _moment(run.done_at),
        "stopped_because": run.problem,
        "people": removals.count(),
        "rows": _rows_done(run),
    }
    return {"body": body, "sha256": sha256(body)}


def sha256(body: dict[str, Any]) -> str:
    """The hash of a body as canonical JSON."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _rows_done(run: RetentionRun) -> list[dict[str, Any]]:
    named = ("rule", "table", "fields", "action", "stays", "after")
    return [
        {name: line[name] for name in named}
        | {"planned": line["rows"], "done": run.counts.get(line["key"], 0)}
        for line in run.plan["rows"]
    ]


def _moment(at: dt.datetime | None) -> str:
    return at.isoformat() if at else ""
