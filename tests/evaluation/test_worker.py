"""Reports by a real worker process, with workers and brokers dying on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from derby_portal.local.binaries import find_valkey
from derby_portal.local.valkey import Valkey
from evaluation.models import Grant, ReportFile, ReportRun, RunStatus, Snapshot
from evaluation.services.reports import request_report
from tests import factories, worker

pytestmark = pytest.mark.django_db(transaction=True)

# A worker is given up quickly here, so that the tests need not wait for long.
QUICK = {
    "REPORT_HEARTBEAT_SECONDS": "0.3",
    "REPORT_STALE_SECONDS": "3",
    "REPORT_SWEEP_SECONDS": "1",
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey of the test's own, to be killed."""
    valkey = Valkey(tmp_path / "broker", find_valkey(os.environ))
    valkey.start()
    yield valkey
    valkey.process.stop()


@pytest.fixture
def grant() -> Grant:
    grant = factories.make_grant()
    activity = factories.make_activity(programme=grant.programmes.get())
    session = factories.make_session(activity=activity, register_taken_at=timezone.now())
    for _ in range(3):
        factories.make_attendance(session)
    return grant


def ask(grant: Grant) -> ReportRun:
    """A report that was asked for while the broker was away, so that only its row knows."""
    run = request_report(asked=factories.make_asked(grant), by=None, now=timezone.now())
    ReportRun.objects.filter(pk=run.pk).update(queued_at=factories.london(2019, 1, 1))
    return run


@contextmanager
def registers_locked() -> Iterator[None]:
    """Nobody can read a register: a report that is being built stands still in the middle."""
    parameters = connection.get_connection_params() | {
        "user": settings.DATABASE_OWNER_URL["USER"],
        "password": settings.DATABASE_OWNER_URL["PASSWORD"],
    }
    with psycopg.connect(**parameters) as owner:
        owner.execute("LOCK TABLE participants_attendance IN ACCESS EXCLUSIVE MODE")
        yield


def is_in_the_middle(run: ReportRun) -> bool:
    run.refresh_from_db()
    return run.status == RunStatus.RUNNING and run.progress > 0


def is_done(run: ReportRun) -> bool:
    run.refresh_from_db()
    assert run.status != RunStatus.FAILED, run.failure
    return run.status == RunStatus.DONE


def assert_complete_once(run: ReportRun, *, attempts: int) -> None:
    run.refresh_from_db()
    assert (run.status, run.attempts, run.progress) == (RunStatus.DONE, attempts, 100)
    assert Snapshot.objects.count() == 1
    assert sorted(run.files.values_list("format", flat=True)) == ["csv", "pdf", "xlsx"]
    assert ReportFile.objects.count() == 3
    kept = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert '"unique_participants":3' in Snapshot.objects.get().body


def test_a_forgotten_report_is_found_and_built(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=1)


def test_a_worker_killed_in_the_middle_loses_nothing(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    process = worker.Worker(tmp_path / "first", REDIS_URL=broker.url, **QUICK)
    try:
        with registers_locked():
            worker.until(lambda: is_in_the_middle(run), "half a report", words=process.words)
            process.kill()
    finally:
        process.kill()
    with worker.running(tmp_path / "second", REDIS_URL=broker.url, **QUICK) as second:
        worker.until(lambda: is_done(run), "the report", words=second.words)
    assert_complete_once(run, attempts=2)


def test_a_killed_pool_process_loses_nothing(grant: Grant, broker: Valkey, tmp_path: Path) -> None:
    run = ask(grant)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        with registers_locked():
            worker.until(lambda: is_in_the_middle(run), "half a report", words=process.words)
            for pid in process.pool():
                os.kill(pid, signal.SIGKILL)
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=2)


def test_a_broker_killed_in_the_middle_and_started_empty_loses_nothing(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    under_way, waiting = ask(grant), ask(grant)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        with registers_locked():
            worker.until(
                lambda: is_in_the_middle(under_way) or is_in_the_middle(waiting),
                "half a report",
                words=process.words,
            )
            pid = broker.process.pid
            assert pid
            os.kill(pid, signal.SIGKILL)
            worker.until(lambda: not broker.process.running(), "the end of the broker")
            broker.start()
        for run in (under_way, waiting):
            worker.until(lambda run=run: is_done(run), "both reports", words=process.words)
    assert Snapshot.objects.count() == 1  # the same data has the same hash
    assert ReportFile.objects.count() == 6
    assert sum(ReportRun.objects.values_list("attempts", flat=True)) == 2
