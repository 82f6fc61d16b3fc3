"""A report is asked for, built and published once, whoever asks and whoever dies."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Role, RoleGrant
from evaluation.models import Grant, ReportFile, ReportFormat, ReportRun, RunStatus, Snapshot
from evaluation.reports.render import RENDERERS
from evaluation.services.reports import (
    WORK,
    build_report,
    building,
    cancel_report,
    queue_forsaken_runs,
    request_report,
    retry_report,
)
from tests import factories

NOW = factories.london(2020, 1, 1)
FORMATS = [each.value for each in ReportFormat if each in RENDERERS]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant()


@pytest.fixture
def run(grant: Grant) -> ReportRun:
    return request_report(asked=factories.make_asked(grant), by=None, now=NOW)


def claim(run: ReportRun, **fields: Any) -> None:
    """Another worker took the run."""
    values = {"status": RunStatus.RUNNING, "claim": uuid.uuid4(), "heartbeat_at": timezone.now()}
    ReportRun.objects.filter(pk=run.pk).update(**(values | fields))


def kept_files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_building_publishes_snapshot_and_files(run: ReportRun, settings: Any) -> None:
    assert build_report(run.pk) is True
    run.refresh_from_db()
    assert (run.status, run.progress, run.attempts, run.claim) == (RunStatus.DONE, 100, 1, None)
    assert run.snapshot is not None
    about = json.loads(run.snapshot.body)["about"]
    assert (about["first_day"], about["last_day"]) == ("2018-09-25", "2019-07-13")
    assert {file.format for file in run.files.all()} == set(FORMATS)
    assert {file.format: file.size for file in run.files.all()} == {
        path.suffix[1:]: path.stat().st_size for path in kept_files(settings)
    }


def test_building_again_changes_nothing(run: ReportRun) -> None:
    build_report(run.pk)
    before = (ReportRun.objects.values().get(), list(ReportFile.objects.values()))
    assert build_report(run.pk) is False
    assert (ReportRun.objects.values().get(), list(ReportFile.objects.values())) == before


def test_an_unknown_run_is_nobodys_business() -> None:
    assert build_report(uuid.uuid4()) is False


def test_a_run_in_other_hands_is_left_alone(run: ReportRun) -> None:
    claim(run)
    assert build_report(run.pk) is False
    assert not Snapshot.objects.exists()


def test_a_run_whose_worker_died_is_taken_over(run: ReportRun, settings: Any) -> None:
    claim(
        run,
        attempts=1,
        heartbeat_at=timezone.now() - settings.REPORT_STALE_AFTER - dt.timedelta(seconds=1),
    )
    assert build_report(run.pk) is True
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.DONE, 2)


def test_two_runs_on_the_same_data_share_one_snapshot(grant: Grant) -> None:
    for later in (0, 1):
        run = request_report(
            asked=factories.make_asked(grant),
            by=None,
            now=NOW + dt.timedelta(days=later),
        )
        build_report(run.pk)
    assert Snapshot.objects.count() == 1
    assert ReportFile.objects.count() == 2 * len(FORMATS)


def test_a_worker_that_lost_its_claim_publishes_nothing(
    run: ReportRun, settings: Any, monkeypatch: Any
) -> None:
    original = building.render_files

    def lose_the_claim(*args: Any) -> Any:
        claim(run)
        return original(*args)

    monkeypatch.setattr(building, "render_files", lose_the_claim)
    assert build_report(run.pk) is False
    run.refresh_from_db()
    assert (run.status, run.snapshot) == (RunStatus.RUNNING, None)
    assert not ReportFile.objects.exists()
    assert kept_files(settings) == []


def test_files_do_not_outlive_a_failure(run: ReportRun, settings: Any, monkeypatch: Any) -> None:
    original = building.store

    def full_at_the_second(run: ReportRun, format_: Any, content: bytes, **more: Any) -> ReportFile:
        if kept_files(settings):
            raise OSError("No space left on device")
        return original(run, format_, content, **more)

    monkeypatch.setattr(building, "store", full_at_the_second)
    with pytest.raises(OSError, match="No space"):
        build_report(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert run.failure.startswith("Its files could not be kept.")
    assert f"under {run.pk} (OSError)" in run.failure
    assert kept_files(settings) == []
    assert not Snapshot.objects.exists()


def test_what_a_dead_worker_left_on_the_disk_is_written_over(run: ReportRun, settings: Any) -> None:
    default_storage.save(f"reports/{run.pk}.pdf", ContentFile(b"half a rep"))
    assert build_report(run.pk) is True
    assert len(kept_files(settings)) == len(FORMATS)
    assert run.files.get(format="pdf").size > 1_000


def test_a_lost_database_leaves_the_run_to_the_sweeper(run: ReportRun, monkeypatch: Any) -> None:
    def gone(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(building, "collect", gone)
    with pytest.raises(OperationalError):
        build_report(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING


def test_figures_are_of_one_moment(run: ReportRun, monkeypatch: Any) -> None:
    """An attendance that is written while a report is read is in all of its tables or in none."""
    session = factories.make_session(
        activity=factories.make_activity(programme=run.grant.programmes.get())
    )
    factories.make_attendance(session)
    original = building.collect

    def one_more_meanwhile(*args: Any, **kwargs: Any) -> Any:
        told = kwargs["progress"]

        def progress(percent: int, step: str) -> None:
            if percent > 10 and not done.is_set():
                done.set()
                thread = threading.Thread(target=add)
                thread.start()
                thread.join()
            told(percent, step)

        def add() -> None:
            factories.make_attendance(session)
            connection.close()

        done = threading.Event()
        return original(*args, **(kwargs | {"progress": progress}))

    monkeypatch.setattr(building, "collect", one_more_meanwhile)
    build_report(run.pk)
    run.refresh_from_db()
    assert run.snapshot is not None
    body = json.loads(run.snapshot.body)
    assert body["figures"]["attendances"] == 1
    assert body["row_counts"]["marks"] == 1


@pytest.fixture
def stale() -> dt.datetime:
    return timezone.now() - dt.timedelta(minutes=10)


def test_the_sweeper_queues_what_was_forgotten(run: ReportRun, stale: dt.datetime) -> None:
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(queued_at=stale)
    assert queue_forsaken_runs(now=now) == [run.pk]
    assert queue_forsaken_runs(now=now) == []


def test_the_sweeper_frees_what_a_dead_worker_held(run: ReportRun, stale: dt.datetime) -> None:
    claim(run, heartbeat_at=stale, attempts=1)
    assert queue_forsaken_runs(now=timezone.now()) == [run.pk]
    run.refresh_from_db()
    assert (run.status, run.claim, run.attempts) == (RunStatus.QUEUED, None, 1)


def test_the_sweeper_leaves_the_living_alone(run: ReportRun) -> None:
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(queued_at=now)
    assert queue_forsaken_runs(now=now) == []
    claim(run)
    assert queue_forsaken_runs(now=now) == []
    ReportRun.objects.filter(pk=run.pk).update(
        status=RunStatus.FAILED, queued_at=factories.london(2019, 1, 1)
    )
    assert queue_forsaken_runs(now=now) == []


def test_a_run_that_kills_its_workers_is_given_up(run: ReportRun, stale: dt.datetime) -> None:
    claim(run, heartbeat_at=stale, attempts=WORK.most_attempts)
    assert queue_forsaken_runs(now=timezone.now()) == []
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "given up" in run.failure
    assert build_report(run.pk) is False


# --- Rights, again -------------------------------------------------------------------------------
def test_rights_are_checked_again_when_it_is_built(grant: Grant) -> None:
    user = factories.make_user(Role.TRUST_STAFF)
    run = request_report(asked=factories.make_asked(grant), by=user, now=NOW)
    RoleGrant.objects.filter(user=user).delete()
    assert build_report(run.pk) is False
    run.refresh_from_db()
    assert (run.status, run.failure) == (RunStatus.FAILED, building.NOT_ALLOWED)
    assert not Snapshot.objects.exists()


def test_one_who_still_may_is_enough(grant: Grant, quick: None) -> None:
    gone, stays = (factories.make_user(Role.TRUST_STAFF) for _ in range(2))
    asked = factories.make_asked(grant)
    run = request_report(asked=asked, by=gone, now=NOW)
    assert request_report(asked=asked, by=stays, now=NOW) == run
    RoleGrant.objects.filter(user=gone).delete()
    assert build_report(run.pk) is True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written in no time: what is in them plays no part."""
    monkeypatch.setattr(building, "render_files", lambda *_: {ReportFormat.CSV: b"1"})


# --- Stopped -------------------------------------------------------------------------------------
def test_a_query_that_is_under_way_is_broken_off(
    grant: Grant, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    user = factories.make_user(Role.TRUST_STAFF)
    run = request_report(asked=factories.make_asked(grant), by=user, now=NOW)
    under_way = threading.Event()

    def for_ever(*args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            under_way.set()
            cursor.execute("SELECT pg_sleep(120)")
        raise AssertionError("nobody broke it off")

    def stop() -> None:
        under_way.wait(30)
        cancel_report(run=run, by=user, now=timezone.now())
        stopped.append(time.monotonic())
        connection.close()

    stopped: list[float] = []
    monkeypatch.setattr(building, "collect", for_ever)
    thread = threading.Thread(target=stop)
    thread.start()
    assert build_report(run.pk) is False
    thread.join()
    assert time.monotonic() - stopped[0] < 10
    run.refresh_from_db()
    assert (run.status, run.claim, run.snapshot) == (RunStatus.CANCELLED, None, None)
    # The connection is as good as new.
    assert connection.is_usable()
    assert kept_files(settings) == []


def test_stopped_at_the_last_moment_nothing_is_published(
    grant: Grant, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    user = factories.make_user(Role.TRUST_STAFF)
    run = request_report(asked=factories.make_asked(grant), by=user, now=NOW)

    def stopped_meanwhile(*_: Any) -> Any:
        cancel_report(run=run, by=user, now=timezone.now())
        return {ReportFormat.CSV: b"1"}

    monkeypatch.setattr(building, "render_files", stopped_meanwhile)
    assert build_report(run.pk) is False
    run.refresh_from_db()
    assert (run.status, run.snapshot) == (RunStatus.CANCELLED, None)
    assert not Snapshot.objects.exists()
    assert kept_files(settings) == []


def test_one_that_was_stopped_and_asked_for_again_is_built_by_one_worker_only(
    grant: Grant, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that had it finds that the row is another's by now, though it runs again."""
    user = factories.make_user(Role.TRUST_STAFF)
    run = request_report(asked=factories.make_asked(grant), by=user, now=NOW)
    freeze = building.freeze

    def another_meanwhile(body: Any) -> Any:
        monkeypatch.setattr(building, "freeze", freeze)
        cancel_report(run=run, by=user, now=timezone.now())
        assert retry_report(run=run, by=user, now=NOW) == run
        assert build_report(run.pk) is True
        return freeze(body)

    monkeypatch.setattr(building, "freeze", another_meanwhile)
    assert build_report(run.pk) is False
    run.refresh_from_db()
    assert (run.status, run.attempts, run.files.count()) == (RunStatus.DONE, 1, 1)
