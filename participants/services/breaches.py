"""Recording a breach, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit, record_audits
from participants.models import Breach, Participant
from participants.services.errors import RecordError

CHANGED = frozenset(
    {
        *("what", "known_at", "suspect_id", "since", "until", "likely_harm", "done_about_it"),
        *("regulator_told_at", "not_told_why", "people_told_at"),
    }
)
NOT_DECIDED = (
    "Before it is closed, write when the regulator was told, or why that was not necessary."
)


@transaction.atomic
def record_breach(*, what: str, known_at: dt.datetime, by: User, now: dt.datetime) -> Breach:
    """Keep what happened and when it was known: from then the 72 hours run."""
    breach = Breach.objects.create(what=what, known_at=known_at, recorded_by=by, recorded_at=now)
    record_audit(by=by, kind=AuditKind.BREACH_RECORDED, about=breach)
    return breach


@transaction.atomic
def change_breach(
    *, breach: Breach, changes: dict[str, Any], is_closed: bool, by: User, now: dt.datetime
) -> Breach:
    """Write down what has become known or was done; closed, it may be opened again.

    Raises:
        RecordError: it shall be closed, and whether to tell the regulator was not decided.
    """
    locked = Breach.objects.visible_to(by).select_for_update().get(pk=breach.pk)
    for name in CHANGED & set(changes):
        setattr(locked, name, changes[name])
    if is_closed and not (locked.regulator_told_at or locked.not_told_why):
        raise RecordError(NOT_DECIDED)
    locked.closed_at = (locked.closed_at or now) if is_closed else None
    locked.save()
    record_audit(by=by, kind=AuditKind.BREACH_CHANGED, about=locked)
    return locked


@transaction.atomic
def read_breach(*, breach: Breach, by: User) -> None:
    """Write down that somebody looks at a breach, before they do."""
    record_audit(by=by, kind=AuditKind.BREACH_READ, about=breach)


@transaction.atomic
def read_affected(*, breach: Breach, people: Collection[Participant], by: User) -> None:
    """Write down that the contacts of everybody on a page of the list are read, before they are."""
    read_breach(breach=breach, by=by)
    record_audits(by=by, kind=AuditKind.CONTACTS_READ, about=people, reason=f"breach {breach.pk}")
