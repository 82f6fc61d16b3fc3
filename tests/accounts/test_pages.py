"""Signing in and everything round it, as pages."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import Role, User
from tests import factories
from tests.factories import PASSWORD
from tests.pages import Page, open_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
SIGN_IN = "/account/login/"


@pytest.fixture
def user() -> User:
    user = factories.make_user(Role.TRUST_STAFF, email="staff@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_sign_in_form_is_plain_and_labelled(client: Client) -> None:
    page = open_page(client, SIGN_IN)
    assert page.count("h1") == 1
    assert page.inline == []
    for name in ("login", "password"):
        assert page.has_id(f"id_{name}")
        assert any(attrs.get("for") == f"id_{name}" for _, attrs in page.elements)
    assert page.element("id_password")["autocomplete"] == "current-password"
    assert "/account/password/reset/" in page.links


def test_next_is_kept_through_the_form(client: Client, user: User) -> None:
    page = open_page(client, f"{SIGN_IN}?next=/reports/")
    assert ("input", {"type": "hidden", "name": "next", "value": "/reports/"}) in page.elements
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD, "next": "/reports/"})
    assert (answer.status_code, answer["Location"]) == (302, "/reports/")


def test_sign_in_lands_on_the_start_page(client: Client, user: User) -> None:
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    assert answer["Location"] == "/start/"


def test_wrong_password_is_summarised_on_top_and_keeps_next(client: Client, user: User) -> None:
    data = {"login": user.email, "password": "not it at all", "next": "/reports/"}
    page = Page(client.post(SIGN_IN, data))
    (summary,) = page.texts_of("error-summary")
    assert summary.startswith("There is a problem")
    assert "password" in summary
    assert ("input", {"type": "hidden", "name": "next", "value": "/reports/"}) in page.elements
    assert "not it at all" not in page.html


def test_empty_form_says_so_beside_each_field(client: Client) -> None:
    page = Page(client.post(SIGN_IN, {}))
    for name in ("login", "password"):
        field = page.element(f"id_{name}")
        assert field["aria-invalid"] == "true"
        assert f"id_{name}_error" in field["aria-describedby"].split()
        assert page.has_id(f"id_{name}_error")
        assert f"#id_{name}" in page.links


def test_nobody_signs_up(client: Client) -> None:
    page = open_page(client, "/account/signup/")
    assert "Accounts are by invitation" in page.text
    assert page.count("form") == 0


def test_forgotten_password_to_a_new_one(client: Client, user: User) -> None:
    assert "Forgotten your password?" in open_page(client, "/account/password/reset/").text
    client.post("/account/password/reset/", {"email": user.email})
    assert "Look in your e-mail" in open_page(client, "/account/password/reset/done/").text
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[0].body)
    assert link
    form = client.get(link.group(), follow=True)
    assert "Choose a new password" in Page(form).text
    new = "an entirely different phrase"
    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True)
    assert "Your password is changed" in Page(done).text
    user.refresh_from_db()
    assert user.check_password(new)


def test_used_up_link_says_so(client: Client) -> None:
    page = open_page(client, "/account/password/reset/key/abc-nonsense/")
    assert "This link no longer works" in page.text


def test_unconfirmed_address_is_sent_a_link(client: Client) -> None:
    user = factories.make_user(email="new@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD}, follow=True)
    assert "Look in your e-mail" in Page(answer).text
    link = re.search(r"/account/confirm-email/\S+", mail.outbox[0].body)
    assert link
    page = open_page(client, link.group())
    assert "Is new@example.org yours?" in page.text
    assert page.inline == []
    client.post(link.group())
    assert EmailAddress.objects.get(user=user).verified


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/account/login/", "Sign in"),
        ("/account/signup/", "Accounts are by invitation"),
        ("/account/inactive/", "This account is closed"),
        ("/account/password/reset/", "Forgotten your password?"),
        ("/account/password/reset/done/", "Look in your e-mail"),
        ("/account/password/reset/key/done/", "Your password is changed"),
        ("/account/confirm-email/", "Look in your e-mail"),
        ("/account/confirm-email/nonsense/", "Confirm your e-mail address"),
    ],
)
def test_pages_for_strangers_are_in_our_look(client: Client, address: str, heading: str) -> None:
    page = open_page(client, address)
    assert f"{heading}" in page.text
    assert page.inline == []
    assert page.count("h1") == 1
    assert "/static/css/pages/account.css" in page.files


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/account/password/change/", "Change your password"),
        ("/account/email/", "E-mail addresses"),
        ("/account/logout/", "Sign out?"),
        ("/account/reauthenticate/", "Confirm it is you"),
    ],
)
def test_pages_for_staff_are_in_our_look(
    client: Client, user: User, address: str, heading: str
) -> None:
    client.force_login(user)
    page = open_page(client, address)
    assert page.status == 200
    assert heading in page.text
    assert page.inline == []
    assert page.count("h1") == 1


def test_sign_out_is_one_post_and_back_to_the_front_page(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.post("/account/logout/")["Location"] == "/"
    assert client.get("/start/")["Location"].startswith(SIGN_IN)


class TestErrorPages:
    def test_not_found(self, client: Client) -> None:
        page = open_page(client, "/nowhere/")
        assert page.status == 404
        assert "We cannot find that page" in page.text
        assert "/whats-on/" in page.links

    def test_not_yours(self, client: Client) -> None:
        client.force_login(factories.make_user(Role.COORDINATOR))
        page = open_page(client, "/grants/")
        assert page.status == 403
        assert "That is not yours to open" in page.text

    def test_form_from_elsewhere(self, user: User) -> None:
        page = Page(Client(enforce_csrf_checks=True).post(SIGN_IN, {"login": user.email}))
        assert page.status == 403
        assert "Please send that again" in page.text

    def test_our_own_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(now: object, limit: int) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr("derby_portal.views.coming_up", fail)
        page = Page(Client(raise_request_exception=False).get("/"))
        assert page.status == 500
        assert "Something went wrong here" in page.text
        assert "secret detail" not in page.html

    def test_what_cannot_be_read(self, client: Client, settings: object) -> None:
        page = Page(client.get("/", HTTP_HOST="elsewhere.example"))
        assert page.status == 400
        assert "We could not read that" in page.text
