"""Activities that are new, and single dates: added, or changed by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_close, can_plan
from activities.handlers import booked_among
from activities.models import Activity, Programme, Session
from activities.queries.schedules import is_frozen
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import BookedError, ChangedMeanwhileError, NothingToPlanError

# What a diary entry says of a single date.
IN_DIARIES = frozenset({"starts_at", "ends_at"})


@transaction.atomic
def add_activity(*, by: User, facts: Mapping[str, Any], now: dt.datetime) -> Activity:
    """Write a new activity, by field; its hub, where it has one, is among them.

    Raises PermissionDenied where its hub is not the user's to plan for, and NothingToPlanError
    where it is there already, as after a double tap.
    """
    if not can_close(by, facts.get("hub")):
        raise PermissionDenied
    Programme.objects.select_for_update(no_key=True).get(pk=facts["programme"].pk)
    same = {name: facts[name] for name in ("hub", "title", "venue")}
    if Activity.objects.filter(**same).exists():
        raise NothingToPlanError("There is something of that name at that place already.")
    activity = Activity.objects.create(**facts, changed_at=now)
    reason = f"No. {activity.pk}: new"
    record_audit(by=by, kind=AuditKind.ACTIVITY_CHANGED, about=activity, reason=reason)
    return activity


@transaction.atomic
def add_session(
    *, by: User, activity: Activity, facts: Mapping[str, Any], now: dt.datetime
) -> Session:
    """Write a single date of an activity, by field. It stands in no series.

    Raises PermissionDenied, and NothingToPlanError for a date that is over, or that is there
    already, as after a double tap.
    """
    if not can_plan(by, activity):
        raise PermissionDenied
    Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    if facts["ends_at"] <= now:
        raise NothingToPlanError("That is over already. Choose a date that is still to come.")
    same = Session.objects.filter(activity=activity, starts_at=facts["starts_at"])
    if same.filter(cancelled_at__isnull=True).exists():
        raise NothingToPlanError("This activity has a date at that time already.")
    session = Session.objects.create(activity=activity, listed_at=now, changed_at=now, **facts)
    record_audit(by=by, kind=AuditKind.SESSION_CHANGED, about=session, reason="new")
    return session


@transaction.atomic
def change_session(
    *, by: User, session: Session, facts: Mapping[str, Any], seen: str, now: dt.datetime
) -> set[str]:
    """Write new facts of one date, by field; returns the names of those that differ.

    It keeps its slot in its series and is an exception from then on. Raises PermissionDenied;
    NothingToPlanError where somebody worked on it or it has begun; ChangedMeanwhileError where it
    is not the one that `seen` is the fingerprint of.
    """
    if not can_plan(by, session.activity):
        raise PermissionDenied
    stored = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    _check(stored, facts, seen, now)
    changed = {name for name, value in facts.items() if getattr(stored, name) != value}
    if not changed:
        return changed
    for name in changed:
        setattr(stored, name, facts[name])
    stored.is_exception = stored.schedule_id is not None
    stored.revision += bool(changed & IN_DIARIES)
    stored.changed_at = stored.checked_at = now
    stored.save(update_fields=[*changed, "is_exception", "revision", "changed_at", "checked_at"])
    reason = ", ".join(sorted(changed))
    record_audit(by=by, kind=AuditKind.SESSION_CHANGED, about=stored, reason=reason)
    return changed


def _check(stored: Session, facts: Mapping[str, Any], seen: str, now: dt.datetime) -> None:
    if reason := is_frozen(stored, now):
        raise NothingToPlanError(f"This date stays as it is. {reason}.")
    if seen != fingerprint_of_row(stored):
        raise ChangedMeanwhileError
    if facts.get("ends_at", stored.ends_at) <= now:
        raise NothingToPlanError("That is over already. Choose a date that is still to come.")
    if facts.get("places", stored.places) != stored.places and booked_among([stored.pk]):
        raise BookedError("People have booked. Change its places where they are booked.")
