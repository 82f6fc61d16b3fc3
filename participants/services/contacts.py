"""Whom to ring and who may collect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.models import Contact, Participant
from participants.queries.contacts import contacts_of
from participants.sections import Section
from participants.services.errors import RecordError
from participants.services.records import (
    ChangedMeanwhileError,
    change_fields,
    hold_record,
    latest_state,
)

ENOUGH = 2
GONE = "This contact was removed meanwhile."
FEW = "Then fewer than two people can be rung in an emergency. Say why that is enough."


def version_of_contact(contact: Contact) -> int:
    """A number that grows with every change of a contact."""
    return latest_state("ContactEvent", contact.pk)


@transaction.atomic
def add_contact(
    *, person: Participant, contact_id: UUID, values: Mapping[str, Any], by: User
) -> Contact:
    """Add a contact as the last to ring. `contact_id` is the form's own: sent twice is once.

    Raises as `hold_record` does.
    """
    held = hold_record(person=person, section=Section.CONTACTS, by=by)
    standing = contacts_of(held)
    for contact in standing:
        if contact.pk == contact_id:
            return contact
    last = max((contact.position for contact in standing), default=0)
    try:
        with transaction.atomic():
            contact = Contact.objects.create(
                pk=contact_id, participant=held, position=last + 1, **values
            )
    except IntegrityError:
        raise RecordError("This form was used already. Open it anew.") from None
    _write_down(held, by)
    return contact


@transaction.atomic
def change_contact(
    *,
    person: Participant,
    contact_id: UUID,
    values: Mapping[str, Any],
    version: int,
    by: User,
) -> Contact:
    """Change a contact of the person's, unless somebody else did since the form was opened.

    Raises as `hold_record` does; RecordError also where the contact is gone.
    """
    held = hold_record(person=person, section=Section.CONTACTS, by=by)
    contact = _contact(held, contact_id)
    if version != version_of_contact(contact):
        raise ChangedMeanwhileError
    different = [name for name, value in values.items() if getattr(contact, name) != value]
    if different:
        for name in different:
            setattr(contact, name, values[name])
        contact.save(update_fields=different)
        _write_down(held, by)
    return contact


@transaction.atomic
def remove_contact(*, person: Participant, contact_id: UUID, why_few: str, by: User) -> None:
    """Remove a contact; where fewer than two are left to ring, for a reason that is kept.

    Raises as `change_contact` does; RecordError also where the reason is missing.
    """
    held = hold_record(person=person, section=Section.CONTACTS, by=by)
    contact = _contact(held, contact_id)
    left = [each for each in contacts_of(held) if each.is_emergency and each.pk != contact.pk]
    if contact.is_emergency and len(left) < ENOUGH:
        _keep_reason(held, why_few or held.few_contacts_why)
    contact.delete()
    _write_down(held, by)


@transaction.atomic
def move_contact(*, person: Participant, contact_id: UUID, is_up: bool, by: User) -> None:
    """Ring a contact one place earlier or later. Raises as `change_contact` does."""
    held = hold_record(person=person, section=Section.CONTACTS, by=by)
    contact = _contact(held, contact_id)
    order = contacts_of(held)
    place = next(number for number, each in enumerate(order) if each.pk == contact.pk)
    other = place - 1 if is_up else place + 1
    if not 0 <= other < len(order):
        return
    order[place], order[other] = order[other], order[place]
    for position, each in enumerate(order, 1):
        if each.position != position:
            each.position = position
            each.save(update_fields=["position"])
    _write_down(held, by)


def change_collection(
    *, person: Participant, values: Mapping[str, Any], version: int, by: User
) -> Participant:
    """Set the word for collecting, whether they may walk home, and why few can be rung.

    Raises as `change_fields` does.
    """
    return change_fields(
        person=person, section=Section.CONTACTS, values=values, version=version, by=by
    )


def _contact(person: Participant, pk: UUID) -> Contact:
    for contact in contacts_of(person):
        if contact.pk == pk:
            return contact
    raise RecordError(GONE)


def _keep_reason(held: Participant, why: str) -> None:
    if not why:
        raise RecordError(FEW)
    if why != held.few_contacts_why:
        held.few_contacts_why = why
        held.save(update_fields=["few_contacts_why"])


def _write_down(person: Participant, by: User) -> None:
    record_audit(by=by, kind=AuditKind.RECORD_CHANGED, about=person, reason=Section.CONTACTS.value)
