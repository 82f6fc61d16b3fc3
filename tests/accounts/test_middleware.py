"""What may be kept in a cache on the way, and what never."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


def kept(client: Client, address: str, method: str = "get") -> tuple[int, bool]:
    """The status, and whether anybody may keep the answer."""
    answer = getattr(client, method)(address)
    return answer.status_code, "no-store" not in answer.get("Cache-Control", "")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/account/login/", 200),
        ("/account/password/reset/", 200),
        ("/account/password/reset/done/", 200),
        ("/account/password/reset/key/1-nonsense/", 200),
        ("/account/confirm-email/nonsense/", 200),
        ("/account/inactive/", 200),
        ("/start/", 302),
        ("/today/", 302),
        ("/nowhere/", 404),
        ("/hubs/nowhere/", 404),
    ],
)
def test_nobody_keeps_what_strangers_get_from_private_pages(
    client: Client, address: str, status: int
) -> None:
    assert kept(client, address) == (status, False)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/account/email/", 200),
        ("/account/password/change/", 200),
        ("/account/logout/", 200),
        ("/start/", 302),
        ("/start/all/", 200),
        ("/reports/", 403),
        ("/reports/00000000-0000-4000-8000-000000000000/", 403),
    ],
)
def test_nobody_keeps_what_staff_get(client: Client, address: str, status: int) -> None:
    user = factories.make_user(Role.AUDITOR, password=factories.PASSWORD)
    client.force_login(user)
    assert kept(client, address) == (status, False)


def test_nobody_keeps_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: object, limit: int) -> None:
        raise RuntimeError

    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    assert kept(strict, "/account/login/", "post") == (403, False)
    monkeypatch.setattr("derby_portal.views.coming_up", fail)
    assert kept(strict, "/") == (500, False)


@pytest.mark.parametrize("address", ["/", "/whats-on/", "/hubs/"])
def test_public_pages_may_be_kept(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert answer.has_header("ETag")


@pytest.mark.parametrize("cookie", ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"])
@pytest.mark.parametrize("value", ["!", "bad", "\0", ""])
def test_a_public_page_sets_no_cookie_whatever_cookie_comes_in(
    client: Client, settings: Any, cookie: str, value: str
) -> None:
    client.cookies[getattr(settings, cookie)] = value
    answer = client.get("/whats-on/")
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert "public" in answer["Cache-Control"]
