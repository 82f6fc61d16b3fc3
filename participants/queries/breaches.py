"""What somebody must know of a breach in its first hours: the clock, and whom it affects."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import AuditEntry, AuditKind
from activities.models import Session
from participants.models import (
    Answer,
    Booking,
    Breach,
    CareNote,
    Collects,
    ConcernRoute,
    Consent,
    Contact,
    Disclosure,
    Merge,
    ParentLink,
    Participant,
    Photograph,
    Registration,
    RightsRequest,
    SubjectBundle,
)

# UK GDPR, article 33(1): not later than 72 hours after having become aware of it.
HOURS_TO_TELL = 72
PERSON = Participant._meta.label_lower
SESSION = Session._meta.label_lower
CONCERNS = "concern."
# Of concerns that were opened only those that lead and deputy both read are counted: the number of
# the others would tell whom they are kept from, who may be trust staff as well, that there is one.
OPEN_CONCERNS = Q(kind=AuditKind.CONCERN_READ, reason=ConcernRoute.LEAD)
# Of other things that a trail names: by which field each says whose it is.
WHOSE: dict[str, tuple[type[Model], str]] = {
    model._meta.label_lower: (model, field_name)
    for model, field_name in (
        (Booking, "participant"),
        (CareNote, "participant"),
        (Consent, "participant"),
        (Contact, "participant"),
        (Disclosure, "participant"),
        (Merge, "record"),
        (ParentLink, "participant"),
        (Photograph, "people"),
        (RightsRequest, "participant"),
        (SubjectBundle, "request__participant"),
    )
}


@dataclass(frozen=True)
class Clock:
    """The 72 hours from when a breach was known. `left` is negative once they are over."""

    ends_at: dt.datetime
    left: dt.timedelta
    told_after: dt.timedelta | None

    @property
    def is_over(self) -> bool:
        return self.told_after is None and self.left < dt.timedelta(0)

    @property
    def words(self) -> str:
        """What is left, or how long it took, in whole hours."""
        if self.told_after is not None:
            return f"The regulator was told after {_hours(self.told_after)}"
        if self.left < dt.timedelta(0):
            return f"Late by {_hours(-self.left)}"
        return f"{_hours(self.left)} left"


@dataclass(frozen=True)
class Affected:
    """Whom a breach affects, by what an account read in a span of time.

    `people` are ids of root records. Of lists, exports and concerns the trail says how many, not
    who stood in them; `gone` are people erased since.
    """

    people: frozenset[UUID] = frozenset()
    by_hub: list[tuple[str, int]] = field(default_factory=list)
    looked_after: int = 0
    hidden: int = 0
    opened: int = 0
    registers: int = 0
    lists: int = 0
    exports: int = 0
    concerns: int = 0
    gone: int = 0


@dataclass(frozen=True)
class ToTell:
    """A person whom a breach affects and the first of their emergency contacts, if there is one."""

    person: Participant
    contact: Contact | None

    @property
    def is_looked_after(self) -> bool:
        return self.person.care_experienced == Answer.YES


def clock_of(breach: Breach, now: dt.datetime) -> Clock:
    """The clock at a moment that is passed in."""
    # In UTC: by the clock on the wall the night when it changes is an hour too long or short.
    known_at, told_at = breach.known_at.astimezone(dt.UTC), breach.regulator_told_at
    ends_at = known_at + dt.timedelta(hours=HOURS_TO_TELL)
    return Clock(ends_at, ends_at - now.astimezone(dt.UTC), told_at - known_at if told_at else None)


def affected_by(breach: Breach) -> Affected:
    """Whom it affects; nobody as long as the account and both moments are not known.

    Counts people whose record was opened, and everybody of the hubs whose registers were: a
    register shows all whom a hub expects.
    """
    entries = reads_of(breach)
    if entries is None:
        return Affected()
    counts = entries.aggregate(
        lists=Count("pk", filter=Q(kind=AuditKind.PEOPLE_SEARCHED)),
        exports=Count("pk", filter=Q(kind=AuditKind.PEOPLE_EXPORTED)),
        concerns=Count("object_id", filter=OPEN_CONCERNS, distinct=True),
        registers=Count("object_id", filter=Q(object_type=SESSION), distinct=True),
    )
    opened = _opened(entries)
    found = _roots(Participant.objects.filter(pk__in=opened))
    people = found | _on_registers(entries)
    return Affected(
        people=frozenset(people),
        by_hub=_by_hub(people),
        looked_after=_count(people, care_experienced=Answer.YES),
        hidden=_count(people, is_address_hidden=True),
        opened=len(found),
        gone=len(opened) - Participant.objects.filter(pk__in=opened).count(),
        **counts,
    )


def reads_of(breach: Breach) -> QuerySet[AuditEntry] | None:
    """What the account did in the span, from the audit trail; None as long as it is not known."""
    if not (breach.suspect_id and breach.since and breach.until):
        return None
    return AuditEntry.objects.filter(
        actor_id=breach.suspect_id, at__gte=breach.since, at__lte=breach.until
    ).order_by()


def affected_people(ids: Collection[UUID]) -> QuerySet[Participant]:
    """These people in the order of their names."""
    return (
        Participant.objects.roots().filter(pk__in=ids).order_by("family_name", "given_name", "pk")
    )


def contacts_to_tell(people: Iterable[Participant]) -> list[ToTell]:
    """With each person their first emergency contact, of any of the records merged into one.

    Never somebody who must not collect them. One query.
    """
    people = list(people)
    ids = [person.pk for person in people]
    contacts = (
        Contact.objects.filter(Q(participant__in=ids) | Q(participant__merged_into__in=ids))
        .filter(is_emergency=True)
        .exclude(collects=Collects.NEVER)
        .annotate(root=Coalesce("participant__merged_into", "participant"))
        .order_by("position", "created_at", "pk")
    )
    first: dict[UUID, Contact] = {}
    for contact in contacts:
        first.setdefault(contact.root, contact)
    return [ToTell(person, first.get(person.pk)) for person in people]


def _opened(entries: QuerySet[AuditEntry]) -> set[UUID]:
    """Ids of people's records, of things that belong to one person their person's.

    What was opened of concerns says nothing here: whom one is about is not for this page.
    """
    read = entries.exclude(kind__startswith=CONCERNS)
    ids: defaultdict[str, set[UUID]] = defaultdict(set)
    for object_type, object_id in read.values_list("object_type", "object_id").distinct():
        if object_id:
            ids[object_type].add(object_id)
    people = ids.pop(PERSON, set())
    for object_type, those in ids.items():
        people |= _people_of(object_type, those)
    return people


def _people_of(object_type: str, ids: set[UUID]) -> set[UUID]:
    whose = WHOSE.get(object_type)
    if whose is None:
        return set()
    model, field_name = whose
    rows = model._default_manager.filter(pk__in=ids).exclude(**{field_name: None})
    return set(rows.values_list(field_name, flat=True))


def _on_registers(entries: QuerySet[AuditEntry]) -> set[UUID]:
    opened = entries.filter(object_type=SESSION, object_id__isnull=False).values("object_id")
    hubs = Session.objects.filter(pk__in=opened).values("activity__hub")
    came = Q(attendances__session__in=opened)
    return _roots(Participant.objects.filter(Q(registrations__hub__in=hubs) | came))


def _roots(people: QuerySet[Participant]) -> set[UUID]:
    root = Coalesce(F("merged_into"), F("pk"))
    return set(people.values_list(root, flat=True).distinct())


def _by_hub(people: Collection[UUID]) -> list[tuple[str, int]]:
    """How many of them belong to each hub, by its name; somebody of two hubs counts in both."""
    at_hubs = (
        Registration.objects.filter(
            Q(participant__in=people) | Q(participant__merged_into__in=people)
        )
        .annotate(root=Coalesce("participant__merged_into", "participant"))
        .values("hub__name")
        .annotate(people=Count("root", distinct=True))
        .order_by("hub__name")
    )
    return [(row["hub__name"], row["people"]) for row in at_hubs]


def _count(people: Collection[UUID], **those: object) -> int:
    return Participant.objects.filter(pk__in=people, **those).count()


def _hours(time: dt.timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    return f"{hours} {'hour' if hours == 1 else 'hours'}"
