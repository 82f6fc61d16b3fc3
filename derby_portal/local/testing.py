"""The services and settings that checks and tests run with."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from . import folders, services
from .errors import BusyError

MOST_AT_ONCE = 16


def start(
    root: Path, report: Callable[[str], None], environ: Mapping[str, str]
) -> services.Services:
    """Start throwaway services below `root`/.local, in a folder that no other run is using.

    Their `environment` holds everything that the settings need besides the addresses; what
    `environ` already sets is left as it is.
    """
    for number in range(1, MOST_AT_ONCE + 1):
        state = root / ".local" / ("test" if number == 1 else f"test-{number}")
        try:
            running = services.start(state, report, environ=environ, durable=False)
        except BusyError:
            continue
        folders.make(state)
        running.environment = settings(state, environ) | running.environment
        return running
    raise BusyError(f"{MOST_AT_ONCE} test runs are using {root / '.local'} already.")


def settings(state: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What the settings read from the environment, for tests."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "derby_portal.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CONCERN_KEYS": folders.random_key(),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
        # Test databases are made by the owner; the tests then sign in as the application.
        "DATABASE_ROLE": "owner",
        # Test clients and the browser of the journeys speak plain HTTP on the loopback address.
        "DEMO": "1",
        "COLLECTED_STATIC": "0",
        "MEDIA_ROOT": str(state / "media"),
    }
    return {name: environ.get(name) or value for name, value in defaults.items()}
