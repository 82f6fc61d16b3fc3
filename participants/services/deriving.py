"""From operations to who is marked how."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
        arrived_at=operation.arrived_at,
        left_at=operation.left_at,
    )
