from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models import Wave
from evaluation.wave_rules import Step, age_of, next_step

FIRST = dt.date(2019, 1, 7)
DAY = dt.timedelta(days=1)
days = st.dates(dt.date(2018, 1, 1), dt.date(2030, 12, 31))
weeks = st.integers(1, 104)
gaps = st.integers(0, 1500)


def step(
    baseline_on: dt.date | None = None, follow_up_on: dt.date | None = None, weeks: int = 12
) -> Step:
    return next_step(
        first_on=FIRST, baseline_on=baseline_on, follow_up_on=follow_up_on, weeks=weeks
    )


def test_a_baseline_is_due_from_the_first_attendance_for_four_weeks() -> None:
    assert step() == Step(Wave.BASELINE, FIRST, dt.date(2019, 2, 4))


@given(days)
def test_a_baseline_is_due_on_both_its_ends_and_late_the_day_after(first: dt.date) -> None:
    due = next_step(first_on=first, baseline_on=None, follow_up_on=None, weeks=12)
    last = first + 28 * DAY
    assert [due.is_due(day) for day in (first - DAY, first, last, last + DAY)] == [
        *(False, True, True, True)
    ]
    assert [due.is_late(day) for day in (first, last, last + DAY)] == [False, False, True]


@given(days, gaps, weeks)
def test_a_follow_up_is_due_once_the_weeks_since_the_baseline_have_passed(
    first: dt.date, gap: int, weeks: int
) -> None:
    baseline = first + gap * DAY
    due = next_step(first_on=first, baseline_on=baseline, follow_up_on=None, weeks=weeks)
    at = baseline + 7 * weeks * DAY
    assert (due.wave, due.due_from, due.due_until) == (Wave.FOLLOW_UP, at, at + 28 * DAY)
    assert (due.is_due(at - DAY), due.is_due(at)) == (False, True)
    assert (due.is_late(at + 28 * DAY), due.is_late(at + 29 * DAY)) == (False, True)


@given(days, gaps, weeks)
def test_the_next_follow_up_is_due_as_many_weeks_after_the_last(
    baseline: dt.date, gap: int, weeks: int
) -> None:
    first_due = baseline + 7 * weeks * DAY
    given_on = first_due + gap * DAY
    due = next_step(first_on=baseline, baseline_on=baseline, follow_up_on=given_on, weeks=weeks)
    assert due.due_from == given_on + 7 * weeks * DAY


@given(days, weeks)
def test_a_follow_up_given_a_day_too_early_counts_for_none(baseline: dt.date, weeks: int) -> None:
    first_due = baseline + 7 * weeks * DAY
    early = next_step(
        first_on=baseline, baseline_on=baseline, follow_up_on=first_due - DAY, weeks=weeks
    )
    just = next_step(first_on=baseline, baseline_on=baseline, follow_up_on=first_due, weeks=weeks)
    assert early.due_from == first_due
    assert just.due_from == first_due + 7 * weeks * DAY


@pytest.mark.parametrize(
    ("birth", "year_group", "age"),
    [
        (dt.date(2008, 6, 2), None, 9),
        (dt.date(2008, 6, 1), None, 10),
        (dt.date(2008, 2, 29), None, 10),
        (dt.date(2008, 6, 1), 1, 10),
        (None, 0, 4),
        (None, 6, 10),
        (None, None, None),
    ],
)
def test_an_age_by_birth_date_else_the_younger_one_of_the_school_year(
    birth: dt.date | None, year_group: int | None, age: int | None
) -> None:
    assert age_of(birth, year_group, dt.date(2018, 6, 1)) == age
