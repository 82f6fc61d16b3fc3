"""Days as people choose them, and where they begin and end in Derby."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.days import Day, Window, window_of_date, window_of_day, window_of_week
from activities.models import LONDON, Session, london_today
from tests import factories
from tests.factories import london

TUESDAY = dt.date(2019, 5, 14)
DATES = st.dates(dt.date(2018, 1, 1), dt.date(2099, 12, 1))


@pytest.mark.parametrize(
    ("day", "first", "last", "title"),
    [
        (Day.TODAY, dt.date(2019, 5, 14), dt.date(2019, 5, 14), "Today"),
        (Day.TOMORROW, dt.date(2019, 5, 15), dt.date(2019, 5, 15), "Tomorrow"),
        (Day.WEEKEND, dt.date(2019, 5, 18), dt.date(2019, 5, 19), "This weekend"),
        (Day.WEEK, dt.date(2019, 5, 14), dt.date(2019, 5, 20), "The next 7 days"),
        (Day.ALL, dt.date(2019, 5, 14), None, "Everything coming up"),
    ],
)
def test_window_of_each_choice(day: Day, first: dt.date, last: dt.date | None, title: str) -> None:
    assert window_of_day(day, TUESDAY) == Window(first, last, title)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (dt.date(2019, 5, 17), dt.date(2019, 5, 18)),
        (dt.date(2019, 5, 18), dt.date(2019, 5, 18)),
        (dt.date(2019, 5, 19), dt.date(2019, 5, 19)),
        (dt.date(2019, 5, 20), dt.date(2019, 5, 25)),
    ],
    ids=["Friday", "Saturday", "Sunday", "Monday"],
)
def test_weekend_is_the_one_that_is_on(today: dt.date, first: dt.date) -> None:
    assert window_of_day(Day.WEEKEND, today).first == first


def test_date_and_week_say_which() -> None:
    assert window_of_date(dt.date(2019, 7, 13)).title == "Saturday 13 July 2019"
    week = window_of_week(dt.date(2019, 7, 13))
    assert week == Window(dt.date(2019, 7, 8), dt.date(2019, 7, 14), "Week of Monday 8 July 2019")


@given(DATES)
def test_week_holds_its_date_and_runs_from_monday_to_sunday(date: dt.date) -> None:
    week = window_of_week(date)
    assert week.last is not None
    assert week.first <= date <= week.last
    assert (week.first.weekday(), week.last.weekday()) == (0, 6)


@given(DATES)
def test_weekend_is_never_past_and_ends_within_a_week(today: dt.date) -> None:
    weekend = window_of_day(Day.WEEKEND, today)
    assert weekend.last is not None
    assert today <= weekend.last <= today + dt.timedelta(days=6)
    assert weekend.last.weekday() == 6
    assert weekend.first <= weekend.last


@pytest.mark.django_db
class TestNarrow:
    def test_day_of_london_and_not_of_utc(self) -> None:
        """In summer 11:30pm UTC is half past midnight of the next day in Derby."""
        before = factories.make_session(starts_at=london(2019, 7, 12, 23, 59), minutes=30)
        midnight = factories.make_session(starts_at=london(2019, 7, 13, 0, 0), minutes=30)
        last = factories.make_session(starts_at=london(2019, 7, 13, 23, 59), minutes=30)
        after = factories.make_session(starts_at=london(2019, 7, 14, 0, 0), minutes=30)
        found = window_of_date(dt.date(2019, 7, 13)).narrow(
            Session.objects.all(), london(2019, 7, 1)
        )
        assert set(found) == {midnight, last}
        assert before not in found
        assert after not in found

    @pytest.mark.parametrize(
        ("day", "hours"), [(dt.date(2019, 3, 31), 23), (dt.date(2019, 10, 27), 25)]
    )
    def test_day_on_which_the_clocks_change(self, day: dt.date, hours: int) -> None:
        """The last Sundays of March and October have 23 and 25 hours."""
        first = dt.datetime.combine(day, dt.time.min, tzinfo=LONDON).astimezone(dt.UTC)
        starts = [first + dt.timedelta(hours=hour) for hour in range(-1, hours + 1)]
        activity = factories.make_activity()
        made = [
            factories.make_session(activity=activity, starts_at=start, minutes=30)
            for start in starts
        ]
        found = window_of_date(day).narrow(Session.objects.order_by("starts_at"), first)
        assert list(found) == made[1:-1]
        assert {session.local_date for session in found} == {day}

    def test_what_is_over_is_left_out_of_days_that_are_not(self) -> None:
        now = london(2019, 5, 14, 17)
        over = factories.make_session(starts_at=london(2019, 5, 14, 15), minutes=120)
        on = factories.make_session(starts_at=london(2019, 5, 14, 16), minutes=61)
        later = factories.make_session(starts_at=london(2019, 6, 30, 16))
        sessions = Session.objects.order_by("starts_at")
        assert list(window_of_day(Day.TODAY, london_today(now)).narrow(sessions, now)) == [on]
        assert list(window_of_day(Day.ALL, london_today(now)).narrow(sessions, now)) == [on, later]
        assert list(window_of_week(TUESDAY).narrow(sessions, now)) == [on]
        assert over not in window_of_week(TUESDAY).narrow(sessions, now)

    def test_days_that_have_passed_show_what_was_on(self) -> None:
        session = factories.make_session(starts_at=london(2019, 5, 14, 15))
        now = london(2019, 5, 15, 9)
        window = window_of_date(TUESDAY)
        assert window.is_past(now)
        assert list(window.narrow(Session.objects.all(), now)) == [session]
