"""Gives every test run PostgreSQL and Valkey, whoever starts it: make, an editor or pytest alone.

Loaded with `-p tests.plugin`, because the settings read the addresses before any conftest is.
"""

import os
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from derby_portal.local import services, testing
from derby_portal.local.errors import LocalError

ROOT = Path(__file__).resolve().parents[1]
_running = services.Services()


# A wrapper goes before every plain hook, and so before pytest-django loads the settings.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start what the environment has no address for; xdist's workers inherit the addresses."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not early_config.known_args_namespace.help:
        _start()
    os.environ["REDIS_URL"] = _own_database(
        os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", "")
    )
    return (yield)


def _own_database(url: str, worker: str) -> str:
    """The address of a broker that no other process of xdist takes jobs from."""
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def _start() -> None:
    global _running  # noqa: PLW0603 - one run, one set of services
    try:
        _running = testing.start(ROOT, lambda _: None, os.environ)
    except LocalError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.update(_running.environment)


def pytest_unconfigure() -> None:
    """Stop what was started here; does nothing in xdist's workers."""
    _running.stop()
