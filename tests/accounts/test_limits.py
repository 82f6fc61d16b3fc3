"""Guessing a password is limited by visitor and by account."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.test import Client

from accounts.models import Role, User
from tests import factories
from tests.factories import PASSWORD

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
