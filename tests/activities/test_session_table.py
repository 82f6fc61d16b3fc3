"""The table of sessions: what it shows, what it finds, and changing many from it."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from activities.models import Session, SessionKind, SessionLog
from activities.queries.session_table import State, in_state, sessions_for, states_of
from activities.services import bulk
from activities.views import session_table
from hubs.models import Hub
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
TABLE, CHANGE = "/planning/sessions/", "/planning/sessions/change/"
DAY = dt.timedelta(days=1)
ACTS = {"Register", "Log", "Change", "Cancel"}
REASON = "The building is closed."


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Coordinator One")
    client.force_login(user)
    return user


def at(hub: Hub | None, title: str, day: int = 21, **fields: Any) -> Session:
    activity = fields.pop("activity", None) or factories.make_activity(hub=hub, title=title)
    starts_at = fields.pop("starts_at", london(2019, 5, day))
    return factories.make_session(activity=activity, starts_at=starts_at, **fields)


def titles(client: Client, **asked: Any) -> list[str]:
    page = open_page(client, f"{TABLE}?{urlencode(asked)}")
    return page.texts_of("session-title")


def picked(*sessions: Session, **others: Any) -> dict[str, Any]:
    return {"pick": [str(each.pk) for each in sessions]} | others


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestTable:
    def test_what_is_to_come_at_my_hubs_in_order(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        later = at(hub, "Later", day=23, led_by=coordinator, places=12)
        at(hub, "Sooner", day=15, cancelled_at=london(2019, 5, 1), cancellation_reason=REASON)
        at(hub, "Over", day=13)
        at(factories.make_hub(), "Theirs")
        at(None, "Citywide event")
        page = open_page(client, TABLE)
        assert page.texts_of("session-title") == ["Sooner", "Later"]
        first, second = page.texts_of("session-row")
        assert f"Cancelled {REASON}" in first
        assert "It is on : Sooner" in first
        for words in ("Thursday 23 May 2019 4pm to 5:30pm", "Allenton", "To come", "12 places"):
            assert words in second
        assert "Led by Coordinator One" in second
        assert "2 sessions from today on" in page.text
        booked = [link for link in page.links if link.endswith("/bookings/")]
        assert booked == [f"/sessions/{later.pk}/bookings/"]

    def test_what_can_be_done_with_each(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        at(hub, "A missing", day=13)
        logged = at(hub, "B logged", day=13, register_taken_at=now, delivery="delivered")
        SessionLog.objects.create(session=logged, logged_by=coordinator)
        at(hub, "C counted", day=13, headcount_only=True)
        at(hub, "D off and over", day=13, cancelled_at=now)
        at(hub, "E to come")
        at(hub, "F off", cancelled_at=now)
        page = open_page(client, f"{TABLE}?first=&sort=activity")
        acts = [each.split() for each in page.texts_of("session-cell--act")]
        assert [[word for word in each if word in ACTS] for each in acts] == [
            ["Register", "Log"], ["Change"], ["Log"], ["Log"], ["Change", "Cancel"], [],
        ]  # fmt: skip
        assert "It is on" in page.texts_of("session-cell--act")[-1]

    def test_each_filter(self, client: Client, coordinator: User, hub: Hub) -> None:
        other = factories.make_hub(name="Sunny Hill")
        coordinator.hub_memberships.create(hub=other, started_at=london(2018, 1, 1))
        boxing = at(hub, "Boxing", led_by=coordinator)
        at(other, "Dance", day=22, kind=SessionKind.TRIP)
        at(hub, "Old", day=7, register_taken_at=london(2019, 5, 7), delivery="delivered")
        at(hub, "Lost", day=8)
        at(hub, "Off", day=24, cancelled_at=london(2019, 5, 1))
        at(hub, "Moved", day=25, is_exception=True)
        for asked, found in (
            ({"hub": "sunny-hill"}, ["Dance"]),
            ({"activity": boxing.activity_id}, ["Boxing"]),
            ({"first": "2019-05-22", "last": "2019-05-24"}, ["Dance", "Off"]),
            ({"last": "2019-05-08"}, ["Old", "Lost"]),
            ({"kind": "trip"}, ["Dance"]),
            ({"leader": coordinator.pk}, ["Boxing"]),
            ({"q": "box allen"}, ["Boxing"]),
            ({"q": "sunny"}, ["Dance"]),
            ({"state": "coming"}, ["Boxing", "Dance", "Moved"]),
            ({"state": "over"}, ["Old", "Lost"]),
            ({"state": "cancelled"}, ["Off"]),
            ({"state": "missing"}, ["Lost"]),
            ({"state": "not_logged"}, ["Lost"]),
            ({"state": "changed"}, ["Moved"]),
            ({"state": "over", "hub": "sunny-hill"}, []),
            ({"first": ""}, ["Old", "Lost", "Boxing", "Dance", "Off", "Moved"]),
        ):
            assert titles(client, **asked) == found, asked
        asked = urlencode({"hub": "sunny-hill", "first": "2019-05-22", "state": "coming"})
        in_words = ["Hub: Sunny Hill", "State: To come", "From: Wed 22 May 2019"]
        assert open_page(client, f"{TABLE}?{asked}").texts_of("badge")[:3] == in_words

    @pytest.mark.parametrize(
        "query",
        ["hub=nowhere", "activity=0", "first=yesterday", "state=x", "leader=x", "q=%00", "page=999",
         "sort=nonsense", "last=9999-12-31", "kind=x", "page=-1", "page=x", "per_page=0",
         "per_page=-1"],
    )  # fmt: skip
    def test_hostile_addresses_are_answered(
        self, client: Client, coordinator: User, hub: Hub, query: str
    ) -> None:
        at(hub, "Boxing")
        assert client.get(f"{TABLE}?{query}").status_code == 200

    def test_others_hubs_people_and_activities_cannot_be_chosen(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        stranger = factories.make_user(name="Works Elsewhere")
        theirs = at(factories.make_hub(name="Elsewhere"), "Theirs", led_by=stranger)
        page = open_page(client, TABLE)
        for leak in ("Works Elsewhere", "Elsewhere", "Theirs"):
            assert leak not in page.text
        at(hub, "Mine")
        for asked in ({"hub": "elsewhere"}, {"activity": theirs.activity_id}):
            assert "Theirs" not in titles(client, **asked)

    @pytest.mark.parametrize(
        ("sort", "first"),
        [("-starts_at", "B"), ("activity", "A"), ("-activity", "B"), ("state", "A"),
         ("led_by", "A"), ("kind", "A"), ("-places", "A"), ("places", "A")],
    )  # fmt: skip
    def test_sorted_as_asked(
        self, client: Client, coordinator: User, hub: Hub, sort: str, first: str
    ) -> None:
        at(hub, "A", led_by=coordinator, cancelled_at=london(2019, 5, 1), places=3)
        at(hub, "B", day=22, kind=SessionKind.TRIP)
        assert titles(client, sort=sort)[0] == first

    def test_pages_keep_the_filter(self, client: Client, coordinator: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub)
        for day in range(1, session_table.PER_PAGE + 3):
            at(hub, "", activity=activity, day=day)
        page = open_page(client, f"{TABLE}?last=2019-05-31")
        assert len(page.texts_of("session-row")) == session_table.PER_PAGE
        assert "27 sessions" in page.text
        assert "All 27 that match the filter" in page.text
        rest = open_page(client, f"{TABLE}?last=2019-05-31&page=2")
        assert len(rest.texts_of("session-row")) == 2
        longer = open_page(client, f"{TABLE}?last=2019-05-31&per_page=100")
        assert len(longer.texts_of("session-row")) == session_table.PER_PAGE

    def test_nothing_found_says_what_to_do(self, client: Client, coordinator: User) -> None:
        page = open_page(client, TABLE)
        assert "No session is like that." in page.text
        assert "Change several at once" not in page.text

    def test_states_of_rows_are_those_that_the_filter_finds(
        self, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        activity = factories.make_activity(hub=hub)
        choices = itertools.product(
            (now - 2 * DAY, now + DAY), (None, now), (None, now), (False, True), ("", "delivered"),
            (False, True),
        )  # fmt: skip
        for starts_at, cancelled, taken, counts_only, delivery, logged in choices:
            session = at(
                hub, "", activity=activity, starts_at=starts_at, cancelled_at=cancelled,
                register_taken_at=taken, headcount_only=counts_only, delivery=delivery,
                is_exception=logged,
            )  # fmt: skip
            if logged:
                SessionLog.objects.create(session=session, logged_by=coordinator)
        rows = list(sessions_for(coordinator))
        assert len(rows) == 64
        for state in State:
            found = set(sessions_for(coordinator).filter(in_state(state, now)))
            assert found == {each for each in rows if state in states_of(each, now)}
            assert found

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self,
        client: Client,
        coordinator: User,
        rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        hub = Hub.objects.get()
        for _ in range(rows):
            at(hub, "Boxing", led_by=factories.make_user(hubs=(hub,)), places=5)
        # Session, user, roles; hubs; how many, which; activities and leaders to choose.
        with django_assert_num_queries(8):
            open_page(client, TABLE)


class TestChange:
    def test_confirm_in_one_tap(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        sessions = [at(hub, "Boxing"), at(hub, "Dance")]
        over = at(hub, "Over", day=13, register_taken_at=now)
        asked = picked(*sessions, over, act="confirm", query="last=2019-05-30")
        response = client.post(CHANGE, asked)
        assert (response.status_code, response["Location"]) == (302, f"{TABLE}?last=2019-05-30")
        assert said(response) == ["2 sessions confirmed. 1 not changed: register taken (1)."]
        assert Session.objects.filter(checked_at=now).count() == 2

    def test_cancel_in_two_steps(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        sessions = [at(hub, "Boxing"), at(hub, "Dance", day=22)]
        at(hub, "Not picked")
        marked = at(hub, "Marked", has_marks=True)
        page = Page(client.post(CHANGE, picked(*sessions, marked, act="cancel")))
        assert page.texts_of("planned-heading") == ["Cancel 2 sessions"]
        which, left = page.texts_of("session-which")
        assert "Boxing Allenton, Tuesday 21 May 2019, 4pm to 5:30pm" in which
        assert "Marked people are marked" in left
        assert "Not picked" not in page.text
        carried = {"act": "cancel", "ids": ids_on(page), "reason": REASON, "words": "See you soon."}
        empty = client.post(CHANGE, carried | {"step": "look", "reason": "", "words": ""})
        assert empty.status_code == 422
        assert "Choose a reason, or write one." in Page(empty).text
        look = Page(client.post(CHANGE, carried | {"step": "look"}))
        assert look.texts_of("notice") == [f"Cancelled {REASON} See you soon."]
        assert "Cancel 2 sessions" in look.text
        assert not Session.objects.filter(cancelled_at__isnull=False).exists()
        change = Page(client.post(CHANGE, carried | {"step": "change"}))
        assert 'value="See you soon."' in change.html
        response = client.post(CHANGE, carried | {"step": "do"})
        assert said(response) == ["2 sessions cancelled. 1 not changed: people are marked (1)."]
        cancelled = Session.objects.filter(cancellation_reason=f"{REASON} See you soon.")
        assert {each.pk for each in cancelled} == {each.pk for each in sessions}

    def test_all_that_match_and_no_others(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        found = [at(hub, "Boxing"), at(hub, "Boxing", day=22)]
        at(hub, "Dance")
        at(factories.make_hub(), "Boxing")
        asked = {"act": "confirm", "every": "1", "query": "q=boxing&first="}
        assert said(client.post(CHANGE, asked)) == ["2 sessions confirmed."]
        checked = Session.objects.filter(checked_at=now)
        assert {each.pk for each in checked} == {each.pk for each in found}

    @pytest.mark.parametrize("query", ["hub=elsewhere", "leader=x", "first=yesterday"])
    def test_of_a_filter_that_is_none_any_more_nothing_is_changed(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime, query: str
    ) -> None:
        at(hub, "Boxing")
        response = client.post(CHANGE, {"act": "confirm", "every": "1", "query": query})
        assert said(response) == ["Tick at least one session first."]
        assert not Session.objects.filter(checked_at=now).exists()

    def test_moving_shows_the_new_times_and_what_is_there_already(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        session = at(hub, "Boxing", minutes=60)
        hall = factories.make_activity(hub=hub, title="Dance", venue=session.activity.venue)
        at(hub, "", activity=hall, starts_at=london(2019, 5, 21, 18), minutes=60)
        asked = picked(session, act="move", step="look", to="17:30")
        page = Page(client.post(CHANGE, asked))
        assert "1 session will move" in page.text
        assert "Then 5:30pm to 6:30pm" in page.text
        assert "Dance is in the same place on Tuesday 21 May 2019, 6pm to 7pm" in page.text
        calm = Page(client.post(CHANGE, picked(session, act="move", step="look", minutes="30")))
        assert "At the same time" not in calm.text
        assert said(client.post(CHANGE, asked | {"step": "do"})) == ["1 session moved."]
        session.refresh_from_db()
        assert session.local_start.time() == dt.time(17, 30)

    def test_two_moved_to_one_time_are_held_against_each_other(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        first = at(hub, "Boxing", minutes=60)
        second = at(hub, "", activity=first.activity, starts_at=london(2019, 5, 21, 18), minutes=60)
        asked = picked(first, second, act="move", step="look", to="19:00")
        assert "At the same time" in Page(client.post(CHANGE, asked)).text

    @pytest.mark.parametrize(
        ("typed", "problem"),
        [
            ({}, "one of the two"),
            ({"minutes": "15", "to": "17:00"}, "one of the two"),
            ({"minutes": "601"}, "at most 600"),
            ({"to": "noon"}, "Type a time such as 16:30."),
        ],
    )
    def test_moves_that_make_no_sense(
        self, client: Client, coordinator: User, hub: Hub, typed: Any, problem: str
    ) -> None:
        session = at(hub, "Boxing")
        response = client.post(CHANGE, picked(session, act="move", step="look", **typed))
        assert response.status_code == 422
        assert problem in Page(response).text

    def test_places_and_leader(self, client: Client, coordinator: User, hub: Hub) -> None:
        session = at(hub, "Boxing")
        page = Page(client.post(CHANGE, picked(session, act="places")))
        assert "How many can come to each?" in page.text
        do = {"step": "do"}
        client.post(CHANGE, picked(session, act="places", places="12", **do))
        client.post(CHANGE, picked(session, act="leader", leader=str(coordinator.pk), **do))
        session.refresh_from_db()
        assert (session.places, session.led_by) == (12, coordinator)
        stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        answer = client.post(CHANGE, picked(session, act="leader", leader=str(stranger.pk), **do))
        assert answer.status_code == 422
        gone = client.post(CHANGE, picked(session, act="places", places="0", **do))
        assert gone.status_code == 422

    @pytest.mark.parametrize(
        ("asked", "problem"),
        [
            ({"act": "confirm"}, "Tick at least one session first."),
            ({"act": "explode", "pick": []}, "Choose what to do."),
            ({"act": "confirm", "pick": ["x"]}, "That is no session."),
            ({"act": "cancel", "ids": "x y"}, "That is no session."),
        ],
    )
    def test_what_cannot_be_is_said(
        self, client: Client, coordinator: User, asked: Any, problem: str
    ) -> None:
        response = client.post(CHANGE, asked)
        assert (response["Location"], said(response)) == (TABLE, [problem])

    def test_not_more_than_can_be_looked_through(
        self, client: Client, coordinator: User, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session_table, "MOST", 1)
        at(hub, "Boxing")
        at(hub, "Dance")
        response = client.post(CHANGE, {"act": "confirm", "every": "1", "query": ""})
        assert said(response) == ["That is 2 sessions. Pick 1 at the most."]
        ids = " ".join(["00000000-0000-4000-8000-000000000000"] * (bulk.MOST + 1))
        response = client.post(CHANGE, {"act": "confirm", "ids": ids})
        assert said(response)[-1] == "Pick 500 sessions at the most."

    def test_strangers(self, client: Client, coordinator: User, hub: Hub) -> None:
        mine, theirs = at(hub, "Boxing"), at(factories.make_hub(), "Theirs")
        for act in ("confirm", "cancel", "move", "places", "leader"):
            asked = picked(mine, theirs, act=act, step="do", reason=REASON, minutes="5")
            assert client.post(CHANGE, asked).status_code == 404, act
        assert client.get(CHANGE).status_code == 405
        assert not Session.objects.filter(checked_at__isnull=False).exists()
        for role in (Role.EVALUATOR, Role.AUDITOR, Role.ADMINISTRATOR):
            client.force_login(factories.make_user(role, hubs=(hub,)))
            assert client.get(TABLE).status_code == 403
            assert client.post(CHANGE, picked(mine, act="confirm")).status_code == 403
        client.logout()
        for response in (client.get(TABLE), client.post(CHANGE, picked(mine, act="confirm"))):
            assert response["Location"].startswith("/account/login/")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self,
        client: Client,
        coordinator: User,
        rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        hub = Hub.objects.get()
        sessions = [at(hub, f"Boxing {number}") for number in range(rows)]
        asked = picked(*sessions, act="move", step="look", minutes="30")
        with django_assert_num_queries(7):
            client.post(CHANGE, asked)


def ids_on(page: Page) -> str:
    hidden = [each for tag, each in page.elements if tag == "input" and each.get("name") == "ids"]
    return hidden[0]["value"]
