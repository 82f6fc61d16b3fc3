"""Using a right: writing down that somebody asks, doing it, and answering in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import london_today
from participants import handlers
from participants.models import (
    Disclosure,
    Outcome,
    Participant,
    Removal,
    Right,
    RightsRequest,
)
from participants.queries.rights import due_on, extended_due_on, ids_of, root_of
from participants.services.errors import RecordError
from participants.services.removal import erase
from participants.services.subject_access import forget as forget_bundles

ANSWERED = "This request was answered already."
FUTURE = "It cannot have been received later than today."
SAY_WHY = "Say why."
ALREADY_LONGER = "The time was made longer already. It can be done once."
TOO_LATE = "The month is over: the time can be made longer only before it is."
NOT_ERASURE = "Nobody asked for this person to be erased."
NOBODY = "This request is not about anybody any more."


@dataclass(frozen=True)
class Asked:
    """What somebody asks: which right, who they are and how that was checked, in what words."""

    right: Right
    asked_by: str
    relationship: str
    identity_checked: str
    words: str = ""


@transaction.atomic
def record_request(
    *, person: Participant, asked: Asked, received_on: dt.date, by: User, now: dt.datetime
) -> RightsRequest:
    """Write down that somebody uses a right; the clock runs from the day it was received.

    Raises:
        RecordError: it was received on a day to come.
    """
    if received_on > london_today(now):
        raise RecordError(FUTURE)
    request = RightsRequest.objects.create(
        participant=root_of(person),
        right=asked.right,
        asked_by=asked.asked_by.strip(),
        relationship=asked.relationship,
        identity_checked=asked.identity_checked.strip(),
        words=asked.words.strip(),
        received_on=received_on,
        due_on=due_on(received_on),
        recorded_by=by,
        recorded_at=now,
    )
    record_audit(by=by, kind=AuditKind.RIGHT_ASKED, about=request)
    return request


@transaction.atomic
def extend(*, request: RightsRequest, why: str, by: User, today: dt.date) -> None:
    """Give a complex request two months more; whoever asked is told why within the first one.

    Raises:
        RecordError: it was answered or extended already, its month is over, or no reason is given.
    """
    request = _open(request)
    if request.extended_why:
        raise RecordError(ALREADY_LONGER)
    if today > request.due_on:
        raise RecordError(TOO_LATE)
    request.extended_why = _said(why)
    request.due_on = extended_due_on(request)
    request.save(update_fields=["extended_why", "due_on"])
    record_audit(by=by, kind=AuditKind.RIGHT_ASKED, about=request, reason="Two months more")


@transaction.atomic
def answer(
    *, request: RightsRequest, outcome: Outcome, words: str, by: User, now: dt.datetime
) -> None:
    """Say what was done of what was asked, and what was not and why.

    Raises:
        RecordError: it was answered already, or nothing is said.
    """
    request = _open(request)
    request.answer = _said(words)
    request.outcome = outcome
    request.answered_by, request.answered_at = by, now
    request.save(update_fields=["answer", "outcome", "answered_by", "answered_at"])
    record_audit(by=by, kind=AuditKind.RIGHT_ANSWERED, about=request, reason=outcome)


# --- Restriction and objection -------------------------------------------------------------------
@transaction.atomic
def restrict(*, person: Participant, why: str, by: User, now: dt.datetime) -> None:
    """Keep a record and use it no more; it leaves lists, search, extracts and messages at once."""
    _set(person, "restricted_at", now, kind=AuditKind.RESTRICTED, why=why, by=by)


@transaction.atomic
def end_restriction(*, person: Participant, why: str, by: User) -> None:
    """Use a record again. Whoever asked for the restriction is told before (article 18(3))."""
    _set(person, "restricted_at", None, kind=AuditKind.RESTRICTION_ENDED, why=why, by=by)


@transaction.atomic
def leave_out_of_evaluation(*, person: Participant, why: str, by: User, now: dt.datetime) -> None:
    """Leave a person out of surveys and of extracts for the University; totals still count them."""
    _set(person, "objected_at", now, kind=AuditKind.OBJECTED, why=why, by=by)


@transaction.atomic
def bring_back_to_evaluation(*, person: Participant, why: str, by: User) -> None:
    """End an objection, as whoever made it asks."""
    _set(person, "objected_at", None, kind=AuditKind.OBJECTION_ENDED, why=why, by=by)


def _set(
    person: Participant,
    field: str,
    to: dt.datetime | None,
    *,
    kind: AuditKind,
    why: str,
    by: User,
) -> None:
    """Set or clear a moment on every record of a person. What it is already stays untouched."""
    reason, ids = _said(why), ids_of(person)
    records = Participant.objects.filter(pk__in=ids).select_for_update()
    changed = records.filter(**{f"{field}__isnull": to is not None}).update(**{field: to})
    person.refresh_from_db(fields=[field])
    if not changed:
        return
    record_audit(by=by, kind=kind, about=root_of(person), reason=reason)
    if to is not None:
        for handler in handlers.left_out:
            handler(ids)


# --- Erasure -------------------------------------------------------------------------------------
@transaction.atomic
def erase_as_asked(*, request: RightsRequest, by: User, now: dt.datetime) -> Removal:
    """Erase the person of a request and answer it; the certificate names nobody.

    Raises:
        RecordError: nobody asked for it, it was answered, or a legal hold stands.
    """
    request = _open(request)
    if request.right != Right.ERASURE:
        raise RecordError(NOT_ERASURE)
    if request.participant is None:
        raise RecordError(NOBODY)
    person = request.participant
    request.outcome, request.answered_by, request.answered_at = Outcome.DONE, by, now
    request.save(update_fields=["outcome", "answered_by", "answered_at"])
    record_audit(by=by, kind=AuditKind.RIGHT_ANSWERED, about=request, reason=Outcome.DONE)
    return erase(person=person, by=by, now=now)


def forget(ids: Collection[UUID]) -> dict[str, int]:
    """Empty the words about people in requests, copies and what was sent; that it was asked stays.

    Called inside the transaction that erases or anonymises somebody, with the ids of all their
    records. Answers how many rows of each kind were emptied.
    """
    # First, while the requests still lead from the person to the copies.
    bundles = forget_bundles(ids)
    requests = RightsRequest.objects.filter(participant__in=ids).update(
        participant=None,
        asked_by="",
        relationship="",
        words="",
        identity_checked="",
        extended_why="",
        answer="",
    )
    sent = Disclosure.objects.filter(participant__in=ids).update(
        participant=None, recipient="", address="", why=""
    )
    return bundles | {"participants.RightsRequest": requests, "participants.Disclosure": sent}


def _open(request: RightsRequest) -> RightsRequest:
    """The request's row, held, that nobody has answered."""
    held = RightsRequest.objects.select_for_update(of=("self",)).select_related("participant")
    row = held.get(pk=request.pk)
    if row.outcome != Outcome.OPEN:
        raise RecordError(ANSWERED)
    return row


def _said(why: str) -> str:
    if not why.strip():
        raise RecordError(SAY_WHY)
    return why.strip()
