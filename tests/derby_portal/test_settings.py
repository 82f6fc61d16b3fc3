"""The settings as a server has them, read in a process of their own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from derby_portal.local.folders import random_key

ROOT = Path(__file__).resolve().parents[2]
SERVER = {
    "DATABASE_URL": "postgres://app:a@db.example/portal",
    "DATABASE_OWNER_URL": "postgres://owner:o@db.example/portal",
    "REDIS_URL": "redis://cache.example/2",
    "SECRET_KEY": "x" * 60 + "0123456789",
    "CONCERN_KEYS": random_key(),
    "ALLOWED_HOSTS": "portal.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "PATH": os.environ["PATH"],
}


def manage(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in (SERVER | changes).items() if value}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def settings(*names: str, **changes: str) -> dict[str, object]:
    code = f"import json; from derby_portal import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names!r}}}, default=str))"
    environment = {key: value for key, value in (SERVER | changes).items() if value}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


def test_a_server_passes_the_deployment_check() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


def test_one_database_role_for_both_fails_the_deployment_check() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", DATABASE_OWNER_URL="")
    assert result.returncode == 1
    assert "derby_portal.W001" in result.stderr


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "CONCERN_KEYS"]
)
def test_what_is_missing_is_named(missing: str) -> None:
    result = manage("check", **{missing: ""})
    assert result.returncode == 1
    assert missing in result.stderr


def test_a_server_does_not_start_with_keys_of_concerns_that_follow_from_the_secret() -> None:
    secret = SERVER["SECRET_KEY"]
    made = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()
    for keys in (made, f"{random_key()},{made}", "no key"):
        result = manage("check", CONCERN_KEYS=keys)
        assert result.returncode == 1
        assert "CONCERN_KEYS" in result.stderr
        assert keys not in result.stderr.replace("no key", "")
    assert manage("check", CONCERN_KEYS=made, SECRET_KEY_FALLBACKS=secret).returncode == 1
    assert manage("check", CONCERN_KEYS=f"{random_key()},{random_key()}").returncode == 0


def test_migrations_connect_as_the_owner_and_all_else_as_the_application() -> None:
    names = ("DATABASES", "DATABASE_APPLICATION_USER")
    for role, user in (("application", "app"), ("owner", "owner")):
        found = settings(*names, DATABASE_ROLE=role)
        assert found["DATABASES"]["default"]["USER"] == user  # type: ignore[index]
        assert found["DATABASE_APPLICATION_USER"] == "app"
    assert manage("check", DATABASE_ROLE="root").returncode == 1


@pytest.mark.parametrize(
    ("address", "broker"),
    [
        ("redis://cache.example/2", "redis://cache.example/2"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
    ],
)
def test_the_broker_is_reached_over_the_network_or_a_socket(address: str, broker: str) -> None:
    assert settings("CELERY_BROKER_URL", REDIS_URL=address) == {"CELERY_BROKER_URL": broker}


def test_cookies_are_safe_outside_the_demo() -> None:
    names = (
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_NAME",
    )
    assert list(settings(*names).values()) == [True, True, True, "__Host-session"]
    assert list(settings(*names, DEMO="1").values()) == [False, False, False, "session"]


def test_behind_the_proxy_the_visitor_is_the_last_forwarded_address() -> None:
    assert settings("ALLAUTH_TRUSTED_PROXY_COUNT", BEHIND_PROXY="1") == {
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1
    }


def test_only_the_demo_prints_its_mails() -> None:
    found = settings("EMAIL_BACKEND", DEMO="1", EMAIL_URL="")
    assert found == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


def test_the_access_log_holds_neither_addresses_of_pages_nor_of_visitors() -> None:
    """The links of forgotten passwords are keys, and stand in the path."""
    (command,) = re.findall(
        r"^CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text().replace("\\\n", ""), re.MULTILINE
    )
    arguments = json.loads(command)
    log_format = arguments[arguments.index("--access-logformat") + 1]
    assert set(re.findall(r"%\((.*?)\)s", log_format)) == {"t", "m", "s", "B", "M"}
