"""May this user plan this activity, or say how this hub works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.access import EVERY_HUB, holds_any
from accounts.models import Role
from activities.models import Activity
from hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Who says how a hub works; which of them, its rows decide.
SETTING_ROLES = frozenset({Role.HUB_LEAD, Role.TRUST_STAFF})

# Who reads what young people say of a hub, and answers it.
ANSWERING_ROLES = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF})


def can_plan(user: User | AnonymousUser, activity: Activity) -> bool:
    """Whether the user may confirm, cancel and describe what an activity offers."""
    return Activity.objects.visible_to(user).filter(pk=activity.pk).exists()


def can_set_terms(user: User | AnonymousUser) -> bool:
    """Whether the user may change terms and closures of the whole city."""
    return holds_any(user, EVERY_HUB)


def can_change_programmes(user: User | AnonymousUser) -> bool:
    """Whether the user may start programmes and say whom they are for."""
    return holds_any(user, EVERY_HUB)


def can_close(user: User | AnonymousUser, hub: Hub | None) -> bool:
    """Whether the user may say that nothing takes place at a hub; everywhere, where none is."""
    if hub is None:
        return can_set_terms(user)
    return Hub.objects.visible_to(user).filter(pk=hub.pk).exists()


def can_set_up(user: User | AnonymousUser, hub: Hub) -> bool:
    """Whether the user may change how a hub works: its own leads, and trust staff."""
    if not holds_any(user, SETTING_ROLES):
        return False
    return Hub.objects.visible_to(user).filter(pk=hub.pk).exists()


def can_answer(user: User | AnonymousUser, hub: Hub) -> bool:
    """Whether the user may read suggestions for a hub and say what came of them."""
    if not holds_any(user, ANSWERING_ROLES):
        return False
    return Hub.objects.visible_to(user).filter(pk=hub.pk).exists()
