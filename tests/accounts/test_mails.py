"""Every mail that the portal can send about an account, word for word where it matters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.models import Role, User
from tests import factories
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
OWN = Path(settings.BASE_DIR) / "templates" / "account" / "email"
NEW = "an entirely different phrase"


@pytest.fixture
def user() -> User:
    user = factories.make_user(Role.TRUST_STAFF, email="staff@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def sent() -> tuple[str, list[str], str]:
    """Subject, receivers and body of the only mail since last asked."""
    (message,) = mail.outbox
    mail.outbox.clear()
    start, end = "Hello\n\n", "\n\n#ThisIsDerby portal\ntestserver"
    body = str(message.body)
    assert body.startswith(start)
    assert body.endswith(end)
    assert not re.search(r"127\.0\.0\.1|&#|&quot;|sign ?up", body)
    assert message.subject.startswith("#ThisIsDerby portal: ")
    subject = message.subject.removeprefix("#ThisIsDerby portal: ")
    return subject, message.to, body.removeprefix(start).removesuffix(end)


def test_an_unknown_address_is_told_whom_to_ask(client: Client) -> None:
    client.post("/account/password/reset/", {"email": "nobody@example.org"})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("No account uses this address", ["nobody@example.org"])
    assert "ask the coordinator of your hub" in body
    assert "http" not in body
    assert "nobody@" not in body


def test_forgotten_password(client: Client, user: User) -> None:
    client.post("/account/password/reset/", {"email": user.email})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("Choose a new password", [user.email])
    (link,) = re.findall(
        r"^http://testserver(/account/password/reset/key/\S+)$", body, re.MULTILINE
    )
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": NEW, "password2": NEW})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("Your password was changed", [user.email])
    assert body.startswith("The password of your account was changed.\n\nIt was done on ")


def test_changed_password(signed_in: Client, user: User) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    signed_in.post("/account/password/change/", form)
    subject, receivers, body = sent()
    assert (subject, receivers) == ("Your password was changed", [user.email])
    assert re.search(
        r"It was done on [A-Z][a-z]+day \d+ [A-Z][a-z]+ \d{4} at \d+:\d\d[ap]m\.", body
    )
    assert 'with "Forgot your password?" on the page for signing in' in body


def test_first_password(client: Client) -> None:
    user = factories.make_user(email="new@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    client.post("/account/password/set/", {"password1": NEW, "password2": NEW})
    assert sent()[:2] == ("Your password was set", ["new@example.org"])


def test_another_address_added_made_the_first_and_removed(signed_in: Client, user: User) -> None:
    address = "/account/email/"
    signed_in.post(address, {"action_add": "", "email": "other@example.org"})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("Confirm your e-mail address", ["other@example.org"])
    assert str(user) not in body
    (link,) = re.findall(r"^http://testserver(/account/confirm-email/\S+)$", body, re.MULTILINE)
    signed_in.post(link)
    assert mail.outbox == []
    signed_in.post(address, {"action_primary": "", "email": "other@example.org"})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("The address of your account was changed", [user.email])
    assert "other@" not in body
    signed_in.post(address, {"action_remove": "", "email": user.email})
    subject, receivers, body = sent()
    assert (subject, receivers) == ("An e-mail address was removed", ["other@example.org"])
    assert "staff@" not in body


def test_nobody_learns_by_adding_it_that_an_address_has_an_account(signed_in: Client) -> None:
    other = factories.make_user(email="taken@example.org")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    bodies = []
    for email in (other.email, "free@example.org"):
        answer = signed_in.post("/account/email/", {"action_add": "", "email": email})
        assert answer["Location"] == "/account/email/"
        subject, receivers, body = sent()
        assert (subject, receivers) == ("Confirm your e-mail address", [email])
        bodies.append(re.sub(r"http\S+", "", body))
    assert bodies[0] == bodies[1]


def test_there_are_no_templates_besides_these() -> None:
    assert sorted(path.name.removesuffix("_subject.txt") for path in OWN.glob("*_subject.txt")) == [
        "email_changed",
        "email_confirmation",
        "email_deleted",
        "password_changed",
        "password_reset",
        "password_reset_key",
        "password_set",
        "unknown_account",
    ]
