"""A poor phone: what was last seen and what was saved stay readable without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from tests.city import City, make_city
from tests.journeys.conftest import assert_accessible
from tests.journeys.test_chain import make_sign_in, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

People = Callable[[], Page]
NOTE = "You are offline, or the connection is slow."


@pytest.fixture
def city() -> City:
    return make_city(sessions=6)


@pytest.fixture
def phone(person: People) -> Iterator[Page]:
    """A phone whose console has nothing to complain of in the end."""
    page = person()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    yield page
    assert complaints == []


def settle(page: Page) -> None:
    """Until the service worker serves this page and has kept what it keeps."""
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def kept(page: Page, cache: str) -> list[str]:
    """Paths of what a cache keeps."""
    return page.evaluate(
        """async (name) => {
            const cache = await caches.open(name);
            return (await cache.keys()).map((each) => new URL(each.url).pathname).sort();
        }""",
        cache,
    )


def all_kept(page: Page) -> set[str]:
    """Paths of every page in every cache."""
    paths = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                for (const each of await (await caches.open(name)).keys()) {
                    found.push(new URL(each.url).pathname);
                }
            }
            return found;
        }"""
    )
    return {path for path in paths if not path.startswith("/static/")}


def wait_until_kept(page: Page, cache: str, addresses: list[str]) -> None:
    """Pages are kept after they are shown, and a browser cannot be asked to wait for a cache."""
    for _ in range(100):
        if kept(page, cache) == addresses:
            return
        page.wait_for_timeout(50)
    assert kept(page, cache) == addresses


def visit_until_kept(page: Page, address: str) -> None:
    page.goto(address)
    settle(page)
    wait_until_kept(page, "pages-1", [address.partition("?")[0]])


def test_the_last_list_is_readable_offline(phone: Page, city: City) -> None:
    visit_until_kept(phone, "/whats-on/?day=all")
    expect(phone.get_by_text(NOTE)).to_be_hidden()
    phone.context.set_offline(True)
    phone.goto("/whats-on/?day=all")
    expect(phone.get_by_text(NOTE)).to_be_visible()
    expect(phone.locator("main article").first).to_contain_text("Creative Art Club")
    year = timezone.now().year
    since = phone.locator(".kept-note time")
    assert str(year) in (since.get_attribute("datetime") or "")
    # It looks as it did: the style sheets are kept, too.
    assert phone.evaluate("getComputedStyle(document.querySelector('.site-header')).display")
    header = "getComputedStyle(document.querySelector('.site-header')).backgroundColor"
    assert phone.evaluate(header) == "rgb(21, 20, 15)"
    assert_accessible(phone)
    # The last list stands in for another choice of it.
    phone.goto("/whats-on/?day=today")
    expect(phone.get_by_text(NOTE)).to_be_visible()
    phone.context.set_offline(False)
    phone.goto("/whats-on/?day=all")
    expect(phone.get_by_text(NOTE)).to_be_hidden()


def test_only_the_last_list_is_kept(phone: Page, city: City) -> None:
    visit_until_kept(phone, "/whats-on/?day=all")
    phone.goto("/pl/whats-on/")
    wait_until_kept(phone, "pages-1", ["/pl/whats-on/"])


def test_a_saved_session_is_readable_offline(phone: Page, city: City) -> None:
    address = f"/sessions/{city.session.pk}/"
    phone.goto(address)
    settle(phone)
    save = phone.locator("[data-save]")
    expect(save).to_have_text("Save on this phone")
    save.click()
    expect(phone.locator("[data-save-status]")).to_contain_text("Saved on this phone")
    expect(save).to_contain_text("Remove from this phone")
    assert_accessible(phone)
    assert kept(phone, "saved-1") == [address]

    phone.context.set_offline(True)
    phone.get_by_role("link", name="Everything saved on this phone").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Saved on this phone")
    phone.locator(".saved-item a").click()
    expect(phone.get_by_text(NOTE)).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Creative Art Club")
    phone.go_back()
    expect(phone.locator(".saved-item")).to_have_count(1)
    phone.context.set_offline(False)


def test_what_is_saved_hears_of_a_cancellation(phone: Page, city: City) -> None:
    phone.goto(f"/sessions/{city.session.pk}/")
    settle(phone)
    phone.locator("[data-save]").click()
    expect(phone.locator("[data-save-status]")).to_contain_text("Saved on this phone")

    city.session.cancelled_at = timezone.now()
    city.session.save()
    phone.goto("/saved/")
    expect(phone.locator("[data-saved-alert]")).to_have_text("This session is cancelled")
    assert_accessible(phone)
    phone.context.set_offline(True)
    phone.locator(".saved-item a").click()
    expect(phone.get_by_text("This session is cancelled")).to_be_visible()
    phone.context.set_offline(False)


def test_saved_sessions_can_be_removed(phone: Page, city: City) -> None:
    for session in (city.session, city.cancelled):
        phone.goto(f"/sessions/{session.pk}/")
        phone.locator("[data-save]").click()
        expect(phone.locator("[data-save-status]")).to_contain_text("Saved on this phone")
    phone.goto("/saved/")
    expect(phone.locator(".saved-item")).to_have_count(2)
    phone.get_by_role("button", name=re.compile("^Remove Creative")).first.click()
    expect(phone.locator(".saved-item")).to_have_count(1)
    expect(phone.locator("[data-saved-status]")).to_have_text("Removed from this phone.")
    expect(phone.locator("[data-saved-status]")).to_be_focused()
    assert kept(phone, "saved-1") == [f"/sessions/{city.session.pk}/"]
    phone.locator(".saved-item button").click()
    expect(phone.get_by_text("Nothing is saved yet.")).to_be_visible()
    assert kept(phone, "saved-1") == []
    assert phone.evaluate("localStorage.getItem('saved')") == "[]"


def test_a_page_that_is_not_kept_says_so(phone: Page, city: City) -> None:
    visit_until_kept(phone, "/pl/")
    phone.goto("/pl/hubs/")
    phone.context.set_offline(True)
    for address in ("/pl/hubs/", f"/pl/sessions/{city.session.pk}/"):
        phone.goto(address)
        # In Polish, whatever that reads like by now.
        expect(phone.locator("html")).to_have_attribute("lang", "pl")
        expect(phone.locator("main a[href='/pl/saved/']")).to_be_visible()
        assert_accessible(phone)
    phone.context.set_offline(False)


def test_nothing_of_a_coordinators_pages_is_kept(person: People, city: City) -> None:
    make_sign_in(Role.COORDINATOR, email="coordinator@example.org", hubs=(city.hub,))
    page = person()
    visit_until_kept(page, "/")
    sign_in(page, "coordinator@example.org")
    for address in ("/today/", f"/sessions/{city.session.pk}/register/", "/whats-on/"):
        page.goto(address)
    wanted = {"/", "/whats-on/", "/offline/", "/saved/", "/registers/offline/"}
    for _ in range(100):
        if all_kept(page) >= wanted:
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(1000)
    assert all_kept(page) == wanted
    # That one holds nothing of anybody: once the coordinator has gone it opens nothing.
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    page.context.set_offline(True)
    page.goto("/today/")
    expect(page.get_by_text("No register is kept on this phone")).to_be_visible()


def test_old_caches_go(person: People, city: City) -> None:
    page = person()
    page.goto("/robots.txt")
    page.evaluate("caches.open('shell-of-long-ago')")
    page.goto("/")
    settle(page)
    names = page.evaluate("caches.keys()")
    assert "shell-of-long-ago" not in names
    assert len([name for name in names if name.startswith("shell-")]) == 1


def test_sharing_copies_the_address_where_the_device_has_no_way(person: People, city: City) -> None:
    page = person()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("Object.defineProperty(navigator, 'share', { value: undefined })")
    page.goto(f"/sessions/{city.session.pk}/")
    page.locator("[data-share]").click()
    expect(page.locator("[data-save-status]")).to_have_text("The address is copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/sessions/{city.session.pk}/")


def test_without_scripts_nothing_is_offered(
    person: People, city: City, browser_context_args: dict[str, object]
) -> None:
    browser_context_args["java_script_enabled"] = False
    page = person()
    page.goto(f"/sessions/{city.session.pk}/")
    assert page.locator("[data-save]:visible, [data-share]:visible").count() == 0
    page.goto("/saved/")
    expect(page.get_by_text("Saving needs JavaScript.")).to_be_visible()


def test_the_map_leads_on_by_keyboard(phone: Page, city: City) -> None:
    phone.goto("/map/?shading=on")
    hub = phone.locator(f"svg a[href='/hubs/{city.hub.slug}/']")
    expect(hub).to_have_attribute("aria-label", re.compile("Normanton hub: [0-9]+ session"))
    hub.focus()
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile(f"/hubs/{city.hub.slug}/$"))
    phone.goto("/map/?shading=on")
    assert_accessible(phone)
