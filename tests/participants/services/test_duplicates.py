"""Pairs are found anew, and said to be two people."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role
from participants.models import LikelyPair, NotTheSame
from participants.queries.duplicates import pair_key
from participants.services.duplicates import find_likely_pairs, say_two_people
from participants.services.errors import RecordError
from tests.factories import london, make_participant, make_user

NOW = london(2026, 6, 1)

pytestmark = pytest.mark.django_db


def test_pairs_found_before_give_way() -> None:
    one, other = (make_participant(given_name="Samplia") for _ in range(2))
    assert find_likely_pairs(now=london(2026, 5, 31)) == 1
    assert find_likely_pairs(now=NOW) == 1
    pair = LikelyPair.objects.get()
    assert (pair.first_id, pair.second_id) == pair_key(one.pk, other.pk)
    assert (pair.found_at, pair.score) == (NOW, 80)
    other.given_name, other.family_name = "Else", "Altogether"
    other.save()
    assert find_likely_pairs(now=NOW) == 0


def test_two_people_are_no_pair_any_more_and_it_is_written_down_once() -> None:
    one, other = (make_participant(given_name="Samplia") for _ in range(2))
    user = make_user(Role.TRUST_STAFF)
    find_likely_pairs(now=NOW)
    assert LikelyPair.objects.undecided().count() == 1
    say_two_people(first=other, second=one, by=user, now=NOW)
    say_two_people(first=one, second=other, by=user, now=NOW)
    assert not LikelyPair.objects.undecided().exists()
    assert NotTheSame.objects.count() == 1
    entries = AuditEntry.objects.filter(kind=AuditKind.PAIR_DISMISSED)
    assert {entry.object_id for entry in entries} == {one.pk, other.pk}
    assert entries.count() == 2


def test_one_record_is_not_two_people() -> None:
    one = make_participant()
    with pytest.raises(RecordError):
        say_two_people(first=one, second=one, by=make_user(Role.TRUST_STAFF), now=NOW)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.EVALUATOR, Role.ADMINISTRATOR])
def test_strangers_decide_nothing(role: Role) -> None:
    one, other = make_participant(), make_participant()
    with pytest.raises(PermissionDenied):
        say_two_people(first=one, second=other, by=make_user(role), now=NOW)
