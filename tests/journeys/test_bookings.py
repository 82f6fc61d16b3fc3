"""Places: a coordinator and a parent, each with a phone, and neither with a mouse."""

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
from activities.models import Session
from participants.models import Booking, Participant
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def session() -> Session:
    activity = factories.make_activity(hub=factories.make_hub(), title="Trip to the museum")
    return factories.make_session(
        activity=activity, starts_at=timezone.now() + dt.timedelta(days=3)
    )


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def places(
    person: Callable[[], Page], session: Session, coordinator: User, live_server: LiveServer
) -> Page:
    """The coordinator's phone with the page of places."""
    page = person()
    client = Client()
    client.force_login(coordinator)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    page.goto(f"/sessions/{session.pk}/bookings/")
    return page


def reach(page: Page, role: str, name: str) -> None:
    """Go on with the tab key until something has the focus, as somebody without a mouse does."""
    wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"The tab key never reaches {name}.")


def test_from_setting_places_to_a_parent_who_cancels(
    places: Page, person: Callable[[], Page], session: Session
) -> None:
    factories.make_participant(hub=session.activity.hub, given_name="Comet", family_name="Sample")
    assert_accessible(places)
    places.get_by_label("How many places").fill("1")
    places.get_by_role("button", name="Save").click()
    expect(places.get_by_text("Saved. Places: 1.")).to_be_visible()

    places.get_by_label("First name").fill("Com")
    follow(places, places.get_by_role("button", name="Find"))
    assert_accessible(places)
    places.get_by_role("button", name="Comet Sample").click()
    expect(places.get_by_text("Comet S has a place.")).to_be_visible()

    places.get_by_text("Make a link", exact=True).click()
    places.get_by_role("button", name="Make the link").click()
    field = places.get_by_label("Address")
    assert_accessible(places)
    field.focus()
    assert places.evaluate("getSelection().toString()") == field.input_value()

    parent = person()
    parent.goto(field.input_value())
    assert_accessible(parent)
    parent.goto(field.input_value().replace("/book/", "/pl/book/"))
    expect(parent.get_by_text("Wszystkie miejsca są zajęte.")).to_be_visible()
    assert_accessible(parent)
    parent.get_by_text("Język", exact=True).click()
    parent.get_by_role("link", name="English").click()
    expect(parent.get_by_text("All places are taken.")).to_be_visible()
    parent.get_by_role("button", name="Join the waiting list").click()
    expect(parent.get_by_role("alert")).to_contain_text("Enter your child's first name.")
    assert_accessible(parent)
    parent.get_by_label("Child's first name").fill("Juniper")
    parent.get_by_label("Child's last name").fill("Testname")
    parent.get_by_label("School year").select_option("Year 5")
    parent.get_by_label("I am a parent or carer").check()
    parent.get_by_role("button", name="Join the waiting list").click()
    expect(parent.get_by_text("Juniper is number 1 on the waiting list")).to_be_visible()
    assert_accessible(parent)

    places.goto(f"/sessions/{session.pk}/bookings/")
    expect(places.get_by_text("1. Juniper Testname")).to_be_visible()
    assert_accessible(places)
    follow(places, places.get_by_role("link", name="Cancel Comet Sample"))
    assert_accessible(places)
    places.get_by_role("button", name="Cancel this booking").click()
    expect(places.get_by_text("The booking is cancelled.")).to_be_visible()

    parent.reload()
    expect(parent.get_by_text("Juniper has a place")).to_be_visible()
    follow(parent, parent.get_by_role("link", name="Cancel this booking"))
    assert_accessible(parent)
    parent.get_by_role("button", name="Yes, cancel it").click()
    expect(parent.get_by_text("This booking is cancelled")).to_be_visible()
    assert_accessible(parent)
    assert parent.context.cookies() == []
    assert not Booking.objects.standing().exists()


def test_a_booking_that_may_be_somebody_the_hub_knows(
    places: Page, session: Session, coordinator: User
) -> None:
    Session.objects.update(places=2)
    hub = session.activity.hub
    known = factories.make_participant(hub=hub, given_name="Comet", family_name="Sample")
    unsure = factories.make_participant(hub=hub, given_name="Comet", is_complete=False)
    booking = Booking.objects.create(session=session, participant=unsure, has_place=True)
    places.reload()
    expect(places.get_by_text("Possibly the same as")).to_be_visible()
    assert_accessible(places)
    places.get_by_role("button", name=re.compile("Comet Sample.*It is them")).click()
    expect(places.get_by_text("The booking is now Comet S's")).to_be_visible()
    booking.refresh_from_db()
    assert booking.participant == known


def test_without_a_mouse(places: Page, person: Callable[[], Page], session: Session) -> None:
    Session.objects.update(places=1)
    places.reload()
    reach(places, "textbox", "First name")
    places.keyboard.type("Walnut")
    places.keyboard.press("Enter")
    expect(places.get_by_text("Nobody at your hubs is called that.")).to_be_visible()
    reach(places, "combobox", "School year")
    places.keyboard.type("Year 4")
    reach(places, "button", "Book for somebody new")
    places.keyboard.press("Enter")
    expect(places.get_by_text("Walnut has a place.")).to_be_visible()
    assert Participant.objects.get().year_group == 4

    Session.objects.update(places=2)
    places.get_by_text("Make a link", exact=True).click()
    places.get_by_role("button", name="Make the link").click()
    parent = person()
    parent.goto(places.get_by_label("Address").input_value())
    reach(parent, "textbox", "Child's first name")
    parent.keyboard.type("Juniper")
    parent.keyboard.press("Tab")
    parent.keyboard.type("Testname")
    parent.keyboard.press("Tab")
    parent.keyboard.type("Year 5")
    parent.keyboard.press("Tab")
    parent.keyboard.press("Space")
    parent.keyboard.press("Tab")
    parent.keyboard.press("Enter")
    expect(parent.get_by_text("Juniper has a place")).to_be_visible()
    reach(parent, "link", "Cancel this booking")
    parent.keyboard.press("Enter")
    reach(parent, "button", "Yes, cancel it")
    parent.keyboard.press("Enter")
    expect(parent.get_by_text("This booking is cancelled")).to_be_visible()


@pytest.mark.parametrize("path", ["/book/nothing/", "/booking/nothing/"])
def test_a_link_that_does_not_work(person: Callable[[], Page], path: str) -> None:
    page = person()
    page.goto(path)
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert_accessible(page)
