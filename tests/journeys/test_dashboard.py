"""The dashboard, the gap view and the rows behind a figure, on a phone, on a desk, by keyboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from hubs.models import Hub
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


def make_world() -> None:
    """Two hubs with a visit last week, a missing register, and a grant with a target."""
    now = timezone.now()
    programme = factories.make_programme(name="Essential Life Skills")
    ward = factories.make_ward(
        name="Acorn", population_5_to_18=3859, imd_score=Decimal("43.75"), boundary_year=2019
    )
    hubs = [factories.make_hub(name="Acorn", ward=ward), factories.make_hub(name="Beech")]
    for hub in hubs:
        activity = factories.make_activity(programme=programme, hub=hub, min_age=5, max_age=12)
        held = factories.make_session(
            activity=activity, starts_at=now - dt.timedelta(weeks=1), register_taken_at=now
        )
        factories.make_session(activity=activity, starts_at=now - dt.timedelta(weeks=2))
        factories.make_session(activity=activity, starts_at=now + dt.timedelta(days=3))
        child = factories.make_participant(
            hub=hub, given_name=f"Comet{hub.name}", family_name="Quince", home_ward=hub.ward
        )
        factories.make_attendance(held, child)
    grant = factories.make_grant(
        name="Skills", programmes=[programme], ends_on=now.date() + dt.timedelta(days=90)
    )
    factories.make_target(grant, indicator="unique_participants", value=Decimal(8))


def arrive(page: Page, server: LiveServer, user: User, path: str) -> None:
    client = Client()
    client.force_login(user)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": server.url}])
    page.goto(path)


def open_all(page: Page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()


def test_trust_staff_go_from_a_figure_to_its_rows(
    person: Callable[[], Page], live_server: LiveServer
) -> None:
    make_world()
    page = person()
    arrive(page, live_server, factories.make_user(Role.TRUST_STAFF), "/dashboard/")
    hubs = page.get_by_role("region", name="Hubs side by side. Select")
    expect(hubs.get_by_role("row", name="Beech")).to_contain_text("100.0 %")
    targets = page.get_by_role("region", name="Targets of Skills")
    expect(targets.get_by_role("row", name="Young people reached")).to_contain_text("25.0 %")
    expect(page.get_by_role("img", name="Session hours held each week")).to_be_visible()
    open_all(page)
    assert_accessible(page)

    # By keyboard: sort the hubs, then narrow the page to one of them; the address says it all.
    hubs.get_by_role("link", name="Attendances").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "hub-sort=attendances" in page.url
    page.locator("summary", has_text="Hubs").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Acorn").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "hub=acorn" in page.url
    hubs = page.get_by_role("region", name="Hubs side by side. Select")
    expect(hubs).not_to_contain_text("Beech")

    follow(page, hubs.get_by_role("link", name="1").first)
    expect(page.get_by_role("link", name="CometAcorn Quince")).to_be_visible()
    expect(page.get_by_text("CometBeech")).to_have_count(0)
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Dashboard").last)
    assert "hub=acorn" in page.url


def test_a_hub_lead_finds_where_there_is_nothing_on(
    person: Callable[[], Page], live_server: LiveServer
) -> None:
    make_world()
    hub = Hub.objects.get(name="Acorn")
    page = person()
    lead = factories.make_user(Role.HUB_LEAD, hubs=(hub,))
    arrive(page, live_server, lead, "/dashboard/gaps/")
    gaps = page.get_by_role("region", name="Biggest gaps").get_by_role("listitem")
    expect(gaps.first).to_contain_text("Acorn: nothing for ages")
    expect(gaps.first).to_contain_text(
        "3,859 people aged 5 to 18 live there; deprivation score 43.75"
    )
    expect(page.get_by_text("Beech")).to_have_count(0)
    open_all(page)
    assert_accessible(page)
    page.get_by_label("Ages").select_option("13 to 15")
    follow(page, page.get_by_role("button", name="Show"))
    expect(gaps).to_have_count(1)
    expect(gaps.first).to_contain_text("Acorn: nothing for ages 13 to 15 on any day.")
    expect(page.get_by_role("row", name="Acorn")).to_contain_text("Nothing on")
    assert_accessible(page)
