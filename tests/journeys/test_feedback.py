"""Two taps on a phone without a name, and what the hub makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from activities.models import Feedback, SaidDid, Session, Suggestion
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def session() -> Session:
    activity = factories.make_activity(hub=factories.make_hub(name="Derwent"), title="Boxing")
    return factories.make_session(
        activity=activity, starts_at=timezone.now() - dt.timedelta(hours=2)
    )


def smallest_button(page: Page, css_class: str) -> float:
    boxes = [each.bounding_box() for each in page.locator(css_class).all()]
    return min(min(box["height"], box["width"]) for box in boxes if box)


@pytest.mark.parametrize("scripts", [True, False])
def test_two_taps_and_an_idea_on_a_phone(
    person: Callable[[], Page],
    browser_context_args: dict[str, object],
    session: Session,
    *,
    scripts: bool,
) -> None:
    browser_context_args["java_script_enabled"] = scripts
    page = person()
    page.goto(f"/sessions/{session.pk}/")
    follow(page, page.get_by_role("link", name="How was it?"))
    assert smallest_button(page, ".faces__one") >= 44
    if scripts:
        assert_accessible(page)
    follow(page, page.get_by_role("button", name="Brilliant"))
    assert Feedback.objects.get().mood == 5
    expect(page.get_by_role("status")).to_contain_text("Brilliant. Saved, thank you.")
    assert smallest_button(page, ".wishes__one") >= 44
    if scripts:
        assert_accessible(page)
    follow(page, page.get_by_role("button", name="Something new"))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert (Feedback.objects.get().mood, Feedback.objects.get().wish) == (5, "new")
    if scripts:
        assert_accessible(page)
    page.get_by_label("Have an idea for the hub?").fill("More gloves")
    follow(page, page.get_by_role("button", name="Send the idea"))
    expect(page.get_by_text("Your idea is with the hub.")).to_be_visible()
    assert Suggestion.objects.get().words == "More gloves"
    follow(page, page.get_by_role("link", name="Somebody else here?"))
    follow(page, page.get_by_role("button", name="OK"))
    follow(page, page.get_by_role("button", name="Nothing more"))
    assert sorted(Feedback.objects.values_list("mood", "wish")) == [(3, ""), (5, "new")]
    assert page.context.cookies() == []


def test_easy_read_and_a_change_of_language_between_the_taps(
    person: Callable[[], Page], session: Session
) -> None:
    page = person()
    page.goto(f"/en-easy/sessions/{session.pk}/")
    follow(page, page.get_by_role("link", name="Tell us how it was"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Awful"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="More time"))
    expect(page).to_have_url(
        f"{page.url.split('/en-easy')[0]}/en-easy/sessions/{session.pk}/feedback/thanks/"
    )
    assert_accessible(page)
    assert list(Feedback.objects.values_list("mood", "wish")) == [(1, "longer")]
    page.goto(f"/sessions/{session.pk}/feedback/")
    follow(page, page.get_by_role("button", name="Good", exact=True))
    follow(page, page.locator("footer").get_by_role("link", name="Polski"))
    expect(page.get_by_role("heading", name="Jak było?")).to_be_visible()


def test_staff_read_keep_answer_and_show(
    person: Callable[[], Page], session: Session, live_server: object
) -> None:
    hub = session.activity.hub
    Feedback.objects.bulk_create(Feedback(session=session, mood=4) for _ in range(5))
    Suggestion.objects.create(hub=hub, session=session, words="Gloves for everybody")
    Suggestion.objects.create(hub=hub, session=session, words="Rude words")
    client = Client()
    client.force_login(factories.make_user(Role.COORDINATOR, hubs=(hub,)))
    page = person()
    page.context.add_cookies(
        [{"name": "session", "value": client.cookies["session"].value, "url": str(live_server)}]
    )
    page.goto("/feedback/")
    expect(page.get_by_text("5 answers of 1 session.")).to_be_visible()
    assert_accessible(page)
    follow(page, page.get_by_role("link", name="Boxing,"))
    assert_accessible(page)
    page.goto("/feedback/suggestions/")
    assert_accessible(page)
    rude = page.get_by_role("listitem").filter(has_text="Rude words")
    follow(page, rude.get_by_role("button", name="Put away"))
    expect(page.get_by_text("Rude words")).to_have_count(0)
    page.get_by_label("Answer this one").check()
    follow(page, page.get_by_role("button", name="Answer the ticked ones"))
    expect(page.get_by_text("Gloves for everybody")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("You said").fill("You asked for more gloves.")
    page.get_by_label("We did").fill("There are ten new pairs.")
    follow(page, page.get_by_role("button", name="Save as a draft"))
    assert_accessible(page)
    follow(page, page.get_by_role("button", name="Put it on the hub's page"))
    expect(page.get_by_role("alert")).to_contain_text("Say that you have read it")
    page.get_by_label("I have read both sentences").check()
    follow(page, page.get_by_role("button", name="Put it on the hub's page"))
    expect(page.get_by_text("Everybody can read it now.")).to_be_visible()
    follow(page, page.get_by_role("link", name="Polski"))
    assert_accessible(page)
    visitor = person()
    for address in (
        f"/hubs/{hub.slug}/",
        f"/hubs/{hub.slug}/you-said/",
        f"/en-easy/hubs/{hub.slug}/you-said/",
    ):
        visitor.goto(address)
        expect(visitor.get_by_text("There are ten new pairs.")).to_be_visible()
        expect(visitor.get_by_text("Gloves for everybody")).to_have_count(0)
        assert_accessible(visitor)
    assert SaidDid.objects.get().suggestions.get().words == "Gloves for everybody"
