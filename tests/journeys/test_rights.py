"""A copy of somebody's data from the request to the file, and a page that shuts nobody out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from participants.models import Disclosure, Participant
from tests.factories import make_user
from tests.journeys.conftest import assert_accessible, follow
from tests.participants.rights import make_known

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def child() -> Participant:
    return make_known(family_name="Thistledown", is_address_hidden=True)


@pytest.fixture
def page(person: Callable[[], Page], live_server: LiveServer) -> Page:
    """A browser in which trust staff have just signed in."""
    client = Client()
    user: User = make_user(Role.TRUST_STAFF)
    client.force_login(user)
    page = person()
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def write_down(page: Page, right: str) -> None:
    page.goto(reverse("rights:requests"))
    follow(page, page.get_by_role("link", name="Write down a request"))
    page.get_by_label("Whose data is it about?").fill("bramblewik thistledown")
    follow(page, page.get_by_role("button", name="Find them"))
    follow(page, page.get_by_role("link", name=re.compile("Bramblewick Thistledown")))
    page.get_by_label(right).check()
    page.get_by_label("Who asks?").fill("Quillon Asker")
    page.get_by_label("Who are they to the young person?").select_option("mother")
    page.get_by_label("How do we know that it is them?").fill("Rang back")
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Write it down"))


def test_a_copy_goes_from_the_request_to_the_file(page: Page, child: Participant) -> None:
    write_down(page, "A copy of the data")
    expect(page.get_by_text("Rang back")).to_be_visible()
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Make the copy"))
    expect(page.get_by_role("link", name="Release it")).to_have_count(0)
    expect(page.get_by_text("4 Thornapple Row")).to_have_count(0)
    assert_accessible(page)

    note = page.get_by_role("article").filter(has_text="Pistachio")
    # By keyboard: the choice, then the reason beside it.
    note.get_by_role("radio", name="Leave it out").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("It is about a sister")
    follow(page, page.get_by_role("button", name="I have read all of it"))
    follow(page, page.get_by_role("link", name="Release it"))

    page.get_by_label("Where it goes").fill("quillon@example.org")
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Go on"))
    expect(page.get_by_text("an address that must stay hidden")).to_be_visible()
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Release it"))
    expect(page.get_by_role("alert")).to_contain_text("Read both again")
    page.get_by_label("I have read the recipient").check()
    page.get_by_label("I have read the warning").check()
    follow(page, page.get_by_role("button", name="Release it"))
    assert Disclosure.objects.get().address == "quillon@example.org"
    assert_accessible(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the copy").click()
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        machine = archive.read("copy-of-data.json").decode()
        pdf = pypdf.PdfReader(io.BytesIO(archive.read("copy-of-data.pdf")))
    text = " ".join(each.extract_text() for each in pdf.pages)
    for words in (text, machine):
        assert "Zebedee Contact" in words
        assert "Pistachio" not in words
        assert "Thornapple" not in words


def test_somebody_is_restricted_left_out_and_erased(page: Page, child: Participant) -> None:
    write_down(page, "Being erased")
    asked = page.url
    page.goto(reverse("rights:person", args=[child.pk]))
    assert_accessible(page)
    page.locator("#id_restrict-why").fill("It is disputed")
    follow(page, page.get_by_role("button", name="Restrict the record"))
    page.locator("#id_object-why").fill("They asked")
    follow(page, page.get_by_role("button", name="Leave them out"))
    expect(page.get_by_text("Restricted since")).to_be_visible()
    expect(page.get_by_text("Left out since")).to_be_visible()

    page.goto(asked)
    follow(page, page.get_by_role("link", name="Look at what would be erased"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="I have read this"))
    page.get_by_label("Type the word erase").fill("erase")
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Erase for good"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate of erasure")
    expect(page.get_by_text("Bramblewick")).to_have_count(0)
    assert_accessible(page)
    assert not Participant.objects.filter(given_name="Bramblewick").exists()

    page.goto(reverse("rights:requests"))
    expect(page.get_by_text("Somebody who was erased")).to_be_visible()
    assert_accessible(page)
