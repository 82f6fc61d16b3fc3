"""The register in a real browser: nothing that was tapped is lost, undone or taken for another."""

from __future__ import annotations

import datetime as dt
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
from hubs.models import HubMembership
from participants.models import MarkOperation, Participant
from participants.services.marks import MarkInput, record_marks
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("Comet", "Juniper", "Walnut")
SAVED = re.compile(r"Saved \d")


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

    def arrive(address: str = "") -> Page:
        page = person()
        client = Client()
        client.force_login(coordinator)
        value = client.cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
        page.goto(address or f"/sessions/{session.pk}/register/")
        return page

    return arrive


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=re.compile(name))


def tap(page: Page, name: str, label: str) -> None:
    row(page, name).get_by_text(label, exact=True).click()


def expect_saved(page: Page) -> None:
    """Nothing waits to be sent, and the page says so."""
    expect(page.locator("[data-saved][data-state=saved]")).to_contain_text(SAVED)


def statuses(session: Session) -> dict[str, str]:
    return dict(session.attendances.values_list("participant__given_name", "status"))


def many(session: Session, number: int) -> list[Participant]:
    """So many more young people who came last week."""
    last_week = session.activity.sessions.order_by("starts_at").first()
    assert last_week is not None
    people = [
        factories.make_participant(hub=session.activity.hub, given_name=f"Number{each:02}")
        for each in range(number)
    ]
    for person in people:
        factories.make_attendance(last_week, person)
    return people


class Finger:
    """Taps, and counts them."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, place: Locator) -> None:
        place.tap()
        self.taps += 1


def expect_taken(page: Page) -> None:
    expect(page.get_by_text("Register taken")).to_be_visible()


def test_thirty_present_in_three_taps_from_today(device, session) -> None:
    many(session, 27)
    page, finger = device("/today/"), Finger()
    finger.tap(page.get_by_role("link", name="Take register").first)
    finger.tap(page.get_by_role("button", name="All present", exact=True))
    finger.tap(page.get_by_role("button", name="Close register"))
    expect_taken(page)
    expect(page.get_by_role("link", name="Done")).to_be_focused()
    expect(page.get_by_role("button", name="All present", exact=True)).to_be_hidden()
    assert finger.taps == 3
    assert list(statuses(session).values()) == ["present"] * 30
    session.refresh_from_db()
    assert session.register_taken_at is not None
    assert MarkOperation.objects.filter(session=session).count() == 30
    assert_accessible(page)
    page.get_by_role("link", name="Done").tap()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def test_a_mixed_register_of_thirty_in_ten_taps(device, session) -> None:
    people = [person.given_name for person in many(session, 27)]
    page, finger = device(), Finger()
    finger.tap(page.get_by_role("button", name="All present", exact=True))
    wanted = dict.fromkeys([*NAMES, *people], "present")
    for name, label in [(name, "Late") for name in people[3:6]] + [
        (name, "Absent") for name in people[10:20:2]
    ]:
        finger.tap(row(page, name).get_by_text(label, exact=True))
        wanted[name] = label.lower()
    finger.tap(page.get_by_role("button", name="Close register"))
    expect_taken(page)
    assert finger.taps == 10
    assert statuses(session) == wanted
    words = page.get_by_role("status").filter(has_text=SAVED)
    expect(words).to_contain_text("25 here, 5 not here")


def test_a_mixed_register_of_thirty_in_ten_taps_from_today(device, session) -> None:
    """First the few who are late or absent, then the rest and the closing with one tap."""
    people = [person.given_name for person in many(session, 27)]
    page, finger = device("/today/"), Finger()
    finger.tap(page.get_by_role("link", name="Take register").first)
    wanted = dict.fromkeys([*NAMES, *people], "present")
    expect(page.get_by_role("button", name="All present, and close")).to_be_visible()
    for name, label in [(name, "Late") for name in people[3:6]] + [
        (name, "Absent") for name in people[10:20:2]
    ]:
        finger.tap(row(page, name).get_by_text(label, exact=True))
        wanted[name] = label.lower()
    finger.tap(page.get_by_role("button", name="The other 22 present, and close"))
    expect_taken(page)
    assert finger.taps == 10
    expect(page.get_by_role("status").filter(has_text=SAVED)).to_contain_text("25 here, 5 not here")
    assert statuses(session) == wanted
    assert_accessible(page)


def test_what_is_tapped_before_the_script_arrives_counts(device, session) -> None:
    """A slow phone shows the register long before it runs anything."""
    page = device("/today/")
    waiting: list[Route] = []
    # Once: what is asked for later goes by itself.
    page.route("**/register*.js", lambda route: waiting.append(route), times=1)  # noqa: PLW0108
    page.get_by_role("link", name="Take register").first.tap()
    tap(page, "Comet", "Late")
    tap(page, "Walnut", "Absent")
    for _ in range(100):
        if waiting:
            break
        page.wait_for_timeout(50)
    assert statuses(session) == {}
    for route in waiting:
        route.continue_()
    expect_saved(page)
    expect(page.get_by_role("button", name="The other 1 present, and close")).to_be_visible()
    assert statuses(session) == {"Comet": "late", "Walnut": "absent"}
    tap(page, "Walnut", "Present")
    expect(row(page, "Walnut").get_by_label("Present")).to_be_checked()
    page.get_by_role("button", name="Undo").tap()
    expect(row(page, "Walnut").get_by_label("Absent")).to_be_checked()
    expect_saved(page)


def test_everything_to_tap_is_large_enough(device, session) -> None:
    page = device()
    row(page, "Comet").get_by_role("button", name="More about Comet").click()
    for place in page.locator(
        "main :is(button, .mark, summary, select, input[type=time], [data-panel-history])"
    ).all():
        box = place.bounding_box()
        if box is not None:
            assert min(box["width"], box["height"]) >= 44, place.evaluate("it => it.outerHTML")


def test_no_row_moves_under_the_finger(device, session, coordinator) -> None:
    """Somebody marks people on another phone, one of them not expected, while a finger aims."""
    page = device()
    page.wait_for_load_state("networkidle")
    aim = row(page, "Juniper").get_by_text("Late", exact=True)
    row(page, "Juniper").get_by_label("Late").focus()
    before = aim.bounding_box()
    stranger = factories.make_participant(hub=session.activity.hub, given_name="Aaron")
    for name in ("Comet", "Walnut"):
        marked_elsewhere(session, coordinator, name, timezone.now())
    operation = MarkInput(uuid.uuid4(), stranger.pk, "present", timezone.now())
    record_marks(session=session, operations=[operation], by=coordinator, now=timezone.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row(page, "Comet").get_by_label("Absent")).to_be_checked()
    expect(page.get_by_role("heading", name="Added just now")).to_be_visible()
    expect(row(page, "Aaron").get_by_label("Present")).to_be_checked()
    expect(row(page, "Juniper").get_by_label("Late")).to_be_focused()
    assert aim.bounding_box() == before
    names = page.locator("[data-name]").all_text_contents()
    assert names == ["Comet P", "Juniper P", "Walnut P", "Aaron P"]
    page.reload()
    names = page.locator("[data-name]").all_text_contents()
    assert names == ["Aaron P", "Comet P", "Juniper P", "Walnut P"]


def test_what_is_saved_stays_in_sight_down_to_the_last_form(device, session) -> None:
    many(session, 12)
    page = device()
    page.get_by_role("link", name="Add somebody").tap()
    expect(page.get_by_role("heading", name="Somebody not on the list?")).to_be_in_viewport()
    page.locator("#count summary").tap()
    page.get_by_label("How many").focus()
    line = page.locator("[data-saved]")
    expect(line).to_be_in_viewport(ratio=1)
    bar, field = line.bounding_box(), page.get_by_label("How many").bounding_box()
    assert bar is not None
    assert field is not None
    assert bar["y"] + bar["height"] < field["y"]


def test_others_marks_arrive_by_themselves(device, session, coordinator) -> None:
    page = device()
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    marked_elsewhere(session, coordinator, "Comet", timezone.now())
    page.clock.run_for(15_100)
    expect(row(page, "Comet").get_by_label("Absent")).to_be_checked()


def said(page: Page) -> list[str]:
    """Everything that the page said aloud, in order."""
    words: list[str] = page.evaluate("window.said")
    return words


def listen(page: Page) -> None:
    page.evaluate(
        """() => {
            window.said = [];
            const line = document.querySelector("[data-saved]");
            const keep = () => {
                const words = line.textContent.replace(/\\s+/g, " ").trim();
                if (window.said.at(-1) !== words) window.said.push(words);
            };
            new MutationObserver(keep).observe(line, {
                childList: true, subtree: true, characterData: true,
            });
        }""".replace("\\\\", "\\")
    )


def test_what_happens_is_said_aloud(device, session) -> None:
    page = device()
    line = page.locator("[data-saved]")
    assert line.get_attribute("role") == "status"
    assert line.get_attribute("aria-atomic") == "true"
    expect(line).to_have_text(
        re.compile(r"^Nothing marked yet\. 0 here, 0 not here, 3 not marked$")
    )
    page.wait_for_load_state("networkidle")
    listen(page)
    page.get_by_role("button", name="All present", exact=True).click()
    expect(line).to_have_text(
        re.compile(r"^3 marked present\. Saved [0-9:apm]+\. 3 here, 0 not here$")
    )
    page.get_by_role("button", name="Undo").click()
    expect(line).to_have_text(
        re.compile(r"^Undone: 3 set back\. Saved \S+ 0 here, 0 not here, 3 not marked$")
    )
    page.context.set_offline(True)
    expect(line).to_contain_text("No connection.")
    tap(page, "Comet", "Late")
    tap(page, "Juniper", "Absent")
    expect(line).to_contain_text("2 marks kept on this phone, not sent yet. No connection.")
    page.context.set_offline(False)
    expect(line).to_have_text(
        re.compile(r"^Saved \S+ 1 here, 1 not here, 1 not marked$"), timeout=30_000
    )
    spoken = " | ".join(said(page))
    for words in ("3 marked present.", "Undone: 3 set back.", "2 marks kept on this phone"):
        assert words in spoken
    assert statuses(session) == {"Comet": "late", "Juniper": "absent"}


def test_closing_without_a_connection(device, session) -> None:
    page = device()
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.get_by_role("button", name="All present", exact=True).click()
    expect(row(page, "Comet").get_by_label("Present")).to_be_checked()
    page.get_by_role("button", name="Close register").click()
    expect(page.get_by_text("Closed on this phone, not sent yet")).to_be_visible()
    expect(page.locator("[data-saved]")).to_contain_text("3 marks and 1 closing kept on this phone")
    page.context.set_offline(False)
    expect(page.get_by_text(re.compile("^Register taken .* by you"))).to_be_visible(timeout=30_000)
    session.refresh_from_db()
    assert session.register_taken_at is not None
    assert statuses(session) == dict.fromkeys(NAMES, "present")


def test_closed_is_locked_and_reopened_for_a_reason(device, session, coordinator) -> None:
    first, second = device(), device()
    first.get_by_role("button", name="Close register").click()
    expect(first.get_by_role("button", name="Undo")).to_be_hidden()
    expect(row(first, "Comet").get_by_label("Late")).to_be_disabled()
    expect(first.locator("[data-saved]")).to_contain_text("Register closed. Saved")
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(second.get_by_text(re.compile("on another phone"))).to_be_visible()
    expect(row(second, "Comet").get_by_label("Late")).to_be_disabled()
    # A mark made elsewhere before that arrives late: it counts, and shows.
    marked_elsewhere(session, coordinator, "Comet", timezone.now())
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row(first, "Comet").get_by_label("Absent")).to_be_checked()
    first.reload()
    name = re.escape(coordinator.name)
    expect(first.get_by_text(re.compile(rf"^Register taken \S+ by {name}"))).to_be_visible()
    assert_accessible(first)
    first.get_by_text("Reopen this register").click()
    first.get_by_role("button", name="Reopen").click()
    expect(first.get_by_role("alert").get_by_text("Write in a few words")).to_be_visible()
    first.get_by_label("Why is it opened again?").fill("Somebody came late")
    first.get_by_role("button", name="Reopen").click()
    expect(first.get_by_text("The register is open again.")).to_be_visible()
    expect(row(first, "Comet").get_by_label("Late")).to_be_enabled()
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row(second, "Comet").get_by_label("Late")).to_be_enabled()


def test_times_and_role_of_one_person(device, session) -> None:
    page = device()
    comet = row(page, "Comet")
    comet.get_by_role("button", name="More about Comet").click()
    expect(comet.get_by_label("Came in")).to_be_disabled()
    tap(page, "Comet", "Present")
    start = session.local_start.replace(second=0, microsecond=0)
    came, left = start + dt.timedelta(minutes=5), start + dt.timedelta(minutes=15)
    comet.get_by_label("Came in").fill(f"{came:%H:%M}")
    comet.get_by_label("Went out").fill(f"{start:%H:%M}")
    expect(comet.get_by_text("Somebody cannot go out before they came in.")).to_be_visible()
    comet.get_by_label("Went out").fill(f"{left:%H:%M}")
    comet.get_by_label("Came as").select_option("Volunteer")
    expect_saved(page)
    assert_accessible(page)
    attendance = session.attendances.get()
    assert (attendance.arrived_at, attendance.left_at) == (came, left)
    assert (attendance.status, attendance.role) == ("present", "volunteer")
    # Another status keeps them as long as somebody came at all.
    tap(page, "Comet", "Left early")
    tap(page, "Comet", "Absent")
    expect_saved(page)
    attendance.refresh_from_db()
    assert (attendance.arrived_at, attendance.left_at) == (None, None)
    assert (attendance.status, attendance.role) == ("absent", "volunteer")
    comet.get_by_role("link", name="History of this mark").click()
    expect(page.get_by_role("heading", name="Every mark, oldest first")).to_be_visible()
    assert page.locator(".register-deed").count() == MarkOperation.objects.count()
    assert_accessible(page)


def test_on_a_slow_network_it_says_what_is_kept(device, session) -> None:
    page = device()
    page.wait_for_load_state("networkidle")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/marks/", hold)
    tap(page, "Comet", "Late")
    line = page.locator("[data-saved]")
    expect(line).to_contain_text("Kept on this phone, sending…")
    held[0].continue_()
    expect_saved(page)
    assert statuses(session) == {"Comet": "late"}


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
    expect(page.locator("[data-counts]")).to_contain_text("2 not marked")
    expect_saved(page)
    page.reload()
    assert statuses(session) == {"Comet": "late"}
    expect(row(page, "Walnut").locator(":checked")).to_have_count(0)


def test_two_devices_on_one_register(device, session) -> None:
    """One marks the rest present without having seen that the other marked somebody absent."""
    first, second = device(), device()
    tap(first, "Juniper", "Absent")
    expect_saved(first)
    second.get_by_role("button", name="All present", exact=True).click()
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


def test_without_a_connection_a_reload_keeps_what_is_unsent(device, session) -> None:
    page = device()
    page.route("**/marks/", lambda route: route.abort())
    tap(page, "Comet", "Excused")
    expect(page.get_by_text("1 mark kept on this phone, not sent yet.")).to_be_visible()
    page.unroute("**/marks/")
    page.reload()
    expect(row(page, "Comet").get_by_label("Excused")).to_be_checked()
    expect_saved(page)
    assert statuses(session) == {"Comet": "excused"}


def test_a_session_that_ended_keeps_the_marks_and_says_so(device, session, coordinator) -> None:
    page = device()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    tap(page, "Comet", "Present")
    expect(page.get_by_text("1 mark kept on this phone, not sent yet.")).to_be_visible()
    page.context.add_cookies(cookies)
    page.reload()
    expect_saved(page)
    expect(row(page, "Comet").get_by_label("Present")).to_be_checked()
    assert statuses(session) == {"Comet": "present"}


def test_a_register_opened_early_opens_by_itself(device, session) -> None:
    starts_at = timezone.now() + dt.timedelta(minutes=30, seconds=8)
    ends_at = starts_at + dt.timedelta(hours=1)
    Session.objects.filter(pk=session.pk).update(starts_at=starts_at, ends_at=ends_at)
    page = device()
    rest = page.get_by_role("button", name="All present", exact=True)
    expect(rest).to_be_disabled()
    early = page.get_by_text(re.compile("^Who is here can be marked from .* 30 minutes before."))
    expect(early).to_be_visible()
    expect(row(page, "Comet").get_by_label("Present")).to_be_disabled()
    expect(page.get_by_role("button", name="Close register")).to_be_disabled()
    assert_accessible(page)
    tap(page, "Juniper", "Excused")
    page.locator("summary", has_text="Add a walk-in").click()
    form = page.locator("[data-walk-in-form]")
    form.get_by_label("First name").fill("Birch")
    form.get_by_role("button", name="Add and mark present").click()
    expect(form.get_by_text("Nobody can be marked present yet.")).to_be_visible()
    expect(form.get_by_label("First name")).to_have_value("Birch")
    expect_saved(page)
    expect(rest).to_be_enabled(timeout=20_000)
    expect(early).to_be_hidden()
    rest.click()
    expect_saved(page)
    assert statuses(session) == {"Comet": "present", "Juniper": "excused", "Walnut": "present"}


def test_a_mark_for_a_session_cancelled_meanwhile_waits(device, session) -> None:
    page = device()
    Session.objects.update(cancelled_at=timezone.now())
    tap(page, "Comet", "Present")
    expect(
        row(page, "Comet").get_by_text("Kept, and waits. The session is cancelled.")
    ).to_be_visible()
    expect(row(page, "Comet").locator(":checked")).to_have_count(0)
    assert statuses(session) == {}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_whole_register_by_keyboard_alone(device, session) -> None:
    page = device()
    page.wait_for_load_state("networkidle")
    press(page, *["Tab"] * 9)
    for _ in range(20):
        if page.evaluate("document.activeElement.matches('[data-rest]')"):
            break
        press(page, "Tab")
    press(page, "Enter")
    expect_saved(page)
    # Past adding and More of each: Comet stays, Juniper left early, Walnut is absent.
    press(page, *["Tab"] * 5, "ArrowRight", "ArrowRight")
    press(page, "Tab", "Tab", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(row(page, "Walnut").get_by_label("Absent")).to_be_checked()
    # Somebody's more: opened, and closed again.
    press(page, "Shift+Tab", "Enter")
    expect(row(page, "Walnut").get_by_label("Came as")).to_be_visible()
    press(page, "Enter")
    expect(row(page, "Walnut").get_by_label("Came as")).to_be_hidden()
    expect_saved(page)
    press(page, "Tab", "Tab", "Enter")
    expect(page.get_by_text("Register taken")).to_be_visible()
    expect(page.get_by_role("link", name="Done")).to_be_focused()
    assert statuses(session) == {"Comet": "present", "Juniper": "left_early", "Walnut": "absent"}
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def test_a_walk_in_is_one_form_of_three_fields_and_moves_nobody(device, session) -> None:
    page = device()
    page.locator("summary", has_text="Add a walk-in").click()
    form = page.locator("[data-walk-in-form]")
    assert form.locator(":is(input:not([type=hidden]), select)").count() == 3
    form.get_by_label("First name").fill("Birch")
    form.get_by_role("button", name="Add and mark present").click()
    expect(form.get_by_role("alert").get_by_text("Choose a school year")).to_be_visible()
    expect(form.get_by_label("First name")).to_have_value("Birch")
    form.get_by_label("School year").select_option("Year 5")
    form.get_by_role("button", name="Add and mark present").click()
    expect(row(page, "Birch").get_by_label("Present")).to_be_checked()
    expect(row(page, "Birch").get_by_label("Present")).to_be_focused()
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"Walk-in added\. Saved \d"))
    expect(page.get_by_role("button", name="Close register, 3 not marked")).to_be_visible()
    assert page.locator("[data-name]").all_text_contents() == [*(f"{n} P" for n in NAMES), "Birch"]
    assert statuses(session) == {"Birch": "present"}
    assert_accessible(page)
    # Taken off again in two steps.
    row(page, "Birch").get_by_role("button", name="More about Birch").click()
    row(page, "Birch").get_by_text("Take off this register").click()
    row(page, "Birch").get_by_role("button", name="Yes, take them off").click()
    expect(page.get_by_text("They are taken off this register.")).to_be_visible()
    expect(row(page, "Birch")).to_have_count(0)
    assert statuses(session) == {}


def test_a_walk_in_whose_name_the_hub_knows(device, session) -> None:
    page = device()
    for outcome in ("known", "new"):
        page.locator("summary", has_text="Add a walk-in").click()
        form = page.locator("[data-walk-in-part] form").first
        form.get_by_label("First name").fill("comet")
        form.get_by_label("School year").select_option("Not known")
        form.get_by_role("button", name="Add and mark present").click()
        matches = page.locator("[data-matches]")
        expect(matches.get_by_text("The hub knows somebody with this first name.")).to_be_visible()
        if outcome == "known":
            assert_accessible(page)
            matches.get_by_role("button", name=re.compile("^Comet P")).click()
            expect_saved(page)
            assert statuses(session) == {"Comet": "present"}
            assert Participant.objects.count() == 3
            expect(form.get_by_label("First name")).to_have_value("")
        else:
            matches.get_by_role("button", name="No, this is somebody new").click()
            expect(page.get_by_text("Walk-in added.")).to_be_visible()
    assert statuses(session) == {"Comet": "present", "comet": "present"}
    assert Participant.objects.count() == 4


def test_a_walk_in_without_a_connection_is_not_lost(device, session) -> None:
    page = device("/today/")
    expect(page.get_by_text("kept on this phone until")).to_be_visible()
    page.goto(f"/sessions/{session.pk}/register/")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.locator("summary", has_text="Add a walk-in").click()
    form = page.locator("[data-walk-in-form]")
    form.get_by_label("First name").fill("Birch")
    form.get_by_label("School year").select_option("Year 5")
    form.get_by_role("button", name="Add and mark present").click()
    expect(row(page, "Birch").get_by_label("Present")).to_be_checked()
    expect(page.locator("[data-saved]")).to_contain_text("1 walk-in kept on this phone")
    page.context.set_offline(False)
    expect_saved(page)
    assert statuses(session) == {"Birch": "present"}


def test_somebody_of_my_hubs_is_found_and_added_at_the_end(device, session) -> None:
    aaron = factories.make_participant(hub=session.activity.hub, given_name="Aaron")
    page = device()
    page.get_by_text("Find somebody from your hubs").click()
    page.locator("[data-search]").get_by_label("First name").fill("aa")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name=re.compile("^Aaron P")).click()
    expect(row(page, "Aaron").get_by_label("Present")).to_be_focused()
    expect_saved(page)
    assert page.locator("[data-name]").last.text_content() == "Aaron P"
    assert session.attendances.get().participant == aaron
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Aaron").locator(":checked")).to_have_count(0)
    expect_saved(page)
    assert statuses(session) == {}


def test_heads_are_counted_with_and_without_a_connection(device, session) -> None:
    page = device()
    page.wait_for_load_state("networkidle")
    for people, is_offline, words in ((30, False, "is saved"), (32, True, "is kept")):
        page.context.set_offline(is_offline)
        page.locator("summary", has_text="Count people without names").click()
        form = page.locator("[data-count-heads]")
        form.get_by_label("How many").fill(str(people))
        form.get_by_text("Estimated").click()
        form.get_by_role("button", name="Save head-count").click()
        expect(page.locator("[data-saved]")).to_contain_text(f"The head-count {words}.")
    expect(page.locator("[data-saved]")).to_contain_text("1 head-count kept on this phone")
    page.context.set_offline(False)
    expect(page.locator("[data-saved][data-state=saved]")).to_be_visible(timeout=30_000)
    count = session.head_counts.get()
    assert (count.people, count.method) == (32, "estimated")


def test_what_waits_is_settled(device, session, coordinator) -> None:
    comet = Participant.objects.get(given_name="Comet")
    for person, held_for in ((comet.pk, "clock"), (uuid.uuid4(), "person")):
        MarkOperation.objects.create(
            id=uuid.uuid4(),
            session=session,
            person_id=person,
            participant=comet if person == comet.pk else None,
            role="participant",
            status="late",
            marked_at=timezone.now(),
            marked_by=coordinator,
            held_for=held_for,
        )
    page = device()
    expect(page.get_by_role("heading", name="Waiting to be settled: 2")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("^Use it now")).click()
    expect(page.get_by_text("It counts now.")).to_be_visible()
    expect(row(page, "Comet").get_by_label("Late")).to_be_checked()
    page.get_by_role("button", name=re.compile("somebody not known here")).click()
    expect(page.get_by_text("It is set aside.")).to_be_visible()
    expect(page.get_by_text("Waiting to be settled")).to_have_count(0)


def test_empty_and_cancelled_registers_are_accessible(device, session) -> None:
    empty = factories.make_session(
        activity=factories.make_activity(hub=factories.make_hub()), starts_at=session.starts_at
    )
    user = User.objects.get()
    HubMembership.objects.create(
        user=user, hub=empty.activity.hub, started_at=session.starts_at - dt.timedelta(days=99)
    )
    page = device(f"/sessions/{empty.pk}/register/")
    expect(page.get_by_text("Nobody is expected yet.")).to_be_visible()
    expect(page.get_by_role("button", name="All present", exact=True)).to_be_hidden()
    assert_accessible(page)
    Session.objects.filter(pk=session.pk).update(cancelled_at=timezone.now())
    page.goto(f"/sessions/{session.pk}/register/")
    expect(row(page, "Comet").get_by_label("Present")).to_be_disabled()
    assert_accessible(page)
    page.goto("/today/")
    assert_accessible(page)
