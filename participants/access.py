"""May this user do this to a session's register, now or then, or to a section of a record."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from accounts.access import EVERY_HUB, HUB_ROLES, roles_of
from accounts.models import RoleGrant
from activities.models import Session
from hubs.models import HubMembership
from participants.models import Participant, Registration
from participants.sections import EVERY_RECORD, Act, Section, rights_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def can_record(user: User | AnonymousUser, session: Session, at: dt.datetime | None = None) -> bool:
    """Whether the user may keep the register of this session now, or at a past moment."""
    return Session.objects.visible_to(user, at).filter(pk=session.pk).exists()


def section_rights(
    user: User | AnonymousUser, person: Participant
) -> dict[Section, frozenset[Act]]:
    """What the user may do with each section of a person's record. At most two queries.

    Roles of the whole programme count everywhere, a coordinator's and a hub lead's only for people
    of a hub where they work, with any of the records merged into one.
    """
    roles = roles_of(user)
    counting = roles & EVERY_RECORD
    if roles & HUB_ROLES and _works_with(user, person):
        counting |= roles & HUB_ROLES
    return {section: rights_of(counting, section) for section in Section}


def can(user: User | AnonymousUser, act: Act, section: Section, person: Participant) -> bool:
    """Whether the user may do this with this section of the person's record."""
    return act in section_rights(user, person)[section]


def _works_with(user: User | AnonymousUser, person: Participant) -> bool:
    if user.pk is None:
        return False
    root = person.merged_into_id or person.pk
    hubs = HubMembership.objects.held(None).filter(user_id=user.pk)
    return Registration.objects.filter(
        Q(participant=root) | Q(participant__merged_into=root), hub__in=hubs.values("hub")
    ).exists()


@dataclass(frozen=True)
class Span:
    """From a moment until another, or still going on."""

    start: dt.datetime
    end: dt.datetime | None

    def covers(self, at: dt.datetime) -> bool:
        return self.start <= at and self.is_on_after(at)

    def is_on_after(self, at: dt.datetime) -> bool:
        return self.end is None or at < self.end


@dataclass(frozen=True)
class RecordingRights:
    """At which hubs, and when, somebody worked as a coordinator, or for every hub.

    A role counts from any time before until it ended: the hub's membership says since when. So
    somebody who was given the role today may still write down what they saw yesterday.
    """

    hubs: dict[int, list[Span]] = field(default_factory=dict)
    hub_roles: list[Span] = field(default_factory=list)
    everywhere: list[Span] = field(default_factory=list)

    def held(self, hub_id: int | None, at: dt.datetime) -> bool:
        """Whether registers of a hub were theirs to keep at a moment; None is the whole city."""
        if any(span.is_on_after(at) for span in self.everywhere):
            return True
        is_coordinator = any(span.is_on_after(at) for span in self.hub_roles)
        return is_coordinator and any(span.covers(at) for span in self.hubs.get(hub_id or 0, []))

    def ever_held(self, hub_id: int | None) -> bool:
        """Whether they ever were: others are strangers."""
        return bool(self.everywhere or (self.hub_roles and self.hubs.get(hub_id or 0)))


def recording_rights(user_ids: Collection[UUID]) -> dict[UUID, RecordingRights]:
    """By user the rights to keep registers, those that have ended among them. Two queries."""
    rights: defaultdict[UUID, RecordingRights] = defaultdict(RecordingRights)
    memberships = HubMembership.objects.filter(user__in=user_ids)
    for user, hub, start, end in memberships.values_list(
        "user_id", "hub_id", "started_at", "ended_at"
    ):
        rights[user].hubs.setdefault(hub, []).append(Span(start, end))
    grants = RoleGrant.objects.filter(user__in=user_ids, role__in=HUB_ROLES | EVERY_HUB)
    for user, role, start, end in grants.values_list("user_id", "role", "granted_at", "ended_at"):
        spans = rights[user].everywhere if role in EVERY_HUB else rights[user].hub_roles
        spans.append(Span(start, end))
    return rights
