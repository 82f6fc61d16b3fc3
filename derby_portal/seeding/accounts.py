"""Sign-ins for trying the portal out. Their password is public: never for a real site."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Role, User
from accounts.services import grant_role
from derby_portal.seeding.standing import one_seed_at_a_time
from hubs.models import Hub, HubMembership

DEMO_PASSWORD: str = "river-derwent-at-dusk"  # noqa: S105 - public on purpose


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
)
DEMO_SIGN_INS: tuple[tuple[str, str], ...] = tuple((each.label, each.email) for each in SIGN_INS)


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
    return len(missing)


def _create(sign_in: SignIn, *, since: dt.datetime) -> None:
    user = User.objects.create_user(
        sign_in.email, DEMO_PASSWORD, name=f"Demo {sign_in.label}", joined_at=since
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    grant_role(user=user, role=sign_in.role, by=None)
    if sign_in.hub:
        hub = Hub.objects.get(slug=sign_in.hub)
        HubMembership.objects.create(user=user, hub=hub, started_at=since)
