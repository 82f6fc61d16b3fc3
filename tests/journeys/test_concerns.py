"""Writing a concern on a telephone, on a bad connection, and reading it; complaining."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from accounts.models import Role, User
from participants.models import Complaint, Concern, ConcernRoute
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)
People = Callable[[], Page]


def sign_in(page: Page, user: User, live_server: Any) -> None:
    """A browser with the session of somebody who has just signed in with both factors."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["session"]
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def writer() -> User:
    hub = factories.make_hub()
    factories.make_participant(hub=hub, given_name="Zelda", family_name="Quill")
    return factories.make_user(Role.COORDINATOR, hubs=(hub,), password=factories.PASSWORD)


def write(page: Page, words: str = "Planted-Xylophone") -> None:
    page.goto("/safeguarding/write/")
    page.get_by_label("What did you see or hear?").fill(words)
    page.locator("input[name='danger'][value='no']").check()


def test_a_concern_from_a_telephone_to_the_lead(
    person: People, writer: User, live_server: Any
) -> None:
    page = person()
    sign_in(page, writer, live_server)
    page.goto("/safeguarding/write/")
    danger = page.get_by_text("Ring 999 now.")
    expect(danger).to_be_hidden()
    page.locator("input[name='danger'][value='yes']").check()
    expect(danger).to_be_visible()
    assert_accessible(page)
    page.get_by_label("What did you see or hear?").fill("Planted-Xylophone")
    page.get_by_label("Who is it about?").fill("zel")
    follow(page, page.get_by_role("button", name="Find by first name"))
    expect(page.get_by_label("What did you see or hear?")).to_have_value("Planted-Xylophone")
    page.get_by_label("Zelda Q").check()
    assert_accessible(page)
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()
    made = Concern.objects.get()
    expect(page.get_by_text(made.receipt)).to_be_visible()
    assert (made.is_urgent, made.participant.given_name) == (True, "Zelda")
    assert_accessible(page)
    assert (
        page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })").count("Planted")
        == 0
    )
    # Going back shows an empty form: nobody reads over the writer's shoulder later.
    page.go_back()
    page.wait_for_load_state()
    if page.get_by_label("What did you see or hear?").count():
        expect(page.get_by_label("What did you see or hear?")).to_have_value("")

    lead = person()
    sign_in(lead, factories.make_user(Role.SAFEGUARDING_LEAD), live_server)
    lead.goto("/safeguarding/")
    assert_accessible(lead)
    follow(lead, lead.get_by_role("link", name=made.receipt))
    expect(lead.get_by_text("Planted-Xylophone")).to_be_visible()
    assert_accessible(lead)
    lead.get_by_label("What happened?").fill("Rang the school")
    follow(lead, lead.get_by_role("button", name="Add"))
    expect(lead.get_by_text("Rang the school")).to_be_visible()


def test_a_bad_connection_loses_no_word(person: People, writer: User, live_server: Any) -> None:
    page = person()
    sign_in(page, writer, live_server)
    write(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_text("there is no connection")).to_be_visible()
    expect(page.get_by_label("What did you see or hear?")).to_have_value("Planted-Xylophone")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()
    assert Concern.objects.count() == 1


def test_an_answer_that_got_lost_makes_no_second_concern(
    person: People, writer: User, live_server: Any
) -> None:
    page = person()
    sign_in(page, writer, live_server)
    write(page)
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch(max_redirects=0)
        route.abort()

    page.route(re.compile("/safeguarding/send/"), lose_the_answer)
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_text("there is no connection")).to_be_visible()
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()
    assert Concern.objects.count() == 1


def test_signed_out_meanwhile_loses_no_word(person: People, writer: User, live_server: Any) -> None:
    page = person()
    sign_in(page, writer, live_server)
    write(page)
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_text("you are signed out")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in, in another tab")).to_be_visible()
    expect(page.get_by_label("What did you see or hear?")).to_have_value("Planted-Xylophone")
    page.context.clear_cookies()
    sign_in(page, writer, live_server)
    page.get_by_role("button", name="Send the concern").tap()
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()
    assert Concern.objects.count() == 1


def test_what_is_missing_is_said_with_every_word_kept(
    person: People, writer: User, live_server: Any
) -> None:
    page = person()
    sign_in(page, writer, live_server)
    page.goto("/safeguarding/write/")
    page.get_by_label("What did you see or hear?").fill("Planted-Xylophone")
    page.get_by_label("Yes, about the lead").check()
    follow(page, page.get_by_role("button", name="Send the concern"))
    expect(
        page.get_by_role("alert").get_by_text("Say whether anybody is in danger")
    ).to_be_visible()
    expect(page.get_by_label("What did you see or hear?")).to_have_value("Planted-Xylophone")
    page.locator("input[name='danger'][value='no']").check()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send the concern").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()
    assert Concern.objects.get().route == ConcernRoute.NOT_LEAD


def test_without_scripts_it_is_sent_as_well(
    person: People, writer: User, live_server: Any, browser_context_args: dict[str, object]
) -> None:
    browser_context_args["java_script_enabled"] = False
    page = person()
    sign_in(page, writer, live_server)
    write(page)
    follow(page, page.get_by_role("button", name="Send the concern"))
    expect(page.get_by_role("heading", name="Your concern was sent")).to_be_visible()


@pytest.mark.parametrize("prefix", ["", "/ur", "/en-easy"])
def test_anybody_complains(person: People, prefix: str) -> None:
    page = person()
    page.goto(f"{prefix}/complain/")
    assert_accessible(page)
    page.locator("textarea[name='words']").fill("Planted")
    follow(page, page.locator("form[action$='/complain/send/'] button[type='submit']"))
    expect(page.get_by_text(Complaint.objects.get().receipt)).to_be_visible()
    assert page.context.cookies() == []
    assert_accessible(page)


def test_the_kit_for_breaches(person: People, live_server: Any) -> None:
    page = person()
    user = factories.make_user(Role.TRUST_STAFF)
    sign_in(page, user, live_server)
    page.goto("/breaches/new/")
    page.get_by_label("What happened?").fill("A laptop was stolen")
    page.get_by_label("When did we know?").fill(
        f"{dt.datetime.now(factories.LONDON):%Y-%m-%dT00:00}"
    )
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Start the clock"))
    expect(page.get_by_text("hours left")).to_be_visible()
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Notices to copy"))
    assert_accessible(page)
    for address in ("/breaches/", "/complaints/"):
        page.goto(address)
        assert_accessible(page)
