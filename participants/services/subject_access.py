"""Copies of everything held about somebody: made, looked through, released, and gone in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import LONDON
from participants.handlers import Held
from participants.models import (
    Disclosure,
    Participant,
    Relationship,
    Right,
    RightsRequest,
    SubjectBundle,
)
from participants.queries.subject_access import everything_about
from participants.sections import Section
from participants.services.errors import RecordError
from participants.services.opening import open_section
from participants.services.sending import Document, confirm
from participants.subject_access.document import (
    ADDRESS,
    OTHERS,
    PLACE,
    PROMISED,
    undecided,
)

KEPT_FOR = dt.timedelta(days=14)
KIND = "bundle"
HIDDEN = "Left out: this address must stay hidden"
# What says where a child comes, week by week.
PLACES = frozenset({"hubs", "attendance", "bookings", "outcomes"})
READ_FOR = "For a copy of the data, as was asked"
NOT_ACCESS = "Nobody asked for a copy."
NOBODY = "This request is not about anybody any more."
GONE = "This copy is not there any more. Make another one."
NOT_LOOKED = "Look at every marked entry first."
RELEASED = "This copy was released already. To change it, make another one."
NOT_REVIEWED = "The copy has to be looked through first."
NOW_HIDDEN = "The address was marked as hidden after this copy was made. Make another one."
NO_REASON = "Say why each entry is left out."


@transaction.atomic
def make_bundle(*, request: RightsRequest, by: User, now: dt.datetime) -> SubjectBundle:
    """Gather everything that is held about the person of a request.

    Whoever makes it reads every section for it, care notes for that reason; each read is written
    down. A hidden address is gathered only for the person themselves.

    Raises:
        RecordError: the request is not for a copy, or its person is gone.
        PermissionDenied: a section is not theirs to read.
    """
    if request.right != Right.ACCESS:
        raise RecordError(NOT_ACCESS)
    person = request.participant
    if person is None:
        raise RecordError(NOBODY)
    read_sections(person, by)
    may_tell = _is_themselves(request)
    body = {
        "about": person.full_name,
        "made_at": now.astimezone(LONDON).isoformat(timespec="seconds"),
        "hidden": person.is_address_hidden,
        "entries": [
            _entry(held, is_hidden=person.is_address_hidden, may_tell=may_tell)
            for held in everything_about(person)
        ],
    }
    bundle = SubjectBundle.objects.create(
        request=request, body=body, made_at=now, made_by=by, expires_at=now + KEPT_FOR
    )
    record_audit(by=by, kind=AuditKind.BUNDLE_MADE, about=bundle)
    return bundle


def read_sections(person: Participant, by: User) -> None:
    """Write down that every section of a record is read for a copy."""
    for section in Section:
        open_section(person=person, section=section, by=by, reason=READ_FOR)


def _is_themselves(request: RightsRequest) -> bool:
    return request.relationship == Relationship.THEMSELVES


def _entry(held: Held, *, is_hidden: bool, may_tell: bool) -> dict[str, Any]:
    data, look = dict(held.data), [OTHERS] if held.names_others else []
    look += [PROMISED] if held.is_promised and not may_tell else []
    told = [label for label in held.says_where if data.get(label)]
    if is_hidden and told and may_tell:
        look.append(ADDRESS)
    elif is_hidden:
        data |= dict.fromkeys(told, HIDDEN)
        look += [PLACE] if held.section in PLACES else []
    return {
        "key": held.key,
        "section": held.section,
        "title": held.title,
        # Pairs, for the database does not keep the order of an object's names.
        "data": [[label, value] for label, value in data.items()],
        "look": look,
    }


@transaction.atomic
def decide(
    *, bundle: SubjectBundle, decisions: Mapping[str, str], by: User, now: dt.datetime
) -> None:
    """Say of entries, by key, why they are left out; an empty text lets one stay.

    Raises:
        RecordError: the copy is gone, or was released.
    """
    bundle = _held(bundle, now)
    if is_released(bundle):
        raise RecordError(RELEASED)
    keys = {each["key"] for each in bundle.body["entries"]}
    said = {key: why.strip()[:200] for key, why in decisions.items() if key in keys}
    bundle.redactions = bundle.redactions | said
    is_done = not undecided(bundle.body, bundle.redactions)
    bundle.reviewed_at, bundle.reviewed_by = (now, by) if is_done else (None, None)
    bundle.save(update_fields=["redactions", "reviewed_at", "reviewed_by"])
    record_audit(by=by, kind=AuditKind.BUNDLE_READ, about=bundle, reason="Decided")


@transaction.atomic
def release(
    *, bundle: SubjectBundle, recipient: str, address: str, why: str, by: User, now: dt.datetime
) -> Disclosure:
    """Let a copy that was looked through leave: who gets it, where it goes, and why.

    Raises:
        RecordError: it is gone, was not looked through or was released already, or the address
            was hidden since.
    """
    bundle = _held(bundle, now)
    person = bundle.request.participant
    check_releasable(bundle)
    if is_released(bundle):
        raise RecordError(RELEASED)
    disclosure = confirm(
        document=Document(KIND, bundle.pk),
        about=person,
        recipient=recipient,
        address=address,
        why=why,
        by=by,
    )
    bundle.expires_at = now + KEPT_FOR
    bundle.save(update_fields=["expires_at"])
    record_audit(by=by, kind=AuditKind.BUNDLE_RELEASED, about=bundle)
    return disclosure


def check_releasable(bundle: SubjectBundle) -> None:
    """Refuse what nobody looked through, and what says where somebody lives who must not be found.

    Raises:
        RecordError: it may not leave as it is.
    """
    person = bundle.request.participant
    if person is None or not bundle.body:
        raise RecordError(GONE)
    if bundle.reviewed_at is None or undecided(bundle.body, bundle.redactions):
        raise RecordError(NOT_REVIEWED)
    if person.is_address_hidden and not bundle.body["hidden"]:
        raise RecordError(NOW_HIDDEN)


@transaction.atomic
def take_out(*, bundle: SubjectBundle, by: User, now: dt.datetime) -> SubjectBundle:
    """The copy, to be handed over; that it was is written down.

    Raises:
        RecordError: it is gone, or may not leave.
    """
    bundle = _held(bundle, now)
    check_releasable(bundle)
    if not is_released(bundle):
        raise RecordError(NOT_REVIEWED)
    record_audit(by=by, kind=AuditKind.BUNDLE_EXPORTED, about=bundle)
    return bundle


def is_released(bundle: SubjectBundle) -> bool:
    """Whether somebody looked twice at whom it goes to."""
    return Disclosure.objects.filter(document=KIND, document_id=bundle.pk).exists()


def _held(bundle: SubjectBundle, now: dt.datetime) -> SubjectBundle:
    held = SubjectBundle.objects.select_for_update(of=("self",))
    row = held.select_related("request__participant").get(pk=bundle.pk)
    if not row.body or row.expires_at <= now:
        raise RecordError(GONE)
    return row


# --- Going away ----------------------------------------------------------------------------------
def expire_bundles(*, now: dt.datetime) -> int:
    """Empty copies whose time is over; that one was made stays. Answers how many."""
    over = SubjectBundle.objects.filter(expires_at__lte=now).exclude(body={}, redactions={})
    return over.update(body={}, redactions={})


def forget(ids: Collection[UUID]) -> dict[str, int]:
    """Empty every copy about people, by the ids of all their records.

    For whoever erases, inside their transaction and before the records go.
    """
    about = Q(request__participant__in=ids)
    count = SubjectBundle.objects.filter(about).update(body={}, redactions={})
    return {"participants.SubjectBundle": count}
