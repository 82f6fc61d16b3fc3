from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from activities.models import Session
from participants.models import Participant
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)


@pytest.fixture
def session() -> Session:
    """A session that began half an hour ago: views ask the real clock."""
    starts_at = timezone.now() - dt.timedelta(minutes=30)
    return make_session(activity=make_activity(hub=make_hub()), starts_at=starts_at)


@pytest.fixture
def coordinator(session: Session, client: Client) -> User:
    user = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
    client.force_login(user)
    return user


@pytest.fixture
def child(session: Session) -> Participant:
    """A regular: expected on the register."""
    person = make_participant(hub=session.activity.hub, given_name="Samplia", family_name="Zed")
    week_before = session.starts_at - dt.timedelta(weeks=1)
    make_attendance(make_session(activity=session.activity, starts_at=week_before), person)
    return person
