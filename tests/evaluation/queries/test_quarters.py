"""Quarters are those of the calendar, cut to the grant's dates."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models import Grant, ReportSchedule
from evaluation.queries.quarters import Quarter, next_due, quarter_due, quarters_of
from tests.factories import london

DAY = dt.timedelta(days=1)


def grant(first: str, last: str) -> Grant:
    return Grant(starts_on=dt.date.fromisoformat(first), ends_on=dt.date.fromisoformat(last))


def quarter(first: str, last: str) -> Quarter:
    return Quarter(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def test_the_first_and_the_last_are_cut() -> None:
    assert list(quarters_of(grant("2018-09-25", "2019-05-13"))) == [
        quarter("2018-09-25", "2018-09-30"),
        quarter("2018-10-01", "2018-12-31"),
        quarter("2019-01-01", "2019-03-31"),
        quarter("2019-04-01", "2019-05-13"),
    ]
    assert list(quarters_of(grant("2019-02-03", "2019-02-03"))) == [
        quarter("2019-02-03", "2019-02-03")
    ]


@given(st.dates(dt.date(2018, 1, 1), dt.date(2099, 1, 1)), st.integers(0, 2_000))
def test_together_they_are_the_grant_and_none_spans_two(first: dt.date, days: int) -> None:
    last = first + dt.timedelta(days=days)
    found = list(quarters_of(Grant(starts_on=first, ends_on=last)))
    assert (found[0].first_day, found[-1].last_day) == (first, last)
    for one, following in itertools.pairwise(found):
        assert following.first_day == one.last_day + DAY
        assert (following.first_day.day, (following.first_day.month - 1) % 3) == (1, 0)
    for each in found:
        both = {(day.year, (day.month - 1) // 3) for day in (each.first_day, each.last_day)}
        assert len(both) == 1


@pytest.mark.parametrize(
    ("today", "asked_to", "expected"),
    [
        ("2019-04-06", None, None),
        ("2019-04-07", None, ("2019-01-01", "2019-03-31")),
        ("2019-12-01", None, ("2019-01-01", "2019-03-31")),
        ("2019-12-01", "2019-03-31", ("2019-04-01", "2019-05-13")),
        ("2019-05-19", "2019-03-31", None),
        ("2019-05-20", "2019-03-31", ("2019-04-01", "2019-05-13")),
        ("2019-12-01", "2019-05-13", None),
    ],
)
def test_it_is_due_some_days_after_the_end(
    today: str, asked_to: str | None, expected: tuple[str, str] | None
) -> None:
    schedule = ReportSchedule(
        grant=grant("2018-09-25", "2019-05-13"),
        days_after=7,
        started_at=london(2019, 2, 3),
        last_quarter_on=dt.date.fromisoformat(asked_to) if asked_to else None,
    )
    found = quarter_due(schedule, dt.date.fromisoformat(today))
    assert found == (quarter(*expected) if expected else None)


def test_quarters_that_were_over_before_it_began_are_not_asked_for() -> None:
    begun = ReportSchedule(
        grant=grant("2018-01-01", "2019-12-31"), days_after=1, started_at=london(2019, 3, 31)
    )
    assert quarter_due(begun, dt.date(2019, 4, 1)) == quarter("2019-01-01", "2019-03-31")
    begun.started_at = london(2019, 4, 1, 0, 30)
    assert quarter_due(begun, dt.date(2019, 4, 2)) is None
    assert next_due(begun, dt.date(2019, 4, 2)) == dt.date(2019, 7, 1)


def test_after_the_grant_nothing_more_is_due() -> None:
    over = ReportSchedule(
        grant=grant("2018-01-01", "2018-12-31"), days_after=1, started_at=london(2019, 3, 31)
    )
    assert next_due(over, dt.date(2019, 4, 2)) is None
