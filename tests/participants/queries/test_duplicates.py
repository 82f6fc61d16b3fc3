"""Which records look like one person, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from participants.models import Participant, Registration
from participants.queries.duplicates import (
    Pair,
    compared,
    digits_apart,
    likely_pairs,
    pair_key,
)
from tests.factories import make_hub, make_participant

BORN = dt.date(2008, 3, 4)

pytestmark = pytest.mark.django_db


def person(given: str, family: str, born: dt.date | None = BORN, **fields: Any) -> Participant:
    return make_participant(given_name=given, family_name=family, birth_date=born, **fields)


def reasons() -> list[list[str]]:
    return [pair.reasons for pair in likely_pairs()]


def test_same_name_and_date() -> None:
    one, other = person("Samplia", "Zed"), person("samplia", "ZED")
    first, second = pair_key(one.pk, other.pk)
    assert likely_pairs() == [Pair(first, second, 80, ["Same name", "Same date of birth"])]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            ("Samplia", "Zedding", BORN),
            ("Zedding", "Samplia", BORN),
            ["First and last name the other way round", "Same date of birth"],
        ),
        (
            ("Samplia", "Zedding", BORN),
            ("Samplia", "Zedding", dt.date(2008, 4, 3)),
            ["Same name", "Day and month of birth the other way round"],
        ),
        (
            ("Samplia", "Zedding", BORN),
            ("Samplia", "Zedding", dt.date(2009, 3, 4)),
            ["Same name", "Date of birth differs in one digit"],
        ),
        (
            ("Samplia", "Zedding", BORN),
            ("Sampliah", "Zeding", BORN),
            ["Names nearly the same", "Same date of birth"],
        ),
    ],
    ids=["swapped names", "swapped date", "one digit", "spelling"],
)
def test_what_is_written_wrong_is_seen_through(one: Any, other: Any, why: list[str]) -> None:
    person(*one)
    person(*other)
    assert reasons() == [why]


def test_the_name_somebody_is_known_by() -> None:
    person("Samplissima", "Zed", known_as="Lissy")
    person("Lissy", "Zed")
    assert reasons() == [["Known by the other's first name", "Same date of birth"]]


def test_a_missing_date_needs_more() -> None:
    hub = make_hub()
    one = person("Samplia", "Zed", None, year_group=5)
    other = person("Samplia", "Zed", year_group=5)
    assert reasons() == []
    for each in (one, other):
        Registration.objects.create(participant=each, hub=hub)
    assert reasons() == [
        ["Same name", "Date of birth missing on one", "Same hub", "Same school year"]
    ]


def test_a_shared_postcode_counts_however_it_is_written() -> None:
    person("Samplia", "Zed", None, home_postcode="DE1 2AB")
    person("Samplia", "Zed", home_postcode="de12ab")
    assert reasons() == [["Same name", "Date of birth missing on one", "Same postcode"]]


def test_twins_and_namesakes_are_no_pair() -> None:
    person("Samplia", "Zed", home_postcode="DE1 2AB", year_group=5)
    person("Robin", "Zed", home_postcode="DE1 2AB", year_group=5)
    person("Samplia", "Zed", dt.date(2012, 11, 27))
    assert likely_pairs() == []


def test_merged_and_anonymised_records_are_left_out() -> None:
    root = person("Samplia", "Zed")
    person("Samplia", "Zed", merged_into=root)
    person("Samplia", "Zed", anonymised_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert likely_pairs() == []


def test_a_hub_of_a_merged_record_counts() -> None:
    root, other = person("Samplia", "Zed"), person("Samplia", "Zed")
    record = person("Somebody", "Else", merged_into=root)
    hub = make_hub()
    for each in (record, other):
        Registration.objects.create(participant=each, hub=hub)
    assert reasons() == [["Same name", "Same date of birth", "Same hub"]]


def test_pairs_are_compared_in_any_number_of_one_query(django_assert_num_queries: Any) -> None:
    people = [person("Samplia", "Zed") for _ in range(3)]
    pairs = [pair_key(people[0].pk, people[1].pk), pair_key(people[1].pk, people[2].pk)]
    with django_assert_num_queries(1):
        assert len(compared(pairs[:1])) == 1
    with django_assert_num_queries(1):
        assert len(compared(pairs)) == 2
    assert compared([]) == []


def test_digits_apart() -> None:
    assert digits_apart(BORN, BORN) == 0
    assert digits_apart(BORN, dt.date(2008, 3, 14)) == 1
    assert digits_apart(BORN, dt.date(2018, 3, 14)) == 2
