"""Reads for extracts take as many queries for one person as for three."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Role
from evaluation.models import Study
from evaluation.queries.research import (
    Asked,
    agreed,
    extracts_of,
    facts_of,
    left_since,
    records_of_each,
    studies_for,
    told_so_far,
)
from participants.models import Participant
from tests import factories
from tests.evaluation.research.cohort import (
    FIRST,
    LAST,
    agree,
    ask,
    finished,
    make_cohort,
    make_study,
    released,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 3])
def test_facts_take_a_fixed_number_of_queries(number: int, django_assert_num_queries: Any) -> None:
    study, _, people = make_cohort(number)
    # Three for each of the two reads of the record, that say how to plan and take it back.
    with django_assert_num_queries(13):
        facts = facts_of(Asked(study.programme, FIRST, LAST))
    assert {each.key for each in facts.people} == {each.pk for each in people}
    assert (len(facts.months), len(facts.responses)) == (number, 2 * number)


def test_a_merged_persons_answers_are_one_persons() -> None:
    study, _, people = make_cohort(2)
    Participant.objects.filter(pk=people[1].pk).update(merged_into=people[0])
    facts = facts_of(Asked(study.programme, FIRST, LAST))
    assert [each.key for each in facts.people] == [people[0].pk]
    assert {each.key for each in facts.responses} == {people[0].pk}
    assert len(facts.responses) == 4
    assert records_of_each([people[0].pk]) == {people[0].pk: [people[0].pk, people[1].pk]}


def test_who_agreed_is_a_root_with_both_consents() -> None:
    both, one, none, left = (factories.make_participant() for _ in range(4))
    for person in (both, left):
        agree(person)
    factories.make_consent(one)
    withdraw(left)
    assert agreed([each.pk for each in (both, one, none, left)]) == {both.pk}


@pytest.mark.parametrize("number", [1, 3])
def test_who_left_takes_four_queries(number: int, django_assert_num_queries: Any) -> None:
    study = make_study(factories.make_programme(), factories.make_user(Role.TRUST_STAFF))
    people = [agree(factories.make_participant()) for _ in range(2 * number)]
    extracts = [finished(study, people) for _ in range(number)]
    for person in people[:number]:
        withdraw(person)
    found = list(extracts_of(study))
    with django_assert_num_queries(4):
        assert left_since(found) == {each.pk: number for each in extracts}


def test_what_was_not_made_has_nobody_to_leave() -> None:
    study = make_study(factories.make_programme(), factories.make_user(Role.TRUST_STAFF))
    assert left_since([ask(study)]) == {}


def test_later_extracts_tell_nothing_more_exactly_than_released_ones() -> None:
    study = make_study(factories.make_programme(), factories.make_user(Role.TRUST_STAFF))
    finished(study, [])
    assert told_so_far(study) == (0, 0, 0, 0, 0, 0)
    released(study, [])
    released(make_study(study.programme, study.started_by), [])
    assert told_so_far(study) == (0, 0, 0, 0, 1, 0)


def test_studies_say_how_many_extracts_were_made() -> None:
    trust = factories.make_user(Role.TRUST_STAFF)
    study = make_study(factories.make_programme(), trust)
    people = [factories.make_participant()]
    ask(study)
    finished(study, people)
    assert [(each, each.made) for each in studies_for(trust)] == [(study, 1)]
    assert not studies_for(factories.make_user(Role.HUB_LEAD)).exists()
    assert Study.objects.count() == 1
