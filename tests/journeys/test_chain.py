"""The main thing, from end to end: found, registered and reported, as three people do it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from activities.models import Session, london_midnight, london_today
from tests import factories
from tests.codes import give_app, next_code
from tests.journeys.conftest import assert_accessible, follow
from tests.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)

People = Callable[[], Page]


def make_sign_in(*roles: Role, **fields: Any) -> User:
    user = factories.make_user(*roles, password=factories.PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    give_app(user)
    return user


@pytest.fixture
def tonight() -> Session:
    """A session that is on now, with three young people who came in the weeks before."""
    now = timezone.now()
    starts_at = max(london_midnight(london_today(now)), now - dt.timedelta(minutes=20))
    hub = factories.make_hub(name="Arboretum")
    programme = factories.make_programme(name="This is Derby")
    activity = factories.make_activity(hub=hub, programme=programme, title="Circus Skills")
    session = factories.make_session(activity=activity, starts_at=starts_at, minutes=24 * 60)
    for name, days_ago in (("Comet", 7), ("Juniper", 7), ("Walnut", 14)):
        birth_date = (now - dt.timedelta(days=11 * 366)).date()
        participant = factories.make_participant(hub=hub, given_name=name, birth_date=birth_date)
        earlier = factories.make_session(
            activity=activity,
            starts_at=starts_at - dt.timedelta(days=days_ago, minutes=len(name)),
            register_taken_at=now - dt.timedelta(days=days_ago),
        )
        factories.make_attendance(earlier, participant)
    # Its period begins after Walnut came, so that a mark tonight is one more young person.
    factories.make_grant(
        name="Life skills",
        programmes=[programme],
        starts_on=london_today(now) - dt.timedelta(days=10),
        ends_on=london_today(now) + dt.timedelta(days=30),
    )
    make_sign_in(Role.COORDINATOR, email="coordinator@example.org", hubs=(hub,))
    make_sign_in(Role.TRUST_STAFF, email="trust@example.org")
    return session


def sign_in(page: Page, email: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(next_code(User.objects.get(email=email)))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def build_report(page: Page) -> int:
    """Have a report built as trust staff do; return how many young people it says were reached."""
    page.goto("/reports/")
    page.get_by_role("button", name="Build report").click()
    stat = page.locator(".report__stat").filter(has_text="Young people reached")
    reached = stat.locator(".report__value")
    expect(reached.first).to_be_visible(timeout=60_000)
    return int(re.sub(r"\D", "", reached.first.inner_text()))


def test_found_registered_and_reported(
    person: People, tonight: Session, celery_worker_process: Worker
) -> None:
    stranger = person()
    stranger.goto("/")
    assert_accessible(stranger)
    stranger.get_by_role("link", name="Circus Skills").first.click()
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Circus Skills")
    assert_accessible(stranger)
    assert stranger.context.cookies() == []

    trust = person()
    sign_in(trust, "trust@example.org")
    before = build_report(trust)
    assert before == 2

    coordinator = person()
    sign_in(coordinator, "coordinator@example.org")
    assert_accessible(coordinator)
    follow(coordinator, coordinator.get_by_role("link", name="Take register").first)
    assert_accessible(coordinator)
    row = coordinator.get_by_role("group", name=re.compile("Walnut"))
    row.get_by_text("Present").click()
    expect(coordinator.locator("[data-saved]")).to_contain_text("Saved")
    expect(row.get_by_label("Present")).to_be_checked()
    coordinator.reload()
    expect(row.get_by_label("Present")).to_be_checked()

    assert build_report(trust) == before + 1
    assert_accessible(trust)
    with trust.expect_download() as download:
        trust.get_by_role("link", name="Download PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_a_register_works_without_scripts(
    person: People, tonight: Session, browser_context_args: dict[str, Any]
) -> None:
    browser_context_args["java_script_enabled"] = False
    page = person()
    sign_in(page, "coordinator@example.org")
    page.goto(f"/sessions/{tonight.pk}/register/")
    page.get_by_role("group", name=re.compile("Comet")).get_by_text("Late").click()
    page.get_by_role("button", name="Save marks").first.click()
    expect(page.get_by_role("group", name=re.compile("Comet")).get_by_label("Late")).to_be_checked()
    page.get_by_role("button", name="All present", exact=True).click()
    statuses = dict(tonight.attendances.values_list("participant__given_name", "status"))
    assert statuses == {"Comet": "late", "Juniper": "present", "Walnut": "present"}


def test_marks_survive_a_lost_connection(person: People, tonight: Session) -> None:
    page = person()
    sign_in(page, "coordinator@example.org")
    page.goto(f"/sessions/{tonight.pk}/register/")
    page.context.set_offline(True)
    page.get_by_role("group", name=re.compile("Comet")).get_by_text("Present").click()
    page.get_by_role("group", name=re.compile("Juniper")).get_by_text("Absent").click()
    expect(page.locator("[data-saved]")).not_to_contain_text(re.compile("^Saved "))
    assert not tonight.attendances.exists()
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_contain_text(re.compile("^Saved "), timeout=40_000)
    statuses = dict(tonight.attendances.values_list("participant__given_name", "status"))
    assert statuses == {"Comet": "present", "Juniper": "absent"}


def test_another_hubs_register_is_not_found(person: People, tonight: Session) -> None:
    make_sign_in(Role.COORDINATOR, email="other@example.org", hubs=(factories.make_hub(),))
    page = person()
    sign_in(page, "other@example.org")
    response = page.goto(f"/sessions/{tonight.pk}/register/")
    assert response is not None
    assert response.status == 404
    assert "Comet" not in page.content()


@pytest.mark.parametrize(
    "address", ["/", "/whats-on/", "/hubs/", "/hubs/arboretum/", "/account/login/", "/nowhere/"]
)
def test_public_pages_are_accessible(person: People, tonight: Session, address: str) -> None:
    page = person()
    page.goto(address)
    assert_accessible(page)


@pytest.mark.parametrize("address", ["/today/", "/reports/"])
def test_staff_pages_are_accessible(person: People, tonight: Session, address: str) -> None:
    page = person()
    sign_in(page, "trust@example.org")
    page.goto(address)
    assert_accessible(page)
