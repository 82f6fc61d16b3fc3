"""The dashboard: whose figures, how many, in as many queries, and as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from activities.models import Programme
from evaluation.reports.numbers import NOTHING
from hubs.models import Hub
from tests import factories
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_grant,
    make_hub,
    make_participant,
    make_programme,
    make_session,
    make_spend,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db
BOARD = "/dashboard/"
MAY = {"first_day": "2019-05-01", "last_day": "2019-05-31"}


@pytest.fixture
def programme() -> Programme:
    return make_programme()


def signed_in(*roles: Role, hubs: tuple[Hub, ...] = ()) -> Client:
    client = Client()
    client.force_login(make_user(*roles, hubs=hubs))
    return client


def make_visit(programme: Programme, hub: Hub, people: int = 1, **fields: Any) -> None:
    """A session of 90 minutes at a hub in May 2019 with so many new people."""
    fields = {"starts_at": london(2019, 5, 14), "register_taken_at": london(2019, 5, 14)} | fields
    session = make_session(activity=make_activity(programme=programme, hub=hub), **fields)
    for _ in range(people):
        make_attendance(session, make_participant(hub=hub))


def board(client: Client, **chosen: Any) -> Any:
    return client.get(BOARD, MAY | chosen).context["board"]


def headline(shown: Any) -> dict[str, str]:
    return {figure.indicator.id: figure.text for figure in shown.headline}


def rows(table: Any) -> dict[str, tuple[str, ...]]:
    return {row.label: row.texts for row in table.rows}


def lines(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_trust_staff_read_every_hub_and_what_is_citywide(programme: Programme) -> None:
    first, second = make_hub(name="Abbey"), make_hub(name="Sinfin")
    make_visit(programme, first, 2)
    make_visit(programme, second, 3, minutes=60)
    citywide = make_session(
        activity=make_activity(programme=programme, hub=None), register_taken_at=timezone.now()
    )
    make_attendance(citywide)
    make_visit(programme, first, 5, starts_at=london(2019, 6, 1, 10))
    shown = board(signed_in(Role.TRUST_STAFF))
    assert headline(shown) == {
        "unique_participants": "6",
        "new_people": "6",
        "attendances": "6",
        "contact_hours": "7.5",
        "session_hours": "4.0",
        "hours_a_week": "0.9",
        "attendance_rate": "100.0 %",
        "disadvantaged_share": "0.0 %",
        "retention_28": NOTHING,
        "registers_missing": "0",
    }
    assert rows(shown.hubs) == {
        "Abbey": ("2", "2", "2", "1.5", "100.0 %", "0"),
        "Sinfin": ("3", "3", "3", "1.0", "100.0 %", "0"),
        "Citywide": ("1", "1", "1", "1.5", "100.0 %", "0"),
    }
    assert rows(shown.months) == {"May 2019": ("6", "6", "7.5", "4.0")}
    assert {row.label: row.texts for row in shown.by_month.rows} == {
        "Abbey": ("2",),
        "Sinfin": ("3",),
        "Citywide": ("1",),
    }


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_a_hubs_staff_read_nothing_of_other_hubs(programme: Programme, role: Role) -> None:
    own, other = make_hub(name="Abbey"), make_hub(name="Sinfin")
    make_visit(programme, own, 2)
    make_visit(programme, other, 3)
    make_attendance(make_session(activity=make_activity(programme=programme, hub=None)))
    make_grant(programmes=[programme])
    client = signed_in(role, hubs=(own,))
    for chosen in ({}, {"hub": own.slug}, {"of": f"programme:{programme.slug}"}):
        shown = board(client, **chosen)
        assert headline(shown)["unique_participants"] == "2"
        assert list(rows(shown.hubs)) == ["Abbey"]
        assert [row.label for row in shown.by_month.rows] == ["Abbey"]
        assert [row.hub for row in shown.weeks] == [own]
        assert shown.grants == []
    page = client.get(BOARD, MAY)
    assert b"Sinfin" not in page.content
    assert client.get(BOARD, MAY | {"hub": other.slug}).status_code == 422
    assert client.get(BOARD, MAY | {"of": "grant:grant"}).status_code == 422
    for table in ("hubs", "months", "wards", "deciles", "by_month", "weeks"):
        found = client.get(f"{BOARD}tables/{table}.csv", MAY)
        assert b"Sinfin" not in found.getvalue()
    assert client.get(f"{BOARD}tables/hubs.csv", MAY | {"hub": other.slug}).status_code == 404


def test_who_works_with_no_hub_is_told_so_and_reads_nothing(programme: Programme) -> None:
    make_visit(programme, make_hub(name="Sinfin"))
    client = signed_in(Role.COORDINATOR)
    assert b"You work with no hub yet" in client.get(BOARD).content
    assert client.get(f"{BOARD}tables/hubs.csv").status_code == 404
    assert b"You work with no hub yet" in client.get("/dashboard/gaps/").content


def test_without_a_programme_there_is_nothing_to_count() -> None:
    make_hub()
    assert b"There is no programme yet" in signed_in(Role.TRUST_STAFF).get(BOARD).content


def test_money_and_promises_are_for_trust_staff(programme: Programme) -> None:
    make_visit(programme, make_hub(), 2)
    grant = make_grant(programmes=[programme], name="Skills", amount=Decimal("1000.00"))
    make_target(grant, indicator="unique_participants", value=Decimal(8))
    make_spend(grant, amount=Decimal("250.50"))
    of = {"of": f"grant:{grant.slug}", "period": "whole"}
    shown = board(signed_in(Role.TRUST_STAFF), **of)
    (each,) = shown.grants
    assert [(line.label, line.target, line.actual, line.percent) for line in each.lines] == [
        ("Young people reached", "8", "2", Decimal("25.0"))
    ]
    assert (each.money.spend, each.money.budget, each.passed) == (
        *(Decimal("250.50"), Decimal("1000.00")),
        100,
    )
    assert board(signed_in(Role.TRUST_STAFF)).grants[0].grant == grant
    evaluator = signed_in(Role.EVALUATOR)
    assert evaluator.get(BOARD, MAY | of).status_code == 422
    page = evaluator.get(BOARD, MAY)
    assert headline(page.context["board"])["unique_participants"] == "2"
    for word in (b"Skills", b"250.50", "£".encode()):
        assert word not in page.content


def test_what_is_not_known_is_counted_and_leads_to_where_it_is_put_right(
    programme: Programme,
) -> None:
    hub = make_hub(name="Abbey")
    make_visit(programme, hub, 2)
    make_visit(programme, hub, 1, register_taken_at=None)
    known = make_participant(hub=hub, ethnicity="WBRI", home_ward=hub.ward)
    session = make_session(
        activity=make_activity(programme=programme, hub=hub), register_taken_at=timezone.now()
    )
    make_attendance(session, known)
    trust = signed_in(Role.TRUST_STAFF)
    missing = board(trust).missing
    assert (missing.registers, missing.people, missing.ethnicity, missing.home) == (1, 4, 3, 3)
    page = trust.get(BOARD, MAY).content.decode()
    assert "table=ethnicity&amp;row=unknown" in page
    assert "/today/?missing=all" in page
    lead = signed_in(Role.HUB_LEAD, hubs=(hub,)).get(BOARD, MAY).content.decode()
    assert "table=ward&amp;row=none" in lead
    assert "table=ethnicity" not in lead
    assert "/today/?missing=all" not in signed_in(Role.EVALUATOR).get(BOARD, MAY).content.decode()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_no_day_tells_a_hub_what_one_child_answered(programme: Programme, role: Role) -> None:
    hub = make_hub()
    child = make_participant(hub=hub, free_school_meals="yes", ethnicity="unknown")
    make_attendance(make_session(activity=make_activity(programme=programme, hub=hub)), child)
    page = signed_in(role, hubs=(hub,)).get(
        BOARD, {"first_day": "2019-05-14", "last_day": "2019-05-14"}
    )
    assert "disadvantaged_share" not in headline(page.context["board"])
    assert page.context["board"].missing.ethnicity is None
    for words in ("Disadvantaged", "Ethnicity not known"):
        assert words not in page.content.decode()
    assert headline(board(signed_in(Role.EVALUATOR)))["disadvantaged_share"] == "100.0 %"


def test_a_first_visit_counts_at_its_own_hub(programme: Programme) -> None:
    first, second = make_hub(name="Abbey"), make_hub(name="Sinfin")
    person = make_participant()
    for hub, day in ((second, 7), (first, 14)):
        session = make_session(
            activity=make_activity(programme=programme, hub=hub),
            starts_at=london(2019, 5, day),
            register_taken_at=timezone.now(),
        )
        make_attendance(session, person)
    shown = rows(board(signed_in(Role.TRUST_STAFF)).hubs)
    assert (shown["Abbey"][:2], shown["Sinfin"][:2]) == (("1", "0"), ("1", "1"))


def test_weeks_stand_against_what_hubs_plan(programme: Programme) -> None:
    hub = make_hub(name="Abbey", weekly_hours=12)
    now = timezone.now()
    today = now.astimezone(factories.LONDON).date()
    monday = today - dt.timedelta(days=today.weekday())
    noon = dt.datetime.combine(monday, dt.time(12), tzinfo=factories.LONDON)
    make_visit(programme, hub, starts_at=noon - dt.timedelta(weeks=1), minutes=120)
    make_visit(programme, hub, starts_at=noon, minutes=60)
    make_visit(programme, hub, starts_at=noon, minutes=30, register_taken_at=None)
    make_visit(programme, hub, starts_at=noon - dt.timedelta(weeks=9))
    make_visit(programme, hub, starts_at=noon + dt.timedelta(weeks=1))
    (row,) = board(signed_in(Role.TRUST_STAFF)).weeks
    assert len(row.weeks) == 9
    assert (row.this.hours_planned, row.this.hours_held) == (Decimal("1.5"), Decimal("1.0"))
    assert (row.last.monday, row.last.hours_held) == (
        *(monday - dt.timedelta(weeks=1), Decimal("2.0")),
    )
    assert sum(week.held for week in row.weeks) == 180


def test_figures_say_what_they_are_and_until_when(programme: Programme) -> None:
    make_visit(programme, make_hub())
    client = signed_in(Role.TRUST_STAFF)
    past = client.get(BOARD, MAY).content.decode()
    assert "Different young people with at least one attendance in the period" in past
    assert "From 1 May 2019 to 31 May 2019, both included. The whole period is over." in past
    assert "Counted up to" in client.get(BOARD).content.decode()


@pytest.mark.parametrize(
    "chosen",
    [
        {"first_day": "2019-05-31", "last_day": "2019-05-01"},
        {"first_day": "2019-05-31", "last_day": ""},
        {"period": "for ever"},
        {"of": "programme:none"},
        {"hub": "nowhere"},
        {"by": "ethnicity"},
    ],
    ids=["backwards", "half", "period", "programme", "hub", "figure"],
)
def test_what_cannot_be_read_in_an_address_is_said(
    programme: Programme, chosen: dict[str, str]
) -> None:
    make_hub()
    response = signed_in(Role.TRUST_STAFF).get(BOARD, chosen)
    assert response.status_code == 422
    assert b"There is a problem" in response.content


def test_tables_are_files_too(programme: Programme) -> None:
    hub = make_hub(name="=Abbey")
    make_visit(programme, hub, 2)
    client = signed_in(Role.TRUST_STAFF)
    found = lines(client.get(f"{BOARD}tables/hubs.csv", MAY))
    assert found[1:] == [
        ["'=Abbey", "2", "2", "2", "1.5", "100.0", "0"],
        ["All together", "2", "2", "2", "1.5", "100.0", "0"],
    ]
    by_month = lines(client.get(f"{BOARD}tables/by_month.csv", MAY | {"by": "attendances"}))
    assert by_month == [["Hub", "May 2019"], ["'=Abbey", "2"]]
    assert len(lines(client.get(f"{BOARD}tables/weeks.csv", MAY))) == 10
    assert client.get(f"{BOARD}tables/people.csv").status_code == 404


def test_the_same_queries_for_one_hub_and_month_and_for_three(programme: Programme) -> None:
    client = signed_in(Role.TRUST_STAFF)
    year = {"first_day": "2019-01-01", "last_day": "2019-12-31"}
    counts = []
    for month in (5, 6, 7):
        make_visit(programme, make_hub(), 2, starts_at=london(2019, month, 14))
        client.get(BOARD, year)
        with CaptureQueriesContext(connection) as queries:
            client.get(BOARD, year)
        counts.append(len(queries))
    assert counts[0] == counts[2]


@pytest.mark.parametrize("role", [Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR, Role.AUDITOR])
@pytest.mark.parametrize("path", ["", "tables/hubs.csv", "rows/", "gaps/", "gaps/gaps.csv"])
def test_strangers_are_turned_away(programme: Programme, role: Role, path: str) -> None:
    make_visit(programme, make_hub())
    assert signed_in(role).get(BOARD + path).status_code == 403


def test_evaluators_plan_nothing() -> None:
    assert signed_in(Role.EVALUATOR).get("/dashboard/gaps/").status_code == 403


def test_gaps_are_of_the_readers_own_hubs() -> None:
    own, other = make_hub(name="Abbey"), make_hub(name="Sinfin")
    make_activity(hub=own)
    page = signed_in(Role.HUB_LEAD, hubs=(own,)).get("/dashboard/gaps/")
    assert [week.hub for week in page.context["gaps"].weeks] == [own]
    assert b"Sinfin" not in page.content
    assert b"Wards without a hub" not in page.content
    file = signed_in(Role.HUB_LEAD, hubs=(own,)).get("/dashboard/gaps/gaps.csv")
    found = lines(file)
    assert [line[:4] for line in found[1:3]] == [
        ["Abbey", "Monday", "0", "5 to 7; 8 to 12; 13 to 15; 16 to 18"],
        ["Abbey", "Tuesday", "0", "5 to 7; 8 to 12; 13 to 15; 16 to 18"],
    ]
    assert len(found) == 8
    whole = signed_in(Role.TRUST_STAFF).get("/dashboard/gaps/", {"ages": "13", "send": "on"})
    assert {week.hub for week in whole.context["gaps"].weeks} == {own, other}
    assert b"nothing SEND friendly for ages 13 to 15 on any day." in whole.content
