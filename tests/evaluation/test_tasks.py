"""Queueing: after the commit, and never in the way of who asks."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from evaluation import tasks


@pytest.mark.django_db
def test_a_run_is_queued_after_the_commit(
    monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.build_report, "apply_async", lambda args, **_: sent.extend(args))
    run_id = uuid.uuid4()
    with django_capture_on_commit_callbacks() as callbacks:
        tasks.queue_report(run_id)
    assert sent == []
    callbacks[0]()
    assert sent == [str(run_id)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("queue", "task"),
    [(tasks.queue_report, tasks.build_report), (tasks.queue_extract, tasks.make_extract)],
    ids=["report", "extract"],
)
def test_a_message_lasts_longer_than_clocks_are_wrong(
    queue: Any, task: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[float] = []
    monkeypatch.setattr(task, "apply_async", lambda _, expires: sent.append(expires))
    with django_capture_on_commit_callbacks(execute=True):
        queue(uuid.uuid4())
    assert sent == [3600.0]


# A reminder is sent anew whenever its message is heeded: those of an hour must not be sent at once.
MAILS_EACH_TIME = {"remind-of-urgent-concerns": 900, "remind-of-unread-concerns": 3600}


def test_what_beat_sends_lasts_longer_than_clocks_are_wrong() -> None:
    lasts = {
        name: entry["options"]["expires"]
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if "options" in entry
    }
    assert lasts.keys() >= {"sweep-report-runs", "sweep-extracts", "sweep-imports"}
    assert lasts == dict.fromkeys(lasts, 3600.0) | MAILS_EACH_TIME


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_does_not_stop_who_asks(monkeypatch: Any) -> None:
    def refuse(args: tuple[str], expires: float) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.build_report, "apply_async", refuse)
    with transaction.atomic():
        tasks.queue_report(uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_is_given_up_in_moments() -> None:
    from derby_portal.celery import app

    began = time.monotonic()
    with (
        pytest.raises(OperationalError),
        app.connection_for_write("redis://127.0.0.1:1/0") as connection,
    ):
        tasks.build_report.apply_async((str(uuid.uuid4()),), connection=connection)
    assert time.monotonic() - began < 10
