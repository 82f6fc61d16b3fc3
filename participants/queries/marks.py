"""The marks that stand, of people whose records may be merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from activities.models import Session
from participants.models import (
    Attendance,
    MarkOperation,
    Participant,
)


def roots_of(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The root people of attendances, operations or registrations, as ids."""
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    return rows.annotate(root=root).values("root")


def attendances_in_order(session: Session) -> list[Attendance]:
    """All of a session, so that of one person's the last one stands.

    Of equal times a mark made here goes before one that came in bulk, then the greater id goes
    before the lesser. Reports choose the same.
    """
    attendances = (
        Attendance.objects.filter(session=session)
        .select_related("participant__merged_into", "operation")
        .order_by("marked_at", F("operation_id").asc(nulls_first=True), "pk")
    )
    return list(attendances)


def current_marks(session: Session) -> dict[UUID, Attendance]:
    """By root person the mark that stands: of several records' marks the latest."""
    return {root_of(attendance).pk: attendance for attendance in attendances_in_order(session)}


def latest_operations(session: Session, roots: Iterable[UUID]) -> dict[UUID, MarkOperation]:
    """By root person the operation that stands: the latest time, then the greater id."""
    operations = operations_of_records(session, roots)
    return {each.root: each for each in operations}  # type: ignore[attr-defined]


def operations_of_records(session: Session, roots: Iterable[UUID]) -> list[MarkOperation]:
    """Of each record of these root people the operation that stands, its person as `root`.

    In the order in which they stand: of one person's the last one. Held ones stand for nothing.
    """
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    operations = (
        MarkOperation.objects.applied()
        .filter(session=session)
        .annotate(root=root)
        .filter(root__in=list(roots))
        .order_by("participant", "-marked_at", "-pk")
        .distinct("participant")
    )
    return sorted(operations, key=lambda each: (each.marked_at, each.pk))


def root_of(attendance: Attendance) -> Participant:
    """The person of an attendance: the record that theirs was merged into, or theirs."""
    return attendance.participant.merged_into or attendance.participant
