"""The seed's answers, words and taps."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from random import Random
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from activities.models import Feedback, SaidDid, Suggestion, SuggestionState
from derby_portal.seeding.dates import DAY, LAUNCH
from derby_portal.seeding.evidence import PAIRS, WORDS, add_evidence
from derby_portal.seeding.surveys import Came, Trait, add_surveys, normal, turns
from evaluation.models import (
    Channel,
    ExternalScore,
    Instrument,
    Measure,
    Quote,
    QuoteUse,
    RespondentKind,
    Response,
    SecondKeying,
    Study,
    Wave,
    WorryRule,
)
from evaluation.queries.instruments import definition_of
from evaluation.queries.quotes import usable
from evaluation.queries.waves import histories
from evaluation.scoring import score
from hubs.models import Hub
from participants.models import Purpose
from participants.queries.consents import may

TODAY = dt.date(2026, 5, 12)


def seed(**options: object) -> None:
    call_command("seed", today=TODAY, stdout=io.StringIO(), stderr=io.StringIO(), **options)


@pytest.mark.django_db
def test_answers_before_and_after_are_believable() -> None:
    seed(with_sign_ins=True)
    own, observed = Measure.objects.order_by("respondent")
    assert (own.respondent, own.is_primary, own.primary_score) == ("self", True, "confidence")
    assert (observed.respondent, observed.is_primary) == (RespondentKind.STAFF, False)
    pairs = pairs_of(own)
    assert 450 < len(pairs) < 650
    assert {pair["baseline"].hub_id for pair in pairs} == set(
        Hub.objects.values_list("pk", flat=True)
    )
    definition = definition_of(own.instrument)
    changes: defaultdict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        first, last = (score(definition, pair[wave].answers) for wave in Wave)
        for each in definition.scores:
            before, after = first[each.id].value, last[each.id].value
            if before is not None and after is not None:
                changes[each.id].append(float(after - before))
    means = {name: sum(found) / len(found) for name, found in changes.items()}
    assert 0.1 < means["confidence"] < 0.4
    assert all(abs(mean) < 0.4 for mean in means.values())
    down = sum(change < 0 for change in changes["confidence"])
    assert 0.15 < down / len(changes["confidence"]) < 0.45
    answers_are_whole(own, observed)
    other_kinds_are_there()
    again_adds_nothing()


def pairs_of(measure: Measure) -> list[dict[str, Response]]:
    found: defaultdict[object, dict[str, Response]] = defaultdict(dict)
    for response in Response.objects.standing().filter(measure=measure):
        found[response.participant_id][response.wave] = response
    pairs = [waves for waves in found.values() if len(waves) == 2]
    weeks = dt.timedelta(weeks=definition_of(measure.instrument).weeks)
    days = [(pair["follow_up"].started_at - pair["baseline"].started_at).days for pair in pairs]
    assert min(days) >= weeks.days - 1
    return pairs


def answers_are_whole(own: Measure, observed: Measure) -> None:
    """Ids and ranges are those of the file, consent is there, nothing lies ahead."""
    items = {item.id for item in definition_of(own.instrument).items}
    responses = list(Response.objects.all())
    for response in responses:
        assert set(response.answers) | set(response.skipped) <= items
        assert set(response.answers.values()) <= set(range(1, 6))
        assert (response.channel == Channel.STAFF) == (response.measure_id == observed.pk)
    people = {response.participant_id for response in responses}
    assert may(people, Purpose.SURVEYS) == people
    assert max(response.started_at.date() for response in responses) < TODAY
    assert {response.channel for response in responses} == set(Channel.values)
    assert any(response.skipped for response in responses)
    assert Response.objects.filter(finished_at=None).exists()
    assert Response.objects.filter(set_aside_at__isnull=False).exists()
    late = histories(people, [own])
    assert len(late) > 1000
    assert SecondKeying.objects.filter(differs=[]).exists()
    forms = {"5-7", "8-12", "13-18", "easy", "staff"}
    assert {response.form for response in responses} == forms
    assert not Instrument.objects.exclude(key="derby-life-skills").published().exists()


def other_kinds_are_there() -> None:
    assert Feedback.objects.count() > 200
    assert SaidDid.objects.count() == len(PAIRS)
    assert SaidDid.objects.filter(published_at=None).count() == 1
    assert set(Suggestion.objects.values_list("state", flat=True)) == set(SuggestionState.values)
    assert Quote.objects.count() >= len(WORDS) - 1
    assert usable(QuoteUse.REPORTS)
    assert usable(QuoteUse.PUBLIC)
    assert ExternalScore.objects.exists()
    assert Study.objects.count() == WorryRule.objects.count() == 1
    assert not WorryRule.objects.filter(raises_concern=True).exists()
    connection.check_constraints()


def again_adds_nothing() -> None:
    before = [model.objects.count() for model in (Response, Feedback, Quote, SecondKeying)]
    assert add_surveys(TODAY) == 0
    add_evidence(TODAY)
    after = [model.objects.count() for model in (Response, Feedback, Quote, SecondKeying)]
    assert before == after
    added = add_surveys(TODAY + 7 * DAY)
    assert added == 0, "Nobody came since: nobody answers"


def came(*days: int) -> list[Came]:
    at = dt.datetime(2018, 9, 25, 16, tzinfo=dt.UTC)
    return [
        Came(None, None, at + day * DAY, LAUNCH + day * DAY)  # type: ignore[arg-type]
        for day in days
    ]


def test_what_is_to_come_changes_nothing_about_what_was_answered() -> None:
    """However the list goes on, the baseline that was given stays."""
    whole = came(*range(0, 200, 7))
    today = LAUNCH + 400 * DAY
    for number in range(60):
        seen = [
            list(turns(Random(number), whole[:length], 12, today))
            for length in range(3, len(whole))
        ]
        first = [each[0] for each in seen if each]
        in_time = [turn for turn in first if turn.at.date() <= LAUNCH + 28 * DAY]
        assert len(set(in_time)) <= 1


def test_a_trait_answers_on_the_scale() -> None:
    rng = Random(7)
    trait = Trait(UUID(int=5), RespondentKind.SELF)
    answers = {trait.answer(rng, "empathy", Wave.FOLLOW_UP, normal(rng)) for _ in range(300)}
    assert answers <= {1, 2, 3, 4, 5}
    assert len(answers) > 2
