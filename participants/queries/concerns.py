"""What the safeguarding lead and the deputy see, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from accounts.access import HUB_ROLES, holds_any, lapses
from accounts.models import RoleGrant, User
from activities.models import Session
from participants.models import Concern, ConcernAction, ConcernRoute, Participant
from participants.models.concerns import READS
from participants.queries.people import people_named
from participants.sections import EVERY_RECORD

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Who may find people by their names; others write the name they know.
FINDS_PEOPLE = HUB_ROLES | EVERY_RECORD


@dataclass(frozen=True)
class Deed:
    """An action with its words opened; `words` is None where no key opens them."""

    action: ConcernAction
    words: str | None


def readers_of(route: str) -> QuerySet[User]:
    """Who reads concerns of a route now. One query."""
    readers, never = READS[ConcernRoute(route)]
    held = RoleGrant.objects.current().filter(user=OuterRef("pk"))
    return User.objects.filter(
        Exists(held.filter(role__in=readers)), is_active=True, left_at__isnull=True
    ).exclude(Exists(held.filter(role__in=never)))


def listed(user: User) -> QuerySet[Concern]:
    """The concerns that a user reads: open ones first, of those the urgent ones, newest first.

    What they say stays sealed.
    """
    return (
        Concern.objects.visible_to(user)
        .defer("sealed")
        .annotate(
            place=Case(
                When(closed_at__isnull=False, then=Value(2)),
                When(is_urgent=True, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .order_by("place", "-written_at", "pk")
    )


def waiting_concerns(user: User) -> int:
    """How many concerns that the user reads nobody has read yet. One query for who reads any."""
    return Concern.objects.visible_to(user).filter(first_read_at=None, closed_at=None).count()


def found_people(user: User, name: str) -> list[Participant]:
    """Whom a member of staff may have meant: people of their hubs, at most twenty."""
    return people_named(user, name) if may_find_people(user) else []


def may_find_people(user: User | AnonymousUser) -> bool:
    """Whether somebody sees people's names at all: a hub's staff while their checks are good."""
    if holds_any(user, EVERY_RECORD):
        return True
    return holds_any(user, FINDS_PEOPLE) and not lapses(user)


def person_meant(user: User, pk: UUID | None) -> Participant | None:
    """The person of that id whom the user may see; None without an id.

    Raises:
        Participant.DoesNotExist: there is nobody of that id whom they may see.
    """
    if pk is None:
        return None
    return Participant.objects.visible_to(user).named().get(pk=pk)


def session_meant(user: User, pk: UUID | None) -> Session | None:
    """The session of that id that the user works at; None without an id.

    Raises:
        Session.DoesNotExist: there is none of that id that they work at.
    """
    if pk is None:
        return None
    sessions = Session.objects.visible_to(user).select_related("activity__hub")
    return sessions.get(pk=pk)
