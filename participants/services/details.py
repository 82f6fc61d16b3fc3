"""When somebody came and left, and in what role."""

from __future__ import annotations

import datetime as dt
import uuid
from uuid import UUID

from django.db import transaction

from accounts.models import User
from activities.models import Session
from participants.models import ATTENDED, AttendanceRole
from participants.queries.marks import current_marks
from participants.services.errors import RegisterError
from participants.services.lock import lock
from participants.services.marks import MarkInput, Outcome, record_marks

# What such a mark says it was made with.
ON_THE_PAGE = "details"


@transaction.atomic
def change_details(
    *,
    session: Session,
    person_id: UUID,
    role: AttendanceRole,
    arrived_at: dt.datetime | None,
    left_at: dt.datetime | None,
    by: User,
    now: dt.datetime,
) -> None:
    """Mark a root person as they are marked, with these times and in this role.

    Raises:
        PermissionDenied: the user may not keep this register.
        RegisterError: nobody has marked them, they have times and did not come, or the times
            are not of this session.
    """
    session = lock(session, by)
    standing = current_marks(session).get(person_id)
    if standing is None:
        raise RegisterError("Mark them first: present, late, left early, absent or excused.")
    if standing.status not in ATTENDED and (arrived_at or left_at):
        raise RegisterError("Somebody who did not come has no in and out times.")
    mark = MarkInput(
        id=uuid.uuid4(),
        participant_id=person_id,
        status=standing.status,
        at=max(now, standing.marked_at + dt.timedelta(microseconds=1)),
        role=role.value,
        device=ON_THE_PAGE,
        arrived_at=arrived_at,
        left_at=left_at,
    )
    (result,) = record_marks(session=session, operations=[mark], by=by, now=now)
    if result.outcome is not Outcome.APPLIED:
        raise RegisterError(result.reason)
