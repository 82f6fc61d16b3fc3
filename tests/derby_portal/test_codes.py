"""The codes beside the demo's sign-ins, and nowhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.models import User
from derby_portal.local import codes, screen
from derby_portal.seeding import accounts
from derby_portal.seeding.accounts import DEMO_PASSWORD, SIGN_INS, current_codes, ensure_sign_ins
from tests import factories

SINCE = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@pytest.fixture
def _hubs() -> None:
    for slug in {each.hub for each in SIGN_INS if each.hub}:
        factories.make_hub(name=slug.title(), slug=slug)


@pytest.mark.django_db
@pytest.mark.usefixtures("_hubs", "empty_cache")
class TestSignIns:
    def test_the_code_beside_a_sign_in_opens_it(self, client: Client, settings: Any) -> None:
        settings.DEMO = True
        ensure_sign_ins(since=SINCE)
        shown, seconds = current_codes()
        assert len(shown) == len(SIGN_INS) == 9
        assert 0 < seconds <= 30
        _, email, code = shown[0]
        client.post("/account/login/", {"login": email, "password": DEMO_PASSWORD})
        client.post("/account/2fa/authenticate/", {"code": code})
        assert client.get("/today/").status_code == 200

    def test_older_demos_get_them_too(self, settings: Any) -> None:
        settings.DEMO = True
        ensure_sign_ins(since=SINCE)
        Authenticator.objects.all().delete()
        assert ensure_sign_ins(since=SINCE) == 0
        assert Authenticator.objects.count() == len(SIGN_INS)

    def test_outside_the_demo_there_are_none(self, settings: Any) -> None:
        settings.DEMO = False
        ensure_sign_ins(since=SINCE)
        assert User.objects.count() == len(SIGN_INS)
        assert not Authenticator.objects.exists()
        with pytest.raises(ImproperlyConfigured):
            accounts.secret_of("trust@example.org")
        with pytest.raises(ImproperlyConfigured):
            current_codes()


def test_codes_follow_from_the_key(settings: Any) -> None:
    settings.DEMO = True
    first = current_codes(at=1_000_000_000.0)
    assert current_codes(at=1_000_000_000.0) == first
    settings.SECRET_KEY = "another key of fifty letters and more, as they are made"
    assert current_codes(at=1_000_000_000.0) != first


def test_the_screen_lines_them_up() -> None:
    given = (
        '["secret words", [["Auditor", "a@b.uk", "012345"], ["Lead", "lead@b.uk", "678901"]], 9]'
    )
    assert screen.sign_in_lines(given) == [
        "  Sign in    everybody's password is secret words, then the code beside",
        "             Auditor  a@b.uk     012345",
        "             Lead     lead@b.uk  678901",
        "             These codes are new in 9 seconds, each opens once: make codes",
    ]


def test_without_a_demo_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(codes, "STATE", tmp_path)
    assert codes.main() == 1
    assert "make demo" in capsys.readouterr().err


def test_with_a_demo_it_prints_them_once_where_nobody_watches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capfdbinary: Any
) -> None:
    (tmp_path / "secret-key").write_text("k" * 50)
    monkeypatch.setattr(codes, "STATE", tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    assert codes.main() == 0
    assert b"trust@example.org" in capfdbinary.readouterr().out
