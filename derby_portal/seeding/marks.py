"""Marks on registers: who came to what, when they came late and when they left early."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import NamedTuple
from uuid import UUID

from derby_portal.seeding.chance import seed_id, weighted, whole
from derby_portal.seeding.sessions import SessionPlan
from participants.models import AttendanceRole, MarkStatus

CAME = ((MarkStatus.PRESENT, 89.0), (MarkStatus.LATE, 7.0), (MarkStatus.LEFT_EARLY, 4.0))
STAYED_AWAY: tuple[tuple[MarkStatus | None, float], ...] = (
    (MarkStatus.ABSENT, 62.0),
    (MarkStatus.EXCUSED, 13.0),
    (None, 25.0),
)


class Mark(NamedTuple):
    """One attendance row; the fields stand in the order in which they are copied."""

    id: UUID
    session_id: UUID
    participant_id: UUID
    role: AttendanceRole
    status: MarkStatus
    marked_at: dt.datetime
    arrived_at: dt.datetime | None
    left_at: dt.datetime | None


def made_up_mark(
    rng: Random, session: SessionPlan, person_id: UUID, role: AttendanceRole, *, likely: float
) -> Mark | None:
    """What the register says of one person: there with this likelihood; None for no mark."""
    if rng.random() < likely:
        return mark(rng, session, person_id, role, weighted(rng, CAME))
    status = weighted(rng, STAYED_AWAY)
    return mark(rng, session, person_id, role, status) if status else None


def mark(
    rng: Random,
    session: SessionPlan,
    person_id: UUID,
    role: AttendanceRole,
    status: MarkStatus,
) -> Mark:
    """One mark, with the time of arrival or leaving where the status speaks of one."""
    arrived_at = left_at = None
    if status is MarkStatus.LATE:
        arrived_at = session.starts_at + dt.timedelta(minutes=whole(rng, 10, 35))
    if status is MarkStatus.LEFT_EARLY:
        left_at = session.delivered_until - dt.timedelta(minutes=whole(rng, 10, 30))
    return Mark(
        id=seed_id("mark", session.id.hex, person_id.hex),
        session_id=session.id,
        participant_id=person_id,
        role=role,
        status=status,
        marked_at=arrived_at or session.starts_at + dt.timedelta(minutes=whole(rng, 0, 8)),
        arrived_at=arrived_at,
        left_at=left_at,
    )
