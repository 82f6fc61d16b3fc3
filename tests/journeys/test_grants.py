"""A grant from its funder to its first report's shape, by somebody of the trust without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from evaluation.models import Grant, ReportTemplate
from evaluation.services.report_shapes import load_shapes
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def trust(person: Callable[[], Page], live_server: LiveServer) -> Page:
    page, client = person(), Client()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def press(page: Page, name: str) -> None:
    follow(page, page.get_by_role("button", name=name, exact=True))


def test_a_grant_its_target_its_budget_and_its_spend(trust: Page, live_server: LiveServer) -> None:
    programme = factories.make_programme(name="Reimagine")
    activity = factories.make_activity(programme=programme)
    session = factories.make_session(
        activity=activity, register_taken_at=factories.london(2019, 5, 14)
    )
    factories.make_attendance(session)
    page = trust
    page.goto(live_server.url + reverse("grants:list"))
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Add a funder"))
    page.get_by_label("Name of the funder").fill("Arts for Everybody")
    press(page, "Add it, and go on to its grant")

    # What is wrong is said, and nothing is lost.
    page.get_by_label("Name").fill("Creative Arts Network")
    page.get_by_label("Amount in pounds").fill("ten thousand")
    page.get_by_label("First day").fill("2019-04-01")
    page.get_by_label("Last day").fill("2020-03-31")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Write an amount in pounds")
    assert_accessible(page)
    page.get_by_label("Amount in pounds").fill("£10,000")
    page.get_by_label("Reimagine").check()
    press(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_have_text("Creative Arts Network")
    expect(page.get_by_text("£10,000 from Arts for Everybody")).to_be_visible()

    follow(page, page.get_by_role("link", name="Add a target"))
    page.get_by_label("Figure").select_option("unique_participants")
    page.get_by_label("How much").fill("4")
    assert_accessible(page)
    press(page, "Save the target")
    row = page.get_by_role("row").filter(has_text="Young people reached")
    expect(row).to_contain_text("4 people")
    expect(row).to_contain_text("25 %")

    follow(page, page.get_by_role("link", name="Change the budget"))
    page.get_by_label("Venues").fill("2,000")
    assert_accessible(page)
    press(page, "Save the budget")
    follow(page, page.get_by_role("link", name="Record spend"))
    page.get_by_label("For what").fill("Hall, May")
    page.get_by_label("Amount in pounds").fill("500")
    page.get_by_label("Kind of cost").select_option("venues")
    page.get_by_label("Spent on").fill("2019-05-31")
    assert_accessible(page)
    press(page, "Record it")
    expect(page.get_by_text("£500 in this list")).to_be_visible()
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Creative Arts Network"))
    venues = page.get_by_role("row").filter(has_text="Venues").first
    expect(venues).to_contain_text("25 %")
    assert_accessible(page)

    follow(page, page.get_by_role("link", name="The one line"))
    follow(page, page.get_by_role("link", name="Strike out Hall, May, £500"))
    page.get_by_label("What was wrong with it").fill("Belongs to another grant.")
    press(page, "Strike it out")
    expect(page.get_by_text("£0 in this list")).to_be_visible()
    assert Grant.objects.get().spend.get().struck_out_why == "Belongs to another grant."


def test_a_shape_of_reports_is_copied_and_changed(trust: Page, live_server: LiveServer) -> None:
    load_shapes(now=factories.london(2019, 6, 1))
    page = trust
    page.goto(live_server.url + reverse("report_templates:list"))
    assert_accessible(page)
    press(page, "Copy Shaped for Arts Council England")
    page.get_by_label("Name", exact=True).fill("Shaped for our trustees")
    page.get_by_label("Section 1: heading").fill("In one page")
    press(page, "Section down (The work in short)")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    expect(page.get_by_label("Section 2: heading")).to_have_value("In one page")
    press(page, "Remove (Table: Targets against actual)")
    page.get_by_label("Add to “Money”").select_option("Box to write in")
    press(page, "Add to Money")
    follow(page, page.get_by_role("button", name="Save the shape").first)
    expect(page.get_by_role("alert")).to_contain_text("what to write there is empty")
    assert_accessible(page)
    section = page.get_by_role("region", name="Section 8: Money")
    section.get_by_label("What to write there").last.fill("Where else money came from.")
    follow(page, page.get_by_role("button", name="Save the shape").first)
    expect(page.get_by_text("Reports that are built from now on have this shape.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shaped for our trustees")
    page.get_by_text("Contents of a report in this shape").click()
    assert_accessible(page)
    saved = ReportTemplate.objects.get(name="Shaped for our trustees").sections
    assert [section["heading"] for section in saved][:2] == ["What was offered", "In one page"]
    assert {"kind": "table", "table": "targets"} not in saved[1]["parts"]
    assert saved[7]["parts"][-1]["prompt"] == "Where else money came from."
    original = ReportTemplate.objects.get(slug="arts-council-england").sections
    assert original[0]["heading"] == "The work in short"
