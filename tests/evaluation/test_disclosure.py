"""Protected tables against worked examples, brute force, and an attacker written apart."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.disclosure import Protected, attacker_intervals, protect
from evaluation.disclosure.attacking import ImpossibleError
from tests.evaluation.tables_attacker import (
    printed_wrong,
    random_table,
    told_too_closely,
    what_it_says,
    with_margins,
)

METHODS = ["rounded", "exact"]
THRESHOLDS = [5, 10]


def tables(side, most):
    return st.integers(1, side).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, most), min_size=width, max_size=width),
            min_size=1,
            max_size=side,
        )
    )


def hidden(protected):
    return {
        (i, j)
        for i, row in enumerate(protected.cells)
        for j, cell in enumerate(row)
        if cell is None
    }


def test_rounding_alone_would_leak():
    """Four and four make eight, the least that is printed as 10: the print would say so."""
    leaking = Protected((("<5", "<5", "10"), ("<5", "<5", "10")), "rounded")
    assert attacker_intervals(leaking)[0, 0] == (4, 4)
    safe = protect([[4, 4]])
    assert safe.cells != leaking.cells
    assert told_too_closely([[4, 4]], safe.cells, "rounded", 5) == []


def test_two_hidden_in_every_row_and_column_is_not_enough():
    """The six hidden cells are a ring: each can only swing by two, for one of them is 1."""
    counts = [[1, 1, 9, 30], [20, 1, 1, 30], [1, 20, 1, 30], [30, 30, 30, 30]]
    cells = [
        [None, None, 9, 30, 41],
        [20, None, None, 30, 52],
        [None, 20, None, 30, 52],
        [30, 30, 30, 30, 120],
        [52, 52, 41, 120, 265],
    ]
    ranges = attacker_intervals(Protected(tuple(map(tuple, cells)), "exact"))
    assert set(ranges.values()) == {(0, 2)}
    assert told_too_closely(counts, protect(counts, method="exact").cells, "exact", 5) == []


@pytest.mark.parametrize(
    ("count", "threshold", "text"),
    [
        (0, 5, "0"), (1, 5, "<5"), (4, 5, "<5"), (5, 5, "5"), (7, 5, "5"), (8, 5, "10"),
        (1247, 5, "1,245"), (1248, 5, "1,250"),
        (9, 10, "<10"), (10, 10, "10"), (12, 10, "10"), (13, 10, "15"),
    ],
)  # fmt: skip
def test_a_single_count(count, threshold, text):
    assert protect([[count]], threshold=threshold).cells == ((text, text), (text, text))


def test_totals_are_rounded_from_true_totals():
    assert protect([[12, 12], [12, 12]]).cells == (
        ("10", "10", "25"),
        ("10", "10", "25"),
        ("25", "25", "50"),
    )


def test_a_single_small_count_is_hidden_with_its_totals():
    assert protect([[3]], method="exact").cells == ((None, None), (None, None))
    assert attacker_intervals(protect([[3]], method="exact"))[0, 0] == (0, math.inf)


def test_exact_hides_a_second_row_of_a_table_of_one_column():
    protected = protect([[3], [10], [40]], method="exact")
    assert protected.cells == ((None, None), (None, None), (40, 40), (53, 53))
    assert attacker_intervals(protected)[0, 0] == (0, 13)


def test_what_has_no_small_count_stays_whole():
    assert hidden(protect([[0, 20], [31, 0]], method="exact")) == set()
    assert hidden(protect([[0, 20], [31, 0]])) == set()


@pytest.mark.parametrize("counts", [[], [[]], [[1, 2], [3]], [[-1]], [[1.5]]])
def test_what_is_no_table(counts):
    with pytest.raises(ValueError, match=r"row|column|whole numbers"):
        protect(counts)


def test_a_method_that_does_not_exist():
    with pytest.raises(ValueError, match="no method"):
        protect([[1]], method="guessed")


def test_a_threshold_that_protects_nobody():
    with pytest.raises(ValueError, match="protects nobody"):
        protect([[1]], threshold=2)


def test_arrays_are_tables_too():
    counts = np.array([[1, 20], [30, 4]])
    assert protect(counts) == protect(counts.tolist())


def test_an_impossible_print():
    with pytest.raises(ImpossibleError):
        attacker_intervals(Protected(((3, 5), (3, 3)), "exact"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("threshold", THRESHOLDS)
@settings(max_examples=25, deadline=None)
@given(counts=tables(5, 24))
def test_no_small_count_is_told(counts, threshold, method):
    protected = protect(counts, threshold=threshold, method=method)
    assert told_too_closely(counts, protected.cells, method, threshold) == []
    assert printed_wrong(counts, protected.cells, method, threshold) == []
    assert protect(counts, threshold=threshold, method=method) == protected


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(counts=tables(2, 5))
def test_ranges_by_brute_force(counts, method):
    """Every table of up to 2 x 2 that would be printed the same, tried one by one."""
    protected = protect(counts, method=method)
    most = int(with_margins(counts).max()) + 6
    says = [[what_it_says(cell, 5) for cell in row] for row in protected.cells]
    height, width = len(counts), len(counts[0])
    ranges = [
        range(low, (most if high is None else min(high, most)) + 1)
        for row in says[:-1]
        for low, high in row[:-1]
    ]
    fitting = []
    for values in itertools.product(*ranges):
        table = with_margins(np.reshape(values, (height, width)))
        if all(
            low <= count and (high is None or count <= high)
            for row, said in zip(table.tolist(), says, strict=True)
            for count, (low, high) in zip(row, said, strict=True)
        ):
            fitting.append(table)
    least, largest = np.min(fitting, axis=0), np.max(fitting, axis=0)
    for place, (low, high) in attacker_intervals(protected).items():
        assert low == least[place]
        assert high == largest[place] or (high > most - 2 and largest[place] > most - 4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(20))
def test_random_tables(seed, method):
    rng = np.random.default_rng([7, seed])
    counts, threshold = random_table(rng), int(rng.choice(THRESHOLDS, p=[0.75, 0.25]))
    protected = protect(counts, threshold=threshold, method=method)
    assert told_too_closely(counts, protected.cells, method, threshold) == []
    assert printed_wrong(counts, protected.cells, method, threshold) == []
