"""Shares, means, and hours beside people."""

from decimal import Decimal

import pytest

from evaluation.disclosure import (
    Protected,
    follow,
    mean_allowed,
    protect,
    round_measure,
    share_allowed,
    share_of_printed,
)


def test_shares_need_twenty_and_means_ten():
    assert [share_allowed(n) for n in (19, 20)] == [False, True]
    assert [mean_allowed(n) for n in (9, 10)] == [False, True]


@pytest.mark.parametrize(
    ("part", "is_allowed"), [(0, True), (4, False), (5, True), (36, False), (40, True)]
)
def test_a_share_of_few_or_of_all_but_few(part, is_allowed):
    assert share_allowed(40, part) is is_allowed
    assert share_allowed(40, 9, threshold=10) is False


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        ("10", "40", 25), (10, 40, 25), ("1,250", "2,500", 50), ("0", "20", 0), (1, 40, 3),
        ("<5", "40", None), (None, "40", None), ("10", None, None), ("10", "15", None), ("45", "40", None),
    ],
)  # fmt: skip
def test_a_share_of_printed_numbers(part, whole, share):
    assert share_of_printed(part, whole) == share


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2, "0"), (Decimal("2.5"), "5"), (12_341, "12,340"), (Decimal("12342.5"), "12,345")],
)
def test_a_measure_to_the_nearest_five(value, text):
    assert round_measure(value) == text


def column(*values):
    return [[value, value] for value in (*values, sum(values))]


def test_hours_follow_people_into_hiding():
    people = protect([[2], [3], [40]])
    assert follow(people, column(60, 55, 400)) == [[None] * 2, [None] * 2, ["400"] * 2, ["515"] * 2]


def test_hours_of_one_hidden_row_take_another_with_them():
    """All hours less those of the others would be those of the two."""
    people = protect([[2], [30], [40]])
    shown = follow(people, column(60, 300, 400))
    assert shown[0] == [None, None]
    assert [row[0] for row in shown].count(None) == 2


def test_hours_that_people_stand_in_several_rows_for():
    people = protect([[3], [30], [40]], is_additive=False, total=45)
    hours = [[Decimal(n)] * 2 for n in ("67.25", "300.5", "400", "767.75")]
    shown = follow(people, hours)
    assert shown[0] == [None, None]
    assert [row[0] for row in shown].count(None) == 2


def test_values_that_do_not_add_up_are_hidden_one_by_one():
    people = protect([[3], [30], [40]])
    assert follow(people, [[60, 60], [300, 300], [400, 400], [1, 1]]) == [
        [None, None], ["300", "300"], ["400", "400"], ["0", "0"],
    ]  # fmt: skip


def test_nothing_is_hidden_where_nobody_is_few():
    assert follow(protect([[30, 0], [40, 20]]), [[61, 0, 61], [88, 41, 129], [149, 41, 190]]) == [
        ["60", "0", "60"], ["90", "40", "130"], ["150", "40", "190"],
    ]  # fmt: skip


def test_values_of_another_shape():
    with pytest.raises(ValueError, match="another shape"):
        follow(Protected(((1, 1), (1, 1)), "exact"), [[1, 1]])
