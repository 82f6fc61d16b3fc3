"""What happens to answers, words and pseudonyms when something happens to a person."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from accounts.models import Role
from evaluation.models import (
    Channel,
    ExternalScore,
    Extract,
    Pseudonym,
    Quote,
    Response,
    Study,
    SurveyPass,
    Wave,
    WorryRule,
)
from evaluation.services.people import stop_what_ended
from participants import handlers
from participants.models import Concern, ConsentHow, Participant, Purpose, Relationship
from participants.services.consents import withdraw
from participants.services.removal import anonymise, erase
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db

NOW = london(2019, 6, 1)
KINDS = (Response, SurveyPass, ExternalScore, Quote, Pseudonym)


@pytest.fixture
def trust() -> Any:
    return factories.make_user(Role.TRUST_STAFF)


def give_everything(person: Participant, trust: Any, word: str = "heron-1") -> Extract:
    """One row of every kind about somebody, answers begun and not finished, and an open pass."""
    measure = factories.make_measure()
    programme = measure.programme
    for purpose in (Purpose.SURVEYS, Purpose.WORDS_REPORTS, Purpose.SHARING_UNIVERSITY):
        factories.make_consent(person, purpose)
    factories.make_response(measure, person)
    factories.make_response(measure, person, wave=Wave.FOLLOW_UP, finished_at=None)
    SurveyPass.objects.create(
        participant=person, measure=measure, wave=Wave.FOLLOW_UP, channel=Channel.LINK,
        token_hash=f"{person.pk.hex}{person.pk.hex}", made_by=trust,
        expires_at=NOW + dt.timedelta(days=1),
    )  # fmt: skip
    ExternalScore.objects.create(
        participant=person, programme=programme, tool="Tool", value=3, scored_on=NOW.date(),
        recorded_by=trust,
    )  # fmt: skip
    Quote.objects.create(
        participant=person, words="I made a kite", attribution="aged 8 to 12", uses=["reports"],
        hub=factories.make_hub(), said_on=NOW.date(), recorded_by=trust,
    )  # fmt: skip
    study = Study.objects.create(
        programme=programme, title="S", purpose="P", ethics_reference="E", started_by=trust
    )
    pseudonym = Pseudonym.objects.create(study=study, participant=person, word=word)
    extract = Extract.objects.create(
        study=study, first_day=NOW.date(), last_day=NOW.date(), requested_by=trust
    )
    extract.file.save(f"{uuid4()}.zip", ContentFile(b"rows"))
    extract.held.add(pseudonym)
    return extract


def left(person: Participant) -> dict[str, int]:
    counts = {kind.__name__: kind.objects.filter(participant=person).count() for kind in KINDS}
    return {name: count for name, count in counts.items() if count}


def test_erasing_leaves_nothing_and_counts_what_went(trust: Any) -> None:
    person, other = factories.make_participant(), factories.make_participant()
    extract = give_everything(person, trust)
    kept = give_everything(other, trust, word="heron-2")
    removal = erase(person=person, by=trust, now=NOW)
    assert removal.counts["evaluation.Response"] == 2
    assert {name: removal.counts[f"evaluation.{name}"] for name in ("Quote", "Pseudonym")} == {
        "Quote": 1,
        "Pseudonym": 1,
    }
    assert all(not kind.objects.filter(participant_id=person.pk).exists() for kind in KINDS)
    extract.refresh_from_db()
    kept.refresh_from_db()
    assert not extract.file
    assert kept.file
    assert left(other) == {
        "Response": 2, "SurveyPass": 1, "ExternalScore": 1, "Quote": 1, "Pseudonym": 1,
    }  # fmt: skip


def test_anonymising_keeps_finished_answers_only(trust: Any) -> None:
    person = factories.make_participant()
    extract = give_everything(person, trust)
    anonymise(person=person, by=trust, now=NOW)
    assert left(person) == {"Response": 1, "ExternalScore": 1}
    assert Response.objects.get(participant=person).finished_at is not None
    extract.refresh_from_db()
    assert not extract.file


# What is left after a consent ended: open passes, answers, uses of their words, the extract's file.
ENDED = {
    Purpose.SURVEYS: (0, 1, ["reports"], False),
    Purpose.SHARING_UNIVERSITY: (1, 2, ["reports"], False),
    Purpose.WORDS_REPORTS: (1, 2, [], True),
}


@pytest.mark.parametrize("purpose", list(ENDED))
def test_what_ends_with_a_consent_and_what_does_not(trust: Any, purpose: Purpose) -> None:
    person = factories.make_participant()
    extract = give_everything(person, trust)
    take_back(person, purpose, trust)
    extract.refresh_from_db()
    assert ENDED[purpose] == (
        SurveyPass.objects.filter(participant=person, ended_at__isnull=True).count(),
        Response.objects.filter(participant=person).count(),
        Quote.objects.get(participant=person).uses,
        bool(extract.file),
    )


def take_back(person: Participant, purpose: Purpose, trust: Any) -> None:
    withdraw(
        person=person, purposes=[purpose], answered_by="Sample Parent", relationship=Relationship.MOTHER,
        how=ConsentHow.PAPER, now=NOW, by=trust,
    )  # fmt: skip


def test_a_copy_of_data_tells_everything_once(trust: Any) -> None:
    person, other = factories.make_participant(), factories.make_participant()
    give_everything(person, trust)
    give_everything(other, trust, word="heron-2")
    held = [each for ask in handlers.subject_data for each in ask([person.pk])]
    titles = sorted(each.title for each in held if each.key.startswith("evaluation."))
    assert titles == [
        "Answers to a survey", "Answers to a survey", "Leave to answer a survey", "Part of a study",
        "Score from another tool", "Their words",
    ]  # fmt: skip
    answers = next(each for each in held if each.title == "Answers to a survey")
    assert (answers.data["Answer to one"], answers.data["Answer to two"]) == (3, 3)
    assert "heron-2" not in str(held)


@pytest.mark.django_db
def test_a_worrying_answer_is_told_of_before_a_withdrawal_takes_it_away() -> None:
    child = factories.make_participant(hub=factories.make_hub())
    measure = factories.make_measure()
    factories.make_response(measure, child, answers={"one": 1}, finished_at=None)
    WorryRule.objects.create(
        instrument=measure.instrument, item="one", at_most=2, raises_concern=True
    )
    stop_what_ended([child.pk], Purpose.SURVEYS)
    assert not Response.objects.exists()
    assert Concern.objects.get().participant == child
