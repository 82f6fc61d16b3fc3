"""Reports as staff see them: asked for, watched, read, stopped, tried again, by quarter."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Programme
from evaluation.models import (
    Audience,
    Grant,
    ReportFormat,
    ReportRun,
    ReportSchedule,
    RunStatus,
    Snapshot,
)
from evaluation.reports.collect import collect
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import freeze
from evaluation.services.reports import envelope_of, files
from hubs.models import Hub
from tests import factories

pytestmark = pytest.mark.django_db

FORMATS = [each.value for each in ReportFormat if each in RENDERERS]
READERS = {Role.TRUST_STAFF, Role.EVALUATOR, Role.COORDINATOR, Role.HUB_LEAD}


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant(name="Life skills")


@pytest.fixture
def programme(grant: Grant) -> Programme:
    return grant.programmes.get()


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Normanton")


@pytest.fixture
def trust() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, trust: User) -> Client:
    client.force_login(trust)
    return client


def as_hub(client: Client, *hubs: Hub, role: Role = Role.COORDINATOR) -> User:
    user = factories.make_user(role, hubs=hubs)
    client.force_login(user)
    return user


def make_run(grant: Grant | None, **fields: Any) -> ReportRun:
    hubs = fields.pop("hubs", ())
    programmes = fields.pop("programmes", None)
    days = {"first_day": dt.date(2018, 9, 25), "last_day": dt.date(2019, 7, 13)}
    run = ReportRun.objects.create(grant=grant, **(days | fields))
    run.programmes.set(programmes or (grant.programmes.all() if grant else ()))
    run.hubs.set(hubs)
    return run


@pytest.fixture
def finished(grant: Grant, programme: Programme) -> ReportRun:
    """A finished run, built in the test's own transaction, without its files."""
    session = factories.make_session(activity=factories.make_activity(programme=programme))
    factories.make_attendance(session)
    asked = factories.make_asked(grant)
    frozen = freeze(collect(asked, now=timezone.now(), progress=lambda *_: None))
    snapshot = Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text)
    return make_run(
        grant,
        status=RunStatus.DONE,
        progress=100,
        finished_at=timezone.now(),
        snapshot=snapshot,
        fingerprint=asked.fingerprint,
    )


def address(name: str, run: ReportRun, **more: Any) -> str:
    return reverse(f"evaluation:{name}", kwargs={"pk": run.pk} | more)


LIST = "/reports/"


# --- The form ------------------------------------------------------------------------------------
def choices(grant: Grant, **more: Any) -> dict[str, Any]:
    return {
        "what": f"grant:{grant.pk}",
        "period": "whole",
        "audience": "internal",
        "wants_mail": "on",
    } | more


def test_asking_makes_a_run_and_queues_it(
    staff: Client, grant: Grant, hub: Hub, trust: User, monkeypatch: Any
) -> None:
    queued: list[UUID] = []
    monkeypatch.setattr("evaluation.views.staff.queue_report", queued.append)
    shape = factories.make_report_template()
    more = {"hubs": [hub.pk], "audience": "funder", "template": shape.pk}
    response = staff.post(LIST, choices(grant, **more))
    run = ReportRun.objects.get()
    assert response["Location"] == address("report_detail", run)
    assert queued == [run.pk]
    assert (run.first_day, run.last_day) == (grant.starts_on, grant.ends_on)
    assert (run.audience, run.template, list(run.hubs.all())) == ("funder", shape, [hub])
    assert [(each.asked_by, each.wants_mail) for each in run.requests.all()] == [(trust, True)]


def test_no_mail_where_none_is_wanted(staff: Client, grant: Grant) -> None:
    staff.post(LIST, {key: value for key, value in choices(grant).items() if key != "wants_mail"})
    assert not ReportRun.objects.get().requests.get().wants_mail


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("quarter", ("2019-04-01", "2019-05-14")),
        ("last-quarter", ("2019-01-01", "2019-03-31")),
        ("school-year", ("2018-09-01", "2019-05-14")),
        ("whole", ("2018-09-25", "2019-07-13")),
        ("own", ("2019-02-03", "2019-02-04")),
    ],
)
def test_periods_are_chosen_at_a_touch(
    staff: Client, grant: Grant, period: str, days: tuple[str, str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("evaluation.forms.reports.timezone.localdate", lambda: dt.date(2019, 5, 14))
    own = {"first_day": "2019-02-03", "last_day": "2019-02-04"}
    staff.post(LIST, choices(grant, period=period, **own))
    run = ReportRun.objects.get()
    assert (run.first_day.isoformat(), run.last_day.isoformat()) == days


def test_a_programme_without_a_grant(staff: Client, grant: Grant, programme: Programme) -> None:
    staff.post(LIST, choices(grant, what=f"programme:{programme.pk}"))
    run = ReportRun.objects.get()
    assert (run.grant, list(run.programmes.all())) == (None, [programme])
    page = staff.get(address("report_detail", run)).content.decode()
    assert programme.name in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"period": "own", "first_day": "2019-02-03", "last_day": "2019-02-02"},
            "The last day lies before the first.",
        ),
        (
            {"period": "own", "first_day": "2018-01-01", "last_day": "2018-09-24"},
            "there is nothing to report before it",
        ),
        ({"period": "own"}, "Give both dates."),
        ({"period": "own", "first_day": "2019-02-03"}, "Give both dates."),
        ({"period": "own", "first_day": "yesterday"}, "Type a date such as 13/07/2019."),
        ({"first_day": "0001-01-01"}, "Choose a date between 2018 and 2099."),
        ({"period": "always"}, "Select a valid choice"),
        ({"what": "grant:999"}, "Select a valid choice"),
        ({"what": ""}, "This field is required."),
        ({"audience": "everybody"}, "Select a valid choice"),
        ({"hubs": ["999"]}, "Select a valid choice"),
        ({"template": "999"}, "Select a valid choice"),
    ],
)
def test_a_wrong_choice_is_explained(
    staff: Client, grant: Grant, change: dict[str, Any], message: str
) -> None:
    response = staff.post(LIST, choices(grant, **change))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_a_hubs_staff_are_offered_their_own_hubs_and_no_grant(
    client: Client, grant: Grant, programme: Programme, hub: Hub, role: Role
) -> None:
    factories.make_hub(name="Elsewhere")
    as_hub(client, hub, role=role)
    page = client.get(LIST).content.decode()
    assert ("Life skills" in page, "Normanton" in page, "Elsewhere" in page) == (False, True, False)
    asked = choices(
        grant, what=f"programme:{programme.pk}", audience="hub", hubs=[hub.pk], period="whole"
    )
    client.post(LIST, asked)
    assert ReportRun.objects.get().audience == Audience.HUB
    for change in ({"hubs": []}, {"what": f"grant:{grant.pk}"}, {"audience": "internal"}):
        assert client.post(LIST, asked | change).status_code == 422
    assert ReportRun.objects.count() == 1


def test_an_evaluator_is_offered_programmes_and_the_internal_report(
    client: Client, grant: Grant, programme: Programme
) -> None:
    client.force_login(factories.make_user(Role.EVALUATOR))
    asked = choices(grant, what=f"programme:{programme.pk}")
    assert client.post(LIST, asked).status_code == 302
    assert client.post(LIST, choices(grant)).status_code == 422
    assert client.post(LIST, asked | {"audience": "funder"}).status_code == 422


# --- Who sees it ---------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [role for role in Role if role not in READERS])
@pytest.mark.parametrize("name", ["report_detail", "report_progress"])
def test_other_roles_never_see_a_report(
    client: Client, finished: ReportRun, role: Role, name: str
) -> None:
    client.force_login(factories.make_user(role))
    response = client.get(address(name, finished))
    assert response.status_code == 403
    assert b"Life skills" not in response.content


def test_a_hub_sees_its_own_reports_and_no_others(
    client: Client, grant: Grant, programme: Programme, hub: Hub
) -> None:
    other = factories.make_hub()
    hubs_own = {"programmes": [programme], "audience": Audience.HUB}
    own = make_run(None, hubs=[hub], **hubs_own)
    hidden = [
        make_run(grant),
        make_run(None, hubs=[other], **hubs_own),
        make_run(None, hubs=[hub, other], **hubs_own),
        make_run(None, hubs=[hub], programmes=[programme], audience=Audience.INTERNAL),
    ]
    as_hub(client, hub)
    page = client.get(LIST).content.decode()
    assert page.count('"report-run ') == 1
    assert client.get(address("report_detail", own)).status_code == 200
    for run in hidden:
        for name in ("report_detail", "report_progress"):
            assert client.get(address(name, run)).status_code == 404
        for name in ("report_cancel", "report_retry"):
            assert client.post(address(name, run)).status_code == 404
        assert client.get(address("report_file", run, format="pdf")).status_code == 404
    assert not ReportRun.objects.exclude(status=RunStatus.QUEUED).exists()


def test_a_strange_report_is_not_found(staff: Client) -> None:
    some_id = UUID("00000000-0000-4000-8000-000000000000")
    assert staff.get(reverse("evaluation:report_detail", kwargs={"pk": some_id})).status_code == 404


# --- The list ------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    staff: Client,
    grant: Grant,
    programme: Programme,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        user = factories.make_user()
        make_run(grant, requested_by=user, hubs=[factories.make_hub()])
        make_run(None, programmes=[programme], requested_by=user, audience=Audience.HUB)
    with django_assert_num_queries(13):
        page = staff.get(LIST).content.decode()
    assert page.count('"report-run ') == 2 * rows


@pytest.mark.parametrize("sort", ["requested_at", "-report", "status", "-requested_by", "nonsense"])
def test_the_list_sorts_and_keeps_its_page(staff: Client, grant: Grant, sort: str) -> None:
    for _ in range(21):
        make_run(grant)
    first = staff.get(LIST, {"sort": sort}).content.decode()
    last = staff.get(LIST, {"sort": sort, "page": "99"}).content.decode()
    assert (first.count('"report-run '), last.count('"report-run ')) == (20, 1)


def test_the_list_is_narrowed_by_state_and_by_who_asked(staff: Client, grant: Grant) -> None:
    one, other = factories.make_user(), factories.make_user()
    make_run(grant, requested_by=one, status=RunStatus.FAILED)
    make_run(grant, requested_by=other, status=RunStatus.FAILED)
    make_run(grant, requested_by=one)

    def found(**wanted: Any) -> int:
        return staff.get(LIST, wanted).content.decode().count('"report-run ')

    assert found() == 3
    assert found(status="failed") == 2
    assert found(by=one.pk) == 2
    assert found(by=one.pk, status="failed") == 1
    assert found(status="done") == 0
    assert found(status="nonsense") == found(by="x") == 3


# --- One report ----------------------------------------------------------------------------------
def test_a_finished_report_is_a_page(staff: Client, finished: ReportRun) -> None:
    page = staff.get(address("report_detail", finished)).content.decode()
    assert "Young people reached" in page
    assert reverse("releases:begin", kwargs={"pk": finished.pk}) in page
    assert all(address("report_file", finished, format=each) in page for each in FORMATS)
    assert AuditEntry.objects.get().kind == AuditKind.REPORT_READ


def test_only_trust_staff_are_offered_a_release(client: Client, finished: ReportRun) -> None:
    ReportRun.objects.filter(pk=finished.pk).update(grant=None)
    client.force_login(factories.make_user(Role.EVALUATOR))
    page = client.get(address("report_detail", finished)).content.decode()
    assert "Young people reached" in page
    assert "Make a release" not in page


def test_an_evaluator_reads_no_report_with_money(client: Client, finished: ReportRun) -> None:
    client.force_login(factories.make_user(Role.EVALUATOR))
    for name in ("report_detail", "report_progress"):
        assert client.get(address(name, finished)).status_code == 404
    assert client.get(address("report_file", finished, format="pdf")).status_code == 404
    ReportRun.objects.filter(pk=finished.pk).update(grant=None, audience=Audience.FUNDER)
    assert client.get(address("report_detail", finished)).status_code == 404


def test_what_changed_and_earlier_versions_are_shown(staff: Client, finished: ReportRun) -> None:
    earlier = make_run(
        finished.grant,
        status=RunStatus.DONE,
        finished_at=factories.london(2019, 8, 1, 9, 30),
        snapshot=finished.snapshot,
    )
    elsewhere = make_run(
        finished.grant,
        status=RunStatus.DONE,
        finished_at=factories.london(2019, 8, 2),
        snapshot=finished.snapshot,
        hubs=[factories.make_hub()],
    )
    finished.changes = {
        "earlier": str(earlier.pk),
        "earlier_on": "1 August 2019",
        "figures": [{"id": "attendances", "label": "Attendances", "was": 1234, "now": None}],
        "reasons": [{"id": "late_registers", "label": "Registers taken since", "count": 7}],
    }
    finished.save()
    page = staff.get(address("report_detail", finished)).content.decode()
    assert "Since the report before" in page
    assert "<td>1234</td><td>none</td>" in page
    assert "Registers taken since: 7" in page
    assert f'{address("report_detail", earlier)}">Built on 1 August 2019 at 09:30' in page
    assert address("report_detail", elsewhere) not in page


def test_a_snapshot_that_cannot_be_drawn_any_more_says_so(
    staff: Client, finished: ReportRun
) -> None:
    frozen = freeze({"schema": 1})
    finished.snapshot = Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text)
    finished.save()
    page = staff.get(address("report_detail", finished)).content.decode()
    assert "made by an earlier version of the portal" in page
    assert staff.get(address("report_file", finished, format="csv")).status_code == 404


def test_progress_tells_how_far_it_is(staff: Client, grant: Grant) -> None:
    run = make_run(grant, status=RunStatus.RUNNING, progress=42, step="Counting: by hub")
    page = staff.get(address("report_progress", run)).content.decode()
    assert "42 % Counting: by hub" in page
    whole = staff.get(address("report_detail", run)).content.decode()
    assert "42 % Counting: by hub" in whole


def test_progress_ends_with_a_fresh_page(staff: Client, finished: ReportRun) -> None:
    response = staff.get(address("report_progress", finished))
    assert (response["HX-Refresh"], response.content) == ("true", b"")


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_what_broke_off_says_why_and_is_tried_again(
    status: RunStatus, staff: Client, grant: Grant, monkeypatch: Any
) -> None:
    queued: list[UUID] = []
    monkeypatch.setattr("evaluation.views.staff.queue_report", queued.append)
    run = make_run(grant, status=status, failure="Planted reason.", finished_at=timezone.now())
    page = staff.get(address("report_detail", run)).content.decode()
    assert "Planted reason." in page
    assert "Nothing was lost" in page
    assert f'action="{address("report_retry", run)}"' in page
    response = staff.post(address("report_retry", run))
    run.refresh_from_db()
    assert (response["Location"], run.status) == (address("report_detail", run), RunStatus.QUEUED)
    assert queued == [run.pk]


def test_an_evaluator_reads_why_a_report_failed_and_tries_it_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.views.staff.queue_report", lambda _: None)
    client.force_login(factories.make_user(Role.EVALUATOR))
    run = make_run(None, status=RunStatus.FAILED, failure="Planted reason.")
    page = client.get(address("report_detail", run)).content.decode()
    assert ("Planted reason." in page, "Try again" in page) == (True, True)
    assert client.post(address("report_retry", run)).status_code == 302


def test_stopping_it(staff: Client, grant: Grant) -> None:
    run = make_run(grant, status=RunStatus.RUNNING)
    assert (
        f'action="{address("report_cancel", run)}"'
        in staff.get(address("report_detail", run)).content.decode()
    )
    page = staff.post(address("report_cancel", run), follow=True).content.decode()
    assert "This report was stopped" in page
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    page = staff.post(address("report_cancel", run), follow=True).content.decode()
    assert "there is nothing to stop" in page


def test_stopping_what_others_wait_for_as_well(
    client: Client, programme: Programme, hub: Hub
) -> None:
    user = as_hub(client, hub)
    run = make_run(None, programmes=[programme], hubs=[hub], audience=Audience.HUB)
    run.requests.create(asked_by=user)
    run.requests.create(asked_by=factories.make_user(Role.HUB_LEAD, hubs=(hub,)))
    page = client.post(address("report_cancel", run), follow=True).content.decode()
    assert "Others wait for this report as well" in page
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED


# --- Files ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("format_", FORMATS)
def test_downloading_is_written_down(staff: Client, finished: ReportRun, format_: str) -> None:
    response = staff.get(address("report_file", finished, format=format_))
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    # Nothing was kept of it: it is rendered from the snapshot, and kept from now on.
    assert len(content) == finished.files.get(format=format_).size
    body = files.thaw_of(finished.snapshot)  # type: ignore[arg-type]
    assert content == files.render_files(body, envelope_of(finished))[ReportFormat(format_)]
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


def test_there_is_no_file_before_it_is_done(staff: Client, grant: Grant) -> None:
    for status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELLED):
        run = make_run(grant, status=status)
        assert staff.get(address("report_file", run, format="csv")).status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("format_", ["exe", "PDF", "html", "pdf%00", "%00", "..%2F"])
def test_there_are_no_other_files(staff: Client, finished: ReportRun, format_: str) -> None:
    assert staff.get(f"{address('report_detail', finished)}{format_}/").status_code == 404


# --- By quarter ----------------------------------------------------------------------------------
SCHEDULES = "/reports/quarterly/"


def schedule_choices(grant: Grant, **more: Any) -> dict[str, Any]:
    return {"grant": grant.pk, "audience": "internal", "days_after": "7"} | more


def test_a_quarterly_report_is_started_and_ended(staff: Client, trust: User) -> None:
    grant = factories.make_grant(name="Long", ends_on=dt.date(2099, 12, 31))
    page = staff.post(SCHEDULES, schedule_choices(grant), follow=True).content.decode()
    schedule = ReportSchedule.objects.get()
    assert (schedule.grant, schedule.started_by, schedule.days_after) == (grant, trust, 7)
    assert page.count('"schedule-row"') == 1
    end = reverse("evaluation:report_schedule_end", kwargs={"schedule": schedule.pk})
    assert end in page
    page = staff.post(end, follow=True).content.decode()
    assert '"schedule-row"' not in page
    assert "What was built stays" in page


@pytest.mark.parametrize(
    "change", [{"days_after": "0"}, {"days_after": "61"}, {"audience": "hub"}, {"template": "9"}]
)
def test_a_wrong_schedule_is_refused(staff: Client, grant: Grant, change: dict[str, Any]) -> None:
    assert staff.post(SCHEDULES, schedule_choices(grant, **change)).status_code == 422
    assert not ReportSchedule.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_schedules_cost_the_same_however_many(
    staff: Client, trust: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        ReportSchedule.objects.create(grant=factories.make_grant(), started_by=trust)
    with django_assert_num_queries(7):
        page = staff.get(SCHEDULES).content.decode()
    assert page.count('"schedule-row"') == rows
    # Two landmarks of one name would be heard twice.
    assert '<div class="table-scroll" role="group" aria-labelledby="under-way"' in page
    assert "Grants that are over are not offered." in page


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_schedules_are_trust_staffs(client: Client, grant: Grant, trust: User, role: Role) -> None:
    schedule = ReportSchedule.objects.create(grant=grant, started_by=trust)
    client.force_login(factories.make_user(role))
    assert client.get(SCHEDULES).status_code == 403
    end = reverse("evaluation:report_schedule_end", kwargs={"schedule": schedule.pk})
    assert client.post(end).status_code == 403
    schedule.refresh_from_db()
    assert schedule.ended_at is None
