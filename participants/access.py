"""May this user do this to this session's register: now, and at the moment when it was done."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.access import EVERY_HUB, HUB_ROLES
from accounts.models import RoleGrant
from activities.models import Session
from hubs.models import HubMembership

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def can_record(user: User | AnonymousUser, session: Session, at: dt.datetime | None = None) -> bool:
    """Whether the user may keep the register of this session now, or at a past moment."""
    return Session.objects.visible_to(user, at).filter(pk=session.pk).exists()


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
