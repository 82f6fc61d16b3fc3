"""Head-counts, and closing a register."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.queries.register import opens_at
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.lock import check_open, lock


@transaction.atomic
def record_head_count(
    *,
    session: Session,
    group: HeadCountGroup,
    people: int,
    method: CountMethod,
    by: User,
    now: dt.datetime,
) -> HeadCount:
    """Say how many of a group were there, without names; a later count replaces an earlier.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
    """
    session = lock(session, by)
    check_open(session, now)
    count, _ = HeadCount.objects.update_or_create(
        session=session,
        group=group,
        defaults={"people": people, "method": method, "counted_by": by, "counted_at": now},
    )
    return count


@transaction.atomic
def close_register(*, session: Session, by: User, now: dt.datetime) -> Session:
    """Say that the register is taken; saying it again keeps the first time.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: there is no register to take.
        RegisterError: the session is still to come.
    """
    session = lock(session, by)
    if session.is_cancelled:
        raise SessionCancelledError
    if now < opens_at(session):
        raise RegisterError("A register can be closed from half an hour before the session.")
    if session.register_taken_at is None:
        session.register_taken_at = now
        session.save(update_fields=["register_taken_at"])
    return session
