"""Signs beside names on registers, and how many Today says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from activities.models import Session
from evaluation.queries.today import today_page
from hubs.models import Hub
from participants.models import Booking, CareNote, Collects, Contact, Participant
from participants.queries.care_signs import Signs, care_notes_expected, signs_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub()


@pytest.fixture
def session(hub: Hub) -> Session:
    """On now: pages ask the real clock."""
    starts_at = timezone.now() - dt.timedelta(minutes=30)
    return factories.make_session(activity=factories.make_activity(hub=hub), starts_at=starts_at)


@pytest.fixture
def coordinator(hub: Hub) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(hub,))


def regular(session: Session, *, weeks_ago: int = 1, **fields: object) -> Participant:
    person = factories.make_participant(hub=session.activity.hub, **fields)
    before = session.starts_at - dt.timedelta(weeks=weeks_ago)
    earlier = factories.make_session(activity=session.activity, starts_at=before)
    factories.make_attendance(earlier, person)
    return person


def note(person: Participant, **fields: object) -> CareNote:
    return CareNote.objects.create(participant=person, kind="allergy", text="Planted", **fields)


def test_signs_of_every_record_of_a_person(now: dt.datetime) -> None:
    root, other, ended = (factories.make_participant() for _ in range(3))
    merged = factories.make_participant(merged_into=root)
    note(merged)
    Contact.objects.create(participant=root, name="A", collects=Collects.NEVER)
    Contact.objects.create(participant=other, name="B", collects=Collects.NO)
    note(ended, ended_at=now)
    assert signs_of([root.pk, other.pk, ended.pk]) == {root.pk: Signs(True, True)}
    assert signs_of([]) == {}


def test_the_register_shows_that_there_is_a_note_and_not_which(
    client: Client, session: Session, coordinator: User
) -> None:
    child, other = regular(session, given_name="Comet"), regular(session, given_name="Walnut")
    note(child)
    Contact.objects.create(participant=other, name="Planted Uncle", collects=Collects.NEVER)
    client.force_login(coordinator)
    page = client.get(reverse("participants:session_register", args=[session.pk])).text
    assert page.count("Care note: asks for a reason") == 1
    assert page.count("Somebody must not collect: who") == 1
    assert f"/people/{child.pk}/care/?session={session.pk}" in page
    assert f"/people/{other.pk}/contacts/?session={session.pk}" in page
    assert "Planted" not in page
    assert "llergy" not in page


def test_what_a_device_keeps_says_nothing_of_care(
    client: Client, session: Session, coordinator: User
) -> None:
    child = regular(session, given_name="Comet")
    note(child)
    Contact.objects.create(participant=child, name="Planted Uncle", collects=Collects.NEVER)
    client.force_login(coordinator)
    kept = client.get("/registers/today/").text
    assert str(child.pk) in kept
    for word in ("Planted", "care", "collect", "sign"):
        assert word not in kept


class TestToday:
    def test_counts_who_is_expected_with_a_note(self, session: Session, now: dt.datetime) -> None:
        merged_into = regular(session)
        note(factories.make_participant(merged_into=merged_into))
        note(regular(session, weeks_ago=2))
        note(regular(session, weeks_ago=3), ended_at=now)
        regular(session)
        # Came once, long ago; and somebody of another activity.
        note(regular(session, weeks_ago=8))
        note(factories.make_participant(hub=session.activity.hub))
        booked = factories.make_participant()
        note(booked)
        Booking.objects.create(
            session=session, participant=booked, has_place=True, booked_at=session.starts_at
        )
        assert care_notes_expected([session]) == {session.pk: 3}
        assert care_notes_expected([]) == {}

    def test_says_so_on_the_card(self, client: Client, session: Session, coordinator: User) -> None:
        note(regular(session))
        client.force_login(coordinator)
        assert "<strong>1</strong> expected has a care note" in client.get("/today/").text

    def test_costs_the_same(
        self, session: Session, coordinator: User, django_assert_num_queries: object
    ) -> None:
        for number in (1, 3):
            while CareNote.objects.count() < number:
                note(regular(session))
            with django_assert_num_queries(2):  # type: ignore[operator]
                care_notes_expected([session])
        assert today_page(coordinator, timezone.now())
