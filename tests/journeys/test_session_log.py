"""The log of a session, written on a phone with nothing but a keyboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session, SessionLog, Skill
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)
# More presses than a page of this size can need: the way is lost.
FAR = 60


@pytest.fixture
def session() -> Session:
    """One that ended an hour ago, ninety minutes long."""
    hub = factories.make_hub(name="Allenton")
    activity = factories.make_activity(hub=hub, title="Boxing")
    return factories.make_session(
        activity=activity, starts_at=timezone.now() - dt.timedelta(minutes=150)
    )


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def page(
    person: Callable[[], Page], session: Session, coordinator: User, live_server: LiveServer
) -> Page:
    """A phone on which the coordinator has the log open."""
    arrived = person()
    client = Client()
    client.force_login(coordinator)
    value = client.cookies["session"].value
    arrived.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    arrived.goto(f"/planning/sessions/{session.pk}/log/")
    return arrived


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus; it must be in sight then."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate(IN_SIGHT), selector
            return
    raise AssertionError(selector)


# Of what has the focus, the middle is on the screen and nothing lies over it.
IN_SIGHT = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return there !== null && (there === document.activeElement
        || document.activeElement.contains(there)
        || there.closest("label")?.control === document.activeElement);
}"""


def test_by_keyboard_alone(page: Page, session: Session, coordinator: User) -> None:
    tab_to(page, "[name=happened]")
    expect(page.get_by_label("Why?")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Cut short")).to_be_checked()
    tab_to(page, "[name=why]")
    page.keyboard.type("The light failed.")
    tab_to(page, "[name=minutes]")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("60")
    tab_to(page, "[name=skills][value=empathy]")
    page.keyboard.press("Space")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "[name=staff]")
    expect(page.get_by_role("checkbox", name=str(coordinator))).to_be_checked()
    tab_to(page, "textarea")
    page.keyboard.type("New lamps are asked for.")
    tab_to(page, "[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")
    expect(page.get_by_role("status").filter(has_text="Boxing is logged.")).to_be_visible()
    log = SessionLog.objects.select_related("session").get()
    assert (log.why, log.note, log.skills) == (
        "The light failed.", "New lamps are asked for.", [Skill.EMPATHY],
    )  # fmt: skip
    assert (log.session.delivery, log.session.delivered_minutes) == ("cut_short", 60)
    assert list(log.staff.all()) == [coordinator]
    assert list(log.partners.all()) == [session.activity.partner]


def test_as_it_comes_in_one_tap(page: Page) -> None:
    save = page.get_by_role("button", name="Save the log")
    expect(save).to_be_in_viewport()
    save.click()
    page.wait_for_url("**/today/")
    assert SessionLog.objects.get().session.delivered_minutes == 90


def test_what_is_wrong_is_said_first_and_nothing_typed_is_lost(page: Page) -> None:
    page.get_by_role("radio", name="Did not take place").check()
    expect(page.get_by_label("Minutes it lasted")).to_be_hidden()
    page.get_by_label("A note").fill("Nobody had the key.")
    page.get_by_role("button", name="Save the log").click()
    expect(page.get_by_role("alert")).to_contain_text("Write in a few words why.")
    expect(page.get_by_label("A note")).to_have_value("Nobody had the key.")
    page.get_by_role("link", name=re.compile("Why")).click()
    expect(page.get_by_label("Why?")).to_be_focused()
    page.keyboard.type("The building was closed.")
    page.get_by_role("button", name="Save the log").click()
    page.wait_for_url(re.compile("/today/"))
    assert SessionLog.objects.get().session.cancellation_reason == "The building was closed."


def test_nothing_for_axe_and_targets_for_a_thumb(page: Page) -> None:
    page.locator("summary").first.click()
    assert_accessible(page)
    page.get_by_role("radio", name="Did not take place").check()
    follow(page, page.get_by_role("button", name="Save the log"))
    assert_accessible(page)
    page.locator("summary").first.click()
    labels = page.locator(".log-form label:has(input)").all()
    boxes = [box for each in labels if each.is_visible() and (box := each.bounding_box())]
    assert len(boxes) > 9
    assert min(box["height"] for box in boxes) >= 44
