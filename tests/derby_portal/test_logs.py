"""Links that were mailed work like passwords, so the log does not keep them."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
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
