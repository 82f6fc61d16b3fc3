"""Whom somebody may look after among the staff, and what they may give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from accounts.access import SAFEGUARDING_ROLES, holds_any, roles_of
from accounts.models import Role, RoleGrant, User
from hubs.models import Hub, HubMembership

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Who sees every account: its roles, hubs and checks, and nothing about young people.
EVERY_ACCOUNT = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.SAFEGUARDING_LEAD})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
HUB_LEADS = frozenset({Role.HUB_LEAD})


def staff_visible_to(user: User | AnonymousUser) -> QuerySet[User]:
    """Accounts that somebody may look at; a hub lead those that work or worked at their hubs."""
    if holds_any(user, EVERY_ACCOUNT):
        return User.objects.all()
    if not holds_any(user, HUB_LEADS):
        return User.objects.none()
    members = HubMembership.objects.filter(hub__in=hubs_to_give(user))
    return User.objects.filter(pk__in=members.values("user"))


def roles_to_give(user: User | AnonymousUser) -> list[Role]:
    """Roles that somebody may give and end alone, in the order of `Role`."""
    if holds_any(user, ADMINISTRATORS):
        return [role for role in Role if role not in SAFEGUARDING_ROLES]
    return [Role.COORDINATOR] if holds_any(user, HUB_LEADS) else []


def hubs_to_give(user: User | AnonymousUser) -> QuerySet[Hub]:
    """Hubs that somebody may let others work at: a hub lead's own."""
    if holds_any(user, ADMINISTRATORS):
        return Hub.objects.all()
    if user.pk is None or not holds_any(user, HUB_LEADS):
        return Hub.objects.none()
    memberships = HubMembership.objects.held().filter(user_id=user.pk)
    return Hub.objects.filter(pk__in=memberships.values("hub"))


def can_look_after(user: User, member: User) -> bool:
    """Whether somebody may change an account; a hub lead those of coordinators only, nobody's own.

    That the account is one they see was asked before.
    """
    if user.pk == member.pk:
        return False
    if holds_any(user, ADMINISTRATORS):
        return True
    if not holds_any(user, HUB_LEADS):
        return False
    held = set(RoleGrant.objects.current().filter(user=member).values_list("role", flat=True))
    return held <= {Role.COORDINATOR}


def can_end(user: User, member: User) -> bool:
    """Whether somebody may end an account: administrators, not their own."""
    return user.pk != member.pk and bool(roles_of(user) & ADMINISTRATORS)
