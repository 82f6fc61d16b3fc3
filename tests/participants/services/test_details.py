from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from activities.models import Session
from participants.models import AttendanceRole, MarkOperation, Participant
from participants.services.details import change_details
from participants.services.errors import RegisterError
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


@pytest.fixture
def user(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def person(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub)


def change(
    session: Session,
    person: Participant,
    user: User,
    arrived_at: dt.datetime | None = None,
    left_at: dt.datetime | None = None,
) -> None:
    change_details(
        session=session,
        person_id=person.pk,
        role=AttendanceRole.VOLUNTEER,
        arrived_at=arrived_at,
        left_at=left_at,
        by=user,
        now=session.ends_at,
    )


def test_the_mark_stays_and_gets_times_and_a_role(session, person, user):
    make_attendance(session, person, status="left_early")
    arrived_at, left_at = session.starts_at + MINUTE, session.starts_at + 20 * MINUTE
    change(session, person, user, arrived_at, left_at)
    attendance = session.attendances.get()
    assert (attendance.status, attendance.role) == ("left_early", "volunteer")
    assert (attendance.arrived_at, attendance.left_at) == (arrived_at, left_at)
    change(session, person, user)
    attendance.refresh_from_db()
    assert (attendance.arrived_at, attendance.left_at) == (None, None)
    assert MarkOperation.objects.count() == 2


def test_a_mark_of_a_fast_clock_is_followed(session, person, user):
    make_attendance(session, person, marked_at=session.ends_at + 4 * MINUTE)
    change(session, person, user)
    assert session.attendances.get().role == "volunteer"


def test_nobody_marked_nothing_to_change(session, person, user):
    with pytest.raises(RegisterError, match="Mark them first"):
        change(session, person, user)


def test_who_did_not_come_has_no_times(session, person, user):
    make_attendance(session, person, status="absent")
    with pytest.raises(RegisterError, match="did not come"):
        change(session, person, user, session.starts_at)
    change(session, person, user)
    assert session.attendances.get().role == "volunteer"


def test_times_of_another_day_are_refused(session, person, user):
    make_attendance(session, person)
    with pytest.raises(RegisterError, match="of this session's day"):
        change(session, person, user, session.starts_at - dt.timedelta(days=2))
    assert session.attendances.get().arrived_at is None


def test_not_by_strangers(session, person):
    make_attendance(session, person)
    with pytest.raises(PermissionDenied):
        change(session, person, make_user(Role.COORDINATOR, hubs=(make_hub(),)))
    assert MarkOperation.objects.count() == 0
