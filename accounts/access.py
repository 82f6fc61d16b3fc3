"""Which roles a user holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Role, RoleGrant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Roles that see every hub's sessions and registers.
EVERY_HUB = frozenset({Role.TRUST_STAFF})
HUB_ROLES = frozenset({Role.COORDINATOR, Role.HUB_LEAD})
_REMEMBERED = "_current_roles"


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return the roles a user holds now; nobody signed in and leavers hold none.

    Remembered on the user object, which lives as long as the request.
    """
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    remembered: frozenset[Role] | None = getattr(user, _REMEMBERED, None)
    if remembered is None:
        values = RoleGrant.objects.current().filter(user=user).values_list("role", flat=True)
        remembered = frozenset(Role(value) for value in values)
        setattr(user, _REMEMBERED, remembered)
    return remembered


def holds_any(user: User | AnonymousUser, roles: frozenset[Role]) -> bool:
    """Whether the user holds at least one of the roles."""
    return bool(roles_of(user) & roles)
