"""Whether sessions are on: confirmed, cancelled, taken back."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_plan
from activities.handlers import session_restored
from activities.models import Session, SessionQuerySet
from activities.services.errors import NothingToCancelError


@transaction.atomic
def confirm_sessions(*, by: User, sessions: SessionQuerySet, now: dt.datetime) -> int:
    """Say that what is listed of these sessions is right: those that are still to come.

    Returns how many there were. Raises PermissionDenied where one is not the user's to plan.
    """
    coming = sessions.not_over(now).filter(cancelled_at__isnull=True)
    wanted = set(coming.values_list("pk", flat=True))
    allowed = set(coming.visible_to(by).values_list("pk", flat=True))
    if wanted != allowed:
        raise PermissionDenied
    return Session.objects.filter(pk__in=wanted).update(checked_at=now)


@transaction.atomic
def cancel_session(*, by: User, session: Session, reason: str, now: dt.datetime) -> Session:
    """Cancel a session that has not ended; `reason` is for everybody to read.

    The hub thereby stands by what is listed of it. Raises PermissionDenied and
    NothingToCancelError.
    """
    session = _lock(by, session)
    if session.is_cancelled:
        raise NothingToCancelError("This session is cancelled already.")
    if session.ends_at <= now:
        raise NothingToCancelError("This session is over. It cannot be cancelled any more.")
    session.cancelled_at = session.checked_at = now
    session.cancellation_reason = reason
    return _change(by, session, AuditKind.SESSION_CANCELLED, now)


@transaction.atomic
def restore_session(*, by: User, session: Session, now: dt.datetime) -> Session:
    """Take a cancellation back: the session is on after all.

    Raises PermissionDenied and NothingToCancelError.
    """
    session = _lock(by, session)
    if not session.is_cancelled:
        raise NothingToCancelError("This session is not cancelled.")
    if session.ends_at <= now:
        raise NothingToCancelError("This session is over. Its cancellation stands.")
    session.cancelled_at, session.checked_at = None, now
    session.cancellation_reason = ""
    session = _change(by, session, AuditKind.SESSION_RESTORED, now)
    for handle in session_restored:
        handle(session)
    return session


def _lock(by: User, session: Session) -> Session:
    if not can_plan(by, session.activity):
        raise PermissionDenied
    sessions = Session.objects.select_related("activity").select_for_update(
        no_key=True, of=("self",)
    )
    return sessions.get(pk=session.pk)


def _change(by: User, session: Session, kind: AuditKind, now: dt.datetime) -> Session:
    """Diaries replace their entry when its revision is a higher one."""
    session.changed_at = now
    session.revision += 1
    fields = ("cancelled_at", "cancellation_reason", "checked_at", "changed_at", "revision")
    session.save(update_fields=fields)
    record_audit(by=by, kind=kind, about=session)
    return session
