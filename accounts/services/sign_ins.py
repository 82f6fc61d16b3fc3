"""What happens round signing in, and ending the sign-ins of devices."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import sign_in
from accounts.access import roles_of
from accounts.models import AuditEntry, AuditKind, User
from accounts.services.audit import record_audit


def record_failed_sign_in(*, user: User | None, reason: str) -> None:
    """Write down a wrong password or code: whose account, where there is one, and nothing typed.

    Nobody is named as who did it, for nobody proved who they are.
    """
    AuditEntry.objects.create(
        kind=AuditKind.SIGN_IN_FAILED,
        object_type=User._meta.label_lower,
        object_id=user.pk if user else None,
        reason=reason,
    )


def notice_somebody(*, request: HttpRequest) -> None:
    """Somebody who is signed in did something: the time without use begins anew.

    Written down every `sign_in.NOTICED_EVERY` at most.
    """
    if sign_in.is_to_be_noticed(request.session):
        sign_in.notice(request.session, roles_of(request.user))
        notice_use(session_key=request.session.session_key or "")


def notice_use(*, session_key: str) -> None:
    """The device of this session was used just now; its owner's list of devices says so."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=timezone.now())


@transaction.atomic
def end_sign_ins(
    *, user: User, by: User, reason: str, keep: str | None = "", only: int | None = None
) -> int:
    """End the sign-ins of somebody's devices; returns how many there were.

    `keep` is the key of a session that goes on, `only` the one device that is meant.
    """
    ended = UserSession.objects.filter(user=user).exclude(session_key=keep or "")
    if only is not None:
        ended = ended.filter(pk=only)
    sessions = list(ended)
    for session in sessions:
        session.end()
        record_audit(by=by, kind=AuditKind.SIGN_IN_ENDED, about=user, reason=reason)
    return len(sessions)


def has_second_factor(user: User) -> bool:
    """Whether somebody has an app or a passkey set up; recovery codes alone are none."""
    real = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=user, type__in=real).exists()
