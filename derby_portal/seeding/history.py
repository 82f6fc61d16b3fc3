"""The delivery of 2018-19: every session, and who came to it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

from activities.models import SessionKind
from derby_portal.seeding.chance import chance, pick, seed_id, weighted, whole
from derby_portal.seeding.dates import CELEBRATION, LAUNCH, delivery_days, london
from derby_portal.seeding.marks import Mark, made_up_mark, mark
from derby_portal.seeding.occasions import OCCASIONS, occasion_session
from derby_portal.seeding.partners import NEIGHBOURS
from derby_portal.seeding.people import FAMILY_NAMES, GIVEN_NAMES, PersonPlan, made_up_person
from derby_portal.seeding.sessions import Fate, SessionPlan, timetable_sessions
from derby_portal.seeding.week import TIMETABLE, Offer
from participants.models import Answer, AttendanceRole, Gender, MarkStatus

PEOPLE = 2190
PRACTITIONERS = 24
# Every so many people one was entered a second time and the two records were merged later.
MERGED_EVERY = 140
VOLUNTEER_FROM_AGE = 14


class Habit(NamedTuple):
    """How long somebody keeps coming to an activity, and how reliably."""

    fewest_sessions: int
    most_sessions: int
    likely: float


HABITS = (
    (Habit(1, 1, 1.0), 21.0),
    (Habit(4, 9, 0.55), 29.0),
    (Habit(10, 20, 0.70), 28.0),
    (Habit(24, 40, 0.76), 20.0),
    # Enrolled, expected and never seen.
    (Habit(1, 3, 0.0), 2.0),
)


@dataclass(slots=True)
class HistoryPlan:
    """People with everything that hangs on them."""

    people: list[PersonPlan] = field(default_factory=list)
    registrations: list[tuple[UUID, str, dt.datetime]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@cache
def history_sessions() -> tuple[SessionPlan, ...]:
    """Every session of the delivery, the occasions among them, in order of start."""
    sessions = [*timetable_sessions(delivery_days()), *map(occasion_session, OCCASIONS)]
    return tuple(sorted(sessions, key=lambda session: (session.starts_at, session.offer_key)))


@cache
def sessions_with_register() -> dict[str, tuple[SessionPlan, ...]]:
    """Sessions whose register was taken, by activity, in order of start."""
    by_offer: defaultdict[str, list[SessionPlan]] = defaultdict(list)
    for session in history_sessions():
        if session.fate is Fate.TAKEN:
            by_offer[session.offer_key].append(session)
    return {key: tuple(sessions) for key, sessions in by_offer.items()}


def plan_history() -> HistoryPlan:
    """The people of 2018-19."""
    plan = HistoryPlan()
    for number in range(PEOPLE):
        add_young_person(plan, number)
    for number in range(PRACTITIONERS):
        add_practitioner(plan, number)
    return plan


def person_id(group: int, number: int) -> UUID:
    """The id of a seeded young person: group 0 is the history, others are years before it."""
    return seed_id("person", group, number)


def add_young_person(plan: HistoryPlan, number: int) -> None:
    """One young person with a habit at one activity and perhaps a taste of another."""
    key = person_id(0, number)
    rng = chance("person", 0, number)
    offer = TIMETABLE[number % len(TIMETABLE)]
    sessions = attended_span(rng, offer)
    person = made_up_person(
        rng,
        person_id=key,
        offer=offer,
        period=(LAUNCH, CELEBRATION),
        created_at=sessions[0][0].starts_at - dt.timedelta(days=whole(rng, 0, 6)),
    )
    role = role_of(rng, person)
    hubs = {offer.hub: person.created_at}
    taster = taster_session(rng, offer)
    if taster and sessions[0][1] > 0:
        sessions.append((taster[1], 1.0))
        hubs.setdefault(taster[0].hub, min(person.created_at, taster[1].starts_at))
    plan.people.append(person)
    plan.registrations.extend((key, hub, at) for hub, at in hubs.items())
    marks = [
        found
        for session, likely in sessions
        if (found := made_up_mark(rng, session, key, role, likely=likely))
    ]
    if number % MERGED_EVERY == MERGED_EVERY - 1:
        marks = share_with_duplicate(plan, person, hubs, marks)
    plan.marks.extend(marks)


def attended_span(rng: Random, offer: Offer) -> list[tuple[SessionPlan, float]]:
    """A run of an activity's sessions, each with the likelihood of coming; the first is sure."""
    habit = weighted(rng, HABITS)
    sessions = sessions_with_register()[offer.key]
    length = min(whole(rng, habit.fewest_sessions, habit.most_sessions), len(sessions))
    first = whole(rng, 0, len(sessions) - length)
    span = [(session, habit.likely) for session in sessions[first : first + length]]
    span[0] = (span[0][0], 1.0 if habit.likely else 0.0)
    return span


def taster_session(rng: Random, offer: Offer) -> tuple[Offer, SessionPlan] | None:
    """One session of something else for the same ages, at the same hub or next door."""
    if offer.is_send or rng.random() >= 0.2:
        return None
    near = {offer.hub, *NEIGHBOURS[offer.hub]}
    others = [
        other
        for other in TIMETABLE
        if other.hub in near
        and other is not offer
        and (other.min_age, other.max_age) == (offer.min_age, offer.max_age)
    ]
    if not others:
        return None
    chosen = pick(rng, others)
    return chosen, pick(rng, sessions_with_register()[chosen.key])


def role_of(rng: Random, person: PersonPlan) -> AttendanceRole:
    """One in seven of the older ones helps out instead of taking part."""
    is_older = person.birth_date and person.birth_date.year <= LAUNCH.year - VOLUNTEER_FROM_AGE
    helps = bool(is_older) and rng.random() < 0.14
    return AttendanceRole.VOLUNTEER if helps else AttendanceRole.PARTICIPANT


def share_with_duplicate(
    plan: HistoryPlan, person: PersonPlan, hubs: dict[str, dt.datetime], marks: list[Mark]
) -> list[Mark]:
    """Enter the person a second time, merged since; every second mark stands on that record."""
    duplicate_id = seed_id("duplicate", person.id.hex)
    plan.people.append(replace(person, id=duplicate_id, merged_into=person.id))
    plan.registrations.extend((duplicate_id, hub, at) for hub, at in hubs.items())
    return [
        made._replace(
            participant_id=duplicate_id,
            id=seed_id("mark", made.session_id.hex, duplicate_id.hex),
        )
        if position % 2
        else made
        for position, made in enumerate(marks)
    ]


def add_practitioner(plan: HistoryPlan, number: int) -> None:
    """An artist or coach: goes to training and has a few marks of their own at sessions."""
    key = seed_id("practitioner", 0, number)
    rng = chance("practitioner", 0, number)
    plan.people.append(
        PersonPlan(
            id=key,
            given_name=pick(rng, GIVEN_NAMES),
            family_name=pick(rng, FAMILY_NAMES),
            birth_date=None,
            year_group=None,
            gender=Gender.UNKNOWN,
            special_needs=Answer.UNKNOWN,
            care_experienced=Answer.UNKNOWN,
            ward=None,
            decile=None,
            is_complete=True,
            created_at=london(LAUNCH, dt.time(9, 0)),
        )
    )
    offer = TIMETABLE[number * 7 % len(TIMETABLE)]
    plan.marks.extend(
        mark(rng, session, key, AttendanceRole.PRACTITIONER, MarkStatus.PRESENT)
        for session in (*training_sessions(), *sessions_with_register()[offer.key][:3])
    )


def training_sessions() -> list[SessionPlan]:
    """The sessions for those who deliver."""
    return [each for each in history_sessions() if each.kind is SessionKind.TRAINING]
