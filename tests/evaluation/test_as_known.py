"""Figures of a released period stay what they were, whatever becomes of the records behind them.

A reference in plain Python is told what was on record at each release; the portal's figures, as
known at that moment, must agree with it after any sequence of merging, undoing, anonymising and
erasing: in full, or less exactly those who were erased.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Role, User
from evaluation.indicators import INDICATORS
from evaluation.queries.record import Grouping, Scope, reach, totals
from participants.models import (
    Attendance,
    Consent,
    ConsentHow,
    LegalHold,
    MarkOperation,
    Merge,
    Participant,
    Purpose,
    Relationship,
)
from participants.services.errors import RecordError
from participants.services.marks import MarkInput, record_marks
from participants.services.merging import merge, undo_merge
from participants.services.removal import anonymise, erase
from tests import factories

DAYS = (dt.date(2019, 5, 14), dt.date(2019, 5, 21), dt.date(2019, 5, 28))
FIRST, LAST = dt.date(2019, 5, 1), dt.date(2019, 5, 31)
NOW = factories.london(2019, 6, 3)
INDICATORS_ASKED = [INDICATORS[key] for key in ("unique_participants", "attendances")]
PEOPLE = 4


@dataclass
class State:
    """One record as it was on record at a release."""

    merged_into: uuid.UUID | None
    gender: str
    birth_date: dt.date | None


@dataclass
class Release:
    """What was known at a moment, and the figures that went out."""

    at: dt.datetime
    states: dict[uuid.UUID, State]
    figures: dict[str, Any]


@dataclass
class World:
    """A programme of its own, so that every example starts from nothing."""

    staff: User
    programme: Any
    sessions: list[Any]
    people: list[Participant]
    births: dict[uuid.UUID, dt.date | None] = field(default_factory=dict)
    genders: dict[uuid.UUID, str] = field(default_factory=dict)
    marks: list[tuple[uuid.UUID, dt.date]] = field(default_factory=list)
    erased: set[uuid.UUID] = field(default_factory=set)
    releases: list[Release] = field(default_factory=list)


def moment() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def age(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


# --- The reference ----------------------------------------------------------------------------
def expected(world: World, states: dict[uuid.UUID, State]) -> dict[str, Any]:
    """Figures by hand: one person a root, whoever was erased left out."""
    known = {pk: state for pk, state in states.items() if pk not in world.erased}
    roots = {
        pk: state.merged_into if state.merged_into in known else pk for pk, state in known.items()
    }
    came = {(roots[pk], day) for pk, day in world.marks if pk in known}
    by_gender: dict[str, Counter[str]] = {}
    by_age: dict[Any, Counter[str]] = {}
    for person in {who for who, _ in came}:
        days = sorted(day for who, day in came if who == person)
        birth = known[person].birth_date
        groups = (
            (by_gender, known[person].gender),
            (by_age, age(birth, days[0]) if birth else None),
        )
        for table, key in groups:
            table.setdefault(key, Counter()).update(people=1, marks=len(days))
    return {
        "people": len({who for who, _ in came}),
        "marks": len(came),
        "gender": {key: (row["people"], row["marks"]) for key, row in by_gender.items()},
        "age": {key: (row["people"], row["marks"]) for key, row in by_age.items()},
    }


def figures(world: World, known_at: dt.datetime | None) -> dict[str, Any]:
    scope = Scope.of([world.programme], FIRST, LAST, now=NOW, known_at=known_at)
    total = totals(scope, INDICATORS_ASKED)
    groupings = [Grouping("gender", "gender"), Grouping("age", "first_age")]
    found = reach(scope, groupings, INDICATORS_ASKED).groups
    return {
        "people": total["unique_participants"],
        "marks": total["attendances"],
        "gender": found["gender"],
        "age": {key if key is None else int(key): values for key, values in found["age"].items()},
    }


def states_now(world: World) -> dict[uuid.UUID, State]:
    """As they are; of who is anonymised, the dates of birth are what they last were."""
    ids = [person.pk for person in world.people]
    found: dict[uuid.UUID, State] = {}
    for row in Participant.objects.filter(pk__in=ids):
        if not row.anonymised_at:
            world.births[row.pk] = row.birth_date
        found[row.pk] = State(row.merged_into_id, row.gender, world.births[row.pk])
    return found


# --- The world and what is done to it ---------------------------------------------------------
def make_world(rng: Any) -> World:
    staff = factories.make_user(Role.TRUST_STAFF)
    hub = factories.make_hub()
    activity = factories.make_activity(hub=hub)
    sessions = [
        factories.make_session(
            activity=activity,
            starts_at=factories.london(day.year, day.month, day.day),
            register_taken_at=factories.london(day.year, day.month, day.day),
        )
        for day in DAYS
    ]
    people = [
        factories.make_participant(
            hub=hub,
            given_name=f"Planted{at}",
            gender=rng.choice(["female", "male", "unknown"]),
            birth_date=rng.choice([None, dt.date(2008, 5, 20), dt.date(2008, 2, 29)]),
        )
        for at in range(PEOPLE)
    ]
    world = World(staff, activity.programme, sessions, people)
    for person in people:
        come(world, person, rng)
        Consent.objects.create(
            participant=person,
            purpose=Purpose.SURVEYS,
            is_given=True,
            wording=1,
            answered_by="Planted parent",
            relationship=Relationship.CARER,
            how=ConsentHow.PAPER,
        )
    return world


def come(world: World, person: Participant, rng: Any) -> None:
    """At least once, on a register here or from another system's history."""
    for session in rng.sample(world.sessions, rng.randint(1, len(world.sessions))):
        at = session.starts_at + dt.timedelta(minutes=rng.randint(0, 30))
        if rng.random() < 0.5:
            factories.make_attendance(session, person, marked_at=at)
        else:
            operation = MarkInput(uuid.uuid4(), person.pk, "present", at)
            record_marks(session=session, operations=[operation], by=world.staff, now=NOW)
        world.marks.append((person.pk, session.local_date))


def kept(world: World) -> Counter[tuple[str, uuid.UUID]]:
    """Attendances, marks and consents of every record that was not erased."""
    ids = [person.pk for person in world.people if person.pk not in world.erased]
    rows: Counter[tuple[str, uuid.UUID]] = Counter()
    for model in (Attendance, MarkOperation, Consent):
        values = model.objects.filter(participant__in=ids).values_list("participant", flat=True)
        rows.update((model.__name__, pk) for pk in values)
    return rows


def release(world: World) -> None:
    states = states_now(world)
    out = figures(world, None)
    assert out == expected(world, states)
    world.releases.append(Release(moment(), states, out))


def act(world: World, action: tuple[str, int, int, list[str]]) -> None:
    name, first, second, take = action
    record, root = world.people[first], world.people[second]
    try:
        if name == "merge":
            merge(record=record, into=root, take=take, by=world.staff, now=NOW)
        elif name == "undo":
            merges = Merge.objects.filter(record__in=[each.pk for each in world.people])
            undo_merge(
                merge=merges.order_by("merged_at", "pk")[first % max(merges.count(), 1)],
                by=world.staff,
                now=NOW,
            )
        elif name == "anonymise":
            anonymise(person=Participant.objects.get(pk=record.pk), by=world.staff, now=NOW)
        else:
            remove(world, record)
    except (RecordError, IndexError, Participant.DoesNotExist):
        pass


def remove(world: World, record: Participant) -> None:
    person = Participant.objects.get(pk=record.pk)
    root = person.merged_into_id or person.pk
    ids = {row.pk for row in Participant.objects.filter(merged_into=root)} | {root}
    erase(person=person, by=world.staff, now=NOW)
    world.erased |= ids


ACTIONS = st.tuples(
    st.sampled_from(["merge", "merge", "merge", "undo", "undo", "anonymise", "erase"]),
    st.integers(0, PEOPLE - 1),
    st.integers(0, PEOPLE - 1),
    st.lists(st.sampled_from(["gender", "birth_date", "given_name"]), unique=True),
)


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25,
    deadline=None,
    # Each example is a world in a real database: shrinking one would take longer than reading it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=7), rng=st.randoms(use_true_random=False))
def test_released_figures_stay_less_those_who_were_erased(actions, rng) -> None:
    world = make_world(rng)
    release(world)
    for action in actions:
        before = kept(world)
        act(world, action)
        assert kept(world) == Counter(
            {key: number for key, number in before.items() if key[1] not in world.erased}
        )
        for earlier in world.releases:
            assert figures(world, earlier.at) == expected(world, earlier.states)
            if not world.erased:
                assert figures(world, earlier.at) == earlier.figures
        release(world)


@pytest.mark.django_db(transaction=True)
def test_a_merge_counts_from_when_it_was_made(now) -> None:
    """Two people went out; since the merge they are one, and then still are two."""
    staff = factories.make_user(Role.TRUST_STAFF)
    session = factories.make_session()
    people = [factories.make_participant(hub=session.activity.hub) for _ in range(2)]
    for person in people:
        factories.make_attendance(session, person)
    world = World(staff, session.activity.programme, [session], people)
    world.marks = [(person.pk, session.local_date) for person in people]
    release(world)
    done = merge(record=people[0], into=people[1], take=[], by=staff, now=now)
    assert figures(world, None)["people"] == 1
    assert figures(world, world.releases[0].at)["people"] == 2
    between = moment()
    undo_merge(merge=done, by=staff, now=now)
    assert figures(world, None)["people"] == 2
    assert figures(world, between)["people"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("remove_person", [erase, anonymise])
def test_nothing_goes_under_a_legal_hold(remove_person, now) -> None:
    staff = factories.make_user(Role.TRUST_STAFF)
    root = factories.make_participant()
    record = factories.make_participant(merged_into=root)
    LegalHold.objects.create(participant=record, why="A claim.", placed_by=staff)
    with pytest.raises(RecordError, match="legal hold"):
        remove_person(person=root, by=staff, now=now)
    assert Participant.objects.filter(pk__in=[root.pk, record.pk]).count() == 2
