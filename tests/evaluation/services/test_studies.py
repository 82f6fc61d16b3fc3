"""Studies, and the keys that never leave."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import Extract, Pseudonym, Study
from evaluation.services.studies import (
    COLOURS,
    KEYS_GONE,
    NUMBERS,
    THINGS,
    drop_keys,
    names_for,
)
from participants.services.errors import RecordError
from tests import factories
from tests.evaluation.research.cohort import NOW, ask, make_study, released

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(factories.make_programme(), factories.make_user(Role.TRUST_STAFF))


def test_starting_is_written_down(study: Study) -> None:
    entry = AuditEntry.objects.get(kind=AuditKind.STUDY_STARTED)
    assert (entry.object_id, entry.actor_id) == (study.pk, study.started_by_id)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_only_trust_staff_start_and_destroy(study: Study, role: Role) -> None:
    by = factories.make_user(role)
    with pytest.raises(PermissionDenied):
        make_study(study.programme, by)
    with pytest.raises(PermissionDenied):
        drop_keys(study=study, by=by, now=NOW)


def test_words_say_nothing_and_fit() -> None:
    assert all(re.fullmatch("[a-z]+", word) for word in (*COLOURS, *THINGS))
    assert len(set(COLOURS)) == len(COLOURS)
    assert len(set(THINGS)) == len(THINGS)
    longest = max(map(len, COLOURS)) + max(map(len, THINGS)) + len("--99")
    assert longest <= Pseudonym._meta.get_field("word").max_length
    assert len(COLOURS) * len(THINGS) * NUMBERS > 250_000


def test_everybody_has_one_name_of_their_own(study: Study) -> None:
    people = [factories.make_participant().pk for _ in range(30)]
    records = {pk: [pk] for pk in people}
    names = names_for(study=study, records=records, now=NOW)
    assert set(names) == set(people)
    assert len({name.word for name in names.values()}) == 30
    assert names_for(study=study, records=records, now=NOW) == names


def test_the_database_lets_nobody_share_a_word(study: Study) -> None:
    one, two = factories.make_participant(), factories.make_participant()
    Pseudonym.objects.create(study=study, participant=one, word="blue-oak-01")
    with pytest.raises(IntegrityError):
        Pseudonym.objects.create(study=study, participant=two, word="blue-oak-01")


def test_destroying_takes_key_and_files_and_leaves_the_record(study: Study) -> None:
    people = [factories.make_participant() for _ in range(6)]
    other = make_study(study.programme, study.started_by)
    extract, kept = released(study, people), released(other, people)
    storage, name = extract.file.storage, extract.file.name
    assert drop_keys(study=study, by=study.started_by, now=NOW) == 6
    assert drop_keys(study=study, by=study.started_by, now=NOW) == 0
    study.refresh_from_db()
    extract = Extract.objects.get(pk=extract.pk)
    assert study.keys_dropped_at == NOW
    assert not study.pseudonyms.exists()
    assert (bool(extract.file), storage.exists(name)) == (False, False)
    assert (extract.manifest["people"], extract.sha256) == (6, "5" * 64)
    assert other.pseudonyms.count() == 6
    assert Extract.objects.get(pk=kept.pk).file
    assert AuditEntry.objects.filter(kind=AuditKind.STUDY_KEYS_DROPPED).count() == 1
    with pytest.raises(RecordError, match=KEYS_GONE):
        ask(study)
