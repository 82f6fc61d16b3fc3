"""Writes: marks, walk-ins, head-counts and closing a register.

Every write locks its session's row first: marks of one session are applied one batch after
another, so that no device's mark is lost to another's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, Q

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.access import can_record
from participants.models import (
    ATTENDED,
    CLEARED,
    OPERATION_STATUSES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    MarkStatus,
    Participant,
    Registration,
)
from participants.queries import current_marks, latest_operations, opens_at

# Devices' clocks differ; a mark further ahead than this would beat true marks for too long.
CLOCK_AHEAD = dt.timedelta(minutes=5)
# Nobody is excused earlier than this before a session: such a clock has lost its date.
BEFORE_START = dt.timedelta(weeks=4)

DEVICE_LENGTH = 64


class RegisterError(Exception):
    """Something that a register refuses; its text is for the person who asked."""


class SessionCancelledError(RegisterError):
    """Nothing is recorded for a session that was cancelled."""

    def __init__(self) -> None:
        super().__init__("The session was cancelled.")


class TooEarlyError(RegisterError):
    """Nobody can have come yet."""

    def __init__(self) -> None:
        super().__init__("Who is here can be recorded from 30 minutes before the session.")


class Outcome(StrEnum):
    """What became of an operation. A superseded one is kept, and a later mark stands."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class MarkInput:
    """One act of marking as a device sends it. `at` is aware; `status` may be "cleared"."""

    id: UUID
    participant_id: UUID
    status: str
    at: dt.datetime
    role: str = AttendanceRole.PARTICIPANT
    device: str = ""


@dataclass(frozen=True)
class MarkResult:
    """What became of one operation; `reason` says why it was refused."""

    id: UUID
    outcome: Outcome
    reason: str = ""


@transaction.atomic
def record_marks(
    *, session: Session, operations: Sequence[MarkInput], by: User, now: dt.datetime
) -> list[MarkResult]:
    """Keep each operation once and derive who is marked how: a result each, in their order.

    Sent again, in another order or in other batches, operations leave the same attendances: the
    latest time stands, of equal times the greater id. A refused operation changes nothing and
    leaves the others alone. A merged record's mark goes to its root.

    The number of queries does not depend on the number of operations.

    Raises:
        PermissionDenied: the user may not keep this register.
    """
    session = _lock(session, by)
    known = _known(operations)
    roots = _roots(session, operations, by)
    results: list[MarkResult] = []
    fresh: dict[UUID, MarkOperation] = {}
    for operation in operations:
        row = _operation_row(session, operation, by, now)
        earlier = known.get(operation.id) or fresh.get(operation.id)
        refusal = _refusal(session, operation, roots, now) if earlier is None else ""
        if earlier is None and not refusal:
            fresh[operation.id] = row
        results.append(_result(row, earlier, refusal))
    not_applied = _append(session, fresh, roots)
    return [not_applied.get(result.id, result) for result in results]


def _lock(session: Session, by: User) -> Session:
    """Check the right to record and hold the session's row to the end of the transaction."""
    if not can_record(by, session):
        raise PermissionDenied
    return Session.objects.select_for_update(no_key=True).get(pk=session.pk)


def _known(operations: Iterable[MarkInput]) -> dict[UUID, MarkOperation]:
    return MarkOperation.objects.in_bulk([operation.id for operation in operations])


def _roots(session: Session, operations: Iterable[MarkInput], by: User) -> dict[UUID, UUID]:
    """Root of each person the user may mark here: their hubs' people and who is marked here.

    A person is known by any of the records merged into one. `Participant.merged_into` names the
    root, so one step is enough.
    """
    named = Participant.objects.filter(pk__in={mark.participant_id for mark in operations})
    roots = {pk: root or pk for pk, root in named.values_list("pk", "merged_into")}
    records = Q(pk__in=roots.values()) | Q(merged_into__in=roots.values())
    visible = Participant.objects.visible_to(by).filter(records)
    marked_here = Participant.objects.filter(records, attendances__session=session)
    known = {*visible.values_list("pk", "merged_into")}
    known |= {*marked_here.values_list("pk", "merged_into")}
    allowed = {root or pk for pk, root in known}
    return {pk: root for pk, root in roots.items() if root in allowed}


def _operation_row(
    session: Session, operation: MarkInput, by: User, now: dt.datetime
) -> MarkOperation:
    return MarkOperation(
        id=operation.id,
        session=session,
        participant_id=operation.participant_id,
        role=operation.role,
        status=operation.status,
        marked_at=operation.at,
        device=operation.device,
        marked_by=by,
        received_at=now,
    )


def _refusal(
    session: Session, operation: MarkInput, roots: Mapping[UUID, UUID], now: dt.datetime
) -> str:
    """Why a new operation cannot stand; empty if it can."""
    if session.is_cancelled:
        return "The session was cancelled."
    if not _is_mark(operation):
        return "This is not a mark that a register knows."
    if operation.participant_id not in roots:
        # Unknown and not visible read the same: nobody learns who is registered elsewhere.
        return "This person is not known at your hubs."
    return _clock_refusal(session, operation.at, now) or _early_refusal(session, operation, now)


def _is_mark(operation: MarkInput) -> bool:
    return (
        operation.status in OPERATION_STATUSES
        and operation.role in AttendanceRole.values
        and len(operation.device) <= DEVICE_LENGTH
    )


def _clock_refusal(session: Session, at: dt.datetime, now: dt.datetime) -> str:
    if at.utcoffset() is None:
        return "The time has no offset from UTC."
    if at > now + CLOCK_AHEAD:
        return "The device's clock is ahead."
    if at < session.starts_at - BEFORE_START:
        return "The time is more than four weeks before the session."
    return ""


def _early_refusal(session: Session, operation: MarkInput, now: dt.datetime) -> str:
    """Neither the server's clock nor the device's may say that somebody came long before."""
    if operation.status in ATTENDED and min(operation.at, now) < opens_at(session):
        return str(TooEarlyError())
    return ""


def _check_open(session: Session, now: dt.datetime) -> None:
    if session.is_cancelled:
        raise SessionCancelledError
    if now < opens_at(session):
        raise TooEarlyError


def _result(row: MarkOperation, earlier: MarkOperation | None, refusal: str) -> MarkResult:
    if refusal:
        return MarkResult(row.pk, Outcome.REFUSED, refusal)
    if earlier is None:
        return MarkResult(row.pk, Outcome.APPLIED)
    return _compared(row, earlier)


def _compared(row: MarkOperation, earlier: MarkOperation) -> MarkResult:
    """The same operation again is known; another one under the same id is refused."""
    if _content(row) == _content(earlier):
        return MarkResult(row.pk, Outcome.KNOWN)
    return MarkResult(row.pk, Outcome.REFUSED, "This id was used for another mark.")


def _content(row: MarkOperation) -> tuple[object, ...]:
    return (
        row.session_id,
        row.participant_id,
        row.role,
        row.status,
        row.marked_at,
        row.device,
    )


def _append(
    session: Session, fresh: Mapping[UUID, MarkOperation], roots: Mapping[UUID, UUID]
) -> dict[UUID, MarkResult]:
    """Insert new operations and derive; return what became of those that do not stand.

    Their id was taken for another session meanwhile, or a later mark stands.
    """
    if not fresh:
        return {}
    ordered = sorted(fresh.values(), key=lambda row: row.pk)
    MarkOperation.objects.bulk_create(ordered, ignore_conflicts=True)
    kept = MarkOperation.objects.in_bulk(list(fresh))
    compared = {pk: _compared(row, kept[pk]) for pk, row in fresh.items()}
    taken = {pk: result for pk, result in compared.items() if result.outcome is Outcome.REFUSED}
    standing = derive_attendances(
        session=session,
        roots={roots[row.participant_id] for pk, row in fresh.items() if pk not in taken},
    )
    return {pk: MarkResult(pk, Outcome.SUPERSEDED) for pk in fresh.keys() - standing} | taken


def derive_attendances(*, session: Session, roots: Iterable[UUID]) -> set[UUID]:
    """Make the attendances of these root people what their mark operations say.

    Return the ids of the operations that stand, those that took a mark back among them.

    The caller holds the session's row. An attendance without an operation came in bulk; it
    gives way to operations that are not older. Of a person's records only the root keeps one.
    """
    roots = set(roots)
    latest = latest_operations(session, roots)
    bulk = {
        root: attendance
        for root, attendance in current_marks(session).items()
        if root in roots and _outlives(attendance, latest.get(root))
    }
    marked = {
        root: operation
        for root, operation in latest.items()
        if root not in bulk and operation.status != CLEARED
    }
    _keep_only(session, roots, bulk, marked)
    Attendance.objects.bulk_create(
        [_attendance(root, operation) for root, operation in sorted(marked.items())],
        update_conflicts=True,
        unique_fields=["session", "participant"],
        update_fields=["role", "status", "marked_at", "operation"],
    )
    has_marks = Exists(Attendance.objects.filter(session=session))
    Session.objects.filter(pk=session.pk).exclude(has_marks=has_marks).update(has_marks=has_marks)
    return {operation.pk for root, operation in latest.items() if root not in bulk}


def _outlives(attendance: Attendance, operation: MarkOperation | None) -> bool:
    """Whether an attendance came in bulk and is later than the operation."""
    if attendance.operation_id is not None:
        return False
    return operation is None or attendance.marked_at > operation.marked_at


def _keep_only(
    session: Session,
    roots: Collection[UUID],
    bulk: Mapping[UUID, Attendance],
    marked: Collection[UUID],
) -> None:
    """Delete attendances of all records of these people but what stands, which goes to the root."""
    of_roots = Q(participant__in=roots) | Q(participant__merged_into__in=roots)
    stands = Q(pk__in=[attendance.pk for attendance in bulk.values()]) | Q(participant__in=marked)
    Attendance.objects.filter(of_roots, session=session).exclude(stands).delete()
    moved = [(root, one) for root, one in bulk.items() if one.participant_id != root]
    for root, attendance in moved:
        attendance.participant_id = root
    Attendance.objects.bulk_update([attendance for _, attendance in moved], ["participant"])


def _attendance(root: UUID, operation: MarkOperation) -> Attendance:
    return Attendance(
        session_id=operation.session_id,
        participant_id=root,
        role=operation.role,
        status=operation.status,
        marked_at=operation.marked_at,
        operation=operation,
    )


@transaction.atomic
def save_register(
    *,
    session: Session,
    statuses: Mapping[UUID, str],
    rest: Collection[UUID] = (),
    nonce: UUID,
    by: User,
    now: dt.datetime,
) -> list[MarkResult]:
    """Mark people as a form says, once however often the form is sent.

    `nonce` is the page's own, so that sending the form again changes nothing that another device
    marked since; another choice on the same page counts. People in `rest` become present where
    nobody has marked them yet. A mark of a device with a fast clock is followed, not lost to: the
    form was filled in seeing it.

    Raises:
        PermissionDenied: the user may not keep this register.
    """
    session = _lock(session, by)
    standing = current_marks(session)
    unmarked = [person for person in rest if person not in standing]
    wanted = dict.fromkeys(unmarked, MarkStatus.PRESENT.value) | dict(statuses)
    operations = [
        _form_operation(person, status, standing.get(person), nonce, now)
        for person, status in wanted.items()
    ]
    sent_before = MarkOperation.objects.in_bulk([operation.id for operation in operations])
    fresh = [operation for operation in operations if operation.id not in sent_before]
    return record_marks(session=session, operations=fresh, by=by, now=now)


def _form_operation(
    person: UUID, status: str, standing: Attendance | None, nonce: UUID, now: dt.datetime
) -> MarkInput:
    """A choice after another one on the same page has an id that tells which it follows."""
    device = f"form:{nonce}"
    previous = standing.operation if standing else None
    if previous is None or previous.device != device:
        operation_id = uuid.uuid5(nonce, f"{person}:{status}")
    elif previous.status == status:
        operation_id = previous.pk
    else:
        operation_id = uuid.uuid5(nonce, f"{person}:{status}:{previous.pk}")
    if standing is None:
        return MarkInput(operation_id, person, status, now, device=device)
    at = max(now, standing.marked_at + dt.timedelta(microseconds=1))
    return MarkInput(operation_id, person, status, at, role=standing.role, device=device)


@transaction.atomic
def add_walk_in(
    *,
    session: Session,
    participant_id: UUID,
    given_name: str,
    family_name: str = "",
    year_group: int | None,
    by: User,
    now: dt.datetime,
) -> Participant:
    """Add somebody who came unannounced: an incomplete record at the hub, marked present.

    Sent again with the same id it returns the same person. A citywide session has no hub: the
    person is then on this register only.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
        RegisterError: the id belongs to somebody else.
    """
    session = _lock(session, by)
    operation_id = uuid.uuid5(participant_id, str(session.pk))
    content = {
        "given_name": given_name,
        "family_name": family_name,
        "year_group": year_group,
    }
    person, is_new = Participant.objects.get_or_create(
        pk=participant_id,
        defaults=content | {"is_complete": False, "created_at": now},
    )
    if not is_new:
        _check_same_walk_in(person, operation_id, content)
        return person
    _check_open(session, now)
    _register_walk_in(session, person, operation_id, by, now)
    return person


def _check_same_walk_in(
    person: Participant, operation_id: UUID, content: Mapping[str, object]
) -> None:
    """Refuse an id that was not this walk-in of this session, without a word about whose it is."""
    same = all(getattr(person, field) == value for field, value in content.items())
    if not same or not MarkOperation.objects.filter(pk=operation_id, participant=person).exists():
        raise RegisterError("This walk-in was already sent with other details.")


def _register_walk_in(
    session: Session, person: Participant, operation_id: UUID, by: User, now: dt.datetime
) -> None:
    hub = session.activity.hub
    if hub is not None:
        Registration.objects.create(participant=person, hub=hub, registered_at=now)
    mark = MarkOperation(
        id=operation_id,
        session=session,
        participant=person,
        role=AttendanceRole.PARTICIPANT,
        status=MarkStatus.PRESENT,
        marked_at=now,
        device="walk-in",
        marked_by=by,
        received_at=now,
    )
    _append(session, {operation_id: mark}, {person.pk: person.pk})
    record_audit(by=by, kind=AuditKind.PARTICIPANT_CREATED, about=person)


@transaction.atomic
def record_head_count(
    *,
    session: Session,
    group: HeadCountGroup,
    people: int,
    method: CountMethod,
    by: User,
    now: dt.datetime,
) -> HeadCount:
    """Say how many of a group were there, without names; a later count replaces an earlier.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
    """
    session = _lock(session, by)
    _check_open(session, now)
    count, _ = HeadCount.objects.update_or_create(
        session=session,
        group=group,
        defaults={"people": people, "method": method, "counted_by": by, "counted_at": now},
    )
    return count


@transaction.atomic
def close_register(*, session: Session, by: User, now: dt.datetime) -> Session:
    """Say that the register is taken; saying it again keeps the first time.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: there is no register to take.
        RegisterError: the session is still to come.
    """
    session = _lock(session, by)
    if session.is_cancelled:
        raise SessionCancelledError
    if now < opens_at(session):
        raise RegisterError("A register can be closed from half an hour before the session.")
    if session.register_taken_at is None:
        session.register_taken_at = now
        session.save(update_fields=["register_taken_at"])
    return session
