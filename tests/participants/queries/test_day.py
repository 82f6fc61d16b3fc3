from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Role
from activities.models import Session
from participants.models import Participant
from participants.queries.day import Today, missing_registers, today_for
from participants.queries.register import register_for
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


def came(session: Session, when: dt.datetime, person: Participant | None = None, **fields: Any):
    """Somebody of the hub who attended the session's activity then."""
    person = person or make_participant(hub=session.activity.hub)
    earlier = make_session(activity=fields.pop("activity", session.activity), starts_at=when)
    make_attendance(earlier, person, **fields)
    return person


def ids(session: Session) -> list[Any]:
    return [row.participant_id for row in register_for(session).rows]


class TestToday:
    """The clock says Tuesday 14 May 2019, 5pm."""

    @pytest.fixture
    def hub(self) -> Any:
        return make_hub()

    @pytest.fixture
    def user(self, hub) -> Any:
        return make_user(Role.COORDINATOR, hubs=(hub,))

    def at(self, hub: Any, *when: int, **fields: Any) -> Session:
        fields.setdefault("starts_at", london(*when))
        return make_session(activity=make_activity(hub=hub), **fields)

    def test_now_next_and_missing(self, hub, user, now):
        starting = self.at(hub, 2019, 5, 14, 17)
        running = self.at(hub, 2019, 5, 14, 16)
        self.at(hub, 2019, 5, 14, 16, minutes=60, register_taken_at=now)
        later = self.at(hub, 2019, 5, 14, 19)
        self.at(hub, 2019, 5, 15, 16)
        oldest = self.at(hub, 2019, 4, 16, 17)
        ended = self.at(hub, 2019, 5, 14, 16, minutes=60)
        older = self.at(hub, 2019, 4, 16, 16, minutes=30)
        self.at(make_hub(), 2019, 4, 16, 16)
        today = today_for(user, now)
        assert today.now == [running, starting]
        assert today.next == [later]
        assert (today.next_on, today.is_next_today) == (dt.date(2019, 5, 14), True)
        assert today.missing == [oldest, ended]
        assert (today.missing_count, today.older_count) == (2, 1)
        assert list(missing_registers(user, now)) == [older, oldest, ended]

    def test_next_are_all_of_the_next_day_with_sessions(self, hub, user, now):
        thursday = [self.at(hub, 2019, 5, 16, hour) for hour in (16, 18)]
        self.at(hub, 2019, 5, 17, 16)
        today = today_for(user, now)
        assert today.next == thursday
        assert (today.next_on, today.is_next_today) == (dt.date(2019, 5, 16), False)

    def test_nothing(self, hub, user, now):
        self.at(hub, 2019, 5, 21, 17)
        self.at(hub, 2019, 5, 14, 16, cancelled_at=now)
        self.at(hub, 2019, 5, 14, 18, cancelled_at=now)
        self.at(hub, 2019, 5, 13, 16, cancelled_at=now)
        self.at(hub, 2019, 5, 13, 16, headcount_only=True)
        assert today_for(user, now) == Today([], [], None, False, [], 0, 0)

    def test_other_hubs_are_seen_by_trust_staff_only(self, user, now):
        elsewhere = self.at(make_hub(), 2019, 5, 14, 16)
        self.at(make_hub(), 2019, 5, 13, 16)
        assert today_for(user, now) == Today([], [], None, False, [], 0, 0)
        staff = today_for(make_user(Role.TRUST_STAFF), now)
        assert (staff.now, staff.missing_count) == ([elsewhere], 1)

    def test_the_oldest_missing_are_listed_and_all_are_counted(self, hub, user, now, monkeypatch):
        monkeypatch.setattr("participants.queries.day.MISSING_LISTED", 1)
        self.at(hub, 2019, 5, 13)
        oldest = self.at(hub, 2019, 5, 7)
        today = today_for(user, now)
        assert (today.missing, today.missing_count, today.has_more_missing) == ([oldest], 2, True)
