"""Signs beside names: that there is a care note, or somebody who must not collect; no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from participants.models import CareNote, Collects, Contact

_NOTE, _NEVER = "note", "never"


@dataclass(frozen=True)
class Signs:
    """What stands beside a name. Of which kind a note is shows when it is opened, for a reason."""

    has_care_notes: bool = False
    must_not_collect: bool = False


NO_SIGNS = Signs()


def signs_of(roots: Collection[UUID]) -> dict[UUID, Signs]:
    """The signs of root people who have any, of any of their records. One query."""
    if not roots:
        return {}
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    notes = CareNote.objects.standing().order_by().annotate(root=root, sign=Value(_NOTE))
    never = Contact.objects.filter(collects=Collects.NEVER).order_by()
    never = never.annotate(root=root, sign=Value(_NEVER))
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    asked = [
        rows.filter(root__in=list(roots)).values_list("root", "sign") for rows in (notes, never)
    ]
    for pk, sign in asked[0].union(asked[1]):
        found[pk].add(sign)
    return {pk: Signs(_NOTE in signs, _NEVER in signs) for pk, signs in found.items()}
