"""One session's page as young people get it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from activities.models import (
    HIDDEN_AFTER,
    STALE_AFTER,
    AccessNeed,
    ActivityText,
    BringItem,
    MetBy,
    Session,
    SessionKind,
    SpokenLanguage,
)
from activities.queries.sessions import (
    SHOWN_OF_ACTIVITY,
    SHOWN_OF_SESSION,
    Standing,
    coordinates_of,
    place_of,
    public_session,
    standing_of,
)
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def session_called(title: str, **fields: Any) -> Session:
    """A session this evening, checked by its hub a day ago unless told otherwise."""
    own = ("starts_at", "minutes", "kind", "checked_at", "listed_at", "cancelled_at")
    when = {name: fields.pop(name) for name in (*own, "cancellation_reason") if name in fields}
    activity = factories.make_activity(title=title, **fields)
    usual = {
        "starts_at": london(2019, 5, 14, 18),
        "listed_at": london(2019, 5, 1),
        "checked_at": london(2019, 5, 13),
    }
    return factories.make_session(activity=activity, **(usual | when))


def page_of(client: Client, session: Session, prefix: str = "", query: str = "") -> Page:
    return open_page(client, f"{prefix}/sessions/{session.pk}/{query}")


FACTS = {
    "venue": "Hardwick Primary School",
    "address": "Dover Street",
    "postcode": "DE23 6QP",
    "min_age": 8,
    "max_age": 14,
    "is_free": True,
    "send_friendly": True,
    "welcomes_alone": True,
    "first_ten_minutes": "A name game.",
    "met_by": MetBy.ARTIST,
    "met_where": "At the blue door",
    "bring": [BringItem.WATER, BringItem.TRAINERS],
    "bring_more": "A towel.",
    "bus_stop": "Normanton Road, Hope Street",
    "walk_minutes": 3,
    "getting_there": "Bus 38.",
    "quiet_option": "A room next door.",
    "access_needs": [AccessNeed.HEARING_LOOP, AccessNeed.STEP_FREE],
    "access": "The toilet is on the left.",
    "languages": [SpokenLanguage.ENGLISH, SpokenLanguage.POLISH, SpokenLanguage.BSL],
    "strand": "Circus",
    "summary": "Juggling.",
}


class TestFacts:
    def test_every_fact(self, client: Client) -> None:
        session = session_called(
            "Circus Skills",
            starts_at=london(2019, 7, 13, 16, 30),
            hub=factories.make_hub(name="Derwent hub"),
            partner=factories.make_organisation(name="Artcore"),
            programme=factories.make_programme(name="Plus One"),
            **FACTS,
        )
        page = page_of(client, session)
        for fact in (
            "Circus Skills", "Saturday 13 July 2019", "4:30pm to 6pm",
            "Hardwick Primary School, Dover Street, DE23 6QP", "Derwent hub", "Artcore",
            "Ages 8 to 14. Everybody is welcome. No need to book.", "Nothing, it is free.",
            "SEND friendly", "You are welcome on your own.", "A name game.", "An artist",
            "At the blue door", "A towel.", "Normanton Road, Hope Street",
            "3 minutes on foot from there", "Bus 38.", "A room next door.",
            "The toilet is on the left.", "Programme: Plus One", "Juggling.", "Circus",
            "Checked by the hub on Monday 13 May 2019",
        ):  # fmt: skip
            assert fact in page.text, fact
        assert page.texts_of("session-items") == [
            "A bottle of water Trainers",
            "Step-free way in Hearing loop",
            "English Polski British Sign Language",
        ]
        assert '<li lang="pl">Polski</li>' in page.html

    @pytest.mark.parametrize("places", [0, 12])
    def test_limited_places_are_said_and_how_many_is_not(self, places: int, client: Client) -> None:
        session = session_called("Trip to the museum")
        assert "Places are limited" not in page_of(client, session).text
        Session.objects.filter(pk=session.pk).update(places=places)
        page, easy = page_of(client, session), page_of(client, session, "/en-easy")
        said = "Everybody is welcome. Places are limited. Ask the people who run it for one."
        assert said in page.text
        assert "No need to book." not in page.text
        assert "Only some people can come. Ask the people who run it for a place." in easy.text
        assert "You do not need to book." not in easy.text
        assert "Liczba miejsc jest ograniczona." in page_of(client, session, "/pl").text

    def test_what_is_not_known_is_left_out(self, client: Client) -> None:
        page = page_of(client, session_called("Boxing", is_free=False))
        for word in (
            "Who meets you",
            "What to bring",
            "bus stop",
            "Access and",
            "Languages spoken",
        ):
            assert word not in page.text
        assert "There is a charge. Ask the hub before you come." in page.text
        assert "Bring a friend" in page.text

    def test_what_is_typed_is_text(self, client: Client) -> None:
        typed = "<b>\ue000venue\ue001</b> & 'more'"
        page = page_of(client, session_called(typed, access=typed, venue="Hall"))
        assert page.html.count("&lt;b&gt;\ue000venue\ue001&lt;/b&gt; &amp; &#x27;more&#x27;") >= 3
        assert "<b>" not in page.html

    def test_one_page_says_nothing_of_another(self, client: Client) -> None:
        first = session_called("Boxing", access="One step.", venue="The gym")
        second = session_called("Dance", access="No step.", venue="The hall")
        page_of(client, first)
        page = page_of(client, second)
        assert "No step." in page.text
        for other in ("One step.", "The gym", "Boxing", str(first.pk)):
            assert other not in page.html

    def test_what_it_costs(self, client: Client) -> None:
        page = page_of(client, session_called("Boxing", is_free=False, cost="£1 a time"))
        assert "What it costs £1 a time" in page.text

    def test_one_minute(self, client: Client) -> None:
        page = page_of(client, session_called("Boxing", bus_stop="Here", walk_minutes=1))
        assert "1 minute on foot from there" in page.text

    def test_values_that_no_longer_exist_do_no_harm(self, client: Client) -> None:
        page = page_of(client, session_called("Boxing", bring=["sword", "water"]))
        assert page.texts_of("session-items") == ["A bottle of water"]

    def test_words_of_another_language_and_which_ones_are_not(self, client: Client) -> None:
        session = session_called("Circus Skills", **FACTS)
        ActivityText.objects.create(
            activity=session.activity, language="pl", title="Sztuki cyrkowe"
        )
        page = page_of(client, session, "/pl")
        assert "Sztuki cyrkowe" in page.text
        assert "Circus Skills" not in page.text
        assert '<dd lang="en-GB" dir="ltr">A name game.</dd>' in page.html
        assert '<h1 class="band__title">Sztuki cyrkowe</h1>' in page.html


class TestStanding:
    def test_cancelled_says_so_first_with_reason_and_next_date(self, client: Client) -> None:
        session = session_called(
            "Boxing", cancelled_at=london(2019, 5, 14, 9), cancellation_reason="A flood."
        )
        off = factories.make_session(
            activity=session.activity,
            starts_at=london(2019, 5, 21, 18),
            cancelled_at=london(2019, 5, 14, 9),
            listed_at=london(2019, 5, 1),
        )
        following = factories.make_session(
            activity=session.activity,
            starts_at=london(2019, 5, 28, 18),
            listed_at=london(2019, 5, 1),
        )
        page = page_of(client, session)
        assert "This session is cancelled A flood. The next date is:" in page.text
        assert page.text.index("Cancelled") < page.text.index("Tuesday 14 May 2019")
        assert "<title>Cancelled: Boxing" in page.html
        assert page.links.index(f"/sessions/{following.pk}/") < page.links.index(
            f"/sessions/{off.pk}/"
        )
        assert "I might come" not in page.text
        assert page.data[0]["eventStatus"] == "https://schema.org/EventCancelled"

    def test_cancelled_with_nothing_to_follow(self, client: Client) -> None:
        page = page_of(client, session_called("Boxing", cancelled_at=london(2019, 5, 14, 9)))
        assert "This session is cancelled See what else is on" in page.text

    @pytest.mark.parametrize(
        ("hour", "says"), [(15, "This session is over."), (16, "On now, until 5pm."), (18, "")]
    )
    def test_over_and_on_now(self, client: Client, hour: int, says: str, now: Any) -> None:
        minutes = {15: 60, 16: 61, 18: 90}[hour]
        session = session_called("Boxing", starts_at=london(2019, 5, 14, hour), minutes=minutes)
        if hour == 16:
            Session.objects.filter(pk=session.pk).update(ends_at=now + SECOND)
        text = page_of(client, session).text
        phrases = ("This session is over.", "On now, until 5pm.")
        assert [phrase for phrase in phrases if phrase in text] == ([says] if says else [])
        assert ("I might come" in text) == (hour != 15)

    def test_stale_says_so(self, client: Client, now: dt.datetime) -> None:
        session = session_called("Boxing", listed_at=now - STALE_AFTER, checked_at=None)
        page = page_of(client, session)
        assert "The hub has not checked this for more than 30 days." in page.text
        assert page.meta("robots") == ""
        Session.objects.filter(pk=session.pk).update(listed_at=now - STALE_AFTER + SECOND)
        page = page_of(client, session)
        assert "Listed on Sunday 14 April 2019 and not yet checked by the hub" in page.text
        Session.objects.filter(pk=session.pk).update(checked_at=now - STALE_AFTER + 2 * SECOND)
        page = page_of(client, session)
        assert "Checked by the hub on Sunday 14 April 2019" in page.text

    def test_unconfirmed_opens_for_a_shared_link_and_says_so(
        self, client: Client, now: dt.datetime
    ) -> None:
        session = session_called(
            "Boxing", listed_at=now - 2 * HIDDEN_AFTER, checked_at=now - HIDDEN_AFTER
        )
        page = page_of(client, session)
        says = "The hub has not confirmed this session lately. Ask before you travel."
        assert says in page.text
        assert "It was last checked by the hub on Saturday 30 March 2019." in page.text
        assert page.meta("robots") == "noindex"
        assert page.data == []
        assert not [link for link in page.links if link.endswith(".ics")]
        assert "I might come" not in page.text
        assert client.get(f"/sessions/{session.pk}/calendar.ics").status_code == 404

    def test_what_stands_above_what(self, now: dt.datetime) -> None:
        old = {"listed_at": now - HIDDEN_AFTER, "checked_at": None}
        later, earlier = london(2019, 5, 14, 18), london(2019, 5, 14, 9)
        off = {"cancelled_at": now}
        cases = [
            ({}, Standing.COMING), (off, Standing.CANCELLED), (old, Standing.UNCONFIRMED),
            (old | off, Standing.CANCELLED), ({"starts_at": now}, Standing.ON_NOW),
            ({"starts_at": earlier}, Standing.OVER), ({"starts_at": earlier} | old, Standing.OVER),
            ({"starts_at": earlier} | off, Standing.CANCELLED),
        ]  # fmt: skip
        for fields, standing in cases:
            session = session_called("Boxing", **({"starts_at": later} | fields))
            session.refresh_from_db()
            assert standing_of(session, now) is standing, fields


class TestOtherDates:
    def test_link_to_their_pages(self, client: Client, now: dt.datetime) -> None:
        session = session_called("Boxing")

        def another(day: int, **fields: Any) -> str:
            usual = {"starts_at": london(2019, 5, day, 18), "listed_at": london(2019, 5, 1)}
            made = factories.make_session(activity=session.activity, **(usual | fields))
            return f"/sessions/{made.pk}/"

        shown = [another(21), another(22)]
        hidden = [
            another(23, kind=SessionKind.TRAINING),
            another(24, listed_at=now - HIDDEN_AFTER),
            another(13),
        ]
        links = page_of(client, session).links
        assert [link for link in links if link in shown] == shown
        assert not set(hidden) & set(links)

    def test_what_is_not_public_is_not_there(self, client: Client) -> None:
        closed = factories.make_hub(is_open=False)
        hidden = [
            session_called("Staff training", kind=SessionKind.TRAINING).pk,
            session_called("Closed door", hub=closed).pk,
            UUID("00000000-0000-4000-8000-000000000000"),
        ]
        for pk in hidden:
            for suffix in ("", "calendar.ics"):
                page = open_page(client, f"/sessions/{pk}/{suffix}")
                assert page.status == 404
                assert "Staff training" not in page.text
                assert "Closed door" not in page.text

    @pytest.mark.parametrize(("prefix", "queries"), [("", 3), ("/pl", 5)])
    def test_same_queries_whatever_the_dates(
        self,
        client: Client,
        prefix: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        session = session_called("Boxing", **FACTS)
        for day in range(1, 4):
            factories.make_session(
                activity=session.activity,
                listed_at=london(2019, 5, 1),
                starts_at=london(2019, 5, 14, 18) + dt.timedelta(days=day),
            )
            if day != 2:
                with django_assert_num_queries(queries):
                    page_of(client, session, prefix)


class TestActions:
    def test_what_can_be_done(self, client: Client) -> None:
        session = session_called("Boxing")
        page = page_of(client, session)
        assert f"/sessions/{session.pk}/calendar.ics" in page.links
        assert f"http://testserver/sessions/{session.pk}/" in page.links
        forms = [attrs for tag, attrs in page.elements if tag == "form"]
        assert [form["action"] for form in forms] == [f"/sessions/{session.pk}/might-come/"]
        buttons = [attrs for tag, attrs in page.elements if tag == "button"]
        assert ["hidden" in each for each in buttons if "data-share" in each] == [True]
        saves = [each for each in buttons if "data-save" in each]
        assert [each["data-save-title"] for each in saves] == [
            "Boxing, Tuesday 14 May 2019, 6pm to 7:30pm"
        ]

    def test_in_another_language_the_addresses_stay_in_it(self, client: Client) -> None:
        session = session_called("Boxing")
        page = page_of(client, session, "/pl")
        assert f"/pl/sessions/{session.pk}/calendar.ics" in page.links
        forms = [attrs["action"] for tag, attrs in page.elements if tag == "form"]
        assert forms == [f"/pl/sessions/{session.pk}/might-come/"]
        assert page.meta("og:locale") == "pl_PL"

    def test_thanks_take_the_button_away(self, client: Client) -> None:
        session = session_called("Boxing")
        page = page_of(client, session, query="?thanks")
        assert "Thank you. See you there, perhaps." in page.text
        assert "I might come" not in page.text
        canonical = [
            attrs["href"] for tag, attrs in page.elements if attrs.get("rel") == "canonical"
        ]
        assert canonical == [f"http://testserver/sessions/{session.pk}/"]

    def test_no_thanks_for_what_is_off(self, client: Client) -> None:
        session = session_called("Boxing", cancelled_at=london(2019, 5, 14, 9))
        assert "Thank you" not in page_of(client, session, query="?thanks").text

    def test_what_a_shared_link_shows(self, client: Client) -> None:
        session = session_called('Art & "Craft" <b>', venue="The hall", summary="Paint.")
        page = page_of(client, session)
        assert page.meta("og:title") == 'Art & "Craft" <b> on Tuesday 14 May 2019'
        assert page.meta("og:description") == "6pm to 7:30pm, The hall. Ages 5 to 18. Paint."
        assert page.meta("description") == page.meta("og:description")
        assert page.meta("og:url") == f"http://testserver/sessions/{session.pk}/"
        assert page.meta("og:image") == "http://testserver/static/og.png"
        assert page.inline == []


def test_place_and_coordinates_fall_back_to_the_hubs() -> None:
    hub = factories.make_hub(latitude=52.9, longitude=-1.4)
    activity = factories.make_activity(hub=hub, venue="Hall", address="", postcode="DE1 1AA")
    assert place_of(activity) == "Hall, DE1 1AA"
    assert coordinates_of(activity) == (52.9, -1.4)
    activity.latitude, activity.longitude = 52.0, -1.0
    assert coordinates_of(activity) == (52.0, -1.0)
    assert coordinates_of(factories.make_activity(hub=None)) is None


def test_the_row_of_a_page_is_the_row_of_the_table(client: Client) -> None:
    """Organisations, programme and hub each under their own name, and none where there is none."""
    session = session_called("Everywhere", hub=None)
    shown, stored = public_session(session.pk), Session.objects.get(pk=session.pk)
    for name in SHOWN_OF_SESSION:
        assert getattr(shown, name) == getattr(stored, name), name
    for name in SHOWN_OF_ACTIVITY:
        assert getattr(shown.activity, name) == getattr(stored.activity, name), name
    assert shown.activity.hub is None
    for prefix in ("", "/en-easy"):
        page = open_page(client, f"{prefix}/sessions/{session.pk}/")
        assert page.status == 200
        assert "None" not in page.text
        assert not [link for link in page.links if "/hubs/None/" in link]
