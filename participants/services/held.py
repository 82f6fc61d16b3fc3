"""Held marks: applied when what held them is gone, or settled by a person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants.models import HeldFor, MarkOperation, SealedWalkIn
from participants.queries.marks import current_marks
from participants.services.deriving import derive_attendances
from participants.services.errors import RegisterError
from participants.services.lock import hold, lock
from participants.services.marks import (
    MarkInput,
    Outcome,
    record_marks,
    release,
    waiting_operations,
)
from participants.services.people import people_known


@transaction.atomic
def release_held(*, session: Session) -> int:
    """Apply what nothing holds any more: the session is on after all, a person is known now.

    Returns how many. Marks that arrive do the same; this is for when none does.
    """
    session = hold(session)
    waiting = waiting_operations(session)
    if not waiting:
        return 0
    people = people_known(session, {row.person_id for row in waiting})
    released = release(session, waiting, people)
    derive_attendances(session=session, roots={people.roots[row.person_id] for row in released})
    return len(released)


def release_once_known(persons: Collection[UUID]) -> None:
    """Apply, on every register, marks that waited for these people, once this is committed.

    A device that was away over two sessions may send the marks of the second before the walk-in
    of the first. Not in the same transaction: whoever holds one session waits for no other.
    """
    if persons:
        transaction.on_commit(lambda: _release_everywhere(persons), robust=True)


def _release_everywhere(persons: Collection[UUID]) -> None:
    waiting = MarkOperation.objects.held().filter(person_id__in=persons, held_for=HeldFor.PERSON)
    for session in Session.objects.filter(pk__in=waiting.values("session")):
        release_held(session=session)


@transaction.atomic
def settle_mark(*, mark: MarkOperation, use: bool, by: User, now: dt.datetime) -> None:
    """Decide on a held mark: say the same now in one's own name, or set it aside.

    What the device said stays as it was, and that it was settled, by whom.

    Raises:
        PermissionDenied: the user may not keep this register.
        RegisterError: it is settled already, or cannot be used as things are.
    """
    session = lock(mark.session, by)
    mark = MarkOperation.objects.select_for_update(no_key=True).get(pk=mark.pk)
    if not mark.held_for or mark.settled_at is not None:
        raise RegisterError("This mark does not wait any more.")
    if use:
        _use(session, mark, by, now)
    mark.settled_at, mark.settled_by = now, by
    mark.save(update_fields=["settled_at", "settled_by"])
    record_audit(by=by, kind=AuditKind.MARK_SETTLED, about=mark)


def _use(session: Session, mark: MarkOperation, by: User, now: dt.datetime) -> None:
    """The same mark again, made now: whoever decides has seen what stands."""
    root = people_known(session, {mark.person_id}).roots.get(mark.person_id)
    standing = current_marks(session).get(root) if root else None
    after = standing.marked_at + dt.timedelta(microseconds=1) if standing else now
    again = MarkInput(
        id=uuid.uuid5(mark.pk, "used"),
        participant_id=mark.person_id,
        status=mark.status,
        at=max(now, after),
        role=mark.role,
        device="settled",
        arrived_at=mark.arrived_at,
        left_at=mark.left_at,
    )
    result = record_marks(session=session, operations=[again], by=by, now=now)[0]
    if result.outcome is not Outcome.APPLIED:
        raise RegisterError(f"It cannot be used now. {result.reason}")


@transaction.atomic
def set_aside_walk_in(*, walk_in: SealedWalkIn, by: User) -> None:
    """Throw away a walk-in that nobody can open. Raises PermissionDenied."""
    lock(walk_in.session, by)
    record_audit(by=by, kind=AuditKind.MARK_SETTLED, about=walk_in)
    walk_in.delete()
