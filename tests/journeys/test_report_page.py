"""A finished report in the portal: contents, what a figure counts, and the rows behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from evaluation.models import ReportRun, RunStatus, Snapshot
from evaluation.reports.collect import collect
from evaluation.reports.snapshot import freeze
from tests import factories
from tests.journeys.conftest import assert_accessible, follow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "pages_are_kept"),
]


@pytest.fixture
def trust() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff_page(person: Callable[[], Page], live_server: LiveServer, trust: User) -> Page:
    page, client = person(), Client()
    client.force_login(trust)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


@pytest.fixture
def run(trust: User) -> ReportRun:
    """A finished report of three young people at one session."""
    programme = factories.make_programme(name="Life skills")
    activity = factories.make_activity(programme=programme, hub=factories.make_hub(name="Sinfin"))
    session = factories.make_session(activity=activity, register_taken_at=timezone.now())
    for _ in range(3):
        factories.make_attendance(session)
    now = timezone.now()
    asked = factories.make_asked(factories.make_grant(programmes=[programme]))
    frozen = freeze(collect(asked, now=now, progress=lambda _share, _step: None))
    snapshot = Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text)
    run = ReportRun.objects.create(
        grant=asked.grant,
        first_day=asked.first_day,
        last_day=asked.last_day,
        requested_by=trust,
        status=RunStatus.DONE,
        finished_at=now,
        read_at=now,
        snapshot=snapshot,
        fingerprint=asked.fingerprint,
    )
    run.programmes.set([programme])
    return run


def test_from_the_contents_to_the_rows_behind_a_figure(staff_page: Page, run: ReportRun) -> None:
    staff_page.goto(f"/reports/{run.pk}/")
    assert_accessible(staff_page)
    contents = staff_page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="Who came", exact=True).click()
    expect(staff_page.get_by_role("heading", name="Who came", exact=True)).to_be_in_viewport()

    staff_page.get_by_text("What it counts: Young people reached").click()
    expect(staff_page.get_by_text("Different young people").first).to_be_visible()

    reached = staff_page.locator(".report__stat", has_text="Young people reached").first
    follow(staff_page, reached.get_by_role("link", name="3"))
    expect(staff_page.get_by_role("heading", level=1)).to_contain_text("Young people reached")
    assert_accessible(staff_page)
