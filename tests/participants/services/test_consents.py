"""The ledger: the latest answer stands, at once and for everybody who asks."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import AuditEntry, AuditKind, Role
from participants import handlers
from participants.models import (
    Answer,
    Consent,
    ConsentHow,
    DecidedBy,
    Purpose,
    Relationship,
)
from participants.queries.consents import may, refusing_to_take_part, standing
from participants.services.consents import WHO_DECIDED, record_consents, withdraw
from participants.services.errors import RecordError
from tests.factories import make_hub, make_participant, make_user

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return make_hub()


@pytest.fixture
def coordinator(hub):
    return make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def person(hub):
    return make_participant(hub=hub)


def record(person, by, at=NOW, decided_by="", **answers):
    return record_consents(
        person=person,
        answers={Purpose(name): value for name, value in answers.items()},
        answered_by="Comet Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PAPER,
        now=at,
        by=by,
        decided_by=decided_by,
    )


def test_each_purpose_is_answered_by_itself(person, coordinator):
    record(person, coordinator, surveys=True, messages=False)
    found = standing(person)
    assert [p for p in Purpose if found[p].is_in_force] == [Purpose.SURVEYS]
    assert found[Purpose.MESSAGES].answer.is_given is False
    assert found[Purpose.TAKING_PART].answer is None
    answer = found[Purpose.SURVEYS].answer
    assert (answer.wording, answer.language, answer.answered_by, answer.recorded_by) == (
        1,
        "en-gb",
        "Comet Sample",
        coordinator,
    )


def test_the_latest_answer_stands_over_every_merged_record(hub, person, coordinator):
    other = make_participant(hub=hub, merged_into=person)
    record(person, coordinator, surveys=True)
    assert may([other.pk], Purpose.SURVEYS) == {person.pk}
    record(other, coordinator, at=NOW + MINUTE, surveys=False)
    assert may([person.pk], Purpose.SURVEYS) == set()
    assert not standing(person)[Purpose.SURVEYS].is_in_force


def test_of_answers_of_one_moment_the_greater_id_stands(person, coordinator):
    fields = {
        "participant": person,
        "purpose": Purpose.SURVEYS,
        "wording": 1,
        "relationship": Relationship.MOTHER,
        "how": ConsentHow.PAPER,
        "at": NOW,
    }
    Consent.objects.create(pk=uuid.UUID(int=9), is_given=False, **fields)
    Consent.objects.create(pk=uuid.UUID(int=5), is_given=True, **fields)
    assert may([person.pk], Purpose.SURVEYS) == set()
    assert not standing(person)[Purpose.SURVEYS].is_in_force


def test_an_older_paper_does_not_undo_a_newer_no(person, coordinator):
    record(person, coordinator, surveys=False)
    record_consents(
        person=person,
        answers={Purpose.SURVEYS: True},
        answered_by="Comet Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PAPER,
        now=NOW + MINUTE,
        at=NOW - MINUTE,
        by=coordinator,
    )
    assert may([person.pk], Purpose.SURVEYS) == set()


def test_many_people_are_one_query(hub, coordinator, django_assert_num_queries):
    people = [make_participant(hub=hub) for _ in range(3)]
    for each in people[:2]:
        record(each, coordinator, surveys=True)
    for some in (people[:1], people):
        with django_assert_num_queries(1):
            found = may([each.pk for each in some], Purpose.SURVEYS)
        assert found == {each.pk for each in some} & {people[0].pk, people[1].pk}


def test_a_withdrawal_tells_every_app_in_its_transaction(person, coordinator, monkeypatch):
    told = []
    monkeypatch.setattr(
        handlers, "consent_withdrawn", [lambda ids, purpose: told.append((list(ids), purpose))]
    )
    record(person, coordinator, surveys=True, messages=True)
    assert told == []
    withdraw(
        person=person,
        purposes=[Purpose.SURVEYS, Purpose.SHARING_SCHOOL],
        answered_by="Comet Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PHONE,
        now=NOW + MINUTE,
        by=coordinator,
    )
    assert told == [([person.pk], "surveys")]
    assert may([person.pk], Purpose.SURVEYS) == set()
    assert may([person.pk], Purpose.MESSAGES) == {person.pk}
    kinds = AuditEntry.objects.filter(object_id=person.pk).values_list("kind", "reason")
    assert (AuditKind.CONSENT_WITHDRAWN, "surveys") in list(kinds)


def test_nothing_is_withdrawn_that_was_not_given(person, coordinator):
    with pytest.raises(RecordError):
        withdraw(
            person=person,
            purposes=[Purpose.SURVEYS],
            answered_by="Comet Sample",
            relationship=Relationship.MOTHER,
            how=ConsentHow.PHONE,
            now=NOW,
            by=coordinator,
        )
    assert not Consent.objects.exists()


class TestLookedAfter:
    """No photographs by default."""

    @pytest.fixture
    def person(self, hub):
        return make_participant(hub=hub, care_experienced=Answer.YES)

    @pytest.mark.parametrize("purpose", ["photos_inside", "photos_public"])
    def test_a_yes_needs_who_decided(self, purpose, person, coordinator):
        with pytest.raises(RecordError, match=WHO_DECIDED):
            record(person, coordinator, **{purpose: True})
        record(person, coordinator, decided_by=DecidedBy.SOCIAL_WORKER, **{purpose: True})
        assert may([person.pk], Purpose(purpose)) == {person.pk}

    def test_what_was_given_before_anybody_knew_is_off(self, hub, coordinator):
        person = make_participant(hub=hub)
        record(person, coordinator, photos_public=True, surveys=True)
        make_participant(hub=hub, merged_into=person, care_experienced=Answer.YES)
        assert may([person.pk], Purpose.PHOTOGRAPHS_PUBLIC) == set()
        assert standing(person)[Purpose.PHOTOGRAPHS_PUBLIC].why_not
        assert may([person.pk], Purpose.SURVEYS) == {person.pk}


@pytest.mark.parametrize(
    ("field", "stay"),
    [
        (
            "objected_at",
            set(Purpose)
            - {Purpose.SURVEYS, Purpose.SHARING_UNIVERSITY}
            - {Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC},
        ),
        ("restricted_at", {Purpose.TAKING_PART, Purpose.EMERGENCY_TREATMENT}),
    ],
)
def test_rights_go_before_consent(field, stay, person, coordinator):
    record(person, coordinator, **dict.fromkeys(Purpose.values, True))
    setattr(person, field, NOW)
    person.save()
    assert {purpose for purpose in Purpose if may([person.pk], purpose)} == stay
    found = standing(person)
    assert {purpose for purpose in Purpose if found[purpose].is_in_force} == stay


def test_a_no_is_taken_even_where_the_record_is_restricted(person, coordinator):
    record(person, coordinator, surveys=True)
    person.restricted_at = NOW
    person.save()
    record(person, coordinator, at=NOW + MINUTE, surveys=False)
    with pytest.raises(RecordError):
        record(person, coordinator, at=NOW + MINUTE, surveys=True)


def test_who_does_not_take_part(hub, coordinator):
    yes, no, silent = (make_participant(hub=hub) for _ in range(3))
    record(yes, coordinator, taking_part=True)
    record(no, coordinator, taking_part=False)
    assert refusing_to_take_part([yes.pk, no.pk, silent.pk]) == {no.pk}


@pytest.mark.parametrize(
    "role", [Role.SAFEGUARDING_LEAD, Role.EVALUATOR, Role.ADMINISTRATOR, Role.AUDITOR]
)
def test_who_may_not_record_is_refused(role, person):
    with pytest.raises(PermissionDenied):
        record(person, make_user(role), surveys=True)


def test_a_coordinator_of_another_hub_is_refused(person):
    with pytest.raises(PermissionDenied):
        record(person, make_user(Role.COORDINATOR, hubs=(make_hub(),)), surveys=True)


def test_nobody_answers_in_the_future_or_nothing(person, coordinator):
    with pytest.raises(RecordError):
        record(person, coordinator)
    with pytest.raises(RecordError):
        record_consents(
            person=person,
            answers={Purpose.SURVEYS: True},
            answered_by="Comet Sample",
            relationship=Relationship.MOTHER,
            how=ConsentHow.PAPER,
            now=NOW,
            at=NOW + MINUTE,
            by=coordinator,
        )


class TestAnyOrder(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(st.permutations([(0, True), (1, False), (2, True), (3, False)]), st.integers(0, 3))
    def test_the_order_of_writing_down_plays_no_part(self, order, last):
        """Whatever is typed in first: what was said last stands."""
        hub = make_hub()
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        person = make_participant(hub=hub)
        said = [each for each in order if each[0] <= last]
        for (minute, is_given), passed in zip(said, itertools.count(), strict=False):
            record_consents(
                person=person,
                answers={Purpose.SURVEYS: is_given},
                answered_by="Comet Sample",
                relationship=Relationship.MOTHER,
                how=ConsentHow.PAPER,
                now=NOW + (10 + passed) * MINUTE,
                at=NOW + minute * MINUTE,
                by=by,
            )
        expected = {person.pk} if max(said)[1] else set()
        assert may([person.pk], Purpose.SURVEYS) == expected
