"""What search engines are told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.models import Activity, Session, SpokenLanguage
from activities.queries.sessions import SessionPage, Standing
from activities.structured_data import Addresses, event_json, event_of, locale_of
from hubs.models import Organisation
from tests import factories
from tests.factories import london
from tests.pages import open_page

ADDRESSES = Addresses("https://d.example/s/", "https://d.example/og.png", "en_GB")


@pytest.fixture
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def shown(**fields: Any) -> SessionPage:
    usual: dict[str, Any] = {"title": "Boxing", "venue": "Hall", "partner": Organisation(name="Oz")}
    session = Session(
        activity=Activity(**(usual | fields)),
        starts_at=london(2019, 3, 31, 18),
        ends_at=london(2019, 3, 31, 19),
        listed_at=london(2019, 3, 1),
    )
    return SessionPage(session, Standing.COMING, False, [], [], [SpokenLanguage.URDU], [])


def test_every_property() -> None:
    page = shown(
        summary="Pads.", address="Dover Street", postcode="DE1 1AA", latitude=52.9, longitude=-1.4,
        min_age=8, max_age=14,
    )  # fmt: skip
    assert event_of(page, ADDRESSES) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": "https://d.example/s/",
        "url": "https://d.example/s/",
        "name": "Boxing",
        "description": "Pads.",
        "startDate": "2019-03-31T18:00:00+01:00",
        "endDate": "2019-03-31T19:00:00+01:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "Hall",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "Dover Street",
                "addressLocality": "Derby",
                "postalCode": "DE1 1AA",
                "addressCountry": "GB",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 52.9, "longitude": -1.4},
        },
        "organizer": {"@type": "Organization", "name": "Oz"},
        "image": ["https://d.example/og.png"],
        "isAccessibleForFree": True,
        "typicalAgeRange": "8-14",
        "inLanguage": ["ur"],
        "offers": {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "GBP",
            "availability": "https://schema.org/InStock",
            "validFrom": "2019-03-01T16:00:00+00:00",
            "url": "https://d.example/s/",
        },
    }


def test_what_is_not_known_is_left_out() -> None:
    event = event_of(shown(is_free=False), ADDRESSES)
    assert "offers" not in event
    assert event["isAccessibleForFree"] is False
    assert "geo" not in event["location"]
    assert "postalCode" not in event["location"]["address"]


def test_locales() -> None:
    assert [locale_of(each) for each in ("en-gb", "pl", "ur")] == ["en_GB", "pl_PL", "ur_PK"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_nothing_that_is_typed_ends_the_element(text: str) -> None:
    typed = f"</script><!--{text}]]>&amp;"
    script = event_json(shown(title=typed, summary=typed, venue=typed), ADDRESSES)
    assert not set("<>&") & set(script)
    assert json.loads(script)["name"] == typed


@pytest.mark.django_db
@pytest.mark.usefixtures("_clock")
def test_a_page_says_it_and_markup_stays_inside(client: Client) -> None:
    title = "</script><script>alert(1)</script>"
    session = factories.make_session(
        activity=factories.make_activity(title=title),
        starts_at=london(2019, 5, 16, 18),
        listed_at=london(2019, 5, 1),
    )
    page = open_page(client, f"/sessions/{session.pk}/")
    assert page.inline == []
    assert [event["name"] for event in page.data] == [title]
    assert page.data[0]["startDate"] == "2019-05-16T18:00:00+01:00"
    assert page.html.count("</script>") == page.count("script")
