"""How dates, times and ages read."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.paginator import Paginator
from django.utils.translation import override

from activities.models import Activity, Session
from activities.templatetags import listing
from tests.factories import london


@pytest.mark.parametrize(
    ("hour", "minute", "text"),
    [
        (0, 0, "midnight"), (0, 5, "12:05am"), (9, 0, "9am"), (11, 45, "11:45am"),
        (12, 0, "midday"), (12, 30, "12:30pm"), (16, 30, "4:30pm"), (18, 0, "6pm"),
    ],
)  # fmt: skip
def test_clock(hour: int, minute: int, text: str) -> None:
    assert listing.clock(london(2019, 7, 13, hour, minute)) == text


def test_time_range_is_of_london_in_summer_and_winter() -> None:
    summer = dt.datetime(2019, 7, 13, 15, 30, tzinfo=dt.UTC)
    session = Session(starts_at=summer, ends_at=summer + dt.timedelta(minutes=90))
    assert listing.time_range(session) == "4:30pm to 6pm"
    winter = dt.datetime(2019, 1, 12, 15, 30, tzinfo=dt.UTC)
    session = Session(starts_at=winter, ends_at=winter + dt.timedelta(minutes=90))
    assert listing.time_range(session) == "3:30pm to 5pm"


def test_long_date_of_a_moment_is_of_london() -> None:
    assert listing.long_date(dt.date(2019, 7, 13)) == "Saturday 13 July 2019"
    evening = dt.datetime(2019, 7, 12, 23, 30, tzinfo=dt.UTC)
    assert listing.long_date(evening) == "Saturday 13 July 2019"


@pytest.mark.parametrize(
    ("language", "date", "afternoon", "morning"),
    [
        ("en-easy", "Saturday 13 July 2019", "4:30pm", "9:05am"),
        ("pl", "sobota, 13 lipca 2019", "16:30", "09:05"),
        ("pa", "ਸ਼ਨਿੱਚਰਵਾਰ, 13 ਜੁਲਾਈ 2019", "4:30 ਬਾ.ਦੁ.", "9:05 ਪੂ.ਦੁ."),
        ("ur", "ہفتہ، 13 جولائی، 2019", "\u20664:30 PM\u2069", "\u20669:05 AM\u2069"),
        ("sk", "sobota 13. júla 2019", "16:30", "9:05"),
        ("ro", "sâmbătă, 13 iulie 2019", "16:30", "09:05"),
        ("cs", "sobota 13. července 2019", "16:30", "9:05"),
        ("lv", "sestdiena, 2019. gada 13. jūlijs", "16:30", "09:05"),
    ],
)
def test_dates_and_times_in_other_languages(
    language: str, date: str, afternoon: str, morning: str
) -> None:
    with override(language):
        assert listing.long_date(dt.date(2019, 7, 13)) == date
        assert listing.clock(london(2019, 7, 13, 16, 30)) == afternoon
        assert listing.clock(london(2019, 1, 12, 9, 5)) == morning


@pytest.mark.parametrize(
    ("language", "date", "month"),
    [
        ("en-gb", "13 July 2019", "Jul 2019"),
        ("pl", "13 lipca 2019", "lip 2019"),
        ("cs", "13. července 2019", "červenec 2019"),
        ("ur", "13 جولائی، 2019", "جولائی 2019"),
    ],
)
def test_shorter_dates(language: str, date: str, month: str) -> None:
    with override(language):
        assert listing.plain_date(dt.date(2019, 7, 13)) == date
        assert listing.short_month(dt.date(2019, 7, 13)) == month


def test_age_range() -> None:
    assert listing.age_range(Activity(min_age=8, max_age=14)) == "Ages 8 to 14"
    assert listing.age_range(Activity(min_age=8, max_age=8)) == "Age 8"


def test_relative_day() -> None:
    now = london(2019, 7, 13, 0, 30)
    days = [dt.date(2019, 7, day) for day in (12, 13, 14, 15)]
    assert [listing.relative_day(day, now) for day in days] == ["", "Today", "Tomorrow", ""]


def test_page_numbers_stay_few() -> None:
    page = Paginator(range(500), 10).page(20)
    assert [str(number) for number in listing.page_numbers(page)] == [
        "1", "…", "19", "20", "21", "…", "50",
    ]  # fmt: skip
