"""Nobody who looks at the public pages is marked, followed, or told of to anybody else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.city import City, make_city

pytestmark = pytest.mark.django_db(transaction=True)

People = Callable[[], Page]
# English, and one from right to left.
EDITIONS = ("", "/ur")


def stored(page: Page) -> dict[str, str]:
    """What pages left in the browser's two stores, but for the way back that htmx notes.

    That is the address of the list in this tab, and goes with the tab.
    """
    found: dict[str, str] = page.evaluate("({ ...localStorage, ...sessionStorage })")
    assert found.pop("htmx-current-path-for-history", "/whats-on/").count("/whats-on/") == 1
    return found


class Watcher:
    """What a browser was sent and whom it asked, from its first page on."""

    def __init__(self, page: Page) -> None:
        self.hosts: set[str] = set()
        self.cookies: list[str] = []
        self.personal: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", self._asked)
        page.context.on("response", self._answered)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._said(message.type, message.text))

    def _asked(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)

    def _answered(self, response: Response) -> None:
        headers = response.headers
        if "set-cookie" in headers:
            self.cookies.append(response.url)
        if "cookie" in headers.get("vary", "").lower():
            self.personal.append(response.url)

    def _said(self, kind: str, text: str) -> None:
        # A page that is not there is asked for on purpose.
        if kind == "error" and "404" not in text:
            self.complaints.append(text)


@pytest.fixture
def city() -> City:
    return make_city(sessions=6)


@pytest.mark.parametrize("prefix", EDITIONS)
def test_public_pages_set_no_cookie_and_ask_nobody_else(
    person: People, city: City, prefix: str
) -> None:
    page = person()
    watcher = Watcher(page)
    host = ""
    for name, address in city.pages.items():
        response = page.goto(f"{prefix}{address}")
        assert response is not None
        assert response.status == (404 if name.startswith("no such") else 200), name
        host = urlsplit(page.url).netloc
        assert page.context.cookies() == [], name
        assert page.evaluate("document.cookie") == ""
    assert watcher.cookies == []
    assert watcher.personal == []
    assert watcher.complaints == []
    assert watcher.hosts == {host}
    # Nothing is kept in the browser either, unless somebody saves something.
    assert stored(page) == {}


@pytest.mark.parametrize("prefix", EDITIONS)
def test_telling_the_hub_that_one_might_come_leaves_no_trace(
    person: People, city: City, prefix: str
) -> None:
    page = person()
    watcher = Watcher(page)
    page.goto(f"{prefix}/sessions/{city.session.pk}/")
    page.locator("form[action$='/might-come/'] button").click()
    expect(page.locator("#thanks")).to_be_visible()
    city.session.refresh_from_db()
    assert city.session.first_visits.people == 1
    assert page.context.cookies() == []
    assert watcher.cookies == []
    assert watcher.hosts == {urlsplit(page.url).netloc}


@pytest.mark.parametrize("prefix", EDITIONS)
def test_a_postcode_is_neither_stored_nor_put_into_an_address(
    person: People, city: City, prefix: str
) -> None:
    page = person()
    watcher = Watcher(page)
    page.goto(f"{prefix}/whats-on/")
    field = page.locator("input[name='postcode']")
    if not field.is_visible():
        page.locator("details:has(input[name='postcode']) > summary").first.click()
    field.fill("DE23 8PL")
    field.press("Enter")
    page.wait_for_load_state()
    assert "DE23" not in page.url.upper()
    assert "DE23" not in page.evaluate("JSON.stringify(sessionStorage)").upper()
    assert page.context.cookies() == []
    assert stored(page) == {}
    assert watcher.cookies == []
    assert watcher.hosts == {urlsplit(page.url).netloc}


def test_scripts_off_changes_none_of_it(
    person: People, city: City, browser_context_args: dict[str, object]
) -> None:
    browser_context_args["java_script_enabled"] = False
    page = person()
    watcher = Watcher(page)
    for address in ("/", "/whats-on/?day=all", f"/sessions/{city.session.pk}/", "/map/"):
        page.goto(address)
    assert page.context.cookies() == []
    assert (watcher.cookies, watcher.personal) == ([], [])
    assert watcher.hosts == {urlsplit(page.url).netloc}
