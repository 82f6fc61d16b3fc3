"""How much a phone has to load, compressed as a server in earnest sends it, everything counted."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response

from tests.city import make_city

pytestmark = pytest.mark.django_db(transaction=True)
SMALLEST_PHONE = {"width": 360, "height": 800}
FRONT_PAGE, ANY_PAGE = 50_000, 100_000
# Roughly what the head of an answer costs.
HEADERS = 500
PACKED = ("image/webp", "image/png", "image/jpeg", "font/", "audio/")


def weight(response: Response) -> int:
    """Bytes of one answer as collected static files and public pages are sent: gzip at least."""
    body = response.body()
    if response.headers.get("content-type", "").startswith(PACKED):
        return len(body) + HEADERS
    return len(gzip.compress(body, 6)) + HEADERS


def loaded(page: Page, address: str) -> dict[str, int]:
    """The weight of everything that one address makes a fresh browser load, until it rests."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(address, wait_until="networkidle")
    return {answer.url: weight(answer) for answer in answers if answer.status == 200}


def test_pages_are_light(person: Callable[[], Page]) -> None:
    city = make_city()
    for name, address in city.pages.items():
        page = person()
        page.set_viewport_size(SMALLEST_PHONE)  # type: ignore[arg-type]
        found = loaded(page, address)
        limit = FRONT_PAGE if address == "/" else ANY_PAGE
        assert found, name
        assert sum(found.values()) < limit, (name, found)
        page.context.close()
