"""From operations to who is marked how."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, Q

from activities.models import Session
from participants.models import (
    CLEARED,
    Attendance,
    MarkOperation,
)
from participants.queries.marks import current_marks, latest_operations


def derive_attendances(*, session: Session, roots: Iterable[UUID]) -> set[UUID]:
    """Make the attendances of these root people what their mark operations say.

    Return the ids of the operations that stand, those that took a mark back among them.

    The caller holds the session's row. An attendance without an operation came in bulk; it
    gives way to operations that are not older. What is made from operations is the root's; what
    came in bulk stays with the record it came for, for a merge may be undone.
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
    cleared = {root for root in latest if root not in bulk and root not in marked}
    _remove_what_fell(session, roots, marked, cleared)
    Attendance.objects.bulk_create(
        [_attendance(root, operation) for root, operation in sorted(marked.items())],
        update_conflicts=True,
        unique_fields=["session", "participant"],
        update_fields=["role", "status", "marked_at", "operation", "arrived_at", "left_at"],
    )
    has_marks = Exists(Attendance.objects.filter(session=session))
    Session.objects.filter(pk=session.pk).exclude(has_marks=has_marks).update(has_marks=has_marks)
    return {operation.pk for root, operation in latest.items() if root not in bulk}


def _outlives(attendance: Attendance, operation: MarkOperation | None) -> bool:
    """Whether an attendance came in bulk and is later than the operation."""
    if attendance.operation_id is not None:
        return False
    return operation is None or attendance.marked_at > operation.marked_at


def _remove_what_fell(
    session: Session, roots: Collection[UUID], marked: Collection[UUID], cleared: Collection[UUID]
) -> None:
    """Delete what operations made and do not say any more, and everything that was taken back."""
    mine = Attendance.objects.filter(_of(roots), session=session)
    mine.filter(operation__isnull=False).exclude(participant__in=marked).delete()
    mine.filter(_of(cleared)).delete()


def _of(roots: Collection[UUID]) -> Q:
    return Q(participant__in=roots) | Q(participant__merged_into__in=roots)


def _attendance(root: UUID, operation: MarkOperation) -> Attendance:
    return Attendance(
        session_id=operation.session_id,
        participant_id=root,
        role=operation.role,
        status=operation.status,
        marked_at=operation.marked_at,
        operation=operation,
        arrived_at=operation.arrived_at,
        left_at=operation.left_at,
    )
