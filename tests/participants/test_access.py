from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Role
from participants.access import can_record
from tests.factories import london, make_activity, make_hub, make_session, make_user

pytestmark = pytest.mark.django_db


def test_who_may_record() -> None:
    hub = make_hub()
    session = make_session(activity=make_activity(hub=hub))
    assert can_record(make_user(Role.COORDINATOR, hubs=(hub,)), session)
    assert can_record(make_user(Role.HUB_LEAD, hubs=(hub,)), session)
    assert can_record(make_user(Role.TRUST_STAFF), session)
    assert not can_record(make_user(Role.COORDINATOR, hubs=(make_hub(),)), session)
    assert not can_record(make_user(Role.EVALUATOR, hubs=(hub,)), session)
    assert not can_record(make_user(hubs=(hub,)), session)
    assert not can_record(AnonymousUser(), session)


def test_a_citywide_register_is_the_trusts() -> None:
    session = make_session(activity=make_activity(hub=None))
    assert can_record(make_user(Role.TRUST_STAFF), session)
    assert not can_record(make_user(Role.COORDINATOR, hubs=(make_hub(),)), session)


def test_at_the_time_of_a_mark() -> None:
    hub = make_hub()
    session = make_session(activity=make_activity(hub=hub))
    leaver = make_user(Role.COORDINATOR, hubs=(hub,))
    leaver.hub_memberships.update(ended_at=london(2019, 5, 1))
    assert can_record(leaver, session, london(2019, 4, 30))
    assert not can_record(leaver, session, london(2019, 5, 1))
