"""Signing in as people do it: with an app, with a passkey, for the first time, and out of luck."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEntry, AuditKind, Role, User
from accounts.services.invitations import invite
from tests import factories
from tests.codes import code_at, next_code
from tests.journeys.conftest import assert_accessible, follow
from tests.journeys.test_chain import make_sign_in, sign_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache"),
]
People = Callable[[], Page]
GOOD = "gravel lantern 47 Pelican orbit"


@pytest.fixture
def live_server(live_server: LiveServer) -> LiveServer:
    """Under the name localhost: browsers give passkeys to no address in numbers."""
    live_server.thread.host = "localhost"
    return live_server


def type_password(page: Page, email: str, password: str = factories.PASSWORD) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    follow(page, page.get_by_role("button", name="Sign in"))


def give_device(page: Page) -> None:
    """A device that can hold passkeys, whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def set_app_up(page: Page) -> None:
    """Scan nothing: type the letters, as a careful person does, and the code they give."""
    follow(page, page.get_by_role("link", name="Set up an app"))
    assert_accessible(page)
    assert page.locator(".qr svg path").count() == 1
    page.get_by_text("Cannot scan it?").click()
    secret = page.locator(".qr__secret").inner_text()
    page.get_by_label("Authenticator code").fill(code_at(int(time.time()) // 30, secret))
    follow(page, page.get_by_role("button", name="Finish"))


def kinds() -> set[str]:
    return set(AuditEntry.objects.values_list("kind", flat=True))


def test_with_a_code_of_an_app(person: People) -> None:
    user = make_sign_in(Role.TRUST_STAFF, email="trust@example.org")
    page = person()
    type_password(page, user.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    assert_accessible(page)
    # The password alone opens nothing.
    page.goto("/reports/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    page.get_by_label("Code").fill(next_code(user))
    follow(page, page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert AuditEntry.objects.get(kind=AuditKind.SIGNED_IN).reason == "password, totp"


def test_invited_then_a_passkey_and_signed_in_with_it(
    person: People, live_server: LiveServer, settings: Any
) -> None:
    settings.PASSKEY_REQUIRED = True
    user = factories.make_user(Role.ADMINISTRATOR, name="Ada Office", email="ada@example.org")
    token = invite(user=user, by=make_sign_in(Role.TRUST_STAFF), now=timezone.now())
    page = person()
    give_device(page)
    page.goto(f"/staff/welcome/{token}/")
    assert_accessible(page)
    page.get_by_label("Choose a password").fill(GOOD)
    page.get_by_label("The same again").fill(GOOD)
    follow(page, page.get_by_role("button", name="Save the password"))
    assert_accessible(page)
    assert page.context.cookies() == []

    type_password(page, user.email, GOOD)
    # An administrator's app is not enough: only a passkey opens the rest.
    expect(page).to_have_url(re.compile("/account/2fa/$"))
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Set up a passkey"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Set up a passkey"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    assert page.locator("[data-code]").count() == 10
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    follow(page, page.get_by_role("link", name="I have kept them"))
    page.goto("/staff/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff")
    assert_accessible(page)
    page.goto("/account/2fa/recovery-codes/")
    assert page.locator("[data-code]").count() == 0

    page.goto("/staff/")
    follow(page, page.get_by_role("button", name="Sign out"))
    type_password(page, user.email, GOOD)
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Use your passkey"))
    page.goto("/staff/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff")
    assert AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).latest("pk").reason == (
        "password, webauthn"
    )


def test_the_first_time_with_an_app(person: People) -> None:
    hub = factories.make_hub()
    user = make_sign_in(Role.COORDINATOR, email="new@example.org", hubs=(hub,))
    user.authenticator_set.all().delete()  # type: ignore[attr-defined]
    page = person()
    type_password(page, user.email)
    for address in ("/today/", "/planning/", "/account/email/", "/start/all/"):
        page.goto(address)
        expect(page).to_have_url(re.compile("/account/2fa/$"))
    set_app_up(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.goto("/today/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    assert AuditKind.SECOND_FACTOR_ADDED in kinds()


def test_five_wrong_codes_wait_and_a_recovery_code_is_used_once(person: People) -> None:
    user = make_sign_in(Role.TRUST_STAFF, email="trust@example.org")
    code, other = RecoveryCodes.activate(user).get_unused_codes()[:2]
    page = person()
    type_password(page, user.email)
    page.get_by_label("Code").fill(code)
    follow(page, page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert AuditKind.RECOVERY_CODE_USED in kinds()

    thief = person()
    type_password(thief, user.email)
    for wrong in (code, "000000", "111111", "222222", "333333"):
        thief.get_by_label("Code").fill(wrong)
        follow(thief, thief.get_by_role("button", name="Sign in"))
        expect(thief.locator(".error-summary")).to_contain_text("Incorrect code")
    thief.get_by_label("Code").fill(other)
    follow(thief, thief.get_by_role("button", name="Sign in"))
    expect(thief.locator(".error-summary")).to_contain_text("Too many failed")
    assert_accessible(thief)
    failed = AuditEntry.objects.filter(kind=AuditKind.SIGN_IN_FAILED)
    assert {(each.actor_id, each.object_id, each.reason) for each in failed} == {
        (None, user.pk, "second factor")
    }
    # Whoever is signed in goes on.
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_sign_in_is_ended_from_another_browser(person: People) -> None:
    user = make_sign_in(Role.TRUST_STAFF, email="trust@example.org")
    lost, mine = person(), person()
    sign_in(lost, user.email)
    sign_in(mine, user.email)
    mine.goto("/account/sessions/")
    assert_accessible(mine)
    assert mine.get_by_role("listitem").filter(has_text="Signed in").count() == 2
    follow(mine, mine.get_by_role("button", name=re.compile("^End it")))
    lost.goto("/reports/")
    assert "/account/login/" in lost.url
    mine.goto("/reports/")
    expect(mine.get_by_role("button", name="Sign out")).to_be_visible()


def test_half_an_hour_without_use_ends_it_and_says_why(person: People) -> None:
    user = make_sign_in(Role.TRUST_STAFF, email="trust@example.org")
    page = person()
    sign_in(page, user.email)
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "session"]
    session = SessionStore(cookie["value"])
    session["sign_in"] = session["sign_in"] | {"seen": time.time() - 31 * 60}
    session.save()
    page.goto("/reports/")
    assert "next=/reports/" in page.url
    expect(page.get_by_text("not used for 30 minutes")).to_be_visible()
    assert_accessible(page)


def test_a_form_that_needs_a_new_proof_is_not_lost(person: People) -> None:
    user = make_sign_in(Role.ADMINISTRATOR, email="ada@example.org")
    other = factories.make_user(Role.EVALUATOR, name="Eve")
    page = person()
    sign_in(page, user.email)
    page.goto(f"/staff/{other.pk}/")
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "session"]
    session = SessionStore(cookie["value"])
    session["account_authentication_methods"] = [
        each | {"at": time.time() - 16 * 60} for each in session["account_authentication_methods"]
    ]
    session.save()
    page.locator("form").filter(has_text="Give the role").get_by_label("Role").select_option(
        "auditor"
    )
    follow(page, page.get_by_role("button", name="Give the role"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm it is you first")
    assert_accessible(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm it is you").click()
    tab = opened.value
    assert_accessible(tab)
    tab.get_by_label("Password").fill(factories.PASSWORD)
    follow(tab, tab.get_by_role("button", name="Confirm"))
    expect(tab.get_by_role("heading", level=1)).to_have_text("Thank you, it is you")
    tab.close()
    follow(page, page.get_by_role("button", name="2. Go on"))
    expect(page.get_by_text("Eve is Auditor now.")).to_be_visible()
    assert User.objects.get(pk=other.pk).role_grants.filter(role=Role.AUDITOR).exists()
