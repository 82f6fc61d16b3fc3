"""A session's page in a real browser: data for search engines, and one tap without a name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from activities.models import FirstVisitCount, Session
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def session() -> Session:
    activity = factories.make_activity(
        hub=factories.make_hub(name="Derwent"),
        title="Circus </script> skills",
        bring=["water"],
        languages=["en", "pl", "ur"],
        access_needs=["toilet"],
        met_by="artist",
        bus_stop="The market",
        walk_minutes=3,
    )
    return factories.make_session(
        activity=activity, starts_at=timezone.now() + dt.timedelta(days=1)
    )


def test_one_tap_without_a_name_a_cookie_or_a_complaint_of_the_policy(
    person: Callable[[], Page], session: Session
) -> None:
    page = person()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/sessions/{session.pk}/")
    data = page.locator('script[type="application/ld+json"]')
    name = data.evaluate("element => JSON.parse(element.textContent).name")
    assert name == "Circus </script> skills"
    assert_accessible(page)
    page.get_by_role("button", name="I might come for the first time").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert page.url.endswith(f"/sessions/{session.pk}/?thanks")
    assert FirstVisitCount.objects.get().people == 1
    assert page.context.cookies() == []
    assert complaints == []
    assert_accessible(page)


def test_a_coordinator_confirms_and_cancels_on_a_phone(
    person: Callable[[], Page], session: Session, live_server: object
) -> None:

    client = Client()
    client.force_login(factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,)))
    page = person()
    page.context.add_cookies(
        [{"name": "session", "value": client.cookies["session"].value, "url": str(live_server)}]
    )
    page.goto("/planning/")
    assert_accessible(page)
    page.get_by_role("button", name="All of these are right").click()
    expect(page.get_by_text("Thank you. 1 date confirmed today.")).to_be_visible()
    page.get_by_text("1 date, the next on").click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label("The building is closed").check()
    page.get_by_role("button", name="Look at it once more").click()
    expect(page.get_by_text("The building is closed.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Cancel this session").click()
    expect(page.get_by_text("Cancelled. Everybody who looks sees it")).to_be_visible()
    visitor = person()
    visitor.goto(f"/sessions/{session.pk}/")
    expect(visitor.get_by_text("This session is cancelled")).to_be_visible()
    page.get_by_text("1 date, cancelled").click()
    page.get_by_role("link", name="It is on after all").click()
    page.get_by_role("button", name="It is on: take the cancellation back").click()
    expect(page.get_by_text("It is on again.")).to_be_visible()
    follow(page, page.get_by_role("link", name="Change what it says"))
    assert_accessible(page)
