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
    Attendance,
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
    nonce: UUID,
    by: User,
    now: dt.datetime,
) -> list[MarkResult]:
    """Mark people as a form says, once however often the form is sent.

    `nonce` is the page's own, so that sending the form again changes nothing that another device
    marked since; another choice on the same page counts. People in `rest` become present where
    nobody has marked them yet. A mark of a device with a fast clock is followed, not lost to: the
    form was filled in seeing it.

    Raises:
        PermissionDenied: the user may not keep this register.
    """
    session = lock(session, by)
    standing = current_marks(session)
    unmarked = [person for person in rest if person not in standing]
    wanted = dict.fromkeys(unmarked, MarkStatus.PRESENT.value) | dict(statuses)
    operations = [
        _form_operation(person, status, standing.get(person), nonce, now)
        for person, status in wanted.items()
    ]
    sent_before = MarkOperation.objects.in_bulk([operation.id for operation in operations])
    fresh = [operation for operation in operations if operation.id not in sent_before]
    return record_marks(session=session, operations=fresh, by=by, now=now)


def _form_operation(
    person: UUID, status: str, standing: Attendance | None, nonce: UUID, now: dt.datetime
) -> MarkInput:
    """A choice after another one on the same page has an id that tells which it follows."""
    device = f"form:{nonce}"
    previous = standing.operation if standing else None
    if previous is None or previous.device != device:
        operation_id = uuid.uuid5(nonce, f"{person}:{status}")
    elif previous.status == status:
        operation_id = previous.pk
    else:
        operation_id = uuid.uuid5(nonce, f"{person}:{status}:{previous.pk}")
    if standing is None:
        return MarkInput(operation_id, person, status, now, device=device)
    at = max(now, standing.marked_at + dt.timedelta(microseconds=1))
    return MarkInput(operation_id, person, status, at, role=standing.role, device=device)
