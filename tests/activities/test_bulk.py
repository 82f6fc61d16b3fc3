"""One change of many sessions at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from time import sleep
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import LONDON, CountMethod, HeadCount, Schedule, Session, SessionLog
from activities.queries.session_table import Left, hubs_led_by, left_alone, sessions_for
from activities.schedule_dates import DAY, EARLIEST, LATEST
from activities.services.bulk import (
    Cancel,
    Change,
    Confirm,
    Move,
    Outcome,
    SetLeader,
    SetPlaces,
    change_sessions,
)
from hubs.models import Hub
from tests import factories
from tests.factories import london

NOW = london(2019, 5, 14, 17).astimezone(dt.UTC)
HOUR = dt.timedelta(hours=1)
REASON = "The building is closed."
EVERY: tuple[Change, ...] = (
    Confirm(), Cancel(REASON), Move(minutes=30), SetPlaces(12), SetLeader(None, frozenset()),
)  # fmt: skip


@pytest.fixture
def hub(db: None) -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Hub) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def sessions(hub: Hub) -> Callable[[int], list[Session]]:
    """That many weekly sessions of one schedule from Tuesday 21 May on, from 4pm."""

    def make(number: int) -> list[Session]:
        activity = factories.make_activity(hub=hub, title="Boxing")
        first = dt.date(2019, 5, 21)
        schedule = Schedule.objects.create(
            activity=activity,
            weekday=1,
            starts=dt.time(16),
            ends=dt.time(17, 30),
            starts_on=first,
            ends_on=first + dt.timedelta(weeks=number),
        )
        days = [first + dt.timedelta(weeks=week) for week in range(number)]
        return [
            factories.make_session(
                activity=activity,
                schedule=schedule,
                slot_on=day,
                starts_at=london(day.year, day.month, day.day),
            )
            for day in days
        ]

    return make


def change(by: User, sessions: list[Session], what: Change) -> Outcome:
    return change_sessions(by=by, ids=[each.pk for each in sessions], change=what, now=NOW)


def fresh(session: Session) -> Session:
    return Session.objects.get(pk=session.pk)


class TestChanges:
    def test_confirm(self, coordinator: User, sessions: Any) -> None:
        outcome = change(coordinator, sessions(3), Confirm())
        assert (len(outcome.changed), outcome.left) == (3, [])
        assert set(Session.objects.values_list("checked_at", "revision")) == {(NOW, 0)}
        assert not AuditEntry.objects.exists()

    def test_cancel_tells_diaries_and_the_audit_trail(
        self, coordinator: User, sessions: Any
    ) -> None:
        made = sessions(3)
        change(coordinator, made, Cancel(REASON))
        for each in Session.objects.all():
            assert each.cancelled_at == each.checked_at == each.changed_at == NOW
            assert (each.cancellation_reason, each.revision) == (REASON, 1)
            assert not each.is_exception
        entries = AuditEntry.objects.all()
        assert {each.object_id for each in entries} == {each.pk for each in made}
        assert {(each.kind, each.actor_id, each.object_type) for each in entries} == {
            (AuditKind.SESSION_CANCELLED, coordinator.pk, "activities.session")
        }

    @pytest.mark.parametrize(
        ("move", "start", "end"),
        [
            (Move(minutes=45), dt.time(16, 45), dt.time(18, 15)),
            (Move(minutes=-60), dt.time(15), dt.time(16, 30)),
            (Move(to=dt.time(18, 30)), dt.time(18, 30), dt.time(20)),
        ],
    )
    def test_move_keeps_length_and_slot(
        self, coordinator: User, sessions: Any, move: Move, start: dt.time, end: dt.time
    ) -> None:
        made = sessions(3)
        change(coordinator, made, move)
        for before in made:
            after = fresh(before)
            assert after.local_start == dt.datetime.combine(
                before.local_date, start, before.local_start.tzinfo
            )
            assert after.ends_at.astimezone(after.local_start.tzinfo).time() == end
            assert after.slot_on == before.slot_on
            assert after.is_exception
            assert (after.revision, after.changed_at, after.checked_at) == (1, NOW, NOW)
        reasons = set(AuditEntry.objects.values_list("kind", "reason"))
        assert reasons == {(AuditKind.SESSION_CHANGED, "moved")}

    def test_a_time_of_day_is_derbys_on_both_sides_of_the_clock_change(
        self, coordinator: User, hub: Hub
    ) -> None:
        activity = factories.make_activity(hub=hub)
        made = [
            factories.make_session(activity=activity, starts_at=london(2019, 10, day))
            for day in (26, 28)
        ]
        change(coordinator, made, Move(to=dt.time(18)))
        starts = [fresh(each).starts_at for each in made]
        assert starts == [
            dt.datetime(2019, 10, 26, 17, tzinfo=dt.UTC),
            dt.datetime(2019, 10, 28, 18, tzinfo=dt.UTC),
        ]

    def test_single_occasions_are_no_exceptions(self, coordinator: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub)
        alone = factories.make_session(activity=activity, starts_at=london(2019, 5, 21))
        change(coordinator, [alone], Move(minutes=30))
        assert not fresh(alone).is_exception

    def test_places_and_leader(self, coordinator: User, sessions: Any) -> None:
        made = sessions(2)
        change(coordinator, made, SetPlaces(12))
        leads = SetLeader(coordinator, hubs_led_by(coordinator))
        change(coordinator, made, leads)
        for each in Session.objects.all():
            assert (each.places, each.led_by, each.is_exception) == (12, coordinator, True)
            assert each.revision == 0
        assert reasons(change(coordinator, made, leads)) == {Left.SAME: 2}
        change(coordinator, made, SetPlaces(None))
        change(coordinator, made, SetLeader(None, frozenset()))
        assert set(Session.objects.values_list("places", "led_by")) == {(None, None)}

    def test_nobody_leads_where_they_do_not_work(self, coordinator: User, sessions: Any) -> None:
        stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        outcome = change(coordinator, sessions(2), SetLeader(stranger, hubs_led_by(stranger)))
        assert reasons(outcome) == {Left.NOT_STAFF: 2}
        office = factories.make_user(Role.TRUST_STAFF)
        assert None in hubs_led_by(office)
        assert None not in hubs_led_by(coordinator)


def reasons(outcome: Outcome) -> dict[Left, int]:
    return dict(outcome.reasons)


def work_on(session: Session, coordinator: User, left: Left) -> None:
    """Let it have been worked on in this way."""
    fields: dict[Left, dict[str, Any]] = {
        Left.TAKEN: {"register_taken_at": NOW},
        Left.MARKED: {"has_marks": True},
        Left.CANCELLED: {"cancelled_at": NOW},
        Left.OVER: {"starts_at": NOW - 2 * HOUR, "ends_at": NOW},
    }
    Session.objects.filter(pk=session.pk).update(**fields.get(left, {}))
    if left == Left.LOGGED:
        SessionLog.objects.create(session=session, logged_by=coordinator)
    if left == Left.COUNTED:
        HeadCount.objects.create(session=session, people=3, method=CountMethod.COUNTED)


class TestLeftAlone:
    @pytest.mark.parametrize("what", EVERY, ids=lambda what: type(what).__name__)
    def test_what_has_been_worked_on_is_counted_with_its_reason(
        self, coordinator: User, sessions: Any, what: Change
    ) -> None:
        worked_on = [
            Left.TAKEN, Left.MARKED, Left.LOGGED, Left.COUNTED, Left.CANCELLED, Left.OVER,
        ]  # fmt: skip
        made = sessions(len(worked_on) + 1)
        if isinstance(what, SetLeader):
            Session.objects.update(led_by=coordinator)
        for session, left in zip(made, worked_on, strict=False):
            work_on(session, coordinator, left)
        before = {each.pk: each.__dict__ | {"_state": None} for each in Session.objects.all()}
        outcome = change(coordinator, made, what)
        assert [each.session.pk for each in outcome.changed] == [made[-1].pk]
        assert reasons(outcome) == dict.fromkeys(worked_on, 1)
        for session in made[:-1]:
            assert fresh(session).__dict__ | {"_state": None} == before[session.pk]

    @pytest.mark.parametrize(
        ("starts_at", "move", "left"),
        [
            (NOW - HOUR / 2, Move(minutes=30), Left.BEGUN),
            (NOW + HOUR, Move(minutes=-90), Left.PAST),
            (NOW + HOUR, Move(minutes=600), Left.ANOTHER_DAY),
            (NOW + HOUR, Move(minutes=300), Left.NIGHT),
            (NOW + DAY, Move(to=dt.time(3)), Left.NIGHT),
            (NOW + HOUR, Move(to=dt.time(18)), Left.SAME),
            (NOW + HOUR, Move(to=dt.time(9)), Left.PAST),
        ],
    )
    def test_moves_that_cannot_be(
        self, coordinator: User, hub: Hub, starts_at: dt.datetime, move: Move, left: Left
    ) -> None:
        activity = factories.make_activity(hub=hub)
        session = factories.make_session(activity=activity, starts_at=starts_at)
        assert reasons(change(coordinator, [session], move)) == {left: 1}
        assert fresh(session).starts_at == starts_at

    def test_the_most_telling_reason_counts(self, coordinator: User, sessions: Any) -> None:
        (session,) = sessions(1)
        for left in (Left.OVER, Left.LOGGED, Left.COUNTED, Left.MARKED, Left.TAKEN, Left.CANCELLED):
            work_on(session, coordinator, left)
            assert left_alone(sessions_for(coordinator).get(), NOW) == left

    @given(
        ahead=st.timedeltas(min_value=HOUR, max_value=dt.timedelta(days=366)),
        minutes=st.integers(-600, 600).filter(bool),
    )
    def test_a_move_never_leaves_the_day_nor_changes_the_length(
        self, ahead: dt.timedelta, minutes: int
    ) -> None:
        starts_at = NOW + ahead
        session = Session(starts_at=starts_at, ends_at=starts_at + HOUR)
        values = Move(minutes=minutes).of(session, NOW)
        if isinstance(values, Left):
            assert values in {Left.ANOTHER_DAY, Left.PAST, Left.NIGHT}
            return
        assert values["ends_at"] - values["starts_at"] == HOUR
        moved = Session(starts_at=values["starts_at"], ends_at=values["ends_at"])
        assert moved.local_date == session.local_date
        ends = moved.ends_at.astimezone(LONDON).time()
        assert EARLIEST <= moved.local_start.time() < ends <= LATEST


class TestTogether:
    @pytest.mark.parametrize("what", EVERY[1:4], ids=lambda what: type(what).__name__)
    @pytest.mark.parametrize("rows", [3, 30])
    def test_same_queries(
        self,
        coordinator: User,
        sessions: Any,
        what: Change,
        rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        made = sessions(rows)
        coordinator = User.objects.get(pk=coordinator.pk)
        # Roles; the sessions, held and then read; what they are now; the trail; and the two ends of
        # the transaction. Places ask for which of them people have booked as well.
        with django_assert_num_queries(7 + isinstance(what, SetPlaces)):
            outcome = change(coordinator, made, what)
        assert len(outcome.changed) == rows

    def test_one_that_is_not_mine_stops_them_all(self, coordinator: User, sessions: Any) -> None:
        made = sessions(2)
        theirs = factories.make_session(starts_at=london(2019, 5, 21))
        for what in EVERY:
            with pytest.raises(PermissionDenied):
                change(coordinator, [*made, theirs], what)
        assert not Session.objects.exclude(revision=0, cancelled_at=None, places=None).exists()
        assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_what_is_counted_while_the_change_waits_is_left_alone(
        self, coordinator: User, sessions: Any
    ) -> None:
        """Whoever counts holds the session first; the change reads it once it holds it itself."""
        made = sessions(1)
        is_held, done = threading.Event(), []

        def run() -> None:
            try:
                is_held.wait()
                done.append(change(coordinator, made, Cancel(REASON)))
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        with transaction.atomic():
            Session.objects.select_for_update(no_key=True).get(pk=made[0].pk)
            HeadCount.objects.create(
                session=made[0], group="audience", people=40, method="counted",
                counted_by=coordinator,
            )  # fmt: skip
            is_held.set()
            while thread.is_alive() and not _waits_for_us():
                sleep(0.01)
        thread.join()
        assert [reason for _, reason in done[0].left] == [Left.COUNTED]
        assert not Session.objects.get().is_cancelled

    def test_two_changes_of_the_same_sessions_wait_for_each_other(
        self, coordinator: User, sessions: Any
    ) -> None:
        """Neither blocks the other for good, and none of the two is lost."""
        made = sessions(12)
        acts = [(made, Cancel(REASON)), (made[::-1], Move(minutes=30)), (made, SetPlaces(9))]
        done: list[Outcome] = []
        start = threading.Barrier(len(acts))

        def run(which: list[Session], what: Change) -> None:
            try:
                start.wait()
                done.append(change(coordinator, which, what))
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == len(acts)
        assert AuditEntry.objects.count() == sum(len(each.changed) for each in done)
        # Each is cancelled or was cancelled first and then left alone: never half of something.
        for each in Session.objects.all():
            assert each.is_cancelled
            trail = AuditEntry.objects.filter(object_id=each.pk).values_list("reason", flat=True)
            assert each.revision == sum(reason in {"", "moved"} for reason in trail)
            assert (each.places == 9) == ("places" in trail)


def _waits_for_us() -> bool:
    """Whether another connection waits for what this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        found: bool = cursor.fetchone()[0]
    return found
