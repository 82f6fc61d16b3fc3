from __future__ import annotations

import datetime as dt

import pytest

from activities.days import Day, Window, window_of_date, window_of_day, window_of_week
from activities.forms import BAD_DATE, FAR_DATE, DayForm

TODAY = dt.date(2019, 5, 14)
WEEK = window_of_day(Day.WEEK, TODAY)
A_DATE = dt.date(2019, 7, 13)


@pytest.mark.parametrize(
    ("address", "window"),
    [
        ({}, WEEK),
        ({"day": ""}, WEEK),
        ({"day": "tomorrow"}, window_of_day(Day.TOMORROW, TODAY)),
        ({"date": "2019-07-13"}, window_of_date(A_DATE)),
        ({"date": "13/07/2019"}, window_of_date(A_DATE)),
        ({"week": "2019-07-13"}, window_of_week(A_DATE)),
        ({"day": "today", "date": "2019-07-13"}, window_of_date(A_DATE)),
        ({"day": "today", "week": "2019-07-13"}, window_of_week(A_DATE)),
    ],
)
def test_what_is_meant(address: dict[str, str], window: Window) -> None:
    form = DayForm(address)
    assert form.window(TODAY) == window
    assert form.errors == {}


@pytest.mark.parametrize(
    ("address", "errors", "window"),
    [
        ({"day": "never"}, {"day": ["Choose one of the days above."]}, WEEK),
        ({"date": "soon"}, {"date": [BAD_DATE]}, WEEK),
        ({"date": "2019-02-30"}, {"date": [BAD_DATE]}, WEEK),
        ({"date": "0001-01-01"}, {"date": [FAR_DATE]}, WEEK),
        ({"week": "9999-12-31"}, {"week": [FAR_DATE]}, WEEK),
        ({"date": "\x00"}, {"date": [BAD_DATE]}, WEEK),
        (
            {"date": "2019-07-13", "week": "2019-07-13"},
            {"week": ["Choose a date or a week, not both."]},
            window_of_date(A_DATE),
        ),
    ],
)
def test_what_cannot_be_meant_is_said_and_left_out(
    address: dict[str, str], errors: dict[str, list[str]], window: Window
) -> None:
    form = DayForm(address)
    assert form.window(TODAY) == window
    assert form.errors == errors


def test_chosen_day_is_none_where_a_date_is() -> None:
    assert DayForm({}).chosen_day() is Day.WEEK
    assert DayForm({"day": "weekend"}).chosen_day() is Day.WEEKEND
    assert DayForm({"day": "weekend", "date": "2019-07-13"}).chosen_day() is None
