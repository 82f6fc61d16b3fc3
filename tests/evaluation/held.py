"""The portal's Celery application as a test's worker runs it: held at a stage, with a wrong clock.

`HELD_AT` names a stage of a report; a worker that comes to it waits for an advisory lock, which the
test holds. `CLOCK_AHEAD` shifts the worker's clock, in seconds, and that by which it judges and dates
messages; beat keeps the right one, as on a machine of its own. `FILES_UP_TO` is the size, in bytes,
above which writing one of a report's files fails as on a full disk. The portal itself knows nothing
of these.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from celery.signals import celeryd_init, worker_process_init
from django.utils import timezone

from derby_portal.celery import app

__all__ = ["HOLD", "STAGES", "app"]

HOLD = 0x4E_1D
# Stage: a function of the module that builds or tells, and whether to hold before or after it.
STAGES: dict[str, tuple[str, str, bool]] = {
    "claimed": ("building", "asked_of", True),
    "collecting": ("building", "collect", True),
    "freezing": ("building", "freeze", True),
    "rendering": ("building", "render_files", True),
    "storing": ("building", "store", False),
    "before the commit": ("building", "_publish", False),
    "after the commit": ("building", "_finish", False),
    "after the mail": ("telling", "send_mail", False),
}

_ahead = dt.timedelta(seconds=float(os.environ.get("CLOCK_AHEAD", "0")))
_right_now = timezone.now
# Before any model takes it for a default.
timezone.now = lambda: _right_now() + _ahead


class _WrongClock(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return dt.datetime.now(tz) + _ahead


@celeryd_init.connect
def put_the_clock_wrong(**_: Any) -> None:
    """In the worker alone, before its pool is forked: what judges messages and what dates them."""
    import kombu.transport.redis
    from celery.worker import request

    right_now, right_time = app.now, time.time
    request.datetime = _WrongClock
    app.now = lambda: right_now() + _ahead
    kombu.transport.redis.time = lambda: right_time() + _ahead.total_seconds()


@worker_process_init.connect
def prepare(**_: Any) -> None:
    from evaluation.services.reports import building, telling

    if stage := os.environ.get("HELD_AT"):
        where, name, is_before = STAGES[stage]
        module = {"building": building, "telling": telling}[where]
        setattr(module, name, _held(getattr(module, name), is_before=is_before))
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
