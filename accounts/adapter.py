"""How sign-in differs from allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Nobody signs up: staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
