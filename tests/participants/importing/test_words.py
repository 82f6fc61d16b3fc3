"""The words that are read are the answers that the portal keeps, each of them."""

from __future__ import annotations

import pytest
from django.db.models import TextChoices

from activities.models import CountMethod, HeadCountGroup
from participants.importing import words
from participants.importing.fields import CONSENTS, FIELDS
from participants.importing.text import key_of
from participants.models import (
    Answer,
    AttendanceRole,
    Collects,
    Ethnicity,
    Gender,
    ImportKind,
    MarkStatus,
    Purpose,
    Relationship,
    SenNeed,
    SenProvision,
    TakesPartAs,
)

PAIRS = {
    "answer": (words.ANSWER, Answer),
    "gender": (words.GENDER, Gender),
    "takes_part_as": (words.TAKES_PART_AS, TakesPartAs),
    "ethnicity": (words.ETHNICITY, Ethnicity),
    "sen_provision": (words.SEN_PROVISION, SenProvision),
    "sen_need": (words.SEN_NEED, SenNeed),
    "relationship": (words.RELATIONSHIP, Relationship),
    "collects": (words.COLLECTS, Collects),
    "status": (words.STATUS, MarkStatus),
    "role": (words.ROLE, AttendanceRole),
    "group": (words.COUNTED_GROUP, HeadCountGroup),
    "method": (words.METHOD, CountMethod),
}


@pytest.mark.parametrize("name", PAIRS)
def test_codes_and_labels(name: str) -> None:
    spoken, choices = PAIRS[name]
    assert issubclass(choices, TextChoices)
    assert set(spoken) == set(choices.values)
    known = words.by_key(spoken)
    for choice in choices:
        assert known[key_of(choice.value)] == choice.value
        assert known[key_of(str(choice.label))] == choice.value


@pytest.mark.parametrize("name", PAIRS)
def test_no_word_means_two_things(name: str) -> None:
    spoken, _ = PAIRS[name]
    said = [key_of(word) for each in spoken.values() for word in {key_of(w) for w in each}]
    assert sorted({word for word in said if said.count(word) > 1}) == []


def test_kinds_and_purposes_are_those_of_the_portal() -> None:
    assert set(FIELDS) == set(ImportKind.values)
    assert set(CONSENTS) == set(Purpose.values)


@pytest.mark.parametrize("kind", FIELDS)
def test_no_heading_means_two_things(kind: str) -> None:
    names = [name for each in FIELDS[kind].values() for name in each.names()]
    assert sorted({name for name in names if names.count(name) > 1}) == []
