"""What hubs lack, against who lives there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import SessionKind
from evaluation.queries.gaps import Gap, Gaps, Wanted, days_in_words, gaps_of
from hubs.models import Hub
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_ward,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 5, 12)
MAY = Wanted(dt.date(2019, 5, 13), dt.date(2019, 6, 9))


def make_place(name: str, people: int, score: str) -> Hub:
    ward = make_ward(population_5_to_18=people, imd_score=Decimal(score))
    return make_hub(name=name, ward=ward)


def asked(wanted: Wanted = MAY, *, is_whole: bool = False) -> Gaps:
    hubs = Hub.objects.select_related("ward").order_by("name")
    return gaps_of(hubs, wanted, NOW, is_whole=is_whole)


def on(hub: Hub, day: int, **activity: object) -> None:
    """A session in May 2019 on a day of the week that begins on Monday 13 May."""
    make_session(activity=make_activity(hub=hub, **activity), starts_at=london(2019, 5, 13 + day))


def words(gap: Gap) -> str:
    return f"{gap.hub.name}: {gap.ages} {gap.when}"


def test_days_with_nothing_are_told_by_age() -> None:
    hub = make_place("Sinfin", 3859, "43.75")
    for day in (1, 3, 4):
        on(hub, day, min_age=5, max_age=18)
    on(hub, 0, min_age=5, max_age=12)
    on(hub, 2, min_age=5, max_age=12)
    found = asked()
    assert [words(gap) for gap in found.gaps] == [
        "Sinfin: ages 13 to 18 on Monday, Wednesday and at weekends",
        "Sinfin: ages 5 to 12 at weekends",
    ]
    assert [slot.sessions for slot in found.weeks[0].slots] == [1, 1, 1, 1, 1, 0, 0]
    assert found.weeks[0].slots[0].lacking == ((13, 15), (16, 18))
    assert (found.gaps[0].people, found.gaps[0].score) == (3859, Decimal("43.75"))


def test_what_is_cancelled_is_training_or_of_other_days_is_nothing_on() -> None:
    hub = make_place("Abbey", 2306, "30.80")
    activity = make_activity(hub=hub)
    make_session(activity=activity, starts_at=london(2019, 5, 14), cancelled_at=NOW)
    make_session(activity=activity, starts_at=london(2019, 5, 15), kind=SessionKind.TRAINING)
    make_session(activity=activity, starts_at=london(2019, 6, 10))
    make_session(activity=activity, starts_at=london(2019, 6, 9, 23, 30))
    found = asked()
    assert [slot.sessions for slot in found.weeks[0].slots] == [0, 0, 0, 0, 0, 0, 1]
    assert [gap.when for gap in found.gaps] == ["on weekdays and Saturday"]


def test_send_friendly_and_free_narrow_what_counts() -> None:
    hub = make_place("Derwent", 2930, "38.07")
    for day in range(7):
        on(hub, day, send_friendly=day == 0, is_free=day < 2)
    assert asked().gaps == []
    send = asked(Wanted(MAY.first_day, MAY.last_day, send_friendly=True))
    assert [gap.days for gap in send.gaps] == [(1, 2, 3, 4, 5, 6)]
    free = asked(Wanted(MAY.first_day, MAY.last_day, free=True))
    assert [gap.days for gap in free.gaps] == [(2, 3, 4, 5, 6)]
    both = Wanted(MAY.first_day, MAY.last_day, send_friendly=True, free=True)
    assert both.kind == "nothing SEND friendly and free"
    assert MAY.kind == "nothing"


def test_the_most_people_in_the_most_deprived_ward_come_first() -> None:
    make_place("Few", 1000, "40.00")
    make_place("Many", 4000, "20.00")
    make_place("Deprived", 3000, "50.00")
    make_hub(name="City", kind="send")
    assert [gap.hub.name for gap in asked().gaps] == ["Deprived", "Many", "Few", "City"]
    assert {gap.when for gap in asked().gaps} == {"on any day"}


def test_who_comes_is_counted_once_in_the_band_of_their_first_visit() -> None:
    hub, other = make_place("Boulton", 2642, "31.18"), make_place("Mackworth", 2483, "29.60")
    came = make_session(activity=make_activity(hub=hub), starts_at=london(2019, 5, 1))
    again = make_session(activity=make_activity(hub=hub), starts_at=london(2019, 5, 8))
    long_ago = make_session(activity=make_activity(hub=hub), starts_at=london(2019, 1, 8))
    turning = make_participant(birth_date=dt.date(2006, 5, 5))
    make_attendance(came, turning)
    make_attendance(again, turning)
    make_attendance(again, make_participant(birth_date=dt.date(2004, 5, 5)))
    make_attendance(again, status="absent")
    make_attendance(long_ago)
    make_attendance(make_session(activity=make_activity(hub=other), starts_at=london(2019, 5, 9)))
    first, second = asked().weeks
    assert (first.hub, first.came, second.came) == (hub, 2, 1)
    young = asked(Wanted(MAY.first_day, MAY.last_day, bands=((8, 12),)))
    assert [week.came for week in young.weeks] == [1, 1]


def test_wards_without_a_hub_are_told_of_by_deprivation() -> None:
    make_place("Abbey", 2306, "30.80")
    make_ward(name="Oakwood", population_5_to_18=1924, imd_score=Decimal("11.09"))
    make_ward(name="Darley", population_5_to_18=1941, imd_score=Decimal("21.06"))
    make_ward(name="New", boundary_year=2023, imd_score=Decimal("60.00"))
    make_ward(name="Unknown")
    assert [ward.name for ward in asked(is_whole=True).elsewhere] == ["Darley", "Oakwood"]
    assert asked().elsewhere == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((0,), "on Monday"),
        ((5, 6), "at weekends"),
        ((0, 5), "on Monday and Saturday"),
        ((0, 1, 2, 3, 4), "on weekdays"),
        ((0, 1, 2, 3, 4, 6), "on weekdays and Sunday"),
        ((0, 2, 5, 6), "on Monday, Wednesday and at weekends"),
        (tuple(range(7)), "on any day"),
    ],
)
def test_days_read_like_a_sentence(days: tuple[int, ...], said: str) -> None:
    assert days_in_words(days) == said


def test_the_same_queries_for_one_hub_and_for_three() -> None:
    counts = []
    for name in ("One", "Two", "Three"):
        hub = make_place(name, 100, "10.00")
        make_attendance(make_session(activity=make_activity(hub=hub), starts_at=london(2019, 5, 1)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            asked(is_whole=True)
        counts.append(len(queries))
    assert counts[0] == counts[2]
