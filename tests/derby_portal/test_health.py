"""Each part tried on the real thing, up and down."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import OperationalError, connection
from kombu import Queue

from derby_portal import health
from derby_portal.celery import app as portal

DEAD = "redis://127.0.0.1:1/0"


def celery_on(broker: str) -> Celery:
    """An application of two queues whose workers nobody else's questions or messages reach."""
    app, name = Celery("health", broker=broker), uuid4()
    app.conf.update(
        control_exchange=f"health-{name}",
        task_queues=[Queue(f"quick-{name}"), Queue(f"slow-{name}")],
        broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        worker_hijack_root_logger=False,
    )
    return app


@contextmanager
def silent_server() -> Iterator[str]:
    """Something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def broker() -> str:
    return settings.CELERY_BROKER_URL


@pytest.mark.django_db
def test_database_up() -> None:
    assert health.database_answers()


@pytest.mark.django_db
def test_database_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert not health.database_answers()


def test_broker_up() -> None:
    assert health.broker_answers()


@pytest.mark.parametrize("address", [DEAD, "unix:///nowhere/to/be.found"])
def test_broker_down(settings: object, address: str) -> None:
    settings.REDIS_URL = address  # type: ignore[attr-defined]
    assert not health.broker_answers()


def test_broker_that_never_answers_is_given_up_soon(settings: object) -> None:
    with silent_server() as address:
        settings.REDIS_URL = address  # type: ignore[attr-defined]
        began = time.monotonic()
        assert not health.broker_answers()
        assert time.monotonic() - began < 1


def test_workers_that_answer(broker: str) -> None:
    """Long before the time is over, since both queues are served."""
    app = celery_on(broker)
    began = time.monotonic()
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="CRITICAL"):
        assert health.served_queues(app, timeout=60) == set(app.amqp.queues)
    assert time.monotonic() - began < 50


def test_a_queue_that_no_worker_takes_from_is_told(broker: str) -> None:
    app = celery_on(broker)
    quick, _slow = app.amqp.queues
    options: dict[str, Any] = {"pool": "solo", "perform_ping_check": False, "loglevel": "CRITICAL"}
    with start_worker(app, queues=[quick], **options):
        assert health.served_queues(app, timeout=3) == {quick}


def test_the_queues_that_are_told_of_are_those_of_the_portal() -> None:
    assert {health.WORKER, health.REPORTS} == set(portal.amqp.queues)


def test_no_worker_is_told_in_time(broker: str) -> None:
    began = time.monotonic()
    assert not health.served_queues(celery_on(broker))
    assert time.monotonic() - began < 1.5


def test_worker_behind_a_dead_broker() -> None:
    began = time.monotonic()
    assert not health.served_queues(celery_on(DEAD))
    assert time.monotonic() - began < 1.5


def test_workers_are_not_asked_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    clock = [100.0]

    def ask(app: Celery) -> frozenset[str]:
        asked.append(clock[0])
        return frozenset(["celery"] if len(asked) % 2 == 1 else [])

    monkeypatch.setattr(health, "served_queues", ask)
    monkeypatch.setattr(health.time, "monotonic", lambda: clock[0])
    watch = health.WorkerWatch(celery_on(DEAD), remember_for=10)
    seen = []
    for second in (100.0, 105.0, 109.9, 110.0, 115.0):
        clock[0] = second
        seen.append(bool(watch.served()))
    assert seen == [True, True, True, False, False]
    assert asked == [100.0, 110.0]
    watch.forget()
    assert watch.served()


@pytest.mark.django_db
def test_without_a_broker_workers_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "broker_answers", lambda: False)
    monkeypatch.setattr(health, "served_queues", lambda _: pytest.fail("asked"))
    assert health.health() == health.Health(
        database=True, broker=False, worker=False, reports=False
    )
