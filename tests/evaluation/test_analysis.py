"""From answers to pairs, and from pairs to everything that is said of a score."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, strategies

from evaluation import analysis, statistics
from evaluation.analysis import Given, People
from evaluation.instruments.definition import Band, Direction, Method, Norm, Score

START = dt.date(2019, 1, 1)


def answer(person: int, wave: str, day: int, value: int = 3) -> Given:
    return Given(UUID(int=person), wave, START + dt.timedelta(days=day), {"one": value})


def score(**fields: Any) -> Score:
    defaults: dict[str, Any] = {
        "id": "mean", "label": "Mean", "items": ("one", "two"), "method": Method.MEAN,
        "minimum_answered": 2, "low": Decimal(1), "high": Decimal(5),
    }  # fmt: skip
    return Score(**(defaults | fields))


def people(number: int, **fields: Any) -> People:
    defaults: dict[str, Any] = {
        "hours": np.arange(number, dtype=float),
        "sessions": np.arange(number),
        "hubs": ["Abbey" if at % 2 else "Sinfin" for at in range(number)],
        "groups": {},
    }
    return People(**(defaults | fields))


def outcome(before: list[float], after: list[float], **fields: Any) -> analysis.ScoreOutcome:
    start, end = np.array(before, dtype=float), np.array(after, dtype=float)
    items = fields.pop("items", np.empty((0, 2)))
    made = fields.pop("score", score())
    return analysis.outcome_of(made, start, end, fields.pop("people", people(len(start))), items)


BEFORE = [2.0, 2.5, 3.0, 1.5, 2.0, 4.0, 3.5, 2.5, 3.0, 2.0, 1.0, 5.0]
AFTER = [2.5, 3.5, 3.0, 2.5, 3.0, 4.5, 3.0, 3.5, 3.5, 3.0, 2.0, 4.0]


# --- Pairs --------------------------------------------------------------------------------------
def test_the_earliest_baseline_and_the_latest_follow_up_make_the_pair() -> None:
    rows = [
        answer(1, "baseline", 0, 1), answer(1, "baseline", 9, 5), answer(1, "follow_up", 90, 2),
        answer(1, "follow_up", 200, 4),
    ]  # fmt: skip
    (pair,) = analysis.match(rows, weeks=12, until=START + dt.timedelta(days=300)).pairs
    assert (pair.before.answers["one"], pair.after.answers["one"], pair.days) == (1, 4, 200)


@pytest.mark.parametrize(("day", "pairs", "early"), [(83, 0, 1), (84, 1, 0), (85, 1, 0)])
def test_a_follow_up_counts_from_the_instruments_weeks_on(day: int, pairs: int, early: int) -> None:
    rows = [answer(1, "baseline", 0), answer(1, "follow_up", day)]
    found = analysis.match(rows, weeks=12, until=START + dt.timedelta(days=300))
    assert (len(found.pairs), len(found.early)) == (pairs, early)


@pytest.mark.parametrize(("day", "due"), [(83, 0), (84, 1)])
def test_who_is_not_due_yet_is_not_lost(day: int, due: int) -> None:
    found = analysis.match(
        [answer(1, "baseline", 0)], weeks=12, until=START + dt.timedelta(days=day)
    )
    assert (len(found.due), len(found.lost)) == (due, due)


def test_a_follow_up_without_a_baseline_is_no_pair() -> None:
    found = analysis.match([answer(1, "follow_up", 90)], weeks=12, until=START)
    assert (found.pairs, found.baselines, found.due) == ([], {}, set())


answers = strategies.lists(
    strategies.builds(
        answer,
        strategies.integers(1, 4),
        strategies.sampled_from(["baseline", "follow_up"]),
        strategies.integers(0, 400),
    ),
    unique_by=lambda each: (each.person, each.wave, each.on),
)


@given(answers, strategies.randoms())
def test_the_order_of_answers_makes_no_difference(rows: list[Given], random: Any) -> None:
    until = START + dt.timedelta(days=250)
    mixed = list(rows)
    random.shuffle(mixed)
    first, second = (analysis.match(each, weeks=12, until=until) for each in (rows, mixed))
    assert first.pairs == second.pairs
    assert (first.baselines, first.due, first.early) == (
        second.baselines, second.due, second.early,
    )  # fmt: skip


@given(answers)
def test_everybody_is_in_one_place_of_the_flow(rows: list[Given]) -> None:
    found = analysis.match(rows, weeks=12, until=START + dt.timedelta(days=400))
    paired = {pair.person for pair in found.pairs}
    assert len(paired) == len(found.pairs)
    assert paired & found.early == set()
    assert paired | found.early <= set(found.baselines)
    assert found.lost <= found.due
    assert found.lost & paired == set()
    for pair in found.pairs:
        waves = [each for each in rows if each.person == pair.person]
        assert pair.before.on == min(one.on for one in waves if one.wave == "baseline")
        assert pair.after.on == max(one.on for one in waves if one.wave == "follow_up")


# --- What a hub's own staff may read ------------------------------------------------------------
def follow_ups(*months: tuple[int, int]) -> list[Given]:
    """So many people who answered again in a month of 2019, each somebody new."""
    return [
        Given(UUID(int=1000 * month + number), "follow_up", dt.date(2019, month, 15), {})
        for month, people in months
        for number in range(people)
    ]


@pytest.mark.parametrize(
    ("months", "settled"),
    [
        ([(3, 9)], None),
        ([(3, 10)], dt.date(2019, 3, 31)),
        ([(3, 9), (4, 1)], dt.date(2019, 4, 30)),
        ([(3, 10), (4, 9)], dt.date(2019, 3, 31)),
        ([(3, 10), (4, 9), (5, 1)], dt.date(2019, 5, 31)),
        ([(3, 10), (12, 30)], dt.date(2019, 3, 31)),
    ],
    ids=["nine", "ten", "nine and one", "ten and nine", "and one more", "a month not over"],
)
def test_a_hubs_totals_move_on_by_ten_people_at_least(
    months: list[tuple[int, int]], settled: dt.date | None
) -> None:
    assert analysis.settled_until(follow_ups(*months), dt.date(2019, 12, 30)) == settled


def test_somebody_who_answers_twice_is_one_person() -> None:
    twice = follow_ups((3, 5)) * 2
    assert analysis.settled_until(twice, dt.date(2019, 12, 31)) is None


# --- One score ----------------------------------------------------------------------------------
def test_who_has_no_score_in_one_wave_is_no_pair_of_it() -> None:
    found = outcome([*BEFORE, np.nan, 3.0], [*AFTER, 3.0, np.nan])
    assert (found.n, found.change.n) == (12, 12)
    assert found.change.mean_change == pytest.approx(np.mean(np.subtract(AFTER, BEFORE)))


def test_too_few_have_no_figures() -> None:
    assert not outcome(BEFORE[:9], AFTER[:9]).has_figures
    assert outcome(BEFORE[:10], AFTER[:10]).has_figures


BANDS = (
    Band("low", "Low", Decimal(1), Decimal("2.9")),
    Band("high", "High", Decimal(3), Decimal(5)),
)


def test_bands_count_everybody_once_before_and_after() -> None:
    found = outcome(BEFORE, AFTER, score=score(bands=BANDS))
    assert [(band.label, band.before, band.after) for band in found.bands] == [
        ("Low", 7, 3), ("High", 5, 9),
    ]  # fmt: skip
    assert found.crossing is not None
    assert (found.crossing.label, found.crossing.only_before, found.crossing.only_after) == (
        "Low", 4, 0,
    )  # fmt: skip
    assert found.crossing.p == statistics.mcnemar(4, 0).p


def test_where_lower_is_better_the_worst_band_is_the_highest() -> None:
    found = outcome(BEFORE, AFTER, score=score(bands=BANDS, direction=Direction.LOWER))
    assert found.crossing is not None
    assert (found.crossing.label, found.crossing.only_before, found.crossing.only_after) == (
        "High", 0, 4,
    )  # fmt: skip


def test_reliability_is_the_published_one_where_there_is_one() -> None:
    published = score(reliability=Decimal("0.8"), reliability_source="A paper")
    found = outcome(BEFORE, AFTER, score=published)
    assert found.reliability == analysis.Reliability(0.8, "A paper")
    assert found.reliable == statistics.reliable_change(BEFORE, AFTER, reliability=0.8)


def test_a_functional_population_gives_a_cut_off() -> None:
    norm = Norm("People", Decimal(4), Decimal(1), "A paper", functional=True)
    found = outcome(BEFORE, AFTER, score=score(reliability=Decimal("0.8"), norms=(norm,)))
    assert found.reliable is not None
    assert found.reliable.cutoff is not None


def test_reliability_is_alpha_of_complete_baselines_where_none_is_published() -> None:
    random = np.random.default_rng(7)
    true = random.normal(3, 1, 40)
    items = np.stack([true + random.normal(0, 0.5, 40) for _ in range(2)], axis=1)
    with_gap = np.vstack([items, [np.nan, 3.0]])
    found = outcome(BEFORE, AFTER, items=with_gap).reliability
    assert found.value == statistics.cronbach_alpha(items).alpha
    assert found.source == "Cronbach's alpha of 40 baselines here."


@pytest.mark.parametrize(
    ("made", "items"),
    [
        (score(method=Method.ITEM, items=("one",)), np.ones((50, 1))),
        (score(), np.ones((29, 2))),
        (score(), np.ones((50, 2))),
    ],
    ids=["single item", "too few", "no variance"],
)
def test_without_reliability_nothing_is_said_of_reliable_change(made: Score, items: Any) -> None:
    found = outcome(BEFORE, AFTER, score=made, items=items)
    assert (found.reliability.value, found.reliable) == (None, None)
    assert found.reliability.source


def test_regression_to_the_mean_stands_beside_a_low_start() -> None:
    made = score(bands=BANDS, reliability=Decimal("0.7"))
    low = outcome(BEFORE, AFTER, score=made).low_start
    assert low is not None
    assert (low.n, low.cutoff, low.change) == (7, 2.9, None)
    start = np.array(BEFORE)
    expected = statistics.expected_regression(start.mean(), start.std(ddof=1), 0.7, 2.9).expected
    assert low.expected == pytest.approx(expected)
    assert low.expected is not None
    assert low.expected > 0
    r = statistics.paired_change(BEFORE, AFTER).r
    by_r = statistics.expected_regression(start.mean(), start.std(ddof=1), r, 2.9).expected
    assert low.expected_by_r == pytest.approx(by_r)


def test_where_lower_is_better_a_low_start_is_a_high_score_and_regresses_down() -> None:
    made = score(reliability=Decimal("0.7"), direction=Direction.LOWER)
    low = outcome(BEFORE, AFTER, score=made).low_start
    assert low is not None
    assert low.cutoff == np.quantile(BEFORE, 0.75)
    assert low.why == "The quarter with the highest start, and who ties."
    assert low.n == sum(value >= low.cutoff for value in BEFORE)
    assert low.expected is not None
    assert low.expected < 0


def test_groups_have_figures_from_ten_pairs_and_are_indicative_under_thirty() -> None:
    groups = {"Gender": ["Girl"] * 10 + ["Boy"] * 2}
    found = outcome(BEFORE, AFTER, people=people(12, groups=groups)).groups
    assert [(group.label, group.n, group.change is None) for group in found] == [
        ("Boy", 2, True), ("Girl", 10, False),
    ]  # fmt: skip
    assert found[1].is_indicative
    assert found[1].change == statistics.paired_change(BEFORE[:10], AFTER[:10])


def test_doses_are_counted_once_each() -> None:
    sessions = np.array([0, 1, 2, 4, 5, 9, 10, 19, 20, 21, 3, 2])
    doses = outcome(BEFORE, AFTER, people=people(12, sessions=sessions)).doses
    assert [(dose.label, dose.n) for dose in doses] == [
        ("0", 1), ("1", 1), ("2 to 4", 4), ("5 to 9", 2), ("10 to 19", 2), ("20 or more", 2),
    ]  # fmt: skip


def test_hubs_are_compared_by_their_means() -> None:
    clusters = outcome(BEFORE, AFTER).clusters
    changes = np.subtract(AFTER, BEFORE)
    groups = [changes[1::2], changes[0::2]]
    assert clusters.hubs == 2
    assert clusters.icc == statistics.icc(groups).icc
    assert clusters.design_effect == statistics.design_effect(groups).design_effect


def test_the_primary_outcome_keeps_its_p_and_the_others_are_adjusted() -> None:
    found = [outcome(BEFORE, AFTER), outcome(AFTER, BEFORE), outcome(BEFORE[:5], AFTER[:5])]
    first = replace(found[0], is_primary=True)
    adjusted = analysis.with_holm([first, found[1], found[1], found[2]])
    p = found[1].change.p
    assert p is not None
    assert [each.p_adjusted for each in adjusted] == [
        None, pytest.approx(min(1, 2 * p)), pytest.approx(min(1, 2 * p)), None,
    ]  # fmt: skip


# --- Those who were lost ------------------------------------------------------------------------
def test_those_who_were_lost_are_compared_in_standard_deviations() -> None:
    kept, lost = np.array(BEFORE), np.array(AFTER)
    found = analysis.compare("Score", np.append(kept, np.nan), lost)
    assert (found.n_kept, found.n_lost) == (12, 12)
    assert found.kept == pytest.approx(kept.mean())
    spread = np.sqrt((kept.var(ddof=1) + lost.var(ddof=1)) / 2)
    assert found.difference == pytest.approx((kept.mean() - lost.mean()) / spread)


def test_a_few_lost_people_have_no_mean() -> None:
    found = analysis.compare("Score", np.array(BEFORE), np.array(AFTER[:9]))
    assert (found.n_lost, found.kept, found.lost, found.difference) == (9, None, None, None)
