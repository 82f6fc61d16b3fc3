"""The staff as a list: roles, hubs, checks and where somebody stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Value,
    When,
)

from accounts.access import HUB_ROLES, WARNED_BEFORE
from accounts.models import Clearance, ClearanceKind, Role, RoleGrant, User
from hubs.models import HubMembership

WORKING, INVITED, LEFT = "working", "invited", "left"
STATES = ((WORKING, "Working"), (INVITED, "Invited"), (LEFT, "Left"))
MISSING, ENDING, GOOD = "missing", "ending", "good"
CLEARANCE_STATES = (
    (MISSING, "Missing or over"),
    (ENDING, "Ending within 30 days"),
    (GOOD, "Good"),
)
# Django marks passwords that are none by this.
NO_PASSWORD = "!"  # noqa: S105


def staff_list(staff: QuerySet[User], now: dt.datetime) -> QuerySet[User]:
    """The accounts with `state`, `dbs_through`, `training_through`, `at_hub`, roles and hubs.

    Three queries when it is read, however many there are.
    """
    latest = Clearance.objects.filter(user=OuterRef("pk")).order_by("-recorded_at")
    through: dict[str, Any] = {
        f"{kind.value}_through": Subquery(
            latest.filter(kind=kind).values("expires_on")[:1], output_field=DateField()
        )
        for kind in ClearanceKind
    }
    grants = RoleGrant.objects.current().order_by("role")
    members = HubMembership.objects.held(now).select_related("hub").order_by("hub__name")
    state = Case(
        When(is_active=False, then=Value(LEFT)),
        When(password__startswith=NO_PASSWORD, then=Value(INVITED)),
        default=Value(WORKING),
        output_field=CharField(),
    )
    at_hub = RoleGrant.objects.current().filter(user=OuterRef("pk"), role__in=HUB_ROLES)
    return staff.annotate(state=state, at_hub=Exists(at_hub), **through).prefetch_related(
        Prefetch("role_grants", queryset=grants, to_attr="roles_now"),
        Prefetch("hub_memberships", queryset=members, to_attr="hubs_now"),
    )


def with_role(staff: QuerySet[User], role: str) -> QuerySet[User]:
    """Of some accounts those with a role now."""
    return staff.filter(pk__in=RoleGrant.objects.current().filter(role=role).values("user"))


def at_hub(staff: QuerySet[User], slug: str, now: dt.datetime) -> QuerySet[User]:
    """Of some accounts those that work at a hub now."""
    members = HubMembership.objects.held(now).filter(hub__slug=slug)
    return staff.filter(pk__in=members.values("user"))


def with_clearances(staff: QuerySet[User], state: str, today: dt.date) -> QuerySet[User]:
    """Of a `staff_list` the hubs' staff whose checks stand so: the worse of the two decides."""
    soon = today + WARNED_BEFORE
    names = [f"{kind.value}_through" for kind in ClearanceKind]
    hubs_staff = staff.filter(at_hub=True, is_active=True)  # type: ignore[misc]
    good = hubs_staff.filter(**{f"{name}__gte": today for name in names})
    if state == MISSING:
        return hubs_staff.exclude(pk__in=good.values("pk"))
    lasting = good.filter(**{f"{name}__gt": soon for name in names})
    return lasting if state == GOOD else good.exclude(pk__in=lasting.values("pk"))


def clearance_words(day: dt.date | None, *, is_needed: bool, today: dt.date) -> str:
    """A check or training in words: "none", "over since 3 May 2019", "until 3 May 2020"."""
    if day is None:
        return "none recorded" if is_needed else "not needed"
    written = f"{day.day} {day:%B %Y}"
    return f"over since {written}" if day < today else f"until {written}"


def labels_of(grants: list[RoleGrant]) -> list[str]:
    """Roles by their names."""
    return [str(Role(grant.role).label) for grant in grants]
