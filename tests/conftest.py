"""What every test stands on: a real database, used with the rights of web and workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.signals import connection_created

from derby_portal.database_roles import grant_application_role

LONDON = ZoneInfo("Europe/London")


def _become_application(connection: DatabaseWrapper, **kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{settings.DATABASE_APPLICATION_USER}"')


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The owner makes the test database; every test then has the application's rights only.

    A missing grant, or one too many, so shows in the tests and not first in production.
    """
    with django_db_blocker.unblock():
        grant_application_role(connection)
        connection.close()
        connection_created.connect(_become_application)
        yield
        connection_created.disconnect(_become_application)
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner() -> Iterator[None]:
    """Emptying the tables after a transactional test is the owner's business."""
    original = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            try:
                return original(self, sql_list)
            finally:
                cursor.execute(f'SET ROLE "{settings.DATABASE_APPLICATION_USER}"')

    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _media_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def now() -> dt.datetime:
    """A Tuesday in summer time at 5pm in Derby, passed in wherever the clock matters."""
    return dt.datetime(2019, 5, 14, 17, 0, tzinfo=LONDON)
