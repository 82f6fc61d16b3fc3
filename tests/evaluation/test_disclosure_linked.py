"""Tables of one report that share numbers, against an attacker who reads them all."""

import math

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from evaluation.disclosure import Linked, attacker_intervals, protect, protect_linked
from tests.evaluation.tables_attacker import what_it_says, with_margins

FAR = 10_000


class Attacker:
    """Whole numbers in all tables at once; `same` are pairs of (table, row, column)."""

    def __init__(self, tables, same, thresholds):
        self.places = [
            (name, i, j)
            for name, cells in tables.items()
            for i, row in enumerate(cells)
            for j in range(len(row))
        ]
        self.at = {place: n for n, place in enumerate(self.places)}
        bounds = [what_it_says(tables[t][i][j], thresholds(t, i, j)) for t, i, j in self.places]
        self.low = [low for low, _ in bounds]
        self.high = [FAR if high is None else high for _, high in bounds]
        lines = [self.line({one: 1, other: -1}) for one, other in same]
        for name, cells in tables.items():
            height, width = len(cells) - 1, len(cells[0]) - 1
            for i in range(height + 1):
                parts = {(name, i, j): 1 for j in range(width)}
                lines.append(self.line({**parts, (name, i, width): -1}))
            for j in range(width + 1):
                parts = {(name, i, j): 1 for i in range(height)}
                lines.append(self.line({**parts, (name, height, j): -1}))
        self.sums = LinearConstraint(np.array(lines), 0, 0)

    def line(self, factors):
        line = np.zeros(len(self.places))
        for place, factor in factors.items():
            line[self.at[place]] = factor
        return line

    def range(self, place):
        line, ends = self.line({place: 1}), []
        for sign in (1, -1):
            found = milp(
                sign * line,
                integrality=np.ones(len(line)),
                bounds=Bounds(self.low, self.high),
                constraints=self.sums,
            )
            ends.append(round(sign * found.fun))
        return ends

    def told(self, true, tables, threshold):
        for (t, i, j), n in self.at.items():
            if 0 < true[t][i][j] < threshold(t, i, j):
                low, high = self.range(self.places[n])
                if tables[t][i][j] is None:
                    if high - low < threshold(t, i, j):
                        yield t, i, j
                elif (low, high) != (1, threshold(t, i, j) - 1):
                    yield t, i, j


def report(rng):
    """Everybody once, by age, gender and hub, and by two of them at once."""
    people = rng.integers(0, (4, 3, 3), size=(int(rng.integers(5, 90)), 3))

    def by(*kinds):
        counts = np.zeros([(4, 3, 3)[kind] for kind in kinds] + [1] * (2 - len(kinds)), dtype=int)
        for person in people:
            counts[(*(person[kind] for kind in kinds), *([0] * (2 - len(kinds))))] += 1
        return counts.tolist()

    return {
        "age": Linked(by(0), "people", row_key="age"),
        "gender": Linked(by(1), "people", row_key="gender"),
        "age_by_gender": Linked(by(0, 1), "people", row_key="age", column_key="gender"),
        "gender_by_hub": Linked(by(1, 2), "people", row_key="gender", column_key="hub"),
        "age_by_hub": Linked(by(0, 2), "people", row_key="age", column_key="hub"),
    }


SAME = [
    *((("age", i, 0), ("age_by_gender", i, 3)) for i in range(5)),
    *((("age", i, 0), ("age_by_hub", i, 3)) for i in range(5)),
    *((("gender", i, 0), ("age_by_gender", 4, i)) for i in range(4)),
    *((("gender", i, 0), ("gender_by_hub", i, 3)) for i in range(4)),
    *((("gender_by_hub", 3, j), ("age_by_hub", 4, j)) for j in range(4)),
]


@pytest.mark.parametrize("method", ["rounded", "exact"])
@pytest.mark.parametrize("seed", range(6))
def test_tables_that_share_margins_in_a_ring(seed, method):
    """Three tables by two things each: no network, so bounds of the relaxation would not do."""
    tables = report(np.random.default_rng([3, seed]))
    printed = {name: each.cells for name, each in protect_linked(tables, method=method).items()}
    true = {name: with_margins(table.counts) for name, table in tables.items()}

    def threshold(*_place):
        return 5

    assert list(Attacker(printed, SAME, threshold).told(true, printed, threshold)) == []
    for (one, i, j), (other, k, m) in SAME:
        assert printed[one][i][j] == printed[other][k][m]


def test_tables_that_are_safe_only_apart():
    """By itself each hides another cell beside the small one; together they would tell it."""
    tables = {
        "first": Linked([[3], [10], [40]], same_as={(0, 0): "few", (1, 0): "ten"}),
        "second": Linked([[3], [10], [60], [8]], same_as={(0, 0): "few", (1, 0): "ten"}),
        "third": Linked([[10, 10]], same_as={(0, 0): "ten"}),
    }
    apart = {name: protect(table.counts, method="exact").cells for name, table in tables.items()}
    assert apart["third"][0][0] == 10
    together = protect_linked(tables, method="exact")
    assert together["first"].cells[0][0] is None
    assert together["third"].cells[0][0] == together["first"].cells[1][0]


def test_a_total_has_the_highest_threshold_of_its_tables():
    printed = protect_linked(
        {
            "gender": Linked([[4], [4]], "people"),
            "ethnicity": Linked([[8], [0]], "people", threshold=10),
        }
    )
    assert printed["gender"].cells[2] == printed["ethnicity"].cells[2]
    assert printed["gender"].cells[2][0] in {"<10", None}
    assert printed["gender"].threshold == 5
    assert printed["gender"].threshold_of((2, 0)) == 10
    assert printed["gender"].threshold_of((0, 0)) == 5


def test_a_figure_and_the_row_that_repeats_it():
    tables = {
        "figure": Linked([[3]], same_as={(0, 0): "volunteers"}),
        "roles": Linked(
            [[3], [50]], "people", rows=["volunteers", "others"], same_as={(0, 0): "volunteers"}
        ),
        "total": Linked([[53]], "people"),
    }
    for method, small in (("rounded", "<5"), ("exact", None)):
        printed = protect_linked(tables, method=method)
        assert printed["figure"].cells[0][0] == printed["roles"].cells[0][0] == small
        assert printed["total"].cells[0][0] == printed["roles"].cells[2][0]


def test_people_in_several_rows():
    """Each row by itself; the total lies between the largest row and the sum."""
    printed = protect([[3], [40], [30]], is_additive=False, total=45, method="exact")
    assert [row[0] for row in printed.cells] == [None, 40, 30, 45]
    assert not printed.is_additive
    alone = protect([[3], [0]], is_additive=False, total=3, method="exact")
    assert alone.cells[0][0] is None


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"a": Linked([[1]], "people"), "b": Linked([[2]], "people")}, "differs"),
        ({"a": Linked([[1]], row_key="x"), "b": Linked([[2], [3]], row_key="x")}, "differs"),
    ],
)
def test_numbers_that_should_be_the_same(tables, words):
    with pytest.raises(ValueError, match=words):
        protect_linked(tables)


def test_a_total_that_cannot_be():
    for total in (2, 9, None):
        with pytest.raises(ValueError, match="total"):
            Linked([[3], [5]], is_additive=False, total=total)
    with pytest.raises(ValueError, match="one column"):
        Linked([[3, 5]], is_additive=False, total=8)


def test_intervals_of_a_table_that_does_not_add_up():
    known = attacker_intervals(protect([[3], [0]], is_additive=False, total=3, method="exact"))
    assert known[0, 0] == (0, math.inf)
