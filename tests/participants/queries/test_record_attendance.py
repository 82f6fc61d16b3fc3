"""What a record says somebody came to is what a report counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.indicators import INDICATORS
from evaluation.queries.record import Scope, totals
from participants.models import Participant
from participants.queries.record_attendance import attendance_of
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Participant:
    return factories.make_participant()


def test_counts_as_a_report_does(person: Participant) -> None:
    activity = factories.make_activity()
    merged = factories.make_participant(merged_into=person)
    days = iter(range(1, 29))

    def session(**fields: object) -> object:
        return factories.make_session(
            activity=activity, starts_at=london(2019, 5, next(days)), **fields
        )

    both = session()
    factories.make_attendance(both, person, marked_at=london(2019, 5, 20), status="late")
    factories.make_attendance(both, merged, marked_at=london(2019, 5, 21), status="present")
    factories.make_attendance(session(), person, status="absent")
    factories.make_attendance(session(cancelled_at=london(2019, 4, 1)), person)
    factories.make_attendance(session(kind="training"), person)
    factories.make_attendance(session(), person, role="practitioner")
    factories.make_attendance(session(delivered_minutes=30), merged, role="volunteer")
    early = session()
    factories.make_attendance(
        early,
        person,
        status="left_early",
        arrived_at=early.starts_at - dt.timedelta(minutes=10),
        left_at=early.starts_at + dt.timedelta(minutes=25),
    )
    # Somebody else's.
    factories.make_attendance(both)

    found = attendance_of(person)
    assert (found.attendances, found.whole) == (3, 7)
    assert found.hours == Decimal("2.4")
    assert [visit.minutes for visit in found.visits] == [25, 30, 90, 90, 90, None, 90]
    scope = Scope.of(
        [activity.programme], dt.date(2019, 5, 1), dt.date(2019, 5, 31), now=london(2020, 1, 1)
    )
    Participant.objects.exclude(pk__in=[person.pk, merged.pk]).get().attendances.all().delete()
    wanted = [INDICATORS["attendances"], INDICATORS["contact_hours"]]
    assert totals(scope, wanted) == {"attendances": 3, "contact_hours": 90 + 30 + 25}


def test_who_never_came(person: Participant) -> None:
    found = attendance_of(person)
    assert (found.visits, found.attendances, found.hours) == ([], 0, Decimal("0.0"))
    assert found.last_came_at is None


def test_costs_the_same(person: Participant) -> None:
    costs = []
    for _ in range(3):
        factories.make_attendance(factories.make_session(), person)
        with CaptureQueriesContext(connection) as queries:
            assert attendance_of(person).visits
        costs.append(len(queries))
    assert costs == [1, 1, 1]
