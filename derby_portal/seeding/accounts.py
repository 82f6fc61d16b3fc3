"""Sign-ins for trying the portal out. Their password is public: never for a real site."""

from __future__ import annotations

import base64
import datetime as dt
import time
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import Clearance, ClearanceKind, Role, User
from accounts.services import grant_role
from derby_portal.seeding.standing import one_seed_at_a_time
from hubs.models import Hub, HubMembership

DEMO_PASSWORD: str = "river-derwent-at-dusk"  # noqa: S105 - public on purpose
# The demo goes on for years, and nobody would record new checks in it.
CHECKED_FOR = dt.timedelta(days=50 * 365)
BYTES_OF_SECRET = 20
PERIOD = 30


class SignIn(NamedTuple):
    """One sign-in of the demo: what it is called, its address, role and hub."""

    label: str
    email: str
    role: Role
    hub: str = ""


SIGN_INS: tuple[SignIn, ...] = (
    SignIn("Coordinator (Arboretum)", "coordinator@example.org", Role.COORDINATOR, "arboretum"),
    SignIn("Coordinator (SEND)", "coordinator.send@example.org", Role.COORDINATOR, "send"),
    SignIn("Hub lead (Arboretum)", "hub.lead@example.org", Role.HUB_LEAD, "arboretum"),
    SignIn("Trust staff", "trust@example.org", Role.TRUST_STAFF),
    SignIn("Evaluator", "evaluator@example.org", Role.EVALUATOR),
    SignIn("Safeguarding lead", "safeguarding@example.org", Role.SAFEGUARDING_LEAD),
    SignIn("Administrator", "administrator@example.org", Role.ADMINISTRATOR),
    SignIn("Auditor", "auditor@example.org", Role.AUDITOR),
    # What one of the trust writes another one signs off.
    SignIn("Trust staff, second person", "trust.second@example.org", Role.TRUST_STAFF),
)
DEMO_SIGN_INS: tuple[tuple[str, str], ...] = tuple((each.label, each.email) for each in SIGN_INS)


def secret_of(email: str) -> str:
    """The secret behind somebody's codes, which follows from the demo's own key.

    Raises:
        ImproperlyConfigured: this is no demo.
    """
    if not settings.DEMO:
        raise ImproperlyConfigured("Codes beside sign-ins are for the demo only.")
    digest = salted_hmac("codes of the demo", email, algorithm="sha256").digest()
    return base64.b32encode(digest[:BYTES_OF_SECRET]).decode()


def current_codes(at: float | None = None) -> tuple[list[tuple[str, str, str]], int]:
    """Label, address and code of each sign-in, and for how many seconds more they are shown.

    Raises:
        ImproperlyConfigured: this is no demo.
    """
    now = time.time() if at is None else at
    counter = int(now) // PERIOD
    codes = [
        (each.label, each.email, format_hotp_value(hotp_value(secret_of(each.email), counter)))
        for each in SIGN_INS
    ]
    return codes, PERIOD - int(now) % PERIOD


@transaction.atomic
def ensure_sign_ins(*, since: dt.datetime) -> int:
    """Create the demo's users where they are missing; returns how many were.

    An account that is there keeps its password and everything else.
    """
    one_seed_at_a_time()
    existing = set(User.objects.values_list("email", flat=True))
    missing = [each for each in SIGN_INS if each.email not in existing]
    for sign_in in missing:
        _create(sign_in, since=since)
    _complete()
    return len(missing)


def _create(sign_in: SignIn, *, since: dt.datetime) -> None:
    user = User.objects.create_user(
        sign_in.email, DEMO_PASSWORD, name=f"Demo {sign_in.label}", joined_at=since
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _give_app(user)
    grant_role(user=user, role=sign_in.role, by=None, at=since)
    if sign_in.hub:
        _record_checks(user, since)
        hub = Hub.objects.get(slug=sign_in.hub)
        HubMembership.objects.create(user=user, hub=hub, started_at=since)


def _complete() -> None:
    """Demos from before there were second factors and checks get both."""
    emails = {each.email: each for each in SIGN_INS}
    for user in User.objects.filter(email__in=emails):
        _give_app(user)
        if emails[user.email].hub and not user.clearances.exists():
            _record_checks(user, user.joined_at)


def _give_app(user: User) -> None:
    """Codes for trying the portal out; elsewhere whoever signs in sets up a factor of their own."""
    if settings.DEMO and not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, secret_of(user.email))


def _record_checks(user: User, since: dt.datetime) -> None:
    Clearance.objects.bulk_create(
        Clearance(user=user, kind=kind, expires_on=since.date() + CHECKED_FOR)
        for kind in ClearanceKind
    )
