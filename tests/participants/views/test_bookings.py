"""Coordinators' page of places."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import LONDON, Session
from participants.models import Booking, BookingLink, Participant
from participants.queries.bookings import hash_of
from participants.services.booking_links import make_link
from participants.services.bookings import book, set_places
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
OF_A_SESSION = ["session_bookings", "set_places", "book", "book_new_person", "make_link"]
OF_A_BOOKING = ["cancel_booking", "move_booking"]


@pytest.fixture
def session() -> Session:
    """In three days: views ask the real clock."""
    starts_at = (timezone.now() + dt.timedelta(days=3)).replace(second=17, microsecond=0)
    activity = make_activity(hub=make_hub(), title="Trip to the museum")
    return make_session(activity=activity, starts_at=starts_at, places=1)


@pytest.fixture
def coordinator(session: Session, client: Client) -> User:
    user = make_user(Role.COORDINATOR, hubs=(session.activity.hub,), name="Demo Coordinator")
    client.force_login(user)
    return user


@pytest.fixture
def child(session: Session) -> Participant:
    return make_participant(hub=session.activity.hub, given_name="Comet", family_name="Sample")


def address(name: str, about: Session | Booking | BookingLink) -> str:
    return reverse(f"participants:{name}", args=[about.pk])


def shown(client: Client, session: Session) -> Page:
    return open_page(client, address("session_bookings", session))


def post(client: Client, name: str, about: Any, **data: Any) -> Page:
    """What the page says after sending a form."""
    response = client.post(address(name, about), data, follow=True)
    return Page(response)


def booked(session: Session, person: Participant, by: User) -> Booking:
    return book(session=session, participant=person, by=by, now=timezone.now())


def standing(session: Session) -> list[tuple[uuid.UUID, bool]]:
    rows = session.bookings.standing().order_by("booked_at")
    return list(rows.values_list("participant", "has_place"))


class TestPlaces:
    def test_none_until_they_are_set(self, client, session, coordinator):
        Session.objects.update(places=None)
        page = shown(client, session)
        assert "Nobody has to book for this session." in page.text
        assert "Book for somebody" not in page.text
        assert "Let parents book" not in page.text
        page = post(client, "set_places", session, places="12")
        assert "Saved. Places: 12." in page.text
        assert "Book for somebody" in page.text
        page = post(client, "set_places", session, places="")
        assert "Nobody has to book." in page.text
        assert Session.objects.get().places is None

    @pytest.mark.parametrize("places", ["-1", "2001", "many", "1.5"])
    def test_what_is_no_number_of_places(self, places, client, session, coordinator):
        response = client.post(address("set_places", session), {"places": places})
        assert response.status_code == 422
        assert "There is a problem" in response.text
        assert Session.objects.get().places == 1

    def test_fewer_than_are_taken_is_said(self, client, session, coordinator, child):
        set_places(session=session, places=3, by=coordinator, now=timezone.now())
        for person in [child, *(make_participant(hub=session.activity.hub) for _ in range(2))]:
            booked(session, person, coordinator)
        page = post(client, "set_places", session, places="1")
        assert "2 more than there are places." in page.text
        assert [has for _, has in standing(session)] == [True] * 3

    def test_places_that_were_added_elsewhere_go_to_whoever_waits(
        self, client, session, coordinator, child
    ):
        Session.objects.update(places=0)
        booked(session, child, coordinator)
        Session.objects.update(places=2)
        assert "Places were added, and people wait." in shown(client, session).text
        page = post(client, "set_places", session, places="2")
        assert "Places were added" not in page.text
        assert standing(session) == [(child.pk, True)]

    def test_people_who_booked_show_where_nobody_has_to_any_more(
        self, client, session, coordinator, child
    ):
        booked(session, child, coordinator)
        Session.objects.update(places=None)
        page = shown(client, session)
        assert "Comet Sample" in page.text
        page = post(client, "set_places", session, places="")
        assert "Cancel their bookings first." in page.text


class TestBooking:
    def test_found_by_name_and_booked(self, client, session, coordinator, child):
        response = client.post(address("session_bookings", session), {"q": "com"})
        page = Page(response)
        assert "Comet Sample" in page.text
        assert "q=" not in response.request["QUERY_STRING"]
        page = post(client, "book", session, person=str(child.pk))
        assert "Comet S has a place." in page.text
        assert standing(session) == [(child.pk, True)]

    def test_the_waiting_list_says_so(self, client, session, coordinator, child):
        booked(session, make_participant(hub=session.activity.hub), coordinator)
        page = post(client, "book", session, person=str(child.pk))
        assert "All places are taken. Comet S is on the waiting list." in page.text
        assert "1. Comet Sample" in page.text

    def test_twice_is_refused(self, client, session, coordinator, child):
        booked(session, child, coordinator)
        page = post(client, "book", session, person=str(child.pk))
        assert "They have booked already." in page.text

    @pytest.mark.parametrize("person", ["", "nobody", "00000000-0000-4000-8000-000000000000"])
    def test_nobody(self, person, client, session, coordinator):
        response = client.post(address("book", session), {"person": person})
        assert response.status_code == 404

    def test_a_child_of_another_hub(self, client, session, coordinator):
        stranger = make_participant(hub=make_hub(), given_name="Comet")
        response = client.post(address("book", session), {"person": str(stranger.pk)})
        assert response.status_code == 404
        response = client.post(address("session_bookings", session), {"q": "Comet"})
        assert "Nobody at your hubs is called that." in response.text

    def test_somebody_new_after_asking(self, client, session, coordinator, child):
        data = {"person_id": str(uuid.uuid4()), "given_name": "Comet", "year_group": "unknown"}
        page = post(client, "book_new_person", session, **data)
        assert "Is it one of these?" in page.text
        assert "Comet Sample" in page.text
        assert standing(session) == []
        page = post(client, "book_new_person", session, **data, is_new="yes")
        assert "Comet has a place." in page.text
        assert "To be completed" in page.text
        person = Participant.objects.get(pk=data["person_id"])
        assert (person.is_complete, person.year_group) == (False, None)

    def test_somebody_new_whom_nobody_is_like(self, client, session, coordinator):
        data = {"person_id": str(uuid.uuid4()), "given_name": "Walnut", "year_group": "0"}
        page = post(client, "book_new_person", session, **data)
        assert "Walnut has a place." in page.text
        assert "Reception" in page.text

    def test_what_is_missing_is_said(self, client, session, coordinator):
        response = client.post(
            address("book_new_person", session), {"person_id": str(uuid.uuid4())}
        )
        assert response.status_code == 422
        assert "Enter a first name." in response.text
        assert "Choose a school year" in response.text
        response = client.post(address("session_bookings", session), {"q": " "})
        assert response.status_code == 422
        assert "Enter a first name." in response.text

    @pytest.mark.parametrize("fields", [{"cancelled_at": timezone.now()}, {"places": None}])
    def test_nothing_is_booked_for_what_takes_none(
        self, fields, client, session, coordinator, child
    ):
        Session.objects.update(**fields)
        assert "Book for somebody" not in shown(client, session).text
        post(client, "book", session, person=str(child.pk))
        assert standing(session) == []


class TestCancellingAndMoving:
    def test_in_two_steps(self, client, session, coordinator, child):
        booking = booked(session, child, coordinator)
        waits = make_participant(hub=session.activity.hub)
        booked(session, waits, coordinator)
        page = open_page(client, address("cancel_booking", booking))
        assert "Cancel this booking? Comet Sample" in page.text
        assert standing(session) == [(child.pk, True), (waits.pk, False)]
        page = post(client, "cancel_booking", booking)
        assert "The booking is cancelled." in page.text
        assert "by Demo Coordinator" in page.text
        assert "moved up from the waiting list" in page.text
        assert standing(session) == [(waits.pk, True)]
        assert client.get(address("cancel_booking", booking)).status_code == 302

    def test_to_whom_the_hub_knows(self, client, session, coordinator, child):
        unsure = make_participant(
            hub=session.activity.hub, given_name="Comet", is_complete=False, family_name=""
        )
        booking = booked(session, unsure, coordinator)
        page = shown(client, session)
        assert "Possibly the same as Comet Sample" in page.text
        page = post(client, "move_booking", booking, person=str(child.pk))
        assert "The booking is now Comet S's, whom the hub knows." in page.text
        assert standing(session) == [(child.pk, True)]
        assert "Possibly the same" not in page.text

    def test_not_to_a_child_of_another_hub(self, client, session, coordinator):
        unsure = make_participant(hub=session.activity.hub, is_complete=False)
        booking = booked(session, unsure, coordinator)
        stranger = make_participant(hub=make_hub())
        response = client.post(address("move_booking", booking), {"person": str(stranger.pk)})
        assert response.status_code == 404
        assert standing(session) == [(unsure.pk, True)]


class TestAfterwards:
    @pytest.fixture
    def over(self, session: Session, coordinator: User, child: Participant) -> Session:
        booked(session, child, coordinator)
        week = dt.timedelta(weeks=1)
        session.starts_at, session.ends_at = session.starts_at - week, session.ends_at - week
        session.save()
        return session

    def test_the_register_first(self, client, over):
        page = shown(client, over)
        assert "The register is not taken yet." in page.text
        assert "Book for somebody" not in page.text
        assert "Change how many" not in page.text

    def test_who_did_not_come_and_how_often(self, client, over):
        over.register_taken_at = over.ends_at
        over.save()
        page = shown(client, over)
        assert "Booked and did not come 1 Comet Sample 1 time in the last 8 weeks" in page.text

    def test_everybody_came(self, client, over, child):
        over.register_taken_at = over.ends_at
        over.save()
        make_attendance(over, child)
        assert "Everybody who had a place came or was excused." in shown(client, over).text


class TestLinks:
    def made(self, client: Client, session: Session) -> str:
        start = session.starts_at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
        page = post(client, "make_link", session, expires_at=start)
        found = re.search(r'value="(http://testserver/book/([\w-]{43})/)"', page.html)
        assert found
        return found[2]

    def test_the_address_is_shown_once(self, client, session, coordinator):
        token = self.made(client, session)
        link = BookingLink.objects.get()
        assert link.token_hash == hash_of(token)
        assert link.expires_at == session.starts_at
        page = shown(client, session)
        assert token not in page.html
        assert "Booked by it: 0." in page.text
        for entry in AuditEntry.objects.all():
            assert token not in f"{entry.reason}{entry.object_id}"

    def test_closed_by_a_tap(self, client, session, coordinator):
        self.made(client, session)
        page = post(client, "close_link", BookingLink.objects.get())
        assert "The link is closed." in page.text
        assert "Booked by it" not in page.text

    @pytest.mark.parametrize("expires_at", ["", "soon", "2019-05-14T16:00", "2990-01-01T10:00"])
    def test_when_it_cannot_end(self, expires_at, client, session, coordinator):
        response = client.post(address("make_link", session), {"expires_at": expires_at})
        assert response.status_code == 422
        assert "There is a problem" in response.text
        assert not BookingLink.objects.exists()


class TestWhoSees:
    def objects(self, session: Session, by: User) -> list[tuple[str, Any]]:
        booking = booked(session, make_participant(hub=session.activity.hub), by)
        link, _ = make_link(
            session=session, expires_at=session.starts_at, by=by, now=timezone.now()
        )
        return [
            *((name, session) for name in OF_A_SESSION),
            *((name, booking) for name in OF_A_BOOKING),
            ("close_link", link),
        ]

    def test_strangers_find_nothing(self, client, session):
        own = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        client.force_login(make_user(Role.COORDINATOR, hubs=(make_hub(),)))
        for name, about in self.objects(session, own):
            assert client.post(address(name, about)).status_code == 404, name
            assert client.get(address(name, about)).status_code in {404, 405}, name
        assert len(standing(session)) == 1
        assert BookingLink.objects.get().closed_at is None

    def test_others_are_refused(self, client, session):
        own = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        objects = self.objects(session, own)
        for name, about in objects:
            assert client.post(address(name, about)).status_code == 302, name
        client.force_login(make_user(Role.EVALUATOR))
        for name, about in objects:
            assert client.post(address(name, about)).status_code == 403, name

    def test_opening_is_written_down(self, client, session, coordinator):
        shown(client, session)
        entry = AuditEntry.objects.get(kind=AuditKind.BOOKINGS_READ)
        assert (entry.actor_id, entry.object_id) == (coordinator.pk, session.pk)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_is_the_same(
    *,
    rows: int,
    client: Client,
    session: Session,
    coordinator: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Session.objects.update(places=rows)
    for number in range(2 * rows):
        person = make_participant(
            hub=session.activity.hub, given_name="Comet", is_complete=number > 0
        )
        booked(session, person, coordinator)
    for _ in range(rows):
        make_link(session=session, expires_at=session.starts_at, by=coordinator, now=timezone.now())
    shown(client, session)
    with django_assert_num_queries(10):
        page = shown(client, session)
    assert page.html.count("It is them") >= rows
