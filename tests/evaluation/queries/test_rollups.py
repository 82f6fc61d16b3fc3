"""Figures kept by hub and month are those that would be counted anew, whatever was changed."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activities.models import HeadCount, Programme, Session
from evaluation.indicators import INDICATORS
from evaluation.models import HubMonth, StaleMonth
from evaluation.queries.record import Scope, totals
from evaluation.queries.rollups import KEPT, counted, figures_by_hub_and_month, refresh
from evaluation.tasks import refresh_kept_months
from participants.models import Attendance, Participant
from tests import factories
from tests.evaluation import worlds
from tests.evaluation.worlds import World

# Every month of the worlds' sessions, each asked by itself.
MONTHS = [dt.date(2018, 12, 1), *(dt.date(2019, month, 1) for month in range(1, 12))]
Figures = dict[tuple[int | None, dt.date], dict[str, int]]


def recomputed(programme: Programme, hubs: list[Any]) -> Figures:
    """By one live question a hub and a month."""
    indicators = [INDICATORS[id_] for id_ in KEPT]
    found: Figures = {}
    for month in MONTHS:
        last = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        for hub in hubs:
            scope = Scope((programme,), month, last, cut_off=None, hubs=(hub,))
            found[hub.pk, month] = totals(scope, indicators)
    return {key: figures for key, figures in found.items() if any(figures.values())}


def kept(programme: Programme) -> Figures:
    return figures_by_hub_and_month([programme], MONTHS[0], MONTHS[-1], KEPT)


def agree(world: World) -> None:
    """What is kept is what is counted anew over all months at once."""
    for programme in world.programmes:
        scope = Scope((programme,), MONTHS[0], dt.date(2019, 11, 30), cut_off=None)
        anew = counted(scope, [INDICATORS[id_] for id_ in KEPT])
        assert kept(programme) == {
            key: dict.fromkeys(KEPT, 0) | figures
            for key, figures in anew.items()
            if any(figures.values())
        }
    assert not StaleMonth.objects.filter(programme__in=world.programmes).exists()


# --- What may happen ------------------------------------------------------------------------------
def correct_a_mark(world: World, rng: Random) -> None:
    for mark in Attendance.objects.filter(session__in=world.sessions).order_by("pk")[:1]:
        mark.status, mark.role = rng.choice(worlds.STATUSES), rng.choice(worlds.ROLES)
        mark.save()


def delete_marks(world: World, rng: Random) -> None:
    Attendance.objects.filter(
        session=rng.choice(world.sessions), participant=rng.choice(world.people)
    ).delete()


def move_a_session(world: World, rng: Random) -> None:
    session = rng.choice(world.sessions)
    starts_at = rng.choice(worlds.STARTS)
    Session.objects.filter(pk=session.pk).update(
        starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=60)
    )


def change_a_session(world: World, rng: Random) -> None:
    change: dict[str, Any] = rng.choice(
        [
            {"cancelled_at": factories.london(2019, 1, 1)},
            {"cancelled_at": None},
            {"delivered_minutes": rng.randint(10, 100)},
            {"register_taken_at": None, "delivery": ""},
            {"delivery": "delivered"},
            {"kind": rng.choice(worlds.KINDS)},
            {"activity": rng.choice(world.activities)},
            {"has_marks": True},
        ]
    )
    Session.objects.filter(pk=rng.choice(world.sessions).pk).update(**change)


def delete_a_session(world: World, rng: Random) -> None:
    session = Session.objects.get(pk=world.sessions[0].pk)
    Attendance.objects.filter(session=session).delete()
    session.mark_operations.all().delete()
    session.delete()
    del world.sessions[0]


def change_an_activity(world: World, rng: Random) -> None:
    activity = rng.choice(world.activities)
    activity.hub = rng.choice([None, *world.hubs])
    activity.programme = rng.choice(world.programmes)
    activity.save()


def change_ages(world: World, rng: Random) -> None:
    programme = rng.choice(world.programmes)
    programme.min_age, programme.max_age = rng.choice([(5, 18), (8, 14), (5, 13)])
    programme.max_age_extended = rng.choice([20, 25])
    programme.save()


def count_heads(world: World, rng: Random) -> None:
    session = rng.choice(world.sessions)
    worlds.add_head_count(session, rng)
    if rng.random() < 0.4:
        HeadCount.objects.filter(session=session).update(people=7)
    if rng.random() < 0.2:
        HeadCount.objects.filter(session=session).delete()


def put_a_person_right(world: World, rng: Random) -> None:
    change: dict[str, Any] = rng.choice(
        [
            {"birth_date": rng.choice(worlds.BIRTHS)},
            {"birth_key": rng.choice([1, 2])},
            {"special_needs": rng.choice(["yes", "no"])},
            {"care_experienced": rng.choice(["yes", "no"])},
            {"gender": "female"},
        ]
    )
    Participant.objects.filter(pk=rng.choice(world.people).pk).update(**change)


def merge_or_undo(world: World, rng: Random) -> None:
    record, root = rng.sample(world.people, 2)
    ids = [person.pk for person in world.people]
    record.refresh_from_db()
    root.refresh_from_db()
    if record.merged_into_id:
        Participant.objects.filter(pk=record.pk).update(merged_into=None)
    elif root.merged_into_id is None:
        # Whoever was merged into the record follows it.
        family = Participant.objects.filter(pk__in=ids, merged_into=record.pk)
        family.update(merged_into=root.pk)
        Participant.objects.filter(pk=record.pk).update(merged_into=root.pk)


def keep_an_age(world: World, rng: Random) -> None:
    marks = list(Attendance.objects.filter(session__in=world.sessions).order_by("pk"))
    if marks:
        worlds.keep_age(rng.choice(marks), rng)


def add_a_mark(world: World, rng: Random) -> None:
    worlds.add_mark(world, rng)


def add_a_session(world: World, rng: Random) -> None:
    worlds.add_session(world, rng)


DEEDS: list[Callable[[World, Random], None]] = [
    *(add_a_mark, correct_a_mark, delete_marks, add_a_session, move_a_session, change_a_session),
    *(delete_a_session, change_an_activity, change_ages, count_heads, put_a_person_right),
    *(merge_or_undo, merge_or_undo, keep_an_age),
]


@pytest.mark.django_db
@settings(
    max_examples=8,
    deadline=None,
    # Each example is a world in a real database: shrinking one would take longer than reading it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    deeds=st.lists(st.lists(st.sampled_from(DEEDS), min_size=1, max_size=3), max_size=5),
    seed=st.integers(0, 10**9),
)
def test_what_is_kept_is_what_is_counted(
    deeds: list[list[Callable[[World, Random], None]]], seed: int
) -> None:
    rng = Random(seed)
    world = worlds.make_world(rng, sessions=8, marks=25)
    agree(world)
    for several in deeds:
        for deed in several:
            deed(world, rng)
        agree(world)
    programme = world.programmes[0]
    at_hubs = {key: figures for key, figures in kept(programme).items() if key[0] is not None}
    assert at_hubs == recomputed(programme, world.hubs)


@pytest.mark.django_db
@pytest.mark.parametrize("deed", dict.fromkeys(DEEDS))
def test_every_change_is_noticed(deed: Callable[[World, Random], None]) -> None:
    rng = Random(DEEDS.index(deed))
    world = worlds.make_world(rng, sessions=10, people=6, marks=45)
    agree(world)
    for _ in range(8):
        deed(world, rng)
        agree(world)


@pytest.mark.django_db
def test_a_month_is_a_month_in_derby() -> None:
    """Half past eleven on the last of April is April, and a quarter past midnight is May."""
    hub = factories.make_hub()
    activity = factories.make_activity(hub=hub)
    for start in (factories.london(2019, 4, 30, 23, 30), factories.london(2019, 5, 1, 0, 15)):
        factories.make_attendance(factories.make_session(activity=activity, starts_at=start))

    april, may = dt.date(2019, 4, 1), dt.date(2019, 5, 1)
    asked = ["attendances", "contact_hours"]
    found = figures_by_hub_and_month([activity.programme], april, may, asked)

    figures = {"attendances": 1, "contact_hours": 90}
    assert found == {(hub.pk, april): figures, (hub.pk, may): figures}


@pytest.mark.django_db
def test_somebody_in_two_programmes_is_counted_once() -> None:
    hub = factories.make_hub()
    person = factories.make_participant()
    programmes = [factories.make_programme() for _ in range(2)]
    for programme in programmes:
        activity = factories.make_activity(hub=hub, programme=programme)
        factories.make_attendance(factories.make_session(activity=activity), person)

    may = dt.date(2019, 5, 20)
    found = figures_by_hub_and_month(programmes, may, may, ["unique_participants", "attendances"])

    figures = {"unique_participants": 1, "attendances": 2}
    assert found == {(hub.pk, dt.date(2019, 5, 1)): figures}


@pytest.mark.django_db
def test_reading_again_counts_nothing(django_assert_num_queries: Any) -> None:
    session = factories.make_session()
    factories.make_attendance(session)
    kept(session.activity.programme)

    # A savepoint and its release, a look for what is stale, and the figures.
    with django_assert_num_queries(4):
        assert len(kept(session.activity.programme)) == 1


@pytest.mark.django_db
def test_the_background_leaves_readers_nothing_to_count(
    django_assert_num_queries: Any,
) -> None:
    for year in (2018, 2019):
        session = factories.make_session(starts_at=factories.london(year, 12, 4))
        factories.make_attendance(session)

    refresh_kept_months()

    assert not StaleMonth.objects.exists()
    with django_assert_num_queries(4):
        assert len(kept(session.activity.programme)) == 0
    assert HubMonth.objects.filter(indicator="attendances", value=1).count() == 2


@pytest.mark.django_db
def test_what_no_figure_hangs_on_makes_nothing_stale() -> None:
    session = factories.make_session()
    person = factories.make_participant()
    factories.make_attendance(session, person)
    kept(session.activity.programme)

    Session.objects.filter(pk=session.pk).update(has_marks=True, places=12)
    Participant.objects.filter(pk=person.pk).update(given_name="Another")

    assert not StaleMonth.objects.exists()


@pytest.mark.django_db
def test_figures_that_are_not_kept_are_refused() -> None:
    with pytest.raises(KeyError, match="retained_28"):
        figures_by_hub_and_month([], MONTHS[0], MONTHS[0], ["retained_28"])


@pytest.mark.django_db(transaction=True)
def test_a_change_while_somebody_counts_is_not_lost() -> None:
    """Two readers and a writer, each with a connection of its own."""
    session = factories.make_session()
    factories.make_attendance(session)
    programme = session.activity.programme
    key = (session.activity.hub_id, dt.date(2019, 5, 1))
    counting, written, done = threading.Event(), threading.Event(), []

    def read_slowly() -> None:
        try:
            with transaction.atomic():
                assert refresh([programme]) == 1
                counting.set()
                assert written.wait(10)
        finally:
            connection.close()

    def read() -> None:
        try:
            done.append(kept(programme)[key]["attendances"])
        finally:
            connection.close()

    first = threading.Thread(target=read_slowly)
    first.start()
    assert counting.wait(10)
    # The writer waits for nobody, though somebody counts this very month.
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    factories.make_attendance(session)
    second = threading.Thread(target=read)
    second.start()
    second.join(0.3)
    assert second.is_alive()
    written.set()
    first.join()
    second.join()

    assert done == [2]
    assert kept(programme)[key]["attendances"] == 2
    assert not StaleMonth.objects.exists()
