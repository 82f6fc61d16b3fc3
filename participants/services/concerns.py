"""Writing a concern, reading it, and what is done about it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants.concern_keys import ConcernKeyError, seal, unseal
from participants.models import Concern, ConcernAction, ConcernActionKind, ConcernRoute, Participant
from participants.queries.concerns import Deed
from participants.services.errors import RecordError

# Read out over the telephone: nothing in it that looks or sounds like something else.
RECEIPT_LETTERS = "234679CDFGHJKMNPRTWXY"
RECEIPT_LENGTH = 8
CLOSED_ALREADY = "It is closed already."
OPEN_ALREADY = "It is open already."
OPEN_AGAIN_FIRST = "It is closed. Open it again before you add to it."


@dataclass(frozen=True)
class OpenedConcern:
    """A concern with its words opened, for who may read it.

    `words` is None where none of the keys opens them: they are lost.
    """

    concern: Concern
    words: dict[str, Any] | None
    deeds: list[Deed]


def new_receipt() -> str:
    """A code of eight letters and digits in two halves; one of 37 thousand million."""
    letters = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(RECEIPT_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


@sensitive_variables()
@transaction.atomic
def write_concern(
    *,
    nonce: UUID,
    words: dict[str, Any],
    route: ConcernRoute,
    is_urgent: bool,
    person: Participant | None,
    session: Session | None,
    by: User | None,
    now: dt.datetime,
) -> Concern:
    """Seal a concern and write down that there is one; the caller has its readers told.

    `nonce` is the page's own: the same words sent twice from it are one concern, other words are
    another, so that nothing somebody added is dropped. What comes back carries no words.

    Without `by` an answer to a survey raised it: `nonce` is then its id, and a second call with it
    changes nothing.
    """
    concern_id = _id_of(nonce, by, words, route, person) if by else nonce
    made, is_new = Concern.objects.defer("sealed").get_or_create(
        pk=concern_id,
        defaults={
            "receipt": new_receipt(),
            "route": route,
            "participant": person,
            "session": session,
            "is_urgent": is_urgent,
            "sealed": seal(concern_id, words),
            "written_by": by,
            "written_at": now,
        },
    )
    if is_new:
        _audit(made, AuditKind.CONCERN_WRITTEN, by)
    return made


@transaction.atomic
def open_concern(*, concern: Concern, by: User, now: dt.datetime) -> OpenedConcern:
    """Open what a concern says; that it was read is written down first.

    Raises:
        PermissionDenied: it is not the user's to read.
    """
    concern = _locked(concern, by)
    _audit(concern, AuditKind.CONCERN_READ, by)
    if concern.first_read_at is None:
        concern.first_read_at = now
        concern.save(update_fields=["first_read_at"])
    deeds = [
        Deed(action, (_opened(action.pk, action.sealed) or {}).get("words"))
        for action in concern.actions.select_related("done_by")
    ]
    return OpenedConcern(concern, _opened(concern.pk, concern.sealed), deeds)


@sensitive_variables()
@transaction.atomic
def add_action(
    *,
    concern: Concern,
    kind: ConcernActionKind,
    words: str,
    nonce: UUID,
    by: User,
    now: dt.datetime,
) -> ConcernAction:
    """Add what was done about a concern; closing and opening again are actions too.

    Sent twice from one page it is one action. Nothing that was added is ever changed.

    Raises:
        PermissionDenied: the concern is not the user's to read.
        RecordError: the concern is closed, or open, already.
    """
    concern = _locked(concern, by)
    action_id = uuid.uuid5(nonce, f"{concern.pk}:{kind}:{_digest(words)}")
    sent_before = ConcernAction.objects.filter(pk=action_id, concern=concern).first()
    if sent_before:
        return sent_before
    _change_state(concern, kind, now)
    _audit(concern, ACTED.get(kind, AuditKind.CONCERN_ACTED), by)
    return ConcernAction.objects.create(
        pk=action_id,
        concern=concern,
        kind=kind,
        sealed=seal(action_id, {"words": words}),
        done_by=by,
        done_at=now,
    )


ACTED = {
    ConcernActionKind.CLOSED: AuditKind.CONCERN_CLOSED,
    ConcernActionKind.REOPENED: AuditKind.CONCERN_REOPENED,
}


def _change_state(concern: Concern, kind: ConcernActionKind, now: dt.datetime) -> None:
    is_closed = concern.closed_at is not None
    if kind == ConcernActionKind.REOPENED:
        if not is_closed:
            raise RecordError(OPEN_ALREADY)
        concern.closed_at = None
    elif is_closed:
        raise RecordError(CLOSED_ALREADY if kind == ConcernActionKind.CLOSED else OPEN_AGAIN_FIRST)
    elif kind == ConcernActionKind.CLOSED:
        concern.closed_at = now
    concern.save(update_fields=["closed_at"])


@sensitive_variables()
@transaction.atomic
def add_answer(*, concern: Concern, nonce: UUID, words: str, now: dt.datetime) -> bool:
    """Add a further answer to a concern that an answer raised; whether it was not there yet.

    `nonce` is the action's id. A closed concern is open again: nobody has read this answer.
    """
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    if ConcernAction.objects.filter(pk=nonce).exists():
        return False
    is_closed = concern.closed_at is not None
    concern.closed_at, concern.first_read_at = None, None
    concern.save(update_fields=["closed_at", "first_read_at"])
    _audit(concern, AuditKind.CONCERN_ACTED, None)
    ConcernAction.objects.create(
        pk=nonce,
        concern=concern,
        kind=ConcernActionKind.REOPENED if is_closed else ConcernActionKind.NOTE,
        sealed=seal(nonce, {"words": words}),
        done_at=now,
    )
    return True


def _locked(concern: Concern, by: User) -> Concern:
    mine = Concern.objects.visible_to(by).select_for_update(of=("self",))
    found = mine.filter(pk=concern.pk).first()
    if found is None:
        raise PermissionDenied
    return found


def _audit(concern: Concern, kind: AuditKind, by: User | None) -> None:
    """The route stands in the row: screens of the trail hide by it what its reader may not know."""
    record_audit(by=by, kind=kind, about=concern, reason=concern.route)


def _opened(row: UUID, sealed: str) -> dict[str, Any] | None:
    try:
        return unseal(row, sealed)
    except ConcernKeyError:
        return None


def _id_of(
    nonce: UUID,
    by: User,
    words: dict[str, Any],
    route: ConcernRoute,
    person: Participant | None,
) -> UUID:
    """The page's random nonce goes into it, and is kept nowhere: no words are told from an id."""
    told = [str(by.pk), words, route, str(person.pk) if person else ""]
    return uuid.uuid5(nonce, _digest(json.dumps(told, sort_keys=True)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
