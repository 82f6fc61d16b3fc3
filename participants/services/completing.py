"""A walk-in's record becomes whole: a parent fills it in by a link that works once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import AuditKind
from accounts.services import record_audit
from hubs.queries import place_of
from participants.models import (
    Answer,
    CareKind,
    CareNote,
    Collects,
    Contact,
    ParentLink,
    Participant,
    Relationship,
)
from participants.services.consents import hold
from participants.services.parent_links import Given, LinkEndedError, use_link, write_answers


@dataclass(frozen=True)
class ContactDetails:
    """A grown-up as a parent wrote them down; the fields are those of `Contact`."""

    name: str
    relationship: str = Relationship.UNKNOWN.value
    phone: str = ""
    responsible: str = Answer.UNKNOWN.value
    is_emergency: bool = False
    collects: str = Collects.NO.value


@dataclass(frozen=True)
class Details:
    """A record as a parent filled it in.

    `facts` are fields of `Participant` that are taken as they are, `equality` those that were
    answered, `care` texts by what they are about. The postcode may be empty.
    """

    facts: Mapping[str, Any]
    postcode: str
    contacts: Sequence[ContactDetails]
    care: Mapping[CareKind, str]
    equality: Mapping[str, str]


@transaction.atomic
def complete_record(
    *, link: ParentLink, details: Details, given: Given, receipt: str, now: dt.datetime
) -> ParentLink:
    """Complete a record as a parent filled it in, with their answers, and end the link.

    Returns the link by which they take answers back; its token is `receipt`. Nothing of it says
    whether somebody like this is known already.

    Raises:
        LinkEndedError: the link does not open any more, or the record is no one's own any more.
        RecordError: as `record_consents`.
    """
    link = use_link(link=link, now=now)
    if link.participant.merged_into_id is not None:
        raise LinkEndedError
    person = hold(link.participant)
    _write_facts(person, details)
    _write_contacts(person, details.contacts)
    for kind, text in details.care.items():
        CareNote.objects.create(participant=person, kind=kind, text=text, written_at=now)
    record_audit(by=None, kind=AuditKind.RECORD_CHANGED, about=person, reason="completed by a link")
    return write_answers(link=link, given=given, receipt=receipt, now=now)


def _write_facts(person: Participant, details: Details) -> None:
    """What was left empty takes nothing away that staff have written down meanwhile."""
    facts = {name: value for name, value in details.facts.items() if value not in ("", None)}
    values = {**facts, **details.equality, "is_complete": True, "complete_by": None}
    if details.postcode:
        values["home_postcode"] = details.postcode
        values |= _place(person, details.postcode)
    for name, value in values.items():
        setattr(person, name, value)
    person.save(update_fields=list(values))


def _place(person: Participant, postcode: str) -> dict[str, Any]:
    """Where home is, unless that was ever recorded: it stays what it was."""
    known = (person.home_lsoa_id, person.home_ward_id, person.imd_decile)
    place = place_of(postcode)
    if place is None or any(value is not None for value in known):
        return {}
    return {
        "home_lsoa_id": place.lsoa_id,
        "home_ward_id": place.ward_id,
        "imd_decile": place.imd_decile,
        "imd_edition": None if place.imd_decile is None else place.imd_edition,
    }


def _write_contacts(person: Participant, contacts: Sequence[ContactDetails]) -> None:
    """After those who are there already, in the order they were written."""
    there = person.contacts.count()
    Contact.objects.bulk_create(
        Contact(
            participant=person,
            name=each.name,
            relationship=each.relationship,
            phone=each.phone,
            has_parental_responsibility=each.responsible,
            is_emergency=each.is_emergency,
            collects=each.collects,
            position=there + number,
        )
        for number, each in enumerate(contacts, 1)
    )
