"""What the audit trail may name that is one person's, and which concerns somebody may know of."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from participants.models import (
    Booking,
    CareNote,
    Concern,
    Consent,
    Contact,
    Disclosure,
    LegalHold,
    Merge,
    ParentLink,
    Participant,
    Photograph,
    RightsRequest,
    SubjectBundle,
)

# By which field each names a person. Concerns stand nowhere here: an auditor knows of none.
_NAMES: tuple[tuple[type, str], ...] = (
    (Booking, "participant"),
    (CareNote, "participant"),
    (Consent, "participant"),
    (Contact, "participant"),
    (Disclosure, "participant"),
    (LegalHold, "participant"),
    (Merge, "record"),
    (ParentLink, "participant"),
    (Photograph, "people"),
    (RightsRequest, "participant"),
    (SubjectBundle, "request__participant"),
)


def kept_of_person(person: UUID) -> Collection[UUID]:
    """Ids of every record of a person, whichever of them is given, and of what hangs on them."""
    record = Participant.objects.filter(pk=person).values_list("merged_into", flat=True)
    root = next(iter(record), None) or person
    records = set(
        Participant.objects.filter(Q(pk=root) | Q(merged_into=root)).values_list("pk", flat=True)
    )
    return records.union(*(_naming(model, field, records) for model, field in _NAMES))


def _naming(model: type, field: str, records: set[UUID]) -> set[UUID]:
    found = model._default_manager.filter(**{f"{field}__in": records})  # type: ignore[attr-defined]
    return {each for each in found.values_list("pk", flat=True) if isinstance(each, UUID)}


def readable_concerns(user: User) -> Collection[UUID]:
    """Ids of the concerns that a user may read; those that were routed away from them are none."""
    return list(Concern.objects.visible_to(user).values_list("pk", flat=True))
