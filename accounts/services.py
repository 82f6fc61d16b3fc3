"""Writes: granting roles and keeping the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.validators import validate_email
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


@transaction.atomic
def grant_role(*, user: User, role: Role, by: User | None) -> RoleGrant:
    """Give a role; giving it twice changes nothing. `by` is empty only for set-up commands."""
    grant, _ = RoleGrant.objects.current().get_or_create(
        user=user, role=role, defaults={"granted_by": by}
    )
    return grant


@transaction.atomic
def add_staff(*, email: str, name: str, role: Role, by: User | None) -> User:
    """Make an account with a role, or give the role to the account that is there.

    The account has no password: its owner sets one through "Forgot your password?", which proves
    that the address is theirs. `by` is empty only for commands on the server itself.

    Raises:
        ValidationError: the address is not one.
    """
    validate_email(email)
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    grant_role(user=user, role=role, by=by)
    record_audit(by=by, kind=AuditKind.ROLE_GRANTED, about=user, reason=role.value)
    return user
