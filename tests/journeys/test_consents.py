"""Consent: a coordinator shows a code, a parent fills it in on a phone, without a cookie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from participants.models import Contact, ParentLinkPurpose, Participant, Purpose
from participants.queries.consents import may
from participants.services.parent_links import make_link
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def child() -> Participant:
    return factories.make_participant(
        hub=factories.make_hub(),
        given_name="Comet",
        family_name="",
        birth_date=None,
        is_complete=False,
        complete_by=timezone.now().date() + dt.timedelta(days=14),
    )


@pytest.fixture
def coordinator(child: Participant) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(child.registrations.get().hub,))


@pytest.fixture
def desk(person: Callable[[], Page], coordinator: User, live_server: LiveServer) -> Page:
    page = person()
    client = Client()
    client.force_login(coordinator)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def answer(page: Page, yes: set[str]) -> None:
    """Choose with the keyboard: the first of each pair is yes, the arrow goes to no."""
    for purpose in Purpose:
        box = page.locator(f"input[name=consent_{purpose.value}]").first
        box.focus()
        page.keyboard.press("Space")
        if purpose.value not in yes:
            page.keyboard.press("ArrowDown")


def test_a_walk_ins_record_becomes_whole(
    desk: Page, person: Callable[[], Page], child: Participant
) -> None:
    desk.goto("/today/")
    follow(desk, desk.get_by_role("button", name="Make the link for Comet"))
    assert_accessible(desk)
    expect(desk.get_by_role("img", name="QR code of the link")).to_be_visible()
    address = desk.get_by_label("Or send them the address").input_value()

    phone = person()
    phone.goto(address)
    assert_accessible(phone)
    phone.get_by_label("Last name").fill("Sampleton")
    phone.get_by_label("Date of birth").fill("2014-02-03")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Home")).to_be_visible()
    phone.get_by_label("No", exact=True).check()
    follow(phone, phone.get_by_role("button", name="Go on"))
    phone.get_by_label("First person: name").fill("Bramble Sample")
    phone.get_by_label("First person: who they are to your child").select_option("mother")
    phone.get_by_label("First person: telephone").fill("07700 900222")
    follow(phone, phone.get_by_role("button", name="Go on"))
    # A mistake keeps everything, and says what to do.
    expect(phone.get_by_role("alert")).to_contain_text("Enter a second person")
    assert_accessible(phone)
    expect(phone.get_by_label("First person: name")).to_have_value("Bramble Sample")
    phone.get_by_label("If there is nobody else to ring, tell us why").fill("New in Derby")
    for _ in range(4):
        follow(phone, phone.get_by_role("button", name="Go on"))
    expect(phone.get_by_role("heading", name="Your consent")).to_be_visible()
    answer(phone, {"taking_part", "emergency", "surveys"})
    phone.get_by_label("Your name").fill("Bramble Sample")
    phone.get_by_label("Who you are to the child").select_option("mother")
    follow(phone, phone.get_by_role("button", name="Go on"))
    expect(phone.get_by_role("heading", name="Look at it once more")).to_be_visible()
    assert_accessible(phone)
    follow(phone, phone.get_by_role("button", name="Send").first)
    expect(phone.get_by_role("heading", name="Thank you. These are your answers")).to_be_visible()
    assert_accessible(phone)
    assert phone.context.cookies() == []

    child.refresh_from_db()
    assert child.is_complete
    assert Contact.objects.get(participant=child).name == "Bramble Sample"
    assert may([child.pk], Purpose.SURVEYS) == {child.pk}
    assert may([child.pk], Purpose.MESSAGES) == set()

    questions = phone.get_by_role("listitem").filter(has_text="short questions")
    questions.get_by_label("Take this back").check()
    follow(phone, phone.get_by_role("button", name="Take back what I ticked"))
    assert may([child.pk], Purpose.SURVEYS) == set()

    desk.goto(f"/people/{child.pk}/consents/")
    assert_accessible(desk)
    expect(desk.get_by_text("Bramble Sample (Mother)").first).to_be_visible()
    follow(desk, desk.get_by_role("link", name="Write answers down, or take one back"))
    assert_accessible(desk)
    phone.goto(address)
    expect(phone.get_by_role("heading", name="This link does not work")).to_be_visible()


@pytest.mark.parametrize("language", ["ur", "en-easy"])
def test_consent_in_another_edition(
    language: str,
    person: Callable[[], Page],
    child: Participant,
    coordinator: User,
    live_server: LiveServer,
) -> None:
    _, token = make_link(
        person=child, purpose=ParentLinkPurpose.CONSENT, by=coordinator, now=timezone.now()
    )
    page = person()
    page.goto(f"/{language}/consent/{token}/")
    assert_accessible(page)
    answer(page, {"taking_part"})
    page.locator("#id_answered_by").fill("Bramble Sample")
    page.locator("#id_relationship").select_option("mother")
    follow(page, page.locator("button[value=next]"))
    assert_accessible(page)
    follow(page, page.locator("button[value=send]").first)
    assert_accessible(page)
    assert may([child.pk], Purpose.TAKING_PART) == {child.pk}
