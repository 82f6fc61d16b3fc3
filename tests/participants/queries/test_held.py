from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import Role, User
from activities.models import Session
from participants.models import MarkOperation, SealedWalkIn
from participants.queries.held import Waiting, waiting_on
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    return make_session(activity=make_activity(hub=make_hub()))


@pytest.fixture
def user(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,), name="Ash")


def hold(session: Session, by: User, person: UUID, **fields: Any) -> MarkOperation:
    defaults: dict[str, Any] = {
        "role": "participant",
        "status": "late",
        "marked_at": session.starts_at,
        "held_for": "clock",
    }
    return MarkOperation.objects.create(
        id=uuid4(), session=session, person_id=person, marked_by=by, **(defaults | fields)
    )


def test_nothing(session, user):
    hold(session, user, make_participant().pk, held_for="", participant=make_participant())
    hold(session, user, uuid4(), settled_at=session.starts_at)
    hold(make_session(), user, uuid4())
    assert waiting_on(session, user) == []


def test_a_mark_says_who_what_when_by_whom_and_why(session, user):
    person = make_participant(hub=session.activity.hub, given_name="Comet")
    mark = hold(session, user, person.pk, sent_by=make_user(name="Elm"))
    assert waiting_on(session, user) == [
        Waiting(
            id=mark.pk,
            name="Comet P",
            what="Late",
            why="The device's clock was wrong.",
            marked_at=session.starts_at,
            taken_by="Ash",
            sent_by="Elm",
            can_be_used=True,
        )
    ]


def test_nobody_elsewhere_is_named_unless_they_are_on_this_register(session, user):
    elsewhere = make_participant(hub=make_hub(), given_name="Unsaid")
    guest = make_participant(hub=make_hub(), given_name="Guest")
    make_attendance(session, guest)
    for person in (elsewhere.pk, guest.pk, uuid4()):
        hold(session, user, person, held_for="person")
    waiting = waiting_on(session, user)
    assert sorted(each.name for each in waiting) == ["", "", "Guest P"]
    assert sorted(each.can_be_used for each in waiting) == [False, False, True]


def test_a_mark_of_a_cancelled_session_can_only_be_set_aside(session, user):
    person = make_participant(hub=session.activity.hub)
    hold(session, user, person.pk, held_for="cancelled", participant=person)
    (waiting,) = waiting_on(session, user)
    assert not waiting.can_be_used


def test_a_walk_in_that_does_not_open_waits_in_its_place(session, user):
    later = hold(session, user, uuid4(), marked_at=session.starts_at + dt.timedelta(minutes=9))
    walk_in = SealedWalkIn.objects.create(
        id=uuid4(),
        session=session,
        sealed={},
        problem="It says no first name.",
        marked_at=session.starts_at,
        taken_by=user,
    )
    waiting = waiting_on(session, user)
    assert [each.id for each in waiting] == [walk_in.pk, later.pk]
    assert (waiting[0].what, waiting[0].why) == ("A walk-in", "It says no first name.")
    assert not waiting[0].can_be_used


@pytest.mark.parametrize("rows", [1, 3])
def test_costs_the_same(session, user, rows, django_assert_num_queries):
    for _ in range(rows):
        hold(session, user, make_participant(hub=session.activity.hub).pk)
    with django_assert_num_queries(4):
        assert len(waiting_on(session, user)) == rows
