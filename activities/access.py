"""May this user plan this activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activities.models import Activity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def can_plan(user: User | AnonymousUser, activity: Activity) -> bool:
    """Whether the user may confirm, cancel and describe what an activity offers."""
    return Activity.objects.visible_to(user).filter(pk=activity.pk).exists()
