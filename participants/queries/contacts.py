"""The grown-ups round a person."""

from __future__ import annotations

from dataclasses import dataclass

from participants.models import Collects, Contact, Participant
from participants.queries.records import records_of

ENOUGH_TO_RING = 2


@dataclass(frozen=True)
class ContactSheet:
    """Everybody round a person, in the order in which to ring.

    `ring` are those for emergencies, `others` the rest, `never` those who must not collect, of
    either. `is_short` says that fewer than two can be rung and nobody said why.
    """

    ring: list[Contact]
    others: list[Contact]
    collecting: list[Contact]
    never: list[Contact]
    is_short: bool

    @property
    def everybody(self) -> list[Contact]:
        return sorted(
            [*self.ring, *self.others], key=lambda each: (each.position, each.created_at, each.pk)
        )


def contacts_of(person: Participant) -> list[Contact]:
    """Contacts of a root person, of any of their records, in order. One query."""
    return list(Contact.objects.filter(participant__in=records_of(person).values("pk")))


def contact_sheet(person: Participant) -> ContactSheet:
    """The contacts of a root person, sorted by what they are for. One query."""
    contacts = contacts_of(person)
    ring = [each for each in contacts if each.is_emergency]
    return ContactSheet(
        ring=ring,
        others=[each for each in contacts if not each.is_emergency],
        collecting=[each for each in contacts if each.collects == Collects.YES],
        never=[each for each in contacts if each.collects == Collects.NEVER],
        is_short=len(ring) < ENOUGH_TO_RING and not person.few_contacts_why,
    )
