"""Planning in a real browser, on a phone: weekly times, one date of many, days when we are closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Activity, Closure, Session, Term, london_today
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]
DAY = dt.timedelta(days=1)


@pytest.fixture
def today() -> dt.date:
    return london_today(timezone.now())


@pytest.fixture
def activity() -> Activity:
    hub = factories.make_hub(name="Derwent")
    return factories.make_activity(hub=hub, title="Circus skills", venue="The hall")


@pytest.fixture
def coordinator(activity: Activity) -> User:
    assert activity.hub
    return factories.make_user(Role.COORDINATOR, hubs=(activity.hub,), name="Sam Sample")


@pytest.fixture
def page(person: Callable[[], Page], coordinator: User, live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(coordinator)
    page = person()
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    return page


def press(page: Page, name: str) -> None:
    follow(page, page.get_by_role("button", name=name))


def test_weekly_times_and_one_date_of_them(page: Page, activity: Activity, today: dt.date) -> None:
    first, last = today + 7 * DAY, today + 28 * DAY
    dance = factories.make_activity(hub=activity.hub, title="Dance", venue="The hall")
    at = dt.datetime.combine(first, dt.time(17), tzinfo=factories.LONDON)
    factories.make_session(activity=dance, starts_at=at)
    Closure.objects.create(
        hub=activity.hub, kind="building", name="Painting",
        first_on=first + 7 * DAY, last_on=first + 7 * DAY,
    )  # fmt: skip

    page.goto(f"/planning/activities/{activity.pk}/schedules/")
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Add a weekly time"))
    assert_accessible(page)
    page.get_by_label("Day of the week").select_option(str(first.weekday()))
    page.get_by_label("From", exact=True).fill("16:00")
    page.get_by_label("To", exact=True).fill("17:30")
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill(last.isoformat())
    page.get_by_label("Who leads it").select_option(label="Sam Sample")
    press(page, "Look at the dates")
    expect(page.get_by_text("3 dates will take place like this.")).to_be_visible()
    expect(page.get_by_text("Dance is in the same place on")).to_be_visible()
    expect(page.get_by_text("Painting")).to_be_visible()
    assert_accessible(page)
    press(page, "Yes, do this")
    expect(page.get_by_text("Saved. 3 dates put up.")).to_be_visible()
    page.get_by_text("3 dates to come").click()
    assert_accessible(page)

    follow(page, page.get_by_role("link", name="Change Circus skills on").last)
    assert_accessible(page)
    page.get_by_label("From", exact=True).fill("15:00")
    page.get_by_label("This date and all after it").check()
    press(page, "Look at it once more")
    expect(page.get_by_role("heading", name="will be changed")).to_be_visible()
    assert_accessible(page)
    press(page, "Change it")
    page.get_by_label("Only this date").check()
    press(page, "Look at it once more")
    assert_accessible(page)
    press(page, "Yes, do this")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Session.objects.get(is_exception=True).slot_on == last

    page.get_by_role("link", name="Change every date to come").click()
    page.get_by_label("Day of the week").select_option(str((first.weekday() + 1) % 7))
    press(page, "Look at the dates")
    expect(page.get_by_text("It was changed by itself")).to_be_visible()


def test_something_new_and_its_single_date(page: Page, today: dt.date) -> None:
    page.goto("/planning/activities/new/?hub=derwent")
    assert_accessible(page)
    page.get_by_label("Who runs it").select_option(index=1)
    page.get_by_label("What it is called").fill("Summer roadshow")
    page.get_by_label("What sort of thing it is").select_option("culture")
    page.get_by_label("Venue").fill("The park")
    press(page, "Save, and say when")
    expect(page.get_by_text("Now say when it takes place.")).to_be_visible()
    follow(page, page.get_by_role("link", name="Add a single date"))
    assert_accessible(page)
    page.get_by_label("What sort of date").select_option("roadshow")
    page.get_by_label("Date", exact=True).fill((today + 9 * DAY).isoformat())
    page.get_by_label("From", exact=True).fill("11:00")
    page.get_by_label("To", exact=True).fill("15:00")
    press(page, "Save")
    expect(page.get_by_text("Roadshow", exact=True)).to_be_visible()
    assert_accessible(page)


def test_closing_for_a_day_and_copying_a_term(
    page: Page, activity: Activity, today: dt.date
) -> None:
    Term.objects.create(name="This term", starts_on=today - 30 * DAY, ends_on=today + 30 * DAY)
    Term.objects.create(name="Next term", starts_on=today + 40 * DAY, ends_on=today + 90 * DAY)
    factories.make_schedule(activity=activity, starts_on=today - 30 * DAY, ends_on=today + 30 * DAY)
    day = today + 3 * DAY
    at = dt.datetime.combine(day, dt.time(16), tzinfo=factories.LONDON)
    session = factories.make_session(activity=activity, starts_at=at)

    page.goto("/planning/terms/")
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Add days when you are closed"))
    assert_accessible(page)
    page.get_by_label("The building is closed: stops everything").check()
    page.get_by_label("What it is called").fill("Boiler repair")
    page.get_by_label("First day").fill(day.isoformat())
    press(page, "Save")
    expect(page.get_by_role("heading", name="Dates in Boiler repair")).to_be_visible()
    assert_accessible(page)
    press(page, "Look at it once more")
    assert_accessible(page)
    press(page, "Cancel 1 date")
    expect(page.get_by_text("1 date cancelled.")).to_be_visible()
    session.refresh_from_db()
    assert session.cancellation_reason == "Boiler repair."

    follow(page, page.get_by_role("link", name="Copy a term"))
    assert_accessible(page)
    press(page, "Look at the dates")
    expect(page.get_by_text("1 weekly time,")).to_be_visible()
    assert_accessible(page)
    press(page, "Yes, copy")
    expect(page.get_by_text("Copied.")).to_be_visible()
