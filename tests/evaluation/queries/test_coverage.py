from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from activities.models import Activity, Session
from evaluation.models import Measure, Wave
from evaluation.queries.coverage import HubCoverage, coverage_of
from hubs.models import Hub
from participants.models import Participant
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_consent,
    make_hub,
    make_measure,
    make_participant,
    make_response,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 5, 14, 17)
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def hub() -> Hub:
    return make_hub(name="Allenton")


@pytest.fixture
def activity(hub: Hub) -> Activity:
    return make_activity(hub=hub)


@pytest.fixture
def measure(activity: Activity) -> Measure:
    return make_measure(programme=activity.programme)


@pytest.fixture
def session(activity: Activity) -> Session:
    return make_session(activity=activity, starts_at=NOW - WEEK)


@pytest.fixture
def lead(hub: Hub) -> User:
    return make_user(Role.HUB_LEAD, hubs=(hub,))


def came(session: Session, *, agreed: bool = True, **fields: Any) -> Participant:
    person = make_participant(**fields)
    make_attendance(session, person)
    if agreed:
        make_consent(person)
    return person


def test_every_group_is_part_of_the_one_before(
    session: Session, measure: Measure, lead: User
) -> None:
    came(session, agreed=False)
    came(session)
    for weeks in (5, 12, 16, 17):
        make_response(measure, came(session), at=NOW - weeks * WEEK)
    done = came(session)
    make_response(measure, done, at=NOW - 20 * WEEK)
    make_response(measure, done, at=NOW - 7 * WEEK, wave=Wave.FOLLOW_UP)
    too_early = came(session)
    make_response(measure, too_early, at=NOW - 20 * WEEK)
    make_response(measure, too_early, at=NOW - 9 * WEEK, wave=Wave.FOLLOW_UP)
    found = coverage_of(measure, lead, NOW)
    assert found.hubs == [
        HubCoverage("Allenton", eligible=8, agreed=7, baseline=6, due=5, done=1, overdue=2)
    ]
    assert found.total == HubCoverage("All together", 8, 7, 6, 5, 1, 2)
    (row,) = found.hubs
    assert (row.agreed_rate, row.baseline_rate, row.done_rate) == (7 / 8, 6 / 7, 1 / 5)
    assert HubCoverage("Nobody").agreed_rate is None


def test_who_is_not_counted(session: Session, measure: Measure, lead: User) -> None:
    came(session, birth_date=dt.date(1999, 1, 1))
    came(session, birth_date=None)
    came(session, objected_at=NOW)
    came(session, restricted_at=NOW)
    came(session, anonymised_at=NOW)
    make_participant(hub=session.activity.hub)
    found = coverage_of(measure, lead, NOW)
    assert (found.total, found.age_not_known) == (HubCoverage("All together"), 1)


def test_somebody_of_two_records_and_two_hubs_counts_once_in_all(
    session: Session, measure: Measure
) -> None:
    person = came(session)
    twin = make_participant(merged_into=person)
    make_attendance(make_session(activity=session.activity, starts_at=NOW - 2 * WEEK), twin)
    other = make_activity(programme=measure.programme, hub=make_hub(name="Boulton"))
    make_attendance(make_session(activity=other, starts_at=NOW - 3 * WEEK), twin)
    trust = make_user(Role.TRUST_STAFF)
    found = coverage_of(measure, trust, NOW)
    assert [(row.hub, row.eligible) for row in found.hubs] == [("Allenton", 1), ("Boulton", 1)]
    assert found.total.eligible == 1


def test_only_ones_own_hubs_and_the_period_count(
    session: Session, measure: Measure, lead: User
) -> None:
    came(make_session(activity=make_activity(programme=measure.programme), starts_at=NOW - WEEK))
    came(make_session(starts_at=NOW - WEEK))
    long_ago = make_session(activity=session.activity, starts_at=NOW - 27 * WEEK)
    came(long_ago)
    came(session)
    assert coverage_of(measure, lead, NOW).total.eligible == 1
    whole = coverage_of(measure, lead, NOW, since=long_ago.local_date)
    assert whole.total.eligible == 2
    assert coverage_of(measure, lead, NOW, since=long_ago.local_date + DAY).total.eligible == 1
    assert coverage_of(measure, make_user(Role.EVALUATOR), NOW).hubs == []


def test_the_age_is_that_when_they_last_came(
    session: Session, measure: Measure, lead: User
) -> None:
    last_year = make_session(activity=session.activity, starts_at=NOW - 52 * WEEK)
    came(last_year, birth_date=dt.date(2000, 1, 1))
    since = last_year.local_date
    assert coverage_of(measure, lead, NOW, since=since).total.eligible == 1


def test_the_queries_do_not_grow(
    session: Session,
    measure: Measure,
    lead: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    coverage_of(measure, lead, NOW)
    for number in range(1, 4):
        make_response(measure, came(session), at=NOW - 13 * WEEK)
        with django_assert_num_queries(5):
            assert coverage_of(measure, lead, NOW).total.due == number
