"""Accounts and the roles they hold."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import AuditKind, Role, RoleGrant, User
from accounts.services.audit import record_audit


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
