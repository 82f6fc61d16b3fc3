"""Passes: who takes marks on a device, provable after their sign-in has ended.

A device keeps the pass beside the marks that were taken under it. Whoever is signed in when there
is a signal again delivers them, and they are credited to the pass's user. Without a sign-in a
pass is good for nothing, and it shows nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer

from accounts.models import User
from participants.services.judging import Window

SALT = "participants.passes"
# A device keeps registers no longer than this, so nothing is marked under a pass later.
GOOD_FOR = dt.timedelta(hours=12)
# A phone may lie in a drawer over the summer.
DELIVERABLE_FOR = dt.timedelta(days=120)


class PassError(Exception):
    """A pass that nobody here gave out, or that is too old."""


@dataclass(frozen=True)
class Pass:
    """Whose marks these are, and from when to when they can have been taken."""

    user_id: UUID
    window: Window


def issue(user: User, now: dt.datetime) -> str:
    """A pass for marks that this user takes from now on."""
    return _signer().sign_object({"user": str(user.pk), "at": int(now.timestamp())})


def read(text: str, now: dt.datetime) -> Pass:
    """Read a pass back. Raises PassError."""
    try:
        content: dict[str, Any] = _signer().unsign_object(text)
    except (BadSignature, ValueError):
        raise PassError("This pass was not given out here.") from None
    issued_at = dt.datetime.fromtimestamp(content["at"], dt.UTC)
    if now > issued_at + DELIVERABLE_FOR:
        raise PassError("This pass is too old.")
    return Pass(UUID(content["user"]), Window(issued_at, issued_at + GOOD_FOR))


def taker(shown: Pass) -> User | None:
    """Whose pass it is; None where the account is gone."""
    return User.objects.filter(pk=shown.user_id).first()


def _signer() -> Signer:
    return Signer(salt=SALT)
