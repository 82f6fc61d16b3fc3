"""The whole programme's report, on screen and in each file, against SQL written by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from evaluation.models import Grant, ReportRun
from evaluation.services.reports import build_report, request_report
from tests import factories
from tests.evaluation.reports import reading

pytestmark = pytest.mark.django_db(transaction=True)

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


@pytest.fixture
def report() -> ReportRun:
    call_command("seed", today=dt.date(2026, 3, 10), stdout=StringIO(), stderr=StringIO())
    grant = Grant.objects.get()
    run = request_report(
        asked=factories.make_asked(grant),
        by=None,
        now=factories.london(2026, 3, 10),
    )
    build_report(run.pk)
    return ReportRun.objects.get(pk=run.pk)


def test_screen_pdf_workbook_and_csv_agree_with_sql_by_hand(
    report: ReportRun, client: Client
) -> None:
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    page, labels = reading.of_page(
        client.get(reverse("evaluation:report_detail", kwargs={"pk": report.pk})).content.decode()
    )
    files = {
        file.format: b"".join(
            client.get(
                reverse("evaluation:report_file", kwargs={"pk": report.pk, "format": file.format})
            )
        )
        for file in report.files.all()
    }
    in_csv, _ = reading.of_csv(files["csv"])
    in_workbook = reading.of_workbook(files["xlsx"], list(in_csv))
    in_pdf = reading.tokens_of_pdf(files["pdf"])

    headline = [[Decimal(ask(statement)[0][0])] for statement in BY_HAND.values()]
    assert headline[0][0] > 2000
    for found in (page, in_csv, in_workbook):
        assert found["headline"][: len(headline)] == headline
        assert found == page
    for (figure,) in headline:
        assert reading.holds(in_pdf, [figure])

    hubs = dict(ask(f"SELECT hub, count(DISTINCT person) FROM ({CAME}) c GROUP BY hub"))
    assert len(hubs) == 10
    printed = {label: row[0] for label, row in zip(labels["hub"], page["hub"], strict=True)}
    assert {label: printed[label] for label in hubs} == hubs
    assert printed["Less: counted again at another hub"] == headline[0][0] - sum(hubs.values())
    deciles = dict(ask(f"SELECT imd_decile, count(DISTINCT person) FROM ({CAME}) c GROUP BY 1"))
    assert [row[0] for row in page["imd_decile"]] == [
        *(deciles.get(decile, 0) for decile in [*range(1, 11), None]),
        headline[0][0],
    ]
    for table in ("hub", "ward", "imd_decile", "age_band", "gender", "targets"):
        for row in page[table]:
            assert reading.holds(in_pdf, row)
