"""Every figure against SQL written by hand, on a record full of traps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from activities.models import CountMethod, HeadCount, HeadCountGroup, Kind, SessionKind
from evaluation.breakdowns import BREAKDOWNS, CROSS_TABLES, OF_EQUALITY
from evaluation.indicators import INDICATORS, RATIOS
from evaluation.models import Audience, Grant, Target
from evaluation.queries.record import Scope, totals
from evaluation.queries.rows_behind import rows_of
from evaluation.reports.asked import Asked
from evaluation.reports.body import hours
from evaluation.reports.collect import TABLES, collect
from evaluation.reports.rows import behind
from evaluation.reports.shape import standard
from evaluation.services.reports import render_files
from hubs.models import Hub, HubKind
from participants.models import Answer, AttendanceRole, Gender, MarkStatus
from participants.queries.marks import current_marks
from tests import factories
from tests.factories import london, make_attendance, make_participant, make_session

FIRST = dt.date(2018, 9, 25)
LAST = dt.date(2019, 7, 13)
NOW = london(2020, 1, 1)


ENVELOPE = ("run_id", "requested_at", "finished_at", "code_version", "sha256")


def silent(progress: int, step: str) -> None:
    """A report that nobody watches."""


def asked(grant: Grant) -> Asked:
    return Asked(grant, tuple(grant.programmes.all()), FIRST, LAST)


@pytest.fixture
def grant(db: None) -> Grant:
    grant = factories.make_grant(name="Life skills")
    Target.objects.create(grant=grant, indicator="unique_participants", value=4)
    return grant


@pytest.fixture
def record(grant: Grant) -> dict[str, Any]:
    """A small programme in which every rule of counting has somebody who breaks it."""
    programme = grant.programmes.get()
    abbey, send = (
        factories.make_hub(name="Abbey"),
        factories.make_hub(name="SEND", kind=HubKind.SEND),
    )
    dance = factories.make_activity(programme=programme, hub=abbey, kind=Kind.ARTS)
    football = factories.make_activity(programme=programme, hub=send, kind=Kind.SPORT)
    market = factories.make_activity(programme=programme, hub=None, kind=Kind.CULTURE)
    other = factories.make_activity()
    taken = {"register_taken_at": NOW}
    first = make_session(activity=dance, starts_at=london(2018, 9, 25, 16), **taken)
    second = make_session(
        activity=football, starts_at=london(2019, 7, 13, 23, 30), minutes=60, **taken
    )
    open_register = make_session(activity=dance, starts_at=london(2019, 1, 8), minutes=120)
    cut_short = make_session(
        activity=dance,
        starts_at=london(2019, 1, 15),
        minutes=120,
        delivered_minutes=50,
        delivery="cut_short",
        **taken,
    )
    cancelled = make_session(activity=dance, starts_at=london(2019, 2, 5), cancelled_at=NOW)
    celebration = make_session(
        activity=market,
        starts_at=london(2019, 7, 13, 11),
        minutes=300,
        kind=SessionKind.CELEBRATION,
        headcount_only=True,
    )
    roadshow = make_session(
        activity=dance, starts_at=london(2019, 4, 2), kind=SessionKind.ROADSHOW, headcount_only=True
    )
    never_held = make_session(activity=dance, starts_at=london(2019, 4, 9))
    training = make_session(
        activity=dance, starts_at=london(2019, 4, 10), kind=SessionKind.TRAINING, **taken
    )
    before = make_session(activity=dance, starts_at=london(2018, 9, 24, 23, 59), **taken)
    after = make_session(activity=dance, starts_at=london(2019, 7, 14, 0, 0), **taken)
    elsewhere = make_session(activity=other, starts_at=london(2019, 1, 8), **taken)
    HeadCount.objects.create(session=celebration, people=1500, method=CountMethod.COUNTED)
    HeadCount.objects.create(
        session=roadshow, people=80, method=CountMethod.ESTIMATED, group=HeadCountGroup.AUDIENCE
    )
    HeadCount.objects.create(session=cancelled, people=7, method=CountMethod.COUNTED)

    ada = make_participant(gender=Gender.FEMALE, imd_decile=1, imd_edition=2019)
    ben = make_participant(gender=Gender.UNDISCLOSED, home_ward=None)
    again = make_participant(merged_into=ben)
    unknown = make_participant(birth_date=None)
    five_that_day = make_participant(birth_date=dt.date(2013, 9, 25))
    too_young = make_participant(birth_date=dt.date(2013, 9, 26))
    nineteen = make_participant(birth_date=dt.date(1999, 1, 1))
    supported = make_participant(birth_date=dt.date(1995, 1, 1), special_needs=Answer.YES)
    too_old = make_participant(birth_date=dt.date(1992, 1, 1), care_experienced=Answer.YES)
    artist = make_participant()

    make_attendance(first, ada)
    make_attendance(second, ada, role=AttendanceRole.VOLUNTEER)
    make_attendance(first, ben, status=MarkStatus.LATE, arrived_at=london(2018, 9, 25, 16, 31))
    make_attendance(first, again)  # the same person twice at one session
    make_attendance(
        second, again, status=MarkStatus.LEFT_EARLY, left_at=london(2019, 7, 13, 23, 50)
    )
    make_attendance(open_register, unknown)
    make_attendance(first, five_that_day)
    make_attendance(cut_short, ada)
    make_attendance(cut_short, unknown, status=MarkStatus.ABSENT)
    make_attendance(cut_short, ben, status=MarkStatus.EXCUSED)
    for person in (too_young, nineteen, too_old):
        make_attendance(first, person)
    make_attendance(second, supported)
    make_attendance(first, artist, role=AttendanceRole.PRACTITIONER)
    for session in (cancelled, training, before, after, elsewhere):
        make_attendance(session, make_participant())
    return {"sessions": 6, "never_held": never_held}


# Each figure asked of the tables directly, in other words than the portal's own queries use.
DAY = "(s.starts_at AT TIME ZONE 'Europe/London')::date"
BY_HAND = f"""
WITH period AS (
    SELECT s.*, a.hub_id, a.kind AS family FROM activities_session s, activities_activity a, evaluation_grant g,
        evaluation_grant_programmes gp
    WHERE s.activity_id = a.id AND a.programme_id = gp.programme_id AND g.name = 'Life skills'
      AND gp.grant_id = g.id
      AND {DAY} BETWEEN '2018-09-25' AND '2019-07-13' AND s.kind != 'training'
), came AS (
    SELECT DISTINCT coalesce(p.merged_into_id, p.id) AS root, s.id AS session
    FROM participants_attendance m, participants_participant p, period s
    WHERE m.participant_id = p.id AND m.session_id = s.id AND s.cancelled_at IS NULL
      AND m.status IN ('present', 'late', 'left_early') AND m.role IN ('participant', 'volunteer')
      AND EXISTS (
        SELECT FROM participants_participant r WHERE r.id = coalesce(p.merged_into_id, p.id)
          AND (r.birth_date IS NULL OR (
               r.birth_date <= {DAY} - interval '5 years' AND
               r.birth_date > {DAY} - CASE WHEN r.special_needs = 'yes' OR r.care_experienced = 'yes'
                                           THEN interval '26 years' ELSE interval '19 years' END)))
)
"""


def by_hand(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"{BY_HAND} {question}")
        return cursor.fetchone()[0]


def test_figures_agree_with_sql_written_by_hand(grant: Grant, record: dict[str, Any]) -> None:
    figures = collect(asked(grant), now=NOW, progress=silent)["figures"]
    assert figures["unique_participants"] == by_hand("SELECT count(DISTINCT root) FROM came") == 5
    assert figures["attendances"] == by_hand("SELECT count(*) FROM came") == 8
    assert figures["sessions"] == 5
    assert (
        figures["sessions_cancelled"]
        == by_hand("SELECT count(*) FROM period WHERE cancelled_at IS NOT NULL")
        == 1
    )
    # The open register with marks, and the session of which nothing is known.
    assert figures["registers_missing"] == 2
    assert figures["hubs_active"] == 2
    assert figures["roadshows"] == 1
    assert (figures["people_counted"], figures["people_estimated"]) == (1500, 80)
    # 90 + 60 + 50 + 300 + 90 minutes were held.
    assert figures["session_hours"] == "9.8"
    assert figures["attendance_rate"] == "88.9"


def test_contact_minutes(grant: Grant, record: dict[str, Any]) -> None:
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    minutes = totals(scope, [INDICATORS["contact_hours"]])["contact_hours"]
    ada, unknown, five = 90 + 60 + 50, 120, 90
    supported = 60
    ben_first, ben_second = {59, 90}, 20
    assert minutes - ada - unknown - five - supported - ben_second in ben_first


def tables_of(grant: Grant) -> dict[str, Any]:
    return {
        table["id"]: table for table in collect(asked(grant), now=NOW, progress=silent)["tables"]
    }


def first_column(table: dict[str, Any]) -> dict[str, Any]:
    return {row["label"]: row["values"][0] for row in table["rows"]}


def test_every_breakdown_sums_to_its_total(grant: Grant, record: dict[str, Any]) -> None:
    body = collect(asked(grant), now=NOW, progress=silent)
    tables = {table["id"]: table for table in body["tables"]}
    assert [id_ for id_ in TABLES if id_ in tables] == [table["id"] for table in body["tables"]]
    for breakdown in BREAKDOWNS:
        *rows, total = tables[breakdown.id]["rows"]
        assert total["kind"] == "total"
        for at, column in enumerate(tables[breakdown.id]["columns"]):
            values = [Decimal(row["values"][at]) for row in rows]
            assert sum(values) == Decimal(total["values"][at]), (breakdown.id, column["id"])
            assert Decimal(total["values"][at]) == Decimal(body["figures"][column["id"]])


def test_tables_of_two_ways_sum_both_ways(grant: Grant, record: dict[str, Any]) -> None:
    tables = tables_of(grant)
    for cross in CROSS_TABLES:
        cells = [row["values"] for row in tables[cross.id]["rows"]]
        assert all(sum(row[:-1]) == row[-1] for row in cells)
        assert all(sum(column[:-1]) == column[-1] for column in zip(*cells, strict=True))
        assert cells[-1][-1] == 5


def test_every_table_is_in_the_standard_shape() -> None:
    parts = [part for section in standard()["sections"] for part in section["parts"]]
    named = {part["table"] for part in parts if part["kind"] == "table"}
    assert named == {*TABLES, "changes"}


def test_a_hubs_own_staff_read_no_answers_of_equality_monitoring(
    grant: Grant, record: dict[str, Any]
) -> None:
    everybody = asked(grant)
    hub = Hub.objects.get(name="Abbey")
    theirs = replace(everybody, grant=None, hubs=(hub,), audience=Audience.HUB)
    body = collect(theirs, now=NOW, progress=silent)
    ids = {table["id"] for table in body["tables"]}
    assert ids.isdisjoint(OF_EQUALITY | {"age_by_gender", "attendance_rates", "spend", "targets"})
    assert {"age_band", "age_by_hub", "hub", "ward"} <= ids
    told = {id_ for id_, value in body["figures"].items() if value is None}
    assert told >= {"disadvantaged_people", "disadvantaged_share", "attendance_rate_others"}
    assert body["figures"]["unique_participants"] == 4
    assert {
        table["id"] for table in collect(everybody, now=NOW, progress=silent)["tables"]
    } >= OF_EQUALITY


def test_people_at_two_hubs_are_reconciled(grant: Grant, record: dict[str, Any]) -> None:
    people = first_column(tables_of(grant)["hub"])
    assert people == {
        "Abbey": 4,
        "SEND": 3,
        "Less: counted again at another hub": -2,
        "Total": 5,
    } | {label: 0 for label in people if label.startswith("Hub ") or label == "Citywide"}


def test_not_known_and_prefer_not_to_say_stand_apart(grant: Grant, record: dict[str, Any]) -> None:
    tables = tables_of(grant)
    gender = first_column(tables["gender"])
    assert gender == {
        "Girl or woman": 1,
        "Boy or man": 0,
        "In another way": 0,
        "Prefer not to say": 1,
        "Not known": 3,
        "Total": 5,
    }
    decile = first_column(tables["imd_decile"])
    assert (decile["1 (most deprived), 2019 index"], decile["Not known"]) == (1, 4)
    ages = first_column(tables["age_band"])
    assert ages == {
        "5 to 7": 1,
        "8 to 12": 2,
        "13 to 15": 0,
        "16 to 18": 0,
        "19 to 25": 1,
        "Not known": 1,
        "Total": 5,
    }


DISADVANTAGES = (
    *("free_school_meals", "care_experienced", "alternative_provision"),
    *("special_needs", "young_carer"),
)


def make_answered(grant: Grant) -> dict[str, set[UUID]]:
    """Young people by the row of the breakdown by disadvantage that each of them belongs in.

    English as an additional language is none of the five answers.
    """
    session = make_session(activity=factories.make_activity(programme=grant.programmes.get()))
    all_no = dict.fromkeys(DISADVANTAGES, Answer.NO) | {"english_additional": Answer.YES}
    answers: dict[str, list[dict[str, Any]]] = {
        "yes": [all_no | {name: Answer.YES} for name in DISADVANTAGES]
        + [dict.fromkeys(DISADVANTAGES, Answer.UNKNOWN) | {"young_carer": Answer.YES}],
        "no": [all_no],
        "undisclosed": [all_no | {name: Answer.UNDISCLOSED} for name in DISADVANTAGES]
        + [dict.fromkeys(DISADVANTAGES, Answer.UNDISCLOSED)],
        "unknown": [all_no | {name: Answer.UNKNOWN} for name in DISADVANTAGES]
        + [
            dict.fromkeys(DISADVANTAGES, Answer.UNDISCLOSED) | {"special_needs": Answer.UNKNOWN},
            {},
        ],
    }
    people = {row: [make_participant(**each) for each in given] for row, given in answers.items()}
    for person in (one for row in people.values() for one in row):
        make_attendance(session, person)
    return {row: {one.pk for one in found} for row, found in people.items()}


def test_who_is_not_disadvantaged_who_prefers_not_to_say_and_who_was_not_asked_stand_apart(
    grant: Grant,
) -> None:
    people = make_answered(grant)
    body = collect(asked(grant), now=NOW, progress=silent)
    table = next(each for each in body["tables"] if each["id"] == "disadvantaged")
    assert [(row["id"], row["label"], row["kind"], row["values"][0]) for row in table["rows"]] == [
        ("yes", "Known to be disadvantaged", "figure", 6),
        ("no", "Not disadvantaged", "figure", 1),
        ("undisclosed", "Prefer not to say", "not known", 6),
        ("unknown", "Not known", "not known", 7),
        ("total", "Total", "total", 20),
    ]
    assert body["figures"]["disadvantaged_people"] == len(people["yes"])
    assert body["figures"]["attendances_others"] == 14


def test_the_people_behind_each_row_by_disadvantage_are_those_counted_in_it(grant: Grant) -> None:
    people = make_answered(grant)
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    for row, expected in people.items():
        cell = behind(scope, "disadvantaged", row)
        assert cell is not None
        found = rows_of(scope, cell.cell, "salt")
        assert {each.person for each in found.people} == expected
        assert (found.total, cell.is_equality) == (len(expected), True)


def test_others_are_said_to_be_everybody_not_known_to_be_disadvantaged(grant: Grant) -> None:
    for figure in ("attendances_others", "expected_others", "attendance_rate_others"):
        assert "Others are everybody not known to be disadvantaged" in INDICATORS[figure].definition
    rates = tables_of(grant)["attendance_rates"]
    assert [row["label"] for row in rates["rows"]] == [
        "Known to be disadvantaged",
        "Others: everybody not known to be",
        "Total",
    ]


def test_missing_registers_by_hub(grant: Grant, record: dict[str, Any]) -> None:
    rows = tables_of(grant)["missing_registers"]["rows"]
    assert [(row["label"], *row["values"]) for row in rows] == [
        ("Abbey", 2, "2019-01-08"),
        ("Total", 2, None),
    ]


def test_targets_against_actual(grant: Grant, record: dict[str, Any]) -> None:
    rows = tables_of(grant)["targets"]["rows"]
    assert [(row["label"], row["unit"], *row["values"]) for row in rows] == [
        ("Young people reached", "people", 4, 5, "125.0")
    ]


def test_a_register_is_not_missing_before_the_session_has_ended(grant: Grant) -> None:
    activity = factories.make_activity(programme=grant.programmes.get())
    session = make_session(activity=activity)
    for now, missing in ((session.ends_at - dt.timedelta(seconds=1), 0), (session.ends_at, 1)):
        scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=now)
        assert totals(scope, [INDICATORS["registers_missing"]]) == {"registers_missing": missing}


def test_a_session_into_the_day_after_the_period_can_miss_its_register(grant: Grant) -> None:
    activity = factories.make_activity(programme=grant.programmes.get())
    make_session(activity=activity, starts_at=london(2019, 7, 13, 22, 30), minutes=120)
    for now, missing in (
        (london(2019, 7, 14, 0, 29), 0),
        (london(2019, 7, 14, 0, 30), 1),
        (NOW, 1),
    ):
        scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=now)
        assert totals(scope, [INDICATORS["registers_missing"]]) == {"registers_missing": missing}


@pytest.mark.parametrize(
    ("times", "minutes"),
    [
        ({}, 50),
        ({"arrived_at": london(2019, 5, 14, 16)}, 50),
        ({"arrived_at": london(2019, 5, 14, 7)}, 50),
        ({"arrived_at": london(2019, 5, 14, 16, 20)}, 30),
        ({"left_at": london(2019, 5, 14, 16, 10)}, 10),
        ({"left_at": london(2019, 5, 15, 22)}, 50),
        ({"arrived_at": london(2019, 5, 14, 16, 10), "left_at": london(2019, 5, 14, 16, 40)}, 30),
        ({"arrived_at": london(2019, 5, 14, 17)}, 0),
    ],
)
def test_only_time_inside_the_session_counts(
    grant: Grant, times: dict[str, Any], minutes: int
) -> None:
    """Planned for 120 minutes from 4pm, cut short after 50."""
    session = make_session(
        activity=factories.make_activity(programme=grant.programmes.get()),
        minutes=120,
        delivered_minutes=50,
        delivery="cut_short",
    )
    make_attendance(session, **times)
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    assert totals(scope, [INDICATORS["contact_hours"]]) == {"contact_hours": minutes}


def test_a_session_across_the_change_of_clocks_has_its_real_length(grant: Grant) -> None:
    activity = factories.make_activity(programme=grant.programmes.get())
    make_session(
        activity=activity, starts_at=london(2019, 3, 31, 0, 30), minutes=60, delivery="delivered"
    )
    scope = Scope.of([grant.programmes.get()], dt.date(2019, 3, 31), dt.date(2019, 3, 31), now=NOW)
    assert totals(scope, [INDICATORS["session_hours"]]) == {"session_hours": 60}


def test_a_target_that_nobody_knows_any_more_does_not_stop_the_report(grant: Grant) -> None:
    Target.objects.create(grant=grant, indicator="smiles", value=7)
    body = collect(asked(grant), now=NOW, progress=silent)
    assert all(render_files(body, dict.fromkeys(ENVELOPE, NOW.isoformat())).values())
    row = next(table for table in body["tables"] if table["id"] == "targets")["rows"][1]
    assert (row["label"], row.get("unit")) == ("Unknown figure: smiles", None)
    assert row["values"] == [7, None, None]


def test_wards_of_other_boundaries_have_a_row_where_there_are_people(grant: Grant) -> None:
    session = make_session(activity=factories.make_activity(programme=grant.programmes.get()))
    make_attendance(
        session, make_participant(home_ward=factories.make_ward(boundary_year=2019, name="Old"))
    )
    tables = tables_of(grant)
    assert "Wards of other boundaries" not in {row["label"] for row in tables["ward"]["rows"]}
    make_attendance(session, make_participant(home_ward=factories.make_ward(boundary_year=2023)))
    tables = tables_of(grant)
    wards = first_column(tables["ward"])
    assert (wards["Old"], wards["Wards of other boundaries"], wards["Not known"]) == (1, 1, 0)


def test_whoever_came_as_family_in_the_end_did_not_come_as_a_young_person(grant: Grant) -> None:
    session = make_session(activity=factories.make_activity(programme=grant.programmes.get()))
    root = make_participant()
    make_attendance(session, root)
    make_attendance(
        session,
        make_participant(merged_into=root),
        role=AttendanceRole.FAMILY,
        marked_at=session.ends_at,
    )
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    assert totals(scope, [INDICATORS["attendances"]]) == {"attendances": 0}


@pytest.mark.parametrize(("later", "attended"), [(MarkStatus.ABSENT, 0), (MarkStatus.PRESENT, 1)])
def test_of_a_merged_persons_marks_the_latest_counts_as_on_the_register(
    grant: Grant, later: MarkStatus, attended: int
) -> None:
    session = make_session(activity=factories.make_activity(programme=grant.programmes.get()))
    root = make_participant()
    earlier = MarkStatus.PRESENT if later == MarkStatus.ABSENT else MarkStatus.ABSENT
    make_attendance(session, root, status=earlier)
    make_attendance(
        session, make_participant(merged_into=root), status=later, marked_at=session.ends_at
    )
    assert current_marks(session)[root.pk].status == later
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    assert totals(scope, [INDICATORS["attendances"]]) == {"attendances": attended}


def test_an_empty_programme_has_noughts_and_no_rate(grant: Grant) -> None:
    figures = collect(asked(grant), now=NOW, progress=silent)["figures"]
    ratios = {each.id for each in RATIOS} - {"hours_a_week"}
    assert {figures.pop(id_) for id_ in ratios} == {None}
    assert (figures.pop("spend"), figures.pop("budget")) == ("0.00", "1000000.00")
    assert set(figures.values()) == {0, "0.0"}


def test_a_person_of_an_unexpected_age_still_stands_in_a_row(grant: Grant) -> None:
    programme = grant.programmes.get()
    programme.min_age, programme.max_age_extended = 3, 30
    programme.save()
    session = make_session(activity=factories.make_activity(programme=programme))
    make_attendance(session, make_participant(birth_date=dt.date(2015, 5, 14)))
    tables = tables_of(grant)
    ages = first_column(tables["age_band"])
    assert ages["Other ages"] == 1


def test_progress_only_rises(grant: Grant) -> None:
    told: list[int] = []
    collect(asked(grant), now=NOW, progress=lambda percent, _: told.append(percent))
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 90


@given(st.lists(st.integers(min_value=0, max_value=100_000), max_size=40))
def test_rounded_hours_sum_to_the_rounded_total(minutes: list[int]) -> None:
    rounded = hours(minutes)
    assert sum(rounded) == (hours([sum(minutes)])[0] if minutes else 0)
    for exact, value in zip(minutes, rounded, strict=True):
        assert abs(value - Decimal(exact) / 60) < Decimal("0.1")


def test_figures_never_loop_over_a_relation_for_each_row_of_another(
    grant: Grant, record: dict[str, Any]
) -> None:
    """With statistics that lag behind, such a plan took a hundred times as long."""
    scope = Scope.of([grant.programmes.get()], FIRST, LAST, now=NOW)
    with CaptureQueriesContext(connection) as queries:
        totals(scope, [INDICATORS["attendances"]])
    assert "SET LOCAL enable_nestloop = off" in queries.captured_queries[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
