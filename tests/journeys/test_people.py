"""From the register to the telephone, from a name to a record, and no page that shuts anybody out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Session
from hubs.models import Hub
from participants.models import CareNote, Collects, Contact, Participant
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hub(transactional_db: None) -> Hub:
    return factories.make_hub(name="Acorn")


@pytest.fixture
def child(hub: Hub) -> Participant:
    child = factories.make_participant(hub=hub, given_name="Zoë", family_name="O'Quince")
    for position, fields in enumerate(
        (
            {"name": "First Grown-up", "phone": "01632 960001", "is_emergency": True},
            {"name": "Second Grown-up", "phone": "01632 960002", "is_emergency": True},
            {"name": "Planted Uncle", "collects": Collects.NEVER},
        ),
        start=1,
    ):
        Contact.objects.create(participant=child, position=position, **fields)
    CareNote.objects.create(participant=child, kind="allergy", text="Nuts: the pen is red")
    return child


@pytest.fixture
def session(hub: Hub, child: Participant) -> Session:
    activity = factories.make_activity(hub=hub, title="Circus Skills")
    now = timezone.now()
    week_before = factories.make_session(activity=activity, starts_at=now - dt.timedelta(weeks=1))
    factories.make_attendance(week_before, child)
    return factories.make_session(activity=activity, starts_at=now - dt.timedelta(minutes=20))


@pytest.fixture
def signed_in(person: Callable[[], Page], live_server: LiveServer) -> Callable[[User], Page]:
    def arrive(user: User) -> Page:
        client = Client()
        client.force_login(user)
        page = person()
        value = client.cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
        return page

    return arrive


def test_from_the_register_to_the_telephone_in_two_taps(
    signed_in: Callable[[User], Page], hub: Hub, session: Session, child: Participant
) -> None:
    page = signed_in(factories.make_user(Role.COORDINATOR, hubs=(hub,)))
    page.goto(f"/sessions/{session.pk}/register/")
    row = page.get_by_role("group", name="Zoë O")
    row.get_by_role("button", name="More").click()
    follow(page, row.get_by_role("link", name="Whom to ring, and who collects"))
    first = page.get_by_role("link", name="ring First Grown-up")
    expect(first).to_have_attribute("href", "tel:01632960001")
    expect(page.get_by_text("Must not collect").first).to_be_visible()
    top = page.get_by_text("Must not collect").first.bounding_box()
    number = first.bounding_box()
    assert top is not None
    assert number is not None
    assert top["y"] < number["y"] < 740
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Back to the register"))
    expect(row).to_be_visible()


def test_a_care_note_is_opened_for_a_reason(
    signed_in: Callable[[User], Page], hub: Hub, session: Session, child: Participant
) -> None:
    page = signed_in(factories.make_user(Role.COORDINATOR, hubs=(hub,)))
    page.goto(f"/sessions/{session.pk}/register/")
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Care note: asks for a reason"))
    expect(page.get_by_label("They are in my session today")).to_be_checked()
    expect(page.get_by_text("Nuts")).to_have_count(0)
    assert_accessible(page)
    # By keyboard alone.
    page.get_by_label("They are in my session today").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Nuts: the pen is red")).to_be_visible()
    assert_accessible(page)
    entry = AuditEntry.objects.get(kind=AuditKind.CARE_READ)
    assert (entry.object_id, entry.reason) == (child.pk, "First aid")


def test_found_whatever_the_spelling_and_back_again(
    signed_in: Callable[[User], Page], hub: Hub, child: Participant
) -> None:
    factories.make_participant(hub=hub, given_name="Walnut", family_name="Bramble")
    page = signed_in(factories.make_user(Role.COORDINATOR, hubs=(hub,)))
    page.goto("/people/")
    expect(page.get_by_role("row", name="Walnut")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Name or reference").fill("oquince zoey")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "quince" not in page.url
    expect(page.get_by_role("link", name="Walnut Bramble")).to_have_count(0)
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Zoë O'Quince"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë O'Quince")
    with page.expect_navigation():
        page.go_back()
    expect(page.get_by_role("link", name="Zoë O'Quince")).to_be_visible()


def test_every_page_of_a_record_shuts_nobody_out(
    signed_in: Callable[[User], Page], hub: Hub, session: Session, child: Participant
) -> None:
    page = signed_in(factories.make_user(Role.COORDINATOR, hubs=(hub,)))
    for path in (
        *("", "change/", "hubs/", "contacts/new/", "contacts/home/", "contacts/collection/"),
        *("care/new/", "equality/", "attendance/"),
    ):
        page.goto(f"/people/{child.pk}/{path}")
        assert_accessible(page)
    page.goto("/people/new/")
    page.get_by_label("First name").fill("Zoe")
    page.get_by_label("Last name").fill("OQuince")
    follow(page, page.get_by_role("button", name="Go on"))
    expect(page.get_by_text("Is it somebody you know?")).to_be_visible()
    assert_accessible(page)
    page = signed_in(factories.make_user(Role.TRUST_STAFF))
    for path in ("people/{}/equality/", "outcomes/people/{}/", "people/{}/changes/"):
        page.goto(f"/{path.format(child.pk)}")
        assert_accessible(page)
