"""Signs beside names: a care note, somebody who must not collect, or no consent; no more."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from activities.models import Session
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    Booking,
    CareNote,
    Collects,
    Contact,
    Registration,
)
from participants.queries.consents import standing_refusals

# Who was marked within this time is expected again, and a register this old is still asked for.
RECENT = dt.timedelta(weeks=4)
# Regulars are expected after a holiday too: who came so often within this longer time.
REGULAR = dt.timedelta(weeks=12)
REGULAR_TIMES = 3
_NOTE, _NEVER, _REFUSED = "note", "never", "refused"


@dataclass(frozen=True)
class Signs:
    """What stands beside a name. Of which kind a note is shows when it is opened, for a reason.

    `refuses` says that the latest answer about taking part is no.
    """

    has_care_notes: bool = False
    must_not_collect: bool = False
    refuses: bool = False


NO_SIGNS = Signs()


def signs_of(roots: Collection[UUID]) -> dict[UUID, Signs]:
    """The signs of root people who have any, of any of their records. One query."""
    if not roots:
        return {}
    notes = CareNote.objects.standing().order_by().annotate(root=_root(), sign=Value(_NOTE))
    never = Contact.objects.filter(collects=Collects.NEVER).order_by()
    never = never.annotate(root=_root(), sign=Value(_NEVER))
    refused = standing_refusals().annotate(sign=Value(_REFUSED))
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    first, *others = (
        rows.filter(root__in=list(roots)).values_list("root", "sign")
        for rows in (notes, never, refused)
    )
    for pk, sign in first.union(*others):
        found[pk].add(sign)
    return {
        pk: Signs(_NOTE in signs, _NEVER in signs, _REFUSED in signs) for pk, signs in found.items()
    }


def care_notes_expected(sessions: Collection[Session]) -> dict[UUID, int]:
    """By session how many people with a care note are expected: who has booked, and its regulars.

    Regulars as on the register, before the earliest of an activity's sessions. Two queries; none
    where there is no session.
    """
    if not sessions:
        return {}
    regulars, booked = _regulars_with_notes(sessions), _booked_with_notes(sessions)
    expected = {
        session.pk: regulars[session.activity_id] | booked[session.pk] for session in sessions
    }
    return {pk: len(people) for pk, people in expected.items() if people}


def _regulars_with_notes(sessions: Collection[Session]) -> defaultdict[int, set[UUID]]:
    """By activity the root people."""
    first = min(session.starts_at for session in sessions)
    at_hub = Registration.objects.annotate(root=_root()).filter(
        root=OuterRef("root"), hub=OuterRef("session__activity__hub")
    )
    came = (
        Attendance.objects.filter(
            role__in=YOUNG_PEOPLE_ROLES,
            session__activity__in={session.activity_id for session in sessions},
            session__starts_at__gte=first - REGULAR,
            session__starts_at__lt=first,
        )
        .annotate(root=_root())
        .filter(Exists(at_hub), root__in=_roots_with_notes())
    )
    counted = came.values_list("session__activity", "root").annotate(
        times=Count("pk", filter=Q(status__in=ATTENDED)), latest=Max("session__starts_at")
    )
    people: defaultdict[int, set[UUID]] = defaultdict(set)
    is_regular = Q(latest__gte=first - RECENT) | Q(times__gte=REGULAR_TIMES)
    for activity, root, *_ in counted.filter(is_regular):
        people[activity].add(root)
    return people


def _booked_with_notes(sessions: Collection[Session]) -> defaultdict[UUID, set[UUID]]:
    """By session the root people who have a place."""
    bookings = Booking.objects.with_place().filter(session__in=sessions).annotate(root=_root())
    people: defaultdict[UUID, set[UUID]] = defaultdict(set)
    with_notes = bookings.filter(root__in=_roots_with_notes())
    for session, root in with_notes.values_list("session_id", "root"):
        people[session].add(root)
    return people


def _roots_with_notes() -> QuerySet[Any]:
    return CareNote.objects.standing().order_by().annotate(root=_root()).values("root")


def _root() -> Coalesce:
    return Coalesce(F("participant__merged_into_id"), F("participant_id"))
