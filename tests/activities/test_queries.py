from __future__ import annotations

import datetime as dt

import pytest

from activities.models import Session, SessionKind
from activities.queries import listing as queries
from activities.queries.hubs import hubs_with_coming_sessions
from activities.queries.sessions import other_dates
from hubs.wording import SOURCE
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2019, 5, 14)
NOW = london(2019, 5, 14, 17)


def test_count_by_day_counts_london_dates() -> None:
    activity = factories.make_activity()
    for starts_at in (
        london(2019, 7, 13, 0, 15),  # 11:15pm of the 12th in UTC
        london(2019, 7, 13, 16),
        london(2019, 7, 14, 23, 45),
        london(2019, 3, 31, 0, 30),  # before the clocks go forward
        london(2019, 3, 31, 23, 30),  # after, 10:30pm in UTC
        london(2019, 10, 27, 0, 30),  # before the clocks go back: the 26th in UTC
        london(2019, 10, 27, 23, 30),
    ):
        factories.make_session(activity=activity, starts_at=starts_at, minutes=10)
    assert queries.count_by_day(Session.objects.for_listing()) == {
        dt.date(2019, 3, 31): 2,
        dt.date(2019, 7, 13): 2,
        dt.date(2019, 7, 14): 1,
        dt.date(2019, 10, 27): 2,
    }


def test_listing_pages_keep_the_counts_of_whole_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SESSIONS_PER_PAGE", 2)
    activity = factories.make_activity()
    first, second, third, fourth = (
        factories.make_session(activity=activity, starts_at=start)
        for start in (
            london(2019, 5, 14, 10), london(2019, 5, 15, 10),
            london(2019, 5, 15, 12), london(2019, 5, 16, 10),
        )
    )  # fmt: skip
    sessions = Session.objects.public()
    assert queries.listing_of(sessions, None, NOW).days == [
        queries.DaySessions(dt.date(2019, 5, 14), [first], 1),
        queries.DaySessions(dt.date(2019, 5, 15), [second], 2),
    ]
    last = [
        queries.DaySessions(dt.date(2019, 5, 15), [third], 2),
        queries.DaySessions(dt.date(2019, 5, 16), [fourth], 1),
    ]
    assert queries.listing_of(sessions, "2", NOW).days == last
    assert queries.listing_of(sessions, "99", NOW).days == last
    assert queries.listing_of(sessions, "x", NOW).page.number == 1


def test_same_start_is_ordered_by_title() -> None:
    later, earlier = (
        factories.make_session(activity=factories.make_activity(title=title))
        for title in ("Boxing", "Art")
    )
    (day,) = queries.listing_of(Session.objects.public(), None, NOW).days
    assert day.sessions == [earlier, later]


class TestComingUp:
    def test_rest_of_today_in_order_of_start(self) -> None:
        evening = factories.make_session(starts_at=london(2019, 5, 14, 19))
        running = factories.make_session(starts_at=london(2019, 5, 14, 16))
        factories.make_session(starts_at=london(2019, 5, 14, 10))
        factories.make_session(starts_at=london(2019, 5, 15, 10))
        found = queries.coming_up(NOW, 10, SOURCE)
        assert found == queries.ComingUp(queries.DaySessions(TUESDAY, [running, evening], 2), None)

    def test_no_more_than_the_limit_but_all_are_counted(self) -> None:
        activity = factories.make_activity()
        for hour in (18, 19, 20):
            factories.make_session(activity=activity, starts_at=london(2019, 5, 14, hour))
        today = queries.coming_up(NOW, 2, SOURCE).today
        assert (len(today.sessions), today.count, today.more) == (2, 3, 1)

    def test_nothing_more_today_shows_the_next_day_with_something_on(self) -> None:
        factories.make_session(starts_at=london(2019, 5, 14, 10))
        factories.make_session(starts_at=london(2019, 5, 15), cancelled_at=NOW)
        friday = factories.make_session(starts_at=london(2019, 5, 17))
        friday_off = factories.make_session(starts_at=london(2019, 5, 17, 18), cancelled_at=NOW)
        factories.make_session(starts_at=london(2019, 5, 18))
        found = queries.coming_up(NOW, 10, SOURCE)
        assert found.today == queries.DaySessions(TUESDAY, [], 0)
        assert found.next_day == queries.DaySessions(dt.date(2019, 5, 17), [friday, friday_off], 2)

    def test_all_cancelled_today_shows_both(self) -> None:
        off = factories.make_session(starts_at=london(2019, 5, 14, 18), cancelled_at=NOW)
        tomorrow = factories.make_session(starts_at=london(2019, 5, 15))
        found = queries.coming_up(NOW, 10, SOURCE)
        assert found.today.sessions == [off]
        assert found.next_day is not None
        assert found.next_day.sessions == [tomorrow]

    def test_nothing_at_all(self) -> None:
        assert queries.coming_up(NOW, 10, SOURCE) == queries.ComingUp(
            queries.DaySessions(TUESDAY, [], 0), None
        )

    def test_training_and_closed_hubs_stay_out(self) -> None:
        closed = factories.make_activity(hub=factories.make_hub(is_open=False))
        for day in (14, 15):
            factories.make_session(starts_at=london(2019, 5, day, 18), kind=SessionKind.TRAINING)
            factories.make_session(starts_at=london(2019, 5, day, 18), activity=closed)
        found = queries.coming_up(NOW, 10, SOURCE)
        assert found.today.sessions == []
        assert found.next_day is None


def test_hubs_count_what_is_coming_at_each() -> None:
    busy, quiet = factories.make_hub(name="A busy one"), factories.make_hub(name="B quiet one")
    factories.make_hub(name="C closed one", is_open=False)
    activities = [factories.make_activity(hub=busy) for _ in range(2)]
    for activity in activities:
        factories.make_session(activity=activity, starts_at=london(2019, 5, 14, 18))
        factories.make_session(activity=activity, starts_at=london(2019, 5, 20, 23))
        factories.make_session(activity=activity, starts_at=london(2019, 5, 21, 0))
        factories.make_session(activity=activity, starts_at=london(2019, 5, 14, 9))
        factories.make_session(activity=activity, starts_at=london(2019, 5, 16), cancelled_at=NOW)
        factories.make_session(activity=activity, starts_at=london(2019, 5, 17), kind="training")
    found = hubs_with_coming_sessions(NOW)
    assert [(hub, hub.coming) for hub in found] == [(busy, 4), (quiet, 0)]


def test_other_dates_are_of_the_same_activity_and_still_to_come() -> None:
    activity = factories.make_activity()
    this = factories.make_session(activity=activity, starts_at=london(2019, 5, 14, 18))
    factories.make_session(activity=activity, starts_at=london(2019, 5, 7))
    factories.make_session(activity=activity, starts_at=london(2019, 5, 20), kind="training")
    factories.make_session(starts_at=london(2019, 5, 21))
    expected = [
        factories.make_session(activity=activity, starts_at=london(2019, 5, 21 + day))
        for day in range(10)
    ]
    assert list(other_dates(this, NOW)) == expected[:8]
