"""Alerts about who opened much, and whom they are for."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.access import holds_any
from accounts.models import AccessAlert, Role, RoleGrant, User


def alerts_for(user: User) -> QuerySet[AccessAlert]:
    """Every alert for auditors, none for anybody else; those that wait first, then the latest."""
    if not holds_any(user, frozenset({Role.AUDITOR})):
        return AccessAlert.objects.none()
    return AccessAlert.objects.select_related("seen_by").order_by("-raised_at")


def auditors() -> QuerySet[User]:
    """Those who hold the role of an auditor now."""
    current = RoleGrant.objects.current().filter(role=Role.AUDITOR)
    return User.objects.filter(
        pk__in=current.values("user"), is_active=True, left_at=None
    ).order_by("email")
