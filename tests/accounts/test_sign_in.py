"""How long a sign-in lasts, what opens it, and what is asked for again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.test import Client
from django.urls import reverse

from accounts import sign_in
from accounts.factor_keys import opened, sealed
from accounts.models import AuditEntry, AuditKind, Role, User
from tests import factories
from tests.codes import SECRET, code_at, give_app, next_code
from tests.factories import PASSWORD
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
SIGN_IN = "/account/login/"
SECOND = "/account/2fa/authenticate/"
SET_UP = "/account/2fa/"


def person(*roles: Role, **fields: Any) -> User:
    user = factories.make_user(*roles, password=PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def with_password(client: Client, user: User) -> Any:
    return client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})


def age(client: Client, **changes: float) -> None:
    """Set clocks of the session back by so many seconds."""
    session = client.session
    clocks = session["sign_in"]
    session["sign_in"] = clocks | {name: clocks[name] - by for name, by in changes.items()}
    session.save()


def grow_stale(client: Client) -> None:
    session = client.session
    records = session["account_authentication_methods"]
    past = time.time() - sign_in.FRESH.total_seconds() - 1
    session["account_authentication_methods"] = [each | {"at": past} for each in records]
    session.save()


class TestSecondFactor:
    @pytest.mark.parametrize("role", list(Role))
    def test_a_password_alone_opens_nothing_but_setting_one_up(
        self, client: Client, role: Role
    ) -> None:
        with_password(client, person(role))
        for name in ("landing", "everything", "account_email", "account_change_password"):
            assert client.get(reverse(name))["Location"] == SET_UP
            assert client.post(reverse(name))["Location"] == SET_UP
        assert client.get(SET_UP).status_code == 200
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        assert client.get(reverse("mfa_add_webauthn")).status_code == 200

    def test_it_is_asked_for_before_there_is_a_sign_in(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        key = client.session.session_key
        assert with_password(client, user)["Location"] == SECOND
        assert client.get("/reports/")["Location"].startswith(SIGN_IN)
        client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
        done = client.post(SECOND, {"code": next_code(user)})
        assert done["Location"] == "/start/"
        assert client.get("/reports/").status_code == 200
        assert client.session.session_key != key

    def test_a_code_opens_once(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        code = next_code(user)
        for browser, status in ((client, 302), (Client(), 200)):
            with_password(browser, user)
            assert browser.post(SECOND, {"code": code}).status_code == status

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD])
    def test_two_roles_take_a_passkey(self, client: Client, role: Role, settings: Any) -> None:
        user = person(role)
        give_app(user)
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        settings.PASSKEY_REQUIRED = False
        assert client.get("/start/all/").status_code == 200
        assert "A live portal asks for a passkey" in Page(client.get(SET_UP)).text
        settings.PASSKEY_REQUIRED = True
        assert client.get("/start/all/")["Location"] == SET_UP
        assert "Your role signs in with a passkey" in Page(client.get(SET_UP)).text
        client.force_login(user)
        assert client.get("/start/all/").status_code == 200

    def test_digits_add_no_passkey_beside_one_that_is_there(
        self, client: Client, settings: Any
    ) -> None:
        settings.PASSKEY_REQUIRED = True
        user = person(Role.ADMINISTRATOR)
        give_app(user)
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        adding = [reverse(name) for name in ("mfa_add_webauthn", "mfa_generate_recovery_codes")]
        assert [client.get(each).status_code for each in adding] == [200, 200]
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
        for address in (*adding, reverse("mfa_view_recovery_codes"), reverse("mfa_list_webauthn")):
            assert client.get(address)["Location"] == SET_UP
            assert client.post(address)["Location"] == SET_UP
        assert "Lost it?" in Page(client.get(SET_UP)).text

    def test_a_recovery_code_sets_up_another_passkey(self, client: Client, settings: Any) -> None:
        settings.PASSKEY_REQUIRED = True
        user = person(Role.ADMINISTRATOR)
        give_app(user)
        codes = RecoveryCodes.activate(user).get_unused_codes()
        with_password(client, user)
        client.post(SECOND, {"code": codes[0]})
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
        assert client.get("/start/all/")["Location"] == SET_UP
        assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200

    def test_a_role_given_meanwhile_takes_it_from_the_next_page_on(
        self, client: Client, settings: Any
    ) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        settings.PASSKEY_REQUIRED = True
        assert client.get("/start/all/").status_code == 200
        user.role_grants.create(role=Role.ADMINISTRATOR)
        assert client.get("/start/all/")["Location"] == SET_UP

    def test_it_costs_no_query(self, client: Client, django_assert_num_queries: Any) -> None:
        client.force_login(person(Role.AUDITOR))
        with django_assert_num_queries(3):  # session, user, roles with checks
            client.get("/start/all/")

    @pytest.mark.django_db(transaction=True)
    def test_setting_one_up_ends_sign_ins_that_had_none(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        other = Client()
        for browser in (client, other):
            with_password(browser, user)
        client.get(reverse("mfa_activate_totp"))
        secret = client.session["mfa.totp.secret"]
        code = code_at(int(time.time()) // 30, secret)
        client.post(reverse("mfa_activate_totp"), {"code": code})
        assert client.get("/reports/").status_code == 200
        assert other.get("/reports/")["Location"].startswith(SIGN_IN)

    def test_without_the_last_one_it_begins_anew(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.exists()
        assert client.get("/reports/")["Location"] == SET_UP
        assert AuditEntry.objects.latest("pk").kind == AuditKind.SECOND_FACTOR_REMOVED


class TestSecrets:
    def test_they_lie_sealed(self) -> None:
        user = person()
        give_app(user)
        data = Authenticator.objects.get(user=user).data
        assert SECRET not in str(data)
        assert opened(data["secret"]) == SECRET

    def test_a_former_key_still_opens(self, settings: Any) -> None:
        text = sealed("something")
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another key of fifty letters and more, as they are made"
        assert opened(text) == "something"
        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(InvalidToken):
            opened(text)

    def test_after_a_change_of_key_signing_in_seals_anew(
        self, client: Client, settings: Any
    ) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another key of fifty letters and more, as they are made"
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        assert client.get("/reports/").status_code == 200
        settings.SECRET_KEY_FALLBACKS = []
        assert opened(Authenticator.objects.get(user=user).data["secret"]) == SECRET

    def test_under_a_lost_key_no_code_opens_and_nothing_breaks(
        self, client: Client, settings: Any
    ) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        settings.SECRET_KEY = "another key of fifty letters and more, as they are made"
        settings.SECRET_KEY_FALLBACKS = []
        with_password(client, user)
        assert "Incorrect code" in client.post(SECOND, {"code": next_code(user)}).text


class TestTime:
    @pytest.mark.parametrize(
        ("roles", "minutes"),
        [
            ([Role.COORDINATOR], 720),
            ([Role.HUB_LEAD, Role.COORDINATOR], 720),
            ([Role.TRUST_STAFF], 30),
            ([Role.EVALUATOR], 30),
            ([Role.SAFEGUARDING_LEAD], 30),
            ([Role.SAFEGUARDING_DEPUTY], 30),
            ([Role.ADMINISTRATOR], 30),
            ([Role.AUDITOR], 30),
            ([Role.COORDINATOR, Role.AUDITOR], 30),
            ([], 30),
        ],
    )
    def test_the_strictest_role_decides(self, roles: list[Role], minutes: int) -> None:
        assert sign_in.idle_time(roles).total_seconds() == minutes * 60

    @pytest.mark.parametrize(
        ("role", "idle", "ended"),
        [
            (Role.TRUST_STAFF, 29 * 60, None),
            (Role.TRUST_STAFF, 30 * 60 + 1, "idle"),
            (Role.COORDINATOR, 11 * 3600, None),
        ],
    )
    def test_idle(self, client: Client, role: Role, idle: int, ended: str | None) -> None:
        client.force_login(person(role))
        age(client, seen=idle)
        answer = client.get("/start/all/")
        if ended is None:
            assert answer.status_code == 200
            assert client.get("/start/all/").status_code == 200
            return
        assert answer["Location"] == f"/account/login/?ended={ended}&next=/start/all/"
        assert "not used for 30 minutes" in Page(client.get(answer["Location"])).text
        assert AuditEntry.objects.latest("pk").reason == ended
        assert client.get("/start/all/")["Location"] == "/account/login/?next=/start/all/"

    def test_twelve_hours_in_all_however_busy(self, client: Client) -> None:
        client.force_login(person(Role.COORDINATOR))
        age(client, began=12 * 3600 + 1)
        answer = client.get("/today/")
        assert answer["Location"] == "/account/login/?ended=shift&next=/today/"
        assert "12 hours at most" in Page(client.get(answer["Location"])).text

    def test_use_is_noticed_now_and_then(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        client.force_login(user)
        age(client, seen=60)
        before = client.session["sign_in"]["seen"]
        client.get("/start/all/")
        assert client.session["sign_in"]["seen"] == before
        age(client, seen=60)
        client.get("/start/all/")
        assert client.session["sign_in"]["seen"] > before


class TestFresh:
    @pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_activate_totp", "staff:invite"])
    def test_a_page_leads_to_proving_it_and_back(self, client: Client, name: str) -> None:
        client.force_login(person(Role.ADMINISTRATOR))
        address = reverse(name)
        assert client.get(address).status_code == 200
        grow_stale(client)
        answer = client.get(address)
        assert answer["Location"] == f"/account/reauthenticate/?next={address.replace('/', '%2F')}"
        assert "/start/all/" not in answer["Location"]
        done = client.post(answer["Location"], {"password": PASSWORD, "next": address})
        assert done["Location"] == address
        assert client.get(address).status_code == 200

    def test_what_was_typed_waits_in_the_page_and_not_in_the_session(self, client: Client) -> None:
        client.force_login(person(Role.ADMINISTRATOR))
        grow_stale(client)
        typed = {"email": "new@example.org", "name": "Nora <New>", "role": "auditor"}
        answer = client.post("/staff/invite/", typed)
        page = Page(answer)
        assert page.status == 403
        assert "Nora &lt;New&gt;</textarea>" in page.html
        assert page.inline == []
        assert "Nora" not in str(dict(client.session.items()))
        assert not User.objects.filter(email="new@example.org").exists()

    def test_codes_are_not_repeated(self, client: Client) -> None:
        client.force_login(person(Role.ADMINISTRATOR))
        grow_stale(client)
        answer = client.post(reverse("mfa_activate_totp"), {"code": "493201"})
        assert answer.status_code == 403
        assert "493201" not in answer.text + str(dict(client.session.items()))
        assert "fill the form in again" in answer.text

    def test_another_address_waits_too(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        client.force_login(user)
        grow_stale(client)
        form = {"action_add": "", "email": "other@example.org"}
        assert client.post("/account/email/", form).status_code == 403
        assert EmailAddress.objects.filter(user=user).count() == 1

    def test_a_new_password_takes_the_old_one(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        client.force_login(user)
        grow_stale(client)
        new = "gravel lantern 47 Pelican orbit"
        form = {"oldpassword": "not it", "password1": new, "password2": new}
        client.post("/account/password/change/", form)
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


class TestWrittenDown:
    def test_in_and_out(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        with_password(client, user)
        client.post(SECOND, {"code": next_code(user)})
        client.post("/account/logout/")
        entries = AuditEntry.objects.order_by("pk").values_list("kind", "actor_id", "reason")
        assert list(entries) == [
            (AuditKind.SIGNED_IN, user.pk, "password, totp"),
            (AuditKind.SIGNED_OUT, user.pk, ""),
        ]

    def test_failures_keep_nothing_that_was_typed(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF, email="staff@example.org")
        for email in ("staff@example.org", "nobody@example.org"):
            client.post(SIGN_IN, {"login": email, "password": "not it"})
        failed = AuditEntry.objects.order_by("pk").values_list(
            "kind", "actor_id", "object_id", "reason"
        )
        assert list(failed) == [
            (AuditKind.SIGN_IN_FAILED, None, user.pk, "password"),
            (AuditKind.SIGN_IN_FAILED, None, None, "password"),
        ]

    def test_a_changed_password(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        client.force_login(user)
        new = "gravel lantern 47 Pelican orbit"
        form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        client.post("/account/password/change/", form)
        assert AuditEntry.objects.get().kind == AuditKind.PASSWORD_CHANGED
        assert client.get("/reports/").status_code == 200


class TestGuessing:
    def test_codes_are_counted_too(self, client: Client) -> None:
        user = person(Role.TRUST_STAFF)
        give_app(user)
        with_password(client, user)
        for _ in range(5):
            client.post(SECOND, {"code": "000000"})
        answer = client.post(SECOND, {"code": next_code(user)})
        assert "Too many failed" in answer.text
        assert client.get("/reports/")["Location"].startswith(SIGN_IN)

    def test_a_stranger_locks_nobody_out_who_reads_their_mail(
        self, client: Client, settings: Any, mailoutbox: Any
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        user = person(Role.TRUST_STAFF)
        for number in range(6):
            data = {"login": user.email, "password": "a guess"}
            Client().post(SIGN_IN, data, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        assert with_password(client, user).status_code == 200
        client.post("/account/password/reset/", {"email": user.email})
        link = next(word for word in mailoutbox[-1].body.split() if "/reset/key/" in word)
        form = client.get(link, follow=True).request["PATH_INFO"]
        new = "gravel lantern 47 Pelican orbit"
        client.post(form, {"password1": new, "password2": new})
        assert client.post(SIGN_IN, {"login": user.email, "password": new}).status_code == 302


class TestDevices:
    def test_only_own_ones_are_seen_and_ended(self, client: Client) -> None:
        user, stranger = person(Role.TRUST_STAFF), person(Role.TRUST_STAFF)
        theirs = Client()
        for browser, who in ((client, user), (theirs, stranger)):
            give_app(who)
            with_password(browser, who)
            browser.post(SECOND, {"code": next_code(who)})
        page = Page(client.get("/account/sessions/"))
        assert page.html.count("Signed in ") == 1
        device = UserSession.objects.get(user=stranger)
        client.post(reverse("end_sign_in", kwargs={"device": device.pk}))
        client.post(reverse("end_other_sign_ins"))
        assert theirs.get("/reports/").status_code == 200
        assert UserSession.objects.filter(user=stranger).exists()
