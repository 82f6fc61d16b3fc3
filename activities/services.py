"""Writes: first visits announced, sessions confirmed, cancelled and taken back, what is offered.

Who may plan is checked here again, whatever a view has checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_plan
from activities.models import Activity, ActivityText, FirstVisitCount, Session, SessionQuerySet
from activities.queries.planning import fingerprint_of
from activities.queries.sessions import Standing, standing_of
from hubs.wording import Edition

# What a diary entry says. Where one of these changes, every diary has to be told.
IN_DIARIES = frozenset({"title", "venue", "address", "postcode"})


class PlanningError(Exception):
    """Something that planning refuses; its text is for the person who asked."""


class NobodyCanComeError(PlanningError):
    """The session is cancelled or over, or its hub has not stood by it lately."""


class NothingToCancelError(PlanningError):
    """The session is cancelled already, or not cancelled, or has begun."""


class NoWordsError(PlanningError):
    """There are no words that somebody could check."""


class ChangedMeanwhileError(PlanningError):
    """Somebody else changed it since it was opened; nothing was written."""


@transaction.atomic
def count_first_visit(*, session: Session, now: dt.datetime) -> None:
    """Count one more person who might come for the first time. Nothing else is kept.

    Right whoever else counts at the same time. Raises NobodyCanComeError.
    """
    if standing_of(session, now) not in {Standing.COMING, Standing.ON_NOW}:
        raise NobodyCanComeError
    FirstVisitCount.objects.bulk_create([FirstVisitCount(session=session)], ignore_conflicts=True)
    FirstVisitCount.objects.filter(session=session).update(people=F("people") + 1)


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
    return _change(by, session, AuditKind.SESSION_RESTORED, now)


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


@transaction.atomic
def change_activity(
    *, by: User, activity: Activity, facts: Mapping[str, Any], seen: str, now: dt.datetime
) -> set[str]:
    """Write new facts of an activity, by field; returns the names of those that differ.

    `seen` is the fingerprint of the activity that the change began from. Raises PermissionDenied,
    and ChangedMeanwhileError where it is another one by now.
    """
    if not can_plan(by, activity):
        raise PermissionDenied
    stored = Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    changed = {name for name, value in facts.items() if getattr(stored, name) != value}
    if not changed:
        return changed
    if seen != fingerprint_of(stored):
        raise ChangedMeanwhileError
    for name in changed:
        setattr(stored, name, facts[name])
    stored.changed_at = now
    stored.save(update_fields=[*changed, "changed_at"])
    if changed & IN_DIARIES:
        coming = Session.objects.filter(activity=stored).not_over(now)
        coming.update(revision=F("revision") + 1, changed_at=now)
    record_audit(by=by, kind=AuditKind.ACTIVITY_CHANGED, about=stored, reason=f"No. {stored.pk}")
    return changed


@transaction.atomic
def put_words(
    *,
    by: User,
    activity: Activity,
    edition: Edition,
    words: Mapping[str, str],
    seen: str,
    now: dt.datetime,
) -> ActivityText:
    """Write an activity's words in an edition, by field. Other words are words nobody has checked.

    `seen` is the fingerprint of the words that the writer began from. Raises PermissionDenied, and
    ChangedMeanwhileError where others stand there by now.
    """
    text = _text_of(by, activity, edition)
    if any(getattr(text, name) != value for name, value in words.items()):
        if seen != fingerprint_of(text):
            raise ChangedMeanwhileError
        for name, value in words.items():
            setattr(text, name, value)
        text.checked_by, text.checked_on = "", None
        text.save()
        _touch(activity, now)
    return text


@transaction.atomic
def check_words(
    *,
    by: User,
    activity: Activity,
    edition: Edition,
    speaker: str,
    checked_on: dt.date,
    seen: str,
    now: dt.datetime,
) -> ActivityText:
    """Record that a speaker has read an activity's words in an edition and stands by them.

    `seen` is the fingerprint of the words that were read. Raises PermissionDenied, NoWordsError
    where there are no words, and ChangedMeanwhileError where they are other ones by now.
    """
    text = _text_of(by, activity, edition)
    if text.pk is None:
        raise NoWordsError("There are no words to check yet. Save some first.")
    if seen != fingerprint_of(text):
        raise ChangedMeanwhileError
    text.checked_by, text.checked_on = speaker, checked_on
    text.save()
    _touch(activity, now)
    return text


def _text_of(by: User, activity: Activity, edition: Edition) -> ActivityText:
    """The row of words, held to the end of the transaction; a new one, not yet saved, else."""
    if not can_plan(by, activity):
        raise PermissionDenied
    Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    key = {"activity": activity, "language": edition.language, "variant": edition.variant}
    return ActivityText.objects.filter(**key).first() or ActivityText(**key)


def _touch(activity: Activity, now: dt.datetime) -> None:
    Activity.objects.filter(pk=activity.pk).update(changed_at=now)
