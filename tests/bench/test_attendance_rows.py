"""How long the rows behind a report take, against a bare COPY of the same join in the same run."""

from __future__ import annotations

import datetime as dt
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from activities.models import Programme, Session
from evaluation.queries.attendance_rows import attendance_rows
from evaluation.queries.record import Scope
from tests.bench.many import many_rows

ROUNDS = 5
MOST_TIMES = 3
MOST_MORE_MEMORY = 20

BARE = """
COPY (
    SELECT participant.id, (session.starts_at AT TIME ZONE 'Europe/London')::date, hub.name,
           activity.title, activity.kind, session.kind, attendance.role, attendance.status,
           attendance.arrived_at, attendance.left_at, participant.birth_date, participant.gender
    FROM participants_attendance AS attendance
    JOIN activities_session AS session ON session.id = attendance.session_id
    JOIN activities_activity AS activity ON activity.id = session.activity_id
    JOIN participants_participant AS participant ON participant.id = attendance.participant_id
    LEFT JOIN hubs_hub AS hub ON hub.id = activity.hub_id
    WHERE activity.programme_id = ANY(%(programmes)s)
      AND session.starts_at >= %(start)s AND session.starts_at < %(end)s
) TO STDOUT WITH (FORMAT csv, HEADER)
"""


def bare_rows(scope: Scope) -> int:
    """Read the bare join to its end; how many bytes it has."""
    with connection.cursor() as cursor, cursor.copy(BARE, scope.parameters()) as copied:
        return sum(len(block) for block in copied)


def whole_scope() -> Scope:
    """Every session of every programme."""
    days = Session.objects.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    first, last = (days[key].date() for key in ("first", "last"))
    return Scope.of(Programme.objects.all(), first, last, now=timezone.now())


def timed(read: Callable[[], int]) -> tuple[float, int]:
    began = time.monotonic()
    size = read()
    return time.monotonic() - began, size


def ratio(scope: Scope) -> float:
    """How many times the bare COPY the rows take; prints what was measured."""
    times: dict[str, list[float]] = {"bare COPY": [], "attendance rows": []}
    reads = {
        "bare COPY": lambda: bare_rows(scope),
        "attendance rows": lambda: sum(map(len, attendance_rows(scope))),
    }
    for _ in range(ROUNDS):
        for name, read in reads.items():
            seconds, size = timed(read)
            times[name].append(seconds)
            print(f"{name:<16} {seconds:7.2f} s, {size:,} bytes")
    middle = {name: statistics.median(seconds) for name, seconds in times.items()}
    found = middle["attendance rows"] / middle["bare COPY"]
    print(f"attendance rows take {found:.2f} times the bare COPY")
    return found


def grown() -> int:
    """The most memory of this process until now, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), many_rows():
        yield


@pytest.mark.timeout(0)
def test_rows_take_at_most_three_times_a_bare_copy_and_no_more_memory(rows: None) -> None:
    scope = whole_scope()
    week = scope.first_day + dt.timedelta(7)
    of_a_week = Scope.of(scope.programmes, scope.first_day, week, now=timezone.now())
    assert sum(map(len, attendance_rows(of_a_week))) > 0
    before = grown()
    assert ratio(scope) <= MOST_TIMES
    assert grown() - before <= MOST_MORE_MEMORY
