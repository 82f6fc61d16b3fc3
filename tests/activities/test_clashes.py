"""Clashes by place and by person: said, and never more than the reader may know."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from activities.models import Activity, Session
from activities.queries.clashes import Clash, Occurrence, clashes_of
from activities.templatetags.schedule_words import in_words
from hubs.models import Hub
from tests import factories
from tests.factories import london

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Hub) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Sam Sample")


@pytest.fixture
def activity(hub: Hub) -> Activity:
    return factories.make_activity(hub=hub, title="Boxing", venue="Gym")


def wanted(activity: Activity, starts: int = 16, ends: int = 18, **changes: object) -> Occurrence:
    usual: dict[str, object] = {
        "starts_at": london(2019, 5, 21, starts), "ends_at": london(2019, 5, 21, ends),
        "hub_id": activity.hub_id, "venue": activity.venue,
    }  # fmt: skip
    return Occurrence(**(usual | changes))  # type: ignore[arg-type]


def beside(hub: Hub | None, venue: str = "Gym", hour: int = 17, **fields: object) -> Session:
    other = factories.make_activity(hub=hub, title="Dance", venue=venue)
    starts_at = london(2019, 5, 21, hour)
    return factories.make_session(activity=other, starts_at=starts_at, minutes=60, **fields)


class TestPlace:
    def test_same_hub_same_hall_same_time(
        self, coordinator: User, activity: Activity, hub: Hub
    ) -> None:
        other = beside(hub, " the  GYM ")
        (clash,) = clashes_of(coordinator, [wanted(activity, venue="The Gym")])
        assert clash == Clash(other.starts_at, other.ends_at, False, "Dance", other.pk)
        assert in_words(clash) == ("Dance is in the same place on Tuesday 21 May 2019, 5pm to 6pm")

    @pytest.mark.parametrize(("hour", "clashes"), [(14, 0), (15, 0), (16, 1), (17, 1), (18, 0)])
    def test_one_may_end_when_the_other_begins(
        self, coordinator: User, activity: Activity, hub: Hub, hour: int, clashes: int
    ) -> None:
        beside(hub, hour=hour)
        assert len(clashes_of(coordinator, [wanted(activity)])) == clashes

    def test_what_does_not_clash(self, coordinator: User, activity: Activity, hub: Hub) -> None:
        beside(hub, "Kitchen")
        beside(factories.make_hub())
        beside(hub, cancelled_at=london(2019, 5, 1))
        beside(None)
        own = beside(hub)
        assert clashes_of(coordinator, [wanted(activity)], ignoring=[own.pk]) == []
        assert clashes_of(coordinator, []) == []

    def test_citywide_with_citywide(self, activity: Activity) -> None:
        beside(None, "Market Place")
        there = wanted(activity, hub_id=None, venue="Market place")
        assert len(clashes_of(factories.make_user(Role.TRUST_STAFF), [there])) == 1

    def test_of_plans_with_each_other(self, coordinator: User, activity: Activity) -> None:
        both = [wanted(activity, title="One"), wanted(activity, 17, 19, title="Two")]
        (clash,) = clashes_of(coordinator, both)
        assert (clash.own_title, clash.title) == ("One", "Two")

    def test_one_long_plan_with_each_of_two_short_ones(
        self, coordinator: User, activity: Activity
    ) -> None:
        hours = {"Long": (9, 18), "First": (10, 11), "Second": (12, 13)}
        asked = [wanted(activity, *each, title=title) for title, each in hours.items()]
        clashes = clashes_of(coordinator, asked)
        assert [(each.own_title, each.title) for each in clashes] == [
            ("Long", "First"), ("Long", "Second"),
        ]  # fmt: skip


class TestPerson:
    def test_at_ones_own_hub_it_says_what(
        self, coordinator: User, activity: Activity, hub: Hub
    ) -> None:
        beside(hub, "Kitchen", led_by=coordinator)
        (clash,) = clashes_of(coordinator, [wanted(activity, led_by_id=coordinator.pk)])
        assert in_words(clash) == ("Sam Sample leads Dance on Tuesday 21 May 2019, 5pm to 6pm")

    def test_elsewhere_only_that_they_are_busy(self, coordinator: User, activity: Activity) -> None:
        beside(factories.make_hub(name="Secret hub"), "Secret hall", led_by=coordinator)
        (clash,) = clashes_of(coordinator, [wanted(activity, led_by_id=coordinator.pk)])
        assert (clash.title, clash.session_id) == ("", None)
        assert in_words(clash) == "Sam Sample is busy on Tuesday 21 May 2019, 5pm to 6pm"
        assert "Secret" not in repr(clash)
        assert "Dance" not in repr(clash)

    def test_somebody_else_is_no_clash(self, coordinator: User, activity: Activity) -> None:
        beside(factories.make_hub(), led_by=factories.make_user(Role.COORDINATOR))
        assert clashes_of(coordinator, [wanted(activity, led_by_id=coordinator.pk)]) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_same_queries(
    coordinator: User, activity: Activity, hub: Hub, rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for _ in range(rows):
        beside(hub, led_by=coordinator)
    asked = [wanted(activity, led_by_id=coordinator.pk)]
    clashes_of(coordinator, asked)
    with django_assert_num_queries(2):
        assert len(clashes_of(coordinator, asked)) == 2 * rows


def test_days_far_apart_do_not_meet(coordinator: User, activity: Activity, hub: Hub) -> None:
    beside(hub)
    week = dt.timedelta(days=7)
    there = wanted(activity)
    other = wanted(activity, starts_at=there.starts_at + week, ends_at=there.ends_at + week)
    assert clashes_of(coordinator, [other]) == []
