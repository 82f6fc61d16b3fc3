from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.school_years import age_on, year_group_on

DAY = dt.date(2019, 5, 14)


@pytest.mark.parametrize(
    ("born", "year"),
    [
        (dt.date(2014, 8, 31), 0),
        (dt.date(2013, 9, 1), 0),
        (dt.date(2013, 8, 31), 1),
        (dt.date(2007, 9, 1), 6),
        (dt.date(2000, 1, 1), 14),
        (dt.date(1999, 8, 31), None),
        (dt.date(2015, 9, 1), None),
    ],
)
def test_year_group(born: dt.date, year: int | None) -> None:
    assert year_group_on(born, DAY) == year


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (dt.date(2009, 5, 14), 10),
        (dt.date(2009, 5, 15), 9),
        (dt.date(2008, 2, 29), 11),
    ],
)
def test_age(born: dt.date, age: int) -> None:
    assert age_on(born, DAY) == age


@given(st.dates(dt.date(1990, 1, 1), dt.date(2019, 1, 1)))
def test_a_year_later_they_are_a_year_on(born: dt.date) -> None:
    now = year_group_on(born, DAY)
    later = year_group_on(born, DAY.replace(year=DAY.year + 1))
    assert now is None or later in {now + 1, None}
