"""Legal holds as they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from participants.models import LegalHold, Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def listed_holds(user: User | AnonymousUser) -> QuerySet[LegalHold]:
    """Every hold that the user may see: those that stand first, the latest on top."""
    holds = LegalHold.objects.visible_to(user).select_related(
        "participant__merged_into", "placed_by", "ended_by"
    )
    return holds.order_by(F("ended_at").desc(nulls_first=True), "-placed_at", "pk")


def holds_of(user: User | AnonymousUser, person: Participant) -> QuerySet[LegalHold]:
    """Holds on any record of a root person."""
    of_person = Q(participant=person) | Q(participant__merged_into=person)
    return listed_holds(user).filter(of_person)


def is_held(user: User | AnonymousUser, person: Participant) -> bool:
    """Whether a hold stands on a person, for those who may know."""
    return holds_of(user, person).filter(ended_at__isnull=True).exists()
