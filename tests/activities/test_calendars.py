"""Calendars, read back as a diary would."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from pytest_django import DjangoAssertNumQueries

from activities import calendars
from activities.calendars import calendar_of, changed_at, uid_of
from activities.models import HIDDEN_AFTER, Activity, ActivityText, Session, SessionKind
from activities.queries import sessions as queries
from activities.queries.planning import fingerprint_of
from activities.services.describing import change_activity
from activities.services.standing import cancel_session, restore_session
from tests import factories
from tests.factories import london
from tests.pages import open_page

LONDON = ZoneInfo("Europe/London")
DAY = dt.timedelta(days=1)
THURSDAY = london(2019, 5, 16, 18)
# Times on a clock in Derby.
CLOCK = st.datetimes(dt.datetime(1997, 1, 1), dt.datetime(2060, 1, 1))  # noqa: DTZ001
ADDRESS = "http://testserver/sessions/x/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def at(title: str, starts_at: dt.datetime = THURSDAY, **fields: Any) -> Session:
    own = ("cancelled_at", "cancellation_reason", "checked_at", "listed_at", "kind", "revision")
    when = {name: fields.pop(name) for name in own if name in fields}
    activity = factories.make_activity(title=title, **fields)
    usual = {"listed_at": london(2019, 5, 1), "changed_at": london(2019, 5, 2, 9)}
    Activity.objects.filter(pk=activity.pk).update(changed_at=london(2019, 5, 1))
    activity.refresh_from_db()
    return factories.make_session(activity=activity, starts_at=starts_at, **(usual | when))


def read(client: Client, address: str) -> Calendar:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def events(client: Client, address: str) -> list[Event]:
    return list(read(client, address).walk("VEVENT"))


def titles(client: Client, address: str) -> list[str]:
    return [str(event["summary"]) for event in events(client, address)]


class TestSession:
    def test_every_property(self, client: Client) -> None:
        session = at(
            "Circus, tricks; and more",
            venue="The hall",
            address="Dover Street",
            postcode="DE1 1AA",
            summary="Juggling.",
            min_age=8,
            max_age=14,
            latitude=52.9,
            longitude=-1.47,
            checked_at=london(2019, 5, 13),
        )
        address = f"/sessions/{session.pk}/calendar.ics"
        calendar = read(client, address)
        (event,) = calendar.walk("VEVENT")
        assert str(event["summary"]) == "Circus, tricks; and more"
        assert event["dtstart"].dt == london(2019, 5, 16, 18)
        assert event["dtend"].dt == london(2019, 5, 16, 19, 30)
        assert event["dtstart"].params["TZID"] == "Europe/London"
        assert str(event["uid"]) == f"{session.pk}@thisisderby" == uid_of(session.pk)
        moment = dt.datetime(2019, 5, 2, 8, tzinfo=dt.UTC)
        assert event["dtstamp"].dt == event["last-modified"].dt == moment
        assert int(event["sequence"]) == 0
        assert str(event["status"]) == "CONFIRMED"
        assert str(event["url"]) == f"http://testserver/sessions/{session.pk}/"
        assert str(event["location"]) == "The hall, Dover Street, DE1 1AA"
        assert (event["geo"].latitude, event["geo"].longitude) == (52.9, -1.47)
        assert event["categories"].cats == ["Sport"]
        assert str(event["description"]).split("\n") == [
            "Juggling.",
            "Ages 8 to 14. It is free.",
            "Checked by the hub on Monday 13 May 2019.",
            f"http://testserver/sessions/{session.pk}/",
        ]
        assert str(calendar["method"]) == "PUBLISH"
        assert not calendar.errors
        disposition = client.get(address)["Content-Disposition"]
        assert disposition == 'inline; filename="session.ics"'

    def test_cancelled(self, client: Client) -> None:
        user = factories.make_user("trust_staff")
        session = at("Boxing")
        before = events(client, f"/sessions/{session.pk}/calendar.ics")[0]
        cancel_session(by=user, session=session, reason="A flood.", now=london(2019, 5, 14, 17))
        (event,) = events(client, f"/sessions/{session.pk}/calendar.ics")
        assert str(event["summary"]) == "Cancelled: Boxing"
        assert str(event["status"]) == "CANCELLED"
        assert int(event["sequence"]) == int(before["sequence"]) + 1
        assert event["last-modified"].dt == london(2019, 5, 14, 17)
        assert event["uid"] == before["uid"]
        assert str(event["description"]).startswith("A flood.\n")
        restore_session(by=user, session=session, now=london(2019, 5, 14, 17))
        (event,) = events(client, f"/sessions/{session.pk}/calendar.ics")
        assert str(event["status"]) == "CONFIRMED"
        assert int(event["sequence"]) == 2

    def test_a_moved_place_reaches_every_diary(self, client: Client) -> None:
        user, session = factories.make_user("trust_staff"), at("Boxing")
        now = london(2019, 5, 14, 17)
        activity = session.activity
        change: dict[str, Any] = {"by": user, "activity": activity, "now": now}
        seen = fingerprint_of(activity)
        change_activity(**change, facts={"venue": "The gym"}, seen=seen)
        (event,) = events(client, f"/sessions/{session.pk}/calendar.ics")
        assert str(event["location"]) == "The gym"
        assert int(event["sequence"]) == 1
        assert event["dtstamp"].dt == now
        activity.refresh_from_db()
        seen = fingerprint_of(activity)
        change_activity(**change, facts={"summary": "Pads."}, seen=seen)
        (event,) = events(client, f"/sessions/{session.pk}/calendar.ics")
        assert int(event["sequence"]) == 1

    def test_in_another_language(self, client: Client) -> None:
        session = at("Boxing")
        ActivityText.objects.create(activity=session.activity, language="pl", title="Boks")
        (event,) = events(client, f"/pl/sessions/{session.pk}/calendar.ics")
        assert str(event["summary"]) == "Boks"
        assert str(event["url"]) == f"http://testserver/pl/sessions/{session.pk}/"

    def test_is_public_and_kept(self, client: Client, pages_are_kept: None) -> None:
        address = f"/sessions/{at('Boxing').pk}/calendar.ics"
        first, second = client.get(address), client.get(address)
        assert first.content == second.content
        assert first["Cache-Control"] == "public, max-age=0, s-maxage=60"
        assert not first.cookies
        again = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
        assert again.status_code == 304


class TestClockChanges:
    @pytest.mark.parametrize(
        ("starts_at", "utc_hour"),
        [
            (london(2019, 3, 24, 18), 18),
            (london(2019, 3, 31, 18), 17),
            (london(2019, 4, 7, 18), 17),
            (london(2019, 10, 20, 18), 17),
            (london(2019, 10, 27, 18), 18),
            (london(2019, 11, 3, 18), 18),
            (london(2019, 3, 31, 9), 8),
            (london(2019, 10, 27, 0, 30), 23),
        ],
    )
    def test_a_session_is_at_the_same_time_on_the_clock(
        self, starts_at: dt.datetime, utc_hour: int
    ) -> None:
        session = at("Boxing", starts_at=starts_at)
        session.refresh_from_db()
        body = calendar_of([session], "x", lambda _: ADDRESS).decode()
        assert f"DTSTART;TZID=Europe/London:{starts_at:%Y%m%dT%H%M%S}\r\n" in body
        (event,) = Calendar.from_ical(body).walk("VEVENT")
        assert event["dtstart"].dt.astimezone(dt.UTC).hour == utc_hour
        assert event["dtend"].dt - event["dtstart"].dt == dt.timedelta(minutes=90)

    def test_a_session_through_the_night_of_the_change(self) -> None:
        session = at("Sleepover", starts_at=london(2019, 10, 26, 22))
        Session.objects.filter(pk=session.pk).update(ends_at=london(2019, 10, 27, 8))
        session.refresh_from_db()
        body = calendar_of([session], "x", lambda _: ADDRESS).decode()
        assert "DTSTART;TZID=Europe/London:20191026T220000" in body
        assert "DTEND;TZID=Europe/London:20191027T080000" in body

    @given(CLOCK)
    @settings(max_examples=60, deadline=None)
    def test_the_zone_that_is_sent_agrees_with_the_official_one(self, moment: dt.datetime) -> None:
        (zone,) = Calendar.from_ical(calendar_of([], "x", lambda _: ADDRESS)).walk("VTIMEZONE")
        local = moment.replace(tzinfo=LONDON)
        if (
            local.astimezone(dt.UTC).astimezone(LONDON) != local
            or local.replace(fold=1).utcoffset() != local.utcoffset()
        ):
            return  # Clocks show this time twice, or never.
        assert moment.replace(tzinfo=zone.to_tz()).utcoffset() == local.utcoffset()


class TestFeeds:
    def test_a_hubs(self, client: Client, now: dt.datetime) -> None:
        hub = factories.make_hub(name="Derwent")
        at("Lately", hub=hub, starts_at=now - 29 * DAY)
        at("Soon", hub=hub)
        at("Far", hub=hub, starts_at=now + 119 * DAY)
        at("Off", hub=hub, cancelled_at=now, starts_at=now + 2 * DAY)
        for title, fields in (
            ("Long ago", {"starts_at": now - 31 * DAY}),
            ("Too far", {"starts_at": now + 121 * DAY}),
            ("Training", {"kind": SessionKind.TRAINING}),
            ("Unconfirmed", {"listed_at": now - HIDDEN_AFTER}),
        ):
            at(title, hub=hub, **fields)
        at("Elsewhere")
        found = titles(client, "/hubs/derwent/calendar.ics")
        assert found == ["Lately", "Cancelled: Off", "Soon", "Far"]
        calendar = read(client, "/hubs/derwent/calendar.ics")
        assert str(calendar["x-wr-calname"]) == str(calendar["name"]) == "#ThisIsDerby: Derwent"
        assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
        assert calendar["refresh-interval"].dt == dt.timedelta(hours=6)

    def test_a_closed_hub_has_none(self, client: Client) -> None:
        factories.make_hub(name="Shut", is_open=False)
        assert client.get("/hubs/shut/calendar.ics").status_code == 404

    def test_what_the_list_is_narrowed_to(self, client: Client, now: dt.datetime) -> None:
        at("Sport")
        art = factories.make_activity(title="Art", kind="arts", min_age=5, max_age=11)
        factories.make_session(activity=art, starts_at=now + 2 * DAY, listed_at=london(2019, 5, 1))
        factories.make_session(activity=art, starts_at=now + 30 * DAY, listed_at=london(2019, 5, 1))
        assert titles(client, "/whats-on.ics") == ["Art", "Sport", "Art"]
        assert titles(client, "/whats-on.ics?kind=arts&age=9") == ["Art", "Art"]
        assert titles(client, "/whats-on.ics?kind=arts&age=16") == []
        # Today moves on and a calendar stays.
        assert titles(client, "/whats-on.ics?kind=arts&day=today") == ["Art", "Art"]
        assert titles(client, "/whats-on.ics?date=2019-06-13") == ["Art"]

    @pytest.mark.parametrize(
        "query", ["age=x", "hub=%00", "day=never", "date=0000-00-00", "need=%00&need=x"]
    )
    def test_no_address_is_a_server_error(self, client: Client, query: str) -> None:
        at("Boxing")
        assert titles(client, f"/whats-on.ics?{query}") == ["Boxing"]

    @pytest.mark.parametrize(
        ("query", "tidy"),
        [
            ("x=1&x=2", "/whats-on.ics"),
            ("page=2&kind=arts&utm_source=x", "/whats-on.ics?kind=arts"),
            ("q=&kind=arts&day=all", "/whats-on.ics?kind=arts&day=all"),
            ("%00=1&date=2019-06-13", "/whats-on.ics?date=2019-06-13"),
        ],
    )
    def test_what_says_nothing_does_not_stay_in_the_address(
        self, client: Client, query: str, tidy: str
    ) -> None:
        response = client.get(f"/whats-on.ics?{query}")
        assert (response.status_code, response["Location"]) == (302, tidy)
        assert client.get(tidy).status_code == 200

    def test_no_longer_than_this(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "FEED_LENGTH", 2)
        for day in (9, 16, 17, 18):
            at(f"Day {day}", starts_at=london(2019, 5, day, 18))
        assert titles(client, "/whats-on.ics") == ["Day 16", "Day 17"]

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self, client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        hub = factories.make_hub(name="Derwent")
        for _ in range(rows):
            at("Boxing", hub=hub)
        # What has changed, the hub, its sessions, their words.
        with django_assert_num_queries(4):
            read(client, "/pl/hubs/derwent/calendar.ics")


class TestSubscribing:
    def test_from_a_hubs_page(self, client: Client) -> None:
        factories.make_hub(name="Derwent")
        page = open_page(client, "/hubs/derwent/")
        for scheme in ("http", "webcal"):
            assert f"{scheme}://testserver/hubs/derwent/calendar.ics" in page.links

    def test_from_the_list_with_what_it_is_narrowed_to(self, client: Client) -> None:
        page = open_page(client, "/whats-on/?kind=arts&age=9&page=2")
        assert "webcal://testserver/whats-on.ics?kind=arts&age=9" in page.links
        assert "webcal://testserver/whats-on.ics" in open_page(client, "/whats-on/").links

    def test_in_another_language(self, client: Client) -> None:
        page = open_page(client, "/pl/whats-on/?kind=arts")
        assert "webcal://testserver/pl/whats-on.ics?kind=arts" in page.links


def whole(sessions: list[Session], name: str) -> bytes:
    """The same calendar, put together and written by icalendar alone."""
    calendar = calendars._empty(name)
    for session in sessions:
        calendar.add_component(calendars._event(calendars._entry(session, ADDRESS)))
    return calendar.to_ical()


def test_events_that_were_kept_are_those_that_would_be_made() -> None:
    sessions = [at("Boxing"), at("Żar, tańca; i więcej " * 5, cancelled_at=THURSDAY)]
    calendars._event_of.cache_clear()
    bodies = [calendar_of(sessions, "#ThisIsDerby", lambda _: ADDRESS) for _ in range(2)]
    assert bodies == [whole(sessions, "#ThisIsDerby")] * 2
    assert calendars._event_of.cache_info().misses == 2
    assert calendars._event_of.cache_info().hits == 2
    assert calendar_of([], "x", lambda _: ADDRESS) == whole([], "x")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", "Ring", "SUMMARY:Ring"),
        ("summary", "Pads.", "DESCRIPTION:Pads."),
        ("venue", "The gym", "LOCATION:The gym"),
        ("kind", "arts", "CATEGORIES:Arts"),
        ("max_age", 99, "to 99"),
        ("is_free", False, "£1"),
        ("latitude", 52.5, "GEO:52.5"),
        ("changed_at", london(2019, 5, 3), "DTSTAMP:20190503T150000Z"),
    ],
)
def test_an_event_follows_every_fact(field: str, value: Any, says: str) -> None:
    """Even where nothing noted when it changed."""
    session = at("Boxing", cost="£1", longitude=-1.4, latitude=52.9)
    before = calendar_of([session], "x", lambda _: ADDRESS).decode().replace("\r\n ", "")
    setattr(session.activity, field, value)
    after = calendar_of([session], "x", lambda _: ADDRESS).decode().replace("\r\n ", "")
    assert says not in before
    assert says in after


def test_an_event_follows_the_language_and_the_sites_address() -> None:
    session = at("Boxing", cancelled_at=THURSDAY)
    assert b"Cancelled: Boxing" in calendar_of([session], "x", lambda _: ADDRESS)
    with translation.override("pl"):
        assert b"Cancelled: Boxing" not in calendar_of([session], "x", lambda _: ADDRESS)
    assert b"URL:http://elsewhere/" in calendar_of([session], "x", lambda _: "http://elsewhere/")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)


@given(title=TEXTS, summary=TEXTS, reason=TEXTS)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_typed_is_a_calendar(title: str, summary: str, reason: str) -> None:
    activity = Activity(title=title, summary=summary, venue=title, kind="sport")
    session = Session(
        activity=activity,
        starts_at=london(2019, 5, 16, 18),
        ends_at=london(2019, 5, 16, 19),
        changed_at=london(2019, 5, 1),
        cancelled_at=london(2019, 5, 2),
        cancellation_reason=reason,
    )
    body = calendar_of([session], title, lambda _: ADDRESS)
    assert body == whole([session], title)
    assert body == calendar_of([session], title, lambda _: ADDRESS)
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert not event.errors
    assert str(event["status"]) == "CANCELLED"
    assert str(event["description"]).endswith(ADDRESS)
    assert str(event["summary"]).startswith("Cancelled:")


def test_the_latest_change_counts() -> None:
    session = at("Boxing")
    assert changed_at(session) == london(2019, 5, 2, 9)
    session.activity.changed_at = london(2019, 5, 3)
    assert changed_at(session) == london(2019, 5, 3)
