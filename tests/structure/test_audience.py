"""First and second lock: every address says who it is for, and means it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from accounts.audience import LINK, PUBLIC, SIGN_IN, SIGNED_IN, Audience
from accounts.models import Role
from derby_portal.logs import WithoutKeys
from tests import factories

# Views of other people's libraries cannot carry a decorator of ours, so they stand here.
THIRD_PARTY: dict[str, Audience] = {
    "account_login": SIGN_IN,
    "account_logout": SIGN_IN,
    "account_inactive": SIGN_IN,
    "account_confirm_login_code": SIGN_IN,
    "account_signup": SIGN_IN,
    "account_confirm_email": SIGN_IN,
    "account_email_verification_sent": SIGN_IN,
    "account_reset_password": SIGN_IN,
    "account_reset_password_done": SIGN_IN,
    "account_reset_password_from_key": SIGN_IN,
    "account_reset_password_from_key_done": SIGN_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "mfa_authenticate": SIGN_IN,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
}
# A library's addresses that name rows by numbers, in a part above the last.
NUMBERED = {"mfa_remove_webauthn", "mfa_edit_webauthn"}
# Sent without a cookie or a token: each changes nothing of anybody's, and none may be added unseen.
COOKIE_FREE = {
    "staff:welcome",
    "activities:near",
    "activities:might_come",
    "activities:feedback",
    "activities:feedback_wish",
    "activities:feedback_thanks",
    "complain:send",
    "parents:book",
    "parents:own_booking",
    "parents:cancel",
    "parents:consent",
    "parents:complete",
    "parents:answers",
    "parents:own_record",
    "parents:own_record_pdf",
    "answers:here",
    "answers:question",
    "answers:everything",
    "answers:finish",
    "answers:stop",
    "answers:done",
    "answers:link",
}
SOME_ID = UUID("00000000-0000-4000-8000-000000000000")
ARGUMENTS: dict[str, Any] = {
    "pk": SOME_ID,
    "device": 1,
    "mark": SOME_ID,
    "person": SOME_ID,
    "contact": SOME_ID,
    "note": SOME_ID,
    "measure": SOME_ID,
    "wave": "baseline",
    "target": 1,
    "first": SOME_ID,
    "second": SOME_ID,
    "wording": SOME_ID,
    "slug": "nowhere",
    "format": "pdf",
    "box": "learning",
    "topic": "vision",
    "edition": "pl",
    "language": "pl",
    "key": "k",
    "run": SOME_ID,
    "table": "hubs",
    "row": "total",
    "token": "no-such-token",
    "uidb36": "u",
}


def walk(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from walk(entry.url_patterns, namespace)
        else:
            yield f"{prefix}{entry.name}", entry


ADDRESSES = dict(walk(get_resolver().url_patterns))


def audience_of(name: str) -> Audience | None:
    own: Audience | None = getattr(ADDRESSES[name].callback, "audience", None)
    return own or THIRD_PARTY.get(name)


def address(name: str) -> str:
    if name in NUMBERED:
        return reverse(name, kwargs={"pk": 1})
    converters = ADDRESSES[name].pattern.converters
    wanted = ADDRESSES[name].pattern.regex.groupindex  # type: ignore[union-attr]
    numbers = {key for key in wanted if isinstance(converters.get(key), IntConverter)}
    return reverse(name, kwargs={key: 1 if key in numbers else ARGUMENTS[key] for key in wanted})


CLOSED = [name for name in ADDRESSES if audience_of(name) not in (PUBLIC, SIGN_IN, LINK)]
BY_LINK = [name for name in ADDRESSES if audience_of(name) == LINK]
BY_ROLE = [name for name in CLOSED if (audience := audience_of(name)) and audience.roles]


def test_every_address_has_a_name() -> None:
    assert not [str(entry.pattern) for entry in ADDRESSES.values() if not entry.name]


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_view_declares_one_audience(name: str) -> None:
    assert audience_of(name) is not None, f"{name} has no audience: decorate its view."


def test_the_third_party_table_names_only_what_is_there() -> None:
    assert not set(THIRD_PARTY) - set(ADDRESSES)


def test_the_forms_without_a_cookie_are_these() -> None:
    exempt = {
        name for name, entry in ADDRESSES.items() if getattr(entry.callback, "csrf_exempt", False)
    }
    assert exempt == COOKIE_FREE
    assert {audience_of(name) for name in exempt} == {PUBLIC, LINK}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BY_LINK)
@pytest.mark.parametrize("is_staff", [True, False])
def test_nobody_gets_in_by_a_link_that_is_none(name: str, is_staff: bool, client: Client) -> None:
    if is_staff:
        client.force_login(factories.make_user(Role.TRUST_STAFF))
    own = {"Origin": "http://testserver"}
    answers = [client.get(address(name)), client.post(address(name), headers=own)]
    assert answers[0].status_code == 404
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert "no-such-token" not in answers[0].text
    # The session's cookie was set by signing in, by nothing here.
    assert not any(answer.cookies for answer in answers)
    assert answers[0]["Referrer-Policy"] == "no-referrer"
    assert answers[0]["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answers[0]["Cache-Control"]
    assert "Cookie" not in answers[0].get("Vary", "")


@pytest.mark.parametrize("name", [name for name in BY_LINK if "token" in address(name)])
def test_no_log_keeps_the_secret_of_a_link(name: str) -> None:
    refused = f"Forbidden: {address(name)}"
    record = logging.makeLogRecord({"msg": "%s", "args": (refused,)})
    assert WithoutKeys().filter(record)
    assert record.getMessage() == refused.replace("no-such-token", "...")


@pytest.mark.django_db
@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_signing_in(name: str, method: str, client: Client) -> None:
    response = getattr(client, method)(address(name))
    assert response.status_code in {302, 401, 403, 405}, name
    if response.status_code == 302:
        assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", BY_ROLE)
def test_other_roles_are_refused(name: str, client: Client) -> None:
    audience = audience_of(name)
    assert audience is not None
    user = factories.make_user(*(role for role in Role if role not in audience.roles))
    client.force_login(user)
    methods = [client.get(address(name)), client.post(address(name))]
    assert {response.status_code for response in methods} <= {403, 405}
    assert 403 in {response.status_code for response in methods}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BY_ROLE)
def test_leavers_are_refused(name: str, client: Client) -> None:
    audience = audience_of(name)
    assert audience is not None
    user = factories.make_user(*audience.roles)
    client.force_login(user)
    user.role_grants.update(ended_at=factories.london(2019, 1, 1))
    assert client.get(address(name)).status_code in {403, 405}
    user.is_active = False
    user.save()
    assert client.get(address(name)).status_code in {302, 405}
