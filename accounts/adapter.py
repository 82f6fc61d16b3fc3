"""How sign-in differs from allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.encoding import punycode

UNSENDABLE = (
    "We cannot send to this e-mail address. Type it again by hand: "
    "a copied address can hold characters that are not seen."
)


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Nobody signs up: staff are invited."""

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


def _has_ascii_form(domain: str) -> bool:
    try:
        punycode(domain)
    except UnicodeError:
        return False
    return True
