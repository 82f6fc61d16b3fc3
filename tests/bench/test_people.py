"""What finding somebody costs among 100,000 people: the list, a search, a record; with the plans.

Medians of a row of requests through Django's test client, for trust staff, who see everybody, and
for a coordinator of a hub of 10,000; queries beside them. Nothing else should run on the machine.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from hubs.models import Hub
from participants.models import Attendance, CareNote, Contact, MarkStatus, Participant, Registration
from participants.queries.people_search import _forgive, _scored
from tests import factories

PEOPLE, HUBS, SESSIONS = 100_000, 10, 50
REQUESTS = 15
CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"
SYLLABLES = [a + b for a in CONSONANTS for b in VOWELS]


def made_up(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()


@pytest.fixture
def hubs(db: None) -> list[Hub]:
    """100,000 people at ten hubs, with contacts, some care notes and two sessions each."""
    chance = random.Random(5)
    hubs = [factories.make_hub() for _ in range(HUBS)]
    given = [made_up(chance, 2) for _ in range(800)]
    family = [made_up(chance, 3) for _ in range(8000)]
    people = Participant.objects.bulk_create(
        (
            Participant(
                given_name=chance.choice(given),
                family_name=chance.choice(family),
                year_group=number % 14,
            )
            for number in range(PEOPLE)
        ),
        batch_size=5000,
    )
    start = timezone.now() - dt.timedelta(weeks=3)
    activities = [factories.make_activity(hub=hub) for hub in hubs]
    sessions = [
        factories.make_session(
            activity=activities[number % HUBS], starts_at=start - dt.timedelta(days=number)
        )
        for number in range(SESSIONS)
    ]
    Registration.objects.bulk_create(
        (Registration(participant=one, hub=hubs[i % HUBS]) for i, one in enumerate(people)),
        batch_size=5000,
    )
    Contact.objects.bulk_create(
        (
            Contact(participant=one, name="A", phone="01632 960001", is_emergency=True)
            for one in people[: PEOPLE // 2]
        ),
        batch_size=5000,
    )
    CareNote.objects.bulk_create(
        (CareNote(participant=one, kind="other", text="A") for one in people[::14]), batch_size=5000
    )
    Attendance.objects.bulk_create(
        (
            Attendance(session=session, participant=one, status=MarkStatus.PRESENT, marked_at=start)
            for one in people
            for session in chance.sample(sessions, 2)
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return hubs


def cost(act: Callable[[], Any]) -> tuple[float, int]:
    """The median of milliseconds of a row of calls, and the queries of the last."""
    times = []
    for _ in range(REQUESTS):
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            act()
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000, len(queries)


def wrong(name: str) -> str:
    """A name with two letters the wrong way round, as people type."""
    return name[:1] + name[2:3] + name[1:2] + name[3:]


def test_people(hubs: list[Hub]) -> None:
    someone = Participant.objects.order_by("pk")[PEOPLE // 2]
    typed = f"{someone.family_name} {wrong(someone.given_name)}"
    for role in (Role.TRUST_STAFF, Role.COORDINATOR):
        user = factories.make_user(role, hubs=(hubs[0],))
        print(f"\n{role.label}")
        for label, address, name in (
            ("list", "/people/", ""),
            ("list, last page", "/people/?page=999999", ""),
            ("list, came in 12 weeks", "/people/?came=since-12", ""),
            ("list, not in 4 weeks", "/people/?came=not-4", ""),
            ("list, no contacts", "/people/?no_contacts=on", ""),
            ("search, in the wrong order and misspelt", "/people/search/", typed),
            ("search, last name only", "/people/search/", someone.family_name),
            ("what was found", "/people/search/", ""),
        ):
            milliseconds, queries = cost(opening(user, address, name))
            print(f"  {label}: {milliseconds:.0f} ms, {queries} queries")
        plan(user, typed)


def opening(user: User, address: str, name: str) -> Callable[[], Any]:
    """Opening an address, or sending it a name."""
    client = Client()
    client.force_login(user)
    client.post("/people/search/", {"q": "Nobody"})
    return lambda: client.post(address, {"q": name}) if name else client.get(address)


def plan(user: User, typed: str) -> None:
    """How PostgreSQL finds the name: by the index on it."""
    with transaction.atomic():
        _forgive()
        explained = _scored(user, typed.split())[:100].explain(analyze=True)
    print("\n".join(f"    {line}" for line in explained.splitlines()))
    assert "participant_search_name" in explained
