"""Small random worlds for checking figures: awkward in every way that the record allows.

Two programmes at two hubs and citywide; nights on which clocks change and months end; records
merged and anonymised, double marks, marks that tie, cancelled sessions, head-counts, volunteers,
artists and families, and birthdays on the very days of sessions.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

from accounts.models import Role, User
from activities.models import (
    Activity,
    CountMethod,
    Delivery,
    HeadCount,
    HeadCountGroup,
    Kind,
    Programme,
    Session,
    SessionKind,
)
from hubs.models import Hub, Ward
from participants.models import (
    AgeThen,
    Answer,
    Attendance,
    AttendanceRole,
    Ethnicity,
    Gender,
    MarkOperation,
    MarkStatus,
    Participant,
)
from tests import factories
from tests.evaluation.independent import age_on, school_year_on

FIRST, LAST = dt.date(2019, 4, 1), dt.date(2019, 10, 31)
# Nights of changing clocks, the minutes round the ends of months, and ordinary afternoons.
STARTS = (
    factories.london(2018, 12, 4),
    factories.london(2019, 2, 28, 23, 30),
    factories.london(2019, 3, 31, 0, 30),
    factories.london(2019, 3, 31, 23, 50),
    factories.london(2019, 4, 1, 0, 10),
    factories.london(2019, 4, 9),
    factories.london(2019, 4, 30, 23, 30),
    factories.london(2019, 5, 1, 0, 15),
    factories.london(2019, 5, 7),
    factories.london(2019, 5, 14),
    factories.london(2019, 5, 28, 18, 5),
    factories.london(2019, 7, 2),
    factories.london(2019, 8, 20),
    factories.london(2019, 9, 1, 9),
    factories.london(2019, 10, 27, 0, 30),
    factories.london(2019, 10, 31, 23, 45),
    factories.london(2019, 11, 1, 0, 5),
)
# Somebody turns 5, 8, 15, 19 or 26 on a day of a session, the day before or the day after it, or
# on the 29th of February that 2019 does not have.
BIRTHS = (
    None,
    dt.date(2008, 6, 1),
    dt.date(2008, 2, 29),
    dt.date(2004, 2, 29),
    dt.date(2000, 2, 29),
    dt.date(2014, 5, 14),
    dt.date(2014, 5, 15),
    dt.date(2011, 5, 1),
    dt.date(2000, 5, 14),
    dt.date(2000, 5, 15),
    dt.date(1993, 5, 14),
    dt.date(1993, 5, 13),
    dt.date(2003, 9, 1),
    dt.date(2003, 8, 31),
)
ROLES = (
    *[AttendanceRole.PARTICIPANT] * 7,
    *[AttendanceRole.VOLUNTEER] * 2,
    AttendanceRole.PRACTITIONER,
    AttendanceRole.FAMILY,
)
STATUSES = (
    *[MarkStatus.PRESENT] * 5,
    MarkStatus.LATE,
    MarkStatus.LEFT_EARLY,
    *[MarkStatus.ABSENT] * 2,
    MarkStatus.EXCUSED,
)
KINDS = (*[SessionKind.REGULAR] * 6, *SessionKind)


@dataclass
class World:
    """What was made; rows are read from the database by whoever checks figures."""

    staff: User
    programmes: list[Programme]
    hubs: list[Hub]
    wards: list[Ward]
    activities: list[Activity]
    sessions: list[Session]
    people: list[Participant]
    # Dates of birth that are on record, or were until somebody was anonymised.
    births: dict[uuid.UUID, dt.date | None] = field(default_factory=dict)


def make_world(rng: Random, *, sessions: int = 12, people: int = 8, marks: int = 40) -> World:
    """A world of these sizes; every choice is `rng`'s."""
    hubs = [factories.make_hub() for _ in range(2)]
    programmes = [
        factories.make_programme(),
        factories.make_programme(min_age=8, max_age=14, max_age_extended=20),
    ]
    world = World(
        staff=factories.make_user(Role.TRUST_STAFF),
        programmes=programmes,
        hubs=hubs,
        wards=[factories.make_ward(boundary_year=2019), factories.make_ward(boundary_year=2023)],
        activities=[
            factories.make_activity(
                programme=programmes[at % 5 == 4], hub=hub, kind=rng.choice(Kind.values)
            )
            for at, hub in enumerate([hubs[0], hubs[0], hubs[1], None, hubs[0]])
        ],
        sessions=[],
        people=[],
    )
    for _ in range(sessions):
        add_session(world, rng)
    for _ in range(people):
        add_person(world, rng)
    for _ in range(marks):
        add_mark(world, rng)
    return world


def add_session(world: World, rng: Random) -> Session:
    """A session at one of the awkward moments; most have a register."""
    starts_at = rng.choice(STARTS)
    is_cancelled = rng.random() < 0.12
    session = factories.make_session(
        activity=rng.choice(world.activities),
        starts_at=starts_at,
        minutes=rng.choice([45, 90, 121, 150]),
        kind=rng.choice(KINDS),
        cancelled_at=starts_at - dt.timedelta(hours=3) if is_cancelled else None,
        delivered_minutes=rng.choice([None, None, None, 30, 95]),
        delivery=rng.choice(["", "", Delivery.DELIVERED, Delivery.CUT_SHORT]),
        register_taken_at=rng.choice([None, starts_at, starts_at]),
        headcount_only=rng.random() < 0.1,
    )
    world.sessions.append(session)
    if rng.random() < 0.25:
        add_head_count(session, rng)
    return session


def add_head_count(session: Session, rng: Random) -> None:
    """A head-count of one group, unless that group was counted already."""
    HeadCount.objects.get_or_create(
        session=session,
        group=rng.choice(HeadCountGroup.values),
        defaults={"people": rng.randint(0, 300), "method": rng.choice(CountMethod.values)},
    )


def add_person(world: World, rng: Random) -> Participant:
    """Somebody of whom more or less is known; every fourth is a second record of somebody."""
    answers = [*Answer.values, Answer.NO, Answer.NO]
    known: dict[str, Any] = {
        name: rng.choice(answers)
        for name in (
            *("special_needs", "care_experienced", "free_school_meals"),
            *("alternative_provision", "young_carer", "english_additional"),
        )
    }
    decile = rng.choice([None, 1, 2, 7])
    ward = rng.choice([None, *world.wards])
    roots = [person for person in world.people if person.merged_into_id is None]
    birth, is_anonymised = rng.choice(BIRTHS), rng.random() < 0.2
    person = factories.make_participant(
        birth_date=None if is_anonymised else birth,
        birth_key=1,
        gender=rng.choice(Gender.values),
        ethnicity=rng.choice(Ethnicity.values[:4] + Ethnicity.values[-2:]),
        home_ward=ward,
        imd_decile=decile,
        imd_edition=rng.choice([2019, 2025]) if decile else None,
        merged_into=rng.choice(roots) if roots and rng.random() < 0.25 else None,
        **known,
    )
    world.people.append(person)
    world.births[person.pk] = birth
    return person


def add_mark(world: World, rng: Random) -> Attendance | None:
    """A mark of somebody at a session, none where one stands; perhaps an age that was kept."""
    session, person = rng.choice(world.sessions), rng.choice(world.people)
    if Attendance.objects.filter(session=session, participant=person).exists():
        return None
    role, status = rng.choice(ROLES), rng.choice(STATUSES)
    marked_at = session.starts_at + dt.timedelta(minutes=rng.choice([0, 0, 5]))
    attendance = Attendance.objects.create(
        id=uuid.UUID(int=rng.getrandbits(128), version=4),
        session=session,
        participant=person,
        role=role,
        status=status,
        marked_at=marked_at,
        operation=_operation(world, session, person, rng, role=role, status=status, at=marked_at),
        **_times(session, status, rng),
    )
    _keep_ages(world, attendance, rng)
    return attendance


def _keep_ages(world: World, attendance: Attendance, rng: Random) -> None:
    """Of who is anonymised every age is kept; of others some are, or those by an older birth date."""
    root = attendance.participant.merged_into or attendance.participant
    birth = world.births.get(root.pk)
    if birth and (root.birth_date is None or rng.random() < 0.2):
        day = attendance.session.local_date
        AgeThen.objects.create(
            attendance=attendance,
            birth_key=1,
            age=age_on(birth, day),
            school_year=school_year_on(birth, day),
        )
    if rng.random() < 0.1:
        AgeThen.objects.create(attendance=attendance, birth_key=2, age=rng.choice([4, 13, 26]))


def keep_age(attendance: Attendance, rng: Random) -> None:
    """An age at the session, kept under the person's key, or under one that is no longer theirs."""
    AgeThen.objects.get_or_create(
        attendance=attendance,
        birth_key=rng.choice([1, 1, 2]),
        defaults={
            "age": rng.choice([4, 5, 13, 18, 19, 25, 26]),
            "school_year": rng.choice([None, 0, 6, 12]),
        },
    )


def _times(session: Session, status: str, rng: Random) -> dict[str, Any]:
    """Times of coming and leaving, within the session, before it or after it."""
    if status in {MarkStatus.ABSENT, MarkStatus.EXCUSED}:
        return {}
    times: dict[str, Any] = {}
    if rng.random() < 0.3:
        times["arrived_at"] = session.starts_at + dt.timedelta(
            minutes=rng.choice([-20, 10, 35, 200]), seconds=rng.choice([0, 30])
        )
    if rng.random() < 0.3:
        left_at = session.ends_at + dt.timedelta(minutes=rng.choice([-40, -10, 15, 300]))
        if "arrived_at" not in times or times["arrived_at"] <= left_at:
            times["left_at"] = left_at
    return times


def _operation(
    world: World,
    session: Session,
    person: Participant,
    rng: Random,
    *,
    role: str,
    status: str,
    at: dt.datetime,
) -> MarkOperation | None:
    if rng.random() < 0.5:
        return None
    return MarkOperation.objects.create(
        id=uuid.UUID(int=rng.getrandbits(128), version=4),
        session=session,
        person_id=person.pk,
        participant=person,
        role=role,
        status=status,
        marked_at=at,
        marked_by=world.staff,
    )
