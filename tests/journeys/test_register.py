"""The register in a real browser: nothing that was tapped is lost, undone or taken for another."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session
from participants.models import MarkOperation, Participant
from participants.services.marks import MarkInput, record_marks
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("Comet", "Juniper", "Walnut")
SAVED = re.compile(r"^Saved \d")


@pytest.fixture
def session() -> Session:
    """A session that is on now, with three young people who came last week."""
    starts_at = timezone.now() - dt.timedelta(minutes=20)
    activity = factories.make_activity(hub=factories.make_hub())
    last_week = factories.make_session(
        activity=activity, starts_at=starts_at - dt.timedelta(weeks=1)
    )
    for name in NAMES:
        person = factories.make_participant(hub=activity.hub, given_name=name)
        factories.make_attendance(last_week, person)
    return factories.make_session(activity=activity, starts_at=starts_at)


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def device(
    person: Callable[[], Page], session: Session, coordinator: User, live_server: LiveServer
) -> Callable[[], Page]:
    """Each call is another phone on which the coordinator has the register open."""

    def arrive() -> Page:
        page = person()
        client = Client()
        client.force_login(coordinator)
        value = client.cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
        page.goto(f"/sessions/{session.pk}/register/")
        return page

    return arrive


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=re.compile(name))


def tap(page: Page, name: str, label: str) -> None:
    row(page, name).get_by_text(label, exact=True).click()


def expect_saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text=SAVED)).to_be_visible()


def statuses(session: Session) -> dict[str, str]:
    return dict(session.attendances.values_list("participant__given_name", "status"))


def test_everyone_here_and_closed_in_two_taps_on_the_register(device, session) -> None:
    page = device()
    page.get_by_role("button", name="Mark the rest present").click()
    expect_saved(page)
    assert statuses(session) == dict.fromkeys(NAMES, "present")
    page.get_by_role("button", name="Close register").click()
    expect(page.get_by_text("Register taken")).to_be_visible()
    session.refresh_from_db()
    assert session.register_taken_at is not None
    assert MarkOperation.objects.count() == 3
    assert_accessible(page)


def test_undo_sets_back_what_stood_even_if_that_was_nothing(device, session) -> None:
    page = device()
    tap(page, "Comet", "Late")
    expect_saved(page)
    tap(page, "Comet", "Absent")
    expect_saved(page)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Comet").get_by_label("Late")).to_be_checked()
    tap(page, "Walnut", "Present")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Walnut").locator(":checked")).to_have_count(0)
    expect(page.locator("[data-count=unmarked]")).to_have_text("2")
    expect_saved(page)
    page.reload()
    assert statuses(session) == {"Comet": "late"}
    expect(row(page, "Walnut").locator(":checked")).to_have_count(0)


def test_two_devices_on_one_register(device, session) -> None:
    """One marks the rest present without having seen that the other marked somebody absent."""
    first, second = device(), device()
    tap(first, "Juniper", "Absent")
    expect_saved(first)
    second.get_by_role("button", name="Mark the rest present").click()
    expect_saved(second)
    expect(row(second, "Juniper").get_by_label("Absent")).to_be_checked()
    assert statuses(session) == {"Comet": "present", "Juniper": "absent", "Walnut": "present"}


def test_a_phone_whose_clock_is_wrong(device, session, person) -> None:
    page = device()
    page.clock.install(time=timezone.now() + dt.timedelta(hours=7))
    page.reload()
    tap(page, "Comet", "Present")
    page.clock.run_for(1000)
    expect_saved(page)
    assert statuses(session) == {"Comet": "present"}


def marked_elsewhere(session: Session, by: User, name: str, at: dt.datetime) -> None:
    person = Participant.objects.get(given_name=name)
    operation = MarkInput(uuid.uuid4(), person.pk, "absent", at)
    record_marks(session=session, operations=[operation], by=by, now=timezone.now())


def test_a_page_that_loaded_slowly_is_not_late(device, session, coordinator) -> None:
    page = device()

    def late(route: Route) -> None:
        response = route.fetch()
        minutes_ago = (timezone.now() - dt.timedelta(minutes=3)).isoformat()
        body = re.sub(r'data-now="[^"]*"', f'data-now="{minutes_ago}"', response.text())
        route.fulfill(response=response, body=body)

    page.wait_for_load_state("networkidle")
    page.route("**/register/", late)
    with page.expect_response("**/marks/"):
        page.reload()
    marked_elsewhere(session, coordinator, "Comet", timezone.now() - dt.timedelta(minutes=1))
    tap(page, "Comet", "Present")
    expect_saved(page)
    assert statuses(session) == {"Comet": "present"}


def test_after_a_later_mark_the_next_tap_wins(device, session, coordinator) -> None:
    """Another device's clock is minutes ahead."""
    page = device()
    page.wait_for_load_state("networkidle")
    marked_elsewhere(session, coordinator, "Comet", timezone.now() + dt.timedelta(minutes=4))
    tap(page, "Comet", "Present")
    later = row(page, "Comet").get_by_text("A later mark stands. Tap again to change it.")
    expect(later).to_be_visible()
    expect(row(page, "Comet").get_by_label("Absent")).to_be_checked()
    assert statuses(session) == {"Comet": "absent"}
    with page.expect_response("**/marks/"):
        tap(page, "Comet", "Present")
    expect(later).to_be_hidden()
    expect_saved(page)
    assert statuses(session) == {"Comet": "present"}


def test_without_a_connection_a_reload_keeps_what_is_unsent_and_no_name(device, session) -> None:
    page = device()
    page.route("**/marks/", lambda route: route.abort())
    tap(page, "Comet", "Excused")
    expect(page.get_by_text("Not saved yet: trying again")).to_be_visible()
    storage = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert not any(name in storage for name in NAMES)
    kept = json.loads(json.loads(storage)[0][f"register:{session.pk}:{user_of(page)}"])
    comet = Participant.objects.get(given_name="Comet")
    assert [(mark["participant"], mark["status"]) for mark in kept] == [(str(comet.pk), "excused")]
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/marks/")
    page.reload()
    expect(row(page, "Comet").get_by_label("Excused")).to_be_checked()
    expect_saved(page)
    assert statuses(session) == {"Comet": "excused"}


def user_of(page: Page) -> str:
    return page.locator("[data-register]").get_attribute("data-user") or ""


def test_a_session_that_ended_keeps_the_marks_and_says_so(device, session, coordinator) -> None:
    page = device()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    tap(page, "Comet", "Present")
    expect(page.get_by_text("Not saved: reload this page and sign in.")).to_be_visible()
    page.context.add_cookies(cookies)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect_saved(page)
    expect(row(page, "Comet").get_by_label("Present")).to_be_checked()
    assert statuses(session) == {"Comet": "present"}


def test_a_register_opened_early_opens_by_itself(device, session) -> None:
    starts_at = timezone.now() + dt.timedelta(minutes=30, seconds=8)
    ends_at = starts_at + dt.timedelta(hours=1)
    Session.objects.filter(pk=session.pk).update(starts_at=starts_at, ends_at=ends_at)
    page = device()
    rest = page.get_by_role("button", name="Mark the rest present")
    expect(rest).to_be_disabled()
    early = page.get_by_text("Marks for who is here open 30 minutes before.")
    expect(early).to_be_visible()
    assert_accessible(page)
    tap(page, "Comet", "Present")
    reason = "Not saved. Who is here can be recorded from 30 minutes before the session."
    expect(row(page, "Comet").get_by_text(reason)).to_be_visible()
    tap(page, "Juniper", "Excused")
    expect_saved(page)
    expect(rest).to_be_enabled(timeout=15_000)
    expect(early).to_be_hidden()
    with page.expect_response(lambda response: "applied" in response.text()):
        rest.click()
    assert statuses(session) == {"Comet": "present", "Juniper": "excused", "Walnut": "present"}


def test_a_refused_mark_is_said_beside_the_name(device, session) -> None:
    page = device()
    Session.objects.update(cancelled_at=timezone.now())
    tap(page, "Comet", "Present")
    expect(row(page, "Comet").get_by_text("Not saved. The session was cancelled.")).to_be_visible()
    expect(row(page, "Comet").locator(":checked")).to_have_count(0)
    assert statuses(session) == {}


def test_by_keyboard_alone(device, session) -> None:
    page = device()
    page.get_by_role("button", name="Mark the rest present").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect_saved(page)
    expect(row(page, "Juniper").get_by_label("Left early")).to_be_checked()
    assert statuses(session) == {"Comet": "present", "Juniper": "left_early"}
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=SAVED)).to_be_visible()
    assert page.url.endswith("/register/")


def test_a_walk_in_whose_name_the_hub_knows(device, session) -> None:
    page = device()
    page.get_by_text("Add a walk-in").click()
    page.get_by_label("First name").last.fill("comet")
    page.get_by_label("School year").select_option("Not known")
    page.get_by_role("button", name="Add and mark present").click()
    expect(page.get_by_role("heading", name="Is it one of these?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="No, this is somebody new").click()
    expect(page.get_by_text("The walk-in is added and marked present.")).to_be_visible()
    assert statuses(session) == {"comet": "present"}
    assert Participant.objects.count() == 4
