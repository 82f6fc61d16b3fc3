"""A phone without a network: registers open, are taken, and no mark or name goes astray."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, BrowserType, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session
from participants.models import MarkOperation, Participant
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[BrowserContext, User], None]
# Names that no script, style or word of ours holds.
NAMES = ("Quillonby", "Zephrinella", "Wexcombetta")
KEPT = re.compile(r"^1 register is kept on this phone until \d")


@pytest.fixture
def session() -> Session:
    """A session that is on now, with three young people who came last week."""
    starts_at = timezone.now() - dt.timedelta(minutes=20)
    activity = factories.make_activity(hub=factories.make_hub(), title="Circus Skills")
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
def colleague(session: Session) -> User:
    hubs = (session.activity.hub,)
    return factories.make_user(Role.COORDINATOR, hubs=hubs, email="colleague@example.org")


@pytest.fixture
def other(person: Callable[[], Page], colleague: User, enter: Enter) -> Page:
    """Another browser, where the colleague is signed in."""
    page = person()
    enter(page.context, colleague)
    return page


class Phone:
    """A phone whose browser can be closed and opened again; what it kept is on the disk."""

    def __init__(self, folder: Path, open_browser: Callable[[Path, bool], BrowserContext]) -> None:
        self.folder = folder
        self._open = open_browser
        self.open()

    def open(self, *, offline: bool = False) -> Page:
        self.context = self._open(self.folder, offline)
        self.context.set_default_timeout(10_000)
        self.page = self.context.pages[0]
        return self.page

    def close(self) -> None:
        self.context.close()

    def reopen(self, *, offline: bool) -> Page:
        """The browser anew; offline it finds no server, which the service worker notices too."""
        self.close()
        return self.open(offline=offline)


@pytest.fixture
def phone(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    live_server: LiveServer,
    tmp_path: Path,
) -> Iterator[Phone]:
    def open_browser(folder: Path, offline: bool) -> BrowserContext:
        options = browser_type_launch_args | browser_context_args
        if offline:
            options["args"] = [*options["args"], "--host-resolver-rules=MAP * ~NOTFOUND"]
        return browser_type.launch_persistent_context(folder, base_url=live_server.url, **options)

    made = Phone(tmp_path / "profile", open_browser)
    yield made
    made.close()


@pytest.fixture
def enter(live_server: LiveServer) -> Enter:
    """Signs somebody in on a browser, for an hour."""

    def sign_in(context: BrowserContext, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies["session"].value
        expires = timezone.now().timestamp() + 3600
        cookie = {"name": "session", "value": value, "url": live_server.url, "expires": expires}
        context.add_cookies([cookie])  # type: ignore[list-item]

    return sign_in


def keep(page: Page) -> None:
    """Open Today until its registers and the page that opens them are kept."""
    page.goto("/today/")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    keep_shell(page)


def keep_shell(page: Page) -> None:
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    wait_until(page, "async () => (await caches.match('/registers/offline/')) !== undefined")


def wait_until(page: Page, question: str, argument: object = None) -> None:
    """Until a promise in the page is kept with something true; Playwright waits for none."""
    for _ in range(100):
        if page.evaluate(question, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(question)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=re.compile(name))


def tap(page: Page, name: str, label: str) -> None:
    row(page, name).get_by_text(label, exact=True).click()


def statuses(session: Session) -> dict[str, str]:
    return dict(session.attendances.values_list("participant__given_name", "status"))


STORED = """async () => {
    const found = [JSON.stringify([{ ...localStorage }, { ...sessionStorage }])];
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => resolve(request.result);
        });
        for (const store of database.objectStoreNames) {
            found.push(await new Promise((resolve) => {
                const request = database.transaction(store).objectStore(store).getAll();
                request.onsuccess = () => resolve(JSON.stringify(request.result));
            }));
        }
        database.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            found.push(request.url, await (await cache.match(request)).text());
        }
    }
    return found.join("\\n");
}"""


def in_database(page: Page, store: str) -> list[dict[str, Any]]:
    """What lies in one of the stores; keys show as empty objects."""
    found: list[dict[str, Any]] = page.evaluate(
        """async (store) => {
            const { all } = await import("/static/js/registers/database.js");
            return all(store);
        }""",
        store,
    )
    return found


def on_disk(folder: Path, text: str) -> list[Path]:
    """Files of a browser's profile that hold a text, in either of the ways in which it writes."""
    forms = [text.encode(), text.encode("utf-16-le")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form in path.read_bytes() for form in forms)]


def test_no_name_lies_in_what_is_kept(phone, session, coordinator, enter) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    page.goto(f"/sessions/{session.pk}/register/")
    expect(row(page, NAMES[0])).to_be_visible()
    page.goto("/today/")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    [register] = in_database(page, "registers")
    assert register["session"] == str(session.pk)
    assert register["sealed"].keys() == {"key", "ephemeral", "iv", "data"}
    stored = page.evaluate(STORED)
    assert str(session.pk) in stored
    assert not [name for name in NAMES if name in stored]
    phone.close()
    assert on_disk(phone.folder, str(session.pk))
    assert not [(name, found) for name in NAMES if (found := on_disk(phone.folder, name))]
    phone.open()


def test_the_private_key_cannot_be_read_out(phone, session, coordinator, enter) -> None:
    enter(phone.context, coordinator)
    keep(phone.page)
    outcome = phone.page.evaluate(
        """async () => {
            const { all } = await import("/static/js/registers/database.js");
            const [{ privateKey }] = await all("keys");
            const formats = ["jwk", "pkcs8", "raw"];
            const tries = formats.map((each) => crypto.subtle.exportKey(each, privateKey));
            const settled = await Promise.allSettled(tries);
            return [privateKey.extractable, ...settled.map((each) => each.status)];
        }"""
    )
    assert outcome == [False, "rejected", "rejected", "rejected"]


def test_registers_go_when_whoever_kept_them_signs_out(phone, session, coordinator, enter) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    assert [len(in_database(page, store)) for store in ("keys", "registers")] == [1, 1]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    phone.context.set_offline(True)
    page.goto(f"/sessions/{session.pk}/register/")
    expect(page.get_by_text("No register is kept on this phone")).to_be_visible()


def test_signing_out_without_a_connection_is_done_once_there_is_one(
    phone, session, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    page.goto(f"/sessions/{session.pk}/register/")
    page.wait_for_load_state("networkidle")
    phone.context.set_offline(True)
    tap(page, NAMES[0], "Late")
    expect_line(page, "1 mark kept on this phone")
    page.get_by_role("button", name="Sign out").click()
    said = page.get_by_text("No connection: you are signed out once there is one.")
    expect(said).to_contain_text("What is not sent yet stays on this phone.")
    expect(page.get_by_text(NAMES[0])).to_have_count(0)
    assert [len(in_database(page, store)) for store in ("keys", "registers")] == [0, 0]
    phone.context.set_offline(False)
    page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    assert statuses(session) == {NAMES[0]: "late"}
    page.goto("/today/")
    assert "/account/login/" in page.url


def test_what_waits_is_never_said_to_be_sent(phone, coordinator, enter, session) -> None:
    """On Today it waits by the page's first line; on its register the register's line speaks."""
    enter(phone.context, coordinator)
    keep(phone.page)
    page = phone.reopen(offline=True)
    page.goto("/today/")
    page.get_by_role("link", name="Circus Skills").click()
    tap(page, NAMES[0], "Late")
    expect_line(page, "1 mark kept on this phone")
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_text("1 mark on this phone is not sent yet.")).to_be_visible()
    page.get_by_role("link", name="Circus Skills").click()
    expect_line(page, "1 mark kept on this phone")
    expect(page.locator("[data-waiting-words]")).to_be_empty()


@pytest.mark.parametrize("address", ["/account/login/", "/today/"])
@pytest.mark.usefixtures("session")
def test_registers_go_when_somebody_else_comes(
    phone, coordinator, colleague, enter, address
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    phone.context.clear_cookies()
    if address == "/today/":
        enter(phone.context, colleague)
    page.goto(address)
    wait_until(
        page,
        """async (user) => {
            const { all } = await import("/static/js/registers/database.js");
            const rows = [...(await all("keys")), ...(await all("registers"))];
            return rows.every((each) => each.user !== user);
        }""",
        str(coordinator.pk),
    )


def test_registers_go_after_twelve_hours(phone, session, coordinator, colleague, enter) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    [key] = in_database(page, "keys")
    [register] = in_database(page, "registers")
    twelve_hours = 12 * 3600 * 1000
    assert key["expiresAt"] - key["keptAt"] <= twelve_hours
    assert register["expiresAt"] - register["keptAt"] <= twelve_hours
    page = phone.reopen(offline=True)
    page.goto(f"/sessions/{session.pk}/register/")
    tap(page, NAMES[0], "Late")
    expect_line(page, "1 mark kept on this phone")
    page.clock.install(time=timezone.now() + dt.timedelta(hours=12, minutes=1))
    page.goto(f"/sessions/{session.pk}/register/")
    expect(page.get_by_text("No register is kept on this phone")).to_be_visible()
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    # The mark outlives all that, and arrives with whoever comes next.
    expect(page.get_by_text("1 mark on this phone is not sent yet.")).to_be_visible()
    page = phone.reopen(offline=False)
    phone.context.clear_cookies()
    enter(phone.context, colleague)
    page.goto("/today/")
    wait_until_sent(page)
    assert taken_by(session) == {(NAMES[0], "late", coordinator.email)}


def test_the_service_worker_deletes_what_is_too_old(phone, session, coordinator, enter) -> None:
    enter(phone.context, coordinator)
    keep(phone.page)
    phone.page.evaluate(
        """async () => {
            const { all, put } = await import("/static/js/registers/database.js");
            for (const store of ["keys", "registers"])
                for (const each of await all(store)) await put(store, { ...each, expiresAt: 1 });
        }"""
    )
    page = phone.reopen(offline=False)
    # A public page, with no script of ours that knows of registers: only the worker wakes.
    page.goto("/saved/")
    wait_until(
        page,
        """() => new Promise((resolve) => {
            const request = indexedDB.open("registers");
            request.onsuccess = () => {
                const database = request.result;
                const count = database.transaction("keys").objectStore("keys").count();
                count.onsuccess = () => {
                    database.close();
                    resolve(count.result === 0);
                };
            };
        })""",
    )


def type_pin(page: Page, pin: str) -> None:
    page.get_by_label("PIN", exact=True).fill(pin)
    page.get_by_role("button", name="Open registers").click()


@pytest.fixture
def shared(session: Session) -> None:
    session.activity.hub.shares_devices = True
    session.activity.hub.save()


def choose_pin(page: Page, pin: str) -> None:
    page.goto("/today/")
    expect(page.get_by_text("Choose a PIN to keep today's registers")).to_be_visible()
    page.get_by_label("PIN for this phone").fill(pin)
    page.get_by_role("button", name="Keep with this PIN").click()


def test_where_phones_are_shared_a_pin_opens_registers(
    phone, session, shared, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    choose_pin(page, "1111")
    expect(page.get_by_text("A PIN has 6 to 12 numbers.")).to_be_visible()
    assert_accessible(page)
    assert in_database(page, "registers") == []
    choose_pin(page, "246813")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    [key] = in_database(page, "keys")
    assert "privateKey" not in key
    assert key["wrapped"]["rounds"] >= 600_000
    # Kept anew without asking again: sealing needs only the public key.
    keep(page)

    page = phone.reopen(offline=True)
    page.goto("/today/")
    expect(page.get_by_role("heading", name="Type your PIN")).to_be_visible()
    assert_accessible(page)
    type_pin(page, "135791")
    expect(page.get_by_text("That is not the PIN. 4 tries are left.")).to_be_visible()
    assert_accessible(page)
    type_pin(page, "246813")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.get_by_role("link", name="Circus Skills")).to_be_visible()
    # The key lives in the page only.
    page.reload()
    expect(page.get_by_role("heading", name="Type your PIN")).to_be_visible()
    phone.close()
    assert not on_disk(phone.folder, "246813")
    phone.open()


def test_whoever_shares_a_phone_can_ask_for_a_pin(phone, session, coordinator, enter) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    page.get_by_label("Other people use this phone: ask for a PIN").check()
    expect(page.get_by_text("Choose a PIN to keep today's registers")).to_be_visible()
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    choose_pin(page, "246813")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    assert "wrapped" in in_database(page, "keys")[0]
    page.get_by_label("Other people use this phone: ask for a PIN").uncheck()
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    wait_until(
        page,
        """async () => {
            const { all } = await import("/static/js/registers/database.js");
            return (await all("keys")).some((each) => each.privateKey);
        }""",
    )


def test_five_wrong_pins_delete_the_registers_and_never_the_marks(
    phone, session, shared, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    choose_pin(page, "246813")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
    keep(page)
    page = phone.reopen(offline=True)
    page.goto("/today/")
    queue_mark(page, session, coordinator)
    for left in (4, 3):
        type_pin(page, "135791")
        expect(page.get_by_text(f"{left} tries are left")).to_be_visible()
    # Opening the page again gives no guess more.
    page.reload()
    type_pin(page, "135791")
    expect(page.get_by_text("2 tries are left")).to_be_visible()
    type_pin(page, "135791")
    expect(page.get_by_text("1 try is left")).to_be_visible()
    type_pin(page, "246812")
    expect(page.get_by_role("heading", name="Registers deleted")).to_be_visible()
    assert_accessible(page)
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    assert len(in_database(page, "queue")) == 1
    expect(page.get_by_text("1 mark on this phone is not sent yet.")).to_be_visible()


def queue_mark(page: Page, session: Session, user: User) -> None:
    """A mark of this user's, as a register's page queues it."""
    registrations = session.activity.hub.registrations
    person = registrations.get(participant__given_name=NAMES[0]).participant_id
    page.evaluate(
        """async ([session, user, person, at]) => {
            const { newId, queue } = await import("/static/js/registers/queue.js");
            await queue.open({ user });
            const mark = { id: newId(), participant: person, status: "late", at };
            queue.add(session, "marks", mark);
            await new Promise((resolve) => setTimeout(resolve, 200));
        }""",
        [str(session.pk), str(user.pk), str(person), timezone.now().isoformat()],
    )


def expect_line(page: Page, words: str) -> None:
    """The live region of a register says so."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def wait_until_sent(page: Page) -> None:
    wait_until(
        page,
        """async () => {
            const { all } = await import("/static/js/registers/database.js");
            return !(await all("queue")).length;
        }""",
    )


def taken_by(session: Session) -> set[tuple[str, str, str]]:
    """Who was marked what, and who took the mark."""
    operations = MarkOperation.objects.filter(session=session, held_for="")
    return set(operations.values_list("participant__given_name", "status", "marked_by__email"))


def test_closed_and_reopened_without_a_network_nothing_is_lost(
    phone, other, session, coordinator, enter
) -> None:
    """Two phones on one register: one loses the network and is closed, the other goes on."""
    register = f"/sessions/{session.pk}/register/"
    enter(phone.context, coordinator)
    keep(phone.page)
    page = phone.page
    page.goto(register)
    expect_line(page, "Nothing marked yet")

    page = phone.reopen(offline=True)
    page.goto(register)
    expect(page.get_by_role("heading", name="Circus Skills")).to_be_visible()
    expect(page.get_by_text("No connection. This is the register as of")).to_be_visible()
    tap(page, NAMES[0], "Late")
    tap(page, NAMES[1], "Absent")
    expect_line(page, "2 marks kept on this phone, not sent yet")
    assert_accessible(page)

    other.goto(register)
    tap(other, NAMES[2], "Excused")
    expect_line(other, "Saved")

    page = phone.reopen(offline=True)
    page.goto(register)
    expect(row(page, NAMES[0]).get_by_label("Late")).to_be_checked()
    expect(row(page, NAMES[1]).get_by_label("Absent")).to_be_checked()
    expect_line(page, "2 marks kept on this phone, not sent yet")
    tap(page, NAMES[1], "Present")
    expect_line(page, "3 marks kept on this phone")
    assert not [name for name in NAMES if name in page.evaluate(STORED)]

    page = phone.reopen(offline=False)
    page.goto(register)
    expect(row(page, NAMES[2]).get_by_label("Excused")).to_be_checked()
    wait_until_sent(page)
    expect_line(page, "Saved")
    expect(row(page, NAMES[1]).get_by_label("Present")).to_be_checked()
    other.reload()
    expect(row(other, NAMES[0]).get_by_label("Late")).to_be_checked()
    expect(row(other, NAMES[1]).get_by_label("Present")).to_be_checked()
    assert statuses(session) == dict(zip(NAMES, ("late", "present", "excused"), strict=True))
    assert taken_by(session) == {
        (NAMES[0], "late", coordinator.email),
        (NAMES[1], "absent", coordinator.email),
        (NAMES[1], "present", coordinator.email),
        (NAMES[2], "excused", "colleague@example.org"),
    }


def test_the_shell_is_a_whole_register(phone, session, coordinator, enter) -> None:
    """Marks, a walk-in and the closing by keyboard alone, without a network, and all arrive."""
    enter(phone.context, coordinator)
    keep(phone.page)
    page = phone.reopen(offline=True)
    page.goto("/today/")
    expect(page.get_by_text("0 of 3 marked")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Circus Skills").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="All present", exact=True).focus()
    page.keyboard.press("Enter")
    expect_line(page, "3 here, 0 not here")
    expect_line(page, "3 marks kept on this phone, not sent yet")
    page.keyboard.press("Tab")
    row(page, NAMES[0]).locator("input:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(row(page, NAMES[0]).get_by_label("Late")).to_be_checked()

    page.get_by_label("First name").focus()
    page.keyboard.type("Ottoline")
    page.get_by_label("School year").select_option("Year 6")
    page.get_by_label("Last name").focus()
    page.keyboard.type("Bramblewick")
    page.keyboard.press("Enter")
    expect(row(page, "Ottoline B").get_by_label("Present")).to_be_checked()
    expect_line(page, "1 walk-in")
    stored = page.evaluate(STORED)
    assert not [name for name in (*NAMES, "Ottoline", "Bramblewick") if name in stored]
    assert_accessible(page)

    page.get_by_role("button", name="Close register").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Closed on this phone, not sent yet")).to_be_visible()
    assert_accessible(page)

    page.reload()
    expect(row(page, "Walk-in 1").get_by_label("Present")).to_be_checked()
    expect(page.get_by_text("Ottoline")).to_have_count(0)
    phone.close()
    names = (*NAMES, "Ottoline", "Bramblewick")
    assert not [(name, found) for name in names if (found := on_disk(phone.folder, name))]

    page = phone.open()
    page.goto("/today/")
    wait_until_sent(page)
    assert statuses(session) == {
        NAMES[0]: "late",
        NAMES[1]: "present",
        NAMES[2]: "present",
        "Ottoline": "present",
    }
    walk_in = Participant.objects.get(given_name="Ottoline")
    assert (walk_in.family_name, walk_in.year_group) == ("Bramblewick", 6)
    session.refresh_from_db()
    assert session.register_taken_at is not None


def test_a_connection_that_comes_back_while_the_page_is_open(
    phone, session, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    phone.context.set_offline(True)
    page.goto(f"/sessions/{session.pk}/register/")
    tap(page, NAMES[0], "Present")
    expect_line(page, "1 mark kept on this phone, not sent yet. No connection.")
    phone.context.set_offline(False)
    expect(page.get_by_text("There is a connection again.")).to_be_visible()
    expect_line(page, "Saved")
    assert statuses(session) == {NAMES[0]: "present"}


def test_marks_arrive_after_somebody_else_signed_in(
    phone, session, coordinator, colleague, enter
) -> None:
    """Credited to who took them, although the sign-in under which they were made is over."""
    enter(phone.context, coordinator)
    keep(phone.page)
    page = phone.reopen(offline=True)
    page.goto(f"/sessions/{session.pk}/register/")
    tap(page, NAMES[0], "Late")
    expect_line(page, "1 mark kept on this phone")

    page = phone.reopen(offline=False)
    phone.context.clear_cookies()
    page.goto("/account/login/")
    expect(page.get_by_text("1 mark on this phone is not sent yet.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Sign in again to send them.")).to_be_visible()
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    assert len(in_database(page, "queue")) == 1

    enter(phone.context, colleague)
    page.goto("/today/")
    wait_until_sent(page)
    expect(page.get_by_text("Everything on this phone is sent.")).to_be_visible()
    assert taken_by(session) == {(NAMES[0], "late", coordinator.email)}
    [operation] = MarkOperation.objects.all()
    assert operation.sent_by == colleague


def test_an_ended_session_and_a_stale_token_empty_no_queue(
    phone, session, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    page.goto(f"/sessions/{session.pk}/register/")
    expect_line(page, "Nothing marked yet")
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    tap(page, NAMES[0], "Present")
    expect_line(page, "1 mark kept on this phone, not sent yet. Sign in again to send them.")
    assert len(in_database(page, "queue")) == 1
    way_in = page.get_by_role("link", name="Sign in", exact=True)
    expect(way_in).to_have_attribute(
        "href", re.compile(rf"/account/login/\?next=%2Fsessions%2F{session.pk}%2Fregister%2F$")
    )
    # Signed in again in another tab: the token of this one is of another secret now.
    phone.context.add_cookies([each for each in cookies if each["name"] == "session"])
    tap(page, NAMES[1], "Absent")
    expect_line(page, "Saved")
    wait_until_sent(page)
    expect(way_in).to_be_hidden()
    assert statuses(session) == {NAMES[0]: "present", NAMES[1]: "absent"}


def test_refused_marks_stay_until_somebody_throws_them_away(
    phone, session, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    # Made while the hub was not theirs.
    two_years_ago = timezone.now() - dt.timedelta(days=730)
    page.evaluate(
        """async ([session, user, at]) => {
            const { newId, queue } = await import("/static/js/registers/queue.js");
            queue.add(session, "marks", { id: newId(), participant: newId(), status: "no", at });
        }""",
        [str(session.pk), str(coordinator.pk), two_years_ago.isoformat()],
    )
    refused = page.get_by_text("This is not a mark that a register knows.")
    expect(refused).to_be_visible()
    page.reload()
    expect(refused).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Throw away").click()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Throw away").click()
    page.get_by_role("button", name="Throw away for good").click()
    expect(refused).to_be_hidden()
    wait_until_sent(page)


REFUSED = "Object.defineProperty(window, 'indexedDB', { value: undefined })"
NO_ROOM = """
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...values) {
        throw new DOMException("", "QuotaExceededError");
    };
"""
PRIVATE = """
    IDBFactory.prototype.open = function () { throw new DOMException("", "SecurityError"); };
"""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (REFUSED, "the browser is too old, or lets pages keep nothing."),
        (NO_ROOM, "its storage is full."),
        (PRIVATE, "the browser lets pages keep nothing, as in a private window."),
    ],
)
def test_a_phone_that_keeps_nothing_says_so(other: Page, session, script, words) -> None:
    page = other
    page.add_init_script(script)
    page.goto("/today/")
    cannot = page.get_by_text(f"This phone cannot keep registers for later: {words}")
    expect(cannot).to_be_visible()
    assert_accessible(page)
    page.goto(f"/sessions/{session.pk}/register/")
    expect_line(page, "This phone keeps nothing: leave this page open")
    page.route("**/marks/", lambda route: route.abort())
    tap(page, NAMES[0], "Present")
    expect_line(page, "1 mark only in this open page, not sent yet: leave it open.")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.unroute("**/marks/")
    page.goto("/saved/")
    assert asked == ["beforeunload"]


def test_a_full_disk_says_so(phone, session, coordinator, enter, live_server) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    page.goto("/robots.txt")
    devtools = phone.context.new_cdp_session(page)
    quota = {"origin": live_server.url, "quotaSize": 1}
    devtools.send("Storage.overrideQuotaForOrigin", quota)
    page.goto("/today/")
    expect(page.get_by_text("cannot keep registers for later: its storage is full")).to_be_visible()


def test_the_service_worker_sends_while_no_register_is_open(
    phone, session, coordinator, enter, live_server
) -> None:
    """Background Sync, in browsers that have it."""
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    page.goto("/saved/")
    devtools = phone.context.new_cdp_session(page)
    versions: list[dict[str, Any]] = []
    devtools.on(
        "ServiceWorker.workerVersionUpdated", lambda event: versions.extend(event["versions"])
    )
    devtools.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    registration = versions[-1]["registrationId"]
    person = session.activity.hub.registrations.get(participant__given_name=NAMES[0])
    page.evaluate(
        """async ([session, user, participant, at]) => {
            const { put } = await import("/static/js/registers/database.js");
            const item = { id: crypto.randomUUID(), participant, status: "late", at };
            await put("queue", { session, kind: "marks", item, user, pass: "" });
        }""",
        [
            str(session.pk),
            str(coordinator.pk),
            str(person.participant_id),
            timezone.now().isoformat(),
        ],
    )
    devtools.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": live_server.url,
            "registrationId": registration,
            "tag": "registers",
            "lastChance": False,
        },
    )
    wait_until_sent(page)
    assert taken_by(session) == {(NAMES[0], "late", coordinator.email)}


def test_a_register_that_is_taken_or_cancelled_opens_as_such(
    phone, session, coordinator, enter
) -> None:
    enter(phone.context, coordinator)
    cancelled = factories.make_session(
        activity=session.activity,
        starts_at=session.starts_at + dt.timedelta(minutes=1),
        cancelled_at=timezone.now(),
        cancellation_reason="Flooded",
    )
    session.register_taken_at = timezone.now()
    session.save()
    page = phone.page
    page.goto("/today/")
    expect(page.locator("[data-keeping-state]")).to_contain_text("2 registers are kept")
    keep_shell(page)
    phone.context.set_offline(True)
    page.goto(f"/sessions/{session.pk}/register/")
    expect(page.get_by_text("Register taken")).to_be_visible()
    expect(row(page, NAMES[0]).get_by_label("Present")).to_be_disabled()
    assert_accessible(page)
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Circus Skills").last.click()
    expect(page).to_have_url(re.compile(str(cancelled.pk)))
    expect(page.get_by_text("This session was cancelled.")).to_be_visible()
    expect(row(page, NAMES[0]).get_by_label("Present")).to_be_disabled()
    assert_accessible(page)


def test_signing_out_empties_a_register_that_is_open_elsewhere(
    phone, session, coordinator, enter
) -> None:
    page = phone.page
    enter(phone.context, coordinator)
    keep(page)
    shell = phone.context.new_page()
    phone.context.set_offline(True)
    shell.goto(f"/sessions/{session.pk}/register/")
    expect(row(shell, NAMES[0])).to_be_visible()
    phone.context.set_offline(False)
    page.get_by_role("button", name="Sign out").click()
    expect(shell.get_by_text("No register is kept on this phone")).to_be_visible()
    assert not [name for name in NAMES if name in shell.content()]
