"""Holding a session's row."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied

from accounts.models import User
from activities.models import Session
from participants.access import can_record
from participants.queries.register import opens_at
from participants.services.errors import SessionCancelledError, TooEarlyError


def lock(session: Session, by: User) -> Session:
    """Check the right to record and hold the session's row to the end of the transaction."""
    if not can_record(by, session):
        raise PermissionDenied
    return hold(session)


def hold(session: Session) -> Session:
    """Hold the session's row to the end of the transaction, whoever may do so."""
    rows = Session.objects.select_related("activity__hub").select_for_update(
        no_key=True, of=("self",)
    )
    return rows.get(pk=session.pk)


def check_open(session: Session, now: dt.datetime) -> None:
    """Raise SessionCancelledError or TooEarlyError where nobody can have come."""
    if session.is_cancelled:
        raise SessionCancelledError
    if now < opens_at(session):
        raise TooEarlyError
