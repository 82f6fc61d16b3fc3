from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.register import close_register, record_head_count
from tests.factories import (
    make_hub,
    make_user,
)
from tests.participants.services.helpers import MINUTE


class TestHeadCount:
    def test_a_later_count_replaces_the_earlier_of_its_group(self, session, coordinator, now):
        for group, people, method in (
            (HeadCountGroup.AUDIENCE, 90, CountMethod.ESTIMATED),
            (HeadCountGroup.AUDIENCE, 87, CountMethod.COUNTED),
            (HeadCountGroup.ARTISTS, 3, CountMethod.COUNTED),
        ):
            record_head_count(
                session=session, group=group, people=people, method=method, by=coordinator, now=now
            )
        counts = set(HeadCount.objects.values_list("group", "people", "method", "counted_by"))
        assert counts == {
            ("audience", 87, "counted", coordinator.pk),
            ("artists", 3, "counted", coordinator.pk),
        }

    def test_not_early_nor_at_a_cancelled_session_nor_by_a_stranger(
        self, session, coordinator, now
    ):
        fields = {
            "session": session,
            "group": HeadCountGroup.AUDIENCE,
            "people": 1,
            "method": CountMethod.COUNTED,
            "now": now,
        }
        with pytest.raises(PermissionDenied):
            record_head_count(**fields, by=make_user(Role.HUB_LEAD, hubs=(make_hub(),)))
        early = session.starts_at - 30 * MINUTE - dt.timedelta.resolution
        with pytest.raises(RegisterError, match="from 30 minutes before"):
            record_head_count(**fields | {"now": early}, by=coordinator)
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            record_head_count(**fields, by=coordinator)
        assert HeadCount.objects.count() == 0


class TestCloseRegister:
    def close(self, session: Session, by: User, now: dt.datetime) -> Session:
        return close_register(session=session, by=by, now=now)

    def test_the_first_time_stays(self, session, coordinator, now):
        self.close(session, coordinator, now)
        assert self.close(session, coordinator, now + MINUTE).register_taken_at == now

    def test_not_long_before_the_session(self, session, coordinator):
        half_an_hour_before = session.starts_at - 30 * MINUTE
        with pytest.raises(RegisterError, match="half an hour"):
            self.close(session, coordinator, half_an_hour_before - MINUTE)
        assert self.close(session, coordinator, half_an_hour_before).register_taken_at

    def test_not_of_a_cancelled_session_nor_by_a_stranger(self, session, coordinator, now):
        with pytest.raises(PermissionDenied):
            self.close(session, make_user(Role.EVALUATOR, hubs=(session.activity.hub,)), now)
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            self.close(session, coordinator, now)
