"""Links by which a young person sees their own record, and asks for something to be put right."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import london_today
from participants.access import can
from participants.models import OwnRecordLink, Participant, Right, RightsRequest
from participants.queries.own_record import is_in_use, own_links
from participants.queries.parent_links import hash_of
from participants.queries.rights import due_on, root_of
from participants.sections import Act, Section
from participants.services.errors import RecordError
from participants.services.parent_links import LinkEndedError, new_token

LASTS = dt.timedelta(days=30)
NOT_IN_USE = "This record is not to be used."
SAY_WHAT = "Say what is wrong."
THEMSELVES = "themselves"


@transaction.atomic
def make_own_link(*, person: Participant, by: User, now: dt.datetime) -> tuple[OwnRecordLink, str]:
    """Make a link for a root person; return it with its token, which cannot be had again.

    It opens for thirty days, as often as they like; earlier ones are closed.

    Raises:
        PermissionDenied: the user may not read what somebody came to, or not write who they are.
        RecordError: the record is not to be used.
    """
    _check_may(by, person)
    if not is_in_use(person):
        raise RecordError(NOT_IN_USE)
    for earlier in own_links(person, now):
        _close(earlier, by, now)
    token = new_token()
    link = OwnRecordLink.objects.create(
        participant=person,
        token_hash=hash_of(token),
        made_by=by,
        made_at=now,
        expires_at=now + LASTS,
    )
    record_audit(by=by, kind=AuditKind.OWN_RECORD_MADE, about=link)
    return link, token


@transaction.atomic
def close_own_link(*, link: OwnRecordLink, by: User, now: dt.datetime) -> None:
    """Let nobody use a link any more. Closing again changes nothing.

    Raises:
        PermissionDenied: as for making one.
    """
    _check_may(by, root_of(link.participant))
    link = OwnRecordLink.objects.select_for_update().get(pk=link.pk)
    if link.closed_at is None:
        _close(link, by, now)


@transaction.atomic
def note_opening(*, link: OwnRecordLink, now: dt.datetime) -> None:
    """Write down that a link was opened, before anything is shown."""
    OwnRecordLink.objects.filter(pk=link.pk).update(opened_at=now)
    record_audit(by=None, kind=AuditKind.OWN_RECORD_OPENED, about=link)


@transaction.atomic
def ask_correction(*, link: OwnRecordLink, words: str, now: dt.datetime) -> RightsRequest:
    """Write down what somebody says is wrong, as a request with the clock of one month.

    The same words sent again on the same day are the same request.

    Raises:
        LinkEndedError: the link does not open any more.
        RecordError: nothing is said.
    """
    held = OwnRecordLink.objects.select_for_update(of=("self",)).select_related("participant")
    link = held.get(pk=link.pk)
    if not link.is_open(now) or not is_in_use(link.participant):
        raise LinkEndedError
    said, today = words.strip(), london_today(now)
    if not said:
        raise RecordError(SAY_WHAT)
    request, is_new = RightsRequest.objects.get_or_create(
        participant=root_of(link.participant),
        right=Right.RECTIFICATION,
        words=said,
        received_on=today,
        recorded_by=None,
        defaults={
            "asked_by": link.participant.given_name,
            "relationship": THEMSELVES,
            "identity_checked": "By the link to their own record",
            "due_on": due_on(today),
            "recorded_at": now,
        },
    )
    if is_new:
        record_audit(by=None, kind=AuditKind.CORRECTION_ASKED, about=request)
    return request


def _check_may(by: User, person: Participant) -> None:
    may = can(by, Act.READ, Section.ATTENDANCE, person) and can(
        by, Act.WRITE, Section.IDENTITY, person
    )
    if not may:
        raise PermissionDenied


def _close(link: OwnRecordLink, by: User, now: dt.datetime) -> None:
    link.closed_at = now
    link.save(update_fields=["closed_at"])
    record_audit(by=by, kind=AuditKind.OWN_RECORD_CLOSED, about=link)
