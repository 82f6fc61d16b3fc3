"""A spreadsheet brought in and taken back in a browser, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from participants.models import ImportBatch, Participant
from participants.services import imports
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)

SHEET = (
    "Members of the hub\n\n"
    "Forename;Surname;DOB;Sex;Ethnic group\n"
    "Comet;Quince;01/02/2010;lass;White - British\n"
    "Maple;Walnut;13/07/2011;Boy;PNTS\n"
)


@pytest.fixture
def page(
    person: Callable[[], Page], live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Page:
    # What a worker does is done at once: a real one is killed in the tests of the services.
    monkeypatch.setattr("participants.views.imports.queue_import", imports.run_import)
    client = Client()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    page = person()
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def test_from_the_file_and_back(page: Page) -> None:
    factories.make_hub(name="Acorn")
    page.goto("/imports/")
    assert_accessible(page)
    page.get_by_label("People", exact=True).check()
    page.get_by_label("Spreadsheet", exact=True).set_input_files(
        {"name": "members.csv", "mimeType": "text/csv", "buffer": SHEET.encode("cp1252")}
    )
    page.get_by_label("All of one hub?").select_option(label="Acorn")
    follow(page, page.get_by_role("button", name="Send the file"))
    expect(page.get_by_role("heading", level=1)).to_have_text("What is each column?")
    expect(page.get_by_label("Forename")).to_have_value("given_name")
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Check every row"))
    expect(page.get_by_text("1 thing to put right")).to_be_visible()
    rows = page.get_by_role("region", name="Faults row by row")
    expect(rows.get_by_role("row", name="4 Sex lass")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Gender: “lass”").select_option(label="Female")
    follow(page, page.get_by_role("button", name="Save, and check again"))
    expect(page.get_by_role("heading", name="Every row is good")).to_be_visible()
    assert_accessible(page)
    assert not Participant.objects.exists()
    follow(page, page.get_by_role("button", name="Bring it in"))
    expect(page.get_by_text("2 people")).to_be_visible()
    assert_accessible(page)
    assert Participant.objects.count() == 2
    follow(page, page.get_by_role("button", name="Take everything back"))
    expect(page.get_by_text("was taken back on")).to_be_visible()
    assert_accessible(page)
    assert not Participant.objects.exists()


def test_with_the_keyboard_alone_and_while_it_is_at_work(page: Page) -> None:
    page.goto("/imports/")
    page.get_by_label("People", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Send the file").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Choose a file.")
    assert_accessible(page)
    user = factories.make_user(Role.TRUST_STAFF)
    batch = ImportBatch.objects.create(
        kind="people", file_name="members.csv", asked_by=user, state="checking", rows_total=20_000,
        rows_done=5_000,
    )  # fmt: skip
    page.goto(f"/imports/{batch.pk}/")
    expect(page.get_by_text("5000 of 20000 rows")).to_be_visible()
    assert_accessible(page)
    ImportBatch.objects.update(state="uploaded")
    expect(page.get_by_role("link", name="Say what each column is")).to_be_visible()
