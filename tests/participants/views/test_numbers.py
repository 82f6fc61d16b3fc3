"""The page of numbers: of one's own hubs, and of no child's private matters."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from hubs.models import Hub
from participants.models import Participant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Acorn")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def came_once(hub: Hub, name: str) -> Participant:
    starts_at = timezone.now() - dt.timedelta(weeks=8)
    session = factories.make_session(
        activity=factories.make_activity(hub=hub, title="Drumming"),
        starts_at=starts_at,
        register_taken_at=starts_at,
    )
    person = factories.make_participant(hub=hub, given_name=name, family_name="Quince")
    factories.make_attendance(session, person)
    return person


def page(client: Client, **query: str) -> str:
    response = client.get(reverse("participants:numbers"), query)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_names_by_first_name_and_initial_only(client, coordinator, hub):
    came_once(hub, "Comet")
    text = page(client)
    assert "Comet Q" in text
    assert "Drumming" in text
    assert "0 of 1" in text
    assert "Quince" not in text


def test_who_looked_is_written_down(client, coordinator, hub):
    page(client)
    entry = AuditEntry.objects.get(kind="numbers.read")
    assert (entry.actor_id, entry.reason) == (coordinator.pk, "acorn")


def test_other_hubs_are_neither_shown_nor_counted(client, coordinator, hub):
    came_once(factories.make_hub(name="Beech"), "Walnut")
    text = page(client)
    assert "Walnut" not in text
    assert "Beech" not in text
    assert client.get(reverse("participants:numbers"), {"hub": "beech"}).status_code == 404


def test_one_of_several_hubs_is_chosen(client, hub):
    other = factories.make_hub(name="Beech")
    came_once(other, "Walnut")
    client.force_login(factories.make_user(Role.HUB_LEAD, hubs=(hub, other)))
    assert "Walnut" not in page(client)
    assert "Walnut Q" in page(client, hub="beech")
    assert '<a class="chip" href="?hub=acorn" aria-current="page">' in page(client)


def test_says_how_many_registers_are_missing(client, coordinator, hub):
    assert "Every register of this hub is taken." in page(client)
    starts_at = timezone.now() - dt.timedelta(days=1)
    factories.make_session(activity=factories.make_activity(hub=hub), starts_at=starts_at)
    text = page(client)
    assert "1 register of this hub is missing" in text
    assert f'href="{reverse("evaluation:today")}"' in text


def test_the_chart_says_what_the_table_says(client, coordinator, hub):
    starts_at = timezone.now() - dt.timedelta(weeks=1)
    activity = factories.make_activity(hub=hub)
    taken = {"register_taken_at": starts_at, "minutes": 90}
    factories.make_session(activity=activity, starts_at=starts_at, **taken)
    text = page(client)
    assert '<title id="hours-title">Session hours held each week</title>' in text
    assert ": 1.5. This week: 0. The hub's hours are 12 a week." in text
    assert '<td data-type="number">1.5</td>' in text


def test_without_a_hub_there_are_none(client):
    client.force_login(factories.make_user(Role.COORDINATOR))
    assert "You do not work at a hub yet" in page(client)


def test_costs_the_same_for_one_and_three(client, hub, django_assert_max_num_queries):
    lead = factories.make_user(Role.TRUST_STAFF)
    client.force_login(lead)
    counts = []
    for names in (["Comet"], ["Juniper", "Walnut"]):
        for name in names:
            came_once(hub, name)
            factories.make_hub()
        with django_assert_max_num_queries(20) as captured:
            page(client, hub="acorn")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_strangers_are_kept_out(client, hub):
    address = reverse("participants:numbers")
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    client.force_login(factories.make_user(Role.EVALUATOR))
    assert client.get(address).status_code == 403
