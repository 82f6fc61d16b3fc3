from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Role
from activities.models import Session
from participants.models import Booking, Participant
from participants.queries.day import (
    Today,
    WaitingList,
    missing_registers,
    new_bookings,
    to_confirm,
    today_for,
    waiting_lists,
)
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

    def test_dates_to_confirm_are_those_that_step_down_within_a_week_or_have(self, hub, user, now):
        for days in (22, 23, 40, 60):
            self.at(hub, 2019, 5, 15, listed_at=now - dt.timedelta(days=days))
        long_ago = now - dt.timedelta(days=60)
        self.at(hub, 2019, 5, 13, listed_at=long_ago)
        self.at(hub, 2019, 5, 15, listed_at=long_ago, cancelled_at=now)
        self.at(hub, 2019, 5, 15, listed_at=long_ago, kind="training")
        self.at(make_hub(), 2019, 5, 15, listed_at=long_ago)
        assert to_confirm(user, now) == 3

    def test_new_are_who_have_a_place_and_never_came_by_any_record(self, hub):
        first, second = (self.at(hub, 2019, 5, 15, places=9) for _ in range(2))
        new, absent, came, double, root = (make_participant(hub=hub) for _ in range(5))
        Participant.objects.filter(pk=double.pk).update(merged_into=root)
        make_attendance(self.at(hub, 2019, 5, 1), absent, status="absent")
        for person in (came, root):
            make_attendance(self.at(hub, 2019, 5, 1), person)
        for person in (new, absent, came, double):
            Booking.objects.create(session=first, participant=person, has_place=True)
        Booking.objects.create(session=second, participant=new, has_place=False)
        assert new_bookings([first, second]) == {first.pk: 2}
        assert new_bookings([second]) == {}

    def test_waiting_lists_of_sessions_to_come(self, hub, user, now):
        later, sooner, over, cancelled = (
            self.at(hub, 2019, 5, day, places=1) for day in (20, 15, 13, 16)
        )
        elsewhere = self.at(make_hub(), 2019, 5, 15, places=1)
        Session.objects.filter(pk=cancelled.pk).update(cancelled_at=now)
        for session in (later, later, sooner, over, cancelled, elsewhere):
            Booking.objects.create(session=session, participant=make_participant(), has_place=False)
        gone = make_participant()
        Booking.objects.create(session=sooner, participant=gone, has_place=False, cancelled_at=now)
        Booking.objects.create(session=sooner, participant=gone, has_place=True)
        assert waiting_lists(user, now) == [WaitingList(sooner, 1), WaitingList(later, 2)]
