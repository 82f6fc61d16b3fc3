from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from activities.models import Session
from participants.models import MarkOperation, Participant, Registration
from participants.services.walk_ins import add_walk_in
from tests.factories import (
    make_attendance,
    make_hub,
    make_participant,
    make_user,
)

pytestmark = pytest.mark.django_db
NAMES = ["mark_history", "change_details", "take_off", "recognise"]


@pytest.fixture
def coordinator(session: Session, client: Client) -> User:
    user = make_user(Role.COORDINATOR, hubs=(session.activity.hub,), name="Ash")
    client.force_login(user)
    return user


@pytest.fixture
def person(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub, given_name="Comet", family_name="Zed")


def address(name: str, session: Session, person: Participant) -> str:
    return reverse(f"participants:{name}", args=[session.pk, person.pk])


def ask(client: Client, name: str, session: Session, person: Participant, **data: str) -> Any:
    where = address(name, session, person)
    return client.get(where) if name == "mark_history" else client.post(where, data)


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestStrangers:
    @pytest.mark.parametrize("name", NAMES)
    def test_not_signed_in_leads_to_sign_in(self, client, session, person, name):
        response = ask(client, name, session, person)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))

    @pytest.mark.parametrize("name", NAMES)
    def test_another_role_is_refused(self, client, session, person, name):
        client.force_login(make_user(Role.EVALUATOR, hubs=(session.activity.hub,)))
        assert ask(client, name, session, person).status_code == 403

    @pytest.mark.parametrize("name", NAMES)
    def test_another_hubs_coordinator_finds_nothing(self, client, session, person, name):
        make_attendance(session, person)
        client.force_login(make_user(Role.COORDINATOR, hubs=(make_hub(),)))
        assert ask(client, name, session, person, role="volunteer").status_code == 404
        assert MarkOperation.objects.count() == AuditEntry.objects.count() == 0

    @pytest.mark.parametrize("name", NAMES)
    def test_somebody_of_another_hub_is_not_found(self, client, session, coordinator, name):
        stranger = make_participant(hub=make_hub())
        assert ask(client, name, session, stranger).status_code == 404
        assert AuditEntry.objects.count() == 0


class TestPage:
    def test_shows_every_mark_and_records_who_looked(self, client, session, coordinator, person):
        for status, minutes in (("late", 1), ("absent", 2)):
            operation = MarkOperation.objects.create(
                id=uuid.uuid4(),
                session=session,
                person_id=person.pk,
                participant=person,
                role="participant",
                status=status,
                marked_at=session.starts_at + dt.timedelta(minutes=minutes),
                marked_by=coordinator,
                device="0123456789",
            )
        make_attendance(session, person, status="absent", operation=operation)
        page = ask(client, "mark_history", session, person).content.decode()
        assert '<h1 class="register-head__title">Comet Z</h1>' in page
        assert "Zed" not in page
        assert page.count("By Ash. Made") == 2
        assert page.count("from device 012345.") == 2
        assert page.index("A later mark stands") < page.index(">Stands<")
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id) == ("register.history", person.pk)

    def test_nobody_marked_yet(self, client, session, coordinator, person):
        page = ask(client, "mark_history", session, person).content.decode()
        assert "Nobody has marked Comet at this session." in page
        assert "Change times or role" not in page
        assert "Take off" not in page

    @pytest.mark.parametrize("rows", [1, 3])
    def test_costs_the_same(self, client, session, coordinator, rows, django_assert_num_queries):
        person = make_participant(hub=session.activity.hub)
        for _ in range(rows):
            MarkOperation.objects.create(
                id=uuid.uuid4(),
                session=session,
                person_id=person.pk,
                participant=person,
                role="participant",
                status="late",
                marked_at=session.starts_at,
                marked_by=coordinator,
            )
        with django_assert_num_queries(11):
            ask(client, "mark_history", session, person)


class TestDetails:
    def test_times_are_of_derbys_clock_and_of_the_sessions_day(
        self, client, session, coordinator, person
    ):
        make_attendance(session, person)
        start = session.local_start.replace(second=0, microsecond=0)
        came, left = start + dt.timedelta(minutes=5), start + dt.timedelta(minutes=25)
        response = ask(
            client,
            "change_details",
            session,
            person,
            arrived=f"{came:%H:%M}",
            left=f"{left:%H:%M}",
            role="volunteer",
        )
        assert response["Location"] == address("mark_history", session, person)
        attendance = session.attendances.get()
        assert (attendance.arrived_at, attendance.left_at) == (came, left)
        assert attendance.role == "volunteer"
        page = client.get(response["Location"]).content.decode()
        assert f'value="{came:%H:%M}"' in page
        assert '<option value="volunteer" selected>' in page

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            ({"arrived": "x"}, "Enter a time such as 16:20."),
            ({"role": "made up"}, "Select a valid choice."),
        ],
        ids=["time", "role"],
    )
    @pytest.mark.usefixtures("coordinator")
    def test_what_is_wrong_is_said(self, client, session, person, data, problem):
        make_attendance(session, person)
        data = {"role": "participant"} | data
        response = ask(client, "change_details", session, person, **data)
        assert response.status_code == 422
        assert problem in response.content.decode()
        assert MarkOperation.objects.count() == 0

    def test_what_the_register_refuses_is_said(self, client, session, coordinator, person):
        response = ask(client, "change_details", session, person, role="volunteer")
        assert response.status_code == 422


class TestTakingOff:
    def test_a_walk_in_goes_with_their_name(self, client, session, coordinator):
        walk_in = add_walk_in(
            session=session,
            participant_id=uuid.uuid4(),
            given_name="Birch",
            year_group=5,
            by=coordinator,
            now=timezone.now(),
        )
        page = ask(client, "mark_history", session, walk_in).content.decode()
        assert "Yes, take them off" in page
        response = ask(client, "take_off", session, walk_in)
        assert response["Location"] == reverse("participants:session_register", args=[session.pk])
        assert told(response) == ["They are taken off this register."]
        assert session.attendances.count() == 0
        assert not Registration.objects.filter(participant=walk_in).exists()

    def test_nobody_else_does(self, client, session, coordinator, person):
        make_attendance(session, person)
        response = ask(client, "take_off", session, person)
        assert told(response) == ["Only a walk-in whose details are not complete can be taken off."]
        assert session.attendances.count() == 1


class TestRecognising:
    @pytest.fixture
    def walk_in(self, session, coordinator) -> Participant:
        return add_walk_in(
            session=session,
            participant_id=uuid.uuid4(),
            given_name="comet",
            year_group=None,
            by=coordinator,
            now=timezone.now(),
        )

    def test_whom_the_hub_knows_is_offered_and_takes_the_place(
        self, client, session, coordinator, person, walk_in
    ):
        page = ask(client, "mark_history", session, walk_in).content.decode()
        assert "Is it somebody you know?" in page
        assert "Comet Z" in page
        response = ask(client, "recognise", session, walk_in, known=str(person.pk))
        assert response["Location"] == reverse("participants:session_register", args=[session.pk])
        assert told(response) == ["Comet Z is on this register in their place."]
        assert [one.participant for one in session.attendances.all()] == [person]

    def test_nobody_but_who_is_offered(self, client, session, coordinator, walk_in):
        namesake = make_participant(hub=make_hub(), given_name="Comet")
        other = make_participant(hub=session.activity.hub, given_name="Juniper")
        page = ask(client, "mark_history", session, walk_in).content.decode()
        assert "Is it somebody you know?" not in page
        for chosen in (str(namesake.pk), str(other.pk), str(walk_in.pk), "", "x"):
            assert ask(client, "recognise", session, walk_in, known=chosen).status_code == 404
        assert [one.participant for one in session.attendances.all()] == [walk_in]

    def test_of_somebody_complete_nothing_is_asked(self, client, session, coordinator, person):
        make_participant(hub=session.activity.hub, given_name="Comet")
        make_attendance(session, person)
        page = ask(client, "mark_history", session, person).content.decode()
        assert "Is it somebody you know?" not in page
