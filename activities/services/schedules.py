"""Weekly schedules and the sessions that they make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_plan
from activities.models import Activity, Schedule, Session
from activities.queries.schedules import (
    Change,
    Outcome,
    Step,
    change_of,
    fingerprint_of_schedule,
    sessions_to_change,
)
from activities.schedule_dates import DAY, in_dates, monday_of
from activities.services.errors import ChangedMeanwhileError, NothingToPlanError

# What planning writes into a session that is there.
WRITTEN = (
    *("schedule", "starts_at", "ends_at", "led_by", "places", "changed_at", "revision"),
    *("cancelled_at", "cancellation_reason", "checked_at"),
)


@transaction.atomic
def add_schedule(
    *, by: User, activity: Activity, facts: Mapping[str, Any], agreed: str, now: dt.datetime
) -> Change:
    """Write a new weekly schedule, by field, and make its sessions; returns what was made.

    `agreed` is the digest of the change that was looked at. Raises PermissionDenied;
    NothingToPlanError where the activity has that weekly time already, as after a double tap;
    ChangedMeanwhileError where the dates are other ones by now.
    """
    if not can_plan(by, activity):
        raise PermissionDenied
    Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    change = change_of(Schedule(activity=activity), facts, now)
    if _is_there(change.wanted):
        raise NothingToPlanError("This activity has that weekly time already.")
    if change.digest != agreed:
        raise ChangedMeanwhileError
    put_up(by=by, change=change, now=now)
    return change


def put_up(*, by: User, change: Change, now: dt.datetime) -> None:
    """Write a new schedule and make its sessions; whoever calls has asked who may."""
    change.wanted.save()
    _carry_out(by, change, "", now)


@transaction.atomic
def change_schedule(
    *,
    by: User,
    schedule: Schedule,
    facts: Mapping[str, Any],
    reason: str,
    seen: str,
    agreed: str,
    now: dt.datetime,
    since: dt.date | None = None,
) -> Change:
    """Write new facts of a schedule, by field, and let its dates to come follow.

    Dates with marks, a register, counts or a log, those that have begun or were changed by
    themselves stay as they are. Those that no longer fit are cancelled with `reason`, for
    everybody to read; only those that were listed for a moment vanish (`may_vanish`).
    `since` splits the schedule: from this date of it on a new one holds, and the old one ends
    the day before. `seen` is the fingerprint of the schedule that the change began from, `agreed`
    the digest of what was looked at. Raises PermissionDenied and ChangedMeanwhileError.
    """
    if not can_plan(by, schedule.activity):
        raise PermissionDenied
    stored = _locked(schedule)
    if seen != fingerprint_of_schedule(stored):
        raise ChangedMeanwhileError
    since = since if since and since > stored.starts_on else None
    # In one order everywhere, so that two who change the same ones never block each other.
    sessions = sessions_to_change(stored, now, since).order_by("pk")
    list(sessions.select_for_update(no_key=True, of=("self",)))
    change = change_of(stored, facts, now, since)
    if change.digest != agreed:
        raise ChangedMeanwhileError
    if since is not None:
        _end(stored, since)
        _leave_to_the_old_one(change)
    left_out = {*change.wanted.left_out, *change.kept_weeks}
    change.wanted.left_out = in_dates(left_out)
    change.wanted.save()
    _carry_out(by, change, reason, now)
    return change


@transaction.atomic
def make_sessions(*, by: User | None, schedule: Schedule, now: dt.datetime) -> int:
    """Make a session for every date of a schedule that is to come and has none.

    Returns how many were made; a second time none. `by` is empty only for commands. Raises
    PermissionDenied.
    """
    if by is not None and not can_plan(by, schedule.activity):
        raise PermissionDenied
    stored = _locked(schedule)
    made = change_of(stored, {}, now).made
    _make(stored, made, now)
    if made:
        _note(by, stored, f"{len(made)} made")
    return len(made)


def _is_there(wanted: Schedule) -> bool:
    same = Schedule.objects.filter(
        activity=wanted.activity_id, weekday=wanted.weekday, starts=wanted.starts
    )
    return same.filter(starts_on__lte=wanted.ends_on, ends_on__gte=wanted.starts_on).exists()


def _locked(schedule: Schedule) -> Schedule:
    """The schedule with its activity, held to the end of the transaction."""
    schedules = Schedule.objects.select_related("activity__hub")
    return schedules.select_for_update(no_key=True, of=("self",)).get(pk=schedule.pk)


def _end(stored: Schedule, since: dt.date) -> None:
    """End it with the week before, so that on another weekday it takes no date of that week."""
    stored.ends_on = max(stored.starts_on, monday_of(since) - DAY)
    stored.save(update_fields=["ends_on"])


def _leave_to_the_old_one(change: Change) -> None:
    """Sessions that stay as they are stay with the old schedule; the new one leaves them out."""
    wanted = change.wanted
    wanted.left_out = in_dates([*wanted.left_out, *(step.day for step in change.left)])


def _carry_out(by: User, change: Change, reason: str, now: dt.datetime) -> None:
    """Do to each date what the change says; its schedule is saved already."""
    _make(change.wanted, change.made, now)
    for step in change.of(Outcome.SAME, Outcome.CHANGED, Outcome.CANCELLED):
        _rewrite(by, change, step, reason, now)
    for step in change.vanishing:
        _take_away(by, step)
    counts = (
        f"{len(steps)} {outcome.value}"
        for outcome in Outcome
        if (steps := change.of(outcome)) and outcome is not Outcome.SKIPPED
    )
    _note(by, change.wanted, ", ".join(counts))


def _make(schedule: Schedule, steps: Iterable[Step], now: dt.datetime) -> None:
    Session.objects.bulk_create(
        Session(
            activity_id=schedule.activity_id,
            schedule=schedule,
            slot_on=step.day,
            starts_at=step.starts_at,
            ends_at=step.ends_at,
            led_by_id=schedule.led_by_id,
            places=schedule.places,
            listed_at=now,
            changed_at=now,
        )
        for step in steps
    )


def _rewrite(by: User, change: Change, step: Step, reason: str, now: dt.datetime) -> None:
    """Diaries replace their entry where its revision is a higher one."""
    session = step.session
    if session is None or (step.outcome is Outcome.SAME and not change.is_split):
        return
    session.schedule = change.wanted
    if step.outcome is not Outcome.SAME:
        session.changed_at = now
        session.revision += step.before is not None or step.outcome is Outcome.CANCELLED
        session.checked_at = now
    if step.outcome is Outcome.CHANGED:
        session.starts_at, session.ends_at = step.starts_at, step.ends_at
        session.led_by_id = change.wanted.led_by_id
        session.places = session.places if step.is_booked else change.wanted.places
    if step.outcome is Outcome.CANCELLED:
        session.cancelled_at, session.cancellation_reason = now, reason
    session.save(update_fields=WRITTEN)
    _note_session(by, session, step.outcome)


def _take_away(by: User, step: Step) -> None:
    if step.session is not None:
        record_audit(by=by, kind=AuditKind.SESSION_CHANGED, about=step.session, reason="removed")
        step.session.delete()


def _note_session(by: User, session: Session, outcome: Outcome) -> None:
    kinds = {
        Outcome.CHANGED: AuditKind.SESSION_CHANGED,
        Outcome.CANCELLED: AuditKind.SESSION_CANCELLED,
    }
    if outcome in kinds:
        record_audit(by=by, kind=kinds[outcome], about=session, reason="with its series")


def _note(by: User | None, schedule: Schedule, words: str) -> None:
    reason = f"No. {schedule.pk}" + (f": {words}" if words else "")
    record_audit(by=by, kind=AuditKind.SCHEDULE_CHANGED, about=schedule, reason=reason)
