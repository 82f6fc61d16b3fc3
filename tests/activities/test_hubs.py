from __future__ import annotations

import datetime as dt
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from activities.queries.hubs import city_map, hub_cards, hub_page
from hubs.map import Point
from hubs.models import Hub, HubText, Ward, WardBoundary
from hubs.services import ensure_reference_wards
from hubs.wording import EASY_READ, SOURCE, Edition
from tests import factories
from tests.hubs.geography import DERBY_FILES, load, needs_derby
from tests.pages import open_page

pytestmark = pytest.mark.django_db
SQUARE = [[[[-1.5, 52.9], [-1.5, 52.94], [-1.45, 52.94], [-1.45, 52.9], [-1.5, 52.9]]]]
POLISH = Edition("pl")
DAY = dt.timedelta(days=1)


def make_coming(hub: Hub, *, days: int = 1, **fields: Any) -> None:
    """A session at a hub that is days away from now."""
    activity = factories.make_activity(hub=hub)
    starts_at = timezone.now() + days * DAY
    factories.make_session(activity=activity, starts_at=starts_at, **fields)


def forget(hub: Hub) -> None:
    """A session whose hub has not confirmed it for 46 days."""
    make_coming(hub, listed_at=timezone.now() - 46 * DAY)


@pytest.fixture
def abbey() -> Hub:
    ward = ensure_reference_wards()["Abbey"]
    return factories.make_hub(name="Abbey", ward=ward, summary="Art and boxing.")


# --- Counting and words ------------------------------------------------------------------------


def test_only_what_is_confirmed_and_not_cancelled_counts(abbey: Hub) -> None:
    make_coming(abbey)
    forget(abbey)
    make_coming(abbey, cancelled_at=timezone.now())
    make_coming(abbey, days=8)
    factories.make_hub(name="Shut", is_open=False)
    [card] = hub_cards(timezone.now(), SOURCE)
    assert (card, card.coming) == (abbey, 1)  # type: ignore[attr-defined]
    page = hub_page(abbey, timezone.now(), SOURCE)
    # One that is cancelled is shown, as cancelled; one that nobody confirms is not.
    assert [day.count for day in page.days] == [2]


def test_unconfirmed_listings_step_down_within_their_day(abbey: Hub, now: dt.datetime) -> None:
    lately, long_ago = now - dt.timedelta(days=29), now - dt.timedelta(days=31)
    for title, hours, put_up in (
        ("Stale", 1, long_ago), ("Fresh", 2, lately), ("Late", 3, lately),
        ("Stale tomorrow", 24, long_ago), ("Fresh tomorrow", 25, lately),
    ):  # fmt: skip
        factories.make_session(
            activity=factories.make_activity(hub=abbey, title=title),
            starts_at=now + dt.timedelta(hours=hours), minutes=30, listed_at=put_up,
        )  # fmt: skip
    assert [
        [session.activity.title for session in day.sessions]
        for day in hub_page(abbey, now, SOURCE).days
    ] == [["Fresh", "Late", "Stale"], ["Fresh tomorrow", "Stale tomorrow"]]


def test_a_hub_speaks_the_language_of_the_page(abbey: Hub) -> None:
    HubText.objects.create(hub=abbey, language="pl", summary="Sztuka i boks.")
    HubText.objects.create(hub=abbey, language="en-gb", variant="easy", summary="Art. Boxing.")
    now = timezone.now()
    assert [hub.summary for hub in hub_cards(now, POLISH)] == ["Sztuka i boks."]
    assert hub_page(abbey, now, EASY_READ).hub.summary == "Art. Boxing."
    abbey.refresh_from_db()
    assert hub_page(abbey, now, SOURCE).hub.summary == "Art and boxing."


def test_words_that_stayed_english_say_so(client: Client, abbey: Hub) -> None:
    page = open_page(client, "/pl/hubs/abbey/")
    assert [
        attrs["lang"] for _, attrs in page.elements if "band__lede" in attrs.get("class", "")
    ] == ["en-GB"]


@pytest.mark.parametrize("hubs", [1, 3])
def test_lists_ask_the_same_number_of_questions(
    client: Client, hubs: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(hubs):
        make_coming(factories.make_hub(name=f"Hub {number}"))
    # What changed, the hubs; and the wards on the map.
    with django_assert_num_queries(2):
        client.get("/hubs/")
    with django_assert_num_queries(3):
        client.get("/map/")
    with django_assert_num_queries(4):
        client.get("/hubs/hub-0/")


# --- A hub's page --------------------------------------------------------------------------------


def test_a_hub_leads_on(client: Client, abbey: Hub) -> None:
    abbey.address, abbey.postcode = "1 The Street, Derby", "DE1 1AA"
    abbey.save()
    page = open_page(client, "/hubs/abbey/")
    assert "1 The Street, Derby DE1 1AA" in page.text
    assert "http://testserver/hubs/abbey/calendar.ics" in page.links
    assert "/community/abbey/" in page.links
    assert "/map/" in page.links


def test_the_send_hub_has_a_community_of_its_own(client: Client) -> None:
    factories.make_hub(name="SEND", kind="send")
    page = open_page(client, "/hubs/send/")
    assert "/community/send/" in page.links
    assert "The whole city." in page.text


# --- The map -------------------------------------------------------------------------------------


def test_without_shapes_the_wards_are_tiles(client: Client, abbey: Hub) -> None:
    make_coming(abbey)
    send = factories.make_hub(name="SEND", kind="send")
    city = city_map(timezone.now(), is_shaded=False)
    assert city.drawing.frame is None
    assert [place.ward.name for place in city.wards][:2] == ["Abbey", "Allestree"]
    assert len(city.wards) == 17
    assert {place.deprivation for place in city.wards} == {None}
    [shown] = city.hubs
    assert (shown.hub, shown.coming) == (abbey, 1)
    label = city.wards[0].area.label
    assert shown.marker == Point(label.x, label.y - 60)
    assert [(each.hub, each.marker) for each in city.citywide] == [(send, None)]


def test_one_shape_too_few_means_tiles(abbey: Hub) -> None:
    WardBoundary.objects.create(ward=abbey.ward, polygons=SQUARE)
    assert city_map(timezone.now(), is_shaded=False).drawing.frame is None
    Ward.objects.exclude(pk=abbey.ward_id).delete()
    assert city_map(timezone.now(), is_shaded=False).drawing.frame is not None


def test_drawing_and_list_say_the_same(client: Client, abbey: Hub) -> None:
    make_coming(abbey)
    factories.make_hub(name="SEND", kind="send")
    page = open_page(client, "/map/?shading=on")
    labels = [
        attrs["aria-label"] for tag, attrs in page.elements if attrs.get("class") == "map__ward"
    ]
    assert labels[0] == "Abbey ward, deprivation 4 of 5"
    assert len(labels) == 17
    hubs = [attrs for _, attrs in page.elements if attrs.get("class") == "map__hub"]
    assert [(each["href"], each["aria-label"]) for each in hubs] == [
        ("/hubs/abbey/", "Abbey hub: 1 session in the next 7 days")
    ]
    assert page.links.count("/hubs/abbey/") == 2
    assert page.links.count("/hubs/send/") == 2
    assert page.links.count("/community/allestree/") == 2
    assert "English Indices of Deprivation 2019" in page.text
    assert "Most deprived: a score of 40 or more" in page.text


def test_deprivation_shows_only_where_it_is_asked_for(client: Client, abbey: Hub) -> None:
    page = open_page(client, "/map/?shading=off")
    assert "/map/?shading=on" in page.links
    assert "eprived" not in page.text
    assert "data-class" not in page.html
    assert "Office for National Statistics" in page.text


def test_a_map_without_wards_leads_to_the_hubs(client: Client) -> None:
    page = open_page(client, "/map/")
    assert page.status == 200
    assert "The map is not here yet." in page.text
    assert page.count("svg[map__drawing]") == 0


@needs_derby
def test_the_whole_city_is_a_small_page(client: Client) -> None:
    for name, ward in ensure_reference_wards().items():
        factories.make_hub(name=name, ward=ward)
    load({"wards": DERBY_FILES["wards"]})
    response = client.get("/map/?shading=on", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 15_000
    html = client.get("/map/").content.decode()
    drawing = html[html.index('<svg class="map__drawing"') : html.index('<p class="map__legend"')]
    assert fromstring(drawing[: drawing.rindex("</svg>") + 6]).attrib["viewBox"] == "0 0 1000 1000"
    assert drawing.count("<path ") == 17


def test_the_map_follows_the_language_and_the_places_do_not(client: Client, abbey: Hub) -> None:
    page = open_page(client, "/ur/map/")
    assert '<html lang="ur" dir="rtl"' in page.html
    assert "/ur/hubs/abbey/" in page.links
    assert ">Abbey</text>" in page.html
