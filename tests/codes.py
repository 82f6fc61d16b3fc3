"""Codes of an authenticator app, as a phone would show them."""

from __future__ import annotations

import time
from collections import defaultdict
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from accounts.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PERIOD = 30
# Each code opens once, and a test may sign the same person in more often than codes change.
_shown: dict[UUID, set[int]] = defaultdict(set)


def give_app(user: User) -> None:
    """Set an authenticator app up for somebody."""
    TOTP.activate(user, SECRET)


def next_code(user: User, secret: str = SECRET) -> str:
    """A code that opens now and was not used: the current one, the next or the one before."""
    now = int(time.time()) // PERIOD
    counter = next(each for each in (now, now + 1, now - 1) if each not in _shown[user.pk])
    _shown[user.pk].add(counter)
    return code_at(counter, secret)


def code_at(counter: int, secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, counter))
