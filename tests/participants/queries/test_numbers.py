"""Each number is what a slow reading of all marks says, by its definition."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from activities.models import Activity, HeadCount, Session, london_today
from hubs.models import Hub
from participants.models import ATTENDED, Attendance, MarkStatus, Participant
from participants.queries.marks import current_marks
from participants.queries.numbers import (
    Returning,
    WeekHours,
    came_once,
    numbers_for,
    returning,
    stopped_coming,
    week_hours,
)
from tests import factories

pytestmark = pytest.mark.django_db
# A Wednesday in summer time, after a winter: weeks and days are Derby's.
NOW = factories.london(2019, 6, 12, 12)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub()


@pytest.fixture
def activity(hub: Hub) -> Activity:
    return factories.make_activity(hub=hub, title="Circus Skills")


def held(activity: Activity, weeks_ago: float, **fields: Any) -> Session:
    starts_at = fields.pop("starts_at", NOW - weeks_ago * WEEK)
    fields = {"register_taken_at": starts_at + dt.timedelta(hours=2)} | fields
    return factories.make_session(activity=activity, starts_at=starts_at, **fields)


def came(person: Participant, session: Session, status: str = "present", **fields: Any) -> None:
    factories.make_attendance(session, person, status=status, **fields)


def regular(activity: Activity, *, until: int = 4) -> Participant:
    """Came to the four weekly sessions that end so many weeks ago."""
    person = factories.make_participant(hub=activity.hub)
    for weeks_ago in range(until, until + 4):
        starts_at = NOW - weeks_ago * WEEK
        session = Session.objects.filter(activity=activity, starts_at=starts_at).first()
        came(person, session or held(activity, weeks_ago))
    return person


def stopped_names(hub: Hub) -> list[str]:
    return [visit.name for visit in stopped_coming(hub, NOW).listed]


class TestStoppedComing:
    def test_a_regular_who_missed_three_is_named(self, hub, activity):
        person = regular(activity)
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        (visit,) = stopped_coming(hub, NOW).listed
        assert visit.name == person.register_name
        assert (visit.activity, visit.missed) == ("Circus Skills", 3)
        assert visit.came_at == NOW - 4 * WEEK

    def test_absent_is_missed_too(self, hub, activity):
        person = regular(activity)
        for weeks_ago in (3, 2, 1):
            came(person, held(activity, weeks_ago), "absent")
        assert stopped_names(hub) == [person.register_name]

    def test_two_are_not_three(self, hub, activity):
        regular(activity, until=3)
        for weeks_ago in (2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == []

    @pytest.mark.parametrize("fields", [
        {"cancelled_at": NOW}, {"register_taken_at": None}, {"kind": "training"},
    ])  # fmt: skip
    def test_only_held_registers_can_be_missed(self, hub, activity, fields):
        regular(activity)
        for weeks_ago in (3, 2):
            held(activity, weeks_ago)
        held(activity, 1, **fields)
        assert stopped_names(hub) == []

    def test_a_session_that_is_on_is_not_missed_yet(self, hub, activity):
        regular(activity)
        for weeks_ago in (3, 2):
            held(activity, weeks_ago)
        held(activity, 0, starts_at=NOW - dt.timedelta(minutes=10), register_taken_at=NOW)
        assert stopped_names(hub) == []

    def test_excused_is_passed_over(self, hub, activity):
        person = regular(activity)
        for weeks_ago in (3, 2):
            held(activity, weeks_ago)
        came(person, held(activity, 1), "excused")
        assert stopped_names(hub) == []
        held(activity, 0.5)
        assert stopped_names(hub) == [person.register_name]

    @pytest.mark.parametrize("taken_at", [None, NOW])
    def test_whoever_came_again_is_back(self, hub, activity, taken_at):
        person = regular(activity)
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        came(person, held(activity, 0.5, register_taken_at=taken_at), "late")
        assert stopped_names(hub) == []

    @pytest.mark.parametrize(("days", "is_regular"), [(56, True), (57, False)])
    def test_four_times_within_eight_weeks(self, hub, activity, days, is_regular):
        person = factories.make_participant(hub=hub)
        for days_ago in (70, 71, 72, 70 + days):
            came(person, held(activity, days_ago / 7))
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == ([person.register_name] if is_regular else [])

    def test_four_activities_make_no_regular_of_one(self, hub, activity):
        person = factories.make_participant(hub=hub)
        for weeks_ago in range(4, 8):
            came(person, held(factories.make_activity(hub=hub), weeks_ago))
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == []

    def test_merged_records_are_one_person(self, hub, activity):
        root = factories.make_participant(hub=hub, given_name="Comet")
        other = factories.make_participant(given_name="Komet", merged_into=root)
        for weeks_ago, person in ((7, root), (6, other), (5, root), (4, other)):
            came(person, held(activity, weeks_ago))
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == ["Comet P"]

    def test_people_of_another_hub_and_grown_ups_are_left_out(self, hub, activity):
        elsewhere = factories.make_participant(hub=factories.make_hub())
        artist = factories.make_participant(hub=hub)
        for weeks_ago in range(4, 8):
            session = held(activity, weeks_ago)
            came(elsewhere, session)
            came(artist, session, role="practitioner")
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == []
        assert stopped_names(elsewhere.registrations.get().hub) == []

    def test_the_newest_loss_is_first(self, hub, activity):
        early, late = regular(activity, until=5), regular(activity, until=4)
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == [late.register_name, early.register_name]

    def test_a_loss_of_half_a_year_ago_is_let_go(self, hub, activity):
        regular(activity, until=25)
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        assert stopped_names(hub) == []

    def test_a_long_list_says_how_long(self, hub, activity):
        people = [regular(activity) for _ in range(52)]
        for weeks_ago in (3, 2, 1):
            held(activity, weeks_ago)
        visits = stopped_coming(hub, NOW)
        assert (len(visits.listed), visits.whole) == (50, len(people))


class TestFirstTimers:
    def first_came(self, hub: Hub, *days_ago: float) -> Participant:
        person = factories.make_participant(hub=hub)
        for days in days_ago:
            activity = factories.make_activity(hub=hub)
            came(person, held(activity, days / 7))
        return person

    def test_came_back_or_not_or_cannot_be_said_yet(self, hub):
        once = self.first_came(hub, 28)
        self.first_came(hub, 60, 32)  # within 28 days
        self.first_came(hub, 60, 31)  # after 29 days
        self.first_came(hub, 27)  # still open
        assert returning(hub, NOW) == Returning(first_timers=3, returned=1, still_open=1)
        assert [visit.name for visit in came_once(hub, NOW).listed] == [once.register_name]

    def test_the_share(self):
        assert Returning(3, 1, 0).percent == 33
        assert Returning(8, 1, 0).percent == 13
        assert Returning(0, 0, 4).percent is None

    @pytest.mark.parametrize(("days", "counted"), [(182, 1), (183, 0)])
    def test_goes_26_weeks_back(self, hub, days, counted):
        self.first_came(hub, days)
        assert returning(hub, NOW).first_timers == came_once(hub, NOW).whole == counted

    def test_the_first_time_is_the_first_of_all(self, hub):
        self.first_came(hub, 300, 30)
        assert returning(hub, NOW) == Returning(0, 0, 0)

    def test_another_hub_s_sessions_are_another_matter(self, hub):
        person = self.first_came(hub, 40)
        came(person, held(factories.make_activity(), 5))
        assert returning(hub, NOW) == Returning(1, 0, 0)

    def test_days_are_derbys(self, hub):
        person = factories.make_participant(hub=hub)
        activity = factories.make_activity(hub=hub)
        day = london_today(NOW) - dt.timedelta(days=28)
        came(
            person, held(activity, 0, starts_at=factories.london(day.year, day.month, day.day, 23))
        )
        assert returning(hub, NOW).first_timers == 1


class TestHours:
    def test_planned_held_and_cancelled(self, hub, activity):
        monday = factories.london(2019, 6, 10, 0)
        held(activity, 0, starts_at=monday, minutes=90)
        held(activity, 0, starts_at=monday, minutes=60, register_taken_at=None)
        held(activity, 0, starts_at=monday, minutes=120, cancelled_at=NOW)
        logged = {"delivery": "cut_short", "delivered_minutes": 30, "register_taken_at": None}
        held(activity, 0, starts_at=monday, minutes=60, **logged)
        counted = held(activity, 0, starts_at=monday, minutes=60, register_taken_at=None)
        HeadCount.objects.create(session=counted, people=3, method="counted")
        held(activity, 0, starts_at=monday, minutes=60, kind="training")
        held(factories.make_activity(), 0, starts_at=monday)
        weeks = week_hours(hub, NOW)
        assert weeks[-1] == WeekHours(
            dt.date(2019, 6, 10), planned=Decimal("6.5"), held=Decimal(3), cancelled=Decimal(2)
        )
        assert [week.planned for week in weeks[:-1]] == [0] * 8

    @pytest.mark.parametrize(
        ("starts_at", "week"),
        [
            (factories.london(2019, 6, 16, 23, 59), 8),
            (factories.london(2019, 6, 17, 0), None),
            (factories.london(2019, 6, 9, 23, 59), 7),
            (factories.london(2019, 4, 15, 0), 0),
            (factories.london(2019, 4, 14, 23, 59), None),
        ],
    )
    def test_weeks_begin_on_monday_in_derby(self, hub, activity, starts_at, week):
        held(activity, 0, starts_at=starts_at, minutes=60)
        with_hours = [at for at, each in enumerate(week_hours(hub, NOW)) if each.planned]
        assert with_hours == ([] if week is None else [week])


# --- The slow reading ---------------------------------------------------------------------------


def random_record(seed: int) -> Hub:
    """Sessions, people and marks of every sort, at a hub and beside it."""
    dice = random.Random(seed)
    hub, other = factories.make_hub(), factories.make_hub()
    activities = [factories.make_activity(hub=hub) for _ in range(2)]
    activities.append(factories.make_activity(hub=other))
    people = [factories.make_participant(hub=dice.choice([hub, hub, other])) for _ in range(9)]
    for person in people[7:]:
        person.merged_into = people[dice.randrange(3)]
        person.save()
    sessions = [
        random_session(dice, activity, weeks_ago)
        for weeks_ago in range(40, -1, -1)
        for activity in activities
        if dice.random() < 0.6
    ]
    # Everybody comes for the first time some week, and hardly ever after another.
    stays = {person: sorted(dice.sample(range(40), 2)) for person in people}
    Attendance.objects.bulk_create(
        random_mark(dice, session, person)
        for session in sessions
        for person, (last, first) in stays.items()
        if dice.random() < chance(session, first * WEEK, last * WEEK)
    )
    return hub


def chance(session: Session, first: dt.timedelta, last: dt.timedelta) -> float:
    """How likely somebody is marked who comes from so long ago until so long ago."""
    ago = NOW - session.starts_at
    if ago > first:
        return 0
    return 0.8 if ago > last else 0.05


def random_session(dice: random.Random, activity: Activity, weeks_ago: int) -> Session:
    starts_at = NOW - weeks_ago * WEEK + dt.timedelta(hours=dice.randrange(-30, 30))
    return held(
        activity,
        weeks_ago,
        starts_at=starts_at,
        register_taken_at=starts_at if dice.random() < 0.8 else None,
        cancelled_at=NOW if dice.random() < 0.1 else None,
        kind="training" if dice.random() < 0.05 else "regular",
    )


def random_mark(dice: random.Random, session: Session, person: Participant) -> Attendance:
    return Attendance(
        session=session,
        participant=person,
        status=dice.choice(["present", "present", "late", "left_early", "absent", "excused"]),
        role=dice.choice(["participant"] * 9 + ["volunteer", "practitioner"]),
        marked_at=session.starts_at + dt.timedelta(minutes=dice.randrange(60)),
    )


def young_marks(session: Session) -> dict[Any, Attendance]:
    marks = current_marks(session).items()
    return {pk: mark for pk, mark in marks if mark.role in ("participant", "volunteer")}


def counting_sessions(hub: Hub) -> list[Session]:
    sessions = Session.objects.filter(activity__hub=hub, cancelled_at=None).exclude(kind="training")
    doors = NOW + dt.timedelta(minutes=30)
    return list(sessions.filter(starts_at__lte=doors).order_by("starts_at", "pk"))


def registered(hub: Hub) -> set[Any]:
    people = Participant.objects.filter(registrations__hub=hub)
    return {person.merged_into_id or person.pk for person in people}


def slow_stopped(hub: Hub) -> set[tuple[Any, ...]]:
    found = set()
    for activity in hub.activities.all():
        sessions = [
            session
            for session in counting_sessions(hub)
            if session.activity_id == activity.pk and session.starts_at >= NOW - 26 * WEEK
        ]
        marks = {session.pk: young_marks(session) for session in sessions}
        for person in Participant.objects.filter(pk__in=registered(hub)):
            status = {
                session.pk: mark.status
                for session in sessions
                if (mark := marks[session.pk].get(person.pk))
            }
            times = [one.starts_at for one in sessions if status.get(one.pk) in ATTENDED]
            is_regular = any(
                last - first <= 8 * WEEK for first, last in zip(times, times[3:], strict=False)
            )
            in_a_row = 0
            for session in reversed(sessions):
                if status.get(session.pk) in ATTENDED:
                    break
                is_over = session.register_taken_at and session.ends_at <= NOW
                in_a_row += bool(is_over) and status.get(session.pk) != MarkStatus.EXCUSED
            if is_regular and in_a_row >= 3:
                found.add((person.register_name, activity.title, times[-1], in_a_row))
    return found


def slow_first_timers(hub: Hub) -> tuple[Returning, set[str]]:
    days: defaultdict[Any, list[dt.date]] = defaultdict(list)
    people = registered(hub)
    for session in counting_sessions(hub):
        for person, mark in young_marks(session).items():
            if mark.status in ATTENDED and person in people:
                days[person].append(session.local_date)
    today = london_today(NOW)
    ages = {person: (today - came[0]).days for person, came in days.items()}
    due = [person for person, age in ages.items() if 28 <= age <= 182]
    back = [one for one in due if days[one][1:] and (days[one][1] - days[one][0]).days <= 28]
    once = Participant.objects.filter(pk__in=[one for one in due if len(days[one]) == 1])
    still_open = sum(age < 28 for age in ages.values())
    return Returning(len(due), len(back), still_open), {one.register_name for one in once}


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_slow_reading(seed: int) -> None:
    hub = random_record(seed)
    visits = stopped_coming(hub, NOW).listed
    fast = {(visit.name, visit.activity, visit.came_at, visit.missed) for visit in visits}
    assert fast == slow_stopped(hub)
    share, once = slow_first_timers(hub)
    assert returning(hub, NOW) == share
    assert {visit.name for visit in came_once(hub, NOW).listed} == once


def test_the_random_records_have_something_to_find() -> None:
    found = [random_record(seed) for seed in range(8)]
    assert sum(len(slow_stopped(hub)) for hub in found) >= 3
    assert sum(slow_first_timers(hub)[0].first_timers for hub in found) >= 3


def test_five_queries_whatever_there_is(
    hub: Hub, activity: Activity, django_assert_num_queries: Any
) -> None:
    regular(activity)
    with django_assert_num_queries(5):
        numbers_for(hub, NOW)
    for _ in range(2):
        regular(activity)
    for weeks_ago in (3, 2, 1):
        held(activity, weeks_ago)
    with django_assert_num_queries(5) as captured:
        found = numbers_for(hub, NOW)
    assert isinstance(captured, CaptureQueriesContext)
    assert len(found.stopped.listed) == 3


def test_registers_missing_are_the_hub_s_own(hub: Hub, activity: Activity) -> None:
    held(activity, 2, register_taken_at=None)
    held(activity, 1)
    held(factories.make_activity(), 1, register_taken_at=None)
    assert numbers_for(hub, NOW).registers_missing == 1
