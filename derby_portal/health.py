"""Whether the parts that the portal stands on answer, each told apart, in under two seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

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


@dataclass(frozen=True)
class Health:
    """Which parts answer. The web server does, or nobody would read this."""

    database: bool
    broker: bool
    worker: bool

    @property
    def can_serve(self) -> bool:
        """Pages need the database only; without broker or worker reports wait."""
        return self.database

    @property
    def status(self) -> str:
        """Return "ok", "degraded" or "down"."""
        if not self.can_serve:
            return "down"
        return "ok" if self.broker and self.worker else "degraded"


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


def worker_answers(celery: Celery, timeout: float = WORKER_TIMEOUT) -> bool:
    """Whether at least one worker answers a ping; a busy one does too.

    The first answer is enough, so that only an absent worker takes the whole `timeout` (seconds).
    """
    options = {
        **celery.conf.broker_transport_options,
        "socket_timeout": BROKER_TIMEOUT,
        "socket_connect_timeout": BROKER_TIMEOUT,
        "max_retries": 0,
    }
    try:
        with celery.connection_for_write(transport_options=options) as link:
            answers = celery.control.broadcast(
                "ping", reply=True, timeout=timeout, limit=1, connection=link
            )
    except (KombuError, RedisError, OSError):
        return False
    return bool(answers)


class WorkerWatch:
    """Remembers for some seconds whether a worker answered, so that nobody can flood them.

    Kept in this process and not in the cache: the cache is one of the things that can be down.
    """

    def __init__(self, celery: Celery, remember_for: float = 10.0) -> None:
        """Watch the workers of an application; `remember_for` in seconds."""
        self._celery = celery
        self._remember_for = remember_for
        self._lock = Lock()
        self._asked_at: float | None = None
        self._answered = False

    def answers(self) -> bool:
        """Whether a worker answered when last asked."""
        with self._lock:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at >= self._remember_for:
                self._answered = worker_answers(self._celery)
                self._asked_at = now
            return self._answered

    def forget(self) -> None:
        """Ask again next time."""
        with self._lock:
            self._asked_at = None


worker_watch = WorkerWatch(app)


def health() -> Health:
    """Ask every part. Workers are reached through the broker and are down without it."""
    broker = broker_answers()
    return Health(
        database=database_answers(), broker=broker, worker=broker and worker_watch.answers()
    )
