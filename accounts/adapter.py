"""How sign-in differs from allauth's defaults."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import InvalidToken
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import punycode

from accounts import sign_in
from accounts.access import roles_of
from accounts.factor_keys import opened, sealed
from accounts.models import AuditKind, User
from accounts.services import record_audit
from accounts.services.sign_ins import record_failed_sign_in

UNSENDABLE = (
    "We cannot send to this e-mail address. Type it again by hand: "
    "a copied address can hold characters that are not seen."
)


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Nobody signs up: staff are invited. What happens round signing in is written down."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> str:
        """Refuse what Django's validator lets through and no mail can be addressed to.

        Raises:
            ValidationError: a character that cannot be seen, or a domain that has no ASCII form.
        """
        email = super().clean_email(email)
        if not email.isprintable() or not _has_ascii_form(email.rpartition("@")[2]):
            raise ValidationError(UNSENDABLE, code="unsendable")
        return email

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Start the clocks of the session and write the sign-in down."""
        sign_in.begin(request.session, roles_of(user))
        record_audit(
            by=user, kind=AuditKind.SIGNED_IN, about=user, reason=sign_in.words_of(request)
        )
        return super().post_login(request, user, **kwargs)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down whose account it was tried with; of an unknown one, nothing but that."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        record_failed_sign_in(user=user, reason="password")

    def logout(self, request: HttpRequest) -> None:
        """Write it down, and end the session."""
        if isinstance(request.user, User):
            record_audit(by=request.user, kind=AuditKind.SIGNED_OUT, about=request.user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """Keep the new password, and that there is one."""
        super().set_password(user, password)
        record_audit(by=user, kind=AuditKind.PASSWORD_CHANGED, about=user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Only where the sign-in is not of just now; allauth itself counts no sign-in as proof."""
        return not sign_in.is_fresh(self.request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie in the database sealed; names are plain words."""

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Under a lost key: something new and random, which no code fits."""
        try:
            return opened(encrypted_text)
        except InvalidToken:
            return generate_totp_secret()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002
        """A name to begin with, as "Passkey 1"."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {held + 1}"


def _has_ascii_form(domain: str) -> bool:
    try:
        punycode(domain)
    except UnicodeError:
        return False
    return True
