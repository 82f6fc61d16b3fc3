"""The heart writes while the work goes on, and finds out when the row was lost."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.db import OperationalError, connection

import jobs
from evaluation.models import ReportRun, RunStatus
from evaluation.services.reports import WORK
from tests import factories, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(settings: Any) -> ReportRun:
    settings.REPORT_HEARTBEAT = dt.timedelta(seconds=0.1)
    grant = factories.make_grant()
    made = ReportRun.objects.create(grant=grant, first_day=grant.starts_on, last_day=grant.ends_on)
    claimed = jobs.claim(WORK, made.pk)
    assert claimed
    return claimed


def lose(run: ReportRun) -> None:
    ReportRun.objects.filter(pk=run.pk).update(status=RunStatus.CANCELLED, claim=None)


def test_news_and_heartbeats_reach_the_row(run: ReportRun) -> None:
    first = ReportRun.objects.get(pk=run.pk).heartbeat_at

    def has_heard() -> bool:
        row = ReportRun.objects.get(pk=run.pk)
        return (row.progress, row.step) == (42, "Counting") and row.heartbeat_at != first

    with jobs.heartbeat(WORK, run) as beat:
        beat.tell(progress=42, step="Counting")
        worker.until(has_heard, "the news", seconds=10)


def test_whoever_tells_of_lost_work_is_told_so(run: ReportRun) -> None:
    with jobs.heartbeat(WORK, run) as beat:
        lose(run)
        worker.until(beat.lost.is_set, "the heart to find out", seconds=10)
        with pytest.raises(jobs.ClaimLostError):
            beat.tell(progress=43, step="Counting")
    assert ReportRun.objects.get(pk=run.pk).progress == 0


def test_a_statement_is_broken_off_where_that_was_asked_for(run: ReportRun) -> None:
    def work() -> None:
        with jobs.heartbeat(WORK, run, breaks_off=True), connection.cursor() as cursor:
            lose(run)
            cursor.execute("SELECT pg_sleep(60)")

    began = time.monotonic()
    with pytest.raises(jobs.ClaimLostError):
        work()
    assert time.monotonic() - began < 20
    assert ReportRun.objects.count() == 1


def test_and_not_elsewhere(run: ReportRun) -> None:
    with jobs.heartbeat(WORK, run) as beat, connection.cursor() as cursor:
        lose(run)
        worker.until(beat.lost.is_set, "the heart to find out", seconds=10)
        cursor.execute("SELECT pg_sleep(0.5)")


def test_trouble_of_the_works_own_is_passed_on(run: ReportRun) -> None:
    with pytest.raises(OperationalError, match="own"), jobs.heartbeat(WORK, run, breaks_off=True):
        raise OperationalError("own")
