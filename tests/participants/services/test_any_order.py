from __future__ import annotations

import datetime as dt
import itertools
import threading
import uuid
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from activities.models import Session
from participants.models import (
    CLEARED,
    OPERATION_STATUSES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    Participant,
)
from participants.queries.marks import current_marks
from participants.sealing import public_key
from participants.services.marks import MarkInput, Outcome, record_marks
from participants.services.people import people_known
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
from tests.participants.services.helpers import MINUTE, in_threads, mark, statuses

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

    def test_one_walk_in_at_two_sessions_at_once_is_taken_once(self, now):
        hub = make_hub()
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        person_id = uuid.uuid4()
        details = {"given_name": "Sample", "year_group": 5}

        def bring(session: Session) -> Any:
            sealed = seal(details, f"{session.pk}/{person_id}", public_key())
            batch = Batch(walk_ins=[WalkInInput(person_id, now, sealed)])
            return lambda: receive(session=session, batch=batch, by=by, now=now)

        sessions = [make_session(activity=make_activity(hub=hub)) for _ in range(4)]
        outcomes = [outcome[0].outcome.value for outcome in in_threads(*map(bring, sessions))]
        assert sorted(outcomes) == ["applied", "refused", "refused", "refused"]
        assert Participant.objects.count() == 1

    def test_a_record_that_is_merged_meanwhile_keeps_its_mark(self, now, monkeypatch):
        hub = make_hub()
        session = make_session(activity=make_activity(hub=hub))
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        child, root = (make_participant(hub=hub) for _ in range(2))
        is_known, is_merged = threading.Event(), threading.Event()

        def known_and_then_merged(*args: Any) -> Any:
            """Give the merging time to come between; it may not."""
            known = people_known(*args)
            is_known.set()
            is_merged.wait(1)
            return known

        def merge() -> None:
            is_known.wait(10)
            Participant.objects.filter(pk=child.pk).update(merged_into=root)
            is_merged.set()

        monkeypatch.setattr("participants.services.marks.people_known", known_and_then_merged)
        operations = [mark(child, "late", now)]
        results, _ = in_threads(
            lambda: record_marks(session=session, operations=operations, by=by, now=now), merge
        )
        assert [result.outcome for result in results] == [Outcome.APPLIED]
        assert is_merged.is_set()
        (standing,) = current_marks(session).items()
        assert (standing[0], standing[1].status) == (root.pk, "late")

    def test_120_check_ins_from_four_devices_in_one_session_all_stand(self, now):
        """Each device checks 30 people in, one tap a request, all at once."""
        hub = make_hub()
        session = make_session(activity=make_activity(hub=hub))
        by = make_user(Role.COORDINATOR, hubs=(hub,))
        people = [make_participant(hub=hub) for _ in range(120)]

        def device(number: int) -> Any:
            mine = people[number::4]
            return lambda: [
                record_marks(
                    session=session,
                    operations=[mark(person, "present", now, device=f"phone-{number}")],
                    by=by,
                    now=now,
                )[0].outcome
                for person in mine
            ]

        outcomes = in_threads(*(device(number) for number in range(4)))
        assert [set(each) for each in outcomes] == [{Outcome.APPLIED}] * 4
        assert statuses(session) == {person.pk: "present" for person in people}
        assert MarkOperation.objects.filter(session=session).count() == 120
