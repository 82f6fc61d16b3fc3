"""What a device brings back: walk-ins, marks, closings and counts in one batch."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, Role, User
from activities.models import HeadCount, Session
from hubs.models import HubMembership
from participants.models import (
    MarkOperation,
    Participant,
    RegisterEvent,
    SealedWalkIn,
)
from participants.sealing import public_key
from participants.services.errors import RegisterError
from participants.services.marks import MarkInput
from participants.services.register import (
    ClosingInput,
    CountInput,
    close_register,
    reopen_register,
)
from participants.services.syncing import Batch, receive
from participants.services.walk_ins import WalkInInput, add_walk_in, remove_walk_in
from tests.factories import make_hub, make_participant, make_session, make_user
from tests.participants.envelopes import seal
from tests.participants.services.helpers import MINUTE, mark, statuses

DETAILS = {"given_name": "Sample", "family_name": "", "year_group": 7}


@pytest.fixture
def bring(session: Session, coordinator: User, now: dt.datetime) -> Any:
    def bring_(at: dt.datetime = now, by: User = coordinator, **lists: Any) -> list[tuple]:
        results = receive(session=session, batch=Batch(**lists), by=by, now=at)
        return [(result.outcome.value, result.held_for) for result in results]

    return bring_


def walk_in(session: Session, at: dt.datetime, person: UUID, details: Any = None) -> WalkInInput:
    sealed = seal(details or DETAILS, f"{session.pk}/{person}", public_key())
    return WalkInInput(person, at, sealed, device="phone-1", clock_offset=90)


class TestWalkIns:
    def test_one_arrives_with_its_marks(self, session, coordinator, bring, now):
        person = uuid.uuid4()
        later = MarkInput(uuid.uuid4(), person, "left_early", now + MINUTE)
        came = walk_in(session, now, person)
        outcomes = bring(now + MINUTE, marks=[later], walk_ins=[came])
        assert outcomes == [("applied", ""), ("superseded", "")]
        known = Participant.objects.get()
        assert (known.pk, known.given_name, known.year_group) == (person, "Sample", 7)
        assert not known.is_complete
        assert known.created_at == now
        assert known.registrations.get().hub == session.activity.hub
        assert statuses(session) == {person: "left_early"}
        kept = MarkOperation.objects.get(device="phone-1")
        assert (kept.marked_at, kept.clock_offset) == (now, 90)
        assert AuditEntry.objects.filter(kind="participant.created", object_id=person).count() == 1

    def test_sent_again_in_another_envelope_it_is_known(self, session, bring, now):
        person = uuid.uuid4()
        assert bring(walk_ins=[walk_in(session, now, person)]) == [("applied", "")]
        Participant.objects.update(given_name="Put right")
        assert bring(walk_ins=[walk_in(session, now, person)]) == [("known", "")]
        assert Participant.objects.get().given_name == "Put right"

    def test_one_that_the_page_sent_before_the_connection_went_is_known(
        self, session, coordinator, bring, now
    ):
        person = uuid.uuid4()
        details = {"given_name": "Sample", "year_group": 7}
        add_walk_in(session=session, participant_id=person, by=coordinator, now=now, **details)
        typed = walk_in(session, now - MINUTE, person)
        assert bring(now + MINUTE, walk_ins=[typed]) == [("known", "")]
        assert statuses(session) == {person: "present"}
        assert MarkOperation.objects.get().marked_at == now

    @pytest.mark.parametrize("rest", ["\\ud800", "\\u0000"])
    def test_what_is_no_letter_is_left_out_of_a_name(self, session, bring, now, rest):
        inside = f'{{"given_name": "Sam{rest}ple"}}'.encode()
        assert bring(walk_ins=[walk_in(session, now, uuid.uuid4(), inside)]) == [("applied", "")]
        assert Participant.objects.get().given_name == "Sample"

    def test_of_a_clock_that_lost_its_date_the_person_is_new_now(self, session, bring, now):
        person = uuid.uuid4()
        lost = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        assert bring(walk_ins=[walk_in(session, lost, person)]) == [("held", "clock")]
        known = Participant.objects.get()
        assert (known.pk, known.created_at) == (person, now)
        assert known.registrations.get().registered_at == now

    def test_somebody_elses_id_is_refused(self, session, child, bring, now):
        assert bring(walk_ins=[walk_in(session, now, child.pk)]) == [("refused", "")]
        child.refresh_from_db()
        assert child.given_name != "Sample"

    @pytest.mark.parametrize(
        "inside",
        [
            ({"given_name": " "}, "It says no first name."),
            ({"given_name": "x" * 81}, "What is inside is not a walk-in."),
            ({"given_name": "Sample", "year_group": 15}, "What is inside is not a walk-in."),
            ({"given_name": "Sample", "year_group": True}, "What is inside is not a walk-in."),
            ({"given_name": None}, "What is inside is not a walk-in."),
            ([], "What is inside is not a walk-in."),
            (b"\xff", "What is inside is not a walk-in."),
        ],
        ids=str,
    )
    def test_what_says_too_little_is_held_as_it_came(
        self, session, coordinator, bring, now, inside
    ):
        details, problem = inside
        person = uuid.uuid4()
        sealed = walk_in(session, now, person, details or [[]])
        assert bring(walk_ins=[sealed]) == [("held", "sealed")]
        kept = SealedWalkIn.objects.get()
        assert (kept.pk, kept.problem, kept.sealed) == (person, problem, dict(sealed.sealed))
        assert (kept.taken_by, kept.marked_at) == (coordinator, now)
        assert bring(walk_ins=[sealed]) == [("held", "sealed")]
        assert not Participant.objects.exists()

    def test_one_sealed_to_a_lost_key_opens_once_the_key_is_back(
        self, session, bring, now, settings
    ):
        secret, settings.SECRET_KEY = settings.SECRET_KEY, "the key of another installation"
        person = uuid.uuid4()
        sealed = walk_in(session, now, person)
        settings.SECRET_KEY = secret
        after = MarkInput(uuid.uuid4(), person, "late", now + MINUTE)
        assert bring(walk_ins=[sealed], marks=[after]) == [("held", "person"), ("held", "sealed")]
        settings.SECRET_KEY_FALLBACKS = ["the key of another installation"]
        assert bring(now + MINUTE, walk_ins=[sealed]) == [("superseded", "")]
        assert not SealedWalkIn.objects.exists()
        assert not MarkOperation.objects.held().exists()
        assert set(statuses(session)) == {person}

    def test_it_opens_for_its_own_session_and_person_only(self, session, bring, now):
        other = make_session(activity=session.activity, starts_at=now)
        stolen = walk_in(other, now, uuid.uuid4())
        assert bring(walk_ins=[stolen]) == [("held", "sealed")]

    def test_of_a_cancelled_session_the_person_is_kept_and_the_mark_waits(
        self, session, bring, now
    ):
        Session.objects.update(cancelled_at=now)
        person = uuid.uuid4()
        assert bring(walk_ins=[walk_in(session, now, person)]) == [("held", "cancelled")]
        assert Participant.objects.get().pk == person
        assert statuses(session) == {}


class TestTakingOff:
    def test_a_walk_in_of_a_slip_leaves_register_and_hub(self, session, coordinator, bring, now):
        person = uuid.uuid4()
        bring(walk_ins=[walk_in(session, now, person)])
        remove_walk_in(session=session, participant_id=person, by=coordinator, now=now)
        assert statuses(session) == {}
        assert not Participant.objects.get().registrations.exists()
        assert AuditEntry.objects.filter(kind="participant.walk_in_removed").count() == 1
        # It arrives once more: nobody comes back.
        assert bring(now + MINUTE, walk_ins=[walk_in(session, now, person)]) == [("known", "")]
        assert statuses(session) == {}

    def test_one_who_came_elsewhere_too_stays_at_the_hub(self, session, coordinator, bring, now):
        person = uuid.uuid4()
        bring(walk_ins=[walk_in(session, now, person)])
        other = make_session(activity=session.activity, starts_at=now)
        again = MarkInput(uuid.uuid4(), person, "present", now)
        receive(session=other, batch=Batch(marks=[again]), by=coordinator, now=now)
        remove_walk_in(session=session, participant_id=person, by=coordinator, now=now)
        assert statuses(session) == {}
        assert Participant.objects.get().registrations.exists()

    def test_nobody_else_can_be_taken_off(self, session, coordinator, child, bring, now):
        bring(marks=[mark(child, "present", now)])
        with pytest.raises(RegisterError, match="Only a walk-in"):
            remove_walk_in(session=session, participant_id=child.pk, by=coordinator, now=now)
        person = uuid.uuid4()
        bring(walk_ins=[walk_in(session, now, person)])
        Participant.objects.filter(pk=person).update(is_complete=True)
        with pytest.raises(RegisterError, match="details are not complete"):
            remove_walk_in(session=session, participant_id=person, by=coordinator, now=now)
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        with pytest.raises(PermissionDenied):
            remove_walk_in(session=session, participant_id=person, by=stranger, now=now)


class TestClosings:
    def test_one_from_a_device_is_when_it_was_closed_there(self, session, coordinator, bring, now):
        closing = ClosingInput(uuid.uuid4(), now - 20 * MINUTE, "phone-1")
        assert bring(closings=[closing, closing]) == [("applied", ""), ("known", "")]
        assert bring(now + MINUTE, closings=[closing]) == [("known", "")]
        session.refresh_from_db()
        assert session.register_taken_at == now - 20 * MINUTE
        event = RegisterEvent.objects.get()
        assert (event.done_by, event.device) == (coordinator, "phone-1")

    def test_of_several_the_first_counts(self, session, coordinator, bring, now):
        close_register(session=session, by=coordinator, now=now)
        early = ClosingInput(uuid.uuid4(), now - MINUTE)
        bring(now + MINUTE, closings=[early, ClosingInput(uuid.uuid4(), now + MINUTE)])
        session.refresh_from_db()
        assert session.register_taken_at == now - MINUTE

    def test_reopened_for_a_reason_and_a_closing_from_before_changes_nothing(
        self, session, coordinator, bring, now
    ):
        close_register(session=session, by=coordinator, now=now)
        reopen_register(session=session, reason=" One more came. ", by=coordinator, now=now)
        session.refresh_from_db()
        assert session.register_taken_at is None
        assert RegisterEvent.objects.get(action="reopened").reason == "One more came."
        assert AuditEntry.objects.filter(kind="register.reopened").count() == 1
        bring(now + MINUTE, closings=[ClosingInput(uuid.uuid4(), now - MINUTE)])
        session.refresh_from_db()
        assert session.register_taken_at is None
        bring(now + 2 * MINUTE, closings=[ClosingInput(uuid.uuid4(), now + 2 * MINUTE)])
        session.refresh_from_db()
        assert session.register_taken_at == now + 2 * MINUTE

    def test_any_order_ends_the_same(self, coordinator, session, now):
        closings = [ClosingInput(uuid.uuid4(), now + n * MINUTE) for n in range(3)]
        for order in itertools.permutations(closings):
            fresh = make_session(activity=session.activity, starts_at=session.starts_at)
            for each in order:
                copy = ClosingInput(uuid.uuid5(each.id, str(fresh.pk)), each.at)
                batch = Batch(closings=[copy])
                receive(session=fresh, batch=batch, by=coordinator, now=now + 9 * MINUTE)
            fresh.refresh_from_db()
            assert fresh.register_taken_at == now

    def test_one_that_came_as_taken_can_be_reopened_too(self, session, coordinator, bring, now):
        Session.objects.update(register_taken_at=now - 30 * MINUTE)
        bring(closings=[ClosingInput(uuid.uuid4(), now)])
        session.refresh_from_db()
        assert session.register_taken_at == now - 30 * MINUTE
        reopen_register(session=session, reason="A slip.", by=coordinator, now=now)
        session.refresh_from_db()
        assert session.register_taken_at is None
        with pytest.raises(RegisterError, match="open already"):
            reopen_register(session=session, reason="A slip.", by=coordinator, now=now)

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_no_reason_no_reopening(self, session, coordinator, now, reason):
        close_register(session=session, by=coordinator, now=now)
        with pytest.raises(RegisterError, match="why it is opened again"):
            reopen_register(session=session, reason=reason, by=coordinator, now=now)

    def test_refused(self, session, child, bring, now):
        early = ClosingInput(uuid.uuid4(), session.starts_at - 31 * MINUTE)
        assert bring(closings=[early]) == [("refused", "")]
        event = RegisterEvent.objects.create(
            session=make_session(activity=session.activity),
            action="closed",
            at=now,
            done_by=User.objects.first(),
        )
        assert bring(closings=[ClosingInput(event.pk, now)]) == [("refused", "")]
        session.refresh_from_db()
        assert session.register_taken_at is None

    def test_of_long_after_somebody_left_none_is_taken(self, session, coordinator, bring, now):
        HubMembership.objects.update(ended_at=now + MINUTE)
        closing = ClosingInput(uuid.uuid4(), now)
        weeks_after = now + dt.timedelta(days=15)
        assert bring(weeks_after, closings=[closing]) == [("refused", "")]
        assert bring(now + dt.timedelta(days=13), closings=[closing]) == [("applied", "")]

    def test_strangers_close_and_open_nothing(self, session, coordinator, now):
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        batch = Batch(closings=[ClosingInput(uuid.uuid4(), now)])
        with pytest.raises(PermissionDenied):
            receive(session=session, batch=batch, by=stranger, now=now)
        close_register(session=session, by=coordinator, now=now)
        with pytest.raises(PermissionDenied):
            reopen_register(session=session, reason="A slip.", by=stranger, now=now)


class TestCounts:
    def count(self, at: dt.datetime, people: int, **fields: Any) -> CountInput:
        fields = {"group": "audience", "method": "counted"} | fields
        return CountInput(uuid.uuid4(), people=people, at=at, **fields)

    def test_the_latest_stands_in_any_order(self, session, bring, now):
        counts = [self.count(now, 40), self.count(now - MINUTE, 90), self.count(now, 39)]
        assert bring(counts=counts) == [("applied", ""), ("superseded", ""), ("superseded", "")]
        assert bring(now + MINUTE, counts=counts[:1]) == [("known", "")]
        assert HeadCount.objects.get().people == 40
        assert bring(now + MINUTE, counts=[self.count(now + MINUTE, 12)]) == [("applied", "")]
        kept = HeadCount.objects.get()
        assert (kept.people, kept.counted_at) == (12, now + MINUTE)

    @pytest.mark.parametrize(
        "fields", [{"group": "dogs"}, {"method": "felt"}, {"people": -1}, {"people": 100_001}]
    )
    def test_what_is_no_count(self, session, bring, now, fields):
        assert bring(counts=[self.count(**({"at": now, "people": 3} | fields))]) == [
            ("refused", "")
        ]
        assert not HeadCount.objects.exists()

    def test_one_of_a_time_to_come_does_not_stand_for_ever(self, session, bring, now):
        assert bring(counts=[self.count(now + 6 * MINUTE, 90)]) == [("refused", "")]
        assert not HeadCount.objects.exists()
        assert bring(counts=[self.count(now + 4 * MINUTE, 40)]) == [("applied", "")]

    def test_of_long_after_somebody_left_none_is_taken(self, session, coordinator, bring, now):
        HubMembership.objects.update(ended_at=now + MINUTE)
        weeks_after = now + dt.timedelta(days=15)
        assert bring(weeks_after, counts=[self.count(now, 90)]) == [("refused", "")]
        assert not HeadCount.objects.exists()

    def test_nobody_is_counted_long_before(self, session, bring):
        early = session.starts_at - 31 * MINUTE
        assert bring(early, counts=[self.count(early, 3)]) == [("refused", "")]


def replay(session: Session, by: User, people: list[Participant], seed: int) -> None:
    """Four devices, one of them away for half an hour; what they send is doubled and shuffled."""
    chance = random.Random(seed)
    start = session.starts_at
    marks = [
        mark(
            chance.choice(people),
            chance.choice(["present", "late", "left_early", "absent", "excused", "cleared"]),
            start + chance.randrange(0, 1800) * dt.timedelta(seconds=1),
            device=f"phone-{chance.randrange(4)}",
            role=chance.choice(["participant", "volunteer"]),
        )
        for _ in range(24)
    ]
    # Those of the device that is away arrive after its half hour, in one go; others as they come.
    away = [each for each in marks if each.device == "phone-3"]
    live = [each for each in marks if each.device != "phone-3"]
    sent = live + chance.choices(live, k=8)
    chance.shuffle(sent)
    late = away + chance.choices(away, k=4) if away else []
    chance.shuffle(late)
    cuts = sorted(chance.sample(range(1, len(sent)), 2))
    batches = [sent[: cuts[0]], sent[cuts[0] : cuts[1]], late, sent[cuts[1] :]]
    for batch in batches:
        results = receive(session=session, batch=Batch(marks=batch), by=by, now=start + 31 * MINUTE)
        assert {result.outcome.value for result in results} <= {"applied", "superseded", "known"}
    latest: dict[UUID, MarkInput] = {}
    for each in sorted(marks, key=lambda one: (one.at, one.id)):
        latest[each.participant_id] = each
    stands = {
        (pk, each.status, each.role, each.at)
        for pk, each in latest.items()
        if each.status != "cleared"
    }
    register = session.attendances.values_list("participant", "status", "role", "marked_at")
    assert set(register) == stands
    assert set(session.mark_operations.values_list("pk", flat=True)) == {each.id for each in marks}


@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_replays_of_four_devices_end_in_the_same_register(session, coordinator, hundred):
    people = [make_participant(hub=session.activity.hub) for _ in range(6)]
    for number in range(100):
        fresh = make_session(activity=session.activity, starts_at=session.starts_at)
        replay(fresh, coordinator, people, hundred * 100 + number)
