"""From operations to who is marked how."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import cast
from uuid import UUID

from django.db.models import Exists, Q

from activities.models import Session
from participants.models import (
    CLEARED,
    Attendance,
    MarkOperation,
)
from participants.queries.marks import attendances_in_order, operations_of_records, root_of


def derive_attendances(*, session: Session, roots: Iterable[UUID]) -> set[UUID]:
    """Make the attendances of these root people what their mark operations say.

    Return the ids of the operations that stand, those that took a mark back among them.

    The caller holds the session's row. Of records merged into one person each keeps what was made
    for it, for a merge may be undone, and the latest stands; where that takes a mark back, nothing
    of the person is left. An attendance without an operation came in bulk; it gives way to
    operations that are not older.
    """
    roots = set(roots)
    operations = operations_of_records(session, roots)
    latest: dict[UUID, MarkOperation] = {
        each.root: each  # type: ignore[attr-defined]
        for each in operations
    }
    attendances = attendances_in_order(session)
    standing = {root_of(each).pk: each for each in attendances}
    own = {each.participant_id: each for each in attendances}
    stand = {root: one for root, one in latest.items() if not _outlives(standing.get(root), one)}
    cleared = {root for root, operation in stand.items() if operation.status == CLEARED}
    marked = [
        each
        for each in operations
        if each.status != CLEARED
        and each.root not in cleared  # type: ignore[attr-defined]
        and not _outlives(own.get(_record(each)), each)
    ]
    _remove_what_fell(session, roots, marked, cleared)
    Attendance.objects.bulk_create(
        [_attendance(operation) for operation in marked],
        update_conflicts=True,
        unique_fields=["session", "participant"],
        update_fields=["role", "status", "marked_at", "operation", "arrived_at", "left_at"],
    )
    has_marks = Exists(Attendance.objects.filter(session=session))
    Session.objects.filter(pk=session.pk).exclude(has_marks=has_marks).update(has_marks=has_marks)
    return {operation.pk for operation in stand.values()}


def _outlives(attendance: Attendance | None, operation: MarkOperation) -> bool:
    """Whether an attendance came in bulk and is later than the operation."""
    if attendance is None or attendance.operation_id is not None:
        return False
    return attendance.marked_at > operation.marked_at


def _remove_what_fell(
    session: Session,
    roots: Collection[UUID],
    marked: Collection[MarkOperation],
    cleared: Collection[UUID],
) -> None:
    """Delete what operations made and do not say any more, and everything that was taken back."""
    mine = Attendance.objects.filter(_of(roots), session=session)
    still = [_record(operation) for operation in marked]
    mine.filter(operation__isnull=False).exclude(participant__in=still).delete()
    if cleared:
        mine.filter(_of(cleared)).delete()


def _of(roots: Collection[UUID]) -> Q:
    return Q(participant__in=roots) | Q(participant__merged_into__in=roots)


def _record(operation: MarkOperation) -> UUID:
    """Whose record an operation that counts is of: only held ones may be of nobody."""
    return cast("UUID", operation.participant_id)


def _attendance(operation: MarkOperation) -> Attendance:
    return Attendance(
        session_id=operation.session_id,
        participant_id=_record(operation),
        role=operation.role,
        status=operation.status,
        marked_at=operation.marked_at,
        operation=operation,
        arrived_at=operation.arrived_at,
        left_at=operation.left_at,
    )
