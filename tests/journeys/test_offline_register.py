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
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)

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
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


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


def sign_in(context: BrowserContext, user: User, server: LiveServer) -> None:
    client = Client()
    client.force_login(user)
    value = client.cookies["session"].value
    expires = timezone.now().timestamp() + 3600
    cookie = {"name": "session", "value": value, "url": server.url, "expires": expires}
    context.add_cookies([cookie])  # type: ignore[list-item]


def keep(page: Page) -> None:
    """Open Today until its registers and the page that opens them are kept."""
    page.goto("/today/")
    expect(page.locator("[data-keeping-state]")).to_have_text(KEPT)
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


def test_no_name_lies_in_what_is_kept(phone, session, coordinator, live_server) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
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


def test_the_private_key_cannot_be_read_out(phone, session, coordinator, live_server) -> None:
    sign_in(phone.context, coordinator, live_server)
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


def test_registers_go_when_whoever_kept_them_signs_out(
    phone, session, coordinator, live_server
) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
    keep(page)
    assert [len(in_database(page, store)) for store in ("keys", "registers")] == [1, 1]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]
    phone.context.set_offline(True)
    page.goto(f"/sessions/{session.pk}/register/")
    expect(page.get_by_text("No register is kept on this phone")).to_be_visible()


@pytest.mark.parametrize("address", ["/account/login/", "/today/"])
def test_registers_go_when_somebody_else_comes(
    phone, session, coordinator, colleague, live_server, address
) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
    keep(page)
    phone.context.clear_cookies()
    if address == "/today/":
        sign_in(phone.context, colleague, live_server)
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


def test_registers_go_after_twelve_hours(phone, session, coordinator, live_server) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
    keep(page)
    [key] = in_database(page, "keys")
    [register] = in_database(page, "registers")
    twelve_hours = 12 * 3600 * 1000
    assert key["expiresAt"] - key["keptAt"] <= twelve_hours
    assert register["expiresAt"] - register["keptAt"] <= twelve_hours
    phone.reopen(offline=True)
    page = phone.page
    page.clock.install(time=timezone.now() + dt.timedelta(hours=12, minutes=1))
    page.goto(f"/sessions/{session.pk}/register/")
    expect(page.get_by_text("No register is kept on this phone")).to_be_visible()
    assert [in_database(page, store) for store in ("keys", "registers")] == [[], []]


def test_the_service_worker_deletes_what_is_too_old(
    phone, session, coordinator, live_server
) -> None:
    sign_in(phone.context, coordinator, live_server)
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
    phone, session, shared, coordinator, live_server
) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
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


def test_five_wrong_pins_delete_the_registers_and_never_the_marks(
    phone, session, shared, coordinator, live_server
) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
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


def queue_mark(page: Page, session: Session, user: User, name: str = NAMES[0]) -> None:
    """A mark of this user's, as a register's page queues it."""
    person = session.activity.hub.registrations.get(participant__given_name=name).participant_id
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
