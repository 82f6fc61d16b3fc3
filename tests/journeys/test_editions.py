"""Every public page type in every way of looking at it: nothing for axe to find, nothing cut off.

320 px wide is the narrowest phone; 320 x 256 is what a desk's 1280 x 1024 leaves at 400 % zoom.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from activities.models import ActivityText
from evaluation.models import PageTopic
from tests.city import City, make_city

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 320, "height": 740}
ZOOMED = {"width": 320, "height": 256}
EDITIONS = {"English": "", "Easy Read": "/en-easy", "Urdu": "/ur"}
# One page of words stands for all that are made by the same template.
ALIKE = {f"page {topic.value}" for topic in PageTopic} - {"page worried", "page partners"}
EVERYTHING = {"rules": {"target-size": {"enabled": True}}}
SMALLEST_TYPE = 14 / 72 * 96
MAIN_TARGETS = (
    ".button, .chip:not(.chip--place), .site-nav__link, .language-menu__open, summary, "
    ".pagination__link"
)


def page_types(city: City) -> dict[str, str]:
    return {name: address for name, address in city.pages.items() if name not in ALIKE}


def assert_nothing_found(page: Page, name: str) -> None:
    results = Axe().run(page, options=EVERYTHING)
    assert results.violations_count == 0, f"{name}\n{results.generate_report()}"
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), name


def too_small(page: Page) -> list[str]:
    """Main targets that are shown and under 44 px high."""
    found: list[str] = page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
            .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
            .map((each) => each.outerHTML.slice(0, 120))""",
        MAIN_TARGETS,
    )
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_axe_finds_nothing_on_any_page_type(person: Callable[[], Page], edition: str) -> None:
    city, page = make_city(), person()
    page.emulate_media(reduced_motion="reduce")
    for name, address in page_types(city).items():
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        page.goto(EDITIONS[edition] + address)
        assert_nothing_found(page, name)
        assert too_small(page) == [], name
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
        assert_nothing_found(page, f"{name}, dark, at 400 % zoom")


def test_easy_read_is_large_everywhere(person: Callable[[], Page]) -> None:
    city, page = make_city(), person()
    for name, address in page_types(city).items():
        page.goto("/en-easy" + address)
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("main *, footer *, header *")]
                .filter((each) => each.checkVisibility() && each.closest("svg") === null
                    && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
                .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""
        )
        assert smallest >= SMALLEST_TYPE, name


def test_a_language_is_chosen_and_left_without_a_script(person: Callable[[], Page]) -> None:
    city, page = make_city(), person()
    page.goto(f"/sessions/{city.session.pk}/?from=a%20friend")
    page.locator(".language-menu__open").click()
    page.get_by_role("link", name="Polski").first.click()
    expect(page).to_have_url(re.compile(rf"/pl/sessions/{city.session.pk}/\?from=a%20friend$"))
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.locator(".language-menu__open").click()
    page.locator(".language-menu__list").get_by_role("link", name="Easy Read").click()
    expect(page.get_by_role("heading", name="Who can come?")).to_be_visible()
    page.get_by_role("link", name="Standard version").first.click()
    expect(page).to_have_url(re.compile(rf"//[^/]+/sessions/{city.session.pk}/"))


def test_words_that_stayed_english_are_said_to_be_so(person: Callable[[], Page]) -> None:
    """The style sheet looks for them; a page that has none does not say so."""
    city, page = make_city(), person()
    note = page.locator(".edition-note--mixture")
    page.goto(f"/ur/sessions/{city.session.pk}/")
    expect(note).to_be_visible()
    page.goto(f"/sessions/{city.session.pk}/")
    expect(note).to_have_count(0)
    page.goto("/ur/offline/")
    expect(note).to_be_hidden()


def test_words_in_the_language_stand_in_its_direction(person: Callable[[], Page]) -> None:
    city, page = make_city(), person()
    ActivityText.objects.create(activity=city.session.activity, language="ur", title="فن کلب")
    page.goto(f"/ur/sessions/{city.session.pk}/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("فن کلب")
    assert heading.evaluate("(each) => getComputedStyle(each).direction") == "rtl"
    assert heading.get_attribute("lang") is None


class TestReadingAloud:
    """Browsers without a desktop have no voices, so the page gets one to speak into."""

    VOICES = """
        window.said = [];
        const voices = %s;
        class Utterance { constructor(text) { this.text = text; } }
        window.SpeechSynthesisUtterance = Utterance;
        Object.defineProperty(window, "speechSynthesis", { value: {
            speaking: false,
            getVoices: () => voices,
            addEventListener: () => {},
            cancel() { this.speaking = false; window.said = []; },
            speak(utterance) {
                this.speaking = true;
                window.said.push([utterance.lang, utterance.text]);
                utterance.onstart?.();
            },
        } });
    """
    HERE = '[{ lang: "en-GB", localService: true, name: "here" }]'
    ELSEWHERE = '[{ lang: "en-GB", localService: false, name: "elsewhere" }]'

    def test_reads_the_words_and_stops(self, person: Callable[[], Page]) -> None:
        city, page = make_city(), person()
        page.add_init_script(self.VOICES % self.HERE)
        page.goto(f"/en-easy/sessions/{city.session.pk}/")
        page.get_by_role("button", name="Read aloud").click()
        said = page.evaluate("window.said")
        assert said[0] == ["en-GB", city.session.activity.title]
        assert ["en-GB", "It is free."] in said
        assert "Standard version" not in [text for _, text in said]
        page.get_by_role("button", name="Stop reading").click()
        assert page.evaluate("window.said") == []
        assert page.locator(".is-read-aloud").count() == 0

    def test_words_go_to_no_voice_elsewhere(self, person: Callable[[], Page]) -> None:
        page = person()
        page.add_init_script(self.VOICES % self.ELSEWHERE)
        page.goto("/en-easy/")
        expect(page.get_by_role("link", name="Standard version").first).to_be_visible()
        expect(page.locator("[data-read-aloud]")).to_be_hidden()
