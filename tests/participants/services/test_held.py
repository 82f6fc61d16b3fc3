"""Marks that cannot apply yet: kept, shown, and applied or settled later."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, Role
from activities.models import Session
from activities.services.standing import cancel_session, restore_session
from hubs.models import HubMembership
from participants.models import MarkOperation, Participant, Registration, SealedWalkIn
from participants.sealing import public_key
from participants.services.errors import RegisterError
from participants.services.held import release_held, set_aside_walk_in, settle_mark
from participants.services.judging import Window
from participants.services.marks import MarkInput, record_marks
from participants.services.syncing import Batch, receive
from participants.services.walk_ins import WalkInInput, add_walk_in
from tests.factories import (
    make_activity,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.envelopes import seal
from tests.participants.services.helpers import MINUTE, mark, statuses

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def held_for(session, by, now, *marks, **fields):
    results = record_marks(session=session, operations=marks, by=by, now=now, **fields)
    return [(result.outcome.value, result.held_for) for result in results]


class TestWhatIsHeld:
    def test_a_person_nobody_knows_yet_and_one_of_elsewhere_read_the_same(
        self, session, coordinator, now
    ):
        elsewhere = make_participant(hub=make_hub())
        unknown = MarkInput(uuid.uuid4(), uuid.uuid4(), "present", now)
        marks = [unknown, mark(elsewhere, "present", now)]
        results = record_marks(session=session, operations=marks, by=coordinator, now=now)
        assert {(result.outcome.value, result.held_for, result.reason) for result in results} == {
            ("held", "person", "Nobody is known by this id at your hubs yet. It waits.")
        }
        assert statuses(session) == {}
        assert held_for(session, coordinator, now, *marks) == [("known", "person")] * 2

    @pytest.mark.parametrize("status", ["present", "late", "left_early"])
    def test_that_somebody_came_long_before_the_session(self, session, coordinator, child, status):
        opens = session.starts_at - 30 * MINUTE
        early = opens - dt.timedelta.resolution
        assert held_for(session, coordinator, early, mark(child, status, early)) == [
            ("held", "early")
        ]
        fast_clock = mark(child, status, opens)
        assert held_for(session, coordinator, early, fast_clock) == [("held", "early")]
        assert held_for(session, coordinator, opens, mark(child, status, early)) == [
            ("held", "early")
        ]
        assert statuses(session) == {}
        assert held_for(session, coordinator, opens, mark(child, status, opens)) == [
            ("applied", "")
        ]

    def test_clocks_that_are_wrong(self, session, coordinator, child, now):
        marks = [
            mark(child, "present", now + 5 * MINUTE + dt.timedelta.resolution),
            mark(child, "excused", session.starts_at - dt.timedelta(weeks=4, microseconds=1)),
        ]
        assert held_for(session, coordinator, now, *marks) == [("held", "clock")] * 2

    def test_a_pass_covers_what_was_taken_while_it_was_good(self, session, coordinator, child, now):
        window = Window(now - 12 * HOUR, now)
        times = [now - 12 * HOUR - 5 * MINUTE, now - 12 * HOUR - 6 * MINUTE, now]
        marks = [mark(child, "excused", at) for at in times]
        outcomes = held_for(session, coordinator, now + DAY, *marks, window=window)
        assert outcomes == [("superseded", ""), ("held", "time"), ("applied", "")]

    def test_the_log_of_a_mark_that_arrives_in_another_hand(self, session, coordinator, child, now):
        other = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        record_marks(
            session=session,
            operations=[mark(child, "present", now, clock_offset=-1500)],
            by=coordinator,
            sent_by=other,
            now=now + HOUR,
        )
        kept = MarkOperation.objects.get()
        assert (kept.marked_by, kept.sent_by) == (coordinator, other)
        assert (kept.marked_at, kept.received_at) == (now, now + HOUR)
        assert kept.clock_offset == -1500


class TestRightsAreThoseOfTheTime:
    @pytest.fixture
    def left(self, coordinator, now):
        """The coordinator stopped working at the hub at this moment."""
        HubMembership.objects.filter(user=coordinator).update(ended_at=now)
        return now

    def test_marks_from_before_leaving_are_taken(self, session, coordinator, child, left):
        before, after = mark(child, "late", left - MINUTE), mark(child, "absent", left)
        outcomes = held_for(session, coordinator, left + HOUR, before, after)
        assert outcomes == [("applied", ""), ("refused", "")]
        assert statuses(session) == {child.pk: "late"}

    def test_an_ended_role_counts_like_an_ended_membership(self, session, coordinator, child, now):
        coordinator.role_grants.update(ended_at=now)
        before, after = mark(child, "late", now - MINUTE), mark(child, "absent", now)
        outcomes = held_for(session, coordinator, now + HOUR, before, after)
        assert outcomes == [("applied", ""), ("refused", "")]

    def test_long_after_leaving_somebody_has_to_look(self, session, coordinator, child, left):
        before = mark(child, "late", left - MINUTE)
        two_weeks = left - MINUTE + 14 * DAY
        assert held_for(session, coordinator, two_weeks + MINUTE, before) == [("held", "late")]
        other = mark(child, "absent", left - MINUTE)
        assert held_for(session, coordinator, two_weeks, other) == [("applied", "")]

    def test_before_one_began_to_work_there(self, session, child, now):
        newcomer = make_user(Role.COORDINATOR)
        HubMembership.objects.create(user=newcomer, hub=session.activity.hub, started_at=now)
        marks = [mark(child, "late", now - MINUTE), mark(child, "late", now)]
        assert held_for(session, newcomer, now, *marks) == [("refused", ""), ("applied", "")]

    def test_of_a_wrong_clock_todays_right_decides(self, session, coordinator, child, left):
        ancient = mark(child, "late", left - 60 * DAY)
        assert held_for(session, coordinator, left + HOUR, ancient) == [("refused", "")]

    def test_people_of_hubs_one_worked_at_then(self, session, coordinator, now):
        other_hub = make_hub()
        HubMembership.objects.create(
            user=coordinator, hub=other_hub, started_at=now - 9 * DAY, ended_at=now
        )
        marks = [
            mark(make_participant(hub=other_hub), "present", now - MINUTE),
            mark(make_participant(hub=other_hub), "present", now),
        ]
        outcomes = held_for(session, coordinator, now, *marks)
        assert outcomes == [("applied", ""), ("held", "person")]

    def test_who_never_worked_there_is_a_stranger(self, session, child, now):
        for user in (
            make_user(Role.COORDINATOR, hubs=(make_hub(),)),
            make_user(Role.EVALUATOR, hubs=(session.activity.hub,)),
            make_user(Role.COORDINATOR),
        ):
            with pytest.raises(PermissionDenied):
                held_for(session, user, now, mark(child, "present", now))
        assert not MarkOperation.objects.exists()

    def test_the_whole_city_is_for_who_keeps_every_register(self, child, now):
        citywide = make_session(activity=make_activity(hub=None))
        staff, coordinator = make_user(Role.TRUST_STAFF), make_user(Role.COORDINATOR)
        operation = mark(child, "present", now)
        with pytest.raises(PermissionDenied):
            held_for(citywide, coordinator, now, operation)
        assert held_for(citywide, staff, now, operation) == [("applied", "")]


class TestRelease:
    def test_the_walk_in_arrives_after_its_marks(self, session, coordinator, now):
        person = uuid.uuid4()
        later = MarkInput(uuid.uuid4(), person, "left_early", now + MINUTE)
        assert held_for(session, coordinator, now + MINUTE, later) == [("held", "person")]
        add_walk_in(
            session=session,
            participant_id=person,
            given_name="Sample",
            year_group=None,
            by=coordinator,
            now=now,
        )
        assert statuses(session) == {person: "left_early"}
        assert not MarkOperation.objects.held().exists()

    def test_the_walk_in_of_an_earlier_session_arrives_after_the_marks_of_a_later_one(
        self, session, coordinator, now, django_capture_on_commit_callbacks
    ):
        """No mark of the later session has to come for that."""
        person = uuid.uuid4()
        later = make_session(activity=session.activity, starts_at=now)
        operation = MarkInput(uuid.uuid4(), person, "late", now)
        assert held_for(later, coordinator, now, operation) == [("held", "person")]
        sealed = seal({"given_name": "Sample"}, f"{session.pk}/{person}", public_key())
        batch = Batch(walk_ins=[WalkInInput(person, now, sealed)])
        with django_capture_on_commit_callbacks(execute=True):
            receive(session=session, batch=batch, by=coordinator, now=now)
        assert statuses(session) == {person: "present"}
        assert statuses(later) == {person: "late"}
        later.refresh_from_db()
        assert later.has_marks

    def test_one_that_is_added_on_the_page_is_known_on_every_register(
        self, session, coordinator, now, django_capture_on_commit_callbacks
    ):
        person = uuid.uuid4()
        later = make_session(activity=session.activity, starts_at=now)
        held_for(later, coordinator, now, MarkInput(uuid.uuid4(), person, "late", now))
        details = {"given_name": "Sample", "year_group": None}
        with django_capture_on_commit_callbacks(execute=True):
            add_walk_in(session=session, participant_id=person, by=coordinator, now=now, **details)
        assert statuses(later) == {person: "late"}

    def test_somebody_is_registered_at_the_hub_meanwhile(self, session, coordinator, now):
        person = make_participant(hub=make_hub())
        held_for(session, coordinator, now, mark(person, "late", now))
        assert release_held(session=session) == 0
        Registration.objects.create(participant=person, hub=session.activity.hub)
        assert release_held(session=session) == 1
        assert statuses(session) == {person.pk: "late"}
        session.refresh_from_db()
        assert session.has_marks

    def test_somebody_else_marks_the_person_here(self, session, coordinator, now):
        """Whoever comes first, the same marks stand in the end."""
        person = make_participant(hub=make_hub())
        staff = make_user(Role.TRUST_STAFF)
        held_for(session, coordinator, now, mark(person, "late", now))
        assert held_for(session, staff, now, mark(person, "present", now - MINUTE)) == [
            ("superseded", "")
        ]
        assert statuses(session) == {person.pk: "late"}

    def test_a_cancelled_session_holds_and_lets_go_when_it_is_on_after_all(
        self, session, coordinator, child, now
    ):
        before = mark(child, "present", now - MINUTE)
        assert held_for(session, coordinator, now, before) == [("applied", "")]
        Session.objects.filter(pk=session.pk).update(ends_at=now + DAY)
        cancel_session(by=coordinator, session=session, reason="Flood.", now=now)
        since = mark(child, "late", now)
        assert held_for(session, coordinator, now, before, since) == [
            ("known", ""),
            ("held", "cancelled"),
        ]
        assert statuses(session) == {child.pk: "present"}
        assert release_held(session=session) == 0
        restore_session(by=coordinator, session=session, now=now)
        assert statuses(session) == {child.pk: "late"}

    def test_what_waits_for_a_person_does_not_go_by_itself(self, session, coordinator, child, now):
        held_for(session, coordinator, now, mark(child, "late", now + HOUR))
        assert release_held(session=session) == 0
        assert held_for(session, coordinator, now, mark(child, "present", now)) == [("applied", "")]
        assert statuses(session) == {child.pk: "present"}

    def test_many_waiting_marks_cost_the_queries_of_one(
        self, session, coordinator, now, django_assert_max_num_queries
    ):
        people = [make_participant(hub=make_hub()) for _ in range(12)]
        held_for(session, coordinator, now, *(mark(one, "late", now) for one in people))
        Registration.objects.bulk_create(
            Registration(participant=one, hub=session.activity.hub) for one in people
        )
        with django_assert_max_num_queries(18):
            assert release_held(session=session) == 12
        assert len(statuses(session)) == 12


class TestSettling:
    @pytest.fixture
    def ahead(self, session, coordinator, child, now) -> MarkOperation:
        """Held: the device's clock was an hour ahead."""
        held_for(session, coordinator, now, mark(child, "late", now + HOUR, role="volunteer"))
        return MarkOperation.objects.get()

    def test_used_it_is_said_again_now_by_who_decided(
        self, session, coordinator, child, ahead, now
    ):
        held_for(session, coordinator, now, mark(child, "absent", now + 4 * MINUTE))
        by = make_user(Role.HUB_LEAD, hubs=(session.activity.hub,))
        settle_mark(mark=ahead, use=True, by=by, now=now + MINUTE)
        standing = session.attendances.get()
        assert (standing.status, standing.role) == ("late", "volunteer")
        assert standing.operation.marked_by == by
        ahead.refresh_from_db()
        assert (ahead.held_for, ahead.settled_at, ahead.settled_by) == ("clock", now + MINUTE, by)
        assert ahead.marked_at == now + HOUR
        assert AuditEntry.objects.filter(kind="mark.settled", object_id=ahead.pk).count() == 1

    def test_set_aside_it_counts_for_nothing_and_is_shown_no_more(
        self, session, coordinator, ahead, now
    ):
        settle_mark(mark=ahead, use=False, by=coordinator, now=now)
        assert statuses(session) == {}
        assert not MarkOperation.objects.held().exists()
        assert MarkOperation.objects.applied().count() == 0
        with pytest.raises(RegisterError, match="does not wait any more"):
            settle_mark(mark=ahead, use=True, by=coordinator, now=now)

    def test_it_cannot_be_used_while_it_could_not_be_made(self, session, coordinator, ahead, now):
        Session.objects.filter(pk=session.pk).update(cancelled_at=now)
        with pytest.raises(RegisterError, match=r"It cannot be used now\. The session is canc"):
            settle_mark(mark=ahead, use=True, by=coordinator, now=now)
        assert MarkOperation.objects.held().get() == ahead
        assert MarkOperation.objects.count() == 1

    def test_of_somebody_unknown_it_cannot_be_used(self, session, coordinator, now):
        held_for(session, coordinator, now, MarkInput(uuid.uuid4(), uuid.uuid4(), "late", now))
        with pytest.raises(RegisterError, match="It cannot be used now"):
            settle_mark(mark=MarkOperation.objects.get(), use=True, by=coordinator, now=now)

    def test_strangers_settle_nothing(self, session, ahead, now):
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        walk_in = SealedWalkIn.objects.create(
            pk=uuid.uuid4(),
            session=session,
            sealed={},
            problem="It cannot be opened.",
            marked_at=now,
            taken_by=ahead.marked_by,
        )
        with pytest.raises(PermissionDenied):
            settle_mark(mark=ahead, use=False, by=stranger, now=now)
        with pytest.raises(PermissionDenied):
            set_aside_walk_in(walk_in=walk_in, by=stranger)
        assert SealedWalkIn.objects.count() == 1
        set_aside_walk_in(walk_in=walk_in, by=ahead.marked_by)
        assert SealedWalkIn.objects.count() == 0


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.permutations(range(7)),
    cuts=st.lists(st.integers(0, 7), max_size=3),
    statuses_of=st.lists(st.sampled_from(["present", "late", "absent"]), min_size=6, max_size=6),
)
def test_walk_in_and_marks_in_any_order_end_the_same(order, cuts, statuses_of):
    """Six marks of a walk-in and the walk-in itself, which is number six."""
    now = dt.datetime(2019, 5, 14, 17, tzinfo=dt.UTC)
    hub = make_hub()
    session = make_session(activity=make_activity(hub=hub))
    by = make_user(Role.COORDINATOR, hubs=(hub,))
    person = uuid.uuid4()
    marks = [
        MarkInput(uuid.uuid4(), person, status, now + (place + 1) * MINUTE / 10)
        for place, status in enumerate(statuses_of)
    ]
    for number in order:
        if number == 6:
            add_walk_in(
                session=session,
                participant_id=person,
                given_name="Sample",
                year_group=3,
                by=by,
                now=now,
            )
        else:
            held_for(session, by, now + HOUR, marks[number])
    assert statuses(session) == {person: statuses_of[-1]}
    assert Participant.objects.filter(pk=person).count() == 1
    assert not MarkOperation.objects.held().filter(session=session).exists()
