"""Inviting staff: a secret address by which somebody sets a password, once."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import AuditKind, Invitation, User
from accounts.services.audit import record_audit

GOOD_FOR = dt.timedelta(days=7)
BYTES_OF_TOKEN = 32


def hash_of(token: str) -> str:
    """What is kept of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, user: User, by: User, now: dt.datetime) -> str:
    """Make a secret token for an account; returns it, for the mail alone.

    Former ones that are still open close: the last mail is the one that counts.
    """
    user.invitations.filter(accepted_at=None, closed_at=None).update(closed_at=now)
    token = secrets.token_urlsafe(BYTES_OF_TOKEN)
    Invitation.objects.create(
        user=user,
        token_hash=hash_of(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + GOOD_FOR,
    )
    record_audit(by=by, kind=AuditKind.STAFF_INVITED, about=user)
    return token


def open_invitation(token: str, now: dt.datetime) -> Invitation | None:
    """The invitation behind a token, while it can be accepted."""
    return (
        Invitation.objects.filter(token_hash=hash_of(token), accepted_at=None, closed_at=None)
        .filter(expires_at__gt=now, user__is_active=True)
        .select_related("user")
        .first()
    )


@transaction.atomic
def accept_invitation(*, invitation: Invitation, password: str, now: dt.datetime) -> bool:
    """Set the password that was chosen; False where somebody was quicker with this address.

    Whoever got the mail has shown that the address is theirs.
    """
    open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, closed_at=None)
    if not open_ones.update(accepted_at=now):
        return False
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    record_audit(by=user, kind=AuditKind.STAFF_JOINED, about=user)
    return True


@transaction.atomic
def close_invitations(*, user: User, now: dt.datetime) -> int:
    """Close somebody's open invitations; returns how many there were."""
    return user.invitations.filter(accepted_at=None, closed_at=None).update(closed_at=now)
