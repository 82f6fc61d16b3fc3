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
    return Session.objects.select_for_update(no_key=True).get(pk=session.pk)


def check_open(session: Session, now: dt.datetime) -> None:
    if session.is_cancelled:
        raise SessionCancelledError
    if now < opens_at(session):
        raise TooEarlyError
