"""Links that were mailed work like passwords, so the log does not keep them."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    (handler,) = (h for h in logging.getLogger().handlers if h.filters)
    monkeypatch.setattr(handler, "stream", stream)
    return stream


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/account/confirm-email/{}/", "/account/password/reset/key/{}/"]
)
def test_refused_pages_are_named_without_their_key(address: str, log: io.StringIO) -> None:
    answer = Client(enforce_csrf_checks=True).post(address.format("1-s3cret-key"))
    assert answer.status_code == 403
    said = f"Forbidden (CSRF cookie not set.): {address.format('...')}"
    assert log.getvalue().rstrip().endswith(said)


@pytest.mark.parametrize(
    ("message", "arguments", "said"),
    [
        ("%s left", (3,), "3 left"),
        ("Gone: %s", ("/account/password/reset/done/",), "Gone: /account/password/reset/done/"),
        ("Gone: %s", ("/sessions/1/",), "Gone: /sessions/1/"),
    ],
)
def test_all_else_is_said_as_it_was(
    log: io.StringIO, message: str, arguments: tuple[Any, ...], said: str
) -> None:
    logging.getLogger("portal").warning(message, *arguments)
    assert log.getvalue().rstrip().endswith(f"WARNING portal: {said}")


NAME = "Quillonius"


def fail(what: str) -> None:
    if what == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [NAME])
    if what == "chain":
        try:
            raise ValueError(NAME)
        except ValueError as error:
            raise RuntimeError(NAME) from error
    raise OperationalError("connection refused")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("database", ["psycopg.errors.InvalidTextRepresentation", "django.db.utils.DataError"]),
        ("chain", ["builtins.ValueError", "builtins.RuntimeError"]),
        ("machine", ["django.db.utils.OperationalError: connection refused"]),
    ],
)
def test_errors_say_what_and_where_and_not_what_somebody_typed(
    log: io.StringIO, what: str, said: list[str]
) -> None:
    try:
        with transaction.atomic():
            fail(what)
    except Exception:
        logging.getLogger("portal").exception("It broke")
    told = log.getvalue()
    lines = told.splitlines()
    assert lines[0].endswith("ERROR portal: It broke")
    assert [line for line in lines if line in said] == said
    assert "in fail" in told
    assert NAME not in told


def test_a_job_that_failed_says_its_name_and_its_errors_kind(log: io.StringIO) -> None:
    """Celery puts the words of the error, and its traceback, into the message itself."""
    context = {
        "id": "7",
        "name": "some.task",
        "description": "raised unexpected",
        "exc": repr(NAME),
        "traceback": f"Traceback ... ValueError: {NAME}",
    }
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("celery.app.trace").error(  # noqa: G201 - as Celery does
            "Task %(name)s[%(id)s] %(description)s: %(exc)s\n%(traceback)s",
            context,
            exc_info=True,
        )
    told = log.getvalue()
    assert "Task some.task[7] raised unexpected\n" in told
    assert told.rstrip().endswith("builtins.ValueError")
    assert NAME not in told
