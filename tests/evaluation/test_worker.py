"""Reports by real worker processes, with everything dying on the way that can.

Each ends complete exactly once, or failed with a reason and a button to try again.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from accounts.models import Role, User
from derby_portal.celery import app as celery
from derby_portal.local.binaries import find_postgres, find_valkey
from derby_portal.local.postgres import APPLICATION, DATABASE, OWNER, Postgres
from derby_portal.local.valkey import Valkey
from evaluation import tasks
from evaluation.models import Grant, ReportFile, ReportFormat, ReportRun, RunStatus, Snapshot
from evaluation.reports.render import RENDERERS
from evaluation.services.reports import (
    build_report,
    cancel_report,
    request_report,
    retry_report,
)
from tests import factories, worker
from tests.evaluation.held import HOLD, STAGES

pytestmark = pytest.mark.django_db(transaction=True)

# A worker is given up quickly here, so that the tests need not wait for long.
QUICK = {
    "REPORT_HEARTBEAT_SECONDS": "0.3",
    "REPORT_STALE_SECONDS": "3",
    "REPORT_SWEEP_SECONDS": "1",
}
HELD = "tests.evaluation.held"
# Stages at which the report is published, so that nothing but the mail is left.
OVER = {"after the commit", "after the mail"}
FORMATS = [each.value for each in ReportFormat if each in RENDERERS]


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


def ask(grant: Grant, *, by: User | None = None, **more: Any) -> ReportRun:
    """A report that was asked for while the broker was away, so that only its row knows."""
    asked = factories.make_asked(grant, **more)
    run = request_report(asked=asked, by=by, now=timezone.now())
    ReportRun.objects.filter(pk=run.pk).update(queued_at=factories.london(2019, 1, 1))
    return run


def as_owner() -> dict[str, Any]:
    return connection.get_connection_params() | {
        "user": settings.DATABASE_OWNER_URL["USER"],
        "password": settings.DATABASE_OWNER_URL["PASSWORD"],
    }


@contextmanager
def registers_locked(parameters: dict[str, Any] | None = None) -> Iterator[None]:
    """Nobody can read a register: a report that is being built stands still in the middle."""
    with psycopg.connect(**(parameters or as_owner())) as owner:
        owner.execute("LOCK TABLE participants_attendance IN ACCESS EXCLUSIVE MODE")
        yield


class Hold:
    """Workers stop at their stage as long as this lasts."""

    def __init__(self, link: psycopg.Connection[Any]) -> None:
        self.link = link
        link.execute("SELECT pg_advisory_lock(%s)", [HOLD])

    def stands(self) -> bool:
        """Whether a worker stands at its stage."""
        query = (
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return self.link.execute(query, [HOLD]).fetchone() is not None

    def go_on(self) -> None:
        self.link.execute("SELECT pg_advisory_unlock(%s)", [HOLD])


@contextmanager
def held() -> Iterator[Hold]:
    with psycopg.connect(**as_owner(), autocommit=True) as link:
        yield Hold(link)


def succeeded(words: str, task: str) -> int:
    """How often a worker's log says that it came to the end of a task."""
    return len(re.findall(rf"Task evaluation\.tasks\.{task}\[\S+\] succeeded", words))


def is_in_the_middle(run: ReportRun) -> bool:
    run.refresh_from_db()
    return run.status == RunStatus.RUNNING and run.progress > 0


def is_done(run: ReportRun) -> bool:
    run.refresh_from_db()
    assert run.status != RunStatus.FAILED, run.failure
    return run.status == RunStatus.DONE


def kept_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def assert_complete_once(run: ReportRun, *, attempts: int) -> None:
    run.refresh_from_db()
    assert (run.status, run.attempts, run.progress) == (RunStatus.DONE, attempts, 100)
    assert Snapshot.objects.count() == 1
    assert sorted(run.files.values_list("format", flat=True)) == sorted(FORMATS)
    assert {path.name: path.stat().st_size for path in kept_files()} == {
        Path(each.file.name or "").name: each.size for each in ReportFile.objects.all()
    }
    assert '"unique_participants":3' in Snapshot.objects.get().body


def test_a_forgotten_report_is_found_and_built(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=1)


# --- The worker dies -----------------------------------------------------------------------------
def send(task: Any, broker: Valkey, *arguments: str) -> None:
    """Send a message to the test's own broker."""
    address = broker.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    with celery.connection_for_write(address) as link:
        task.apply_async(arguments, connection=link)


def mails(folder: Path) -> list[str]:
    """What workers that were told of the folder sent, a file for each mail."""
    return [each.read_text() for each in folder.glob("*.log")] if folder.exists() else []


def is_told(run: ReportRun) -> bool:
    return not run.requests.filter(told_at=None).exists()


def killed_at(stage: str, run: ReportRun, folder: Path, **env: str) -> None:
    """A worker dies at a stage of a report, its beat with it."""
    process = worker.Worker(folder, app=HELD, HELD_AT=stage, **env)
    try:
        with held() as hold:
            worker.until(hold.stands, f"a worker that is {stage}", words=process.words)
            process.kill()
    finally:
        process.kill()
    is_over = stage in OVER
    run.refresh_from_db()
    assert run.status == (RunStatus.DONE if is_over else RunStatus.RUNNING)
    # Nobody sees a snapshot or a file of a report that is not finished.
    assert ReportFile.objects.count() == (len(FORMATS) if is_over else 0)
    assert not is_told(run)


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_at_any_stage_loses_nothing(
    stage: str, grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant, by=factories.make_user(Role.TRUST_STAFF))
    folder = tmp_path / "mails"
    # The folder begins with a slash of its own, which the address needs beside its three.
    env = {"REDIS_URL": broker.url, "EMAIL_URL": f"filemail:///{folder}", **QUICK}
    killed_at(stage, run, tmp_path / "first", **env)
    assert len(mails(folder)) == (stage == "after the mail")
    with worker.running(tmp_path / "second", **env) as process:
        if stage in OVER:
            # What beat sends every five minutes.
            send(tasks.tell_of_reports, broker)
        worker.until(lambda: is_done(run), "the report", words=process.words)
        worker.until(lambda: is_told(run), "the mail", words=process.words)
    assert_complete_once(run, attempts=1 if stage in OVER else 2)
    # At least once: who died before writing down that it was sent sends it again, nobody else.
    assert len(mails(folder)) == (2 if stage == "after the mail" else 1)
    for mail in mails(folder):
        assert "Your report is ready" in mail
        assert reverse("evaluation:report_detail", kwargs={"pk": run.pk}) in mail


def test_a_killed_pool_process_loses_nothing(grant: Grant, broker: Valkey, tmp_path: Path) -> None:
    run = ask(grant)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        with registers_locked():
            worker.until(lambda: is_in_the_middle(run), "half a report", words=process.words)
            for pid in process.pool():
                os.kill(pid, signal.SIGKILL)
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=2)


# --- The broker dies -----------------------------------------------------------------------------
def _killed(broker: Valkey) -> None:
    pid = broker.process.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    worker.until(lambda: not broker.process.running(), "the end of the broker")
    broker.start()


def _emptied(broker: Valkey) -> None:
    with Redis.from_url(broker.url) as client:
        client.flushall()


@pytest.mark.parametrize("trouble", [_killed, _emptied], ids=["killed", "emptied"])
def test_a_broker_that_forgets_everything_loses_nothing(
    trouble: Callable[[Valkey], None], grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    under_way, waiting = ask(grant), ask(grant, last_day=grant.ends_on - dt.timedelta(days=1))
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        with registers_locked():
            worker.until(
                lambda: is_in_the_middle(under_way) or is_in_the_middle(waiting),
                "half a report",
                words=process.words,
            )
            trouble(broker)
        for run in (under_way, waiting):
            worker.until(lambda run=run: is_done(run), "both reports", words=process.words)
    assert ReportFile.objects.count() == len(kept_files()) == 2 * len(FORMATS)
    assert sum(ReportRun.objects.values_list("attempts", flat=True)) == 2


# --- The database dies ---------------------------------------------------------------------------
@pytest.fixture
def postgres(grant: Grant, tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL of the test's own with a copy of everything, to be restarted."""
    programs = find_postgres(os.environ)
    tools = [programs.folder / "pg_dump", programs.folder / "psql"]
    if not all(tool.exists() for tool in tools):
        pytest.skip("NOT TESTED: PostgreSQL restarted in mid-report; pg_dump or psql is missing.")
    own = Postgres(tmp_path / "state", programs, lambda _: None)
    own.start()
    yield own
    own.process.stop()


def _as_owner_of(own: Postgres) -> dict[str, Any]:
    password = urlsplit(own.url(OWNER)).password
    return {"host": str(own.sockets), "user": OWNER, "password": password, "dbname": DATABASE}


def _copy_everything(own: Postgres) -> None:
    there = _as_owner_of(own)
    here = as_owner()
    dump = [own.programs.folder / "pg_dump", "--no-password", f"--dbname={here['dbname']}"]
    read = [own.programs.folder / "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"]
    dumped = subprocess.run(dump, env=_libpq(here), capture_output=True, check=True)
    restored = subprocess.run(
        read, env=_libpq(there), input=dumped.stdout, capture_output=True, check=False
    )
    assert restored.returncode == 0, restored.stderr.decode()


def _libpq(parameters: dict[str, Any]) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
             "dbname": "PGDATABASE"}  # fmt: skip
    own = {name: str(parameters[key]) for key, name in names.items() if parameters.get(key)}
    return {**os.environ, **own}


def test_a_database_restarted_in_mid_report_loses_nothing(
    grant: Grant, postgres: Postgres, broker: Valkey, tmp_path: Path
) -> None:
    ask(grant)
    _copy_everything(postgres)
    # What the test's own database holds plays no part any more.
    there = _as_owner_of(postgres)
    addresses = {
        "DATABASE_URL": postgres.url(APPLICATION),
        "DATABASE_OWNER_URL": postgres.url(OWNER),
        "REDIS_URL": broker.url,
    }

    def look() -> tuple[Any, ...]:
        query = "SELECT status, progress, attempts, failure FROM evaluation_reportrun"
        with psycopg.connect(**there) as link:
            row: tuple[Any, ...] = link.execute(query).fetchone() or ()
        return row

    with worker.running(tmp_path / "worker", **addresses, **QUICK) as process:
        # The lock, and the link it was taken over, go with the server.
        with suppress(psycopg.OperationalError), registers_locked(there):
            worker.until(lambda: look()[:2] > ("running", 0), "half a report", words=process.words)
            postgres.process.stop()
        postgres.start()
        worker.until(lambda: look()[0] in {"done", "failed"}, "the report", words=process.words)
    assert look() == ("done", 100, 2, "")
    with psycopg.connect(**there) as link:
        counted = link.execute(
            "SELECT (SELECT count(*) FROM evaluation_snapshot),"
            " (SELECT count(*) FROM evaluation_reportfile)"
        ).fetchone()
    assert counted == (1, len(FORMATS))
    assert len(kept_files()) == len(FORMATS)


# --- The disk is full ----------------------------------------------------------------------------
def test_a_full_disk_leaves_nothing_behind_and_a_button(
    grant: Grant, broker: Valkey, tmp_path: Path, client: Client
) -> None:
    run = ask(grant)
    # The kernel refuses to write more than this of a file, in the middle of it: no such rights
    # are needed as for a disk that is really full.
    full = {"FILES_UP_TO": "6000", "REDIS_URL": broker.url}

    def is_over() -> bool:
        run.refresh_from_db()
        return run.is_finished

    with worker.running(tmp_path / "worker", app=HELD, **full, **QUICK) as process:
        worker.until(is_over, "the failure", words=process.words)
        assert "File too large" in process.words()
    assert (run.status, run.attempts, run.claim) == (RunStatus.FAILED, 1, None)
    assert run.failure.startswith("Its files could not be kept.")
    assert not Snapshot.objects.exists()
    assert not ReportFile.objects.exists()
    assert kept_files() == []
    staff = factories.make_user(Role.TRUST_STAFF)
    client.force_login(staff)
    address = reverse("evaluation:report_detail", kwargs={"pk": run.pk})
    assert "Try again" in client.get(address).content.decode()
    assert retry_report(run=run, by=staff, now=timezone.now()) == run
    assert build_report(run.pk) is True
    assert_complete_once(run, attempts=1)


# --- Two at once ---------------------------------------------------------------------------------
def test_two_workers_given_the_same_run_build_it_once(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    ReportRun.objects.filter(pk=run.pk).update(queued_at=timezone.now())

    env = {"REDIS_URL": broker.url, "HELD_AT": "claimed", "REPORT_SWEEP_SECONDS": "1"}
    with (
        held() as hold,
        worker.running(tmp_path / "one", app=HELD, **env) as one,
        worker.running(tmp_path / "two", app=HELD, **env) as two,
    ):

        def words() -> str:
            return one.words() + two.words()

        for _ in range(2):
            send(tasks.build_report, broker, str(run.pk))
        worker.until(hold.stands, "one that has it", words=words)
        # The other one, and nobody else, can take this message, and lets it be.
        worker.until(lambda: succeeded(words(), "build_report"), "the other one", words=words)
        run.refresh_from_db()
        assert (run.status, run.attempts) == (RunStatus.RUNNING, 1)
        hold.go_on()
        worker.until(lambda: is_done(run), "the report", words=words)
    assert_complete_once(run, attempts=1)


# --- Stopped -------------------------------------------------------------------------------------
def test_stopping_frees_the_worker_within_moments(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    staff = factories.make_user(Role.TRUST_STAFF)
    # The query that waits for this lock would wait for ever.
    with (
        registers_locked(),
        worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process,
    ):
        worker.until(lambda: is_in_the_middle(run), "half a report", words=process.words)
        cancel_report(run=run, by=staff, now=timezone.now())
        worker.until(
            lambda: "was stopped, or taken over" in process.words(),
            "the worker to give up",
            seconds=15,
            words=process.words,
        )
    run.refresh_from_db()
    assert (run.status, run.snapshot, kept_files()) == (RunStatus.CANCELLED, None, [])


# --- Clocks --------------------------------------------------------------------------------------
def test_a_worker_whose_clock_is_ahead_heeds_what_beat_sends(
    grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    run = ask(grant)
    wrong = {"CLOCK_AHEAD": "600", "REDIS_URL": broker.url, **QUICK}
    with worker.running(tmp_path / "worker", app=HELD, **wrong) as process:
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=1)


def test_a_worker_whose_clock_is_ahead_heeds_what_the_web_sends(
    grant: Grant, broker: Valkey, tmp_path: Path, monkeypatch: Any
) -> None:
    run = ask(grant)
    # Nothing but the message can bring the worker to it.
    wrong = {"CLOCK_AHEAD": "600", "REDIS_URL": broker.url, "REPORT_SWEEP_SECONDS": "3600"}
    original = tasks.build_report.apply_async
    address = broker.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    with celery.connection_for_write(address) as link:
        to_the_broker = partial(original, connection=link)
        monkeypatch.setattr(tasks.build_report, "apply_async", to_the_broker)
        tasks.queue_report(run.pk)
    with worker.running(tmp_path / "worker", app=HELD, **wrong) as process:
        worker.until(lambda: is_done(run), "the report", words=process.words)
    assert_complete_once(run, attempts=1)


@pytest.mark.parametrize("ahead", ["3000", "-3000"], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_wrong_neither_steals_nor_starves(
    ahead: str, grant: Grant, broker: Valkey, tmp_path: Path
) -> None:
    wrong = {"CLOCK_AHEAD": ahead, "REDIS_URL": broker.url, **QUICK}
    run = ask(grant)
    with held() as hold:
        right = worker.Worker(
            tmp_path / "right", app=HELD, HELD_AT="collecting", REDIS_URL=broker.url, **QUICK
        )
        try:
            worker.until(hold.stands, "one that has it", words=right.words)
            with worker.running(tmp_path / "wrong", app=HELD, **wrong) as other:
                worker.until(
                    lambda: succeeded(other.words(), "sweep_report_runs") >= 3,
                    "the other one to look for what is forsaken",
                    words=other.words,
                )
                run.refresh_from_db()
                assert (run.status, run.attempts) == (RunStatus.RUNNING, 1)
                right.kill()
                # Its heart has stopped, and the one with the wrong clock finds that out.
                worker.until(lambda: is_done(run), "the report", words=other.words)
        finally:
            right.kill()
    assert_complete_once(run, attempts=2)
