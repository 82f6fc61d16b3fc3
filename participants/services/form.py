"""A register sent as a plain form."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction

from accounts.models import User
from activities.models import Session
from participants.models import (
    ATTENDED,
    Attendance,
    AttendanceRole,
    MarkOperation,
    MarkStatus,
)
from participants.queries.marks import current_marks
from participants.services.lock import lock
from participants.services.marks import MarkInput, MarkResult, record_marks


@transaction.atomic
def save_register(
    *,
    session: Session,
    statuses: Mapping[UUID, str],
    rest: Collection[UUID] = (),
    roles: Mapping[UUID, str] | None = None,
    nonce: UUID,
    by: User,
    now: dt.datetime,
) -> list[MarkResult]:
    """Mark people as a form says, once however often the form is sent.

    `nonce` is the page's own, so that sending the form again changes nothing that another device
    marked since; another choice on the same page counts. People in `rest` become present where
    nobody has marked them yet. A mark of a device with a fast clock is followed, not lost to: the
    form was filled in seeing it. `roles` says in what role people came whom nobody has marked yet;
    whoever is marked keeps theirs.

    Raises:
        PermissionDenied: the user may not keep this register.
    """
    session = lock(session, by)
    standing = current_marks(session)
    unmarked = [person for person in rest if person not in standing]
    wanted = dict.fromkeys(unmarked, MarkStatus.PRESENT.value) | dict(statuses)
    operations = [
        _form_operation(
            person,
            status,
            standing=standing.get(person),
            role=(roles or {}).get(person, AttendanceRole.PARTICIPANT.value),
            nonce=nonce,
            now=now,
        )
        for person, status in wanted.items()
    ]
    sent_before = MarkOperation.objects.in_bulk([operation.id for operation in operations])
    fresh = [operation for operation in operations if operation.id not in sent_before]
    return record_marks(session=session, operations=fresh, by=by, now=now)


def _form_operation(
    person: UUID,
    status: str,
    *,
    standing: Attendance | None,
    role: str,
    nonce: UUID,
    now: dt.datetime,
) -> MarkInput:
    """What the form says of one person. Who came and stays marked as here keeps their times."""
    came = standing if standing and status in ATTENDED else None
    return MarkInput(
        id=_operation_id(person, status, standing, nonce),
        participant_id=person,
        status=status,
        at=max(now, standing.marked_at + dt.timedelta(microseconds=1)) if standing else now,
        role=standing.role if standing else role,
        device=_device(nonce),
        arrived_at=came.arrived_at if came else None,
        left_at=came.left_at if came else None,
    )


def _operation_id(person: UUID, status: str, standing: Attendance | None, nonce: UUID) -> UUID:
    """A choice after another one on the same page has an id that tells which it follows."""
    previous = standing.operation if standing else None
    if previous is None or previous.device != _device(nonce):
        return uuid.uuid5(nonce, f"{person}:{status}")
    if previous.status == status:
        return previous.pk
    return uuid.uuid5(nonce, f"{person}:{status}:{previous.pk}")


def _device(nonce: UUID) -> str:
    return f"form:{nonce}"
