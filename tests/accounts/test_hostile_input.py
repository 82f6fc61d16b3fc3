"""What no browser sends by itself is refused in words, never with a server error."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.models import Role, User
from tests import factories
from tests.factories import PASSWORD
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def user() -> User:
    user = factories.make_user(Role.TRUST_STAFF, email="staff@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize(
    "key",
    [r'"\000aaaaaaaaaaaa"', "aaaaaaaa.aaaaaaa", "a" * 5000, "ÄÄÄÄÄÄÄÄÄÄÄÄ"],
)
@pytest.mark.parametrize("address", ["/start/", "/account/login/", "/account/logout/"])
def test_a_session_key_that_we_never_gave_is_no_session(address: str, key: str) -> None:
    client = Client(headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})
    plain = Client()
    for method in ("get", "post"):
        answer = getattr(client, method)(address, {"login": "a@b.uk", "password": "c"})
        assert (
            answer.status_code
            == getattr(plain, method)(address, {"login": "a@b.uk", "password": "c"}).status_code
        )


@pytest.mark.parametrize("name", [settings.CSRF_COOKIE_NAME, "messages"])
def test_other_cookies_with_a_nul_byte(name: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"cookie": rf'{name}="\000aaaaaaaaaaaa"'})
    assert client.get("/account/login/").status_code == 200
    assert client.post("/account/login/", {"login": "a@b.uk", "password": "c"}).status_code == 403


NUL = "a\x00b"


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/account/login/", {"login": "a\x00@b.uk", "password": "c"}),
        ("/account/login/", {"login": "a@b.uk", "password": NUL}),
        ("/account/login/", {"login": "staff@example.org", "password": PASSWORD, "next": "/\x00"}),
        ("/account/password/reset/", {"email": "a\x00@b.uk"}),
        ("/account/password/reset/", {"email": "staff@example.org", "next": "/\x00"}),
        ("/account/password/reset/key/1-%00/", {"password1": NUL, "password2": NUL}),
        ("/account/password/reset/key/%00-set-password/", {"password1": NUL, "password2": NUL}),
        ("/account/confirm-email/%00/", {}),
        ("/account/logout/", {"next": "/\x00"}),
    ],
)
def test_strangers_nul_bytes(user: User, address: str, data: dict[str, str]) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(address, data).status_code < 500


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/account/email/", {"action_add": "", "email": "a\x00@b.uk"}),
        ("/account/email/", {"action_primary": "", "email": NUL}),
        ("/account/email/", {"action_send": "", "email": NUL}),
        ("/account/email/", {"action_remove": "", "email": NUL}),
        ("/account/password/change/", {"oldpassword": NUL, "password1": NUL, "password2": NUL}),
        ("/account/reauthenticate/", {"password": NUL}),
        ("/account/logout/", {"next": "/\x00"}),
    ],
)
def test_staffs_nul_bytes(client: Client, user: User, address: str, data: dict[str, str]) -> None:
    client.force_login(user)
    for method in ("get", "post"):
        assert getattr(client, method)(address, data).status_code < 500


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x1c", "\x7f", "\u200b", "\u00a0"])
@pytest.mark.parametrize("shape", ["a@b{}.uk", "a@b.u{}k", '"a{}"@b.uk', "a{}@b.uk"])
def test_addresses_with_characters_nobody_sees(
    client: Client, user: User, shape: str, odd: str
) -> None:
    client.force_login(user)
    email = shape.format(odd)
    for address, data in (
        ("/account/password/reset/", {"email": email}),
        ("/account/email/", {"action_add": "", "email": email}),
    ):
        page = Page(client.post(address, data))
        assert page.status == 200
        assert page.texts_of("error-summary")
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["a@b\u2028.uk", "a@\ufffe.uk", f"a@{'ä' * 63}.uk"])
def test_addresses_without_an_ascii_form(client: Client, email: str) -> None:
    page = Page(client.post("/account/password/reset/", {"email": email}))
    assert "We cannot send to this e-mail address. Type it again by hand" in page.text


def test_domains_in_other_alphabets_are_mailed(client: Client) -> None:
    assert client.post("/account/password/reset/", {"email": "a@bücher.de"}).status_code == 302
    assert len(mail.outbox) == 1
