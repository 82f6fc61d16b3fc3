"""How a hub works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_set_up
from hubs.models import Hub

SETTINGS = ("weekly_hours", "shares_devices")


@transaction.atomic
def change_hub(*, by: User, hub: Hub, settings: Mapping[str, Any]) -> set[str]:
    """Write a hub's settings, by field; returns the names of those that differ.

    Raises PermissionDenied for everybody but the hub's leads and trust staff.
    """
    if not can_set_up(by, hub):
        raise PermissionDenied
    stored = Hub.objects.select_for_update(no_key=True).get(pk=hub.pk)
    changed = {name for name in SETTINGS if getattr(stored, name) != settings[name]}
    if not changed:
        return changed
    for name in changed:
        setattr(stored, name, settings[name])
    stored.save(update_fields=sorted(changed))
    reason = f"{stored.slug}: {', '.join(sorted(changed))}"
    record_audit(by=by, kind=AuditKind.HUB_CHANGED, about=stored, reason=reason[:200])
    return changed
