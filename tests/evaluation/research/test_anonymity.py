"""Nobody stands out: k as reported is k as counted, and nobody is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.research.anonymity import (
    K,
    TooFewError,
    Values,
    in_small_groups,
    protect,
    smallest,
)
from evaluation.research.coarsening import AGE_BANDS

PLAIN: Values = ("8 to 12", "girl or woman", "White", "1", "Sinfin", "no")
VALUES = st.tuples(
    st.sampled_from([*AGE_BANDS, "not known"]),
    st.sampled_from(["girl or woman", "boy or man", "in another way", "not known"]),
    st.sampled_from(["White", "Asian", "Black", "Mixed", "Other", "not known"]),
    st.sampled_from(["1", "2", "3", "4", "5", "not known"]),
    st.sampled_from(["Sinfin", "Abbey", "Derwent", "Citywide"]),
    st.sampled_from(["yes", "no", "not known"]),
)


def with_(row: Values, place: int, value: str) -> Values:
    return (*row[:place], value, *row[place + 1 :])


def by_hand(rows: list[Values]) -> int:
    """k as its definition has it: for each person, how many are told alike."""
    return min(sum(other == row for other in rows) for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=K, max_size=60))
def test_every_group_is_large_enough_and_nobody_is_lost(rows: list[Values]) -> None:
    out, report = protect(rows)
    assert len(out) == len(rows) == report.people
    assert report.k == by_hand(out) >= K
    assert report.k_before == by_hand(rows)
    assert report.small == in_small_groups(out) == 0
    assert report.small_before == sum(rows.count(row) < K for row in rows)
    assert report.groups == len(set(out))


@settings(max_examples=30, deadline=None)
@given(st.lists(VALUES, min_size=K, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_people_is_irrelevant(rows: list[Values], random: object) -> None:
    shuffled = sorted(rows)
    assert protect(rows)[1] == protect(shuffled)[1]


@settings(max_examples=30, deadline=None)
@given(st.lists(VALUES, min_size=K, max_size=40))
def test_people_told_alike_stay_alike_and_nothing_is_invented(rows: list[Values]) -> None:
    out, _ = protect(rows)
    told = dict(zip(rows, out, strict=True))
    assert [told[row] for row in rows] == out


def test_what_harms_nobody_stays_as_it_is() -> None:
    rows = [PLAIN] * 5 + [with_(PLAIN, 4, "Abbey")] * 5
    out, report = protect(rows)
    assert out == rows
    assert (report.k, report.k_before, report.small_before) == (5, 5, 0)
    assert (report.steps, report.merged, report.withheld) == ({}, {}, 0)


def test_a_rare_value_stands_with_what_is_not_known() -> None:
    rare, unknown = with_(PLAIN, 2, "Other"), with_(PLAIN, 2, "not known")
    out, report = protect([PLAIN] * 6 + [rare] * 2 + [unknown] * 3)
    assert out == [PLAIN] * 6 + [with_(PLAIN, 2, "other or not known")] * 5
    assert report.merged == {"ethnic_group": 1}
    assert (report.k_before, report.small_before, report.k) == (2, 5, 5)


def test_one_attribute_is_told_less_exactly_where_that_is_enough() -> None:
    rows = [with_(PLAIN, 0, "5 to 7")] * 6 + [PLAIN] * 6
    rows = [with_(row, 1, "boy or man") if at % 2 else row for at, row in enumerate(rows)]
    out, report = protect(rows)
    assert report.steps == {"age_band": "two bands"}
    assert {row[0] for row in out} == {"12 or under"}
    assert (report.k, report.k_before) == (6, 3)


def test_few_who_stand_out_among_many_are_told_nothing_of() -> None:
    odd = [
        with_(with_(PLAIN, 4, "Abbey"), 5, "yes"),
        with_(with_(PLAIN, 4, "Abbey"), 3, "5"),
        with_(with_(PLAIN, 5, "yes"), 3, "5"),
    ]
    usual = [with_(PLAIN, 4, "Abbey")] * 40 + [with_(PLAIN, 5, "yes")] * 40
    usual += [with_(PLAIN, 3, "5")] * 40
    out, report = protect(usual + odd * 3)
    assert (report.withheld, report.steps, report.k) == (9, {}, 9)
    assert out[-9:] == [("",) * 6] * 9
    assert out[:-9] == usual


def test_nothing_is_told_more_exactly_than_before() -> None:
    rows = [PLAIN] * 5 + [with_(PLAIN, 4, "Abbey")] * 5
    out, report = protect(rows, floor=(1, 0, 0, 0, 0, 0))
    assert (report.levels, report.steps) == ((1, 0, 0, 0, 0, 0), {"age_band": "two bands"})
    assert out == [with_(row, 0, "12 or under") for row in rows]


def test_fewer_people_than_a_group_needs_are_refused() -> None:
    with pytest.raises(TooFewError):
        protect([PLAIN] * 4)


def test_of_nobody_k_is_nothing() -> None:
    assert (smallest([]), in_small_groups([])) == (0, 0)
