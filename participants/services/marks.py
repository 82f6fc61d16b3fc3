"""Keeping marks: each operation once, in whatever order it arrives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from activities.models import Session
from participants.access import recording_rights
from participants.models import AttendanceRole, MarkOperation
from participants.services.deriving import derive_attendances
from participants.services.judging import (
    SETTLES_ITSELF,
    WHY_HELD,
    Sender,
    Verdict,
    Window,
    judge,
    waits_for,
)
from participants.services.lock import hold
from participants.services.people import KnownPeople, people_known


class Outcome(StrEnum):
    """What became of an operation.

    A superseded one is kept, and a later mark stands. A held one is kept and waits. Only what is
    refused is kept nowhere.
    """

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    KNOWN = "known"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True)
class MarkInput:
    """One act of marking as a device sends it.

    `at` is aware, by the device's clock set right by `clock_offset` milliseconds when it was made;
    `status` may be "cleared"; in and out times belong to who came. It says all that there is to
    say: what it leaves out, such as an in time, is gone.
    """

    id: UUID
    participant_id: UUID
    status: str
    at: dt.datetime
    role: str = AttendanceRole.PARTICIPANT
    device: str = ""
    arrived_at: dt.datetime | None = None
    left_at: dt.datetime | None = None
    clock_offset: int | None = None


@dataclass(frozen=True)
class MarkResult:
    """What became of one operation; `reason` says why it was refused, or waits for `held_for`."""

    id: UUID
    outcome: Outcome
    reason: str = ""
    held_for: str = ""


@transaction.atomic
def record_marks(
    *,
    session: Session,
    operations: Sequence[MarkInput],
    by: User,
    now: dt.datetime,
    sent_by: User | None = None,
    window: Window | None = None,
) -> list[MarkResult]:
    """Keep each operation once and derive who is marked how: a result each, in their order.

    Sent again, in another order or in other batches, operations leave the same attendances: the
    latest time stands, of equal times the greater id. A refused operation changes nothing and
    leaves the others alone; one that cannot apply yet is held, and applied as soon as it can. A
    merged record's mark goes to its root.

    `by` took the marks; their rights are judged at the time of each mark. Where somebody else
    delivers them, `sent_by` says who, and `window` when they can have been taken.

    The number of queries does not depend on the number of operations.

    Raises:
        PermissionDenied: the taker never kept a register of this hub.
    """
    rights = recording_rights([by.pk])[by.pk]
    if not rights.ever_held(session.activity.hub_id):
        raise PermissionDenied
    sender = Sender(by, rights, sent_by, window)
    return keep_marks(hold(session), operations, sender, now)


def keep_marks(
    session: Session, operations: Sequence[MarkInput], sender: Sender, now: dt.datetime
) -> list[MarkResult]:
    """As `record_marks`, for a caller who holds the session's row and knows the taker's rights."""
    rows = [_row(session, operation, sender, now) for operation in operations]
    known = MarkOperation.objects.in_bulk([row.pk for row in rows])
    waiting = waiting_operations(session)
    people = people_known(session, {row.person_id for row in (*rows, *waiting)})
    results: list[MarkResult] = []
    fresh: dict[UUID, MarkOperation] = {}
    for row in rows:
        earlier = known.get(row.pk) or fresh.get(row.pk)
        verdict = judge(row, session, sender, people, now) if earlier is None else Verdict()
        results.append(_result(row, earlier, verdict))
        if earlier is None and not verdict.refused:
            row.participant_id = row.person_id if verdict.root else None
            row.held_for = verdict.held_for
            fresh[row.pk] = row
    # Who is marked here may be marked by everybody who keeps this register.
    counting = [row for row in fresh.values() if not row.held_for]
    people.marked_here.update(people.roots[row.person_id] for row in counting)
    released = release(session, waiting, people)
    not_applied = _append(session, fresh, people, released)
    return [not_applied.get(result.id, result) for result in results]


def _row(session: Session, operation: MarkInput, sender: Sender, now: dt.datetime) -> MarkOperation:
    return MarkOperation(
        id=operation.id,
        session=session,
        person_id=operation.participant_id,
        role=operation.role,
        status=operation.status,
        arrived_at=operation.arrived_at,
        left_at=operation.left_at,
        marked_at=operation.at,
        clock_offset=operation.clock_offset,
        device=operation.device,
        marked_by=sender.taker,
        sent_by=sender.other_hand,
        received_at=now,
    )


def waiting_operations(session: Session) -> list[MarkOperation]:
    """Held operations that may apply by themselves by now."""
    held = MarkOperation.objects.held().filter(session=session, held_for__in=SETTLES_ITSELF)
    return list(held)


def release(
    session: Session, waiting: Sequence[MarkOperation], people: KnownPeople
) -> list[MarkOperation]:
    """Let go of what nothing holds any more; returns what now counts. At most three queries."""
    if not waiting:
        return []
    rights = recording_rights({row.marked_by_id for row in waiting})
    for row in waiting:
        root = people.root_for(row.person_id, rights[row.marked_by_id], row.marked_at)
        row.participant_id = row.person_id if root else None
        row.held_for = waits_for(session, root)
    MarkOperation.objects.bulk_update(waiting, ["participant", "held_for"])
    return [row for row in waiting if not row.held_for]


def _result(row: MarkOperation, earlier: MarkOperation | None, verdict: Verdict) -> MarkResult:
    if verdict.refused:
        return MarkResult(row.pk, Outcome.REFUSED, verdict.refused)
    if earlier is not None:
        return _compared(row, earlier)
    if verdict.held_for:
        return _held(row.pk, Outcome.HELD, verdict.held_for)
    return MarkResult(row.pk, Outcome.APPLIED)


def _held(pk: UUID, outcome: Outcome, held_for: str) -> MarkResult:
    return MarkResult(pk, outcome, WHY_HELD[held_for], held_for)


def _compared(row: MarkOperation, earlier: MarkOperation) -> MarkResult:
    """The same operation again is known; another one under the same id is refused."""
    if _content(row) != _content(earlier):
        return MarkResult(row.pk, Outcome.REFUSED, "This id was used for another mark.")
    if earlier.held_for and earlier.settled_at is None:
        return _held(row.pk, Outcome.KNOWN, earlier.held_for)
    return MarkResult(row.pk, Outcome.KNOWN)


def _content(row: MarkOperation) -> tuple[object, ...]:
    """What the device said; whose hands it came through is not part of it."""
    return (
        *(row.session_id, row.person_id, row.role, row.status, row.marked_at),
        *(row.arrived_at, row.left_at, row.device, row.clock_offset),
    )


def _append(
    session: Session,
    fresh: Mapping[UUID, MarkOperation],
    people: KnownPeople,
    released: Iterable[MarkOperation],
) -> dict[UUID, MarkResult]:
    """Insert new operations and derive; return what became of those that do not stand.

    Their id was taken for another session meanwhile, or a later mark stands.
    """
    taken = _insert(fresh)
    counting = [row for pk, row in fresh.items() if pk not in taken and not row.held_for]
    roots = {people.roots[row.person_id] for row in (*counting, *released)}
    if not roots:
        return taken
    standing = derive_attendances(session=session, roots=roots)
    superseded = {row.pk for row in counting} - standing
    return {pk: MarkResult(pk, Outcome.SUPERSEDED) for pk in superseded} | taken


def _insert(fresh: Mapping[UUID, MarkOperation]) -> dict[UUID, MarkResult]:
    """Keep new operations; returns those whose id was taken for another session meanwhile."""
    if not fresh:
        return {}
    ordered = sorted(fresh.values(), key=lambda row: row.pk)
    MarkOperation.objects.bulk_create(ordered, ignore_conflicts=True)
    kept = MarkOperation.objects.in_bulk(list(fresh))
    compared = {pk: _compared(row, kept[pk]) for pk, row in fresh.items()}
    return {pk: result for pk, result in compared.items() if result.outcome is Outcome.REFUSED}
