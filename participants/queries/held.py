"""What waits to be settled on a register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from activities.models import Session
from participants.models import Attendance, HeldFor, MarkOperation, Participant, SealedWalkIn

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


@dataclass(frozen=True)
class Waiting:
    """A mark, or a walk-in that could not be opened, that nobody has settled yet.

    `name` is empty where nobody whom the user may see is known by that id; `why` is a sentence.
    """

    id: UUID
    name: str
    what: str
    why: str
    marked_at: dt.datetime
    taken_by: str
    sent_by: str
    can_be_used: bool


def waiting_on(session: Session, user: User | AnonymousUser) -> list[Waiting]:
    """What waits on a register, in the order in which it was made. Three queries."""
    held = MarkOperation.objects.held().filter(session=session)
    marks = list(held.select_related("marked_by", "sent_by"))
    walk_ins = SealedWalkIn.objects.filter(session=session).select_related("taken_by", "sent_by")
    names = _names(session, user, {mark.person_id for mark in marks})
    waiting = [_mark(mark, names.get(mark.person_id, "")) for mark in marks]
    waiting += [_walk_in(walk_in) for walk_in in walk_ins]
    return sorted(waiting, key=lambda each: (each.marked_at, each.id))


def _names(session: Session, user: User | AnonymousUser, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of the people whom the user may see: their hubs', and who is on this register."""
    here = Attendance.objects.filter(session=session).values("participant")
    visible = Q(pk__in=Participant.objects.visible_to(user).values("pk")) | Q(pk__in=here)
    people = Participant.objects.filter(visible, pk__in=ids)
    return {person.pk: person.register_name for person in people}


def _mark(mark: MarkOperation, name: str) -> Waiting:
    return Waiting(
        id=mark.pk,
        name=name,
        what=mark.get_status_display(),
        why=f"{HeldFor(mark.held_for).label}.",
        marked_at=mark.marked_at,
        taken_by=mark.marked_by.name,
        sent_by=mark.sent_by.name if mark.sent_by else "",
        can_be_used=bool(name) and mark.held_for != HeldFor.CANCELLED,
    )


def _walk_in(walk_in: SealedWalkIn) -> Waiting:
    return Waiting(
        id=walk_in.pk,
        name="",
        what="A walk-in",
        why=walk_in.problem,
        marked_at=walk_in.marked_at,
        taken_by=walk_in.taken_by.name,
        sent_by=walk_in.sent_by.name if walk_in.sent_by else "",
        can_be_used=False,
    )
