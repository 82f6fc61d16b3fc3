"""The register as a whole: closed, reopened for a reason, and who was counted without names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.models import RegisterAction, RegisterEvent
from participants.queries.register import opens_at
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.judging import Sender
from participants.services.lock import check_open, lock
from participants.services.marks import MarkResult, Outcome

MOST_PEOPLE = 100_000


@dataclass(frozen=True)
class ClosingInput:
    """A register was closed on a device."""

    id: UUID
    at: dt.datetime
    device: str = ""


@dataclass(frozen=True)
class CountInput:
    """People were counted without names on a device."""

    id: UUID
    group: str
    people: int
    method: str
    at: dt.datetime


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


def keep_count(*, session: Session, count: CountInput, by: User, now: dt.datetime) -> MarkResult:
    """Keep a head-count of a device: of several the latest stands, of equal times the larger.

    The caller holds the session's row and has checked the taker's right. A count of a cancelled
    session is kept and counts for nothing while it is cancelled.
    """
    if reason := _not_a_count(count) or _too_early(session, count.at, now):
        return MarkResult(count.id, Outcome.REFUSED, reason)
    standing = HeadCount.objects.filter(session=session, group=count.group).first()
    if standing and _order(standing.counted_at, standing) > _order(count.at, count):
        return MarkResult(count.id, Outcome.SUPERSEDED)
    if standing and _order(standing.counted_at, standing) == _order(count.at, count):
        return MarkResult(count.id, Outcome.KNOWN)
    HeadCount.objects.update_or_create(
        session=session,
        group=count.group,
        defaults={
            "people": count.people,
            "method": count.method,
            "counted_by": by,
            "counted_at": count.at,
        },
    )
    return MarkResult(count.id, Outcome.APPLIED)


def _order(at: dt.datetime, count: HeadCount | CountInput) -> tuple[dt.datetime, int, str]:
    return at, count.people, str(count.method)


def _not_a_count(count: CountInput) -> str:
    known = count.group in HeadCountGroup.values and count.method in CountMethod.values
    if known and 0 <= count.people <= MOST_PEOPLE:
        return ""
    return "This is not a head-count that a register knows."


def _too_early(session: Session, at: dt.datetime, now: dt.datetime) -> str:
    if min(at, now) < opens_at(session):
        return "Nobody can be counted earlier than 30 minutes before the session."
    return ""


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
        RegisterEvent.objects.create(
            session=session, action=RegisterAction.CLOSED, at=now, done_by=by, received_at=now
        )
        _derive_taken(session)
    return session


@transaction.atomic
def reopen_register(*, session: Session, reason: str, by: User, now: dt.datetime) -> Session:
    """Open a register that is taken, to change it; `reason` names nobody.

    Raises:
        PermissionDenied: the user may not keep this register.
        RegisterError: it is open, or no reason is given.
    """
    session = lock(session, by)
    if session.register_taken_at is None:
        raise RegisterError("This register is open already.")
    if not reason.strip():
        raise RegisterError("Write in a few words why it is opened again.")
    # Whoever reopens has seen it closed, by a device that runs ahead too: this comes after that.
    events = RegisterEvent.objects.filter(session=session, at__gte=session.register_taken_at)
    last = max((session.register_taken_at, *events.values_list("at", flat=True)))
    at = max(now, last + dt.timedelta(microseconds=1))
    RegisterEvent.objects.create(
        session=session,
        action=RegisterAction.REOPENED,
        reason=reason.strip(),
        at=at,
        done_by=by,
        received_at=now,
    )
    _derive_taken(session)
    record_audit(by=by, kind=AuditKind.REGISTER_REOPENED, about=session)
    return session


def keep_closing(
    *,
    session: Session,
    closing: ClosingInput,
    sender: Sender,
    now: dt.datetime,
) -> MarkResult:
    """Keep that a register was closed on a device, once however often it arrives.

    The caller holds the session's row and has checked the taker's right. A device that runs ahead
    closed it now at the latest.
    """
    if min(closing.at, now) < opens_at(session):
        reason = "A register can be closed from half an hour before the session."
        return MarkResult(closing.id, Outcome.REFUSED, reason)
    event, is_new = RegisterEvent.objects.get_or_create(
        pk=closing.id,
        defaults={
            "session": session,
            "action": RegisterAction.CLOSED,
            "at": min(closing.at, now),
            "device": closing.device,
            "done_by": sender.taker,
            "sent_by": sender.other_hand,
            "received_at": now,
        },
    )
    if event.session_id != session.pk or event.action != RegisterAction.CLOSED:
        return MarkResult(closing.id, Outcome.REFUSED, "This id was used for something else.")
    _derive_taken(session)
    return MarkResult(closing.id, Outcome.APPLIED if is_new else Outcome.KNOWN)


def _derive_taken(session: Session) -> None:
    """Write since when the register is taken: the first closing after it was last reopened.

    A register that came as taken, in bulk, was closed by nobody here; that counts until the first
    reopening.
    """
    events = RegisterEvent.objects.filter(session=session).order_by("at", "pk")
    taken_at = _taken_at(session.register_taken_at, list(events.values_list("action", "at")))
    if taken_at != session.register_taken_at:
        session.register_taken_at = taken_at
        session.save(update_fields=["register_taken_at"])


def _taken_at(
    known: dt.datetime | None, events: Sequence[tuple[str, dt.datetime]]
) -> dt.datetime | None:
    is_ours = any(action == RegisterAction.REOPENED for action, _ in events)
    taken_at = None if is_ours else known
    for action, at in events:
        if action == RegisterAction.REOPENED:
            taken_at = None
        elif taken_at is None or at < taken_at:
            taken_at = at
    return taken_at
