"""Many sessions changed from the table, with a thumb and with a keyboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import LONDON, Activity, Session
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def activity() -> Activity:
    """Four weekly dates from next week on, and one whose register is taken."""
    activity = factories.make_activity(hub=factories.make_hub(name="Allenton"), title="Boxing")
    now = timezone.now()
    # In the afternoon, whatever the time is now: sessions may not be moved into the night.
    afternoon = now.astimezone(LONDON).replace(hour=16, minute=0)
    for week in range(1, 5):
        factories.make_session(activity=activity, starts_at=afternoon + dt.timedelta(weeks=week))
    factories.make_session(
        activity=activity, starts_at=now - dt.timedelta(days=2), register_taken_at=now
    )
    return activity


@pytest.fixture
def page(person: Callable[[], Page], activity: Activity, live_server: LiveServer) -> Page:
    """A phone on which a hub lead has every session open, those that are over as well."""
    lead: User = factories.make_user(Role.HUB_LEAD, hubs=(activity.hub,))
    arrived = person()
    client = Client()
    client.force_login(lead)
    value = client.cookies["session"].value
    arrived.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    arrived.goto("/planning/sessions/?first=")
    return arrived


def said_on(page: Page) -> Locator:
    """What the last action did."""
    return page.locator("main .notice[role=status]")


def pick(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.get_by_role("checkbox", name=re.compile("^Pick ")).nth(number).check()


def test_cancelled_in_two_steps_and_said_to_everybody(page: Page, activity: Activity) -> None:
    pick(page, 0, 1, 2)
    page.get_by_role("button", name="Cancel…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel 2 sessions")
    expect(page.get_by_text("1 stays as it is")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("The building is closed").check()
    page.get_by_role("button", name="Look at it once more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what everybody will read")
    assert not Session.objects.filter(cancelled_at__isnull=False).exists()
    assert_accessible(page)
    page.get_by_role("button", name="Cancel 2 sessions").click()
    expect(said_on(page)).to_contain_text(
        "2 sessions cancelled. 1 not changed: register taken (1)."
    )
    expect(said_on(page)).to_be_in_viewport()
    assert Session.objects.filter(cancellation_reason="The building is closed.").count() == 2


def test_moved_by_keyboard_alone(page: Page, activity: Activity) -> None:
    before = dict(Session.objects.values_list("pk", "starts_at"))
    second = page.get_by_role("checkbox", name=re.compile("^Pick ")).nth(1)
    second.focus()
    page.keyboard.press("Space")
    for button in ("Confirm", "Move…"):
        page.keyboard.press("Tab")
        for _ in range(60):
            if page.evaluate("document.activeElement.textContent").strip() == button:
                break
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move 1 session")
    page.get_by_label("By how many minutes?").focus()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 session will move")
    assert_accessible(page)
    page.get_by_role("button", name="Move 1 session").focus()
    page.keyboard.press("Enter")
    expect(said_on(page)).to_have_text("1 session moved.")
    after = dict(Session.objects.values_list("pk", "starts_at"))
    moved = [after[pk] - before[pk] for pk in before if after[pk] != before[pk]]
    assert moved == [dt.timedelta(minutes=5)]


def test_nothing_for_axe_and_targets_for_a_thumb(page: Page) -> None:
    assert_accessible(page)
    page.get_by_text("Hub, date, state and more").click()
    assert_accessible(page)
    boxes = [each.bounding_box() for each in page.locator(".session-pick, .session-do").all()]
    assert len(boxes) == 14
    assert min(box["height"] for box in boxes if box) >= 44
    page.get_by_label("State").select_option("Register missing")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No session is like that.")).to_be_visible()
    assert_accessible(page)


def test_planning_says_what_was_done_where_one_lands(page: Page, activity: Activity) -> None:
    for number in range(6):
        factories.make_activity(hub=activity.hub, title=f"Aa {number}")
    page.goto("/planning/")
    page.get_by_role("button", name=re.compile("Confirm every date of Boxing")).click()
    expect(said_on(page)).to_have_text("Thank you. 4 dates confirmed today.")
    expect(said_on(page)).to_be_in_viewport()
    page.get_by_text("Add, or set up").click()
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="How Allenton works"))
    assert_accessible(page)
