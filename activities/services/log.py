"""What became of a session, said afterwards by those who were there."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_plan
from activities.handlers import session_restored
from activities.models import Delivery, Session, SessionLog
from activities.queries.log import Happened, LogFacts, facts_of, fingerprint_of, log_of
from activities.services.errors import ChangedMeanwhileError, LogRefusedError
from hubs.models import Organisation

OUTCOME = ("delivery", "delivered_minutes", "cancelled_at", "cancellation_reason")
# Diaries replace their entry when its revision is a higher one.
DIARY = ("changed_at", "revision")


@transaction.atomic
def log_session(
    *, by: User, session: Session, facts: LogFacts, seen: str, now: dt.datetime
) -> SessionLog:
    """Write or correct a session's log, and on the session itself what figures read.

    What did not take place is cancelled, with its reason for everybody to read; saying otherwise
    takes that back. `seen` is the fingerprint of what the writer began from.

    Raises:
        PermissionDenied: the session is not the user's to plan.
        ChangedMeanwhileError: somebody has written something else meanwhile.
        LogRefusedError: it has not begun, or people are marked at what did not take place.
    """
    session = _held(by, session)
    log = log_of(session)
    stood = facts_of(session, log)
    if log is not None and stood == facts:
        return log
    if seen != fingerprint_of(stood):
        raise ChangedMeanwhileError
    _refuse(session, facts, now)
    _write_outcome(by, session, facts, now)
    log = _write_log(by, session, facts, now)
    record_audit(by=by, kind=AuditKind.SESSION_LOGGED, about=session, reason=str(facts.happened))
    return log


def _held(by: User, session: Session) -> Session:
    """The session, held to the end: registers hold it too before they mark anybody."""
    if not can_plan(by, session.activity):
        raise PermissionDenied
    sessions = Session.objects.select_related("activity").select_for_update(
        no_key=True, of=("self",)
    )
    return sessions.get(pk=session.pk)


def _refuse(session: Session, facts: LogFacts, now: dt.datetime) -> None:
    if now < session.starts_at:
        raise LogRefusedError("It has not begun yet. The log can be written once it has.")
    if facts.happened != Happened.NOT:
        return
    if session.has_marks:
        raise LogRefusedError(
            "People are marked on the register, so it did take place. Look at the register first."
        )
    if session.head_counts.filter(people__gt=0).exists():
        raise LogRefusedError("People were counted at it, so it did take place.")


def _write_outcome(by: User, session: Session, facts: LogFacts, now: dt.datetime) -> None:
    was = session.is_cancelled, session.cancellation_reason
    if facts.happened == Happened.NOT:
        session.cancelled_at = session.cancelled_at or now
        session.cancellation_reason = facts.why
        session.delivery, session.delivered_minutes = Delivery.UNKNOWN, None
    else:
        session.cancelled_at, session.cancellation_reason = None, ""
        session.delivery = Delivery(facts.happened or "")
        session.delivered_minutes = facts.minutes
    if was != (session.is_cancelled, session.cancellation_reason):
        session.changed_at = now
        session.revision += 1
    session.save(update_fields=[*OUTCOME, *DIARY])
    if was[0] != session.is_cancelled:
        restored, cancelled = AuditKind.SESSION_RESTORED, AuditKind.SESSION_CANCELLED
        kind = cancelled if session.is_cancelled else restored
        record_audit(by=by, kind=kind, about=session)
    if was[0] and not session.is_cancelled:
        for handle in session_restored:
            handle(session)


def _write_log(by: User, session: Session, facts: LogFacts, now: dt.datetime) -> SessionLog:
    log, _ = SessionLog.objects.update_or_create(
        session=session,
        defaults={
            "why": facts.why,
            "skills": sorted(facts.skills),
            "note": facts.note,
            "logged_by": by,
            "logged_at": now,
        },
    )
    log.staff.set(User.objects.filter(pk__in=facts.staff))
    log.partners.set(Organisation.objects.filter(pk__in=facts.partners))
    return log
