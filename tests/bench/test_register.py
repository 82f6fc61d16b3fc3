"""What a register costs: its page for 30 of 5,000 people at a hub, and batches of 3 and 30 marks.

Medians of a row of requests through Django's test client, on a hub with two years of history;
queries beside them. Nothing else should run on the machine.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from activities.models import Session
from participants.models import Attendance, MarkStatus, Participant, Registration
from tests import factories

PEOPLE, EXPECTED, SESSIONS, AT_A_SESSION = 5000, 30, 400, 60
REQUESTS = 30


@pytest.fixture
def session(db: None) -> Session:
    """On now, with 30 regulars, at a hub of 5,000 people and 24,000 attendances of two years."""
    activity = factories.make_activity(hub=factories.make_hub())
    people = Participant.objects.bulk_create(
        Participant(given_name=f"Sample{number}", family_name="Person") for number in range(PEOPLE)
    )
    Registration.objects.bulk_create(
        Registration(participant=person, hub=activity.hub) for person in people
    )
    start = timezone.now() - dt.timedelta(minutes=20)
    days = [start - dt.timedelta(days=2 * number) for number in range(1, SESSIONS + 1)]
    activities = [activity, *(factories.make_activity(hub=activity.hub) for _ in range(6))]
    past = [
        factories.make_session(activity=activities[number % 7], starts_at=day)
        for number, day in enumerate(days)
    ]
    chance = random.Random(4)
    Attendance.objects.bulk_create(
        Attendance(
            session=each,
            participant=person,
            status=MarkStatus.PRESENT,
            marked_at=each.starts_at,
        )
        for each in past
        for person in (
            people[:EXPECTED]
            if each.activity_id == activity.pk
            else chance.sample(people, AT_A_SESSION)
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return factories.make_session(activity=activity, starts_at=start)


@pytest.fixture
def client(session: Session) -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,)))
    return client


def cost(act: Callable[[], Any]) -> tuple[float, int]:
    """The median of milliseconds of a row of calls, and the queries of the last."""
    times = []
    for _ in range(REQUESTS):
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            act()
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000, len(queries)


def send(client: Client, address: str, people: list[uuid.UUID]) -> None:
    now = timezone.now().isoformat()
    marks = [
        {"id": str(uuid.uuid4()), "participant": str(pk), "status": "present", "at": now}
        for pk in people
    ]
    response = client.post(address, json.dumps({"marks": marks}), content_type="application/json")
    assert response.status_code == 200


def test_register(session: Session, client: Client) -> None:
    page = reverse("participants:session_register", args=[session.pk])
    milliseconds, queries = cost(lambda: client.get(page))
    rows = client.get(page).content.decode().count('class="register-row"')
    print(f"\nregister page, {rows} of {PEOPLE} people: {milliseconds:.0f} ms, {queries} queries")
    address = reverse("participants:record_marks", args=[session.pk])
    regulars = list(
        Participant.objects.filter(attendances__session__activity=session.activity)
        .distinct()
        .values_list("pk", flat=True)[:EXPECTED]
    )
    for people in (regulars[:3], regulars):
        milliseconds, queries = cost(lambda people=people: send(client, address, people))
        print(f"a batch of {len(people)} marks: {milliseconds:.0f} ms, {queries} queries")
