"""The portal's Celery application as a test's worker runs it: held at a stage, with a wrong clock.

`HELD_AT` names a stage of a report; a worker that comes to it waits for an advisory lock, which the
test holds. `CLOCK_AHEAD` shifts the worker's clock, in seconds. `FILES_UP_TO` is the size, in
bytes, above which writing one of a report's files fails as on a full disk. The portal itself knows
nothing of these.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from celery.signals import worker_process_init
from django.utils import timezone

from derby_portal.celery import app

__all__ = ["HOLD", "STAGES", "app"]

HOLD = 0x4E_1D
# Stage: the function of the module that builds, and whether to hold before it or after it.
STAGES: dict[str, tuple[str, bool]] = {
    "claimed": ("asked_of", True),
    "collecting": ("collect", True),
    "freezing": ("freeze", True),
    "rendering": ("render_files", True),
    "storing": ("store", False),
    "before the commit": ("_publish", False),
    "after the commit": ("_finish", False),
}

_ahead = dt.timedelta(seconds=float(os.environ.get("CLOCK_AHEAD", "0")))
_right_now = timezone.now
# Before any model takes it for a default.
timezone.now = lambda: _right_now() + _ahead


@worker_process_init.connect
def prepare(**_: Any) -> None:
    from evaluation.services.reports import building

    if stage := os.environ.get("HELD_AT"):
        name, is_before = STAGES[stage]
        setattr(building, name, _held(getattr(building, name), is_before=is_before))
    if limit := os.environ.get("FILES_UP_TO"):
        building.store = _limited(building.store, int(limit))  # type: ignore[assignment]


def _held(function: Callable[..., Any], *, is_before: bool) -> Callable[..., Any]:
    def held(*args: Any, **kwargs: Any) -> Any:
        if is_before:
            _wait()
        result = function(*args, **kwargs)
        if not is_before:
            _wait()
        return result

    return held


def _wait() -> None:
    from django.db import connection

    # A connection of its own: it leaves the report's transaction alone.
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as link:
        link.execute("SELECT pg_advisory_lock(%s)", [HOLD])


def _limited(function: Callable[..., Any], limit: int) -> Callable[..., Any]:
    def limited(*args: Any, **kwargs: Any) -> Any:
        with _small_files(limit):
            return function(*args, **kwargs)

    return limited


@contextmanager
def _small_files(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
