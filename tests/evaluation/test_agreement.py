"""Reports agree with the record, and every rendering of one with every other.

The whole programme's report is held against SQL written by hand, as a page and in each file, and
so is what is released of it; arbitrary counts are held against what is printed of them.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from accounts.models import Role
from evaluation.models import Grant, ReportRun, Snapshot
from evaluation.reports.asked import Asked
from evaluation.reports.document import Document, build_document
from evaluation.reports.release import Words, make_release
from evaluation.reports.render import RENDERERS
from evaluation.reports.render.html import render_fragment
from evaluation.reports.render.package import BODY_SCHEMA
from evaluation.reports.render.tidy import placed_tables
from evaluation.services.reports import build_report, request_report
from evaluation.services.reports.files import thaw_of
from tests import factories
from tests.evaluation.reports import reading
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    sample_body,
)

VALIDATOR = Draft202012Validator(json.loads(BODY_SCHEMA.read_text()))
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

DAY = "(s.starts_at AT TIME ZONE 'Europe/London')::date"
IN_PERIOD = f"{DAY} >= '2018-09-25' AND {DAY} <= '2019-07-13' AND s.kind <> 'training'"
# The person behind a record, at a session that took place, as a young person of the right age.
CAME = f"""
    SELECT r.id AS person, s.id AS session, h.name AS hub, r.gender, r.imd_decile, s.starts_at, s.ends_at,
           s.delivered_minutes, max(m.arrived_at) AS arrived_at, max(m.left_at) AS left_at
    FROM participants_attendance m
    JOIN participants_participant p ON p.id = m.participant_id
    JOIN participants_participant r ON r.id = coalesce(p.merged_into_id, p.id)
    JOIN activities_session s ON s.id = m.session_id
    JOIN activities_activity a ON a.id = s.activity_id
    LEFT JOIN hubs_hub h ON h.id = a.hub_id
    WHERE {IN_PERIOD} AND s.cancelled_at IS NULL
      AND m.status IN ('present', 'late', 'left_early') AND m.role IN ('participant', 'volunteer')
      AND (r.birth_date IS NULL OR date_part('year', age({DAY}, r.birth_date)) BETWEEN 5 AND
           (CASE WHEN r.special_needs = 'yes' OR r.care_experienced = 'yes' THEN 25 ELSE 18 END))
    GROUP BY r.id, s.id, h.name
"""
MINUTES = """extract(epoch FROM
    least(left_at, coalesce(starts_at + delivered_minutes * interval '1 minute', ends_at))
    - greatest(arrived_at, starts_at)) / 60"""
HELD = f"""
    FROM activities_session s WHERE {IN_PERIOD} AND s.cancelled_at IS NULL
      AND (s.register_taken_at IS NOT NULL OR s.delivery IN ('delivered', 'cut_short')
           OR s.id IN (SELECT session_id FROM activities_headcount))
"""
LENGTH = "coalesce(s.delivered_minutes, extract(epoch FROM s.ends_at - s.starts_at) / 60)"
BY_HAND = {
    "unique_participants": f"SELECT count(DISTINCT person) FROM ({CAME}) c",
    "attendances": f"SELECT count(*) FROM ({CAME}) c",
    "contact_hours": f"SELECT round((sum({MINUTES}) / 60)::numeric, 1) FROM ({CAME}) c",
    "session_hours": f"SELECT round((sum({LENGTH}) / 60)::numeric, 1) {HELD}",
    "sessions": f"SELECT count(*) {HELD}",
    "sessions_cancelled": f"SELECT count(*) FROM activities_session s WHERE {IN_PERIOD} AND s.cancelled_at IS NOT NULL",
    "registers_missing": "SELECT count(*) FROM activities_session s "
    f"WHERE {IN_PERIOD} AND s.cancelled_at IS NULL AND s.register_taken_at IS NULL AND NOT s.headcount_only",
}


def ask(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


# --- The whole programme ------------------------------------------------------------------------
@pytest.fixture
def report(transactional_db: None) -> ReportRun:
    call_command("seed", today=dt.date(2026, 3, 10), stdout=StringIO(), stderr=StringIO())
    grant = Grant.objects.get(slug="this-is-derby")
    asked = Asked(grant, tuple(grant.programmes.all()), grant.starts_on, grant.ends_on)
    run = request_report(asked=asked, by=None, now=factories.london(2026, 3, 10))
    build_report(run.pk)
    return ReportRun.objects.select_related("snapshot").get(pk=run.pk)


def downloaded(client: Client, report: ReportRun) -> dict[str, bytes]:
    return {
        file.format: b"".join(
            client.get(
                reverse("evaluation:report_file", kwargs={"pk": report.pk, "format": file.format})
            )
        )
        for file in report.files.all()
    }


@pytest.mark.timeout(900)
def test_the_whole_programme_agrees_with_sql_by_hand_wherever_it_is_read(
    report: ReportRun, client: Client
) -> None:
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    page = client.get(reverse("evaluation:report_detail", kwargs={"pk": report.pk}))
    assert isinstance(report.snapshot, Snapshot)
    body = thaw_of(report.snapshot)
    VALIDATOR.validate(body)
    expected = reading.of_body(body)
    files = downloaded(client, report)
    assert set(files) == set(RENDERERS) - {"html"}
    check_files(files, expected, body)
    assert reading.of_page(page.content.decode())[0] == expected

    figures = dict(zip(body["figures"], body["figures"].values(), strict=True))
    by_hand = {id_: Decimal(ask(statement)[0][0]) for id_, statement in BY_HAND.items()}
    assert {id_: Decimal(figures[id_]) for id_ in by_hand} == by_hand
    assert by_hand["unique_participants"] > 2000

    hubs = dict(ask(f"SELECT hub, count(DISTINCT person) FROM ({CAME}) c GROUP BY hub"))
    deciles = dict(ask(f"SELECT imd_decile, count(DISTINCT person) FROM ({CAME}) c GROUP BY 1"))
    assert len(hubs) == 10
    in_hub = {row["label"]: row["values"][0] for row in table_of(body, "hub")["rows"]}
    assert {label: in_hub[label] for label in hubs} == hubs
    in_decile = [row["values"][0] for row in table_of(body, "imd_decile")["rows"]]
    reached = by_hand["unique_participants"]
    assert in_decile == [*(deciles.get(key, 0) for key in [*range(1, 11), None]), reached]
    check_sums(body)
    check_release(body, "rounded")


# --- Any counts -----------------------------------------------------------------------------------
KEPT = ("unique_participants", "attendances", "contact_hours", "sessions")


@st.composite
def counted(draw: Any) -> dict[str, Any]:
    """An exact body whose breakdowns have arbitrary counts of the same people, many small."""
    counts = st.one_of(st.integers(0, 12), st.integers(0, 5_000))
    body = sample_body()
    ward, age = table_of(body, "ward"), table_of(body, "age_band")
    by_ward = [draw(counts) for _ in ward["rows"][:-1]]
    shares = sorted(draw(st.integers(0, sum(by_ward))) for _ in age["rows"][:-2])
    by_age = [after - before for before, after in pairwise([0, *shares, sum(by_ward)])]
    total = _recount(ward, by_ward)
    assert _recount(age, by_age) == total
    figures = dict(zip(KEPT, [*total, 12], strict=True))
    indicators = [item for item in body["indicators"] if item["id"] in figures]
    return body | {
        "figures": figures,
        "indicators": indicators,
        "tables": [ward, age],
        "outcomes": [],
        "quotes": [],
    }


def _recount(table: dict[str, Any], people: list[int]) -> list[Any]:
    """Three attendances each, and an hour and a half at each; the total's values."""
    for row, number in zip(table["rows"], [*people, sum(people)], strict=True):
        row["values"] = [number, number * 3, str(Decimal(number) * 9 / 2)]
    found: list[Any] = table["rows"][-1]["values"]
    return found


@given(body=counted())
@settings(
    max_examples=6, deadline=None, phases=UNSHRUNK, suppress_health_check=[HealthCheck.too_slow]
)
def test_any_counts_sum_and_are_rounded_alike_everywhere(body: dict[str, Any]) -> None:
    check_sums(body)
    document = build_document(body, ENVELOPE)
    check_files(drawn(document, body), reading.of_body(body), body)
    for method in ("rounded", "exact"):
        check_release(body, method)


# --- What is checked ------------------------------------------------------------------------------
def drawn(document: Document, body: dict[str, Any]) -> dict[str, bytes]:
    return {name: render(document, body) for name, render in RENDERERS.items() if name != "html"}


def check_files(files: dict[str, bytes], expected: reading.Figures, body: dict[str, Any]) -> None:
    """Every file says what is expected, table by table."""
    envelope = RELEASED_ENVELOPE if body["kind"] == "released" else ENVELOPE
    document = build_document(body, envelope)
    ids = [placed.id for placed in placed_tables(document)]
    filled = {id_: rows for id_, rows in expected.items() if rows}
    assert reading.of_workbook(files["xlsx"], ids) == expected
    assert reading.of_package(files["zip"]) == expected
    assert reading.of_csv(files["csv"])[0] == filled
    in_word = {id_: rows for id_, rows in reading.of_word(files["docx"]).items() if rows}
    assert in_word == {id_.replace("-", "_"): rows for id_, rows in filled.items()}
    assert reading.of_page(render_fragment(document))[0] == expected
    tokens = reading.tokens_of_pdf(files["pdf"])
    for table in body["tables"]:
        if not any(column["unit"] == "text" for column in table["columns"]):
            for row in expected[table["id"]]:
                assert reading.holds(tokens, row), (table["id"], row)


def check_sums(body: dict[str, Any]) -> None:
    """Every exact column of a breakdown sums to its total."""
    for table in body["tables"]:
        *rows, total = table["rows"] or [{"kind": ""}]
        if total["kind"] != "total":
            continue
        for at, column in enumerate(table["columns"]):
            if column["unit"] in {"people", "attendances", "hours", "sessions", "registers"}:
                values = [Decimal(str(row["values"][at] or 0)) for row in rows]
                assert sum(values) == Decimal(str(total["values"][at] or 0)), table["id"]


def check_release(body: dict[str, Any], method: str) -> None:
    """What leaves is rounded from what is true, and said alike everywhere."""
    released = make_release(body, method=method, words=Words()).body
    VALIDATOR.validate(released)
    check_rounding(body, released, method)
    document = build_document(released, RELEASED_ENVELOPE)
    check_files(drawn(document, released), reading.of_body(released), released)


def check_rounding(body: dict[str, Any], released: dict[str, Any], method: str) -> None:
    """Every printed count of people is its true one, rounded or as it is, or says less."""
    checked = 0
    for table in released["tables"]:
        if not table.get("protected") or table["id"] == "targets":
            continue
        exact = {row["id"]: row["values"] for row in table_of(body, table["id"])["rows"]}
        for row in table["rows"]:
            for column, printed, true in zip(
                table["columns"], row["values"], exact[row["id"]], strict=True
            ):
                if column["unit"] == "people" and true is not None:
                    check_count(printed, int(true), method)
                    checked += 1
    assert checked


def check_count(printed: str | int | None, true: int, method: str) -> None:
    if printed is None:
        return
    text = str(printed).replace(",", "")
    if text.startswith("<"):
        assert 0 < true < int(text[1:])
    elif method == "exact":
        assert int(text) == true
    else:
        assert int(text) % 5 == 0
        assert abs(int(text) - true) < 3


def table_of(body: dict[str, Any], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(table for table in body["tables"] if table["id"] == id_)
    return found
