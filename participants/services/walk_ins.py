"""People who came unannounced."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants.models import (
    AttendanceRole,
    MarkOperation,
    MarkStatus,
    Participant,
    Registration,
)
from participants.services.errors import RegisterError
from participants.services.lock import check_open, lock
from participants.services.marks import append


@transaction.atomic
def add_walk_in(
    *,
    session: Session,
    participant_id: UUID,
    given_name: str,
    family_name: str = "",
    year_group: int | None,
    by: User,
    now: dt.datetime,
) -> Participant:
    """Add somebody who came unannounced: an incomplete record at the hub, marked present.

    Sent again with the same id it returns the same person. A citywide session has no hub: the
    person is then on this register only.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
        RegisterError: the id belongs to somebody else.
    """
    session = lock(session, by)
    operation_id = uuid.uuid5(participant_id, str(session.pk))
    content = {
        "given_name": given_name,
        "family_name": family_name,
        "year_group": year_group,
    }
    person, is_new = Participant.objects.get_or_create(
        pk=participant_id,
        defaults=content | {"is_complete": False, "created_at": now},
    )
    if not is_new:
        _check_same_walk_in(person, operation_id, content)
        return person
    check_open(session, now)
    _register_walk_in(session, person, operation_id, by, now)
    return person


def _check_same_walk_in(
    person: Participant, operation_id: UUID, content: Mapping[str, object]
) -> None:
    """Refuse an id that was not this walk-in of this session, without a word about whose it is."""
    same = all(getattr(person, field) == value for field, value in content.items())
    if not same or not MarkOperation.objects.filter(pk=operation_id, participant=person).exists():
        raise RegisterError("This walk-in was already sent with other details.")


def _register_walk_in(
    session: Session, person: Participant, operation_id: UUID, by: User, now: dt.datetime
) -> None:
    hub = session.activity.hub
    if hub is not None:
        Registration.objects.create(participant=person, hub=hub, registered_at=now)
    mark = MarkOperation(
        id=operation_id,
        session=session,
        participant=person,
        role=AttendanceRole.PARTICIPANT,
        status=MarkStatus.PRESENT,
        marked_at=now,
        device="walk-in",
        marked_by=by,
        received_at=now,
    )
    append(session, {operation_id: mark}, {person.pk: person.pk})
    record_audit(by=by, kind=AuditKind.PARTICIPANT_CREATED, about=person)
