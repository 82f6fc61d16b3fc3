"""Who may be added to a register."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from activities.models import Session
from participants.models import (
    ATTENDED,
    Attendance,
    Participant,
    Registration,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
from participants.queries.marks import roots_of

SEARCH_RESULTS = 20


def people_named(user: User | AnonymousUser, name: str) -> list[Participant]:
    """People at the user's hubs whose name begins so, as a register shows it, at most twenty.

    Either a first name, or a first name and the beginning of the last: "Am", "Amber E". Nobody
    whose record is kept and not used: if they come, they are matched as a walk-in is.

    A person is at a hub with any of the records merged into one. Each has `last_came_at` and
    `last_came_to`, of the user's hubs, to tell namesakes apart.
    """
    name = " ".join(name.split())
    if not name:
        return []
    first, _, last = name.rpartition(" ")
    begins = Q(given_name__istartswith=name)
    if first:
        begins |= Q(given_name__iexact=first, family_name__istartswith=last)
    records = Participant.objects.visible_to(user)
    people = Participant.objects.roots().filter(restricted_at=None)
    people = people.filter(
        begins, Q(pk__in=records.values("pk")) | Q(pk__in=records.values("merged_into"))
    )
    people = people.order_by("given_name", "family_name", "pk")[:SEARCH_RESULTS]
    return list(_with_last_visit(people, Session.objects.visible_to(user)))


def possible_matches(
    session: Session, *, participant_id: UUID, given_name: str, year_group: int | None
) -> list[Participant]:
    """People of the session's hub who may be the walk-in: same first name, about the same age.

    Coordinators guess: a school year more or less is the same, and one that is not known, on
    either side, rules nobody out. None where the walk-in
    itself is there already: it is being sent again. Each has `last_came_at` and `last_came_to`,
    of this hub.
    """
    if Participant.objects.filter(pk=participant_id).exists():
        return []
    people = Participant.objects.roots().filter(
        given_name__iexact=given_name,
        pk__in=roots_of(Registration.objects.filter(hub=session.activity.hub_id)),
    )
    if year_group is not None:
        near = Q(year_group__range=(year_group - 1, year_group + 1))
        people = people.filter(near | Q(year_group__isnull=True))
    at_hub = Session.objects.filter(activity__hub=session.activity.hub_id)
    people = people.order_by("family_name", "pk")[:SEARCH_RESULTS]
    return list(_with_last_visit(people, at_hub))


def likenesses(session: Session, people: Collection[Participant]) -> dict[UUID, list[Participant]]:
    """For each of these incomplete records, by id, whom of the session's hub it may be.

    By the same rule as `possible_matches`, in one query for all of them; those who may be nobody
    are left out.
    """
    if not people:
        return {}
    names = {person.given_name.lower() for person in people}
    known = (
        Participant.objects.roots()
        .annotate(lower_name=Lower("given_name"))
        .filter(
            lower_name__in=names,
            pk__in=roots_of(Registration.objects.filter(hub=session.activity.hub_id)),
        )
        .order_by("family_name", "pk")
    )
    at_hub = Session.objects.filter(activity__hub=session.activity.hub_id)
    found = list(_with_last_visit(known, at_hub))
    alike = {person.pk: [one for one in found if _may_be(one, person)] for person in people}
    return {pk: ones[:SEARCH_RESULTS] for pk, ones in alike.items() if ones}


def _may_be(known: Participant, person: Participant) -> bool:
    if known.pk == person.pk or known.given_name.lower() != person.given_name.lower():
        return False
    if known.year_group is None or person.year_group is None:
        return True
    return abs(known.year_group - person.year_group) <= 1


def _with_last_visit(
    people: QuerySet[Participant], sessions: QuerySet[Session]
) -> QuerySet[Participant]:
    """Annotate root people with the latest of these sessions they came to: its start and title."""
    root = OuterRef(OuterRef("pk"))
    records = Participant.objects.filter(Q(pk=root) | Q(merged_into=root))
    last = Attendance.objects.filter(
        participant__in=records.values("pk"), status__in=ATTENDED, session__in=sessions.values("pk")
    ).order_by("-session__starts_at", "session")
    return people.annotate(
        last_came_at=Subquery(last.values("session__starts_at")[:1]),
        last_came_to=Subquery(last.values("session__activity__title")[:1]),
    )
