from __future__ import annotations

import datetime as dt
import uuid
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from activities.models import Session
from participants.models import (
    CLEARED,
    Attendance,
    AttendanceRole,
    MarkOperation,
    Participant,
)
from participants.queries.marks import current_marks
from participants.services.marks import MarkInput, Outcome, record_marks
from tests.factories import (
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.services.helpers import MINUTE, mark, statuses


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
        day = session.starts_at
        results = record_marks(
            session=session,
            operations=[
                mark(child, "here", now),
                mark(child, "", now),
                mark(child, "present", now, role="owner"),
                mark(child, "present", now, device="x" * 65),
                mark(child, "present", now, clock_offset=2**31),
                mark(child, "present", now.replace(tzinfo=None)),
                mark(child, "present", now, arrived_at=day + MINUTE, left_at=day),
                mark(child, "present", now, arrived_at=day - dt.timedelta(hours=25)),
                mark(child, "absent", now, arrived_at=day),
                mark(child, "present", dt.datetime(2017, 12, 31, tzinfo=dt.UTC)),
                mark(child, "excused", now),
            ],
            by=coordinator,
            now=now,
        )
        unknown = "This is not a mark that a register knows."
        times = (
            "In and out times must be of this session's day, in this order, of somebody who came."
        )
        held = "The device's clock was wrong. It waits until somebody looks at it."
        assert [result.reason for result in results] == [
            *[unknown] * 5,
            "The time has no offset from UTC.",
            *[times] * 3,
            held,
            "",
        ]
        assert [result.outcome for result in results] == [
            *[Outcome.REFUSED] * 9,
            Outcome.HELD,
            Outcome.APPLIED,
        ]
        assert statuses(session) == {child.pk: "excused"}
        assert MarkOperation.objects.count() == 2

    def test_in_and_out_times_go_with_the_mark_and_leave_with_the_next(
        self, session, coordinator, child, now
    ):
        arrived, left = session.starts_at + 10 * MINUTE, session.starts_at + 50 * MINUTE
        timed = mark(child, "late", now, arrived_at=arrived, left_at=left)
        self.record(session, coordinator, now, timed, timed)
        kept = Attendance.objects.get()
        assert (kept.arrived_at, kept.left_at) == (arrived, left)
        self.record(session, coordinator, now, mark(child, "late", now + MINUTE))
        kept.refresh_from_db()
        assert (kept.arrived_at, kept.left_at) == (None, None)

    def test_clocks_at_the_edges_are_taken(self, session, coordinator, child, now):
        marks = [
            mark(child, "present", now + dt.timedelta(minutes=5)),
            mark(child, "excused", session.starts_at - dt.timedelta(weeks=4)),
        ]
        assert self.record(session, coordinator, now, *marks) == ["applied", "superseded"]

    @pytest.mark.parametrize("status", ["absent", "excused", CLEARED])
    def test_who_will_not_come_may_be_known_weeks_before(self, session, coordinator, child, status):
        early = session.starts_at - dt.timedelta(weeks=4)
        assert self.record(session, coordinator, early, mark(child, status, early)) == ["applied"]

    def test_only_held_marks_leave_the_session_without_marks(self, session, coordinator, now):
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
        assert costs[0] == costs[1] <= 20
        assert len(statuses(session)) == 33


class TestMergedRecords:
    def test_a_mark_goes_to_the_root(self, session, coordinator, child, now):
        double = make_participant(hub=session.activity.hub, merged_into=child)
        operation = mark(double, "present", now)
        results = record_marks(session=session, operations=[operation], by=coordinator, now=now)
        assert results[0].outcome is Outcome.APPLIED
        assert statuses(session) == {child.pk: "present"}
        kept = MarkOperation.objects.get()
        # A merge may be undone: then the mark is the double's again.
        assert (kept.person_id, kept.participant) == (double.pk, double)

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
        stands = {root: mark.status for root, mark in current_marks(session).items()}
        assert stands == ({} if status == CLEARED else {child.pk: status})
        # What came in bulk stays with the record it came for, unless it was taken back.
        kept = session.attendances.filter(participant=double).values_list("status", flat=True)
        assert list(kept) == ([] if status == CLEARED else ["late"])

    def test_of_merged_records_beats_an_older_mark_where_it_is(
        self, session, coordinator, child, double, now
    ):
        operation = mark(double, "present", now - MINUTE)
        record_marks(session=session, operations=[operation], by=coordinator, now=now)
        stands = current_marks(session)[child.pk]
        assert (stands.participant, stands.status, stands.role) == (double, "late", "volunteer")
        assert (stands.marked_at, stands.arrived_at, stands.operation) == (now, now, None)
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
        assert statuses(session) == {root.pk: "present"}
        assert session.attendances.get().participant == other
