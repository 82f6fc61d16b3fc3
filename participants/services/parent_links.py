"""Secret addresses for parents: made by staff, used once, ended when a newer one is made.

The words in these addresses are nowhere but in them: what is kept is their SHA-256. They are
random and long, so looking their hash up tells nobody anything.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.access import can
from participants.models import (
    ConsentHow,
    ParentLink,
    ParentLinkPurpose,
    Participant,
    Purpose,
    Relationship,
)
from participants.queries.parent_links import answered_with, hash_of
from participants.queries.records import records_of
from participants.sections import Act, Section
from participants.services.consents import record_consents, withdraw
from participants.services.errors import RecordError

LASTS = dt.timedelta(days=7)
# Long enough to be of use, and renewed with every new answer.
CHANGE_LASTS = dt.timedelta(days=365)
ASKS = (ParentLinkPurpose.COMPLETE, ParentLinkPurpose.CONSENT)


class LinkEndedError(RecordError):
    """The link was used, closed or has expired. Nothing says which."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more.")


@dataclass(frozen=True)
class Given:
    """Answers as a parent sent them: who they are, in which edition they read, and what they say.

    `decided_by` is who decided about photographs of a young person in care.
    """

    answers: Mapping[Purpose, bool]
    answered_by: str
    relationship: Relationship
    language: str
    decided_by: str = ""


def new_token() -> str:
    """A word for a secret address: 43 characters, 256 random bits."""
    return secrets.token_urlsafe(32)


@transaction.atomic
def make_link(
    *, person: Participant, purpose: ParentLinkPurpose, by: User, now: dt.datetime
) -> tuple[ParentLink, str]:
    """Make a link for a root person's parent; return it with its token, which cannot be had again.

    It opens for seven days, once; earlier ones that ask something are closed.

    Raises:
        PermissionDenied: the user may not record this person's consents.
        RecordError: the record is not to be used, or is complete already.
    """
    if not can(by, Act.WRITE, Section.CONSENTS, person):
        raise PermissionDenied
    _check_in_use(person)
    if purpose is ParentLinkPurpose.COMPLETE and person.is_complete:
        raise RecordError("This record is complete.")
    for earlier in _open(person, ASKS):
        _close(earlier, by, now)
    token = new_token()
    link = _make(person, purpose, token, by, now)
    record_audit(by=by, kind=AuditKind.PARENT_LINK_MADE, about=link, reason=purpose.value)
    return link, token


@transaction.atomic
def close_link(*, link: ParentLink, by: User, now: dt.datetime) -> ParentLink:
    """Let nobody use a link any more; what was answered stands. Closing again changes nothing.

    Raises:
        PermissionDenied: the user may not record this person's consents.
    """
    if not can(by, Act.WRITE, Section.CONSENTS, link.participant):
        raise PermissionDenied
    link = ParentLink.objects.select_for_update().get(pk=link.pk)
    if link.closed_at is None and link.used_at is None:
        _close(link, by, now)
    return link


@transaction.atomic
def answer_by_link(*, link: ParentLink, given: Given, receipt: str, now: dt.datetime) -> ParentLink:
    """Write down what a parent answered, and end the link.

    Returns the link by which they take answers back; its token is `receipt`, which the page made.

    Raises:
        LinkEndedError: the link does not open any more.
        RecordError: as `record_consents`.
    """
    link = use_link(link=link, now=now)
    return write_answers(link=link, given=given, receipt=receipt, now=now)


def use_link(*, link: ParentLink, now: dt.datetime) -> ParentLink:
    """End a link by using it, within the caller's transaction.

    Raises LinkEndedError where it does not open any more.
    """
    link = (
        ParentLink.objects.select_for_update(of=("self",))
        .select_related("participant")
        .get(pk=link.pk)
    )
    if not link.is_open(now) or not _is_in_use(link.participant):
        raise LinkEndedError
    link.used_at = now
    link.save(update_fields=["used_at"])
    record_audit(by=None, kind=AuditKind.PARENT_LINK_USED, about=link, reason=link.purpose)
    return link


def write_answers(*, link: ParentLink, given: Given, receipt: str, now: dt.datetime) -> ParentLink:
    """Write down answers of a link that is being used; returns the link to take them back."""
    record_consents(
        person=link.participant,
        answers=given.answers,
        answered_by=given.answered_by,
        relationship=given.relationship,
        how=ConsentHow.LINK,
        now=now,
        link=link,
        language=given.language,
        decided_by=given.decided_by,
    )
    root = link.participant.merged_into or link.participant
    for earlier in _open(root, (ParentLinkPurpose.CHANGE,)):
        _close(earlier, None, now)
    return _make(link.participant, ParentLinkPurpose.CHANGE, receipt, link.made_by, now)


@transaction.atomic
def take_back(
    *, link: ParentLink, purposes: Collection[Purpose], language: str, now: dt.datetime
) -> None:
    """Take answers back by the link that came with them; it goes on opening.

    Raises:
        LinkEndedError: the link does not open any more.
        RecordError: none of them stands.
    """
    link = (
        ParentLink.objects.select_for_update(of=("self",))
        .select_related("participant")
        .get(pk=link.pk)
    )
    first = answered_with(link)
    if not link.is_open(now) or first is None:
        raise LinkEndedError
    withdraw(
        person=link.participant,
        purposes=purposes,
        answered_by=first.answered_by,
        relationship=Relationship(first.relationship),
        how=ConsentHow.LINK,
        now=now,
        link=link,
        language=language,
    )
    record_audit(by=None, kind=AuditKind.PARENT_LINK_USED, about=link, reason=link.purpose)


def _make(
    person: Participant,
    purpose: ParentLinkPurpose,
    token: str,
    by: User,
    now: dt.datetime,
) -> ParentLink:
    lasts = CHANGE_LASTS if purpose is ParentLinkPurpose.CHANGE else LASTS
    return ParentLink.objects.create(
        participant=person,
        purpose=purpose,
        token_hash=hash_of(token),
        made_by=by,
        made_at=now,
        expires_at=now + lasts,
    )


def _open(person: Participant, purposes: Collection[ParentLinkPurpose]) -> QuerySet[ParentLink]:
    return ParentLink.objects.select_for_update().filter(
        participant__in=records_of(person),
        purpose__in=purposes,
        used_at__isnull=True,
        closed_at__isnull=True,
    )


def _close(link: ParentLink, by: User | None, now: dt.datetime) -> None:
    link.closed_at = now
    link.save(update_fields=["closed_at"])
    record_audit(by=by, kind=AuditKind.PARENT_LINK_CLOSED, about=link)


def _is_in_use(person: Participant) -> bool:
    return person.restricted_at is None and person.anonymised_at is None


def _check_in_use(person: Participant) -> None:
    if not _is_in_use(person):
        raise RecordError("This record is not to be used.")
