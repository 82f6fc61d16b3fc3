"""Gives every test run PostgreSQL and Valkey, whoever starts it: make, an editor or pytest alone.

Loaded with `-p tests.plugin`, because the settings read the addresses before any conftest is.
"""

import os
from collections.abc import Generator
from pathlib import Path

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
    return (yield)


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
