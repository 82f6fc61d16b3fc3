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


def current_marks(session: Session) -> dict[UUID, Attendance]:
    """By root person the mark that stands: of several records' marks the latest.

    Of equal times a mark made here goes before one that came in bulk, then the greater id goes
    before the lesser. Reports choose the same.
    """
    attendances = (
        Attendance.objects.filter(session=session)
        .select_related("participant__merged_into", "operation")
        .order_by("marked_at", F("operation_id").asc(nulls_first=True), "pk")
    )
    return {root_of(attendance).pk: attendance for attendance in attendances}


def latest_operations(session: Session, roots: Iterable[UUID]) -> dict[UUID, MarkOperation]:
    """By root person the operation that stands: the latest time, then the greater id.

    Held operations stand for nothing.
    """
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    operations = (
        MarkOperation.objects.applied()
        .filter(session=session)
        .annotate(root=root)
        .filter(root__in=list(roots))
        .order_by("root", "-marked_at", "-pk")
        .distinct("root")
    )
    return {row.root: row for row in operations}


def root_of(attendance: Attendance) -> Participant:
    """The person of an attendance: the record that theirs was merged into, or theirs."""
    return attendance.participant.merged_into or attendance.participant
