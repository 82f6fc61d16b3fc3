"""A new release against earlier ones: what must be blocked, and what must not."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.disclosure import Published, audit, protect
from evaluation.disclosure.auditing import NOT_PROVED, is_told, is_wide
from evaluation.disclosure.combining import suppose
from evaluation.disclosure.published import Region
from evaluation.disclosure.system import Box, System, Tie

YEAR = (date(2025, 4, 1), date(2026, 3, 31))
QUARTERS = [
    (date(2025, 4, 1), date(2025, 6, 30)),
    (date(2025, 7, 1), date(2025, 9, 30)),
    (date(2025, 10, 1), date(2025, 12, 31)),
    (date(2026, 1, 1), date(2026, 3, 31)),
]


def told(cells, days=YEAR, hubs=(), method="exact", measure="unique_participants", **others):
    """A table of one column; the last cell is the total."""
    rows = tuple("abcdefghij"[: len(cells) - 1])
    return Published(
        **{
            "key": "age_band",
            "measure": measure,
            "scope": {"programmes": ["skills"], "hubs": list(hubs)},
            "first_day": days[0],
            "last_day": days[1],
            "rows": rows,
            "columns": ("people",),
            "cells": tuple((cell,) for cell in cells),
            "method": method,
            **others,
        }
    )


def attendances(count, days, **others):
    return told([count], days, measure="attendances", adds_up=True, **others)


def blocked(new, *earlier):
    return audit([new] if isinstance(new, Published) else new, list(earlier)) != []


def test_a_figure_that_grows_by_a_few():
    assert blocked(told([43, 60, 103]), told([40, 60, 100]))
    assert blocked(told([40, 60, 100]), told([43, 60, 103]))


def test_a_figure_that_grows_by_many():
    assert not blocked(told([77, 60, 137]), told([40, 60, 100]))


def test_the_same_once_more():
    assert not blocked(told([40, None, None, 100]), told([40, None, None, 100]))
    assert not blocked(
        told(["<5", "20", "20"], method="rounded"), told(["<5", "20", "20"], method="rounded")
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("40", "45"), ("45", "40"), ("5", "10"), ("<5", "5"), ("0", "<5"), ("<5", "0"), ("60", "95")],
)
def test_a_late_correction_of_rounded_figures_passes(before, after):
    new = told([after, "60", "1,140", "1,240"], method="rounded")
    assert not blocked(new, told([before, "60", "1,105", "1,205"], method="rounded"))


def test_a_print_that_does_not_add_up_is_compared_cell_by_cell():
    assert blocked(told([43, 60, 999]), told([40, 60, 100]))
    assert not blocked(
        told(["45", "60", "140"], method="rounded"), told(["40", "60", "900"], method="rounded")
    )


def test_a_late_correction_of_a_delicate_table_passes():
    new = told(["15", "60", "75"], method="rounded", threshold=10)
    assert not blocked(new, told(["10", "60", "70"], method="rounded", threshold=10))


def test_a_change_by_seven_of_a_delicate_exact_table():
    assert blocked(told([47, 60, 107], threshold=10), told([40, 60, 100], threshold=10))
    assert not blocked(told([47, 60, 107]), told([40, 60, 100]))


def test_a_hub_worked_out_of_two_scopes():
    """Hubs A and B, then A alone: who came to B only is told."""
    both = told([43], hubs=["a", "b"])
    assert blocked(told([40], hubs=["a"]), both)
    assert blocked(both, told([40], hubs=["a"]))
    assert not blocked(told([30], hubs=["a"]), both)
    assert not blocked(
        told(["40"], hubs=["a"], method="rounded"), told(["45"], hubs=["a", "b"], method="rounded")
    )


def test_a_hub_worked_out_of_a_row():
    rows = told([40, 9, None], row_key="hubs", is_additive=False, key="hub")
    assert blocked(rows, told([43], hubs=[]))
    assert not blocked(told([30, 20, 43], row_key="hubs", is_additive=False, key="hub"), told([43]))


def test_other_hubs_other_measures_and_other_years_have_nothing_to_do_with_it():
    old = told([43], hubs=["a"])
    assert not blocked(told([40], hubs=["b"]), old)
    assert not blocked(told([40], hubs=["a"], measure="new_people"), old)
    assert not blocked(told([40], (date(2026, 4, 1), date(2027, 3, 31)), hubs=["a"]), old)


def test_people_of_a_quarter_and_of_the_year():
    assert blocked(told([103], QUARTERS[0]), told([106]))
    assert not blocked(told([90], QUARTERS[0]), told([106]))


def test_a_month_worked_out_of_a_row():
    months = Published(
        "month", "unique_participants", {"programmes": ["skills"], "hubs": []}, *QUARTERS[0],
        rows=("2025-04", "2025-05", "2025-06"), columns=("people",),
        cells=((30,), (41,), (20,), (60,)), method="exact", is_additive=False, row_key="month",
    )  # fmt: skip
    assert blocked(told([43], (date(2025, 5, 1), date(2025, 6, 30))), months)
    assert not blocked(told([53], (date(2025, 5, 1), date(2025, 6, 30))), months)


def test_three_quarters_and_the_year_tell_the_fourth():
    quarters = [attendances(100, days) for days in QUARTERS[:3]]
    assert blocked(attendances(303, YEAR), *quarters)
    assert not blocked(attendances(403, YEAR), *quarters)
    people = [told([100], days) for days in QUARTERS[:3]]
    assert not blocked(told([303]), *people)


def test_what_two_periods_have_in_common():
    half, middle = (QUARTERS[0][0], QUARTERS[1][1]), (QUARTERS[1][0], QUARTERS[2][1])
    three = (QUARTERS[0][0], QUARTERS[2][1])
    assert blocked(attendances(53, half), attendances(60, middle), attendances(110, three))
    assert not blocked(attendances(83, half), attendances(60, middle), attendances(110, three))


def test_hidden_here_and_shown_there():
    """Each release is safe by itself; the cell hidden beside the small one is another one."""
    assert blocked(told([None, 10, None, 33]), told([None, None, 20, 33]))
    assert blocked(
        told([3, 10, 20, 33], key="ages", row_key="age"), told([None, None, 20, 33], row_key="age")
    )


def test_hidden_here_and_shown_there_in_spite_of_a_correction():
    """The rest has changed by ten, so what has not is still the same."""
    assert blocked(told([None, 10, None, 40, 73]), told([None, None, 20, 30, 63]))


def test_a_small_rounded_count_narrowed_by_an_exact_table():
    rounded = told(["<5", "10", "10"], method="rounded")
    assert blocked(told([None, 10, 12], row_key="rows of age_band", key="b"), rounded)


def test_a_new_release_that_gives_itself_away():
    one = told(["<5", "<5", "10"], method="rounded")
    assert audit([one], [told([50], hubs=["a"])]) != []


def test_a_correction_that_cannot_be_leaves_the_rest_to_be_compared():
    """Fewer in the year than in its quarter before: corrected, so nothing follows from it."""
    assert not blocked(told([90]), told([100], QUARTERS[0]))


def test_words_name_the_cell_and_not_the_number():
    (finding,) = audit([told([43], hubs=["a"])], [told([40], hubs=["a"])])
    assert finding.table == "age_band"
    assert finding.cells == ("total",)
    assert "total" in finding.words
    assert "changed by a few" in str(finding)
    assert not {"3", "40", "43"} & set(finding.words.replace(";", " ").split())


def test_cells_that_do_not_fit_their_labels():
    with pytest.raises(ValueError, match="do not fit"):
        told([1, 2, 3], rows=("a",))


@pytest.mark.parametrize(
    ("known", "is_given_away"),
    [
        ((3, 3), True), ((1, 3), True), ((2, 4), True), ((4, 6), True), ((0, 3), True), ((2, 6), True),
        ((1, 4), False), ((0, 4), False), ((0, 0), False), ((5, 5), False), ((2, 7), False),
    ],
)  # fmt: skip
def test_told_too_closely(known, is_given_away):
    assert is_told(known, 5) is is_given_away
    assert not (is_told(known, 5) and is_wide(known, 5))


def test_regions():
    programmes = ("programmes", frozenset({"skills"}))
    year = Region(*YEAR, (("hubs", None), programmes))
    part = Region(*QUARTERS[1], (("hubs", frozenset({"a"})), programmes))
    assert part in year
    assert year not in part
    assert year.meets(part)
    assert not part.meets(year.within("hubs", "b"))
    assert year.within("month", "2025-12")[:2] == (date(2025, 12, 1), date(2025, 12, 31))
    assert "hub a" not in year


def published(counts, method):
    cells = protect(counts, method=method).cells
    labels = tuple(map(str, range(len(counts)))), tuple(map(str, range(len(counts[0]))))
    scope = {"programmes": ["skills"], "hubs": []}
    return Published("t", "people", scope, *YEAR, *labels, cells, method)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_late_registers_do_not_block_rounded_tables(seed):
    """A correction as it comes: some cells grow by what late registers bring."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([15, 40]), size=(4, 5)) + 8
    later = counts + rng.choice([0, 0, 2, 5, 9], size=counts.shape)
    assert (
        audit([published(later.tolist(), "rounded")], [published(counts.tolist(), "rounded")]) == []
    )


@pytest.mark.parametrize("method", ["rounded", "exact"])
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_unchanged_tables_pass(method, seed):
    counts = np.random.default_rng(seed).poisson(6, size=(4, 4)).tolist()
    table = published(counts, method)
    assert audit([table], [table]) == []
    assert audit([table], [table, table]) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_cell_that_grows_by_a_few_blocks_an_exact_table(seed, more):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(20, size=(3, 4)) + 5
    later = counts.copy()
    later[tuple(rng.integers(0, (3, 4)))] += more
    assert audit([published(later.tolist(), "exact")], [published(counts.tolist(), "exact")]) != []


def test_what_is_not_proved_in_time_does_not_leave():
    new = told([None, None, "60", "70"], method="rounded")
    old = told([None, None, "55", "65"], QUARTERS[0], method="rounded")
    assert [each.words for each in audit([new], [old], seconds=0.0)] == [NOT_PROVED]
    assert [each.words for each in audit([new], [old], seconds=60.0)] != [NOT_PROVED]


def test_who_has_no_known_age_is_the_same_in_a_table_of_school_years():
    labels = ("Reception and before", "Key stage 1", "Not known")
    stages = told([None, 66, None, 91], key="key_stage", row_key="key_stage", rows=labels)
    ages = told([70, 21, 91], key="age_band", row_key="age_band", rows=("5 to 7", "Not known"))
    assert not blocked(stages)
    assert blocked(ages, stages)


def test_findings_call_things_as_people_do():
    first = told([40, 60, 100], names={"age_band": "Ages", "skills": "Life skills", "a": "Up to 7"})
    later = told([42, 60, 102])
    (finding,) = {each for each in audit([first], [later]) if "Up to 7" in each.words}
    assert (
        "\u201cUp to 7\u201d in Ages (1 April 2025 to 31 March 2026; Life skills)" in finding.words
    )


@given(st.data())
def test_the_first_suppositions_that_hold_together_are_kept(data):
    """Halving finds what trying one after the other finds."""
    size = 4
    terms = st.dictionaries(st.integers(0, size - 1), st.sampled_from([-1, 1]), min_size=1)
    ties = [
        (data.draw(terms), float(least), float(least + data.draw(st.integers(0, 3))))
        for least in data.draw(st.lists(st.integers(-4, 9), max_size=9))
    ]
    box = Box(np.zeros(size), np.full(size, 6.0))

    kept: list[Tie] = []
    for tie in ties:
        if System.of(size, [*kept, tie]).any_point(box) is not None:
            kept.append(tie)

    found, by_hand = suppose(size, ties, box).system, System.of(size, kept)
    assert (found.matrix.toarray() == by_hand.matrix.toarray()).all()
    assert (found.least.tolist(), found.most.tolist()) == (
        by_hand.least.tolist(),
        by_hand.most.tolist(),
    )
