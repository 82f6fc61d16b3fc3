"""What a report costs with 5,000,000 attendances, beside the best plain SQL in the same run.

Medians of five. Plain SQL is written both ways, people told apart first and then counted, or
`count(DISTINCT ...)`; the faster of each figure counts. Nothing else should run on the machine.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from psycopg import sql

from accounts.models import Role
from activities.models import Programme, Session, london_midnight
from evaluation.indicators import INDICATORS
from evaluation.queries import rollups
from evaluation.queries.record import Scope, one_moment
from evaluation.reports.asked import Asked
from evaluation.reports.collect import collect, reach
from participants.models import Attendance
from participants.services.marks import MarkInput, record_marks
from tests import factories
from tests.bench.many import as_owner, many_rows, owner_connection
from tests.worker import environment

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
MOST_FOR_REACH, MOST_FOR_ALL, LEAST_SAVED, MOST_FOR_A_REGISTER = 1.5, 5.0, 15.0, 1.6
MOST_MORE_MEMORY = 20 * 1024
THIN_OUT = """
    CREATE TABLE few AS SELECT * FROM participants_attendance WHERE hashtext(id::text) % 100 = 0;
    TRUNCATE participants_attendance CASCADE;
    INSERT INTO participants_attendance SELECT * FROM few;
"""
REGISTER = 30

# Who counts: present, late or left early, as a participant or volunteer, by the root record.
_ROWS = """
    FROM participants_attendance AS attendance
    JOIN activities_session AS session ON session.id = attendance.session_id
    JOIN activities_activity AS activity ON activity.id = session.activity_id
    JOIN participants_participant AS record ON record.id = attendance.participant_id
    WHERE activity.programme_id = ANY(%(programmes)s)
      AND session.starts_at >= %(start)s AND session.starts_at < %(end)s
      AND session.kind <> 'training' AND session.cancelled_at IS NULL
      AND attendance.status IN ('present', 'late', 'left_early')
      AND attendance.role IN ('participant', 'volunteer')
"""
_PERSON = "coalesce(record.merged_into_id, record.id)"
_MONTH = "date_trunc('month', session.starts_at AT TIME ZONE 'Europe/London')"


def _of_visit(key: str) -> tuple[str, str]:
    """By something about what they came to, written both ways."""
    once = f"SELECT DISTINCT {key} AS key, {_PERSON} {_ROWS}"
    return (
        f"SELECT key, count(*) FROM ({once}) AS once GROUP BY 1",
        f"SELECT {key}, count(DISTINCT {_PERSON}) {_ROWS} GROUP BY 1",
    )


def _of_person(column: str) -> tuple[str, str]:
    """By something that they are, written both ways."""
    person = "JOIN participants_participant AS person ON person.id ="
    rows = _ROWS.replace("    WHERE", f"    {person} {_PERSON}\n    WHERE", 1)
    once = f"SELECT DISTINCT {_PERSON} AS id {_ROWS}"
    return (
        f"SELECT {column}, count(*) FROM ({once}) AS once {person} once.id GROUP BY 1",
        f"SELECT person.{column}, count(DISTINCT person.id) {rows} GROUP BY 1",
    )


PLAIN: dict[str, tuple[str, str]] = {
    "hub": _of_visit("activity.hub_id"),
    "month": _of_visit(_MONTH),
    "ward": _of_person("home_ward_id"),
    "ethnicity": _of_person("ethnicity"),
    "gender": _of_person("gender"),
}
PLAIN_BY_HUB_AND_MONTH = _of_visit(f"concat(activity.hub_id, '/', {_MONTH})")


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), many_rows():
        yield


def medians(**acts: Callable[[], Any]) -> dict[str, float]:
    """Seconds of each, taken in turns so that what disturbs one disturbs all; the first not."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for at in range(ROUNDS + 1):
        for name, act in acts.items():
            began = time.perf_counter()
            act()
            if at:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def plain(sql: str, scope: Scope) -> list[Any]:
    """Asked with as much memory for sorting as the portal takes."""
    parameters: dict[str, Any] = {
        "programmes": [each.pk for each in scope.programmes],
        "start": london_midnight(scope.first_day),
        "end": london_midnight(scope.last_day + dt.timedelta(days=1)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def periods() -> dict[str, tuple[dt.date, dt.date]]:
    """Every row, and one year of them."""
    days = Session.objects.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    year = (dt.date(2015, 9, 1), dt.date(2016, 8, 31))
    return {"all rows": (days["first"].date(), days["last"].date()), "one year": year}


def scope_of(first: dt.date, last: dt.date) -> Scope:
    return Scope.of(Programme.objects.order_by("name"), first, last, now=timezone.now())


@pytest.mark.timeout(0)
@pytest.mark.parametrize("period", ["all rows", "one year"])
def test_a_report_beside_plain_sql(rows: None, period: str) -> None:
    scope = scope_of(*periods()[period])
    acts: dict[str, Callable[[], Any]] = {}
    for name, ways in PLAIN.items():
        for way, statement in zip(("first told apart", "count distinct"), ways, strict=True):
            acts[f"{name}, {way}"] = partial(plain, statement, scope)
    asked = Asked(None, scope.programmes, scope.first_day, scope.last_day)
    acts["reach"] = lambda: reach(scope)
    acts["collect"] = lambda: collected(asked)
    seconds = medians(**acts)
    best = sum(
        min(value for key, value in seconds.items() if key.startswith(f"{name}, "))
        for name in PLAIN
    )
    print(f"\n{period}")
    for key, value in seconds.items():
        print(f"  {key:<28} {value:8.3f} s")
    for key, most in (("reach", MOST_FOR_REACH), ("collect", MOST_FOR_ALL)):
        print(f"  {key}: {seconds[key] / best:.2f} of plain SQL ({best:.3f} s), at most {most}")
    assert seconds["reach"] <= MOST_FOR_REACH * best
    assert seconds["collect"] <= MOST_FOR_ALL * best


def collected(asked: Asked) -> dict[str, Any]:
    with one_moment():
        return collect(asked, now=timezone.now(), progress=lambda *_: None)


@pytest.mark.timeout(0)
def test_a_dashboard_figure_from_what_is_kept(rows: None) -> None:
    first, last = periods()["all rows"]
    scope = scope_of(first.replace(day=1), last)
    asked = [INDICATORS["unique_participants"]]
    began = time.perf_counter()
    refreshed = rollups.refresh_everything()
    print(f"\n{refreshed} months at hubs counted anew: {time.perf_counter() - began:.1f} s")
    seconds = medians(
        kept=lambda: rollups.figures_by_hub_and_month(
            scope.programmes, first, last, ["unique_participants"]
        ),
        live=lambda: rollups.counted(scope, asked),
        plain_once=lambda: plain(PLAIN_BY_HUB_AND_MONTH[0], scope),
        plain_distinct=lambda: plain(PLAIN_BY_HUB_AND_MONTH[1], scope),
    )
    for key, value in seconds.items():
        print(f"  {key:<28} {value:8.4f} s")
    fastest = min(value for key, value in seconds.items() if key != "kept")
    print(f"  kept is 1/{fastest / seconds['kept']:.0f} of it, at most 1/{LEAST_SAVED:.0f}")
    with transaction.atomic():
        Attendance.objects.filter(pk__in=Attendance.objects.values("pk")[:1]).update(role="family")
        began = time.perf_counter()
        rollups.refresh()
        print(f"  one month counted anew       {time.perf_counter() - began:8.4f} s")
        transaction.set_rollback(True)
    assert fastest >= LEAST_SAVED * seconds["kept"]


@pytest.mark.timeout(0)
def test_saving_a_register(rows: None) -> None:
    with as_owner(), transaction.atomic():
        saves = Saves()
        transaction.set_rollback(True)
    with_kept, without = saves.milliseconds
    print(f"\na register of {REGISTER}: {with_kept:.1f} ms, {without:.1f} ms without what is kept;")
    print(f"  {with_kept / without:.2f} of it, at most {MOST_FOR_A_REGISTER}")
    assert with_kept <= MOST_FOR_A_REGISTER * without


class Saves:
    """Registers saved in turns with what notes stale months and without, 20 of each.

    Nothing is committed, which would cost both the same and so hide a part of the difference.
    """

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            # Triggers cannot be changed while checks wait for the end of the transaction.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        hub = factories.make_hub()
        self.by = factories.make_user(Role.TRUST_STAFF)
        self.activity = factories.make_activity(hub=hub)
        self.people = [factories.make_participant(hub=hub) for _ in range(REGISTER)]
        times: tuple[list[float], list[float]] = ([], [])
        for at in range(42):
            is_silent = at % 2
            self.silence(bool(is_silent))
            times[is_silent].append(self.save(at) * 1000)
        self.milliseconds = tuple(statistics.median(each[1:]) for each in times)

    def silence(self, is_silent: bool) -> None:
        how = "DISABLE" if is_silent else "ENABLE"
        with connection.cursor() as cursor:
            for event in ("insert", "update", "delete"):
                cursor.execute(f"ALTER TABLE participants_attendance {how} TRIGGER stale_{event}")

    def save(self, at: int) -> float:
        now = timezone.now()
        starts_at = now - dt.timedelta(minutes=30, days=at)
        session = factories.make_session(activity=self.activity, starts_at=starts_at)
        marks = [MarkInput(uuid.uuid4(), person.pk, "present", starts_at) for person in self.people]
        began = time.perf_counter()
        record_marks(session=session, operations=marks, by=self.by, now=now)
        return time.perf_counter() - began


@pytest.mark.timeout(0)
def test_memory_does_not_grow_with_the_rows(rows: None) -> None:
    """The same period of the same sessions, with all marks and with one in a hundred."""
    days = periods()["all rows"]
    many, much = built(*days)
    with thinned_out() as name:
        few, little = built(*days, name=name)
    print(
        f"\npeak memory: {little / 1024:.1f} MiB for {few:,} marks, {much / 1024:.1f} MiB for {many:,};"
    )
    print(f"  {(much - little) / 1024:.1f} MiB more, at most {MOST_MORE_MEMORY / 1024:.0f}")
    assert few < many / 50
    assert much - little <= MOST_MORE_MEMORY


@contextmanager
def thinned_out() -> Iterator[str]:
    """The name of a copy of the database in which one mark in a hundred is left."""
    own, name = connection.settings_dict["NAME"], f"{connection.settings_dict['NAME']}_thin"
    # A database is copied only while nobody is in it.
    connection.close()
    copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, own)))
    dropped = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    with owner_connection("postgres") as owner:
        owner.execute(dropped)
        owner.execute(copied)
        try:
            with owner_connection(name) as thin:
                thin.execute(THIN_OUT)
                thin.execute("VACUUM (ANALYZE) participants_attendance")
            yield name
        finally:
            owner.execute(dropped)


def built(first: dt.date, last: dt.date, name: str = "") -> tuple[int, int]:
    """Marks read, and the peak of a worker's process in KiB; in a database of that name."""
    where = environment()
    if name:
        for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            where[key] = f"{where[key].rpartition('/')[0]}/{name}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.build_once", first.isoformat(), last.isoformat()],
        env=where,
        check=True,
        capture_output=True,
        text=True,
    )
    marks, peak = done.stdout.split()[-2:]
    return int(marks), int(peak)
