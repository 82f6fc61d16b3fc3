"""Made-up answers to the Derby life skills reflection: of 2018-19, and of the current term.

Who answers what follows from whom they are and when they came, so that a later run adds what has
become due since and changes nothing else. Change is modest and mixed: some headings move, some do
not, some young people go down; it has nothing to do with hub or hours.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from activities.models import Programme, SessionKind, london_midnight, london_today
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import chance, pick, seed_id, weighted, whole
from derby_portal.seeding.copying import copy_rows
from derby_portal.seeding.dates import CELEBRATION, DAY, LAUNCH, london
from derby_portal.seeding.framework import SLUG
from derby_portal.seeding.history import PEOPLE, person_id
from derby_portal.seeding.standing import one_seed_at_a_time
from evaluation.instruments.definition import Item
from evaluation.models import (
    Assistance,
    Channel,
    Instrument,
    Measure,
    RespondentKind,
    Response,
    SecondKeying,
    Wave,
)
from evaluation.queries.instruments import definition_of
from evaluation.services.instruments import load_instruments, publish_instrument
from evaluation.services.measures import name_primary, start_measure
from evaluation.wave_rules import ASKED_WITHIN, age_of
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Answer,
    Attendance,
    Participant,
    Purpose,
)
from participants.queries.consents import may

KEY, PRIMARY = "derby-life-skills", "confidence"
OPENS = dt.time(9)
# By heading where people start on the scale from 1 to 5, and by how much they move on average.
HEADINGS = {
    "resilience": (3.35, 0.18),
    "self_control": (3.45, 0.03),
    "confidence": (3.15, 0.24),
    "integrity": (3.7, 0.03),
    "empathy": (3.65, 0.09),
    "curiosity": (3.5, 0.13),
}
LOWEST, HIGHEST = 1, 5
# Shares of those who may be asked.
SHARE_BASELINE, SHARE_LATE, SHARE_FOLLOW_UP, SHARE_BY_LINK = 0.86, 0.09, 0.82, 0.07
SHARE_OBSERVED = 0.3
SHARE_SKIPPED, SHARE_STRAIGHT, SHARE_BROKEN_OFF, SHARE_SET_ASIDE = 0.015, 0.02, 0.01, 0.005
SHARE_KEYED_TWICE, SHARE_DIFFERS = 0.1, 0.2
EASY_FROM, SHARE_EASY = 8, 0.45
CHANNELS = ((Channel.KIOSK, 72.0), (Channel.LINK, 10.0), (Channel.PAPER, 18.0))
ALONE = ((Assistance.ALONE, 84.0), (Assistance.HELPED, 13.0), (Assistance.UNKNOWN, 3.0))
HELPED = ((Assistance.HELPED, 66.0), (Assistance.BY_STAFF, 24.0), (Assistance.ALONE, 10.0))
WHY_SET_ASIDE = ("A friend had answered instead.", "Tapped through without reading; said so.")
FIELDS = (
    *("id", "participant", "measure", "wave", "form", "language", "hub", "session", "channel"),
    *("assistance", "answers", "skipped", "started_at", "changed_at", "finished_at"),
    *("entered_by", "set_aside_at", "set_aside_why"),
)
MINUTE = dt.timedelta(minutes=1)
INTO_SESSION = 25 * MINUTE
EVENING = dt.time(18)
POSITIONS = ((0, 70.0), (1, 20.0), (2, 10.0))
FORMS = (("5-7", 5, 7), ("8-12", 8, 12), ("13-18", 13, 25))
EASY, STAFF_FORM = "easy", "staff"
ROOT = Coalesce(F("participant__merged_into_id"), F("participant_id"))


class Came(NamedTuple):
    """A session that somebody came to."""

    session: UUID
    hub: int | None
    starts_at: dt.datetime
    on: dt.date


class Turn(NamedTuple):
    """When somebody answers, where and by which way; at no session by a link sent later."""

    wave: Wave
    at: dt.datetime
    session: UUID | None
    hub: int | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Facts:
    """A person with every session that they came to, in order."""

    person: Participant
    came: list[Came]


class Writers(NamedTuple):
    """Who keys in and observes; nobody without the demo's sign-ins."""

    first: User | None
    second: User | None


@transaction.atomic
def add_surveys(today: dt.date) -> int:
    """Measure, and let people answer who have not; returns how many answers were added."""
    one_seed_at_a_time()
    measures = ensure_measures()
    if measures is None:
        return 0
    waiting = [] if has_answers(ids := people_of_history()) else [ids]
    waiting.append(people_of_term(today))
    return sum(add_answers(ids, measures, today) for ids in waiting)


def ensure_measures() -> list[Measure] | None:
    """Load the instruments, and let the programme measure by ours from its launch.

    None where somebody ended it, or uses another version by now.
    """
    programme = Programme.objects.get(slug=SLUG)
    standing = Measure.objects.filter(programme=programme).select_related("instrument")
    if not standing.exists():
        _start(programme)
    found = standing.running().filter(instrument__key=KEY, instrument__version=1)
    return list(found.order_by("respondent")) or None


def _start(programme: Programme) -> None:
    at = london(LAUNCH, OPENS)
    load_instruments(now=at)
    instrument = Instrument.objects.get(key=KEY, version=1)
    if instrument.published_at is None:
        publish_instrument(instrument=instrument, by=None, now=at)
    own, _observed = (
        start_measure(
            programme=programme, instrument=instrument, respondent=respondent, by=None, now=at
        )
        for respondent in (RespondentKind.SELF, RespondentKind.STAFF)
    )
    name_primary(measure=own, score=PRIMARY, by=None, now=at)


def people_of_history() -> list[UUID]:
    """The young people of 2018-19."""
    return [person_id(0, number) for number in range(PEOPLE)]


def has_answers(ids: Sequence[UUID]) -> bool:
    """Whether some of the first of these people answered anything."""
    return Response.objects.filter(participant__in=ids[:300]).exists()


def people_of_term(today: dt.date) -> list[UUID]:
    """Those who came to anything since the delivery ended, until yesterday."""
    since = london_midnight(CELEBRATION + DAY)
    came = Attendance.objects.filter(
        session__starts_at__gte=since, session__starts_at__lt=london_midnight(today)
    )
    return list(came.annotate(root=ROOT).values_list("root", flat=True).distinct().order_by("root"))


def add_answers(ids: Collection[UUID], measures: list[Measure], today: dt.date) -> int:
    """Let those of these people answer who agreed to surveys, where they have not."""
    agreed = may(ids, Purpose.SURVEYS)
    answered = set(
        Response.objects.filter(participant__in=agreed).values_list(
            "participant_id", "measure_id", "wave"
        )
    )
    writers = Writers(*(User.objects.filter(email=SIGN_INS[at].email).first() for at in (2, 3)))
    rows = [
        row
        for facts in facts_of(agreed, today)
        for measure in measures
        for row in answers_of(facts, measure, writers, today)
        if row[1:4] not in answered
    ]
    count = copy_rows(Response, FIELDS, rows)
    key_again(rows, writers)
    return count


def facts_of(roots: Collection[UUID], today: dt.date) -> Iterator[Facts]:
    """What these people came to before today in a role of young people's. Two queries."""
    rows = (
        Attendance.objects.filter(
            Q(participant__in=roots) | Q(participant__merged_into__in=roots),
            status__in=ATTENDED,
            role__in=YOUNG_PEOPLE_ROLES,
            session__starts_at__lt=london_midnight(today),
        )
        .exclude(session__kind=SessionKind.TRAINING)
        .annotate(root=ROOT)
        .order_by("session__starts_at", "pk")
        .values_list("root", "session_id", "session__activity__hub_id", "session__starts_at")
    )
    came: defaultdict[UUID, list[Came]] = defaultdict(list)
    for root, session, hub, at in rows:
        came[root].append(Came(session, hub, at, london_today(at)))
    names = ("pk", "birth_date", "year_group", "special_needs")
    for person in Participant.objects.filter(pk__in=list(came)).only(*names).order_by("pk"):
        yield Facts(person, came[person.pk])


def answers_of(
    facts: Facts, measure: Measure, writers: Writers, today: dt.date
) -> Iterator[tuple[Any, ...]]:
    """The rows of one person's answers by one measure; often none, mostly one, at most two."""
    rng = chance("survey", measure.respondent, facts.person.pk)
    if measure.respondent == RespondentKind.STAFF and rng.random() >= SHARE_OBSERVED:
        return
    trait = Trait(facts.person.pk, measure.respondent)
    for turn in turns(rng, facts.came, definition_of(measure.instrument).weeks, today):
        row = _row(facts.person, measure, turn, trait, writers)
        if row is not None:
            yield row


def turns(rng: Random, came: list[Came], weeks: int, today: dt.date) -> Iterator[Turn]:
    """When somebody answers: a baseline at one of their first sessions, then a follow-up, if any.

    Chance is drawn in the same order however many sessions there are, so that those to come
    change nothing about those past.
    """
    has_baseline, is_late = rng.random() < SHARE_BASELINE, rng.random() < SHARE_LATE
    position, channel = weighted(rng, POSITIONS), weighted(rng, CHANNELS)
    again, later, next_channel = rng.random(), weighted(rng, POSITIONS), weighted(rng, CHANNELS)
    days_later = whole(rng, 0, 20)
    in_time = came[0].on + ASKED_WITHIN
    asked = [each for each in came if (each.on > in_time) == is_late]
    if not has_baseline or position >= len(asked):
        return
    first = asked[position]
    yield Turn(Wave.BASELINE, first.starts_at + INTO_SESSION, first.session, first.hub, channel)
    due_on = first.on + dt.timedelta(weeks=weeks)
    due = [each for each in came if each.on >= due_on]
    if again < SHARE_FOLLOW_UP and later < len(due):
        then = due[later]
        at = then.starts_at + INTO_SESSION
        yield Turn(Wave.FOLLOW_UP, at, then.session, then.hub, next_channel)
    elif not due and again < SHARE_BY_LINK and due_on + days_later * DAY < today:
        at = london(due_on + days_later * DAY, EVENING)
        yield Turn(Wave.FOLLOW_UP, at, None, first.hub, Channel.LINK)


class Trait:
    """What somebody is like: how they answer on the whole, on each heading, and how they move."""

    def __init__(self, person: UUID, respondent: str) -> None:
        whole_person = chance("trait", person)
        self.level = normal(whole_person)
        self.headings = {heading: normal(whole_person) for heading in HEADINGS}
        self.moves = normal(whole_person)
        if respondent == RespondentKind.STAFF:
            self._seen_from_outside(chance("seen", person))

    def _seen_from_outside(self, rng: Random) -> None:
        """What staff see agrees with what somebody says of themselves only in part."""
        self.level = 0.45 * self.level + 0.75 * normal(rng) - 0.2
        self.headings = {
            heading: 0.4 * value + 0.7 * normal(rng) for heading, value in self.headings.items()
        }
        self.moves = 0.4 * self.moves + 0.8 * normal(rng)

    def answer(self, rng: Random, heading: str, wave: Wave, mood: float) -> int:
        """An answer from 1 to 5 to an item of a heading."""
        start, moved = HEADINGS[heading]
        value = start + 0.5 * self.level + 0.35 * self.headings[heading] + 0.2 * mood
        if wave == Wave.FOLLOW_UP:
            value += moved + 0.22 * self.moves + 0.22 * normal(rng)
        return max(LOWEST, min(HIGHEST, round(value + 0.7 * normal(rng))))


def normal(rng: Random) -> float:
    """About a standard normal deviate, never beyond 3.5: four chances together."""
    return (sum(rng.random() for _ in range(4)) - 2) * 3**0.5


def _row(
    person: Participant, measure: Measure, turn: Turn, trait: Trait, writers: Writers
) -> tuple[Any, ...] | None:
    """One row in the order of `FIELDS`; None for an age that no form is for."""
    rng = chance("answers", measure.respondent, person.pk, turn.wave)
    observed = measure.respondent == RespondentKind.STAFF
    form = STAFF_FORM if observed else form_of(rng, person, turn.at.date())
    if form is None:
        return None
    answers, skipped = answers_to(rng, definition_of(measure.instrument).items, turn.wave, trait)
    ends = turn.at + whole(rng, 3, 11) * MINUTE
    broken_off, set_aside = rng.random() < SHARE_BROKEN_OFF, rng.random() < SHARE_SET_ASIDE
    if broken_off:
        answers, skipped = dict(list(answers.items())[: whole(rng, 2, 9)]), []
    channel = Channel.STAFF if observed else turn.channel
    by_staff = writers.first if channel in {Channel.PAPER, Channel.STAFF} else None
    return (
        *(seed_id("response", measure.respondent, person.pk, turn.wave), person.pk, measure.pk),
        *(turn.wave.value, form, "en-easy" if form == EASY else "en-gb", turn.hub, turn.session),
        *(channel.value, _assistance(rng, form).value, json.dumps(answers), skipped),
        *(turn.at, ends, None if broken_off else ends, by_staff.pk if by_staff else None),
        *(ends + DAY if set_aside else None, pick(rng, WHY_SET_ASIDE) if set_aside else ""),
    )


def form_of(rng: Random, person: Participant, day: dt.date) -> str | None:
    """The form for somebody's age; some with special needs answer in Easy Read."""
    age, easy = age_of(person.birth_date, person.year_group, day), rng.random() < SHARE_EASY
    if age is None:
        return None
    if easy and person.special_needs == Answer.YES and age >= EASY_FROM:
        return EASY
    return next((form for form, least, most in FORMS if least <= age <= most), None)


def answers_to(
    rng: Random, items: Sequence[Item], wave: Wave, trait: Trait
) -> tuple[dict[str, int], list[str]]:
    """Answers by item, and the items that were passed over; a few give one answer to all."""
    straight, mood, only = rng.random() < SHARE_STRAIGHT, normal(rng), whole(rng, 3, HIGHEST)
    answers, skipped = {}, []
    for item in items:
        answer = trait.answer(rng, item.subscale, wave, mood)
        if rng.random() < SHARE_SKIPPED and not straight:
            skipped.append(item.id)
        else:
            answers[item.id] = only if straight else answer
    return answers, skipped


def _assistance(rng: Random, form: str) -> Assistance:
    if form == STAFF_FORM:
        return Assistance.BY_STAFF
    return weighted(rng, HELPED if form in {"5-7", EASY} else ALONE)


def key_again(rows: list[tuple[Any, ...]], writers: Writers) -> int:
    """Let a second person key in some of the paper once more; now and then an item differs."""
    if writers.second is None:
        return 0
    keyed = []
    for row in rows:
        response = dict(zip(FIELDS, row, strict=True))
        rng = chance("keyed twice", response["id"])
        is_paper = response["channel"] == Channel.PAPER and response["finished_at"]
        if is_paper and rng.random() < SHARE_KEYED_TWICE:
            keyed.append(_second_keying(rng, response, writers))
    return len(SecondKeying.objects.bulk_create(keyed))


def _second_keying(rng: Random, response: dict[str, Any], writers: Writers) -> SecondKeying:
    answers: dict[str, int] = json.loads(response["answers"])
    differs: list[str] = []
    if answers and rng.random() < SHARE_DIFFERS:
        item = pick(rng, list(answers))
        answers[item] = answers[item] - 1 if answers[item] > LOWEST else answers[item] + 1
        differs = [item]
    at = response["finished_at"] + DAY
    return SecondKeying(
        response_id=response["id"],
        answers=answers,
        differs=differs,
        keyed_by=writers.second,
        keyed_at=at,
        settled_by=writers.second if differs else None,
        settled_at=at + DAY if differs else None,
    )
