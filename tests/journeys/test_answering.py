"""Answering: a child on a phone by a link, and several on a tablet that was handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session
from evaluation.models import Assistance, Channel, Instrument, Measure, Response, WorryRule
from evaluation.services import asking
from participants.models import Participant
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]

NEXT, SKIP = "Next", "I would rather not say"
STAFF_PAGES = ("/today/", "/people/", "/start/", "/surveys/measures/", "/planning/")


@pytest.fixture
def session() -> Session:
    now = timezone.now()
    activity = factories.make_activity(hub=factories.make_hub())
    return factories.make_session(activity=activity, starts_at=now - dt.timedelta(minutes=30))


@pytest.fixture
def measure(session: Session) -> Measure:
    call_command("load_instruments", verbosity=0)
    ours = Instrument.objects.get(key="derby-life-skills")
    Instrument.objects.filter(pk=ours.pk).update(published_at=timezone.now())
    return factories.make_measure(programme=session.activity.programme, instrument=ours)


def make_child(session: Session, age: int, **fields: Any) -> Participant:
    today = timezone.now().date()
    child = factories.make_participant(
        hub=session.activity.hub, birth_date=today - dt.timedelta(days=366 * age), **fields
    )
    factories.make_consent(child)
    factories.make_attendance(session, child)
    return child


@pytest.fixture
def coordinator(session: Session) -> User:
    hub = session.activity.hub
    assert hub is not None
    return factories.make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def address_for(
    session: Session, measure: Measure, coordinator: User
) -> Callable[[Participant], str]:
    def make(child: Participant) -> str:
        _, token = asking.make_link(
            person=child,
            measure=measure,
            wave="baseline",
            session=session,
            by=coordinator,
            now=timezone.now(),
        )
        return f"/survey/{token}/"

    return make


def choose(page: Page, label: str) -> None:
    """Touch an answer, and see that it is kept at once."""
    page.get_by_text(label, exact=True).click()
    expect(page.locator("[data-status]")).to_have_text("Saved")


def go(page: Page, name: str) -> None:
    follow(page, page.get_by_role("button", name=name, exact=True))


def test_answering_by_a_link_going_on_after_closing_the_phone(
    person: Callable[[], Page], session: Session, address_for: Callable[[Participant], str]
) -> None:
    child = make_child(session, 12)
    address = address_for(child)
    phone = person()
    phone.goto(address)
    expect(phone.get_by_role("heading", name="A few questions for you")).to_be_visible()
    expect(phone.get_by_text("we tell the safeguarding lead")).to_be_visible()
    assert_accessible(phone)
    # Looking changes nothing.
    assert phone.context.cookies() == []
    assert not Response.objects.exists()

    go(phone, "Start. I answer by myself")
    (cookie,) = phone.context.cookies()
    assert (cookie["name"], cookie["path"]) == ("survey", "/survey/")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert child.given_name not in phone.url + cookie["value"]
    assert phone.url.endswith("/survey/q/1/")
    assert_accessible(phone)
    go(phone, NEXT)
    expect(phone.get_by_role("alert")).to_contain_text("Choose an answer")
    assert_accessible(phone)
    choose(phone, "Often")
    assert Response.objects.get().answers == {"keep_going": 4}
    # With the keyboard, and not sent by hand: the change alone keeps it.
    phone.get_by_role("radio", name="Often", exact=True).press("ArrowUp")
    expect(phone.get_by_role("radio", name="Sometimes", exact=True)).to_be_checked()
    go(phone, NEXT)
    go(phone, SKIP)
    expect(phone.get_by_text("Question 3 of 18")).to_be_visible()
    go(phone, "Back")
    expect(phone.get_by_text("You left this one out. You can still answer it.")).to_be_visible()
    phone.context.close()

    again = person()
    again.goto(address)
    expect(again.get_by_text("Welcome back.")).to_be_visible()
    go(again, "Start. Somebody helps me")
    expect(again.get_by_text("Question 3 of 18")).to_be_visible()
    again.goto("/survey/q/1/")
    expect(again.get_by_role("radio", name="Sometimes", exact=True)).to_be_checked()
    again.goto("/survey/all/")
    assert_accessible(again)
    again.locator("[data-item=work_out]").get_by_text("Never", exact=True).click()
    expect(again.locator("[data-status]")).to_have_text("Saved")
    go(again, NEXT)
    expect(again.get_by_text("You left out 16 questions. That is fine.")).to_be_visible()
    assert_accessible(again)
    go(again, "Finish")
    expect(again.get_by_role("heading", name="Thank you")).to_be_visible()
    assert_accessible(again)

    response = Response.objects.get()
    assert response.answers == {"keep_going": 3, "work_out": 1}
    assert (response.skipped, response.finished_at is not None) == (["try_again"], True)
    assert (response.channel, response.assistance) == (Channel.LINK, Assistance.HELPED)
    again.goto(address)
    expect(again.get_by_role("heading", name="This link does not work")).to_be_visible()
    again.goto("/survey/q/1/")
    expect(again.get_by_role("heading", name="This is over")).to_be_visible()
    assert_accessible(again)


@pytest.fixture
def tablet(
    person: Callable[[], Page], coordinator: User, live_server: LiveServer, session: Session
) -> Page:
    page = person()
    client = Client()
    client.force_login(coordinator)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


@pytest.mark.usefixtures("measure")
def test_a_tablet_handed_over_and_back_shows_nobody_anybody_elses_answers(
    tablet: Page, session: Session
) -> None:
    first = make_child(session, 13, given_name="Comet", family_name="Able")
    second = make_child(session, 13, given_name="Pixel", family_name="Baker")
    tablet.goto(f"/surveys/sessions/{session.pk}/")
    go(tablet, "Hand over this tablet")
    go(tablet, "Sign me out and begin")
    assert [each["name"] for each in tablet.context.cookies()] == ["survey"]
    expect(tablet.get_by_role("heading", name="Comet A")).to_be_visible()
    # The next one alone, never the list.
    assert "Pixel" not in tablet.content()
    assert_accessible(tablet)

    go(tablet, "Start. I answer by myself")
    choose(tablet, "Often")
    go(tablet, NEXT)
    choose(tablet, "Never")
    for page in STAFF_PAGES:
        tablet.goto(page)
        assert "/account/login/" in tablet.url, page
    tablet.goto("/survey/")
    expect(tablet.get_by_text("Question 3 of 18")).to_be_visible()
    go(tablet, SKIP)
    tablet.goto("/survey/finish/")
    assert_accessible(tablet)
    go(tablet, "Finish")
    expect(tablet.get_by_text("Please give the tablet to Pixel B.")).to_be_visible()
    assert_accessible(tablet)

    # Nothing of it comes back, by the back button or by the address bar: no answer, and no page of
    # the staff that stands further back.
    for _ in range(20):
        with suppress(PlaywrightError):  # A page that was sent as a form is not there any more.
            tablet.go_back(timeout=5_000)
        assert tablet.locator("input:checked").count() == 0
        assert tablet.get_by_text(" of 18").count() == 0
        assert tablet.get_by_text("Hand over this tablet").count() == 0
    for page in ("/survey/q/1/", "/survey/q/2/", "/survey/all/", "/survey/finish/"):
        tablet.goto(page)
        assert tablet.url.endswith("/survey/"), page
        expect(tablet.get_by_role("heading", name="Pixel B")).to_be_visible()

    go(tablet, "Start. Somebody helps me")
    expect(tablet.get_by_text("Question 1 of 18")).to_be_visible()
    assert tablet.locator("input:checked").count() == 0
    choose(tablet, "Sometimes")
    tablet.goto("/survey/stop/")
    assert_accessible(tablet)
    go(tablet, "Yes, stop here")
    expect(tablet.get_by_text("Please give the tablet back")).to_be_visible()
    tablet.goto("/survey/q/1/")
    expect(tablet.get_by_role("heading", name="This is over")).to_be_visible()
    tablet.goto("/survey/")
    expect(tablet.get_by_role("heading", name="Please give the tablet back")).to_be_visible()
    assert_accessible(tablet)
    follow(tablet, tablet.get_by_role("link", name="For staff: take the tablet back"))
    assert "/account/login/" in tablet.url

    kept = {each.participant_id: each for each in Response.objects.all()}
    assert kept[first.pk].answers == {"keep_going": 4, "try_again": 1}
    assert kept[first.pk].finished_at is not None
    assert kept[second.pk].answers == {"keep_going": 3}
    assert kept[second.pk].finished_at is None


def test_who_goes_on_at_a_tablet_does_not_see_what_was_answered_before(
    person: Callable[[], Page],
    session: Session,
    measure: Measure,
    coordinator: User,
    live_server: LiveServer,
) -> None:
    child = make_child(session, 13)
    factories.make_response(
        measure, child, answers={"keep_going": 5}, finished_at=None, at=timezone.now()
    )
    _, token = asking.hand_over(
        session=session,
        dues=[SimpleNamespace(person=child, measure=measure, wave="baseline")],
        by=coordinator,
        now=timezone.now(),
    )
    page = person()
    address = f"{live_server.url}/survey/"
    page.context.add_cookies([{"name": "survey", "value": token, "url": address}])
    page.goto("/survey/")
    go(page, "Start. I answer by myself")
    expect(page.get_by_text("Question 1 of 17")).to_be_visible()
    page.goto("/survey/all/")
    assert page.locator("[data-item=keep_going]").count() == 0
    assert page.locator("input:checked").count() == 0


def test_a_worrying_answer_points_to_help_at_once(
    person: Callable[[], Page],
    session: Session,
    measure: Measure,
    address_for: Callable[[Participant], str],
) -> None:
    WorryRule.objects.create(instrument=measure.instrument, item="keep_going", at_most=1)
    phone = person()
    phone.goto(address_for(make_child(session, 14)))
    go(phone, "Start. I answer by myself")
    expect(phone.get_by_text("Thank you for telling us")).to_be_hidden()
    choose(phone, "Never")
    expect(phone.get_by_text("Thank you for telling us")).to_be_visible()
    go(phone, NEXT)
    expect(phone.get_by_text("You can call Childline: 0800 1111.").first).to_be_visible()
    expect(phone.get_by_text("Question 2 of 18")).to_be_visible()
    assert_accessible(phone)
    phone.goto("/survey/finish/")
    expect(phone.get_by_text("Thank you for telling us")).to_be_visible()


def test_a_six_year_old_touches_faces(
    person: Callable[[], Page], session: Session, address_for: Callable[[Participant], str]
) -> None:
    phone = person()
    phone.goto(address_for(make_child(session, 6)))
    go(phone, "Start. Somebody helps me")
    assert phone.locator(".survey-face").count() == 5
    assert_accessible(phone)
    boxes = [each.bounding_box() for each in phone.locator(".survey-option").all()]
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    phone.locator(".survey-face").nth(4).click()
    expect(phone.locator("[data-status]")).to_have_text("Saved")
    assert Response.objects.get().answers == {"keep_going": 5}


@pytest.mark.parametrize(("language", "direction"), [("ur", "rtl"), ("en-easy", "ltr")])
def test_answering_in_another_edition(
    language: str,
    direction: str,
    person: Callable[[], Page],
    session: Session,
    address_for: Callable[[Participant], str],
) -> None:
    phone = person()
    address = address_for(make_child(session, 13))
    phone.goto(address)
    phone.locator(".survey-languages summary").click()
    follow(phone, phone.locator(f"a[href='?language={language}']"))
    html = phone.locator("html")
    expect(html).to_have_attribute("dir", direction)
    expect(html).to_have_attribute("lang", "ur" if language == "ur" else "en-GB")
    assert_accessible(phone)
    follow(phone, phone.locator("button[value=alone]"))
    expect(html).to_have_attribute("dir", direction)
    assert_accessible(phone)
    # No words of the questions in Urdu: English, and marked as that.
    marked = phone.locator("h1[lang=en-GB]")
    assert marked.count() == (1 if language == "ur" else 0)
    phone.locator("input[type=radio]").first.check()
    follow(phone, phone.locator("button[value=next]"))
    phone.goto("/survey/finish/")
    expect(html).to_have_attribute("dir", direction)
    assert_accessible(phone)
    follow(phone, phone.locator("main form button"))
    expect(html).to_have_attribute("dir", direction)
    assert_accessible(phone)
    wording = {"ur": "en-gb", "en-easy": "en-easy"}
    assert Response.objects.get().language == wording[language]


def test_without_a_script_all_on_one_page_is_sent_at_once(
    browser: Browser,
    live_server: LiveServer,
    session: Session,
    address_for: Callable[[Participant], str],
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(address_for(make_child(session, 10)))
    page.get_by_label("Show all the questions on one page").check()
    page.get_by_role("button", name="Start. I answer by myself").click()
    page.locator("[data-item=team]").get_by_label("Often", exact=True).check()
    page.locator("[data-item=truth]").get_by_label("Never", exact=True).check()
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Response.objects.get().answers == {"team": 4, "truth": 1}
    context.close()
