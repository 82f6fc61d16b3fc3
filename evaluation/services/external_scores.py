"""Totals from tools that are not kept here, as whoever used them wrote them down."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Programme, london_today
from evaluation.access import can_enter
from evaluation.models import ExternalScore
from participants.models import Participant, Purpose
from participants.queries.consents import may
from participants.services.errors import RecordError

FUTURE = "The date is in the future."
NO_CONSENT = "There is no consent for surveys in force: nothing may be written down."


@transaction.atomic
def record_score(
    *,
    person: Participant,
    programme: Programme,
    tool: str,
    scale: str,
    value: Decimal,
    scored_on: dt.date,
    by: User,
    now: dt.datetime,
) -> ExternalScore:
    """Write down one total of one tool for a root person.

    Raises:
        PermissionDenied: the user may not enter answers of this person.
        RecordError: there is no consent, or the date is in the future.
    """
    if not can_enter(by, person):
        raise PermissionDenied
    if not may([person.pk], Purpose.SURVEYS):
        raise RecordError(NO_CONSENT)
    if scored_on > london_today(now):
        raise RecordError(FUTURE)
    score = ExternalScore.objects.create(
        participant=person,
        programme=programme,
        tool=tool.strip(),
        scale=scale.strip(),
        value=value,
        scored_on=scored_on,
        recorded_by=by,
        recorded_at=now,
    )
    record_audit(by=by, kind=AuditKind.EXTERNAL_SCORE, about=score)
    return score
