"""Photographs, who can be recognised in them, and which must come down."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from activities.models import Session
from participants.models import ATTENDED, Participant, Photograph, PhotographUse, Purpose
from participants.queries.consents import may
from participants.queries.marks import current_marks
from participants.queries.records import records_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

PURPOSES: dict[PhotographUse, Purpose] = {
    PhotographUse.INSIDE: Purpose.PHOTOGRAPHS_INSIDE,
    PhotographUse.PUBLIC: Purpose.PHOTOGRAPHS_PUBLIC,
}


@dataclass(frozen=True)
class Pictured:
    """Somebody who came to a session, and for which uses they may be photographed."""

    person: Participant
    may_inside: bool
    may_public: bool


@dataclass(frozen=True)
class ToTakeDown:
    """A photograph that must come down, and whose consent does not cover it."""

    photograph: Photograph
    people: list[Participant]


def photographs_of(session: Session) -> QuerySet[Photograph]:
    """Photographs of a session that are up, the newest first."""
    return session.photographs.up().order_by("-added_at", "pk")


def pictured_at(session: Session) -> list[Pictured]:
    """Who came to a session, by name, each with the uses that their consent covers."""
    marks = current_marks(session)
    came = [root for root, mark in marks.items() if mark.status in ATTENDED]
    inside, public = (may(came, PURPOSES[use]) for use in PhotographUse)
    people = Participant.objects.filter(pk__in=came).order_by("given_name", "family_name", "pk")
    return [Pictured(each, each.pk in inside, each.pk in public) for each in people]


def without_consent(roots: set[UUID], uses: list[PhotographUse]) -> set[UUID]:
    """Those of these root people whose consent does not cover every one of the uses."""
    lacking: set[UUID] = set()
    for use in uses:
        lacking |= roots - may(roots, PURPOSES[use])
    return lacking


def to_take_down(user: User | AnonymousUser) -> list[ToTakeDown]:
    """Photographs that the user sees and that show somebody against their consent, oldest first.

    Seven queries at most.
    """
    lacking = _against_consent(Photograph.objects.visible_to(user).up())
    people = Participant.objects.in_bulk(set().union(*lacking.values()) if lacking else set())
    rows = Photograph.objects.filter(pk__in=lacking).select_related("session__activity__hub")
    return [
        ToTakeDown(row, sorted((people[root] for root in lacking[row.pk]), key=_by_name))
        for row in rows.order_by("added_at", "pk")
    ]


def count_to_take_down(user: User | AnonymousUser) -> int:
    """How many photographs that the user sees must come down. Three queries."""
    return len(_against_consent(Photograph.objects.visible_to(user).up()))


def shown_against_consent(user: User | AnonymousUser, person: Participant) -> set[UUID]:
    """Ids of photographs that the user sees and that show this root person against consent."""
    theirs = Photograph.objects.visible_to(user).up().filter(people__in=records_of(person))
    lacking = _against_consent(Photograph.objects.filter(pk__in=theirs.values("pk")))
    return {pk for pk, roots in lacking.items() if person.pk in roots}


def _against_consent(photographs: QuerySet[Photograph]) -> dict[UUID, set[UUID]]:
    """By photograph the root people in it whose consent does not cover its uses. Three queries."""
    shown: QuerySet[Any] = Photograph.people.through.objects.filter(
        photograph__in=photographs.values("pk")
    )
    root = Coalesce("participant__merged_into", "participant")
    rows = list(shown.annotate(root=root).values_list("photograph", "root", "photograph__uses"))
    covered = {
        use: may({root for _, root, uses in rows if use in uses}, purpose)
        for use, purpose in PURPOSES.items()
    }
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for photograph, one, uses in rows:
        if any(one not in covered[PhotographUse(use)] for use in uses):
            found[photograph].add(one)
    return dict(found)


def _by_name(person: Participant) -> tuple[str, str, str]:
    return person.given_name, person.family_name, str(person.pk)
