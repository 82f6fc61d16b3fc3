"""People's records, each person once, for whoever may open a section of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import holds_any
from hubs.models import Hub
from participants.models import Participant, ParticipantQuerySet, Registration
from participants.queries.marks import roots_of
from participants.sections import EVERY_RECORD

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def records_for(user: User | AnonymousUser) -> ParticipantQuerySet:
    """Root people whose records the user may open a section of.

    A person is at a hub with any of the records merged into one.
    """
    roots = Participant.objects.roots()
    if holds_any(user, EVERY_RECORD):
        return roots
    at_hubs = Registration.objects.filter(hub__in=Hub.objects.visible_to(user))
    return roots.filter(pk__in=roots_of(at_hubs))


def record_of(user: User | AnonymousUser, pk: UUID) -> Participant | None:
    """The root person of a record that the user may open a section of; None for strangers.

    Two queries at most.
    """
    named = Participant.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
    return records_for(user).filter(pk=named or pk).first()


def records_of(person: Participant) -> QuerySet[Participant]:
    """Every record of one root person, the root's own among them."""
    return Participant.objects.filter(Q(pk=person.pk) | Q(merged_into=person.pk))
