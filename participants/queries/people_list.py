"""The list of people, as far as its reader may see them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.access import holds_any
from accounts.models import Role
from hubs.models import Hub
from participants.models import (
    ATTENDED,
    Attendance,
    Contact,
    Participant,
    ParticipantQuerySet,
    Registration,
)
from participants.queries.care_signs import NO_SIGNS, signs_of
from participants.queries.marks import roots_of
from participants.queries.records import records_for
from participants.sections import EVERY_RECORD

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

EXPORTERS = frozenset({Role.TRUST_STAFF})


def listed_people(user: User | AnonymousUser) -> ParticipantQuerySet:
    """People in lists: named ones; those whose records are restricted for trust staff only."""
    people = records_for(user).named()
    if holds_any(user, EXPORTERS):
        return people
    return people.filter(restricted_at__isnull=True)


def with_row(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """People with `hub_names` and `last_came_at`, of any of the records merged into one."""
    return with_hubs(people).annotate(last_came_at=Subquery(_last_visit()))


def add_rows(people: Iterable[Participant]) -> None:
    """Give these people what a row of a list says: as `with_row`, and `signs`. Four queries.

    For pages of a long list: asked for in the query of the list, the last page would work it out
    for everybody before. By ids alone, it is quick whatever the database knows of its tables.
    """
    listed = {each.pk: each for each in people}
    records = Participant.objects.filter(Q(pk__in=listed) | Q(merged_into__in=listed))
    roots = {pk: root or pk for pk, root in records.values_list("pk", "merged_into")}
    hubs, last, signs = _hubs_of(roots), _last_visits_of(roots), signs_of(list(listed))
    for pk, each in listed.items():
        vars(each).update(
            hub_names=sorted(hubs[pk]), last_came_at=last.get(pk), signs=signs.get(pk, NO_SIGNS)
        )


def _hubs_of(roots: Mapping[UUID, UUID]) -> defaultdict[UUID, set[str]]:
    """By root person the names of their hubs, given the root of each record."""
    names: defaultdict[UUID, set[str]] = defaultdict(set)
    registered = Registration.objects.filter(participant__in=list(roots))
    for record, name in registered.values_list("participant", "hub__name"):
        names[roots[record]].add(name)
    return names


def _last_visits_of(roots: Mapping[UUID, UUID]) -> dict[UUID, dt.datetime]:
    """By root person when they came last, given the root of each record."""
    last: dict[UUID, dt.datetime] = {}
    came = Attendance.objects.filter(participant__in=list(roots), status__in=ATTENDED)
    visits = came.order_by().values_list("participant").annotate(at=Max("session__starts_at"))
    for record, at in visits:
        root = roots[record]
        last[root] = max(at, last.get(root, at))
    return last


def with_hubs(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """People with `hub_names`, of any of the records merged into one."""
    return people.annotate(hub_names=ArraySubquery(_hub_names()))


def hubs_of_lists(user: User | AnonymousUser) -> QuerySet[Hub]:
    """The hubs that the people on the user's list may be at."""
    if holds_any(user, EVERY_RECORD):
        return Hub.objects.order_by("name")
    return Hub.objects.visible_to(user).order_by("name")


def at_hub(people: ParticipantQuerySet, slug: str) -> ParticipantQuerySet:
    """Those registered at a hub with any of their records."""
    return people.filter(pk__in=roots_of(Registration.objects.filter(hub__slug=slug)))


def came_since(people: ParticipantQuerySet, moment: dt.datetime) -> ParticipantQuerySet:
    """Those who came to a session that began then or later."""
    visits = Attendance.objects.filter(status__in=ATTENDED, session__starts_at__gte=moment)
    return people.filter(pk__in=roots_of(visits))


def not_since(people: ParticipantQuerySet, moment: dt.datetime) -> ParticipantQuerySet:
    """Those who came to no session since then, or never."""
    visits = Attendance.objects.filter(status__in=ATTENDED, session__starts_at__gte=moment)
    return people.filter(~_has_any(visits))


def never_came(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Those who never came to any session."""
    return people.filter(~_has_any(Attendance.objects.filter(status__in=ATTENDED)))


def without_contacts(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Those of whom nobody knows whom to ring."""
    return people.filter(~_has_any(Contact.objects.order_by()))


def _has_any(rows: QuerySet[Any]) -> Exists:
    """Whether a root person has any of these rows; for filters, which go through everybody.

    One equality, so that the database joins all of them at once.
    """
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    return Exists(rows.annotate(root=root).filter(root=OuterRef("pk")))


def _of_this_root() -> Q:
    """Rows of any record of the person of the outer query."""
    records = Participant.objects.filter(
        Q(pk=OuterRef(OuterRef("pk"))) | Q(merged_into=OuterRef(OuterRef("pk")))
    )
    return Q(participant__in=records.values("pk"))


def _hub_names() -> QuerySet[Any, str]:
    registered = Registration.objects.filter(_of_this_root())
    names = registered.order_by("hub__name").values_list("hub__name", flat=True)
    return names.distinct()


def _last_visit() -> QuerySet[Any]:
    """When a root person came last: the greatest of few. An order would go through all sessions."""
    attended = Attendance.objects.filter(_of_this_root(), status__in=ATTENDED).order_by()
    last = attended.values(whole=Value(1)).annotate(last=Max("session__starts_at"))
    return last.values("last")
