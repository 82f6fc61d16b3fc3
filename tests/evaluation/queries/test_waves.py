from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from activities.models import Session, SessionKind
from evaluation.models import Measure, RespondentKind, Wave
from evaluation.queries.waves import Asking, Due, asked_at, due_at_session
from participants.models import AttendanceRole, MarkStatus, Participant
from tests.factories import (
    london,
    make_attendance,
    make_consent,
    make_instrument,
    make_measure,
    make_participant,
    make_response,
    make_session,
)

pytestmark = pytest.mark.django_db
# The session of the day is on Tuesday 14 May 2019 at 4pm.
NOW = london(2019, 5, 14, 17)
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
QUERIES = 7


@pytest.fixture
def session() -> Session:
    return make_session()


@pytest.fixture
def measure(session: Session) -> Measure:
    return make_measure(programme=session.activity.programme)


def came(session: Session, **fields: Any) -> Participant:
    """Somebody who is at the session, with consent, 10 years old unless told otherwise."""
    person = make_participant(hub=session.activity.hub, **fields)
    make_consent(person)
    make_attendance(session, person)
    return person


def earlier(session: Session, ago: dt.timedelta, **fields: Any) -> Session:
    at = session.starts_at - ago
    return make_session(activity=session.activity, starts_at=at, **fields)


def asking(session: Session) -> Asking:
    return asked_at([session], NOW)[session.pk]


def test_whoever_came_for_the_first_time_is_due_for_a_baseline(
    session: Session, measure: Measure
) -> None:
    person = came(session)
    assert due_at_session(session, NOW) == [
        Due(person, measure, Wave.BASELINE, dt.date(2019, 5, 14), dt.date(2019, 6, 11))
    ]


def test_a_baseline_after_four_weeks_is_late_and_may_still_be_asked(
    session: Session, measure: Measure
) -> None:
    on_time, late = came(session, given_name="A"), came(session, given_name="B")
    make_attendance(earlier(session, 28 * DAY), on_time)
    make_attendance(earlier(session, 29 * DAY), late)
    assert [(due.person, due.is_late) for due in due_at_session(session, NOW)] == [
        (on_time, False),
        (late, True),
    ]


def test_first_attendances_of_other_kinds_do_not_count(session: Session, measure: Measure) -> None:
    person = came(session)
    family, trained, absent = (earlier(session, weeks * WEEK) for weeks in (10, 11, 12))
    trained.kind = SessionKind.TRAINING
    trained.save()
    make_attendance(family, person, role=AttendanceRole.FAMILY)
    make_attendance(trained, person)
    make_attendance(absent, person, status=MarkStatus.ABSENT)
    elsewhere = make_session(starts_at=session.starts_at - 13 * WEEK)
    make_attendance(elsewhere, person)
    assert [due.due_from for due in due_at_session(session, NOW)] == [dt.date(2019, 5, 14)]


def test_a_follow_up_is_due_on_the_day_its_weeks_have_passed(
    session: Session, measure: Measure
) -> None:
    due, early = came(session, given_name="A"), came(session, given_name="B")
    make_response(measure, due, at=NOW - 12 * WEEK)
    make_response(measure, early, at=NOW - 12 * WEEK + DAY)
    assert due_at_session(session, NOW) == [
        Due(due, measure, Wave.FOLLOW_UP, dt.date(2019, 5, 14), dt.date(2019, 6, 11))
    ]


def test_the_earliest_standing_baseline_counts(session: Session, measure: Measure) -> None:
    person = came(session)
    make_response(measure, person, at=NOW - 20 * WEEK, set_aside_at=NOW)
    make_response(measure, person, at=NOW - 19 * WEEK, finished_at=None)
    make_response(measure, person, at=NOW - 13 * WEEK)
    make_response(measure, person, at=NOW - 2 * WEEK)
    (due,) = due_at_session(session, NOW)
    assert (due.wave, due.due_from) == (Wave.FOLLOW_UP, dt.date(2019, 5, 7))


def test_after_a_follow_up_the_next_is_due_as_many_weeks_later(
    session: Session, measure: Measure
) -> None:
    done, again = came(session, given_name="A"), came(session, given_name="B")
    for person, ago in ((done, 11), (again, 12)):
        make_response(measure, person, at=NOW - 30 * WEEK)
        make_response(measure, person, at=NOW - ago * WEEK, wave=Wave.FOLLOW_UP)
    assert [due.person for due in due_at_session(session, NOW)] == [again]


def test_each_respondent_answers_for_themselves(session: Session, measure: Measure) -> None:
    person = came(session)
    observed = make_measure(
        programme=measure.programme,
        instrument=measure.instrument,
        respondent=RespondentKind.STAFF,
    )
    make_response(measure, person, at=NOW - WEEK)
    assert [due.measure for due in due_at_session(session, NOW)] == [observed]


def test_a_measure_that_has_ended_begins_later_or_is_out_of_use_asks_nobody(
    session: Session,
) -> None:
    programme = session.activity.programme
    came(session)
    make_measure(programme=programme, ended_at=NOW - DAY)
    make_measure(programme=programme, started_at=NOW + DAY)
    make_measure(programme=programme, instrument=make_instrument(published_at=None))
    make_measure(programme=programme, instrument=make_instrument(withdrawn_at=NOW - DAY))
    make_measure()
    assert due_at_session(session, NOW) == []


@pytest.mark.parametrize(
    ("birth", "is_due"),
    [
        (dt.date(2009, 5, 15), False),
        (dt.date(2009, 5, 14), True),
        (dt.date(2002, 5, 15), True),
        (dt.date(2002, 5, 14), False),
    ],
)
def test_only_ages_of_the_instrument_on_the_day_are_asked(
    session: Session, birth: dt.date, is_due: bool
) -> None:
    form = {"id": "own", "respondent": "self", "min_age": 10, "max_age": 16}
    make_measure(
        programme=session.activity.programme,
        instrument=make_instrument(definition={"forms": [form]}),
    )
    came(session, birth_date=birth)
    assert bool(due_at_session(session, NOW)) is is_due


def test_without_a_birth_date_the_school_year_decides_and_else_it_is_counted(
    session: Session, measure: Measure
) -> None:
    by_year = came(session, birth_date=None, year_group=6)
    came(session, birth_date=None)
    found = asking(session)
    assert [due.person for due in found.dues] == [by_year]
    assert (found.people, found.age_not_known, found.without_consent) == (1, 1, 0)


def test_nobody_is_asked_without_consent_or_who_is_left_out(
    session: Session, measure: Measure
) -> None:
    asked = came(session)
    refused = came(session)
    make_consent(refused, is_given=False, at=london(2019, 1, 1))
    came(session, restricted_at=NOW)
    came(session, objected_at=NOW)
    came(session, anonymised_at=NOW)
    never_asked = make_participant()
    make_attendance(session, never_asked)
    found = asking(session)
    assert [due.person for due in found.dues] == [asked]
    # Nobody is to press those who objected, whose record is restricted or who are forgotten.
    assert found.without_consent == 2


def test_merged_records_are_one_person(session: Session, measure: Measure) -> None:
    person = came(session)
    other = make_participant(merged_into=person)
    make_attendance(earlier(session, 2 * WEEK), other)
    make_response(measure, other, at=NOW - 12 * WEEK)
    (due,) = due_at_session(session, NOW)
    assert (due.person, due.wave) == (person, Wave.FOLLOW_UP)


def test_at_a_session_are_those_here_and_the_regulars_who_are_not_away(
    session: Session, measure: Measure
) -> None:
    last_week = earlier(session, WEEK)
    here, expected, away, gone = (
        make_participant(given_name=name) for name in ("Here", "Expected", "Away", "Gone")
    )
    for person in (here, expected, away, gone):
        make_consent(person)
    make_attendance(session, here)
    make_attendance(last_week, expected)
    make_attendance(last_week, away)
    make_attendance(session, away, status=MarkStatus.EXCUSED)
    make_attendance(earlier(session, 29 * DAY), gone)
    assert [due.person for due in due_at_session(session, NOW)] == [expected, here]


def test_who_is_registered_at_the_hub_and_has_not_come_is_not_due(
    session: Session, measure: Measure
) -> None:
    person = make_participant(hub=session.activity.hub)
    make_consent(person)
    assert asking(session) == Asking()


def test_the_queries_do_not_grow(
    session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert asked_at([], NOW) == {}
    for _ in range(3):
        measure = make_measure(programme=session.activity.programme)
        person = came(session)
        make_response(measure, person, at=NOW - 12 * WEEK)
        with django_assert_num_queries(QUERIES):
            due_at_session(session, NOW)
    others = [earlier(session, weeks * WEEK) for weeks in (1, 2)]
    for other in others:
        came(other)
    with django_assert_num_queries(QUERIES):
        found = asked_at([session, *others], NOW)
    assert found[others[0].pk].people == 2
