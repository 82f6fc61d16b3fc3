"""The front page, the way in for staff, and the health check."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from activities.models import Kind, Session, SessionKind
from derby_portal import health, views
from tests import factories
from tests.factories import london
from tests.pages import open_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def session_called(title: str, starts_at: dt.datetime, **fields: Any) -> Session:
    return factories.make_session(
        activity=factories.make_activity(title=title), starts_at=starts_at, **fields
    )


@pytest.mark.usefixtures("clock")
class TestFrontPage:
    def test_what_is_on_today_in_order_of_start(self, client: Client) -> None:
        factories.make_session(
            starts_at=london(2019, 5, 14, 18, 30),
            activity=factories.make_activity(
                title="Boxing", hub=factories.make_hub(name="Abbey hub"), min_age=8, max_age=14
            ),
        )
        session_called("On now", london(2019, 5, 14, 16))
        session_called("Over", london(2019, 5, 14, 9))
        session_called("Tomorrow", london(2019, 5, 15, 9))
        page = open_page(client, "/")
        assert page.texts_of("session__title") == ["On now", "Boxing"]
        assert page.texts_of("day__title") == ["Today Tuesday 14 May 2019 2 sessions"]
        assert page.texts_of("session__when")[1] == "6:30pm to 8pm Sport"
        assert page.texts_of("session__tags")[1] == "Ages 8 to 14 Free"
        assert page.texts_of("session__where")[1] == "Abbey hub · The hall"
        assert "On now" in page.texts_of("badge")

    def test_nothing_more_today_shows_the_next_day_and_says_so(self, client: Client) -> None:
        session_called("Over", london(2019, 5, 14, 9))
        session_called("Friday", london(2019, 5, 17, 9))
        page = open_page(client, "/")
        assert page.texts_of("session__title") == ["Friday"]
        says = "Nothing more is on today, Tuesday 14 May 2019. Here is what's on next."
        assert says in page.texts_of("notice--warn")
        assert page.texts_of("day__title") == ["Friday 17 May 2019 1 session"]

    def test_all_cancelled_today_says_so_and_goes_on(self, client: Client) -> None:
        session_called("Off", london(2019, 5, 14, 18), cancelled_at=london(2019, 5, 13))
        session_called("Friday", london(2019, 5, 17, 9))
        page = open_page(client, "/")
        assert page.texts_of("session__title") == ["Off", "Friday"]
        assert "Everything left for today is cancelled. Here is what's on next." in page.text

    def test_nothing_at_all(self, client: Client) -> None:
        page = open_page(client, "/")
        assert "Nothing is planned just now" in page.text
        assert "/hubs/" in page.links

    def test_training_and_closed_hubs_never_show(self, client: Client) -> None:
        shut = factories.make_hub(name="Shut hub", is_open=False)
        factories.make_session(
            activity=factories.make_activity(title="Closed door", hub=shut),
            starts_at=london(2019, 5, 14, 18),
        )
        session_called("Staff day", london(2019, 5, 14, 18), kind=SessionKind.TRAINING)
        page = open_page(client, "/")
        for leak in ("Shut hub", "Closed door", "Staff day"):
            assert leak not in page.text

    def test_links_into_the_list(self, client: Client) -> None:
        hub = factories.make_hub(name="Abbey hub")
        links = open_page(client, "/").links
        for day in ("today", "tomorrow", "weekend", "all"):
            assert f"/whats-on/?day={day}" in links
        for kind in Kind:
            assert f"/whats-on/?kind={kind}" in links
        assert f"/hubs/{hub.slug}/" in links

    def test_a_long_day_is_cut_and_leads_to_the_rest(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "FRONT_PAGE_SESSIONS", 2)
        for hour in (18, 19, 20):
            session_called(f"At {hour}", london(2019, 5, 14, hour))
        page = open_page(client, "/")
        assert page.texts_of("session__title") == ["At 18", "At 19"]
        assert "See all 3 sessions of the day" in page.text
        assert "/whats-on/?date=2019-05-14" in page.links

    @pytest.mark.parametrize(("day", "queries"), [(14, 3), (15, 5)])
    def test_same_queries_for_one_and_three_rows(
        self,
        client: Client,
        django_assert_num_queries: DjangoAssertNumQueries,
        day: int,
        queries: int,
    ) -> None:
        for rows in (1, 3):
            while Session.objects.count() < rows:
                session_called("Boxing", london(2019, 5, day, 18))
            with django_assert_num_queries(queries):
                open_page(client, "/")


class TestLanding:
    @pytest.mark.parametrize(
        ("roles", "address"),
        [
            ((Role.TRUST_STAFF,), "/reports/"),
            ((Role.COORDINATOR,), "/today/"),
            ((Role.HUB_LEAD,), "/today/"),
            ((Role.TRUST_STAFF, Role.HUB_LEAD), "/today/"),
        ],
    )
    def test_each_role_begins_its_day(
        self, client: Client, roles: tuple[Role, ...], address: str
    ) -> None:
        client.force_login(factories.make_user(*roles))
        response = client.get("/start/")
        assert (response.status_code, response["Location"]) == (302, address)

    def test_other_roles_see_all_they_can_do(self, client: Client) -> None:
        client.force_login(factories.make_user(Role.AUDITOR, Role.EVALUATOR, name="Ash"))
        assert client.get("/start/")["Location"] == "/start/all/"
        text = open_page(client, "/start/all/").text
        assert "You are signed in as Ash: Auditor, Evaluator." in " ".join(text.split())

    def test_no_role_at_all(self, client: Client) -> None:
        client.force_login(factories.make_user())
        assert "your account has no role yet" in open_page(client, "/start/").text

    def test_strangers_sign_in_first(self, client: Client) -> None:
        response = client.get("/start/")
        assert response["Location"] == "/account/login/?next=/start/"


class TestHealthz:
    @pytest.mark.parametrize(
        ("found", "code", "status"),
        [
            (health.Health(True, True, True, True), 200, "ok"),
            (health.Health(True, True, False, True), 200, "degraded"),
            (health.Health(True, True, True, False), 200, "degraded"),
            (health.Health(True, False, False, False), 200, "degraded"),
            (health.Health(False, True, True, True), 503, "down"),
            (health.Health(False, False, False, False), 503, "down"),
        ],
    )
    def test_each_state(
        self,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
        found: health.Health,
        code: int,
        status: str,
    ) -> None:
        monkeypatch.setattr(views, "health", lambda: found)
        response = client.get("/healthz")
        says = {True: "ok", False: "down"}
        assert response.status_code == code
        assert response.json() == {
            "status": status,
            "web": "ok",
            "database": says[found.database],
            "broker": says[found.broker],
            "worker": says[found.worker],
            "reports": says[found.reports],
        }

    def test_never_kept_and_without_cookie(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "health", lambda: health.Health(True, True, True, True))
        response = client.get("/healthz")
        assert response["Cache-Control"] == "no-store"
        assert "Cookie" not in response.get("Vary", "")
        assert response.cookies.output() == ""

    def test_dead_broker_is_told_in_under_two_seconds(self, client: Client, settings: Any) -> None:
        settings.REDIS_URL = "unix:///nowhere/to/be.found"
        began = time.monotonic()
        response = client.get("/healthz")
        assert time.monotonic() - began < 2
        assert response.status_code == 200
        assert response.json() == {
            "status": "degraded", "web": "ok", "database": "ok", "broker": "down", "worker": "down",
            "reports": "down",
        }  # fmt: skip

    def test_plain_http_is_answered(self, client: Client, settings: Any) -> None:
        """A load balancer asks from inside, without TLS."""
        settings.SECURE_SSL_REDIRECT = True
        settings.REDIS_URL = "unix:///nowhere/to/be.found"
        assert Client().get("/healthz").status_code == 200
        assert Client().get("/").status_code == 301
