"""What is kept: registers of the day on a device, and, of a session, what stays for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from activities.models import Session, london_today
from hubs.models import Hub, HubMembership
from participants.models import (
    Concern,
    MarkOperation,
    Photograph,
    PrintedRegister,
    RegisterEvent,
    SealedWalkIn,
)
from participants.queries.register import RegisterRow, opens_at, register_for


@dataclass(frozen=True)
class KeptRegister:
    """A session of today with everyone on its register."""

    session: Session
    opens_at: dt.datetime
    rows: list[RegisterRow]


def kept_registers(user: User, now: dt.datetime) -> list[KeptRegister]:
    """Today's registers of the hubs where the user works, in order of start.

    Only of hubs where they are a member: whoever may look into every hub's registers does not
    carry them all about. The queries grow with the sessions of the day, not with the people.
    """
    today = london_today(now)
    sessions = Session.objects.visible_to(user).filter(activity__hub__in=hubs_worked_at(user))
    return [
        KeptRegister(session, opens_at(session), register_for(session).rows)
        for session in sessions.between(today, today).for_listing()
        if not session.headcount_only
    ]


def shares_devices(user: User) -> bool:
    """Whether somebody else may pick the device up: a hub where the user works says so."""
    return Hub.objects.filter(pk__in=hubs_worked_at(user), shares_devices=True).exists()


def hubs_worked_at(user: User) -> list[int]:
    """Ids of the hubs where the user is a member now."""
    return list(HubMembership.objects.held().filter(user=user).values_list("hub", flat=True))


# What forbids to delete a session: without it there would be no telling what they are about.
KEPT = (MarkOperation, RegisterEvent, SealedWalkIn, PrintedRegister, Photograph, Concern)


def kept_among(ids: Collection[UUID]) -> set[UUID]:
    """Which of these sessions a mark, a sheet of paper or the like is kept of. One query."""
    rows = (
        model.objects.filter(session__in=ids).order_by().values_list("session_id") for model in KEPT
    )
    first, *others = rows
    return {pk for (pk,) in first.union(*others)}
