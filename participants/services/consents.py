"""The ledger of consents: answers are added, and the latest one stands at once everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants import handlers
from participants.access import can
from participants.models import (
    Consent,
    ConsentHow,
    DecidedBy,
    ParentLink,
    Participant,
    Purpose,
    Relationship,
)
from participants.queries.consents import PHOTOGRAPHS, is_looked_after, standing
from participants.queries.records import records_of
from participants.sections import Act, Section
from participants.services.errors import RecordError
from participants.words_asked import ENGLISH, current_version

WHO_DECIDED = "Photographs are off by default here. Say who decided about them."


@transaction.atomic
def record_consents(
    *,
    person: Participant,
    answers: Mapping[Purpose, bool],
    answered_by: str,
    relationship: Relationship,
    how: ConsentHow,
    now: dt.datetime,
    by: User | None = None,
    link: ParentLink | None = None,
    language: str = ENGLISH,
    decided_by: DecidedBy | str = "",
    at: dt.datetime | None = None,
) -> list[Consent]:
    """Add answers, each for one purpose, as somebody gave them at a moment (`at`, else now).

    Either a member of staff wrote them down (`by`), or they came by a link, whose caller has
    checked that it opens. What ends here ends everywhere: other apps are told in this transaction.

    Raises:
        PermissionDenied: the user may not record this person's consents.
        RecordError: nothing was answered, or in the future; nobody said who answered; the record
            is not to be used; photographs of somebody in care, and nobody said who decided.
    """
    root = hold(person)
    _check(root, answers, answered_by, by=by, link=link)
    at = _moment(at, now)
    if by is not None:
        _check_photographs(root, answers, decided_by)
    before = _given(root)
    rows = Consent.objects.bulk_create(
        Consent(
            participant=person,
            purpose=purpose,
            is_given=is_given,
            wording=current_version(purpose),
            language=language,
            answered_by=answered_by,
            relationship=relationship,
            decided_by=decided_by if is_given and purpose in PHOTOGRAPHS else "",
            how=how,
            at=at,
            recorded_by=by,
            link=link,
        )
        for purpose, is_given in answers.items()
    )
    record_audit(by=by, kind=AuditKind.CONSENT_RECORDED, about=root, reason=_names(answers))
    _tell(root, before - _given(root), by)
    return rows


def withdraw(
    *,
    person: Participant,
    purposes: Collection[Purpose],
    answered_by: str,
    relationship: Relationship,
    how: ConsentHow,
    now: dt.datetime,
    by: User | None = None,
    link: ParentLink | None = None,
    language: str = ENGLISH,
) -> list[Consent]:
    """Take answers back: those of these purposes that were given are no from now on.

    Raises what `record_consents` raises; a RecordError, too, where none of them was given.
    """
    root = person.merged_into or person
    given = _given(root) & set(purposes)
    return record_consents(
        person=person,
        answers={purpose: False for purpose in Purpose if purpose in given},
        answered_by=answered_by,
        relationship=relationship,
        how=how,
        now=now,
        by=by,
        link=link,
        language=language,
    )


def hold(person: Participant) -> Participant:
    """The person's root, held to the end of the transaction.

    An answer and a photograph wait for each other: no new use begins in the second of a no.
    """
    root = person.merged_into_id or person.pk
    return Participant.objects.select_for_update(no_key=True).get(pk=root)


def _check(
    root: Participant,
    answers: Mapping[Purpose, bool],
    answered_by: str,
    *,
    by: User | None,
    link: ParentLink | None,
) -> None:
    if (by is None) == (link is None):
        raise ValueError("Either a member of staff or a link brings answers.")
    if by is not None and not can(by, Act.WRITE, Section.CONSENTS, root):
        raise PermissionDenied
    if root.anonymised_at is not None:
        raise RecordError("This record is about nobody who is named any more.")
    # A no is always taken.
    if root.restricted_at is not None and any(answers.values()):
        raise RecordError("This record is restricted: only a no can be written down.")
    if not answers:
        raise RecordError("Answer at least one question.")
    if not answered_by.strip():
        raise RecordError("Say who answered.")


def _check_photographs(
    root: Participant, answers: Mapping[Purpose, bool], decided_by: DecidedBy | str
) -> None:
    wants = any(answers.get(purpose, False) for purpose in PHOTOGRAPHS)
    if wants and not decided_by and is_looked_after(root):
        raise RecordError(WHO_DECIDED)


def _moment(at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    if at is not None and at > now:
        raise RecordError("Nobody has answered in the future.")
    return at or now


def _given(root: Participant) -> set[Purpose]:
    return {
        purpose
        for purpose, each in standing(root).items()
        if each.answer is not None and each.answer.is_given
    }


def _tell(root: Participant, ended: Collection[Purpose], by: User | None) -> None:
    """Say that consent ended: in the audit trail, and to whoever uses what it was for."""
    if not ended:
        return
    record_audit(by=by, kind=AuditKind.CONSENT_WITHDRAWN, about=root, reason=_names(ended))
    records: list[UUID] = list(records_of(root).values_list("pk", flat=True))
    for purpose in (each for each in Purpose if each in ended):
        for handler in handlers.consent_withdrawn:
            handler(records, purpose.value)


def _names(purposes: Collection[Purpose]) -> str:
    return ", ".join(each.value for each in Purpose if each in purposes)
