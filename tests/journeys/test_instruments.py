"""An instrument on its way into use, in a browser: terms, words, and every page of it accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from evaluation.instruments import shipped
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(person: Callable[[], Page], live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    # The first page that a process makes reads all code, too long for a browser on a busy machine.
    client.get("/instruments/")
    page = person()
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def words(*, wrong: str = "") -> bytes:
    lines = ["instrument,item,wording,labels"]
    for item in shipped()["swemwbs", 1].items:
        name = wrong if wrong and item.id == "useful" else item.id
        lines.append(f"swemwbs,{name},Invented {item.id},None|Seldom|At times|Often|Always")
    return "\n".join(lines).encode()


def send(page: Page, content: bytes) -> None:
    page.get_by_label("File with the words").set_input_files(
        {"name": "words.csv", "mimeType": "text/csv", "buffer": content}
    )
    follow(page, page.get_by_role("button", name="Bring them in"))


def test_from_terms_to_use(page: Page) -> None:
    call_command("load_instruments", verbosity=0)
    page.goto("/start/all/")
    follow(page, page.get_by_role("link", name="Instruments"))
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="SWEMWBS (short"))
    assert_accessible(page)

    follow(page, page.get_by_role("link", name="Read and accept"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Accept the terms"))
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Licence or permission").fill("licence 1234")
    page.get_by_label("I have read the terms").check()
    follow(page, page.get_by_role("button", name="Accept the terms"))
    expect(page.get_by_text("Accepted, in your name.")).to_be_visible()

    follow(page, page.get_by_role("link", name="Bring words in").first)
    send(page, words(wrong="usefull"))
    expect(page.get_by_text("Line 3: ")).to_be_visible()
    assert_accessible(page)
    send(page, words())
    expect(page.get_by_text("The words are here.")).to_be_visible()
    follow(page, page.get_by_role("button", name="Put into use"))
    expect(page.get_by_text("In use", exact=True)).to_be_visible()
    assert_accessible(page)

    follow(page, page.get_by_role("link", name="Young people"))
    expect(page.get_by_text("Invented decide")).to_be_visible()
    assert_accessible(page)
