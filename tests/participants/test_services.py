from __future__ import annotations

import datetime as dt
import itertools
import threading
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, Role, User
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.models import (
    CLEARED,
    OPERATION_STATUSES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    Participant,
    Registration,
)
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.form import save_register
from participants.services.marks import MarkInput, Outcome, record_marks
from participants.services.register import close_register, record_head_count
from participants.services.walk_ins import add_walk_in
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def session(db: None) -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


@pytest.fixture
def coordinator(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def child(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub)


def mark(person: Participant, status: str, at: dt.datetime, **fields: Any) -> MarkInput:
    return MarkInput(fields.pop("id", uuid.uuid4()), person.pk, status, at, **fields)


def statuses(session: Session) -> dict[UUID, str]:
    return dict(session.attendances.values_list("participant", "status"))


class TestRecordMarks:
    def record(self, session: Session, by: User, now: dt.datetime, *marks: MarkInput) -> list[str]:
        results = record_marks(session=session, operations=marks, by=by, now=now)
        assert [result.id for result in results] == [mark.id for mark in marks]
        return [result.outcome.value for result in results]

    def test_a_mark_is_kept_and_stands(self, session, coordinator, child, now):
        operation = mark(child, "late", now, device="phone-1")
        assert self.record(session, coordinator, now, operation) == ["applied"]
        kept = MarkOperation.objects.get()
        assert (kept.pk, kept.status, kept.role) == (operation.id, "late", "participant")
        assert (kept.marked_at, kept.received_at) == (now, now)
        assert (kept.marked_by, kept.device) == (coordinator, "phone-1")
        attendance = Attendance.objects.get()
        assert (attendance.participant, attendance.status) == (child, "late")
        assert (attendance.marked_at, attendance.operation) == (now, kept)
        session.refresh_from_db()
        assert session.has_marks
        assert session.register_taken_at is None

    def test_sent_again_it_is_known_and_changes_nothing(self, session, coordinator, child, now):
        operation = mark(child, "present", now)
        assert self.record(session, coordinator, now, operation, operation) == ["applied", "known"]
        assert self.record(session, coordinator, now + MINUTE, operation) == ["known"]
        assert MarkOperation.objects.get().received_at == now
        assert Attendance.objects.count() == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"status": "absent"},
            {"role": "volunteer"},
            {"device": "b"},
            {"at": MINUTE},
            {"person": 1},
        ],
        ids=str,
    )
    def test_the_same_id_with_other_content_is_refused(
        self, session, coordinator, child, now, other
    ):
        first = mark(child, "present", now)
        person = make_participant(hub=session.activity.hub) if "person" in other else child
        changed = MarkInput(
            first.id,
            person.pk,
            other.get("status", "present"),
            now - other.get("at", dt.timedelta()),
            other.get("role", "participant"),
            other.get("device", ""),
        )
        assert self.record(session, coordinator, now, first, changed) == ["applied", "refused"]
        assert self.record(session, coordinator, now, changed) == ["refused"]
        assert statuses(session) == {child.pk: "present"}

    def test_the_same_id_at_another_session_is_refused(self, session, coordinator, child, now):
        operation = mark(child, "present", now)
        other = make_session(activity=session.activity, starts_at=now)
        self.record(session, coordinator, now, operation)
        assert self.record(other, coordinator, now, operation) == ["refused"]
        assert statuses(other) == {}

    def test_the_latest_time_stands_whatever_comes_last(self, session, coordinator, child, now):
        self.record(session, coordinator, now, mark(child, "absent", now))
        older = mark(child, "present", now - MINUTE)
        assert self.record(session, coordinator, now, older) == ["superseded"]
        assert statuses(session) == {child.pk: "absent"}
        assert self.record(session, coordinator, now, older) == ["known"]

    def test_of_a_batch_only_what_stands_is_applied(self, session, coordinator, child, now):
        other = make_participant(hub=session.activity.hub)
        marks = [
            mark(child, "present", now - 2 * MINUTE),
            mark(child, CLEARED, now),
            mark(child, "late", now - MINUTE),
            mark(other, "late", now - MINUTE),
        ]
        outcomes = self.record(session, coordinator, now, *marks)
        assert outcomes == ["superseded", "applied", "superseded", "applied"]

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_equal_times_the_greater_id_stands(self, session, coordinator, child, now, order):
        low, high = UUID(int=1 << 80), UUID(int=1 << 120)
        marks = [mark(child, "present", now, id=low), mark(child, "late", now, id=high)]
        self.record(session, coordinator, now, *marks[::order])
        assert statuses(session) == {child.pk: "late"}

    def test_a_mark_taken_back_leaves_none_and_an_older_one_does_not_return(
        self, session, coordinator, child, now
    ):
        self.record(session, coordinator, now, mark(child, "present", now))
        self.record(session, coordinator, now, mark(child, CLEARED, now + MINUTE))
        assert statuses(session) == {}
        self.record(session, coordinator, now, mark(child, "late", now))
        assert statuses(session) == {}
        session.refresh_from_db()
        assert not session.has_marks
        self.record(session, coordinator, now, mark(child, "late", now + 2 * MINUTE))
        session.refresh_from_db()
        assert session.has_marks
        assert statuses(session) == {child.pk: "late"}

    def test_the_role_goes_with_the_mark(self, session, coordinator, child, now):
        self.record(session, coordinator, now, mark(child, "present", now, role="volunteer"))
        assert Attendance.objects.get().role == AttendanceRole.VOLUNTEER

    def test_a_bad_mark_never_takes_the_batch_with_it(self, session, coordinator, child, now):
        elsewhere = make_participant(hub=make_hub())
        stranger = MarkInput(uuid.uuid4(), uuid.uuid4(), "present", now)
        results = record_marks(
            session=session,
            operations=[
                mark(child, "here", now),
                mark(child, "", now),
                mark(child, "present", now, role="owner"),
                mark(child, "present", now, device="x" * 65),
                stranger,
                mark(elsewhere, "present", now),
                mark(child, "present", now.replace(tzinfo=None)),
                mark(child, "present", now + dt.timedelta(minutes=5, seconds=1)),
                mark(child, "present", session.starts_at - dt.timedelta(weeks=4, seconds=1)),
                mark(child, "excused", now),
            ],
            by=coordinator,
            now=now,
        )
        unknown = "This is not a mark that a register knows."
        assert [result.reason for result in results] == [
            unknown,
            unknown,
            unknown,
            unknown,
            "This person is not known at your hubs.",
            "This person is not known at your hubs.",
            "The time has no offset from UTC.",
            "The device's clock is ahead.",
            "The time is more than four weeks before the session.",
            "",
        ]
        assert [result.outcome for result in results] == [Outcome.REFUSED] * 9 + [Outcome.APPLIED]
        assert statuses(session) == {child.pk: "excused"}
        assert MarkOperation.objects.count() == 1

    def test_clocks_at_the_edges_are_taken(self, session, coordinator, child, now):
        marks = [
            mark(child, "present", now + dt.timedelta(minutes=5)),
            mark(child, "excused", session.starts_at - dt.timedelta(weeks=4)),
        ]
        assert self.record(session, coordinator, now, *marks) == ["applied", "superseded"]

    @pytest.mark.parametrize("status", ["present", "late", "left_early"])
    def test_nobody_came_long_before_the_session(self, session, coordinator, child, status):
        opens = session.starts_at - 30 * MINUTE
        early = opens - dt.timedelta.resolution
        too_early = mark(child, status, early)
        of_a_fast_clock = mark(child, status, opens)
        for now, operation in ((early, too_early), (early, of_a_fast_clock), (opens, too_early)):
            results = record_marks(session=session, operations=[operation], by=coordinator, now=now)
            assert results[0].outcome is Outcome.REFUSED
            assert results[0].reason == (
                "Who is here can be recorded from 30 minutes before the session."
            )
        assert statuses(session) == {}
        assert self.record(session, coordinator, opens, mark(child, status, opens)) == ["applied"]

    @pytest.mark.parametrize("status", ["absent", "excused", CLEARED])
    def test_who_will_not_come_may_be_known_weeks_before(self, session, coordinator, child, status):
        early = session.starts_at - dt.timedelta(weeks=4)
        assert self.record(session, coordinator, early, mark(child, status, early)) == ["applied"]

    def test_a_cancelled_session_takes_nothing_new(self, session, coordinator, child, now):
        before = mark(child, "present", now)
        self.record(session, coordinator, now, before)
        Session.objects.update(cancelled_at=now)
        results = record_marks(
            session=session, operations=[before, mark(child, "late", now)], by=coordinator, now=now
        )
        assert [result.outcome.value for result in results] == ["known", "refused"]
        assert results[1].reason == "The session was cancelled."
        assert statuses(session) == {child.pk: "present"}

    def test_only_refused_marks_leave_the_session_without_marks(self, session, coordinator, now):
        self.record(session, coordinator, now, MarkInput(uuid.uuid4(), uuid.uuid4(), "late", now))
        session.refresh_from_db()
        assert not session.has_marks

    def test_an_empty_batch_is_nothing(self, session, coordinator, now):
        assert self.record(session, coordinator, now) == []

    def test_another_hubs_coordinator_may_not(self, session, child, now):
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        with pytest.raises(PermissionDenied):
            self.record(session, stranger, now, mark(child, "present", now))
        assert MarkOperation.objects.count() == 0

    def test_trust_staff_mark_anybody_and_the_hub_may_then_correct_it(
        self, session, coordinator, now
    ):
        elsewhere = make_participant(hub=make_hub())
        staff = make_user(Role.TRUST_STAFF)
        assert self.record(session, staff, now, mark(elsewhere, "present", now)) == ["applied"]
        later = mark(elsewhere, "absent", now + MINUTE)
        assert self.record(session, coordinator, now, later) == ["applied"]

    def test_thirty_marks_cost_the_queries_of_three(self, session, coordinator, now):
        people = [make_participant(hub=session.activity.hub) for _ in range(33)]
        costs = []
        for group in (people[:3], people[3:]):
            by = User.objects.get(pk=coordinator.pk)
            with CaptureQueriesContext(connection) as queries:
                self.record(session, by, now, *(mark(p, "present", now) for p in group))
            costs.append(len(queries))
        assert costs == [16, 16]
        assert len(statuses(session)) == 33


class TestMergedRecords:
    def test_a_mark_goes_to_the_root(self, session, coordinator, child, now):
        double = make_participant(hub=session.activity.hub, merged_into=child)
        operation = mark(double, "present", now)
        results = record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert results[0].outcome is Outcome.APPLIED
        assert statuses(session) == {child.pk: "present"}
        assert MarkOperation.objects.get().participant == double

    def test_a_mark_sent_before_merging_is_known_after_it(self, session, coordinator, child, now):
        double = make_participant(hub=session.activity.hub)
        operation = mark(double, "present", now)
        record_marks(session=session, operations=[operation], by=coordinator, now=now)
        Participant.objects.filter(pk=double.pk).update(merged_into=child)
        again = record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert again[0].outcome is Outcome.KNOWN

    def test_what_stood_before_merging_still_beats_an_older_mark(
        self, session, coordinator, child, now
    ):
        """The standing operation moves to the root's attendance: one operation, one attendance."""
        double = make_participant(hub=session.activity.hub)
        record_marks(
            session=session, operations=[mark(double, "absent", now)], by=coordinator, now=now
        )
        Participant.objects.filter(pk=double.pk).update(merged_into=child)
        older = mark(child, "present", now - MINUTE)
        record_marks(session=session, operations=[older], by=coordinator, now=now)
        assert statuses(session) == {child.pk: "absent"}

    def test_the_root_is_reached_through_a_record_of_my_hub(self, session, coordinator, now):
        root = make_participant(hub=make_hub())
        double = make_participant(hub=session.activity.hub, merged_into=root)
        record_marks(
            session=session, operations=[mark(double, "late", now)], by=coordinator, now=now
        )
        assert statuses(session) == {root.pk: "late"}

    def test_a_root_registered_elsewhere_is_marked_as_the_register_lists_it(
        self, session, coordinator, now
    ):
        """The page knows the person by the root's id, the hub by the merged record."""
        root = make_participant(hub=make_hub())
        make_participant(hub=session.activity.hub, merged_into=root)
        results = record_marks(
            session=session, operations=[mark(root, "late", now)], by=coordinator, now=now
        )
        assert results[0].outcome is Outcome.APPLIED
        assert statuses(session) == {root.pk: "late"}


class TestBulkHistory:
    """Attendances that came from another system's history have no operation."""

    @pytest.mark.parametrize(("minutes", "status"), [(-1, "present"), (0, "absent"), (1, "absent")])
    def test_gives_way_to_marks_not_older(self, session, coordinator, now, minutes, status):
        child = make_attendance(session, make_participant(hub=session.activity.hub), marked_at=now)
        child = child.participant
        operation = mark(child, "absent", now + minutes * MINUTE)
        results = record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert results[0].outcome == ("applied" if status == "absent" else "superseded")
        assert statuses(session) == {child.pk: status}

    def test_can_be_taken_back(self, session, coordinator, child, now):
        make_attendance(session, child, marked_at=now)
        operation = mark(child, CLEARED, now + MINUTE)
        record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert statuses(session) == {}

    @pytest.fixture
    def double(self, session, child, now) -> Participant:
        """Merged into the child; both came in bulk to the session, the double's mark later."""
        double = make_participant(hub=session.activity.hub, merged_into=child)
        make_attendance(session, child, status="absent", marked_at=now - 2 * MINUTE)
        make_attendance(
            session, double, status="late", marked_at=now, arrived_at=now, role="volunteer"
        )
        return double

    @pytest.mark.parametrize("status", ["absent", "present", CLEARED])
    def test_of_merged_records_gives_way_as_one(self, session, coordinator, child, double, status):
        at = session.attendances.get(participant=double).marked_at
        operation = mark(child, status, at)
        record_marks(session=session, operations=[operation], by=coordinator, now=at)
        assert statuses(session) == ({} if status == CLEARED else {child.pk: status})

    def test_of_merged_records_is_folded_into_the_root_and_beats_an_older_mark(
        self, session, coordinator, child, double, now
    ):
        operation = mark(double, "present", now - MINUTE)
        record_marks(session=session, operations=[operation], by=coordinator, now=now)
        folded = session.attendances.get()
        assert (folded.participant, folded.status, folded.role) == (child, "late", "volunteer")
        assert (folded.marked_at, folded.arrived_at, folded.operation) == (now, now, None)
        record_marks(
            session=session, operations=[mark(child, CLEARED, now)], by=coordinator, now=now
        )
        assert statuses(session) == {}

    def test_of_other_people_is_left_alone(self, session, coordinator, child, double, now):
        root = make_participant()
        other = make_participant(merged_into=root)
        make_attendance(session, other, marked_at=now)
        operation = mark(child, CLEARED, now)
        record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert statuses(session) == {other.pk: "present"}


# --- Properties ------------------------------------------------------------------------------

PEOPLE = 4
drawn_mark = st.tuples(
    st.uuids(),
    st.integers(0, PEOPLE - 1),
    st.sampled_from(OPERATION_STATUSES),
    st.sampled_from(AttendanceRole.values),
    st.integers(-3, 3),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Any], list[list[Any]]]:
    """Marks with different ids, and batches that bring each at least once, in any order."""
    marks = draw(st.lists(drawn_mark, max_size=12, unique_by=lambda mark: mark[0]))
    again = draw(st.lists(st.sampled_from(marks), max_size=8)) if marks else []
    order = draw(st.permutations(marks + again))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    edges = [0, *cuts, len(order)]
    return marks, [order[a:b] for a, b in itertools.pairwise(edges)]


def model(marks: list[Any]) -> dict[int, tuple[str, str]]:
    """What attendances must be, in plain Python."""
    latest: dict[int, Any] = {}
    for mark_ in marks:
        person = mark_[1]
        if person not in latest or (mark_[4], mark_[0]) > (latest[person][4], latest[person][0]):
            latest[person] = mark_
    return {
        person: (status, role)
        for person, (_, _, status, role, _) in latest.items()
        if status != CLEARED
    }


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(delivery=deliveries())
def test_any_order_duplication_and_batching_ends_the_same(delivery, django_db_blocker):
    marks, batches = delivery
    now = dt.datetime(2019, 5, 14, 17, tzinfo=dt.UTC)
    hub = make_hub()
    session = make_session(activity=make_activity(hub=hub))
    by = make_user(Role.COORDINATOR, hubs=(hub,))
    people = [make_participant(hub=hub) for _ in range(PEOPLE)]
    # The same drawn ids come again in the next example: keep them apart.
    salt = uuid.uuid4().int
    for batch in batches:
        operations = [
            MarkInput(
                UUID(int=id_.int ^ (salt & ((1 << 64) - 1))),
                people[person].pk,
                status,
                now + at * MINUTE,
                role,
            )
            for id_, person, status, role, at in batch
        ]
        results = record_marks(session=session, operations=operations, by=by, now=now)
        assert all(result.outcome is not Outcome.REFUSED for result in results)
    expected = model(
        [(UUID(int=i.int ^ (salt & ((1 << 64) - 1))), p, s, r, a) for i, p, s, r, a in marks]
    )
    actual = {
        person: (status, role)
        for person, status, role in session.attendances.values_list("participant", "status", "role")
    }
    assert actual == {people[person].pk: value for person, value in expected.items()}
    assert MarkOperation.objects.filter(session=session).count() == len(marks)


def in_threads(*acts: Any) -> list[Any]:
    """Run acts at once, each on a connection of its own; return what they returned or raised."""
    ready = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            ready.wait(10)
            outcomes[place] = acts[place]()
        except Exception as error:  # noqa: BLE001
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_devices_marking_at_once_lose_nothing(self, now):
        """Real transactions: each device sends its own marks and some of the others', shuffled."""
        hub = make_hub()
        session = make_session(activity=make_activity(hub=hub))
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        people = [make_participant(hub=hub) for _ in range(6)]
        marks = [
            mark(person, ("present", "absent", "late")[step % 3], now + step * MINUTE / 10)
            for step in range(10)
            for person in people
        ]

        def device(batches: list[list[MarkInput]]) -> Any:
            return lambda: [
                record_marks(session=session, operations=batch, by=by, now=now) for batch in batches
            ]

        forward = [marks[i : i + 5] for i in range(0, 60, 5)]
        backward = [marks[i : i + 7][::-1] for i in range(0, 60, 7)][::-1]
        outcomes = in_threads(device(forward), device(backward), device(forward[::-1]))
        results = [result for outcome in outcomes for batch in outcome for result in batch]
        assert [result for result in results if result.outcome is Outcome.REFUSED] == []
        assert sum(result.outcome is not Outcome.KNOWN for result in results) == 60
        assert set(session.attendances.values_list("status", "marked_at")) == {
            ("present", now + 9 * MINUTE / 10)
        }
        assert session.attendances.count() == 6

    def test_one_id_for_two_sessions_at_once_is_taken_once(self, now):
        hub = make_hub()
        first, second = (make_session(activity=make_activity(hub=hub)) for _ in range(2))
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        operation = mark(make_participant(hub=hub), "present", now)
        outcomes = in_threads(
            *(
                lambda session=session: record_marks(
                    session=session, operations=[operation], by=by, now=now
                )
                for session in (first, second)
            )
        )
        assert sorted(outcome[0].outcome.value for outcome in outcomes) == ["applied", "refused"]
        assert Attendance.objects.count() == 1

    def test_one_walk_in_sent_twice_at_once_is_one_person(self, now):
        hub = make_hub()
        session = make_session(activity=make_activity(hub=hub))
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        person_id = uuid.uuid4()

        def add() -> Participant:
            return add_walk_in(
                session=session,
                participant_id=person_id,
                given_name="Sample",
                year_group=5,
                by=by,
                now=now,
            )

        assert [outcome.pk for outcome in in_threads(add, add)] == [person_id, person_id]
        assert Participant.objects.count() == 1
        assert statuses(session) == {person_id: "present"}


class TestSaveRegister:
    def test_sent_twice_it_is_saved_once(self, session, coordinator, child, now):
        nonce = uuid.uuid4()
        for moment in (now, now + MINUTE):
            results = save_register(
                session=session,
                statuses={child.pk: "late"},
                nonce=nonce,
                by=coordinator,
                now=moment,
            )
        assert results == []
        operation = MarkOperation.objects.get()
        assert (operation.marked_at, operation.device) == (now, f"form:{nonce}")

    def save(self, session: Session, by: User, now: dt.datetime, **fields: Any) -> None:
        save_register(**{"session": session, "by": by, "now": now} | fields)

    def test_of_choices_on_one_page_the_last_counts(self, session, coordinator, child, now):
        """Going back to the same page brings the same nonce."""
        nonce = uuid.uuid4()
        for step, status in enumerate(("present", "absent", "present", "absent", "absent")):
            moment = now + step * MINUTE
            self.save(session, coordinator, moment, statuses={child.pk: status}, nonce=nonce)
            assert statuses(session) == {child.pk: status}
        assert MarkOperation.objects.count() == 4

    @pytest.mark.parametrize("status", ["absent", CLEARED])
    def test_sent_again_it_leaves_what_another_device_marked_since(
        self, session, coordinator, child, now, status
    ):
        page = {"statuses": {child.pk: "present"}, "nonce": uuid.uuid4()}
        self.save(session, coordinator, now, **page)
        since = mark(child, status, now + MINUTE)
        record_marks(session=session, operations=[since], by=coordinator, now=now)
        self.save(session, coordinator, now + 2 * MINUTE, **page)
        assert statuses(session) == ({} if status == CLEARED else {child.pk: status})

    def test_the_rest_are_only_those_whom_nobody_has_marked(self, session, coordinator, child, now):
        other = make_participant(hub=session.activity.hub)
        record_marks(
            session=session, operations=[mark(child, "absent", now)], by=coordinator, now=now
        )
        save_register(
            session=session,
            statuses={},
            rest=[child.pk, other.pk],
            nonce=uuid.uuid4(),
            by=coordinator,
            now=now + MINUTE,
        )
        assert statuses(session) == {child.pk: "absent", other.pk: "present"}

    def test_it_follows_a_mark_of_a_fast_clock_and_keeps_its_role(
        self, session, coordinator, child, now
    ):
        fast = mark(child, "absent", now + 4 * MINUTE, role="volunteer")
        record_marks(session=session, operations=[fast], by=coordinator, now=now)
        save_register(
            session=session,
            statuses={child.pk: "present"},
            nonce=uuid.uuid4(),
            by=coordinator,
            now=now,
        )
        attendance = Attendance.objects.get()
        assert (attendance.status, attendance.role) == ("present", "volunteer")


class TestWalkIn:
    def add(self, session: Session, by: User, now: dt.datetime, **fields: Any) -> Participant:
        return add_walk_in(
            **{
                "session": session,
                "participant_id": UUID(int=7),
                "given_name": "Sample",
                "family_name": "",
                "year_group": 6,
                "by": by,
                "now": now,
            }
            | fields
        )

    def test_is_an_incomplete_record_registered_and_present(self, session, coordinator, now):
        person = self.add(session, coordinator, now)
        assert (person.pk, person.given_name, person.year_group) == (UUID(int=7), "Sample", 6)
        assert not person.is_complete
        assert Registration.objects.get().hub == session.activity.hub
        assert statuses(session) == {person.pk: "present"}
        session.refresh_from_db()
        assert session.has_marks
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id, entry.reason) == ("participant.created", person.pk, "")
        assert entry.actor_id == coordinator.pk

    def test_sent_again_is_the_same_person(self, session, coordinator, now):
        self.add(session, coordinator, now)
        assert self.add(session, coordinator, now + MINUTE).pk == UUID(int=7)
        assert Participant.objects.count() == 1
        assert MarkOperation.objects.count() == 1
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize(
        "fields", [{"given_name": "Other"}, {"family_name": "P"}, {"year_group": None}], ids=str
    )
    def test_the_same_id_with_other_content_is_refused(self, session, coordinator, now, fields):
        self.add(session, coordinator, now)
        with pytest.raises(RegisterError, match="other details"):
            self.add(session, coordinator, now, **fields)

    def test_an_id_of_somebody_elsewhere_is_refused_and_gives_no_access(
        self, session, coordinator, now
    ):
        elsewhere = make_participant(
            hub=make_hub(), id=UUID(int=7), given_name="Sample", family_name="", year_group=6
        )
        with pytest.raises(RegisterError):
            self.add(session, coordinator, now)
        assert elsewhere.registrations.count() == 1
        assert statuses(session) == {}

    def test_a_cancelled_session_has_none(self, session, coordinator, now):
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            self.add(session, coordinator, now)
        assert Participant.objects.count() == 0

    def test_nobody_came_long_before_the_session(self, session, coordinator):
        opens = session.starts_at - 30 * MINUTE
        with pytest.raises(RegisterError, match="from 30 minutes before"):
            self.add(session, coordinator, opens - dt.timedelta.resolution)
        assert Participant.objects.count() == 0
        assert self.add(session, coordinator, opens).pk == UUID(int=7)

    def test_a_citywide_session_registers_nowhere(self, db, now):
        session = make_session(activity=make_activity(hub=None))
        self.add(session, make_user(Role.TRUST_STAFF), now)
        assert Registration.objects.count() == 0
        assert statuses(session) == {UUID(int=7): "present"}

    def test_another_hubs_coordinator_may_not(self, session, now):
        with pytest.raises(PermissionDenied):
            self.add(session, make_user(Role.COORDINATOR, hubs=(make_hub(),)), now)


class TestHeadCount:
    def test_a_later_count_replaces_the_earlier_of_its_group(self, session, coordinator, now):
        for group, people, method in (
            (HeadCountGroup.AUDIENCE, 90, CountMethod.ESTIMATED),
            (HeadCountGroup.AUDIENCE, 87, CountMethod.COUNTED),
            (HeadCountGroup.ARTISTS, 3, CountMethod.COUNTED),
        ):
            record_head_count(
                session=session, group=group, people=people, method=method, by=coordinator, now=now
            )
        counts = set(HeadCount.objects.values_list("group", "people", "method", "counted_by"))
        assert counts == {
            ("audience", 87, "counted", coordinator.pk),
            ("artists", 3, "counted", coordinator.pk),
        }

    def test_not_early_nor_at_a_cancelled_session_nor_by_a_stranger(
        self, session, coordinator, now
    ):
        fields = {
            "session": session,
            "group": HeadCountGroup.AUDIENCE,
            "people": 1,
            "method": CountMethod.COUNTED,
            "now": now,
        }
        with pytest.raises(PermissionDenied):
            record_head_count(**fields, by=make_user(Role.HUB_LEAD, hubs=(make_hub(),)))
        early = session.starts_at - 30 * MINUTE - dt.timedelta.resolution
        with pytest.raises(RegisterError, match="from 30 minutes before"):
            record_head_count(**fields | {"now": early}, by=coordinator)
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            record_head_count(**fields, by=coordinator)
        assert HeadCount.objects.count() == 0


class TestCloseRegister:
    def close(self, session: Session, by: User, now: dt.datetime) -> Session:
        return close_register(session=session, by=by, now=now)

    def test_the_first_time_stays(self, session, coordinator, now):
        self.close(session, coordinator, now)
        assert self.close(session, coordinator, now + MINUTE).register_taken_at == now

    def test_not_long_before_the_session(self, session, coordinator):
        half_an_hour_before = session.starts_at - 30 * MINUTE
        with pytest.raises(RegisterError, match="half an hour"):
            self.close(session, coordinator, half_an_hour_before - MINUTE)
        assert self.close(session, coordinator, half_an_hour_before).register_taken_at

    def test_not_of_a_cancelled_session_nor_by_a_stranger(self, session, coordinator, now):
        with pytest.raises(PermissionDenied):
            self.close(session, make_user(Role.EVALUATOR, hubs=(session.activity.hub,)), now)
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            self.close(session, coordinator, now)
