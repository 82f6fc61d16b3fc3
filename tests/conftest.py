"""What every test stands on: a real database, used with the rights of web and workers."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from allauth.account.internal.userkit import user_id_to_str
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import translation

from accounts import sign_in
from accounts.access import roles_of
from accounts.models import User
from derby_portal.database_roles import grant_application_role
from derby_portal.local.folders import random_key

LONDON = ZoneInfo("Europe/London")
# Made anew for each run: nothing that tests seal opens anywhere else.
CONCERN_KEYS = [random_key()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The owner makes the test database; every test then signs in as the application role.

    A missing grant, or one too many, so shows in the tests and not first in production.
    """
    owner = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    application = {key: settings.DATABASE_URL[key] for key in ("USER", "PASSWORD")}
    with django_db_blocker.unblock():
        grant_application_role(connection)
        connection.close()
        connection.settings_dict.update(application)
        yield
        _end_other_sessions()
        connection.settings_dict.update(owner)
        _end_other_sessions()


def _end_other_sessions() -> None:
    """What a killed worker or a thread left open would keep the database from being dropped.

    A role ends its own sessions only.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner() -> Iterator[None]:
    """Emptying the tables after a transactional test is the owner's business."""
    original = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        parameters = self.connection.get_connection_params() | {
            "user": settings.DATABASE_OWNER_URL["USER"],
            "password": settings.DATABASE_OWNER_URL["PASSWORD"],
        }
        for attempts_left in (2, 1, 0):
            try:
                with psycopg.connect(**parameters) as owner:
                    for statement in sql_list:
                        owner.execute(statement)
                return
            except psycopg.errors.DeadlockDetected:
                # A browser's last request may still be under way; of the two one is stopped.
                if not attempts_left:
                    raise

    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


def _force_login(self: Client, user: User, backend: str | None = None) -> None:
    """Sign in as the real sign-in does: it writes down how and when somebody proved who they are."""
    _plain_force_login(self, user, backend)
    session = self.session
    now = time.time()
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session["account_authentication_methods"] = [
        {"method": "password", "at": now, "email": user.email},
        {"method": "mfa", "at": now, "type": "webauthn"},
    ]
    sign_in.begin(session, roles_of(User(pk=user.pk)))
    session.save()


_plain_force_login = Client.force_login
Client.force_login = _force_login  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _media_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _keys_of_the_test(settings: Any) -> None:
    settings.CONCERN_KEYS = CONCERN_KEYS


@pytest.fixture(autouse=True)
def _pages_are_made_anew(settings: Any, request: pytest.FixtureRequest) -> None:
    """Tests move the clock about, which kept pages do not notice; those about keeping keep."""
    if "pages_are_kept" not in request.fixturenames:
        nothing = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
        pages = settings.CACHES["pages"] | nothing
        settings.CACHES = settings.CACHES | {"pages": pages}


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """The language of a test's last page would stay on for the next test."""
    translation.activate("en-gb")


@pytest.fixture
def pages_are_kept() -> Iterator[None]:
    caches["pages"].clear()
    yield
    caches["pages"].clear()


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def now() -> dt.datetime:
    """A Tuesday in summer time at 5pm in Derby, passed in wherever the clock matters."""
    return dt.datetime(2019, 5, 14, 17, 0, tzinfo=LONDON)
