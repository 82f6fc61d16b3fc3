"""Scores of every instrument, by hand; properties that hold whatever was answered."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.instruments import Definition, parse, shipped
from evaluation.scoring import AnswerError, score, score_many

NAMES = sorted(shipped())
SWEMWBS_METRIC = [
    "7.00",
    "9.51",
    "11.25",
    "12.40",
    "13.33",
    "14.08",
    "14.75",
    "15.32",
    "15.84",
    "16.36",
    "16.88",
    "17.43",
    "17.98",
    "18.59",
    "19.25",
    "19.98",
    "20.73",
    "21.54",
    "22.35",
    "23.21",
    "24.11",
    "25.03",
    "26.02",
    "27.03",
    "28.13",
    "29.31",
    "30.70",
    "32.55",
    "35.00",
]


def instrument(key: str) -> Definition:
    return shipped()[key, 1]


def all_of(key: str, answer: int) -> dict[str, int | None]:
    return {item.id: answer for item in instrument(key).items}


def summing_to(key: str, total: int) -> dict[str, int | None]:
    """Answers of whole items from 1 up that add up to a raw sum."""
    answers: dict[str, int | None] = all_of(key, 1)
    left = total - len(answers)
    for item in instrument(key).items:
        more = min(left, item.high - 1)
        answers[item.id], left = 1 + more, left - more
    assert left == 0
    return answers


@pytest.mark.parametrize("raw", range(7, 36))
def test_swemwbs_is_looked_up_from_the_raw_sum(raw: int) -> None:
    found = score(instrument("swemwbs"), summing_to("swemwbs", raw))
    assert found.value == float(SWEMWBS_METRIC[raw - 7])


def test_swemwbs_of_29_is_26_02() -> None:
    found = score(instrument("swemwbs"), summing_to("swemwbs", 29))
    assert found["swemwbs"].value == 26.02
    assert (found["swemwbs"].answered, found["swemwbs"].of) == (7, 7)
    assert (found.band, found.reason) == (None, "")


@pytest.mark.parametrize("missing", [item.id for item in shipped()["swemwbs", 1].items])
def test_swemwbs_with_one_item_missing_has_no_score(missing: str) -> None:
    for answers in (all_of("swemwbs", 4) | {missing: None}, all_of("swemwbs", 4)):
        if answers[missing] is not None:
            del answers[missing]
        found = score(instrument("swemwbs"), answers)
        assert found.value is None
        assert found.reason == "6 of 7 items answered; 7 are needed."


def test_wemwbs_is_the_sum_of_all_fourteen() -> None:
    assert score(instrument("wemwbs"), all_of("wemwbs", 1)).value == 14
    assert score(instrument("wemwbs"), all_of("wemwbs", 5)).value == 70
    assert score(instrument("wemwbs"), all_of("wemwbs", 3) | {"loved": None}).value is None


def test_ons4_items_are_never_combined() -> None:
    definition = instrument("ons4")
    found = score(definition, {"satisfied": 8, "worthwhile": 7, "happy": 3, "anxious": 2})
    assert {name: each.value for name, each in found.items()} == {
        "satisfied": 8,
        "worthwhile": 7,
        "happy": 3,
        "anxious": 2,
    }
    assert all(each.of == 1 for each in found.values())
    assert all(len(one.items) == 1 for one in definition.scores)
    with pytest.raises(ValueError, match="too many values"):
        _ = found.value


def test_an_ons4_item_that_is_missing_takes_no_other_with_it() -> None:
    found = score(instrument("ons4"), {"satisfied": 8, "happy": None})
    assert found["satisfied"].value == 8
    assert found["happy"].value is None
    assert found["happy"].reason == "0 of 1 items answered; 1 are needed."


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("satisfied", "low low low low low medium medium high high very_high very_high"),
        ("worthwhile", "low low low low low medium medium high high very_high very_high"),
        ("happy", "low low low low low medium medium high high very_high very_high"),
        ("anxious", "very_low very_low low low medium medium high high high high high"),
    ],
)
def test_bands_of_ons4_with_anxiety_the_other_way(name: str, bands: str) -> None:
    definition = instrument("ons4")
    found = [score(definition, {name: answer})[name].band for answer in range(11)]
    assert found == bands.split()
    assert definition.score(name).direction == ("lower" if name == "anxious" else "higher")


def test_loneliness_needs_all_three_and_keeps_the_direct_item_apart() -> None:
    definition = instrument("loneliness")
    three = {"companionship": 3, "left_out": 2, "isolated": 1}
    found = score(definition, three | {"direct": 5})
    assert (found["loneliness"].value, found["direct"].value) == (6, 5)
    assert score(definition, three)["direct"].value is None
    gap = score(definition, three | {"isolated": None, "direct": 2})
    assert (gap["loneliness"].value, gap["direct"].value) == (None, 2)
    assert gap["loneliness"].reason == "2 of 3 items answered; 3 are needed."
    assert {one.direction for one in definition.scores} == {"lower"}


def test_rosenberg_turns_five_items_round_by_their_ids() -> None:
    definition = instrument("rosenberg")
    turned = {"no_good", "proud", "useless", "respect", "failure"}
    assert {item.id for item in definition.items if item.reverse} == turned
    best = {item.id: 0 if item.id in turned else 3 for item in definition.items}
    assert score(definition, best).value == 30
    assert score(definition, all_of("rosenberg", 3)).value == 15
    assert score(definition, all_of("rosenberg", 3)).band == "not_low"
    assert score(definition, all_of("rosenberg", 3) | {"worth": 2}).band == "low"
    assert score(definition, best | {"worth": None}).value is None


def test_self_efficacy_lets_three_be_missing() -> None:
    definition = instrument("gse")
    answers = all_of("gse", 3)
    assert score(definition, answers).value == 30
    for name in ("effort", "goals", "calm"):
        answers[name] = None
    assert score(definition, answers).value == 30
    assert score(definition, answers | {"handle": 4}).value == pytest.approx(10 * 22 / 7)
    found = score(definition, answers | {"handle": None})
    assert (found.value, found.reason) == (None, "6 of 10 items answered; 7 are needed.")


def test_brief_resilience_is_a_mean_with_three_turned_and_bands() -> None:
    definition = instrument("brief-resilience")
    turned = {"hard_time", "snap_back", "long_time"}
    assert {item.id for item in definition.items if item.reverse} == turned
    assert [item.reverse for item in definition.items] == [False, True] * 3
    assert score(definition, all_of("brief-resilience", 5)).value == 3
    best = {item.id: 1 if item.id in turned else 5 for item in definition.items}
    assert score(definition, best).value == 5
    assert score(definition, best).band == "high"
    five = score(definition, best | {"recover": None})
    assert (five.value, five.only.answered) == (5, 5)
    assert score(definition, best | {"recover": None, "hard_time": None}).value is None


@pytest.mark.parametrize(
    ("total", "band"), [(17, "low"), (18, "normal"), (25, "normal"), (26, "high")]
)
def test_bands_of_brief_resilience(total: int, band: str) -> None:
    definition = instrument("brief-resilience")
    plain = summing_to("brief-resilience", total)
    answers = {
        item.id: 6 - (plain[item.id] or 0) if item.reverse else plain[item.id]
        for item in definition.items
    }
    found = score(definition, answers)
    assert found.value == total / 6
    assert found.band == band


def test_short_grit_is_a_mean_of_all_eight_with_four_turned() -> None:
    definition = instrument("short-grit")
    assert [item.reverse for item in definition.items] == [
        *(True, False, True, False, True, True, False, False)
    ]
    best = {item.id: 1 if item.reverse else 5 for item in definition.items}
    assert score(definition, best).value == 5
    assert score(definition, best | {"focus": 3}).value == 4.75
    assert score(definition, best | {"focus": None}).value is None


def test_stirling_keeps_its_honesty_items_apart() -> None:
    definition = instrument("stirling")
    answers = all_of("stirling", 4) | {"truth": 5, "like_everyone": 5, "share": 5}
    found = score(definition, answers)
    assert (found["stirling"].value, found["honesty"].value) == (48, 15)
    assert (found["stirling"].of, found["honesty"].of) == (12, 3)
    honesty = {item.id: place for place, item in enumerate(definition.items, start=1)}
    assert [honesty[name] for name in definition.score("honesty").items] == [2, 7, 13]


def test_student_resilience_has_twelve_scores_and_none_of_all() -> None:
    definition = instrument("student-resilience")
    found = score(definition, all_of("student-resilience", 2))
    assert len(definition.items) == 47
    assert len(found) == 12
    assert sum(each.of for each in found.values()) == 47
    assert all(each.value == 2 * each.of for each in found.values())
    assert not any(item.reverse for item in definition.items)


def test_the_derby_reflection_has_a_mean_for_each_of_six_headings() -> None:
    definition = instrument("derby-life-skills")
    assert definition.is_programme_made
    assert [one.id for one in definition.scores] == [
        *("resilience", "self_control", "confidence", "integrity", "empathy", "curiosity")
    ]
    found = score(definition, {"keep_going": 5, "try_again": 4, "questions": 1})
    assert found["resilience"].value == 4.5
    assert (found["resilience"].answered, found["resilience"].of) == (2, 3)
    assert found["curiosity"].value is None
    assert found["curiosity"].reason == "1 of 3 items answered; 2 are needed."
    assert score(definition, all_of("derby-life-skills", 3))["empathy"].value == 3


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"happy": 11}, "happy: is not from 0 to 10"),
        ({"happy": -1}, "happy: is not from 0 to 10"),
        ({"glad": 3}, "glad: is no item of this instrument"),
        ({"happy": True}, "happy: is not a whole number"),
        ({"happy": "3"}, "happy: is not a whole number"),
        ({"happy": 3.0}, "happy: is not a whole number"),
    ],
)
def test_answers_that_cannot_be_are_refused(answers: dict[str, Any], message: str) -> None:
    with pytest.raises(AnswerError) as refused:
        score(instrument("ons4"), answers)
    assert str(refused.value) == message
    with pytest.raises(AnswerError) as refused_many:
        score_many(instrument("ons4"), [{"happy": 3}, answers])
    assert str(refused_many.value).startswith(message)


def test_no_forms_have_no_scores() -> None:
    assert score_many(instrument("ons4"), [])["happy"].shape == (0,)


@st.composite
def forms(draw: st.DrawFn) -> tuple[Definition, list[dict[str, int | None]]]:
    """An instrument that ships and some answered forms of it, items in any order and with gaps."""
    definition = shipped()[draw(st.sampled_from(NAMES))]
    row = st.fixed_dictionaries(
        {},
        optional={
            item.id: st.none() | st.integers(item.low, item.high) for item in definition.items
        },
    )
    full = st.fixed_dictionaries(
        {item.id: st.integers(item.low, item.high) for item in definition.items}
    )
    return definition, draw(st.lists(row | full, max_size=4))


@given(forms())
def test_many_at_once_are_scored_as_one_by_one(
    drawn: tuple[Definition, list[dict[str, int | None]]],
) -> None:
    definition, rows = drawn
    columns = score_many(definition, rows)
    alone = [score(definition, row) for row in rows]
    for one in definition.scores:
        expected = [np.nan if each[one.id].value is None else each[one.id].value for each in alone]
        np.testing.assert_array_equal(columns[one.id], np.array(expected, dtype=float))


@given(forms(), st.randoms(use_true_random=False))
def test_the_order_of_answers_and_of_items_never_matters(
    drawn: tuple[Definition, list[dict[str, int | None]]], rng: Any
) -> None:
    definition, rows = drawn
    for row in rows:
        names = list(row)
        rng.shuffle(names)
        assert score(definition, {name: row[name] for name in names}) == score(definition, row)


@given(forms(), st.randoms(use_true_random=False))
def test_items_count_by_their_ids_wherever_the_file_has_them(
    drawn: tuple[Definition, list[dict[str, int | None]]], rng: Any
) -> None:
    definition, rows = drawn
    items = list(definition.items)
    rng.shuffle(items)
    shuffled = Definition(**(vars(definition) | {"items": tuple(items)}))
    for row in rows:
        assert score(shuffled, row) == score(definition, row)


@given(forms())
def test_a_score_lies_within_its_range_and_has_a_band_where_there_are_bands(
    drawn: tuple[Definition, list[dict[str, int | None]]],
) -> None:
    definition, rows = drawn
    for row in rows:
        for name, each in score(definition, row).items():
            one = definition.score(name)
            if each.value is None:
                assert (each.band, bool(each.reason)) == (None, True)
            else:
                assert float(one.low) <= each.value <= float(one.high)
                assert (each.band is not None) == bool(one.bands)


@settings(max_examples=25)
@given(st.integers(-3, 3), st.integers(1, 9))
def test_turning_every_item_round_mirrors_the_mean(low: int, width: int) -> None:
    def mean_of(*, turned: bool) -> float:
        items = [{"id": n, "low": low, "high": low + width, "reverse": turned} for n in "ab"]
        whole = parse(
            {
                "id": "x",
                "version": 1,
                "name": "X",
                "owner": "O",
                "citation": "C",
                "licence": "L",
                "min_age": 5,
                "max_age": 9,
                "weeks": 1,
                "items": items,
                "scores": [
                    {
                        "id": "x",
                        "label": "X",
                        "items": ["a", "b"],
                        "method": "mean",
                        "low": low,
                        "high": low + width,
                    }
                ],
                "forms": [{"id": "f", "min_age": 5, "max_age": 9}],
            }
        )
        found = score(whole, {"a": low, "b": low + 1}).value
        assert found is not None
        return found

    assert mean_of(turned=True) == pytest.approx(2 * low + width - mean_of(turned=False))


def test_a_hundred_thousand_forms_are_scored_in_under_two_seconds() -> None:
    definition = instrument("derby-life-skills")
    answers = np.random.default_rng(6).integers(1, 6, size=(100_000, 18)).tolist()
    names = [item.id for item in definition.items]
    rows = [dict(zip(names, row, strict=True)) for row in answers]
    began = time.process_time()
    columns = score_many(definition, rows)
    # Of this process alone: other tests run beside it.
    assert time.process_time() - began < 2
    assert columns["resilience"][0] == sum(answers[0][:3]) / 3
