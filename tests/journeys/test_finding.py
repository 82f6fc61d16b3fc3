"""A young person finds something to do: in three taps, with and without scripts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from activities.models import LONDON, Kind, Session
from hubs.models import Lsoa, Postcode
from tests import factories
from tests.journeys.conftest import PHONE, assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)


def tomorrow_at(hour: int) -> dt.datetime:
    """An hour of tomorrow in Derby."""
    date = timezone.now().astimezone(LONDON).date() + dt.timedelta(days=1)
    return dt.datetime.combine(date, dt.time(hour), tzinfo=LONDON)


@pytest.fixture
def boxing() -> Session:
    """Tomorrow in Normanton, among other things elsewhere and on other days."""
    normanton, sinfin = factories.make_hub(name="Normanton"), factories.make_hub(name="Sinfin")
    fields: dict[str, Any] = {"hub": normanton, "min_age": 8, "max_age": 14, "is_free": True}
    boxing = factories.make_activity(title="Boxing Fitness", **fields)
    dance = factories.make_activity(title="Street Dance", hub=sinfin, kind=Kind.ARTS)
    for activity, starts_at in (
        (dance, tomorrow_at(17)),
        (boxing, tomorrow_at(17) + dt.timedelta(days=7)),
        (dance, timezone.now() + dt.timedelta(minutes=5)),
    ):
        factories.make_session(activity=activity, starts_at=starts_at)
    return factories.make_session(activity=boxing, starts_at=tomorrow_at(18))


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_three_taps_from_the_front_page_to_a_session_that_fits(
    browser: Browser, live_server: LiveServer, boxing: Session, with_scripts: bool
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, java_script_enabled=with_scripts, has_touch=True
    )
    page = context.new_page()
    taps: list[str] = []

    def tap(name: str) -> None:
        page.get_by_role("main").get_by_role("link", name=name, exact=True).tap()
        taps.append(name)

    page.goto("/")
    tap("Tomorrow")
    tap("Normanton")
    card = page.get_by_role("article")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Ages 8 to 14")
    expect(card.get_by_text("Free", exact=True)).to_be_visible()
    assert page.url.endswith("/whats-on/?day=tomorrow&hub=normanton")
    tap("Boxing Fitness")
    expect(page.get_by_role("heading", level=1)).to_have_text("Boxing Fitness")
    assert page.url.endswith(f"/sessions/{boxing.pk}/")
    assert len(taps) == 3
    assert context.cookies() == []
    context.close()


def results(page: Page) -> list[str]:
    return page.locator("#results .session__title").all_inner_texts()


@pytest.mark.usefixtures("boxing")
def test_results_change_without_a_reload_and_the_back_button_works(
    person: Callable[[], Page],
) -> None:
    page = person()
    page.goto("/whats-on/?day=tomorrow")
    page.evaluate("window.loadedOnce = true")
    expect(page.locator("#summary")).to_have_text("Tomorrow: 2 sessions")
    page.get_by_text("Age, kind and more").click()
    page.get_by_label("Your age").fill("12")
    page.get_by_label("Kind", exact=True).select_option("Arts")
    expect(page.locator("#summary")).to_have_text("Tomorrow: 1 session")
    assert results(page) == ["Street Dance"]
    assert page.url.endswith("/whats-on/?day=tomorrow&age=12&kind=arts")
    assert page.evaluate("document.activeElement.id") == "id_age"
    assert page.evaluate("window.loadedOnce") is True
    expect(page.get_by_label("Your age")).to_be_visible()

    page.get_by_role("link", name="Normanton").click()
    expect(page.get_by_role("heading", name="Nothing found for these choices")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "at-normanton"
    page.get_by_role("link", name="Without “Arts”").click()
    expect(page.get_by_role("heading", name="Nothing found for these choices")).to_be_hidden()
    page.go_back()
    expect(page.get_by_role("heading", name="Nothing found for these choices")).to_be_visible()
    page.go_back()
    expect(page.locator("#summary")).to_have_text("Tomorrow: 1 session")
    expect(page.get_by_label("Kind", exact=True)).to_have_value("arts")
    assert results(page) == ["Street Dance"]


@pytest.mark.usefixtures("boxing")
def test_chips_and_search_keep_the_page_and_each_other(person: Callable[[], Page]) -> None:
    page = person()
    page.goto("/whats-on/?day=tomorrow")
    page.evaluate("window.loadedOnce = true")
    page.get_by_role("searchbox").press_sequentially("bocksing")
    expect(page.locator("#summary")).to_have_text("Tomorrow: 1 session")
    expect(page.get_by_text("spelt most like it")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "id_q"
    # Leaving the box asks for nothing: an answer between press and release would lose the tap.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("searchbox").blur()
    page.wait_for_timeout(200)
    assert asked == []
    page.get_by_role("link", name="All dates").click()
    expect(page.locator("#summary")).to_have_text("Everything coming up: 2 sessions")
    expect(page.get_by_role("searchbox")).to_have_value("bocksing")
    page.get_by_role("link", name=re.compile("Search: bocksing")).click()
    expect(page.locator("#summary")).to_have_text("Everything coming up: 4 sessions")
    expect(page.get_by_role("searchbox")).to_have_value("")
    assert page.url.endswith("/whats-on/?day=all")
    assert page.evaluate("window.loadedOnce") is True


@pytest.mark.usefixtures("boxing")
def test_a_postcode_shows_how_far_things_are_and_stands_in_no_address(
    person: Callable[[], Page],
) -> None:
    ward = factories.make_ward()
    area = Lsoa.objects.create(code="E01013488", census_year=2011, ward=ward)
    Postcode.objects.create(
        postcode="DE23 0PL", latitude="52.9", longitude="-1.49", lsoa=area, ward=ward
    )
    factories.Hub.objects.update(latitude=52.92, longitude=-1.49)
    page = person()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto("/whats-on/?day=tomorrow")
    page.get_by_text("How far from you?").click()
    page.get_by_label("Your postcode").fill("nowhere")
    page.get_by_role("button", name="Show how far").click()
    expect(page.get_by_label("Your postcode")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    page.get_by_label("Your postcode").fill("de23 0pl")
    page.get_by_role("button", name="Show how far").click()
    expect(page.get_by_text("1.4 miles")).to_have_count(2)
    page.get_by_role("link", name="Within 1 mile").click()
    expect(page.get_by_role("heading", name="Nothing found for these choices")).to_be_visible()
    assert page.url.endswith("/whats-on/?day=tomorrow&near=E01013488&within=1")
    assert not [each for each in addresses if re.search("de23", each, re.IGNORECASE)]
    assert_accessible(page)


@pytest.mark.usefixtures("boxing")
def test_pages_are_accessible_and_days_fit_a_phone(person: Callable[[], Page]) -> None:
    page = person()
    for address in ("/", "/whats-on/", "/whats-on/?age=900&day=tomorrow", "/whats-on/?q=zzzz"):
        page.goto(address)
        assert_accessible(page)
    for address in ("/", "/whats-on/"):
        page.goto(address)
        chips = page.get_by_role("navigation", name="Days").get_by_role("link").all()
        tops = {box["y"] for chip in chips if (box := chip.bounding_box())}
        assert len(tops) <= 2
