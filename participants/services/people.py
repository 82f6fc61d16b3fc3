"""Who may be marked: the root of each person a device names, as far as the taker may know them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from activities.models import Session
from participants.access import RecordingRights
from participants.models import Attendance, MarkOperation, Participant, Registration
from participants.queries.marks import roots_of


@dataclass(frozen=True)
class KnownPeople:
    """Roots of the people that operations name, and where each is registered.

    Whether somebody may be marked does not depend on who sends it or when it arrives, only on who
    took the mark and when: so every order of arrival ends the same.
    """

    hub_id: int | None
    roots: dict[UUID, UUID]
    hubs: dict[UUID, set[int]]
    marked_here: set[UUID]

    def root_for(self, person: UUID, rights: RecordingRights, at: dt.datetime) -> UUID | None:
        """The person's root; None where nobody is known by this id to the taker at that time."""
        root = self.roots.get(person)
        if root is None or self._is_here(root) or rights.held(None, at):
            return root
        return root if any(rights.held(hub, at) for hub in self.hubs[root]) else None

    def _is_here(self, root: UUID) -> bool:
        return root in self.marked_here or self.hub_id in self.hubs[root]


def people_known(session: Session, persons: Collection[UUID]) -> KnownPeople:
    """What is known of these people, by any of the records merged into one. Three queries.

    `Participant.merged_into` names the root, so one step is enough. The records are held to the
    end of the transaction: one that is merged before its marks are derived would have none.
    """
    named = Participant.objects.filter(pk__in=persons).order_by("pk")
    named = named.select_for_update(no_key=True)
    roots = {pk: root or pk for pk, root in named.values_list("pk", "merged_into")}
    of_roots = Q(participant__in=roots.values()) | Q(participant__merged_into__in=roots.values())
    hubs: defaultdict[UUID, set[int]] = defaultdict(set)
    registered = roots_of(Registration.objects.filter(of_roots))
    for root, hub in registered.values_list("root", "hub_id"):
        hubs[root].add(hub)
    here = Q(of_roots, session=session)
    marked = roots_of(Attendance.objects.filter(here)).union(
        roots_of(MarkOperation.objects.applied().filter(here))
    )
    return KnownPeople(
        hub_id=session.activity.hub_id,
        roots=roots,
        hubs=hubs,
        marked_here=set(marked.values_list("root", flat=True)),
    )
