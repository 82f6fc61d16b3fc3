"""Keeping the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import models

from accounts.models import AuditEntry, AuditKind, User


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


def record_audits(
    *, by: User | None, kind: AuditKind, about: Iterable[models.Model], reason: str = ""
) -> None:
    """Write one audit row for each of many objects with UUIDs, as `record_audit` does.

    One query.
    """
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor_id=by.pk if by else None,
            kind=kind,
            object_type=each._meta.label_lower,
            object_id=each.pk,
            reason=reason,
        )
        for each in about
    )
