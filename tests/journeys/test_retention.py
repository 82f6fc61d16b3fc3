"""Deleting on time, from a plan to its certificate, by two people; and a hold before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from participants.models import Participant, RetentionRun
from participants.services.retention import carry_out
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache"),
]


@pytest.fixture
def signed_in(person: Callable[[], Page], live_server: LiveServer) -> Callable[[User], Page]:
    def arrive(user: User) -> Page:
        client = Client()
        client.force_login(user)
        page = person()
        value = client.cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
        return page

    return arrive


def quiet(name: str) -> Participant:
    person = factories.make_participant(
        given_name=name, family_name="Zyxw", created_at=factories.london(2018, 1, 1)
    )
    factories.make_attendance(factories.make_session(), person)
    return person


def test_two_people_delete_what_is_due_and_a_hold_keeps_somebody(
    signed_in: Callable[[User], Page],
) -> None:
    due, held = quiet("Planted"), quiet("Sampler")
    first, second = (
        factories.make_user(Role.TRUST_STAFF, name=name) for name in ("First Hand", "Second Hand")
    )
    page = signed_in(first)

    page.goto("/start/all/")
    follow(page, page.get_by_role("link", name="Legal holds"))
    follow(page, page.get_by_role("link", name="Place a hold"))
    page.get_by_label("Whose data must be kept?").fill("Sampler Zyxw")
    follow(page, page.get_by_role("button", name="Find them"))
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Sampler Zyxw"))
    assert "Sampler" not in page.url
    page.get_by_label("Why must it be kept?").fill("An inquiry asks for it.")
    follow(page, page.get_by_role("button", name="Place the hold"))
    expect(page.get_by_text("An inquiry asks for it.")).to_be_visible()
    assert_accessible(page)

    page.goto("/retention/")
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Make a plan"))
    expect(page.get_by_text("person will not be named any more")).to_be_visible()
    assert "Zyxw" not in page.content()
    assert_accessible(page)
    # The keyboard alone is enough.
    page.get_by_role("link", name="Look once more and approve").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert_accessible(page)
    page.get_by_role("button", name="Approve").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("A second person must, from their own account.")).to_be_visible()

    run = RetentionRun.objects.get()
    other = signed_in(second)
    other.goto(f"/retention/{run.pk}/")
    follow(other, other.get_by_role("link", name="Look once more and approve"))
    expect(other.get_by_text("This cannot be undone.")).to_be_visible()
    follow(other, other.get_by_role("button", name="Approve, and delete"))
    expect(other.get_by_text("Approved by two people.")).to_be_visible()
    assert_accessible(other)

    carry_out(run_id=run.pk, clock=timezone.now)
    follow(other, other.get_by_role("link", name="Look again"))
    follow(other, other.get_by_role("link", name="Open the certificate"))
    for name in ("First Hand", "Second Hand"):
        expect(other.get_by_text(name)).to_be_visible()
    assert "Zyxw" not in other.content()
    assert_accessible(other)
    due.refresh_from_db()
    held.refresh_from_db()
    assert due.anonymised_at is not None
    assert held.given_name == "Sampler"


def test_the_rules_can_be_read(signed_in: Callable[[User], Page]) -> None:
    page = signed_in(factories.make_user(Role.TRUST_STAFF))
    page.goto("/retention/rules/")
    page.get_by_text("Which fields").first.click()
    expect(page.get_by_text("given name, family name")).to_be_visible()
    assert_accessible(page)
