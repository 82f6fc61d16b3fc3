"""A row is one worker's at a time, by the database's clock."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

import jobs
from evaluation.models import ReportRun, RunStatus
from evaluation.services.reports import WORK
from tests import factories

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=2)


@pytest.fixture
def run() -> ReportRun:
    grant = factories.make_grant()
    return ReportRun.objects.create(grant=grant, first_day=grant.starts_on, last_day=grant.ends_on)


def silent_for(run: ReportRun, *, seconds: float, **fields: Any) -> None:
    heard = timezone.now() - settings.REPORT_STALE_AFTER - dt.timedelta(seconds=seconds)
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=heard, queued_at=heard, **fields)


def test_a_claim_is_one_workers(run: ReportRun) -> None:
    mine = jobs.claim(WORK, run.pk)
    assert mine
    assert (mine.status, mine.attempts, mine.step) == (RunStatus.RUNNING, 1, "Starting")
    assert jobs.claim(WORK, run.pk) is None
    assert jobs.mine(WORK, mine).exists()


def test_of_many_at_once_one_gets_it(transactional_db: None, run: ReportRun) -> None:
    together = threading.Barrier(6)

    def take() -> None:
        together.wait()
        taken.append(jobs.claim(WORK, run.pk))
        connection.close()

    taken: list[ReportRun | None] = []
    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in taken if each] == [run]


def test_what_is_silent_too_long_is_taken_over(run: ReportRun) -> None:
    first = jobs.claim(WORK, run.pk)
    assert first
    silent_for(run, seconds=-5)
    assert jobs.claim(WORK, run.pk) is None
    silent_for(run, seconds=5)
    second = jobs.claim(WORK, run.pk)
    assert second
    assert (second.attempts, jobs.mine(WORK, first).exists()) == (2, False)


@pytest.mark.parametrize("shift", [HOURS, -HOURS], ids=["ahead", "behind"])
def test_this_workers_own_clock_plays_no_part(
    shift: dt.timedelta, run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + shift)
    assert jobs.claim(WORK, run.pk)
    assert jobs.claim(WORK, run.pk) is None
    assert jobs.free_forsaken(WORK) == []
    run.refresh_from_db()
    assert run.heartbeat_at
    assert abs(run.heartbeat_at - now()) < dt.timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", now)
    silent_for(run, seconds=5)
    monkeypatch.setattr(timezone, "now", lambda: now() + shift)
    assert jobs.free_forsaken(WORK) == [run.pk]
    run.refresh_from_db()
    assert abs(run.queued_at - now()) < dt.timedelta(minutes=1)


def test_what_was_tried_too_often_is_taken_by_nobody(run: ReportRun) -> None:
    silent_for(run, seconds=5, attempts=WORK.most_attempts)
    assert jobs.claim(WORK, run.pk) is None
    assert list(jobs.worn_out(WORK)) == [run]


def test_sweepers_at_once_free_a_row_once(transactional_db: None, run: ReportRun) -> None:
    silent_for(run, seconds=5)
    together = threading.Barrier(4)

    def sweep() -> None:
        together.wait()
        freed.extend(jobs.free_forsaken(WORK))
        connection.close()

    freed: list[Any] = []
    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert freed == [run.pk]
