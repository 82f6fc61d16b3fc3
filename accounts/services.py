"""Writes: granting roles and keeping the audit trail."""

from __future__ import annotations

from uuid import UUID

from django.db import models, transaction

from accounts.models import AuditEntry, AuditKind, Role, RoleGrant, User


def record_audit(
    *, by: User | None, kind: AuditKind, about: models.Model, reason: str = ""
) -> AuditEntry:
    """Write one audit row in the caller's transaction: where it fails, so does the act.

    `about` is the object that was read or changed; its type and UUID are kept, its words not.
    """
    object_id = about.pk if isinstance(about.pk, UUID) else None
    return AuditEntry.objects.create(
        actor_id=by.pk if by else None,
        kind=kind,
        object_type=about._meta.label_lower,
        object_id=object_id,
        reason=reason,
    )


@transaction.atomic
def grant_role(*, user: User, role: Role, by: User | None) -> RoleGrant:
    """Give a role; giving it twice changes nothing. `by` is empty only for set-up commands."""
    grant, _ = RoleGrant.objects.current().get_or_create(
        user=user, role=role, defaults={"granted_by": by}
    )
    return grant
