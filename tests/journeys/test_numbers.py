"""The page of numbers can be read by everybody, on a phone and on a desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_stopped_coming_and_what_it_means(
    person: Callable[[], Page], live_server: LiveServer
) -> None:
    hub = factories.make_hub(name="Acorn")
    activity = factories.make_activity(hub=hub, title="Circus Skills at the Hall in the Park")
    regular = factories.make_participant(hub=hub, given_name="Comet", family_name="Quince")
    once = factories.make_participant(hub=hub, given_name="Walnut")
    for weeks_ago in range(8, 0, -1):
        starts_at = timezone.now() - dt.timedelta(weeks=weeks_ago)
        taken = {"register_taken_at": starts_at, "minutes": 150}
        session = factories.make_session(activity=activity, starts_at=starts_at, **taken)
        if weeks_ago > 4:
            factories.make_attendance(session, regular)
        if weeks_ago == 6:
            factories.make_attendance(session, once)
    user = factories.make_user(Role.COORDINATOR, hubs=(hub, factories.make_hub(name="Beech")))
    client = Client()
    client.force_login(user)
    page = person()
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    page.goto("/numbers/")
    stopped = page.get_by_role("region", name="Regulars who missed the last three sessions")
    expect(stopped.get_by_role("row", name="Comet Q")).to_contain_text("4")
    expect(page.get_by_role("region", name="First-timers who did not")).to_contain_text("Walnut P")
    expect(page.get_by_role("img", name="Session hours held each week")).to_be_visible()
    for meaning in page.get_by_text("What this means").all():
        meaning.click()
    assert_accessible(page)
    page.get_by_role("link", name="Beech").click()
    expect(page.get_by_text("Nobody who came often has missed three in a row.")).to_be_visible()
    assert_accessible(page)
