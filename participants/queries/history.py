"""What was ever marked of one person at one session."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from activities.models import Session
from participants.models import (
    Attendance,
    AttendanceRole,
    Booking,
    HeldFor,
    MarkOperation,
    Participant,
    Registration,
)
from participants.queries.marks import current_marks

# As much of a device's id as tells two devices apart.
DEVICE_SHOWN = 6
# Where a mark was made, by what it says instead of a device's id.
PLACES = {
    "form": "the page, without script",
    "walk-in": "the page, as a walk-in",
    "details": "the page, for times or role",
    "settled": "the page, used after it waited",
    "paper": "a sheet of paper",
}


@dataclass(frozen=True)
class Deed:
    """One operation and what became of it, in words.

    `became` is "stands", "superseded", "waits", "used" or "aside"; `why` says what held it.
    """

    operation: MarkOperation
    device: str
    became: str
    why: str

    @property
    def role(self) -> str:
        """In what role, where that is not the usual one."""
        is_usual = self.operation.role == AttendanceRole.PARTICIPANT
        return "" if is_usual else self.operation.get_role_display()


@dataclass(frozen=True)
class MarkHistory:
    """A person at a session: the mark that stands and everything that led to it, oldest first.

    `can_be_taken_off` is for who came as a walk-in and whose record is not complete.
    """

    person: Participant
    standing: Attendance | None
    deeds: list[Deed]
    can_be_taken_off: bool


def person_at(session: Session, pk: UUID) -> Participant | None:
    """The root person of an id, if they belong to the session's hub or to its register."""
    named = Participant.objects.filter(pk=pk).select_related("merged_into").first()
    root = (named.merged_into or named) if named else None
    return root if root and _belongs(session, root) else None


def _belongs(session: Session, root: Participant) -> bool:
    of_root = Q(participant=root) | Q(participant__merged_into=root)
    rows: tuple[QuerySet[Registration] | QuerySet[MarkOperation] | QuerySet[Booking], ...] = (
        Registration.objects.filter(of_root, hub=session.activity.hub_id),
        MarkOperation.objects.filter(of_root, session=session),
        Booking.objects.filter(of_root, session=session),
    )
    marked = Attendance.objects.filter(of_root, session=session)
    return marked.exists() or any(each.exists() for each in rows)


def history_of(session: Session, person: Participant) -> MarkHistory:
    """Every operation on a root person at a session, under any of their ids. Three queries."""
    records = Participant.objects.filter(Q(pk=person.pk) | Q(merged_into=person))
    operations = (
        MarkOperation.objects.filter(session=session)
        .filter(Q(participant__in=records) | Q(person_id__in=records.values("pk")))
        .select_related("marked_by", "sent_by", "settled_by")
        .order_by("marked_at", "pk")
    )
    standing = current_marks(session).get(person.pk)
    stands = standing.operation_id if standing else None
    ids = {operation.pk for operation in operations}
    deeds = [_deed(operation, stands, ids) for operation in operations]
    came_as_walk_in = walk_in_mark_id(person.pk, session.pk) in ids
    is_walk_in = came_as_walk_in and standing is not None and not person.is_complete
    return MarkHistory(person, standing, deeds, is_walk_in)


def walk_in_mark_id(person_id: UUID, session_id: UUID) -> UUID:
    """The id of the mark that a walk-in comes with."""
    return uuid.uuid5(person_id, str(session_id))


def _deed(operation: MarkOperation, stands: UUID | None, ids: Collection[UUID]) -> Deed:
    return Deed(
        operation=operation,
        device=_device(operation.device),
        became=_became(operation, stands, ids),
        why=f"{HeldFor(operation.held_for).label}." if operation.held_for else "",
    )


def _became(operation: MarkOperation, stands: UUID | None, ids: Collection[UUID]) -> str:
    if not operation.held_for:
        return "stands" if operation.pk == stands else "superseded"
    if operation.settled_at is None:
        return "waits"
    return "used" if uuid.uuid5(operation.pk, "used") in ids else "aside"


def _device(device: str) -> str:
    """Where it was made, or enough of the device's id to tell two apart."""
    place, colon, _ = device.partition(":")
    if place in PLACES and (colon or place == device):
        return PLACES[place]
    return f"device {device[:DEVICE_SHOWN]}" if device else "a device that is not named"
