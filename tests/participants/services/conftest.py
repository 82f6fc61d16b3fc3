from __future__ import annotations

import pytest

from accounts.models import Role, User
from activities.models import Session
from participants.models import Participant
from tests.factories import make_activity, make_hub, make_participant, make_session, make_user


@pytest.fixture
def session(db: None) -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


@pytest.fixture
def coordinator(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def child(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub)
