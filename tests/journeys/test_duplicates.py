"""Two records of one child: looked at side by side, made one, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from participants.models import NotTheSame, Participant
from participants.services.duplicates import find_likely_pairs
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache"),
]


@pytest.fixture
def page(person: Callable[[], Page], live_server: LiveServer) -> Page:
    """Of somebody who works for the trust."""
    user: User = factories.make_user(Role.TRUST_STAFF)
    client = Client()
    client.force_login(user)
    page = person()
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


@pytest.fixture
def alike(page: Page) -> tuple[Participant, Participant]:
    known = factories.make_participant(
        hub=factories.make_hub(), given_name="Samplia", family_name="Zyxw", school="Made-up School"
    )
    walked_in = factories.make_participant(
        hub=factories.make_hub(), given_name="Sampliah", family_name="Zyxw"
    )
    for day in (7, 14):
        session = factories.make_session(starts_at=factories.london(2019, 5, day))
        factories.make_attendance(session, known)
    factories.make_attendance(factories.make_session(), walked_in)
    find_likely_pairs(now=timezone.now())
    return known, walked_in


def test_made_one_person_and_taken_apart_again(
    page: Page, alike: tuple[Participant, Participant]
) -> None:
    known, walked_in = alike
    page.goto("/start/all/")
    follow(page, page.get_by_role("link", name="Possible duplicates"))
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Sampliah Zyxw"))
    assert "Zyxw" not in page.url
    expect(page.get_by_text("Differs").first).to_be_visible()
    expect(page.get_by_text("Nothing is deleted")).to_be_visible()
    assert_accessible(page)
    # The record that came oftener is suggested; its spelling is not the right one.
    page.get_by_role("group", name="First name").get_by_label("Sampliah").check()
    page.get_by_role("button", name="Make them one person").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("They are one person now.")).to_be_visible()
    assert_accessible(page)
    known.refresh_from_db()
    walked_in.refresh_from_db()
    assert (walked_in.merged_into, known.given_name) == (known, "Sampliah")
    follow(page, page.get_by_role("link", name="Undo"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Undo the merge"))
    expect(page.get_by_text("They are two records again")).to_be_visible()
    known.refresh_from_db()
    walked_in.refresh_from_db()
    assert (walked_in.merged_into, known.given_name) == (None, "Samplia")


def test_two_people_are_not_shown_again(page: Page, alike: tuple[Participant, Participant]) -> None:
    page.goto("/people/duplicates/")
    follow(page, page.get_by_role("link", name="Sampliah Zyxw"))
    follow(page, page.get_by_role("button", name="They are two people"))
    expect(page.get_by_text("Every pair is decided on.")).to_be_visible()
    assert NotTheSame.objects.count() == 1
    assert_accessible(page)
