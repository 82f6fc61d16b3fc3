"""Words of a young person: written down at the hub, read by a second person, shown, and gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session
from participants.models import ParentLinkPurpose, Participant, Purpose
from participants.services.parent_links import make_link
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "pages_are_kept"),
]
WORDS = "Me and Grace made the big drum. I were dead proud."
AS_SHOWN = "Me and my mate made the big drum. I were dead proud."


@pytest.fixture
def session() -> Session:
    hub = factories.make_hub(
        name="Normanton",
        slug="normanton",
        ward=factories.make_ward(name="Normanton", slug="normanton"),
    )
    return factories.make_session(
        activity=factories.make_activity(hub=hub, title="Drumming"),
        starts_at=timezone.now() - dt.timedelta(hours=3),
        has_marks=True,
    )


@pytest.fixture
def child(session: Session) -> Participant:
    hub = session.activity.hub
    factories.make_participant(hub=hub, given_name="Grace", family_name="Madeup")
    child = factories.make_participant(hub=hub, given_name="Comet", family_name="Sampleton")
    factories.make_attendance(session, child)
    return child


@pytest.fixture
def coordinator(session: Session) -> User:
    hub = session.activity.hub
    assert hub is not None
    return factories.make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def sign_in(person: Callable[[], Page], live_server: LiveServer) -> Callable[[User], Page]:
    def arrive(user: User) -> Page:
        page, client = person(), Client()
        client.force_login(user)
        value = client.cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
        return page

    return arrive


def consent_by_phone(phone: Page, address: str, yes: set[Purpose]) -> None:
    """A parent says yes to these and no to everything else."""
    phone.goto(address)
    for purpose in Purpose:
        box = phone.locator(f"input[name=consent_{purpose.value}]").first
        box.focus()
        phone.keyboard.press("Space")
        if purpose not in yes:
            phone.keyboard.press("ArrowDown")
    phone.get_by_label("Your name").fill("Bramble Sample")
    phone.get_by_label("Who you are to the child").select_option("mother")
    follow(phone, phone.get_by_role("button", name="Go on"))
    follow(phone, phone.get_by_role("button", name="Send").first)
    expect(phone.get_by_role("heading", name="Thank you. These are your answers")).to_be_visible()


def test_from_what_was_said_to_what_is_shown_and_gone(
    sign_in: Callable[[User], Page],
    person: Callable[[], Page],
    coordinator: User,
    child: Participant,
) -> None:
    hub_page = sign_in(coordinator)
    hub_page.goto("/quotes/")
    assert_accessible(hub_page)
    follow(hub_page, hub_page.get_by_role("link", name="Write one down"))
    assert_accessible(hub_page)
    follow(hub_page, hub_page.get_by_role("link", name="Drumming"))
    assert_accessible(hub_page)
    follow(hub_page, hub_page.get_by_role("link", name="Comet S"))
    expect(hub_page.get_by_text("No consent yet for:")).to_be_visible()
    assert_accessible(hub_page)
    place = hub_page.url

    _, token = make_link(
        person=child, purpose=ParentLinkPurpose.CONSENT, by=coordinator, now=timezone.now()
    )
    phone = person()
    consent_by_phone(phone, f"/consent/{token}/", {Purpose.TAKING_PART, Purpose.WORDS_PUBLIC})

    hub_page.goto(place)
    expect(hub_page.get_by_label("In reports to funders")).to_have_count(0)
    hub_page.get_by_label("The words").fill(WORDS)
    hub_page.get_by_label("On the website and in the press").check()
    follow(hub_page, hub_page.get_by_role("button", name="Write it down"))
    expect(hub_page.get_by_role("alert")).to_contain_text("There may be a name in this: Grace")
    assert_accessible(hub_page)
    hub_page.get_by_label("The words").fill(AS_SHOWN)
    follow(hub_page, hub_page.get_by_role("button", name="Write it down"))
    expect(hub_page.get_by_text("Somebody of the trust who did not write it")).to_be_visible()
    assert_accessible(hub_page)
    quote = hub_page.url

    visitor = person()
    visitor.goto("/community/normanton/")
    expect(visitor.get_by_text(AS_SHOWN)).to_have_count(0)

    trust_page = sign_in(factories.make_user(Role.TRUST_STAFF))
    trust_page.goto(quote)
    assert_accessible(trust_page)
    trust_page.get_by_label("I have read it.").check()
    follow(trust_page, trust_page.get_by_role("button", name="It may be used"))
    expect(trust_page.get_by_text("Checked. It may be used")).to_be_visible()

    for address in ("/community/normanton/", "/story-so-far/", "/en-easy/community/normanton/"):
        visitor.goto(address)
        expect(visitor.get_by_text(AS_SHOWN)).to_be_visible()
        expect(visitor.get_by_text("a young person, Normanton")).to_be_visible()
        assert_accessible(visitor)
    assert visitor.context.cookies() == []

    words = phone.get_by_role("listitem").filter(has_text="website and in the press")
    words = words.filter(has_text="own words")
    words.get_by_label("Take this back").check()
    follow(phone, phone.get_by_role("button", name="Take back what I ticked"))

    for address in ("/community/normanton/", "/story-so-far/", "/en-easy/community/normanton/"):
        visitor.goto(address)
        expect(visitor.get_by_role("heading", level=1)).to_be_visible()
        expect(visitor.get_by_text(AS_SHOWN)).to_have_count(0)
    trust_page.goto(quote)
    expect(trust_page.get_by_text("Consent was taken back.")).to_be_visible()
    assert_accessible(trust_page)


def test_words_for_a_report(sign_in: Callable[[User], Page], child: Participant) -> None:
    hub = child.registrations.get().hub
    factories.make_consent(child, Purpose.WORDS_REPORTS)
    quote = factories.make_quote(child, hub=hub, words=AS_SHOWN, checked_at=timezone.now())
    page = sign_in(factories.make_user(Role.TRUST_STAFF))
    page.goto("/quotes/?state=checked")
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="For a report"))
    page.get_by_label("Who gets it").fill("A funder")
    page.get_by_label("Where it goes").fill("By post")
    page.get_by_label("Why it goes there").fill("The quarter's report")
    follow(page, page.get_by_role("button", name="Go on"))
    page.get_by_label("I have read the recipient").check()
    follow(page, page.get_by_role("button", name="Show them to copy"))
    expect(page.get_by_text(AS_SHOWN)).to_be_visible()
    assert_accessible(page)

    page.goto(f"/quotes/{quote.pk}/change/")
    expect(page.get_by_text("it is used nowhere until somebody else")).to_be_visible()
    assert_accessible(page)
    page.goto(f"/quotes/{quote.pk}/take-out/")
    assert_accessible(page)
    page.get_by_label("Why it is taken out").fill("They asked us to.")
    follow(page, page.get_by_role("button", name="Take it out"))
    expect(page.get_by_text("They asked us to.")).to_be_visible()
