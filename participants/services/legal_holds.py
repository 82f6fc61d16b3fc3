"""Legal holds: nothing of a person is deleted while one stands."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.access import holds_any
from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.models import LegalHold, Participant
from participants.models.rights import ANSWERS_FOR_DATA
from participants.services.errors import RecordError


@transaction.atomic
def place_hold(*, person: Participant, why: str, by: User, now: dt.datetime) -> LegalHold:
    """Let nothing of a person be deleted, whatever the rules say, until the hold ends.

    Raises:
        PermissionDenied: the user does not answer for data.
        RecordError: no reason is given, or the record says no more whose it is.
    """
    _check(by, why)
    # Erasing holds the same row: either it comes first, or it sees the hold.
    person = Participant.objects.select_for_update().get(pk=person.merged_into_id or person.pk)
    if person.anonymised_at:
        raise RecordError("This record does not say any more who it is: there is nothing to hold.")
    hold = LegalHold.objects.create(
        participant=person, why=why.strip(), placed_by=by, placed_at=now
    )
    record_audit(by=by, kind=AuditKind.HOLD_PLACED, about=person)
    return hold


@transaction.atomic
def end_hold(*, hold: LegalHold, why: str, by: User, now: dt.datetime) -> None:
    """End a hold: the rules reach the person again, unless another hold stands.

    Raises:
        PermissionDenied: the user does not answer for data.
        RecordError: no reason is given, or it ended before.
    """
    _check(by, why)
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.ended_at is not None:
        raise RecordError("This hold has ended before.")
    hold.ended_at, hold.ended_by, hold.ended_why = now, by, why.strip()
    hold.save(update_fields=["ended_at", "ended_by", "ended_why"])
    record_audit(by=by, kind=AuditKind.HOLD_ENDED, about=Participant(pk=hold.participant_id))


def _check(by: User, why: str) -> None:
    if not holds_any(by, ANSWERS_FOR_DATA):
        raise PermissionDenied
    if not why.strip():
        raise RecordError("Say why.")
