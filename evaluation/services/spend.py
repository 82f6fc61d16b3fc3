"""Writes of spend: lines are recorded and struck out, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import london_today
from evaluation.access import can_change_grants
from evaluation.models import Grant, Spend
from evaluation.services.grants import GrantError


@transaction.atomic
def record_spend(
    *, by: User, grant: Grant, key: UUID, facts: Mapping[str, Any], now: dt.datetime
) -> Spend:
    """Record one line by field; a refund has a negative amount. The same key again changes nothing.

    Raises:
        PermissionDenied: the user does not look after grants.
        GrantError: nothing was spent, the day has not come or lies before the grant, or the
            grant does not pay for the programme.
    """
    _refuse_others(by)
    held = Grant.objects.select_for_update().get(pk=grant.pk)
    if standing := held.spend.filter(pk=key).first():
        return standing
    line = Spend(id=key, grant=held, recorded_by=by, recorded_at=now, **facts)
    _refuse_unfit(line, london_today(now))
    line.save(force_insert=True)
    record_audit(by=by, kind=AuditKind.SPEND_RECORDED, about=line, reason=f"Grant no. {held.pk}")
    return line


@transaction.atomic
def strike_out(*, by: User, line: Spend, why: str, now: dt.datetime) -> Spend:
    """Say that a line was wrong. It stays to be seen, and counts no more.

    Raises:
        PermissionDenied: the user does not look after grants.
        GrantError: no reason is given, or it was struck out already.
    """
    _refuse_others(by)
    stored = Spend.objects.select_for_update().get(pk=line.pk)
    if stored.struck_out_at:
        raise GrantError("It was struck out already.")
    if not why.strip():
        raise GrantError("Say what was wrong with it.", "why")
    stored.struck_out_at, stored.struck_out_why = now, why.strip()
    stored.save(update_fields=["struck_out_at", "struck_out_why"])
    record_audit(
        by=by,
        kind=AuditKind.SPEND_STRUCK_OUT,
        about=stored,
        reason=f"Grant no. {stored.grant_id}",
    )
    return stored


def _refuse_others(by: User) -> None:
    if not can_change_grants(by):
        raise PermissionDenied


def _refuse_unfit(line: Spend, today: dt.date) -> None:
    if not line.amount:
        raise GrantError("Write an amount; a refund with a minus.", "amount")
    if line.spent_on > today:
        raise GrantError("This day has not come yet.", "spent_on")
    first = min(line.grant.awarded_on or line.grant.starts_on, line.grant.starts_on)
    if line.spent_on < first:
        raise GrantError(
            f"The grant began on {first:%-d %B %Y}; nothing was spent from it before.", "spent_on"
        )
    if line.programme and not line.grant.programmes.filter(pk=line.programme.pk).exists():
        raise GrantError(f"This grant does not pay for {line.programme}.", "programme")
