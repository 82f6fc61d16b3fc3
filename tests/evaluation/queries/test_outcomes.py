"""Whose answers count, and that a page takes the same queries however many answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from activities.models import Programme
from evaluation.models import Measure, Wave
from evaluation.queries.outcomes import Asked, Outcomes, measured, outcomes_of
from participants.models import AttendanceRole, MarkStatus, Participant, Purpose
from participants.services.merging import merge, undo_merge
from participants.services.removal import anonymise, erase
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db

FIRST, LAST = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
BEFORE, AFTER = london(2019, 2, 1, 17), london(2019, 6, 3, 17)
NOW = london(2019, 12, 31)


@pytest.fixture
def measure() -> Measure:
    programme = factories.make_programme(starts_on=FIRST)
    measure: Measure = factories.make_measure(programme=programme)
    return measure


@pytest.fixture
def session(measure: Measure) -> Any:
    return make_session(measure.programme)


def make_session(programme: Programme, **fields: Any) -> Any:
    hub = fields.pop("hub", None) or factories.make_hub()
    activity = factories.make_activity(programme=programme, hub=hub)
    return factories.make_session(
        activity=activity, **({"starts_at": london(2019, 1, 20, 16)} | fields)
    )


def came(session: Any, *, consent: bool = True, **fields: Any) -> Participant:
    """Somebody of ten who came to a session, with consent to surveys unless said otherwise."""
    person = factories.make_participant(**({"birth_date": dt.date(2008, 6, 1)} | fields))
    factories.make_attendance(session, person)
    if consent:
        factories.make_consent(person)
    return person


def answered(measure: Measure, person: Participant, before: int, after: int | None = None) -> None:
    """A baseline with this number for each item, and a follow-up where there is one."""
    factories.make_response(measure, person, at=BEFORE, answers={"one": before, "two": before})
    if after is not None:
        factories.make_response(
            measure, person, at=AFTER, wave=Wave.FOLLOW_UP, answers={"one": after, "two": after}
        )


def asked(measure: Measure, **fields: Any) -> Outcomes:
    return outcomes_of(replace(Asked(measure, FIRST, LAST), **fields))


def steps(outcomes: Outcomes) -> tuple[int, ...]:
    flow = outcomes.flow
    return (flow.reached, flow.of_age, flow.consented, flow.baseline, flow.due, flow.pairs)


def test_the_flow_counts_everybody_once_step_by_step(measure: Measure, session: Any) -> None:
    came(session, birth_date=None)
    came(session, consent=False)
    came(session)
    answered(measure, came(session), 3)
    answered(measure, came(session), 2, 4)
    early = came(session)
    answered(measure, early, 3)
    factories.make_response(measure, early, at=BEFORE + dt.timedelta(days=83), wave=Wave.FOLLOW_UP)
    outcomes = asked(measure)
    assert steps(outcomes) == (6, 5, 4, 3, 3, 1)
    assert (outcomes.flow.age_unknown, outcomes.flow.early, outcomes.flow.lost) == (1, 1, 2)
    assert outcomes.flow.attrition.share == pytest.approx(2 / 3)


def test_answers_of_who_took_consent_back_count_for_nothing(measure: Measure, session: Any) -> None:
    person = came(session)
    answered(measure, person, 2, 4)
    assert asked(measure).flow.pairs == 1
    factories.make_consent(person, is_given=False, at=london(2019, 7, 1))
    outcomes = asked(measure)
    assert (outcomes.flow.pairs, outcomes.quality.without_consent) == (0, 2)


@pytest.mark.parametrize("field", ["objected_at", "restricted_at"])
def test_who_objected_or_is_restricted_counts_for_nothing(
    measure: Measure, session: Any, field: str
) -> None:
    person = came(session)
    answered(measure, person, 2, 4)
    Participant.objects.filter(pk=person.pk).update(**{field: NOW})
    assert asked(measure).flow.baseline == 0


def test_consent_to_something_else_is_no_consent(measure: Measure, session: Any) -> None:
    person = came(session, consent=False)
    factories.make_consent(person, Purpose.PHOTOGRAPHS_INSIDE)
    answered(measure, person, 2, 4)
    assert steps(asked(measure))[2:] == (0, 0, 0, 0)


def test_other_measures_unfinished_and_set_aside_answers_are_not_read(
    measure: Measure, session: Any
) -> None:
    person = came(session)
    answered(factories.make_measure(programme=measure.programme), person, 2, 4)
    factories.make_response(measure, person, finished_at=None, at=BEFORE)
    factories.make_response(
        measure, person, at=BEFORE, set_aside_at=NOW, set_aside_why="Another child's."
    )
    outcomes = asked(measure)
    assert outcomes.flow.baseline == 0
    assert (outcomes.quality.unfinished, outcomes.quality.set_aside) == (1, 1)


def test_artists_families_and_absent_people_are_not_reached(measure: Measure, session: Any) -> None:
    for role in (AttendanceRole.PRACTITIONER, AttendanceRole.FAMILY):
        factories.make_attendance(session, factories.make_participant(), role=role)
    factories.make_attendance(session, factories.make_participant(), status=MarkStatus.ABSENT)
    assert asked(measure).flow.reached == 0


def test_the_period_narrows_people_and_answers(measure: Measure, session: Any) -> None:
    answered(measure, came(session), 2, 4)
    assert steps(asked(measure, last_day=dt.date(2019, 6, 2)))[3:] == (1, 1, 0)
    assert steps(asked(measure, last_day=dt.date(2019, 6, 3)))[3:] == (1, 1, 1)
    assert steps(asked(measure, first_day=dt.date(2019, 1, 21))) == (0, 0, 0, 0, 0, 0)


def test_a_hub_counts_those_who_went_there_most(measure: Measure, session: Any) -> None:
    other = make_session(measure.programme, starts_at=london(2019, 1, 27, 16))
    third = make_session(
        measure.programme, hub=other.activity.hub, starts_at=london(2019, 1, 28, 16)
    )
    here, there = came(session), came(session)
    for each in (other, third):
        factories.make_attendance(each, there)
    answered(measure, here, 2, 4)
    answered(measure, there, 2, 4)
    hub = session.activity.hub
    assert steps(asked(measure, hub=hub)) == (1, 1, 1, 1, 1, 1)
    assert steps(asked(measure, hub=other.activity.hub))[0] == 1
    assert steps(asked(measure))[0] == 2


def test_hours_are_those_between_the_two_answers(measure: Measure, session: Any) -> None:
    people = [came(session) for _ in range(10)]
    for number, person in enumerate(people):
        answered(measure, person, 2, 2 + number % 3)
    for day in (1, 20):
        between = make_session(measure.programme, starts_at=london(2019, 3, day, 16))
        factories.make_attendance(between, people[0])
    outcomes = asked(measure)
    score = outcomes.scores[0]
    assert [(dose.label, dose.n) for dose in score.doses if dose.n] == [("0", 9), ("2 to 4", 1)]


def test_scores_are_those_of_scoring_and_statistics(measure: Measure, session: Any) -> None:
    numbers = [(2, 4), (3, 3), (1, 2), (5, 4), (2, 3), (4, 4), (3, 5), (2, 2), (1, 3), (4, 5)]
    for before, after in numbers:
        answered(measure, came(session), before, after)
    change = asked(measure).scores[0].change
    differences = [after - before for before, after in numbers]
    assert change.n == 10
    assert change.mean_change == pytest.approx(np.mean(differences))
    assert (change.up, change.same, change.down) == (6, 3, 1)


def test_merging_and_undoing_count_a_person_once(measure: Measure, session: Any) -> None:
    trust = factories.make_user(Role.TRUST_STAFF)
    root, record = came(session), came(session)
    answered(measure, record, 1, 5)
    answered(measure, root, 2)
    before = steps(asked(measure))
    made = merge(record=record, into=root, take=[], by=trust, now=NOW)
    outcomes = asked(measure)
    assert steps(outcomes) == (1, 1, 1, 1, 1, 1)
    undo_merge(merge=made, by=trust, now=NOW)
    assert steps(asked(measure)) == before == (2, 2, 2, 2, 2, 1)


def test_anonymising_changes_nothing_and_erasing_takes_exactly_one(
    measure: Measure, session: Any
) -> None:
    trust = factories.make_user(Role.TRUST_STAFF)
    first, second = came(session), came(session)
    for person in (first, second):
        answered(measure, person, 2, 4)
    before = asked(measure)
    anonymise(person=first, by=trust, now=NOW)
    after = asked(measure)
    assert (steps(after), after.scores[0].change) == (steps(before), before.scores[0].change)
    erase(person=second, by=trust, now=NOW)
    assert steps(asked(measure)) == (1, 1, 1, 1, 1, 1)


def test_quality_tells_gaps_ways_and_late_baselines(measure: Measure, session: Any) -> None:
    late = came(session)
    factories.make_response(
        measure, late, at=london(2019, 3, 1), answers={"one": 3}, assistance="helped",
        channel="paper",
    )  # fmt: skip
    quality = asked(measure).quality
    assert (quality.responses, quality.items, quality.missing) == (1, 2, 1)
    assert quality.late_baselines == 1
    assert [share.label for share in quality.assistance if share.n] == ["With somebody's help"]
    assert [share.label for share in quality.channels if share.n] == ["On paper, keyed in"]


def test_an_item_that_is_asked_from_an_age_on_is_not_missing_before_it(session: Any) -> None:
    items = [{"id": "one", "low": 1, "high": 5}, {"id": "two", "low": 1, "high": 5, "min_age": 16}]
    instrument = factories.make_instrument(definition={"items": items})
    measure = factories.make_measure(programme=session.activity.programme, instrument=instrument)
    for born in (dt.date(2008, 6, 1), dt.date(2002, 6, 1)):
        person = came(session, birth_date=born)
        factories.make_response(measure, person, at=BEFORE, answers={"one": 3})
    quality = asked(measure).quality
    assert (quality.items, quality.missing) == (3, 1)


def test_a_score_that_checks_the_answers_is_no_outcome(session: Any) -> None:
    score = {"method": "item", "low": "1", "high": "5"}
    scores = [
        {"id": "first", "label": "First", "items": ["one"], **score},
        {"id": "honesty", "label": "Honesty", "items": ["two"], "is_check": True, **score},
    ]
    instrument = factories.make_instrument(definition={"scores": scores})
    measure = factories.make_measure(programme=session.activity.programme, instrument=instrument)
    assert [each.score.id for each in asked(measure).scores] == ["first"]


def test_the_primary_outcome_is_the_score_that_was_named(measure: Measure, session: Any) -> None:
    assert asked(measure).primary is None
    measure.is_primary, measure.primary_score, measure.primary_named_at = True, "mean", NOW
    measure.save()
    primary = asked(measure).primary
    assert primary is not None
    assert primary.score.id == "mean"


@pytest.mark.parametrize("people", [1, 3, 12])
def test_a_page_takes_the_same_queries_however_many_answered(
    measure: Measure, session: Any, people: int
) -> None:
    for _ in range(people):
        answered(measure, came(session), 2, 4)
    asked(measure)
    with CaptureQueriesContext(connection) as caught:
        asked(measure)
    statements = [each["sql"] for each in caught if "SET LOCAL" not in each["sql"]]
    assert len(statements) == 8


def test_the_list_counts_people_of_hubs_once_a_wave(measure: Measure, session: Any) -> None:
    hub = session.activity.hub
    person = came(session)
    answered(measure, person, 2, 4)
    factories.make_response(measure, person, at=london(2019, 9, 9), wave=Wave.FOLLOW_UP, hub=hub)
    everything, here = measured(Measure.objects.all(), None), measured(Measure.objects.all(), [hub])
    ((_, (all_hubs,)),) = everything.items()
    ((_, (one_hub,)),) = here.items()
    assert (all_hubs.baselines, all_hubs.follow_ups) == (1, 1)
    assert (one_hub.baselines, one_hub.follow_ups) == (0, 1)
