"""How a hub works: who may say it, and what is kept of that."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.access import can_set_up
from activities.services.hub_settings import change_hub
from hubs.models import Hub
from tests import factories
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
ADDRESS = "/planning/hubs/allenton/settings/"
TYPED = {"weekly_hours": "9", "shares_devices": "on"}
MEANT = {"weekly_hours": 9, "shares_devices": True}


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def lead(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.HUB_LEAD, hubs=(hub,))
    client.force_login(user)
    return user


def settings_of(hub: Hub) -> tuple[int, bool]:
    return Hub.objects.values_list("weekly_hours", "shares_devices").get(pk=hub.pk)


def test_a_lead_says_how_the_hub_works(client: Client, lead: User, hub: Hub) -> None:
    page = open_page(client, ADDRESS)
    assert "Several people use the same phone or tablet here: ask for a PIN" in page.text
    assert 'value="12"' in page.html
    response = client.post(ADDRESS, TYPED)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert settings_of(hub) == (9, True)
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_type, entry.actor_id, entry.reason) == (
        AuditKind.HUB_CHANGED, "hubs.hub", lead.pk, "allenton: shares_devices, weekly_hours",
    )  # fmt: skip
    client.post(ADDRESS, TYPED)
    assert AuditEntry.objects.count() == 1
    assert "Saved." in open_page(client, ADDRESS).text


@pytest.mark.parametrize("hours", ["-1", "0", "169", "twelve", "", "1.5"])
def test_hours_that_no_week_has(client: Client, lead: User, hub: Hub, hours: str) -> None:
    response = client.post(ADDRESS, TYPED | {"weekly_hours": hours})
    assert response.status_code == 422
    assert "Type whole hours from 1 to 168." in Page(response).text
    assert settings_of(hub) == (12, False)


@pytest.mark.parametrize(
    ("roles", "is_member", "status"),
    [
        ([Role.HUB_LEAD], False, 404),
        ([Role.COORDINATOR], True, 403),
        ([Role.EVALUATOR], True, 403),
        ([Role.ADMINISTRATOR], True, 403),
        ([Role.TRUST_STAFF], False, 200),
        ([Role.HUB_LEAD], True, 200),
    ],
)
def test_who_may(client: Client, hub: Hub, roles: Any, is_member: bool, status: int) -> None:
    place = hub if is_member else factories.make_hub(name="Elsewhere")
    user = factories.make_user(*roles, hubs=(place,))
    client.force_login(user)
    assert client.get(ADDRESS).status_code == status
    assert can_set_up(user, hub) == (status == 200)
    if status == 200:
        assert change_hub(by=user, hub=hub, settings=MEANT) == set(MEANT)
        return
    assert client.post(ADDRESS, TYPED).status_code == status
    with pytest.raises(PermissionDenied):
        change_hub(by=user, hub=hub, settings=MEANT)
    assert settings_of(hub) == (12, False)


def test_not_without_signing_in(client: Client, hub: Hub) -> None:
    assert client.get(ADDRESS)["Location"].startswith("/account/login/")
