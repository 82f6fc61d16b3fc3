"""Who somebody is, and at which hubs they are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.access import holds_any, roles_of
from accounts.models import AuditKind, User
from accounts.services import record_audit
from hubs.models import Hub
from participants.models import Participant, Registration
from participants.queries.records import record_of, records_of
from participants.sections import EVERY_RECORD, Act, Section, rights_of
from participants.services.errors import RecordError
from participants.services.held import release_once_known
from participants.services.records import hold_record

ONE_HUB_AT_LEAST = "Choose at least one hub: its coordinators see the person on their registers."
LAST_HUB = "This is their only hub. Add another one first, or ask the trust's staff."


@transaction.atomic
def create_person(
    *,
    person_id: UUID,
    identity: Mapping[str, Any],
    hubs: Collection[Hub],
    by: User,
    now: dt.datetime,
) -> Participant:
    """Make a record at these hubs. `person_id` is the form's own, so that sent twice is once.

    Raises:
        PermissionDenied: the user makes no records, or works with none of a hub, or the id is
            that of somebody they do not know.
        RecordError: no hub was chosen.
    """
    if not _makes_records(by):
        raise PermissionDenied
    if not hubs:
        raise RecordError(ONE_HUB_AT_LEAST)
    _refuse_strangers_hubs(hubs, by)
    if Participant.objects.filter(pk=person_id).exists():
        return _sent_before(person_id, by)
    person = Participant.objects.create(pk=person_id, created_at=now, **identity)
    Registration.objects.bulk_create(
        Registration(participant=person, hub=hub, registered_at=now) for hub in hubs
    )
    record_audit(by=by, kind=AuditKind.RECORD_CREATED, about=person, reason=Section.IDENTITY.value)
    release_once_known({person.pk})
    return person


@transaction.atomic
def register_at(*, person: Participant, hub: Hub, by: User, now: dt.datetime) -> None:
    """Let a person belong to one more of the user's hubs; marks that waited for it apply.

    Raises as `hold_record` does; PermissionDenied also for a hub that is not the user's.
    """
    held = hold_record(person=person, section=Section.IDENTITY, by=by)
    _refuse_strangers_hubs([hub], by)
    records = records_of(held)
    if Registration.objects.filter(participant__in=records.values("pk"), hub=hub).exists():
        return
    Registration.objects.create(participant=held, hub=hub, registered_at=now)
    record_audit(by=by, kind=AuditKind.RECORD_CHANGED, about=held, reason="hubs")
    release_once_known(set(records.values_list("pk", flat=True)))


@transaction.atomic
def leave_hub(*, person: Participant, hub: Hub, by: User) -> None:
    """Take a person off one of the user's hubs; what they came to there stays.

    Raises as `register_at` does; RecordError also where a hub's own staff would take the last.
    """
    held = hold_record(person=person, section=Section.IDENTITY, by=by)
    _refuse_strangers_hubs([hub], by)
    registered = Registration.objects.filter(participant__in=records_of(held).values("pk"))
    if not holds_any(by, EVERY_RECORD) and not registered.exclude(hub=hub).exists():
        raise RecordError(LAST_HUB)
    gone = registered.filter(hub=hub)
    if gone.exists():
        gone.delete()
        record_audit(by=by, kind=AuditKind.RECORD_CHANGED, about=held, reason="hubs")


def _makes_records(user: User) -> bool:
    return Act.WRITE in rights_of(roles_of(user), Section.IDENTITY)


def _refuse_strangers_hubs(hubs: Collection[Hub], by: User) -> None:
    own = set(Hub.objects.visible_to(by).values_list("pk", flat=True))
    if not {hub.pk for hub in hubs} <= own:
        raise PermissionDenied


def _sent_before(person_id: UUID, by: User) -> Participant:
    person = record_of(by, person_id)
    if person is None:
        raise PermissionDenied
    return person
