"""Extracts leave once two looks were taken, and are gone when somebody in them leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AccessAlert, AlertKind, AuditEntry, AuditKind, Role, User
from evaluation.models import Extract, ExtractStatus, Pseudonym, Study
from evaluation.queries.research import left_since
from evaluation.services.extracts import (
    GONE,
    NOT_FAILED,
    NOT_READY,
    NOT_RELEASED,
    RELEASED,
    SOMEBODY_LEFT,
    TOO_EXACT,
    expire_files,
    release,
    request_extract,
    take_out,
    try_again,
)
from evaluation.services.studies import drop_keys
from participants.models import (
    ConsentHow,
    Disclosure,
    Participant,
    Purpose,
    Relationship,
)
from participants.services.consents import withdraw as take_back
from participants.services.errors import RecordError
from participants.services.removal import anonymise, erase
from participants.services.rights import leave_out_of_evaluation, restrict
from tests import factories
from tests.evaluation.research.cohort import (
    FIRST,
    LAST,
    NOW,
    agree,
    ask,
    finished,
    make_study,
    released,
    withdraw,
)

pytestmark = pytest.mark.django_db

LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def trust() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def study(trust: User) -> Study:
    return make_study(factories.make_programme(), trust)


@pytest.fixture
def people() -> list[Participant]:
    return [agree(factories.make_participant()) for _ in range(6)]


def let_go(extract: Extract, by: User) -> None:
    release(
        extract=extract, recipient="A. Sample", address="a@example.org", why="Study",
        by=by, now=NOW,
    )  # fmt: skip


def audited(kind: AuditKind) -> list[Any]:
    return list(AuditEntry.objects.filter(kind=kind).values_list("object_id", "actor_id"))


# --- Asking --------------------------------------------------------------------------------------
def test_asking_is_written_down(study: Study, trust: User) -> None:
    extract = ask(study)
    assert (extract.status, extract.queued_at) == (ExtractStatus.QUEUED, NOW)
    assert audited(AuditKind.EXTRACT_REQUESTED) == [(extract.pk, trust.pk)]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_only_trust_staff_ask_try_again_and_release(
    study: Study, people: list[Participant], role: Role
) -> None:
    by = factories.make_user(role)
    extract = finished(study, people)
    with pytest.raises(PermissionDenied):
        request_extract(study=study, first_day=FIRST, last_day=LAST, by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        try_again(extract=extract, by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        let_go(extract, by)


def test_what_failed_is_queued_again_and_nothing_else(study: Study, trust: User) -> None:
    extract = ask(study)
    with pytest.raises(RecordError, match=NOT_FAILED):
        try_again(extract=extract, by=trust, now=NOW)
    Extract.objects.filter(pk=extract.pk).update(
        status=ExtractStatus.FAILED, failed_why="W", attempts=5
    )
    try_again(extract=extract, by=trust, now=LATER)
    extract.refresh_from_db()
    assert (extract.status, extract.failed_why, extract.attempts, extract.queued_at) == (
        *(ExtractStatus.QUEUED, "", 0, LATER),
    )


# --- Leaving -------------------------------------------------------------------------------------
def test_releasing_says_to_whom_and_is_written_down(
    study: Study, people: list[Participant], trust: User
) -> None:
    extract = finished(study, people)
    let_go(extract, trust)
    extract.refresh_from_db()
    assert (extract.released_by, extract.released_at) == (trust, NOW)
    disclosure = Disclosure.objects.get(document="extract", document_id=extract.pk)
    assert (disclosure.recipient, disclosure.participant) == ("A. Sample", None)
    assert audited(AuditKind.EXTRACT_RELEASED) == [(extract.pk, trust.pk)]
    with pytest.raises(RecordError, match=RELEASED):
        let_go(extract, trust)


def test_what_is_not_there_is_not_released(
    study: Study, people: list[Participant], trust: User
) -> None:
    with pytest.raises(RecordError, match=NOT_READY):
        let_go(ask(study), trust)
    with pytest.raises(RecordError, match=NOT_READY):
        let_go(expired(finished(study, people)), trust)


def test_what_tells_more_than_a_released_one_is_not_released(
    study: Study, people: list[Participant], trust: User
) -> None:
    first, second, third = (finished(study, people) for _ in range(3))
    anonymity = {"k": 6, "levels": [1, 0, 0, 0, 0, 0]}
    first.manifest |= {"anonymity": anonymity | {"levels": [0, 0, 0, 0, 2, 0]}}
    second.manifest |= {"anonymity": anonymity}
    third.manifest |= {"anonymity": anonymity | {"levels": [1, 0, 0, 0, 2, 0]}}
    for each in (first, second, third):
        each.save()
    let_go(first, trust)
    with pytest.raises(RecordError, match=TOO_EXACT):
        let_go(second, trust)
    let_go(third, trust)
    released_ones = Extract.objects.filter(released_at__isnull=False)
    assert set(released_ones) == {first, third}


def expired(extract: Extract) -> Extract:
    extract.expires_at = NOW
    extract.save(update_fields=["expires_at"])
    return extract


def test_fetching_is_written_down_with_an_alert(study: Study, people: list[Participant]) -> None:
    evaluator = factories.make_user(Role.EVALUATOR)
    extract = released(study, people)
    assert take_out(extract=extract, by=evaluator, now=LATER) == b"contents"
    extract.refresh_from_db()
    assert extract.fetched_at == LATER
    assert audited(AuditKind.EXTRACT_EXPORTED) == [(extract.pk, evaluator.pk)]
    assert AccessAlert.objects.get().kind == AlertKind.EXPORT


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.EVALUATOR])
def test_nobody_fetches_before_the_release(
    study: Study, people: list[Participant], role: Role
) -> None:
    with pytest.raises(RecordError, match=NOT_RELEASED):
        take_out(extract=finished(study, people), by=factories.make_user(role), now=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF, Role.EVALUATOR}))
def test_others_never_fetch(study: Study, people: list[Participant], role: Role) -> None:
    with pytest.raises(PermissionDenied):
        take_out(extract=released(study, people), by=factories.make_user(role), now=NOW)


def test_a_file_that_is_gone_is_said_to_be(
    study: Study, people: list[Participant], trust: User
) -> None:
    extract = released(study, people)
    extract.file.storage.delete(extract.file.name)
    with pytest.raises(RecordError, match=GONE):
        take_out(extract=extract, by=trust, now=NOW)
    assert audited(AuditKind.EXTRACT_EXPORTED) == []


# --- Somebody leaves -----------------------------------------------------------------------------
def _withdraw_surveys(person: Participant, by: User) -> None:
    _withdraw(person, by, Purpose.SURVEYS)


def _withdraw_university(person: Participant, by: User) -> None:
    _withdraw(person, by, Purpose.SHARING_UNIVERSITY)


def _withdraw(person: Participant, by: User, purpose: Purpose) -> None:
    take_back(
        person=person, purposes=[purpose], answered_by="Sample Parent",
        relationship=Relationship.MOTHER, how=ConsentHow.PHONE, by=by, now=NOW,
    )  # fmt: skip


def _object(person: Participant, by: User) -> None:
    leave_out_of_evaluation(person=person, why="Asked", by=by, now=NOW)


def _restrict(person: Participant, by: User) -> None:
    restrict(person=person, why="Asked", by=by, now=NOW)


def _erase(person: Participant, by: User) -> None:
    erase(person=person, by=by, now=NOW)


def _anonymise(person: Participant, by: User) -> None:
    anonymise(person=person, by=by, now=NOW)


WAYS = (_withdraw_surveys, _withdraw_university, _object, _restrict, _erase, _anonymise)


@pytest.mark.parametrize("leave", WAYS, ids=[way.__name__.strip("_") for way in WAYS])
@pytest.mark.parametrize("is_merged", [False, True], ids=["alone", "merged"])
def test_when_somebody_leaves_files_with_their_rows_go_at_once(
    study: Study,
    people: list[Participant],
    trust: User,
    leave: Callable[[Participant, User], None],
    is_merged: bool,
) -> None:
    extract, other = released(study, people), released(study, people[1:])
    storage, name = extract.file.storage, extract.file.name
    leaver = people[0]
    if is_merged:
        leaver = agree(factories.make_participant())
        Participant.objects.filter(pk=people[0].pk).update(merged_into=leaver)
    leave(leaver, trust)
    extract, other = Extract.objects.get(pk=extract.pk), Extract.objects.get(pk=other.pk)
    assert (bool(extract.file), storage.exists(name)) == (False, False)
    assert (extract.manifest["people"], extract.sha256) == (6, "5" * 64)
    assert bool(other.file)
    assert left_since([extract, other]) == {extract.pk: 1, other.pk: 0}
    with pytest.raises(RecordError, match=GONE):
        take_out(extract=extract, by=trust, now=NOW)


def test_consents_are_checked_once_more_before_a_file_leaves(
    study: Study, people: list[Participant], trust: User
) -> None:
    to_fetch, to_release = released(study, people), finished(study, people)
    withdraw(people[0])
    with pytest.raises(RecordError, match=SOMEBODY_LEFT):
        take_out(extract=to_fetch, by=trust, now=NOW)
    with pytest.raises(RecordError, match=SOMEBODY_LEFT):
        let_go(to_release, trust)
    assert not Extract.objects.with_files().exists()
    assert audited(AuditKind.EXTRACT_EXPORTED) == audited(AuditKind.EXTRACT_RELEASED) == []
    assert not Disclosure.objects.exists()


def test_after_the_key_is_destroyed_nobody_can_say_who_left(
    study: Study, people: list[Participant], trust: User
) -> None:
    extract = released(study, people)
    drop_keys(study=study, by=trust, now=NOW)
    extract = Extract.objects.select_related("study").get(pk=extract.pk)
    assert left_since([extract]) == {}


# --- Time ----------------------------------------------------------------------------------------
def test_files_expire_and_the_record_stays(study: Study, people: list[Participant]) -> None:
    over, young = expired(released(study, people)), released(study, people)
    storage, name = over.file.storage, over.file.name
    assert expire_files(now=NOW) == 1
    assert expire_files(now=NOW) == 0
    over = Extract.objects.get(pk=over.pk)
    assert (bool(over.file), storage.exists(name)) == (False, False)
    assert over.manifest["people"] == 6
    assert Extract.objects.get(pk=young.pk).file
    assert Pseudonym.objects.filter(study=study).count() == 6
