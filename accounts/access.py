"""Which roles a user holds, and whether the checks behind them are still good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import Clearance, ClearanceKind, Role, RoleGrant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Roles that see every hub's sessions and registers.
EVERY_HUB = frozenset({Role.TRUST_STAFF})
HUB_ROLES = frozenset({Role.COORDINATOR, Role.HUB_LEAD})
SAFEGUARDING_ROLES = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})
# Signing in with these takes a passkey: what they may do hurts most in wrong hands.
PASSKEY_ROLES = frozenset({Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD})
# So long before its end a check or training is pointed out.
WARNED_BEFORE = dt.timedelta(days=30)
_REMEMBERED = "_current_standing"


@dataclass(frozen=True)
class Standing:
    """What somebody is now: roles, and the last day of each check and training recorded."""

    roles: frozenset[Role] = frozenset()
    good_through: dict[ClearanceKind, dt.date] = field(default_factory=dict)


@dataclass(frozen=True)
class Lapse:
    """A check or training that is missing, has ended or soon ends. `ended_on` is its last day."""

    kind: ClearanceKind
    ended_on: dt.date | None


def standing_of(user: User | AnonymousUser) -> Standing:
    """Return what a user is now; nobody signed in and leavers are nothing. One query.

    Remembered on the user object, which lives as long as the request.
    """
    if not user.is_authenticated or not user.is_active:
        return Standing()
    remembered: Standing | None = getattr(user, _REMEMBERED, None)
    if remembered is None:
        remembered = _standing(user)
        setattr(user, _REMEMBERED, remembered)
    return remembered


def _standing(user: User) -> Standing:
    latest = Clearance.objects.filter(user=OuterRef("user")).order_by("-recorded_at")
    through = {
        kind: Subquery(latest.filter(kind=kind).values("expires_on")[:1]) for kind in ClearanceKind
    }
    rows = list(
        RoleGrant.objects.current()
        .filter(user=user)
        .annotate(**{f"{kind}_through": each for kind, each in through.items()})
        .values("role", *(f"{kind}_through" for kind in ClearanceKind))
    )
    ends = {kind: rows[0][f"{kind}_through"] for kind in ClearanceKind} if rows else {}
    return Standing(
        frozenset(Role(row["role"]) for row in rows),
        {kind: end for kind, end in ends.items() if end is not None},
    )


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return the roles a user holds now; nobody signed in and leavers hold none."""
    return standing_of(user).roles


def holds_any(user: User | AnonymousUser, roles: frozenset[Role]) -> bool:
    """Whether the user holds at least one of the roles."""
    return bool(roles_of(user) & roles)


def lapses(user: User | AnonymousUser, on: dt.date | None = None) -> list[Lapse]:
    """Checks and trainings that are missing or were over on a day, today if none is given."""
    day = on or timezone.localdate()
    good_through = standing_of(user).good_through
    return [
        Lapse(kind, end)
        for kind in ClearanceKind
        if (end := good_through.get(kind)) is None or end < day
    ]


def ending_soon(user: User | AnonymousUser, on: dt.date | None = None) -> list[Lapse]:
    """Checks and trainings of a hub's staff that are good now and end within `WARNED_BEFORE`."""
    if not holds_any(user, HUB_ROLES):
        return []
    day = on or timezone.localdate()
    return [
        Lapse(kind, end)
        for kind, end in standing_of(user).good_through.items()
        if day <= end <= day + WARNED_BEFORE
    ]
