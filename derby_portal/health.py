"""Whether the parts that the portal stands on answer, each told apart, in under two seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import Error, connection
from kombu.exceptions import KombuError
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from derby_portal.celery import app

BROKER_TIMEOUT = 0.4
WORKER_TIMEOUT = 0.8
# What takes quick work from the queue "celery", and what makes reports.
WORKER, REPORTS = "celery", "reports"


@dataclass(frozen=True)
class Health:
    """Which parts answer. The web server does, or nobody would read this."""

    database: bool
    broker: bool
    worker: bool
    reports: bool

    @property
    def can_serve(self) -> bool:
        """Pages need the database only; without broker or workers mails and reports wait."""
        return self.database

    @property
    def status(self) -> str:
        """Return "ok", "degraded" or "down"."""
        if not self.can_serve:
            return "down"
        return "ok" if self.broker and self.worker and self.reports else "degraded"


def database_answers() -> bool:
    """Whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def broker_answers() -> bool:
    """Whether Redis or Valkey answers, tried once."""
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=BROKER_TIMEOUT,
        socket_connect_timeout=BROKER_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


class _AllServedError(Exception):
    """No further answer is needed."""


def served_queues(celery: Celery, timeout: float = WORKER_TIMEOUT) -> frozenset[str]:
    """The queues that some worker takes work from; a busy worker answers too.

    Once each queue of the application is served no further answer is waited for, so that only an
    absent worker takes the whole `timeout` (seconds).
    """
    wanted, served = set(celery.amqp.queues), set[str]()

    def listen(answer: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        served.update(queue["name"] for queues in answer.values() for queue in queues)
        if wanted <= served:
            raise _AllServedError

    options = {
        **celery.conf.broker_transport_options,
        "socket_timeout": BROKER_TIMEOUT,
        "socket_connect_timeout": BROKER_TIMEOUT,
        "max_retries": 0,
    }
    with (
        suppress(_AllServedError, KombuError, RedisError, OSError),
        celery.connection_for_write(transport_options=options) as link,
    ):
        celery.control.broadcast(
            "active_queues", reply=True, timeout=timeout, callback=listen, connection=link
        )
    return frozenset(served)


class WorkerWatch:
    """Remembers for some seconds which queues are served, so that nobody can flood the workers.

    Kept in this process and not in the cache: the cache is one of the things that can be down.
    """

    def __init__(self, celery: Celery, remember_for: float = 10.0) -> None:
        """Watch the workers of an application; `remember_for` in seconds."""
        self._celery = celery
        self._remember_for = remember_for
        self._lock = Lock()
        self._asked_at: float | None = None
        self._served: frozenset[str] = frozenset()

    def served(self) -> frozenset[str]:
        """The queues that were served when last asked."""
        with self._lock:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at >= self._remember_for:
                self._served = served_queues(self._celery)
                self._asked_at = now
            return self._served

    def forget(self) -> None:
        """Ask again next time."""
        with self._lock:
            self._asked_at = None


worker_watch = WorkerWatch(app)


def health() -> Health:
    """Ask every part. Workers are reached through the broker and are down without it."""
    broker = broker_answers()
    served = worker_watch.served() if broker else frozenset[str]()
    return Health(
        database=database_answers(),
        broker=broker,
        worker=WORKER in served,
        reports=REPORTS in served,
    )
