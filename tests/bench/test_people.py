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

import pgtrigger
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from hubs.models import Hub
from participants.models import Participant
from participants.queries.people_search import MOST_LOOKED_AT, _forgive, _scored
from tests import factories

PEOPLE, HUBS, SESSIONS = 100_000, 10, 50
REQUESTS = 7
CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"
SYLLABLES = [a + b for a in CONSONANTS for b in VOWELS]


def made_up(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()


# Each with what it is made of, in order.
ROWS = (
    """
    INSERT INTO participants_participant (
        id, given_name, family_name, gender, special_needs, care_experienced, home_postcode,
        year_group, is_complete, created_at
    )
    SELECT gen_random_uuid(), (%s::text[])[1 + n * 7919 %% 800],
           (%s::text[])[1 + n * 104729 %% 8000], 'unknown', 'unknown', 'unknown', '',
           n %% 14, true, now()
    FROM generate_series(1::bigint, %s) AS n
    """,
    """
    INSERT INTO participants_registration (participant_id, hub_id, registered_at)
    SELECT id, (%s::bigint[])[1 + row_number() OVER () %% 10], now()
    FROM participants_participant
    """,
    """
    INSERT INTO participants_attendance (id, participant_id, session_id, role, status, marked_at)
    SELECT gen_random_uuid(), participant_id, (%s::uuid[])[1 + (hub_id + n) %% 50],
           'participant', 'present', now()
    FROM participants_registration, generate_series(1, 2) AS n
    """,
    """
    INSERT INTO participants_contact (
        id, participant_id, name, relationship, phone, email, has_parental_responsibility,
        is_emergency, collects, position, created_at
    )
    SELECT gen_random_uuid(), id, 'A', 'mother', '01632 960001', '', 'yes', true, 'yes', 1, now()
    FROM participants_participant WHERE year_group < 7
    """,
    """
    INSERT INTO participants_carenote (id, participant_id, kind, text, written_at)
    SELECT gen_random_uuid(), id, 'other', 'A', now()
    FROM participants_participant WHERE year_group = 3
    """,
    "ANALYZE",
)


@pytest.fixture
def hubs(db: None) -> list[Hub]:
    """100,000 people at ten hubs, with contacts, some care notes and two sessions each."""
    chance = random.Random(5)
    hubs = [factories.make_hub() for _ in range(HUBS)]
    activities = [factories.make_activity(hub=hub) for hub in hubs]
    start = timezone.now() - dt.timedelta(weeks=3)
    sessions = [
        factories.make_session(
            activity=activities[number % HUBS], starts_at=start - dt.timedelta(days=number)
        )
        for number in range(SESSIONS)
    ]
    names = [made_up(chance, 2) for _ in range(800)], [made_up(chance, 3) for _ in range(8000)]
    parameters = [
        [*names, PEOPLE],
        [[hub.pk for hub in hubs]],
        [[session.pk for session in sessions]],
        *([], [], []),
    ]
    with pgtrigger.ignore(), connection.cursor() as cursor:
        for statement, values in zip(ROWS, parameters, strict=True):
            cursor.execute(statement, values)
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


@pytest.mark.timeout(1200)
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
    plan(typed)


def opening(user: User, address: str, name: str) -> Callable[[], Any]:
    """Opening an address, or sending it a name."""
    client = Client()
    client.force_login(user)
    client.post("/people/search/", {"q": "Nobody"})
    return lambda: client.post(address, {"q": name}) if name else client.get(address)


def plan(typed: str) -> None:
    """How PostgreSQL finds the name: by the index on it."""
    with transaction.atomic():
        _forgive()
        explained = _scored(typed.split())[:MOST_LOOKED_AT].explain(analyze=True)
    print("\n".join(f"    {line}" for line in explained.splitlines()))
    assert "participant_search_name" in explained
