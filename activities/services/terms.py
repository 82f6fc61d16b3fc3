"""Terms, and days on which nothing takes place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_close, can_set_terms
from activities.bank_holidays import BankHoliday
from activities.models import Activity, Closure, ClosureKind, Session, Term
from activities.queries.copying import CopyPlan, copy_plan
from activities.queries.planning import Place
from activities.queries.terms import affected_by, fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError
from activities.services.schedules import put_up
from activities.services.standing import cancel_session

Row = TypeVar("Row", Term, Closure)


@transaction.atomic
def put_term(*, by: User, term: Term, facts: Mapping[str, Any], seen: str = "") -> Term:
    """Write a term, new or there already, by field.

    `seen` is the fingerprint of the one that the change began from. Raises PermissionDenied and
    ChangedMeanwhileError.
    """
    if not can_set_terms(by):
        raise PermissionDenied
    return _put(by, term, facts, seen)


@transaction.atomic
def put_closure(*, by: User, closure: Closure, facts: Mapping[str, Any], seen: str = "") -> Closure:
    """Write days on which nothing takes place, new or there already, by field.

    Sessions stay: `cancel_in_closure` cancels them. `seen` is the fingerprint of what the change
    began from. Raises PermissionDenied, for where it was and where it will be, and
    ChangedMeanwhileError.
    """
    hubs = {facts["hub"], closure.hub} if closure.pk else {facts["hub"]}
    if not all(can_close(by, hub) for hub in hubs):
        raise PermissionDenied
    return _put(by, closure, facts, seen)


@transaction.atomic
def remove_closure(*, by: User, closure: Closure) -> None:
    """Say that these days are like others after all. No session comes back by itself.

    Raises PermissionDenied.
    """
    if not can_close(by, closure.hub):
        raise PermissionDenied
    reason = f"No. {closure.pk}: removed"
    record_audit(by=by, kind=AuditKind.CLOSURE_CHANGED, about=closure, reason=reason)
    closure.delete()


@transaction.atomic
def cancel_in_closure(
    *, by: User, closure: Closure, sessions: Collection[UUID], reason: str, now: dt.datetime
) -> int:
    """Cancel these of the sessions that fall into a closure; `reason` is for everybody to read.

    Returns how many. Those that somebody worked on, or that are none of the user's, stay as they
    are.
    """
    # In one order everywhere, and read once they are held: others may cancel or count meanwhile.
    held = Session.objects.visible_to(by).filter(pk__in=sessions).order_by("pk")
    list(held.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    chosen = [
        each.session
        for each in affected_by(by, closure, now)
        if each.session.pk in sessions and each.can_be_cancelled
    ]
    for session in chosen:
        cancel_session(by=by, session=session, reason=reason, now=now)
    return len(chosen)


@transaction.atomic
def copy_term(
    *,
    by: User,
    places: Collection[Place],
    source: Term,
    target: Term,
    agreed: str,
    now: dt.datetime,
) -> CopyPlan:
    """Make the schedules of one term again in another, with their sessions; returns what was made.

    A second time makes nothing. `agreed` is the digest of the plan that was looked at. Raises
    PermissionDenied where a place is not the user's to plan for, and ChangedMeanwhileError.
    """
    if not all(can_close(by, place.hub) for place in places):
        raise PermissionDenied
    activities = Activity.objects.visible_to(by).order_by("pk")
    list(activities.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    plan = copy_plan(by, places, source, target, now)
    if plan.digest != agreed:
        raise ChangedMeanwhileError
    for row in plan.copied:
        put_up(by=by, change=row.change, now=now)
    return plan


@transaction.atomic
def load_bank_holidays(holidays: Iterable[BankHoliday]) -> tuple[int, int]:
    """Write bank holidays of the whole city; returns how many are new and how many were renamed.

    Those that are there stay. All or nothing; by commands only.
    """
    bank = Closure.objects.filter(hub=None, kind=ClosureKind.BANK_HOLIDAY)
    there = {each.first_on: each for each in bank.select_for_update()}
    wanted = {each.day: each.name for each in holidays}
    new = [
        Closure(kind=ClosureKind.BANK_HOLIDAY, name=name, first_on=day, last_on=day)
        for day, name in wanted.items()
        if day not in there
    ]
    renamed = [
        closure for day, closure in there.items() if day in wanted and closure.name != wanted[day]
    ]
    for closure in renamed:
        closure.name = wanted[closure.first_on]
    Closure.objects.bulk_create(new)
    Closure.objects.bulk_update(renamed, ["name"])
    return len(new), len(renamed)


def _put(by: User, row: Row, facts: Mapping[str, Any], seen: str) -> Row:
    stored = type(row)._default_manager.select_for_update().get(pk=row.pk) if row.pk else row
    if row.pk and seen != fingerprint_of_row(stored):
        raise ChangedMeanwhileError
    for name, value in facts.items():
        setattr(stored, name, value)
    stored.save()
    reason = f"{stored._meta.verbose_name} no. {stored.pk}"
    record_audit(by=by, kind=AuditKind.CLOSURE_CHANGED, about=stored, reason=reason)
    return stored
