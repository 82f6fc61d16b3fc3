"""The rows behind a figure: the ones that it was made of, for who may see them, under what name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Programme, Session
from evaluation.models import Audience, ReportRun, RunStatus, Snapshot
from evaluation.queries.rows_behind import PAGE
from evaluation.reports.asked import asked_of
from evaluation.reports.collect import collect
from evaluation.reports.snapshot import freeze
from hubs.models import Hub
from participants.models import Participant
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_programme,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
READ_AT = london(2019, 8, 1)
LIVE = "/dashboard/rows/"
MAY = {"first_day": "2019-05-01", "last_day": "2019-05-31"}


@pytest.fixture
def programme() -> Programme:
    return make_programme()


@pytest.fixture
def hub() -> Hub:
    return make_hub(name="Abbey")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def signed_in(*roles: Role, hubs: tuple[Hub, ...] = ()) -> Client:
    return client_of(make_user(*roles, hubs=hubs))


def make_held(programme: Programme, hub: Hub | None, day: int = 14, **fields: Any) -> Session:
    fields = {"register_taken_at": london(2019, 5, day)} | fields
    activity = make_activity(programme=programme, hub=hub)
    return make_session(activity=activity, starts_at=london(2019, 5, day), **fields)


def make_run(
    programme: Programme, *hubs: Hub, audience: str = Audience.INTERNAL, **fields: Any
) -> ReportRun:
    """A finished report of May 2019 with its snapshot, as it is now."""
    run = ReportRun.objects.create(
        first_day=dt.date(2019, 5, 1),
        last_day=dt.date(2019, 5, 31),
        audience=audience,
        read_at=READ_AT,
        **fields,
    )
    run.programmes.set([programme])
    run.hubs.set(hubs)
    body = freeze(collect(asked_of(run), now=READ_AT, progress=lambda _share, _step: None))
    run.snapshot, _ = Snapshot.objects.get_or_create(
        sha256=body.sha256, defaults={"body": body.text}
    )
    run.status, run.finished_at = RunStatus.DONE, READ_AT
    run.save()
    return run


def address(run: ReportRun, table: str, row: object) -> str:
    return f"/dashboard/reports/{run.pk}/{table}/{row}/"


def names(response: Any) -> list[str]:
    return sorted(
        line["known"].name if line["known"] else "short" for line in response.context["lines"]
    )


def test_rows_of_a_report_are_those_that_it_counted(programme: Programme, hub: Hub) -> None:
    other = make_hub(name="Sinfin")
    anna = make_participant(given_name="Anna", family_name="Sample", hub=hub, gender="female")
    ben = make_participant(given_name="Ben", family_name="Sample", hub=hub)
    here, there = make_held(programme, hub, 7), make_held(programme, other, 14)
    make_attendance(here, anna)
    make_attendance(there, anna)
    make_attendance(here, ben, status="absent")
    make_attendance(there, ben)
    make_attendance(make_held(programme, hub, 21))
    run = make_run(programme)
    client = signed_in(Role.TRUST_STAFF)

    page = client.get(address(run, "hub", other.pk))
    assert names(page) == ["Anna Sample", "Ben Sample"]
    assert [line["row"].attendances for line in page.context["lines"]] == [1, 1]
    assert (page.context["frozen"], page.context["differs"]) == (2, False)
    assert "These are the 2 of the report." in page.content.decode()
    assert f"/people/{anna.pk}/" in page.content.decode()

    hours = client.get(address(run, "hub", hub.pk), {"column": "contact_hours"})
    assert (hours.context["total"], hours.context["frozen"]) == ("3.0", "3.0")
    whole = client.get(address(run, "figures", "attendances"))
    assert (whole.context["rows"].count, whole.context["total"]) == (3, "4")
    total = client.get(address(run, "hub", "total"))
    assert (total.context["rows"].count, total.context["frozen"]) == (3, 3)
    by_gender = client.get(address(run, "gender", "female"))
    assert names(by_gender) == ["Anna Sample"]
    new = client.get(address(run, "figures", "new_people"))
    assert (new.context["rows"].count, new.context["differs"]) == (3, False)


def test_sessions_stand_behind_figures_of_sessions(programme: Programme, hub: Hub) -> None:
    held = make_held(programme, hub, 7)
    missing = make_held(programme, hub, 14, register_taken_at=None)
    make_held(programme, hub, 21, cancelled_at=london(2019, 5, 20))
    run = make_run(programme)
    client = signed_in(Role.TRUST_STAFF)
    page = client.get(address(run, "hub", hub.pk), {"column": "session_hours"})
    assert [line["session"] for line in page.context["lines"]] == [held]
    assert (page.context["total"], page.context["differs"]) == ("1.5", False)
    late = client.get(address(run, "figures", "registers_missing"))
    assert [line["session"] for line in late.context["lines"]] == [missing]
    assert f"/sessions/{missing.pk}/register/" in late.content.decode()


def test_it_is_said_where_rows_have_changed_since(programme: Programme, hub: Hub) -> None:
    session = make_held(programme, hub)
    make_attendance(session)
    run = make_run(programme)
    make_attendance(session)
    page = signed_in(Role.TRUST_STAFF).get(address(run, "figures", "unique_participants"))
    assert (page.context["frozen"], page.context["rows"].count) == (1, 2)
    assert "The report says 1; its rows now say 2." in page.content.decode()


def test_people_count_as_they_were_known_and_are_named_as_they_are_now(
    programme: Programme, hub: Hub
) -> None:
    session = make_held(programme, hub)
    first = make_participant(given_name="Anna", family_name="Sample", hub=hub)
    again = make_participant(given_name="Ana", family_name="Sample", hub=hub)
    make_attendance(session, first)
    make_attendance(session, again)
    run = make_run(programme)
    Participant.objects.filter(pk=again.pk).update(merged_into=first)
    page = signed_in(Role.TRUST_STAFF).get(address(run, "figures", "unique_participants"))
    assert names(page) == ["Anna Sample", "Anna Sample"]
    assert page.context["differs"] is False
    live = MAY | {"table": "figures", "row": "unique_participants"}
    assert names(signed_in(Role.TRUST_STAFF).get(LIVE, live)) == ["Anna Sample"]


def test_the_evaluator_reads_names_that_mean_nothing_elsewhere(
    programme: Programme, hub: Hub
) -> None:
    child = make_participant(given_name="Planted", family_name="Name", hub=hub, gender="male")
    session = make_held(programme, hub)
    make_attendance(session, child)
    one, two = make_run(programme), make_run(programme)
    evaluator = signed_in(Role.EVALUATOR)
    pages = [evaluator.get(address(run, "gender", "male")) for run in (one, two)]
    live = evaluator.get(LIVE, MAY | {"table": "figures", "row": "unique_participants"})
    shorts = {page.context["lines"][0]["short"] for page in (*pages, live)}
    assert len(shorts) == 3
    again = evaluator.get(address(one, "gender", "male")).context["lines"][0]["short"]
    assert again == pages[0].context["lines"][0]["short"]
    assert evaluator.get(address(one, "hub", hub.pk)).context["lines"][0]["short"] not in shorts
    for page in (*pages, live):
        assert names(page) == ["short"]
        text = page.content.decode()
        assert "Planted" not in text
        assert str(child.pk) not in text
    sessions = evaluator.get(address(one, "figures", "sessions")).content.decode()
    assert f"/sessions/{session.pk}/" not in sessions


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_a_hubs_staff_see_rows_of_their_own_reports_and_names_of_their_own_people(
    programme: Programme, hub: Hub, role: Role
) -> None:
    other = make_hub(name="Sinfin")
    own = make_participant(given_name="Anna", family_name="Own", hub=hub)
    guest = make_participant(given_name="Planted", family_name="Guest", hub=other)
    session = make_held(programme, hub)
    make_attendance(session, own)
    make_attendance(session, guest)
    make_attendance(make_held(programme, other), own)
    mine = make_run(programme, hub, audience=Audience.HUB)
    theirs = make_run(programme, other, audience=Audience.HUB)
    both = make_run(programme, hub, other, audience=Audience.HUB)
    whole = make_run(programme)
    client = signed_in(role, hubs=(hub,))
    page = client.get(address(mine, "figures", "unique_participants"))
    assert names(page) == ["Anna Own", "short"]
    assert "Planted" not in page.content.decode()
    assert str(guest.pk) not in page.content.decode()
    assert client.get(address(mine, "hub", other.pk)).status_code == 404
    for run in (theirs, both, whole):
        assert client.get(address(run, "hub", hub.pk)).status_code == 404

    live = client.get(LIVE, MAY | {"table": "figures", "row": "attendances"})
    assert (live.context["rows"].count, live.context["total"]) == (2, "2")
    row = {"table": "hub", "row": str(other.pk)}
    assert client.get(LIVE, MAY | row).status_code == 404
    assert client.get(LIVE, MAY | row | {"hub": other.slug}).status_code == 404


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("gender", "female"),
        ("ethnicity", "unknown"),
        ("special_needs", "yes"),
        ("disadvantaged", "yes"),
        ("age_by_gender", "total"),
        ("figures", "disadvantaged_people"),
        ("figures", "attendances_others"),
    ],
)
def test_answers_of_equality_monitoring_are_not_told_at_hubs(
    programme: Programme, hub: Hub, table: str, row: str
) -> None:
    make_attendance(make_held(programme, hub), make_participant(hub=hub, gender="female"))
    run = make_run(programme, hub, audience=Audience.HUB)
    lead = signed_in(Role.HUB_LEAD, hubs=(hub,))
    assert lead.get(address(run, table, row)).status_code == 403
    assert lead.get(LIVE, MAY | {"table": table, "row": row}).status_code == 403
    assert signed_in(Role.TRUST_STAFF).get(address(run, table, row)).status_code == 200


def test_who_evaluates_and_leads_a_hub_reads_no_answers_with_names(
    programme: Programme, hub: Hub
) -> None:
    child = make_participant(given_name="Planted", hub=hub, gender="female")
    make_attendance(make_held(programme, hub), child)
    run = make_run(programme)
    client = signed_in(Role.EVALUATOR, Role.HUB_LEAD, hubs=(hub,))
    assert names(client.get(address(run, "gender", "female"))) == ["short"]


def test_restricted_records_are_named_to_trust_staff_alone(programme: Programme, hub: Hub) -> None:
    child = make_participant(given_name="Planted", hub=hub, restricted_at=london(2019, 6, 1))
    make_attendance(make_held(programme, hub), child)
    cell = MAY | {"table": "figures", "row": "unique_participants"}
    assert names(signed_in(Role.HUB_LEAD, hubs=(hub,)).get(LIVE, cell)) == ["short"]
    assert names(signed_in(Role.TRUST_STAFF).get(LIVE, cell)) == ["Planted Person"]


def test_reading_rows_is_written_down(programme: Programme, hub: Hub) -> None:
    make_attendance(make_held(programme, hub))
    run, user = make_run(programme), make_user(Role.TRUST_STAFF)
    client_of(user).get(address(run, "hub", hub.pk), {"column": "attendances"})
    client_of(user).get(LIVE, MAY | {"table": "figures", "row": "attendances"})
    entries = AuditEntry.objects.filter(kind=AuditKind.REPORT_ROWS_READ, actor_id=user.pk)
    assert [(each.object_id, each.reason) for each in entries.order_by("pk")] == [
        (run.pk, f"hub/{hub.pk}/attendances"),
        (user.pk, "figures/attendances/attendances"),
    ]


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("hub", "again", ""),
        ("hub", "999999", ""),
        ("hub", "1;--", ""),
        ("hub", "total", "new_people"),
        ("figures", "retention_28", ""),
        ("figures", "spend", ""),
        ("figures", "people_counted", ""),
        ("spend", "staff", ""),
        ("people", "1", ""),
        ("age_by_gender", "13_15", "elsewhere"),
    ],
)
def test_what_has_no_rows_is_not_there(
    programme: Programme, hub: Hub, table: str, row: str, column: str
) -> None:
    make_attendance(make_held(programme, hub))
    run = make_run(programme)
    client = signed_in(Role.TRUST_STAFF)
    found = client.get(address(run, table, row), {"column": column})
    assert found.status_code == 404


def test_a_table_by_two_things_has_rows_behind_every_cell(programme: Programme, hub: Hub) -> None:
    session = make_held(programme, hub)
    make_attendance(session, make_participant(gender="female", birth_date=dt.date(2005, 1, 1)))
    make_attendance(session, make_participant(gender="male", birth_date=dt.date(2005, 1, 1)))
    make_attendance(session, make_participant(gender="female", birth_date=dt.date(2010, 1, 1)))
    run = make_run(programme)
    client = signed_in(Role.TRUST_STAFF)
    counts = {
        (row, column): client.get(address(run, "age_by_gender", row), {"column": column})
        for row in ("13_15", "8_12", "total")
        for column in ("female", "male", "total")
    }
    said = {key: page.context["rows"].count for key, page in counts.items()}
    assert said == {
        ("13_15", "female"): 1,
        ("13_15", "male"): 1,
        ("13_15", "total"): 2,
        ("8_12", "female"): 1,
        ("8_12", "male"): 0,
        ("8_12", "total"): 1,
        ("total", "female"): 2,
        ("total", "male"): 1,
        ("total", "total"): 3,
    }
    assert not any(page.context["differs"] for page in counts.values())


def test_reports_that_are_not_finished_have_no_rows(programme: Programme, hub: Hub) -> None:
    run = make_run(programme)
    ReportRun.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    client = signed_in(Role.TRUST_STAFF)
    assert client.get(address(run, "figures", "attendances")).status_code == 404


@pytest.mark.parametrize("role", [Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR, Role.AUDITOR])
def test_strangers_are_turned_away(programme: Programme, hub: Hub, role: Role) -> None:
    make_attendance(make_held(programme, hub))
    run = make_run(programme)
    assert signed_in(role).get(address(run, "figures", "attendances")).status_code == 403


def test_rows_come_in_pages_and_in_as_many_queries(programme: Programme, hub: Hub) -> None:
    session = make_held(programme, hub)
    cell = MAY | {"table": "figures", "row": "unique_participants"}
    client = signed_in(Role.TRUST_STAFF)
    counts = []
    for people in (1, 2, PAGE):
        for _ in range(people):
            make_attendance(session, make_participant(hub=hub))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(LIVE, cell)
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert len(page.context["lines"]) == PAGE
    last = client.get(LIVE, cell | {"page": "2"})
    first_people = {line["row"].person for line in page.context["lines"]}
    assert len({line["row"].person for line in last.context["lines"]} - first_people) == 3
    for odd in ("99", "none", "-1"):
        assert client.get(LIVE, cell | {"page": odd}).status_code == 200


@pytest.mark.parametrize(
    "cell",
    [
        {"table": "planted " * 100, "row": "attendances"},
        {"table": "planted", "row": "attendances"},
        {"table": "activity", "row": "abc"},
        {"table": "activity", "row": "\u00b2"},
    ],
    ids=["long", "unknown", "letters", "superscript"],
)
def test_an_address_that_means_no_cell_is_not_found_and_not_written_down(
    programme: Programme, hub: Hub, cell: dict[str, str]
) -> None:
    make_attendance(make_held(programme, hub), make_participant(hub=hub))
    assert signed_in(Role.TRUST_STAFF).get(LIVE, MAY | cell).status_code == 404
    assert not AuditEntry.objects.filter(reason__contains="planted").exists()
