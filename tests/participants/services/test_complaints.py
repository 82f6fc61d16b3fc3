"""Complaints and their clock."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Role
from participants.models import Complaint
from participants.queries.complaints import inbox, waiting_complaints, with_clock
from participants.services.complaints import acknowledge, answer, make_complaint
from participants.services.errors import RecordError
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_clock_counts_thirty_days_with_the_first(now: dt.datetime) -> None:
    made = make_complaint(words="x", reply_to="", now=now)
    assert made.due_on == dt.date(2019, 6, 12)
    words = {
        days: with_clock(made, now + dt.timedelta(days=days)).clock for days in (0, 28, 29, 30, 32)
    }
    assert words == {
        0: "29 days left",
        28: "1 day left",
        29: "Today is the last day",
        30: "Late by 1 day",
        32: "Late by 3 days",
    }
    assert with_clock(made, now + dt.timedelta(days=30)).is_overdue
    assert not with_clock(made, now + dt.timedelta(days=29)).is_overdue


def test_a_day_is_one_of_derby() -> None:
    late = dt.datetime(2019, 5, 14, 23, 30, tzinfo=dt.UTC)
    assert make_complaint(words="x", reply_to="", now=late).due_on == dt.date(2019, 6, 13)


def test_sent_twice_is_once(now: dt.datetime) -> None:
    first = make_complaint(words="x", reply_to="a", now=now)
    soon = now + dt.timedelta(minutes=9)
    assert make_complaint(words="x", reply_to="a", now=soon) == first
    make_complaint(words="x", reply_to="b", now=soon)
    make_complaint(words="x", reply_to="a", now=now + dt.timedelta(minutes=11))
    assert Complaint.objects.count() == 3


def test_answering_acknowledges_and_the_first_time_counts(now: dt.datetime) -> None:
    user, later = factories.make_user(Role.TRUST_STAFF), now + dt.timedelta(days=1)
    made = make_complaint(words="x", reply_to="", now=now)
    acknowledge(complaint=made, by=user, now=now)
    acknowledge(complaint=made, by=user, now=later)
    answer(complaint=made, words="y", by=user, now=later)
    made.refresh_from_db()
    assert (made.acknowledged_at, made.answered_at) == (now, later)
    assert with_clock(made, later).clock == "Acknowledged"
    with pytest.raises(RecordError):
        answer(complaint=made, words="z", by=user, now=later)


def test_the_inbox_is_for_trust_staff_and_sorted(now: dt.datetime) -> None:
    user = factories.make_user(Role.TRUST_STAFF)
    old, answered, new = (
        make_complaint(words=str(n), reply_to="", now=now + dt.timedelta(days=n)) for n in range(3)
    )
    answer(complaint=answered, words="y", by=user, now=now)
    assert [row.complaint for row in inbox(user, now)] == [old, new, answered]
    assert waiting_complaints(user) == 2
    other = factories.make_user(Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR)
    assert inbox(other, now) == []
    assert waiting_complaints(other) == 0
