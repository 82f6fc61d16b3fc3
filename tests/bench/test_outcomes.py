"""What a page of outcomes costs with a hundred thousand responses, and where the time goes.

BENCH_RESPONSES chooses how many. Statistics must take less time than reading the rows.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation import analysis
from evaluation.models import Channel, Measure, Response, Wave
from evaluation.queries import outcomes
from evaluation.queries.instruments import definition_of
from evaluation.scoring import score_many
from participants.models import Attendance, Consent, MarkStatus, Participant, Purpose
from tests import factories
from tests.factories import london

RESPONSES = int(os.environ.get("BENCH_RESPONSES", "100000"))
FEW = 200
ROUNDS = 5
ITEMS = [f"item-{number}" for number in range(18)]
HEADINGS = [(f"heading-{number}", ITEMS[3 * number : 3 * number + 3]) for number in range(6)]


def make_measure() -> Measure:
    items = [{"id": item, "low": 1, "high": 5} for item in ITEMS]
    scores = [
        {
            "id": name, "label": name, "items": some, "method": "mean", "minimum_answered": 3,
            "low": "1", "high": "5", "decimals": 1,
        }
        for name, some in HEADINGS
    ]  # fmt: skip
    instrument = factories.make_instrument(definition={"items": items, "scores": scores})
    return factories.make_measure(instrument=instrument)


def answer(measure: Measure, people: int) -> None:
    """So many people with a baseline and a follow-up, each at four sessions of three hubs."""
    chance = random.Random(7)
    hubs = [factories.make_hub() for _ in range(3)]
    sessions = [
        factories.make_session(
            activity=factories.make_activity(hub=hub, programme=measure.programme),
            starts_at=london(2019, 1, 7, 16) + dt.timedelta(days=40 * number),
        )
        for hub in hubs
        for number in range(4)
    ]
    made = Participant.objects.bulk_create(
        [
            Participant(
                given_name="Sample",
                birth_date=dt.date(2008, 1, 1),
                gender=chance.choice(["female", "male"]),
            )
            for _ in range(people)
        ],
        batch_size=5000,
    )
    at = sessions[0].starts_at
    Attendance.objects.bulk_create(
        [
            Attendance(session=session, participant=person, status=MarkStatus.PRESENT, marked_at=at)
            for number, person in enumerate(made)
            for session in sessions[4 * (number % 3) : 4 * (number % 3) + 4]
        ],
        batch_size=10000,
    )
    Consent.objects.bulk_create(
        [
            Consent(
                participant=person,
                purpose=Purpose.SURVEYS,
                is_given=True,
                wording=1,
                relationship="mother",
                how="paper",
                at=at,
            )
            for person in made
        ],
        batch_size=5000,
    )
    Response.objects.bulk_create(
        [
            Response(
                participant=person, measure=measure, wave=wave, form="self", channel=Channel.KIOSK,
                answers={item: chance.randint(1, 5) for item in ITEMS}, started_at=when,
                finished_at=when,
            )
            for person in made
            for wave, when in ((Wave.BASELINE, at), (Wave.FOLLOW_UP, at + dt.timedelta(days=120)))
        ],
        batch_size=5000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(label: str, do: Callable[[], Any]) -> tuple[float, Any]:
    seconds, answer = [], None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = do()
        seconds.append(time.perf_counter() - began)
    middle = statistics.median(seconds)
    print(f"{label:<46} {middle:8.3f} s   ({min(seconds):.3f} to {max(seconds):.3f})")
    return middle, answer


def queries_of(asked: outcomes.Asked) -> int:
    with CaptureQueriesContext(connection) as caught:
        outcomes.outcomes_of(asked)
    return len(caught)


def test_a_page_of_outcomes(transactional_db: None) -> None:
    asked = {}
    for number in (FEW, RESPONSES):
        measure = make_measure()
        answer(measure, number // 2)
        asked[number] = outcomes.Asked(measure, dt.date(2019, 1, 1), dt.date(2019, 12, 31))
    few, many = (queries_of(each) for each in asked.values())
    print(f"\nqueries of a page: {few} with {FEW} responses, {many} with {RESPONSES:,}")
    assert few == many
    big = asked[RESPONSES]
    timed("the whole page's figures", lambda: outcomes.outcomes_of(big))
    reading, answered = timed("reading the responses", lambda: outcomes._answered(big))
    definition = definition_of(big.measure.instrument)
    given = [one.given for one in answered]
    _, matched = timed("pairing", lambda: analysis.match(given, weeks=12, until=big.last_day))
    sides = [[pair.before.answers for pair in matched.pairs]]
    sides.append([pair.after.answers for pair in matched.pairs])
    timed("scoring both waves", lambda: [score_many(definition, side) for side in sides])
    read = outcomes._read(big)
    people = outcomes._people(read, read.matched.pairs)
    before = score_many(definition, [pair.before.answers for pair in read.matched.pairs])
    after = score_many(definition, [pair.after.answers for pair in read.matched.pairs])
    items = outcomes._items(
        [pair.before.answers for pair in read.matched.pairs], definition, ITEMS[:3]
    )
    one = definition.scores[0]
    seconds, found = timed(
        "statistics of one score, all of them",
        lambda: analysis.outcome_of(one, before[one.id], after[one.id], people, items),
    )
    assert found.n == RESPONSES // 2
    print(f"statistics of six scores: {6 * seconds:.3f} s beside {reading:.3f} s of reading")
    assert 6 * seconds < reading
