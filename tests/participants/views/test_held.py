from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from activities.models import Session
from participants.models import MarkOperation, Participant, SealedWalkIn
from tests.factories import make_hub, make_participant, make_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub, given_name="Comet")


@pytest.fixture
def mark(session: Session, person: Participant) -> MarkOperation:
    return MarkOperation.objects.create(
        id=uuid.uuid4(),
        session=session,
        person_id=person.pk,
        participant=person,
        role="participant",
        status="late",
        marked_at=session.starts_at + dt.timedelta(minutes=3),
        marked_by=make_user(name="Elm"),
        held_for="clock",
    )


def settle(client: Client, session: Session, mark: MarkOperation | SealedWalkIn, to: str) -> Any:
    where = reverse("participants:settle_mark", args=[session.pk, mark.pk])
    return client.post(where, {"decision": to})


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def page_of(client: Client, session: Session) -> str:
    response = client.get(reverse("participants:session_register", args=[session.pk]))
    return str(response.content.decode())


def test_strangers(client, session, mark):
    assert settle(client, session, mark, "use").status_code == 302
    for role, hub, status in (
        (Role.EVALUATOR, session.activity.hub, 403),
        (Role.COORDINATOR, make_hub(), 404),
    ):
        client.force_login(make_user(role, hubs=(hub,)))
        assert settle(client, session, mark, "use").status_code == status
    mark.refresh_from_db()
    assert mark.settled_at is None


def test_the_register_says_what_waits(client, session, mark, coordinator):
    page = page_of(client, session)
    assert "Waiting to be settled: 1" in page
    assert "<strong>Comet P: Late</strong>" in page
    assert "by Elm. The device&#x27;s clock was wrong." in page


def test_it_is_used(client, session, mark, coordinator):
    response = settle(client, session, mark, "use")
    register = reverse("participants:session_register", args=[session.pk])
    assert response["Location"] == f"{register}#waiting"
    assert told(response) == ["It counts now."]
    assert session.attendances.get().status == "late"
    assert "Waiting to be settled" not in page_of(client, session)
    assert told(settle(client, session, mark, "use"))[-1] == "This mark does not wait any more."


def test_it_is_set_aside(client, session, mark, coordinator):
    assert told(settle(client, session, mark, "aside")) == ["It is set aside."]
    assert session.attendances.count() == 0
    mark.refresh_from_db()
    assert mark.settled_by == coordinator


def test_a_walk_in_that_does_not_open_is_set_aside_only(client, session, coordinator):
    walk_in = SealedWalkIn.objects.create(
        id=uuid.uuid4(),
        session=session,
        sealed={},
        problem="It does not open.",
        marked_at=session.starts_at,
        taken_by=coordinator,
    )
    page = page_of(client, session)
    assert "<strong>Somebody not known here yet: A walk-in</strong>" in page
    assert "Use it now" not in page
    assert settle(client, session, walk_in, "use").status_code == 404
    assert told(settle(client, session, walk_in, "aside")) == ["It is set aside."]
    assert SealedWalkIn.objects.count() == 0


def test_nothing_of_another_session(client, session, mark, coordinator):
    other = make_session(activity=session.activity)
    assert settle(client, other, mark, "aside").status_code == 404
    assert told(settle(client, session, mark, "whatever")) == []
    mark.refresh_from_db()
    assert mark.settled_at is None
