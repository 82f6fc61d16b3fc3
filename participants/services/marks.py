"""Keeping marks: each operation once, in whatever order it arrives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from activities.models import Session
from participants.models import (
    ATTENDED,
    OPERATION_STATUSES,
    AttendanceRole,
    MarkOperation,
    Participant,
)
from participants.queries.register import opens_at
from participants.services.deriving import derive_attendances
from participants.services.errors import TooEarlyError
from participants.services.lock import lock

# Devices' clocks differ; a mark further ahead than this would beat true marks for too long.
CLOCK_AHEAD = dt.timedelta(minutes=5)
# Nobody is excused earlier than this before a session: such a clock has lost its date.
BEFORE_START = dt.timedelta(weeks=4)
DEVICE_LENGTH = 64


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
    session = lock(session, by)
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
    not_applied = append(session, fresh, roots)
    return [not_applied.get(result.id, result) for result in results]


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


def append(
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
