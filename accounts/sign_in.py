"""What a session remembers of a sign-in: how and when it was proved, and how long it lasts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.access import HUB_ROLES
from accounts.models import Role

# No sign-in outlives a working day.
SHIFT = timedelta(hours=12)
# Without a page asked for, for those whose roles reach beyond one hub.
IDLE = timedelta(minutes=30)
# A sign-in is seen to be in use this often at most: every page would be a write.
NOTICED_EVERY = timedelta(minutes=2)
# What came just now needs no proof again.
FRESH = timedelta(minutes=15)
# Why a sign-in ended by itself, as the sign-in page is told.
IDLE_TOO_LONG, TOO_LONG = "idle", "shift"
PASSKEY, APP, RECOVERY_CODE = "webauthn", "totp", "recovery_codes"
SECOND_FACTORS = frozenset({PASSKEY, APP, RECOVERY_CODE})
_KEY = "sign_in"


def idle_time(roles: Iterable[Role]) -> timedelta:
    """How long a sign-in lasts without use: the strictest of somebody's roles decides.

    Whoever is nothing but a coordinator or hub lead keeps a register open for an evening.
    """
    held = frozenset(roles)
    return SHIFT if held and held <= HUB_ROLES else IDLE


def begin(session: SessionBase, roles: Iterable[Role]) -> None:
    """Somebody signed in: the clocks of this session start."""
    now = time.time()
    idle = idle_time(roles).total_seconds()
    session[_KEY] = {"began": now, "seen": now, "idle": idle}


def why_ended(session: SessionBase) -> str:
    """Why the sign-in is over, "" while it is not. One from before there were clocks is over."""
    clocks: dict[str, float] | None = session.get(_KEY)
    now = time.time()
    if clocks is None or now - clocks["began"] > SHIFT.total_seconds():
        return TOO_LONG
    return IDLE_TOO_LONG if now - clocks["seen"] > clocks["idle"] else ""


def is_to_be_noticed(session: SessionBase) -> bool:
    """Whether it is time to write down that the sign-in is in use."""
    return time.time() - session[_KEY]["seen"] > NOTICED_EVERY.total_seconds()


def notice(session: SessionBase, roles: Iterable[Role]) -> None:
    """Write down that the sign-in is in use, and by which roles' rule it ends."""
    idle = idle_time(roles).total_seconds()
    session[_KEY] = session[_KEY] | {"seen": time.time(), "idle": idle}


def factors(request: HttpRequest) -> frozenset[str]:
    """The second factors that were shown in this session: kinds of `allauth.mfa`."""
    return frozenset(
        record["type"] for record in _records(request) if record.get("type") in SECOND_FACTORS
    )


def is_fresh(request: HttpRequest) -> bool:
    """Whether whoever is signed in proved who they are within the last `FRESH`."""
    proved = max((record["at"] for record in _records(request)), default=0.0)
    return time.time() - proved < FRESH.total_seconds()


def forget_factors(session: SessionBase) -> None:
    """What was shown in this session counts no longer: its last factor is gone."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record.get("type") not in SECOND_FACTORS
    ]


def words_of(request: HttpRequest) -> str:
    """How somebody signed in, for the audit trail: "password, totp"."""
    shown = [record.get("type") or record["method"] for record in _records(request)]
    return ", ".join(dict.fromkeys(shown))


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    return get_authentication_records(request, request.user)
