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

    def __init__(self, folder: Path, open_browser: Callable[[Path], BrowserContext]) -> None:
        self.folder = folder
        self._open = open_browser
        self.open()

    def open(self) -> Page:
        self.context = self._open(self.folder)
        self.context.set_default_timeout(10_000)
        self.page = self.context.pages[0]
        return self.page

    def close(self) -> None:
        self.context.close()

    def reopen(self, *, offline: bool) -> Page:
        self.close()
        self.open()
        self.context.set_offline(offline)
        return self.page


@pytest.fixture
def phone(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    live_server: LiveServer,
    tmp_path: Path,
) -> Iterator[Phone]:
    def open_browser(folder: Path) -> BrowserContext:
        options = browser_type_launch_args | browser_context_args
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
    page.wait_for_function("async () => await caches.match('/registers/offline/') !== undefined")


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


def test_kept(phone, session, coordinator, live_server) -> None:
    page = phone.page
    sign_in(phone.context, coordinator, live_server)
    keep(page)
    stored = page.evaluate(STORED)
    assert not [name for name in NAMES if name in stored]
