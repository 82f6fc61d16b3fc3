"""What follows when a second factor is added, removed, used or wrong.

allauth calls no method of an adapter for any of these: it sends signals, and nothing else.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from accounts import sign_in
from accounts.factor_keys import sealed_anew
from accounts.models import AuditKind, User
from accounts.services import record_audit
from accounts.services.sign_ins import end_sign_ins, has_second_factor, record_failed_sign_in

# What of a factor lies sealed: an app's secret, and what recovery codes are made from.
SEALED = {"secret", "seed"}


def listen() -> None:
    """Connect what stands below; once, when the apps are ready."""
    signals.authenticator_added.connect(_added)
    signals.authenticator_removed.connect(_removed)
    signals.authenticator_reset.connect(_renewed)
    signals.authenticator_used.connect(_used)
    signals.authentication_failed.connect(_failed)


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting a factor up shows it, so this session goes on; others of before it end."""
    record_audit(by=user, kind=AuditKind.SECOND_FACTOR_ADDED, about=user, reason=authenticator.type)
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    if not sign_in.factors(request):
        key = request.session.session_key
        end_sign_ins(user=user, by=user, reason="second factor set up", keep=key)
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """With the last one goes what this session had shown: a new one is set up first."""
    record_audit(
        by=user, kind=AuditKind.SECOND_FACTOR_REMOVED, about=user, reason=authenticator.type
    )
    if not has_second_factor(user):
        sign_in.forget_factors(request.session)


def _renewed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record_audit(by=user, kind=AuditKind.SECOND_FACTOR_ADDED, about=user, reason=authenticator.type)


def _used(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Whoever signs in after a change of SECRET_KEY needs the former key no longer."""
    _seal_anew(authenticator.pk)
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_audit(by=user, kind=AuditKind.RECOVERY_CODE_USED, about=user)


@transaction.atomic
def _seal_anew(pk: int) -> None:
    """From the row as it is: the given factor does not know which recovery code was just used."""
    factor = Authenticator.objects.select_for_update().get(pk=pk)
    for name in SEALED & set(factor.data):
        factor.data[name] = sealed_anew(factor.data[name])
    factor.save(update_fields=["data"])


def _failed(user: User, **kwargs: Any) -> None:
    record_failed_sign_in(user=user, reason="second factor")
