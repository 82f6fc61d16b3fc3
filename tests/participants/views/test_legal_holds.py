"""Legal holds: found by a name that is sent, placed, listed, ended; strangers see none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import LegalHold, Participant
from participants.services.legal_holds import end_hold, place_hold
from tests.factories import london, make_hub, make_participant, make_user

pytestmark = pytest.mark.django_db
NOW = london(2026, 6, 1)


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(Role.TRUST_STAFF)
    client.force_login(user)
    return user


@pytest.fixture
def person() -> Participant:
    return make_participant(hub=make_hub(), given_name="Planted", family_name="Zyxw")


def test_found_held_listed_and_ended(client: Client, user: User, person: Participant) -> None:
    page = client.post(reverse("retention:find"), {"name": "Plantid Zyxw"})
    address = reverse("retention:person", args=[person.pk])
    assert address in page.text
    assert AuditEntry.objects.filter(kind=AuditKind.PEOPLE_SEARCHED).count() == 1
    assert client.post(address, {"why": ""}).status_code == 422
    assert client.post(address, {"why": "A court asks."})["Location"] == address
    hold = LegalHold.objects.get()
    assert (hold.participant, hold.why, hold.placed_by) == (person, "A court asks.", user)
    assert "Planted Zyxw" in client.get(reverse("retention:holds")).text
    end = reverse("retention:end", args=[hold.pk])
    read = AuditEntry.objects.filter(kind=AuditKind.IDENTITY_READ, object_id=person.pk)
    before = read.count()
    assert "A court asks." in client.get(end).text
    assert read.count() == before + 1
    assert client.post(end, {"why": ""}).status_code == 422
    assert client.post(end, {"why": "It is over."})["Location"] == address
    assert client.get(end).status_code == 404
    assert "It is over." in client.get(address).text


def test_a_merged_record_leads_to_its_root(client: Client, user: User, person: Participant) -> None:
    record = make_participant(merged_into=person)
    client.post(reverse("retention:person", args=[record.pk]), {"why": "A court asks."})
    assert LegalHold.objects.get().participant == person


def test_the_record_says_so_to_those_who_may_know(
    client: Client, user: User, person: Participant
) -> None:
    address = reverse("people:person", args=[person.pk])
    assert "Legal hold" not in client.get(address).text
    hold = place_hold(person=person, why="Secret", by=user, now=NOW)
    assert "Legal hold" in client.get(address).text
    client.force_login(make_user(Role.COORDINATOR, hubs=(person.registrations.get().hub,)))
    page = client.get(address)
    assert page.status_code == 200
    assert "Legal hold" not in page.text
    client.force_login(user)
    end_hold(hold=hold, why="Over", by=user, now=NOW)
    assert "Legal hold" not in client.get(address).text


def test_reading_is_written_down(client: Client, user: User, person: Participant) -> None:
    place_hold(person=person, why="A court", by=user, now=NOW)
    before = AuditEntry.objects.filter(object_id=person.pk).count()
    client.get(reverse("retention:holds"))
    client.get(reverse("retention:person", args=[person.pk]))
    read = AuditEntry.objects.filter(object_id=person.pk, kind=AuditKind.IDENTITY_READ)
    assert read.count() == 2
    assert AuditEntry.objects.filter(object_id=person.pk).count() == before + 2


def test_the_list_asks_as_much_for_one_as_for_three(
    client: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def number() -> int:
        with django_assert_max_num_queries(30) as queries:
            assert client.get(reverse("retention:holds")).status_code == 200
        return len(queries)

    place_hold(person=make_participant(), why="A court", by=user, now=NOW)
    client.get(reverse("retention:holds"))
    one = number()
    for _ in range(2):
        place_hold(person=make_participant(), why="A court", by=user, now=NOW)
    assert number() == one


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_strangers(role: Role, client: Client, person: Participant) -> None:
    hold = place_hold(person=person, why="Secret", by=make_user(Role.TRUST_STAFF), now=NOW)
    client.force_login(make_user(role, hubs=tuple(each.hub for each in person.registrations.all())))
    addresses = [
        reverse("retention:holds"),
        reverse("retention:find"),
        reverse("retention:person", args=[person.pk]),
        reverse("retention:end", args=[hold.pk]),
    ]
    for address in addresses:
        assert client.get(address).status_code == 403
    for address in addresses[1:]:
        assert client.post(address, {"why": "x", "name": "x"}).status_code == 403
    assert LegalHold.objects.standing().count() == 1
