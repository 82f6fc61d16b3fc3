"""What the database says while a report is built: gone, or there and lacking something."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from evaluation.models import ReportFile, ReportRun, RunStatus, Snapshot
from evaluation.services.reports import build_report, building, request_report, retry_report
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run() -> ReportRun:
    asked = factories.make_asked(factories.make_grant())
    return request_report(asked=asked, by=None, now=factories.london(2020, 1, 1))


def asking(monkeypatch: pytest.MonkeyPatch, *statements: str) -> None:
    """Ask the real database for these in place of figures."""

    def collect(*args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    monkeypatch.setattr(building, "collect", collect)


def says(sqlstate: str) -> str:
    """The server itself raises an error, and lives on."""
    return f"DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '{sqlstate}'; END $$"


@pytest.mark.parametrize(
    ("statements", "words", "name"),
    [
        ([says("53100")], "The database's disk is full.", "DiskFull"),
        ([says("53200")], "The database ran out of memory.", "OutOfMemory"),
        (
            [says("53400")],
            "The database may not take as much room as the figures need.",
            "ConfigurationLimitExceeded",
        ),
        (
            ["SET LOCAL statement_timeout = 50", "SELECT pg_sleep(5)"],
            "The database broke a query off, most likely because it took too long.",
            "QueryCanceled",
        ),
        (
            [says("58030")],
            "The figures could not be put together.",
            "OperationalError",
        ),
    ],
    ids=["disk", "memory", "room", "time", "other"],
)
def test_a_database_that_is_there_fails_the_run_with_its_reason(
    statements: list[str],
    words: str,
    name: str,
    run: ReportRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        asking(patched, *statements)
        with pytest.raises(OperationalError):
            build_report(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.claim) == (RunStatus.FAILED, 1, None)
    log = f"Whoever runs the portal finds the reason in the worker's log under {run.pk}"
    assert run.failure == f"{words} {log} ({name})."
    assert not Snapshot.objects.exists()
    assert not ReportFile.objects.exists()
    staff = factories.make_user(Role.TRUST_STAFF)
    client = Client()
    client.force_login(staff)
    page = client.get(reverse("evaluation:report_detail", kwargs={"pk": run.pk}))
    assert "Try again" in page.content.decode()
    assert retry_report(run=run, by=staff, now=timezone.now()) == run
    assert build_report(run.pk) is True


@pytest.mark.parametrize(
    "statement",
    ["SELECT pg_terminate_backend(pg_backend_pid())", says("57P03"), says("08006"), says("40P01")],
    ids=["ended", "starting", "broken", "deadlock"],
)
def test_a_database_that_went_away_leaves_the_run_to_the_sweeper(
    statement: str, run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(monkeypatch, statement)
    with pytest.raises(OperationalError):
        build_report(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.failure) == (RunStatus.RUNNING, 1, "")
    assert run.claim is not None
