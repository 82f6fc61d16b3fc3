"""Reports as trust staff see them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import Grant, ReportRun, RunStatus, Snapshot
from evaluation.reports.snapshot import freeze
from evaluation.services import reports
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant(name="Life skills")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    return client


@pytest.fixture
def finished(grant: Grant) -> ReportRun:
    """A finished run, built in the test's own transaction."""
    from evaluation.reports.collect import collect

    session = factories.make_session(
        activity=factories.make_activity(programme=grant.programmes.get())
    )
    factories.make_attendance(session)
    body = collect(
        grant,
        grant.starts_on,
        grant.ends_on,
        now=timezone.now(),
        progress=lambda *_: None,
    )
    frozen = freeze(body)
    run = ReportRun.objects.create(
        grant=grant,
        first_day=grant.starts_on,
        last_day=grant.ends_on,
        status=RunStatus.DONE,
        progress=100,
        finished_at=timezone.now(),
        snapshot=Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text),
    )
    for format_, content in reports.render_files(body, reports.envelope_of(run)).items():
        reports._store(run, format_, content)
    return run


def choices(grant: Grant, more: dict[str, str] | None = None) -> dict[str, str]:
    return {"grant": str(grant.pk), "first_day": "2018-09-25", "last_day": "2019-07-13"} | (
        more or {}
    )


def test_the_form_offers_the_grants_own_period(staff: Client, grant: Grant) -> None:
    page = staff.get(reverse("evaluation:report_list")).content.decode()
    assert 'value="2018-09-25"' in page
    assert 'value="2019-07-13"' in page
    assert "No report has been built yet" in page


def test_asking_makes_a_run_and_queues_it(
    staff: Client, grant: Grant, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[UUID] = []
    monkeypatch.setattr("evaluation.views.staff.queue_report", queued.append)
    response = staff.post(reverse("evaluation:report_list"), choices(grant))
    run = ReportRun.objects.get()
    assert response["Location"] == reverse("evaluation:report_detail", kwargs={"pk": run.pk})
    assert queued == [run.pk]
    assert (run.first_day, run.last_day) == (dt.date(2018, 9, 25), dt.date(2019, 7, 13))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"last_day": "2018-09-24"}, "The last day lies before the first."),
        (
            {"first_day": "2018-01-01", "last_day": "2018-09-24"},
            "there is nothing to report before it",
        ),
        ({"first_day": "yesterday"}, "Type a date such as 13/07/2019."),
        ({"last_day": "9999-12-31"}, "Choose a date between 2018 and 2099."),
        ({"first_day": "0001-01-01"}, "Choose a date between 2018 and 2099."),
        ({"grant": "999"}, "Select a valid choice"),
        ({"grant": ""}, "This field is required."),
    ],
)
def test_a_wrong_choice_is_explained(
    staff: Client, grant: Grant, change: dict[str, str], message: str
) -> None:
    response = staff.post(reverse("evaluation:report_list"), choices(grant, change))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not ReportRun.objects.exists()


def test_a_finished_report_is_a_page(staff: Client, finished: ReportRun) -> None:
    page = staff.get(
        reverse("evaluation:report_detail", kwargs={"pk": finished.pk})
    ).content.decode()
    assert "Internal, exact" in page
    assert "Young people reached" in page
    assert AuditEntry.objects.get().kind == AuditKind.REPORT_READ


@pytest.mark.parametrize(("format_", "start"), [("pdf", b"%PDF-"), ("xlsx", b"PK"), ("csv", b"")])
def test_downloading_is_written_down(
    staff: Client, finished: ReportRun, format_: str, start: bytes
) -> None:
    response = staff.get(
        reverse("evaluation:report_file", kwargs={"pk": finished.pk, "format": format_})
    )
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert content.startswith(start)
    assert len(content) == finished.files.get(format=format_).size
    assert (
        f'filename="life-skills_2018-09-25_2019-07-13.{format_}"' in response["Content-Disposition"]
    )
    assert "no-store" in response["Cache-Control"]
    entry = AuditEntry.objects.exclude(kind=AuditKind.ALERT_RAISED).get()
    assert (entry.kind, entry.object_id, entry.reason) == (
        AuditKind.REPORT_EXPORTED,
        finished.pk,
        format_,
    )


def test_a_file_that_is_gone_says_so(staff: Client, finished: ReportRun) -> None:
    finished.files.get(format="pdf").file.delete(save=False)
    address = reverse("evaluation:report_file", kwargs={"pk": finished.pk, "format": "pdf"})
    assert staff.get(address).status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("format_", ["exe", "PDF", "html", "pdf%00", "%00", "..%2F"])
def test_there_are_no_other_files(staff: Client, finished: ReportRun, format_: str) -> None:
    address = reverse("evaluation:report_detail", kwargs={"pk": finished.pk})
    assert staff.get(f"{address}{format_}/").status_code == 404


def make_run(grant: Grant, **fields: Any) -> ReportRun:
    return ReportRun.objects.create(
        grant=grant, first_day=grant.starts_on, last_day=grant.ends_on, **fields
    )


def test_progress_tells_how_far_it_is(staff: Client, grant: Grant) -> None:
    run = make_run(grant, status=RunStatus.RUNNING, progress=42, step="Counting: by hub")
    page = staff.get(reverse("evaluation:report_progress", kwargs={"pk": run.pk})).content.decode()
    assert "42 % Counting: by hub" in page
    whole = staff.get(reverse("evaluation:report_detail", kwargs={"pk": run.pk})).content.decode()
    assert "42 % Counting: by hub" in whole


def test_progress_ends_with_a_fresh_page(staff: Client, finished: ReportRun) -> None:
    response = staff.get(reverse("evaluation:report_progress", kwargs={"pk": finished.pk}))
    assert (response["HX-Refresh"], response.content) == ("true", b"")


def test_a_failed_report_says_what_to_do(staff: Client, grant: Grant) -> None:
    run = make_run(grant, status=RunStatus.FAILED, failure="OSError: the worker's log says more.")
    page = staff.get(reverse("evaluation:report_detail", kwargs={"pk": run.pk})).content.decode()
    assert "could not be built" in page
    assert "Nothing was lost" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    staff: Client, grant: Grant, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_run(grant, requested_by=factories.make_user())
    with django_assert_num_queries(8):
        page = staff.get(reverse("evaluation:report_list")).content.decode()
    assert page.count('"report-run ') == rows


@pytest.mark.parametrize("sort", ["requested_at", "-report", "status", "-requested_by", "nonsense"])
def test_the_list_sorts_and_keeps_its_page(staff: Client, grant: Grant, sort: str) -> None:
    for _ in range(21):
        make_run(grant)
    first = staff.get(reverse("evaluation:report_list"), {"sort": sort}).content.decode()
    last = staff.get(
        reverse("evaluation:report_list"), {"sort": sort, "page": "99"}
    ).content.decode()
    assert (first.count('"report-run '), last.count('"report-run ')) == (20, 1)


def test_a_strange_report_is_not_found(staff: Client) -> None:
    some_id = UUID("00000000-0000-4000-8000-000000000000")
    assert staff.get(reverse("evaluation:report_detail", kwargs={"pk": some_id})).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
@pytest.mark.parametrize("name", ["report_detail", "report_progress"])
def test_other_roles_never_see_a_report(
    client: Client, finished: ReportRun, role: Role, name: str
) -> None:
    client.force_login(factories.make_user(role))
    response = client.get(reverse(f"evaluation:{name}", kwargs={"pk": finished.pk}))
    assert response.status_code == 403
    assert b"Young people reached" not in response.content
