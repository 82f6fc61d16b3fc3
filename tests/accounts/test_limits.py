"""Guessing a password is limited by visitor and by account."""

from __future__ import annotations

import re
from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts.models import Role, User
from tests import factories
from tests.factories import PASSWORD
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
SIGN_IN = "/account/login/"
RESET = "/account/password/reset/"


@pytest.fixture
def user() -> User:
    user = factories.make_user(Role.TRUST_STAFF, email="staff@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(email: str, password: str, forwarded_for: str = "192.0.2.1") -> HttpResponse:
    data = {"login": email, "password": password}
    return Client().post(SIGN_IN, data, HTTP_X_FORWARDED_FOR=forwarded_for)


def test_one_visitor_behind_the_proxy_locks_nobody_else_out(user: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        # What a visitor puts into the header stands before what the proxy adds.
        sign_in(f"{number}@example.org", "a guess", f"203.0.113.{number}, 192.0.2.1")
    assert sign_in(user.email, PASSWORD, "192.0.2.1").status_code == 200
    assert sign_in(user.email, PASSWORD, "192.0.2.2").status_code == 302


@pytest.fixture
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise redis.ConnectionError("nobody listens")

    monkeypatch.setattr("redis.connection.ConnectionPool.get_connection", refuse)


@pytest.mark.usefixtures("_no_broker")
class TestWithoutValkey:
    def test_staff_sign_in_and_reset_their_password(self, client: Client, user: User) -> None:
        assert sign_in(user.email, PASSWORD).status_code == 302
        assert client.post(RESET, {"email": user.email}).status_code == 302
        assert [message.to for message in mail.outbox] == [[user.email]]

    def test_guesses_at_one_account_are_still_counted(self, user: User, settings: Any) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for number in range(5):
            sign_in(user.email, "a guess", f"192.0.2.{number}")
        answer = sign_in(user.email, PASSWORD, "192.0.2.9")
        assert answer.status_code == 200
        assert "Too many failed login attempts" in answer.content.decode()


def test_limits_keep_no_address_in_the_clear(user: User) -> None:
    sign_in(user.email, "a guess", "192.0.2.1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM derby_portal_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert len(keys) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)


def test_too_many_tries_are_told_when_to_go_on(client: Client) -> None:
    for _ in range(30):
        client.post(SIGN_IN, {})
    page = Page(client.post(SIGN_IN, {}))
    assert page.status == 429
    assert "Too many tries" in page.text
    assert "Wait a minute, then try again" in page.text
    assert "/account/login/" in page.links
    assert page.inline == []
    assert page.count("h1") == 1
    assert "no-store" in page.response["Cache-Control"]
