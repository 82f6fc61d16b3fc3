"""Outcomes of a measure: whose answers count, and what they say.

Rows are read here and nowhere else; `evaluation.analysis` works everything out from them. However
many people answered, a page takes the same number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, DateField, F, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, Trunc

from activities.models import LONDON, Programme
from evaluation import analysis, statistics
from evaluation.analysis import Compared, Given, Matched, Pair, ScoreOutcome
from evaluation.instruments.definition import Definition
from evaluation.models import Assistance, Channel, Measure, Response, Wave
from evaluation.queries import record
from evaluation.queries.instruments import definition_of
from evaluation.queries.keying import Agreement, keying_agreement
from evaluation.scoring import score_many
from evaluation.wave_rules import ASKED_WITHIN
from hubs.models import Hub
from participants.models import Answer, Gender, Participant, Purpose
from participants.queries.consents import may
from participants.queries.retention import among

# Before anything that the portal can know of.
BEGINNING = dt.date(2000, 1, 1)
# So many people are looked at together: memory does not grow with how many were reached.
CHUNK = 10_000
CITYWIDE = "Citywide"


@dataclass(frozen=True)
class Asked:
    """Of what outcomes are asked: a measure, days (both included), and one hub or all of them.

    Somebody belongs to the hub where they went most often up to the last day.
    """

    measure: Measure
    first_day: dt.date
    last_day: dt.date
    hub: Hub | None = None


@dataclass(frozen=True)
class Flow:
    """Who is counted, step by step; each step is part of the one before it.

    `due` are those with a baseline whose follow-up may be asked by now, `lost` those of them who
    were not followed up, with a 95 % Wilson interval of their share.
    """

    reached: int
    of_age: int
    age_unknown: int
    consented: int
    baseline: int
    due: int
    pairs: int
    early: int
    lost: int
    attrition: statistics.Interval


@dataclass(frozen=True)
class Share:
    """How many of something there are."""

    label: str
    n: int


@dataclass(frozen=True)
class Quality:
    """How far the answers can be trusted. `items` are answers asked for, `missing` those without.

    `weeks` is the median time between the two waves of a pair.
    """

    responses: int
    items: int
    missing: int
    assistance: tuple[Share, ...]
    channels: tuple[Share, ...]
    late_baselines: int
    unfinished: int
    set_aside: int
    without_consent: int
    weeks: float | None
    # Of paper that was keyed in twice, by hub.
    agreement: tuple[Agreement, ...] = ()

    @property
    def missing_share(self) -> float | None:
        """Part of the answers asked for that nobody gave, 0 to 1."""
        return self.missing / self.items if self.items else None


@dataclass(frozen=True)
class Outcomes:
    """What a measure says about a period and its hubs."""

    asked: Asked
    definition: Definition
    flow: Flow
    scores: tuple[ScoreOutcome, ...]
    compared: tuple[Compared, ...]
    quality: Quality

    @property
    def primary(self) -> ScoreOutcome | None:
        """The score that was named beforehand; None where this measure is not the primary one."""
        return next((each for each in self.scores if each.is_primary), None)


@dataclass(frozen=True)
class _Answered:
    """One finished response as it was read."""

    given: Given
    assistance: str
    channel: str


@dataclass
class _Tally:
    """How many were reached, of what age, and how many of an age that fits agreed to surveys."""

    reached: int = 0
    age_unknown: int = 0
    of_age: int = 0
    consented: int = 0


@dataclass(frozen=True)
class _Read:
    """Everything that was read for one page."""

    asked: Asked
    definition: Definition
    tally: _Tally
    # Of those who answered alone: how many were reached would not fit into memory one day.
    reached: dict[UUID, record.Reached]
    answered: list[_Answered]
    without_consent: int

    @cached_property
    def matched(self) -> Matched:
        given = [one.given for one in self.answered]
        return analysis.match(given, weeks=self.definition.weeks, until=self.asked.last_day)


def outcomes_of(asked: Asked) -> Outcomes:
    """Work out what a measure says. Eight queries."""
    return outcomes_of_each([asked])[0]


def outcomes_of_each(asked: Sequence[Asked]) -> list[Outcomes]:
    """The same of several measures of one programme, one period and one hub or all of them.

    Who was reached is read once for all.
    """
    return [_outcomes(read) for read in _read_each(asked)]


def _outcomes(read: _Read) -> Outcomes:
    asked = read.asked
    pairs = read.matched.pairs
    people = _people(read, pairs)
    return Outcomes(
        asked=asked,
        definition=read.definition,
        flow=_flow(read),
        scores=tuple(_scores(read, pairs, people)),
        compared=tuple(_compared(read)),
        quality=_quality(read),
    )


def settled(asked: Asked) -> Asked | None:
    """The same, up to the last day that a hub's own staff may read; None where there is none yet.

    Four queries.
    """
    given = [one.given for one in _read_each([asked])[0].answered]
    until = analysis.settled_until(given, asked.last_day)
    return None if until is None else replace(asked, last_day=until)


@dataclass(frozen=True)
class Measured:
    """One measure with how many people stand in each wave, answered as they are counted here."""

    measure: Measure
    baselines: int
    follow_ups: int


def measured(
    measures: QuerySet[Measure], hubs: Sequence[Hub] | None
) -> dict[Programme, list[Measured]]:
    """What each programme measures, with how many answered; of these hubs only, or of all.

    Two queries. People are counted once, whatever consent says now: the page of a measure tells.
    """
    rows = Response.objects.standing().filter(measure__in=measures)
    if hubs is not None:
        rows = rows.filter(hub__in=hubs)
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    counted = rows.order_by().values("measure", "wave").annotate(n=Count(root, distinct=True))
    numbers = {(row["measure"], row["wave"]): row["n"] for row in counted}
    found: dict[Programme, list[Measured]] = {}
    for measure in measures.select_related("programme", "instrument"):
        waves = [numbers.get((measure.pk, wave), 0) for wave in (Wave.BASELINE, Wave.FOLLOW_UP)]
        found.setdefault(measure.programme, []).append(Measured(measure, *waves))
    return found


# --- Reading ------------------------------------------------------------------------------------
@dataclass
class _Reading:
    """What is gathered of one measure while those who were reached pass by."""

    asked: Asked
    definition: Definition
    given: list[_Answered]
    tally: _Tally = field(default_factory=_Tally)
    reached: dict[UUID, record.Reached] = field(default_factory=dict)
    consented: set[UUID] = field(default_factory=set)

    @cached_property
    def answerers(self) -> set[UUID]:
        return {one.given.person for one in self.given}

    def take(self, people: dict[UUID, record.Reached], agreed: set[UUID]) -> None:
        _count(self.tally, people, agreed, self.definition)
        self.reached |= {person: people[person] for person in self.answerers & people.keys()}
        self.consented |= self.answerers & agreed

    def done(self) -> _Read:
        answered = [one for one in self.given if one.given.person in self.reached]
        counted = [one for one in answered if one.given.person in self.consented]
        without_consent = len(answered) - len(counted)
        known = (self.asked, self.definition, self.tally, self.reached)
        return _Read(*known, counted, without_consent)


def _read_each(asked: Sequence[Asked]) -> list[_Read]:
    readings = [
        _Reading(each, definition_of(each.measure.instrument), _answered(each)) for each in asked
    ]
    for everybody in record.people_reached_by(_scope(asked[0]), CHUNK) if asked else ():
        people = {each.person: each for each in everybody if _is_asked_of(each, asked[0])}
        agreed = _consenting(people)
        for reading in readings:
            reading.take(people, agreed)
    return [reading.done() for reading in readings]


def _is_asked_of(each: record.Reached, asked: Asked) -> bool:
    is_there = asked.hub is None or each.hub == asked.hub.pk
    return is_there and each.last_on >= asked.first_day


def _count(
    tally: _Tally, people: dict[UUID, record.Reached], agreed: set[UUID], definition: Definition
) -> None:
    of_age = {person for person, each in people.items() if _is_of_age(each, definition)}
    tally.reached += len(people)
    tally.age_unknown += sum(each.age is None for each in people.values())
    tally.of_age += len(of_age)
    tally.consented += len(of_age & agreed)


def _is_of_age(each: record.Reached, definition: Definition) -> bool:
    return each.age is not None and definition.min_age <= each.age <= definition.max_age


def _scope(asked: Asked) -> record.Scope:
    """From the very beginning: somebody's first attendance may lie before the period."""
    return record.Scope((asked.measure.programme,), BEGINNING, asked.last_day, cut_off=None)


def _consenting(people: Collection[UUID]) -> set[UUID]:
    named = Participant.objects.filter(pk__in=among(people)).values("pk")
    return may(named, Purpose.SURVEYS)


def _answered(asked: Asked) -> list[_Answered]:
    """Finished answers of the period, by root person. One query."""
    rows = (
        Response.objects.standing()
        .filter(measure=asked.measure)
        .annotate(
            root=Coalesce(F("participant__merged_into_id"), F("participant_id")),
            on=_london_date("finished_at"),
        )
        .filter(on__range=(asked.first_day, asked.last_day))
        .order_by("finished_at", "pk")
        .values_list("root", "wave", "on", "answers", "assistance", "channel")
    )
    return [
        _Answered(Given(root, wave, on, answers), assistance, channel)
        for root, wave, on, answers, assistance, channel in rows.iterator(chunk_size=20_000)
    ]


def _london_date(name: str) -> Cast:
    return Cast(Trunc(name, "day", tzinfo=LONDON), DateField())


# --- The flow -----------------------------------------------------------------------------------
def _flow(read: _Read) -> Flow:
    matched, tally = read.matched, read.tally
    # Whoever answered was of age then, whatever is known of their age now; and they agreed.
    others = sum(
        not _is_of_age(read.reached[person], read.definition) for person in matched.baselines
    )
    return Flow(
        reached=tally.reached,
        of_age=tally.of_age + others,
        age_unknown=tally.age_unknown,
        consented=tally.consented + others,
        baseline=len(matched.baselines),
        due=len(matched.due),
        pairs=len(matched.pairs),
        early=len(matched.early),
        lost=len(matched.lost),
        attrition=statistics.wilson_interval(len(matched.lost), len(matched.due)),
    )


# --- Scores -------------------------------------------------------------------------------------
def _scores(read: _Read, pairs: Sequence[Pair], people: analysis.People) -> list[ScoreOutcome]:
    before = score_many(read.definition, [pair.before.answers for pair in pairs])
    after = score_many(read.definition, [pair.after.answers for pair in pairs])
    baselines = [given.answers for given in read.matched.baselines.values()]
    primary = read.asked.measure.primary_score if read.asked.measure.is_primary else ""
    found = [
        analysis.outcome_of(
            score,
            before[score.id],
            after[score.id],
            people,
            _items(baselines, read.definition, score.items),
            is_primary=score.id == primary,
        )
        for score in read.definition.scores
        if not score.is_check
    ]
    return analysis.with_holm(found)


def _items(
    answers: Sequence[Mapping[str, int]], definition: Definition, items: Sequence[str]
) -> analysis.Numbers:
    """Answers as a matrix, people as rows; an item that counts turned round is turned here."""
    matrix = np.full((len(answers), len(items)), np.nan)
    for column, item_id in enumerate(items):
        item = definition.item(item_id)
        values = np.array([one.get(item_id, np.nan) for one in answers], dtype=float)
        matrix[:, column] = item.low + item.high - values if item.reverse else values
    return matrix


def _people(read: _Read, pairs: Sequence[Pair]) -> analysis.People:
    spans = {pair.person: (pair.before.on, pair.after.on) for pair in pairs}
    attended = record.attended_between(_scope(read.asked), spans)
    names = dict(Hub.objects.values_list("pk", "name"))
    facts = _facts(spans)
    hubs = [_hub_of(read.reached[pair.person].hub, names) for pair in pairs]
    ages = [_age_band(read.reached[pair.person].age) for pair in pairs]
    return analysis.People(
        hours=np.array([attended.get(pair.person, (0, 0))[1] / 60 for pair in pairs], dtype=float),
        sessions=np.array([attended.get(pair.person, (0, 0))[0] for pair in pairs], dtype=np.int64),
        hubs=hubs,
        groups={
            **({} if read.asked.hub else {"Hub": hubs}),
            "Age": ages,
            "Gender": [facts[pair.person][0] for pair in pairs],
            "Special needs": [facts[pair.person][1] for pair in pairs],
            "Free school meals": [facts[pair.person][2] for pair in pairs],
        },
    )


def _hub_of(hub: int | None, names: Mapping[int, str]) -> str:
    return names[hub] if hub is not None else CITYWIDE


def _facts(people: Iterable[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """By person gender, special needs and free school meals, in words. One query."""
    rows = Participant.objects.filter(pk__in=among(list(people))).values_list(
        "pk", "gender", "special_needs", "free_school_meals"
    )
    return {
        pk: (str(Gender(gender).label), str(Answer(needs).label), str(Answer(meals).label))
        for pk, gender, needs, meals in rows
    }


def _age_band(age: int | None) -> str:
    if age is None:
        return "Not known"
    bands = ((5, 7), (8, 12), (13, 15), (16, 18), (19, 25))
    return next((f"{low:>2} to {high}" for low, high in bands if low <= age <= high), "Other ages")


# --- Those who were lost ------------------------------------------------------------------------
def _compared(read: _Read) -> list[Compared]:
    matched = read.matched
    kept = [pair.person for pair in matched.pairs]
    lost = sorted(matched.lost)
    rows = [
        analysis.compare("Age at first attendance", _ages(read, kept), _ages(read, lost)),
        analysis.compare("Sessions attended", _sessions(read, kept), _sessions(read, lost)),
    ]
    starts = [score_many(read.definition, _answers(matched, people)) for people in (kept, lost)]
    rows += [
        analysis.compare(f"{score.label}, at the start", starts[0][score.id], starts[1][score.id])
        for score in read.definition.scores
    ]
    return rows


def _answers(matched: Matched, people: Iterable[UUID]) -> list[Mapping[str, int]]:
    return [matched.baselines[person].answers for person in people]


def _ages(read: _Read, people: Iterable[UUID]) -> analysis.Numbers:
    ages = [read.reached[person].age for person in people]
    return np.array([np.nan if age is None else age for age in ages], dtype=float)


def _sessions(read: _Read, people: Iterable[UUID]) -> analysis.Numbers:
    return np.array([read.reached[person].sessions for person in people], dtype=float)


# --- Quality ------------------------------------------------------------------------------------
def _quality(read: _Read) -> Quality:
    answered = read.answered
    asked_for = [_items_for(read, one.given.person) for one in answered]
    days = [pair.days for pair in read.matched.pairs]
    unfinished, set_aside = _not_standing(read.asked)
    return Quality(
        responses=len(answered),
        items=sum(map(len, asked_for)),
        missing=sum(
            len(items - set(one.given.answers))
            for items, one in zip(asked_for, answered, strict=True)
        ),
        assistance=_shares(Assistance, (one.assistance for one in answered)),
        channels=_shares(Channel, (one.channel for one in answered)),
        late_baselines=sum(_is_late(read, each) for each in read.matched.baselines.values()),
        unfinished=unfinished,
        set_aside=set_aside,
        without_consent=read.without_consent,
        weeks=float(np.median(days)) / 7 if days else None,
        agreement=tuple(_agreement(read.asked)),
    )


def _items_for(read: _Read, person: UUID) -> frozenset[str]:
    """The items that somebody is asked, at the age of their first attendance."""
    age = read.reached[person].age
    return frozenset(
        item.id
        for item in read.definition.items
        if item.min_age is None or (age is not None and age >= item.min_age)
    )


def _agreement(asked: Asked) -> list[Agreement]:
    found = keying_agreement(asked.measure.programme)
    return [each for each in found if asked.hub is None or each.hub == asked.hub.name]


def _is_late(read: _Read, baseline: Given) -> bool:
    return baseline.on - read.reached[baseline.person].first_on > ASKED_WITHIN


def _shares(choices: Any, values: Iterable[str]) -> tuple[Share, ...]:
    counts = Counter(values)
    return tuple(Share(str(choice.label), counts[choice.value]) for choice in choices)


def _not_standing(asked: Asked) -> tuple[int, int]:
    """How many responses of the period were begun and not finished, and set aside. One query."""
    rows = Response.objects.filter(measure=asked.measure).annotate(on=_london_date("started_at"))
    rows = rows.filter(on__range=(asked.first_day, asked.last_day))
    if asked.hub is not None:
        rows = rows.filter(hub=asked.hub)
    found = rows.aggregate(
        unfinished=Count("pk", filter=Q(finished_at__isnull=True, set_aside_at__isnull=True)),
        set_aside=Count("pk", filter=Q(set_aside_at__isnull=False)),
    )
    return found["unfinished"], found["set_aside"]
