"""What a public page says about its own language, and the same page in others."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils.translation import override

from derby_portal.editions import html_lang, page_edition
from evaluation.models import InterfaceCheck
from hubs.wording import catalogue_of
from tests.pages import open_page

pytestmark = pytest.mark.django_db


def in_language(code: str, address: str) -> Any:
    with override(code):
        return page_edition(RequestFactory().get(address))


@pytest.mark.parametrize(
    ("code", "lang", "direction", "is_english"),
    [
        ("en-gb", "en-GB", "ltr", True),
        ("en-easy", "en-GB", "ltr", True),
        ("pl", "pl", "ltr", False),
        ("pa", "pa", "ltr", False),
        ("ur", "ur", "rtl", False),
    ],
)
def test_language_and_direction(code: str, lang: str, direction: str, is_english: bool) -> None:
    prefix = "" if code == "en-gb" else f"/{code}"
    edition = in_language(code, f"{prefix}/hubs/")
    assert (edition.html_lang, edition.direction) == (lang, direction)
    assert edition.is_english is is_english
    assert edition.is_easy_read is (code == "en-easy")


@pytest.mark.parametrize("code", ["en-gb", "en-easy", "ur"])
def test_links_lead_to_the_same_page_with_its_choices(code: str) -> None:
    prefix = "" if code == "en-gb" else f"/{code}"
    edition = in_language(code, f"{prefix}/whats-on/?day=today&kind=arts")
    assert [(link.name, link.address) for link in edition.links][:2] == [
        ("English", "/whats-on/?day=today&kind=arts"),
        ("Polski", "/pl/whats-on/?day=today&kind=arts"),
    ]
    assert len(edition.links) == 8
    assert [link.code for link in edition.links if link.is_current] == (
        [] if code == "en-easy" else [code]
    )
    assert edition.easy_read.address == "/en-easy/whats-on/?day=today&kind=arts"
    assert edition.english.address == "/whats-on/?day=today&kind=arts"


def test_only_the_language_that_was_approved_counts_as_checked() -> None:
    InterfaceCheck.objects.create(
        language="pl",
        catalogue=catalogue_of("pl"),
        checked_by="A speaker",
        checked_on=dt.date(2026, 11, 20),
    )
    assert in_language("pl", "/pl/").is_checked
    assert not in_language("cs", "/cs/").is_checked
    assert in_language("en-gb", "/").is_checked


def test_changed_translations_are_not_checked_any_more() -> None:
    InterfaceCheck.objects.create(
        language="pl", catalogue="0" * 64, checked_by="A speaker", checked_on=dt.date(2026, 11, 20)
    )
    assert not in_language("pl", "/pl/").is_checked


def test_english_costs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        in_language("en-gb", "/")
        in_language("en-easy", "/en-easy/")


def test_html_lang_is_one_that_screen_readers_know() -> None:
    assert [html_lang(code) for code in ("en-gb", "en-easy", "lv")] == ["en-GB", "en-GB", "lv"]


@pytest.mark.parametrize("code", ["pl", "pa", "ur", "sk", "ro", "cs", "lv"])
def test_a_page_says_that_nobody_checked_its_translation(client: Client, code: str) -> None:
    page = open_page(client, f"/{code}/hubs/")
    assert page.status == 200
    assert len(page.texts_of("edition-note")) == 2
    assert page.response.headers["Content-Language"] == code
    direction = "rtl" if code == "ur" else "ltr"
    assert f'<html lang="{code}" dir="{direction}">' in page.html


def test_english_and_easy_read_say_nothing_of_the_kind(client: Client) -> None:
    for address in ("/hubs/", "/en-easy/hubs/"):
        assert open_page(client, address).texts_of("edition-note") == []


def test_easy_read_has_a_page_of_its_own(client: Client) -> None:
    page = open_page(client, "/en-easy/hubs/")
    assert '<html lang="en-GB" dir="ltr" class="easy-read">' in page.html
    assert "A hub is a place near you." in page.text
    assert "/hubs/" in page.links


def test_broken_codes_are_not_found(client: Client) -> None:
    for address in ("/xx/hubs/", "/en-gb/hubs/", "/PL/hubs/", "/ur-pk/hubs/", "/en/hubs/"):
        assert client.get(address).status_code in {301, 302, 404}
