"""Finding a session: distances, search, freshness, what is kept, and whatever people may send."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from activities.filters import BAD_AREA, UNKNOWN_POSTCODE, UNREADABLE_POSTCODE
from activities.models import HIDDEN_AFTER, ActivityText, Session, SessionKind
from hubs.models import Lsoa, Postcode
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
WHATS_ON = "/whats-on/"
NEAR = "/whats-on/near/"
OURS = {"sec-fetch-site": "same-origin"}
AREA = "E01013488"


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def session_called(title: str, *, starts_at: dt.datetime | None = None, **fields: Any) -> Session:
    activity = factories.make_activity(title=title, **fields)
    return factories.make_session(activity=activity, starts_at=starts_at or london(2019, 5, 14, 18))


def titles(page: Page) -> list[str]:
    return page.texts_of("session__title")


@pytest.fixture
def area() -> Lsoa:
    """A small area with two postcodes, whose middle is 52.9, -1.49."""
    ward = factories.make_ward()
    area = Lsoa.objects.create(code=AREA, name="Derby 018A", census_year=2011, ward=ward)
    for number, longitude in enumerate(("-1.48", "-1.50")):
        Postcode.objects.create(
            postcode=f"DE23 {number}PL", latitude="52.9", longitude=longitude, lsoa=area, ward=ward
        )
    return area


# --- Near you ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("area", "empty_cache")
class TestNear:
    @pytest.mark.parametrize(
        "query", ["day=all\0&kind=spo\0rt", "day=all&kind=sport&x=" + "y" * 9999]
    )
    def test_whatever_is_carried_a_good_postcode_stays_good(
        self, client: Client, query: str
    ) -> None:
        response = client.post(NEAR, {"postcode": "DE23 0PL", "query": query}, headers=OURS)
        assert response["Location"] == f"/whats-on/?day=all&kind=sport&near={AREA}"

    @pytest.mark.parametrize("typed", ["DE23 0PL", "de230pl", " dE2 30 Pl "])
    def test_a_postcode_becomes_its_area_and_the_choices_stay(
        self, client: Client, typed: str
    ) -> None:
        query = "day=today&kind=sport&need=toilet&need=bsl&near=E01000001&within=2"
        response = client.post(NEAR, {"postcode": typed, "query": query}, headers=OURS)
        assert response.status_code == 303
        assert response["Location"] == (
            f"/whats-on/?day=today&kind=sport&need=toilet&need=bsl&within=2&near={AREA}"
        )
        assert response["Cache-Control"] == (
            "max-age=0, no-cache, no-store, must-revalidate, private"
        )
        assert response.cookies.output() == ""

    @pytest.mark.parametrize(
        ("typed", "near", "says"),
        [
            ("", "unreadable", UNREADABLE_POSTCODE),
            ("DE23", "unreadable", UNREADABLE_POSTCODE),
            ("my house", "unreadable", UNREADABLE_POSTCODE),
            ("DE23\x000PL", "unreadable", UNREADABLE_POSTCODE),
            ("D" * 5000, "unreadable", UNREADABLE_POSTCODE),
            ("SW1A 1AA", "unknown", UNKNOWN_POSTCODE),
        ],
    )
    def test_what_is_no_postcode_of_derby_is_explained_and_nothing_is_lost(
        self, client: Client, typed: str, near: str, says: str
    ) -> None:
        session_called("Boxing")
        response = client.post(NEAR, {"postcode": typed, "query": "free=on"}, headers=OURS)
        assert (response.status_code, response["Location"]) == (
            303, f"/whats-on/?free=on&near={near}",
        )  # fmt: skip
        page = open_page(client, response["Location"])
        assert page.status == 200
        assert titles(page) == ["Boxing"]
        assert str(says) in page.text
        assert page.element("id_postcode")["aria-invalid"] == "true"
        assert "autofocus" in page.element("id_postcode")
        assert "open" not in page.element("filters-more")
        assert "/whats-on/" in page.links

    @pytest.mark.parametrize(
        ("typed", "near"),
        [("DE23 0PL", AREA), (" de230pl", AREA), ("SW1A 1AA", "unknown")],
    )
    def test_a_postcode_typed_as_a_search_leads_to_what_is_near_it(
        self, client: Client, typed: str, near: str
    ) -> None:
        query = urlencode({"day": "today", "q": typed, "age": "", "near": "E01", "page": "2"})
        response = client.get(f"{WHATS_ON}?{query}")
        assert (response.status_code, response["Location"]) == (
            302, f"/whats-on/?day=today&near={near}",
        )  # fmt: skip
        assert "no-store" in response["Cache-Control"]

    def test_no_log_no_address_and_no_table_holds_the_postcode(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        response = client.post(NEAR, {"postcode": "DE23 0PL"}, headers=OURS, follow=True)
        client.post(NEAR, {"postcode": "DE99 9ZZ"}, headers=OURS, follow=True)
        logged = [record for record in caplog.records if record.name != "django.db.backends"]
        seen = response.content.decode() + str(response.redirect_chain)
        seen += " ".join(record.getMessage() for record in logged)
        for typed in ("DE23 0PL", "DE230PL", "DE23+0PL", "DE23%200PL", "DE99"):
            assert typed.casefold() not in seen.casefold()
        rows = [
            str(row)
            for model in apps.get_models()
            if model is not Postcode
            for row in model._default_manager.values()
        ]
        assert not [row for row in rows if "DE23 0PL" in row or "DE99" in row]

    def test_other_sites_and_too_many_are_refused(self, client: Client) -> None:
        assert client.post(NEAR, {"postcode": "DE23 0PL"}).status_code == 403
        other = {"sec-fetch-site": "cross-site"}
        assert client.post(NEAR, {"postcode": "DE23 0PL"}, headers=other).status_code == 403
        answers = [client.post(NEAR, {"postcode": "x"}, headers=OURS) for _ in range(31)]
        assert [answer.status_code for answer in answers] == [303] * 30 + [429]
        assert client.get(NEAR).status_code == 405

    def test_the_way_back_leads_nowhere_else(self, client: Client) -> None:
        query = "next=//evil.example&free=on&x=1&kind=&page=7"
        response = client.post(NEAR, {"postcode": "DE23 0PL", "query": query}, headers=OURS)
        assert response["Location"] == f"/whats-on/?free=on&near={AREA}"

    def test_distances_stand_on_the_cards(self, client: Client) -> None:
        hub = factories.make_hub(latitude=52.9, longitude=-1.4665)
        session_called("At the hub, a mile east", hub=hub)
        session_called("Own place", hub=hub, latitude=52.9, longitude=-1.4875)
        session_called("Five miles north", hub=None, latitude=52.9724, longitude=-1.49)
        session_called("Nobody knows where", hub=None)
        page = open_page(client, f"{WHATS_ON}?near={AREA}")
        assert dict(zip(titles(page), page.texts_of("session__where"), strict=True)) == {
            "At the hub, a mile east": f"{hub} · The hall · 1.0 mile",
            "Five miles north": "The hall · 5.0 miles",
            "Nobody knows where": "The hall",
            "Own place": f"{hub} · The hall · very near",
        }
        assert "Near you \N{MULTIPLICATION SIGN} (take this filter away)" in page.text
        assert f"/whats-on/?near={AREA}&within=2" in page.links

    @pytest.mark.parametrize(
        ("within", "found"), [("1", ["Half"]), ("2", ["Half", "One and a half"]), ("5", None)]
    )
    def test_within(self, client: Client, within: str, found: list[str] | None) -> None:
        for title, north in (("Half", 0.5), ("One and a half", 1.5), ("Three", 3), ("Seven", 7)):
            session_called(title, hub=None, latitude=52.9 + north / 69.1, longitude=-1.49)
        session_called("Nowhere", hub=None)
        page = open_page(client, f"{WHATS_ON}?near={AREA}&within={within}")
        assert titles(page) == (found or ["Half", "One and a half", "Three"])
        assert f"/whats-on/?near={AREA}" in page.links

    def test_within_means_nothing_without_an_area(self, client: Client) -> None:
        session_called("Boxing")
        assert titles(open_page(client, f"{WHATS_ON}?within=1")) == ["Boxing"]
        page = open_page(client, f"{WHATS_ON}?within=1&near=E01999999")
        assert titles(page) == ["Boxing"]
        assert str(BAD_AREA) in page.text

    def test_taking_the_area_away_takes_the_distance_with_it(self, client: Client) -> None:
        session_called("Boxing", latitude=52.9, longitude=-1.49)
        page = open_page(client, f"{WHATS_ON}?near={AREA}&within=2&free=on")
        assert "/whats-on/?free=on" in page.links


# --- Search -----------------------------------------------------------------------------------------


class TestSearch:
    @pytest.fixture(autouse=True)
    def _sessions(self) -> None:
        normanton = factories.make_hub(name="Normanton", ward=factories.make_ward(name="Arboretum"))
        deda = factories.make_organisation(name="Déda")
        session_called("Football", strand="Football", hub=None)
        session_called("Boxing", hub=normanton, summary="Pads, skipping and footwork.")
        session_called("Street moves", strand="Dance", hub=None, partner=deda)

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("football", ["Football"]),
            ("FOOT", ["Boxing", "Football"]),
            ("futball", ["Football"]),
            ("fotball", ["Football"]),
            ("bocksing", ["Boxing"]),
            ("deda", ["Street moves"]),
            ("Déda", ["Street moves"]),
            ("danse", ["Street moves"]),
            ("normanton", ["Boxing"]),
            ("normanten boxing", ["Boxing"]),
            ("arboretum", ["Boxing"]),
            ("boxing football", []),
            ("zzzqq", []),
            ("futbal", ["Football"]),
            ("Piłka nożna", ["Football"]),
            ("ਫੁੱਟਬਾਲ", ["Football"]),
            ("فٹ بال", ["Football"]),
            ("taniec deda", ["Street moves"]),
        ],
    )
    def test_finds(self, client: Client, search: str, found: list[str]) -> None:
        page = open_page(client, f"{WHATS_ON}?{urlencode({'q': search})}")
        assert titles(page) == found

    def test_says_how_a_word_was_taken(self, client: Client) -> None:
        page = open_page(client, f"{WHATS_ON}?q=bocksing")
        assert page.texts_of("spelling") == [
            "Nothing has “bocksing” in it, so here is what is spelt most like it."
        ]
        assert "Search: bocksing \N{MULTIPLICATION SIGN} (take this filter away)" in page.text
        assert page.element("id_q")["value"] == "bocksing"
        assert open_page(client, f"{WHATS_ON}?q=boxing").texts_of("spelling") == []

    def test_nothing_like_it_offers_the_list_without_the_search(self, client: Client) -> None:
        page = open_page(client, f"{WHATS_ON}?q=zzzqq&free=on")
        assert page.texts_of("hub-link") == ["Without “Search: zzzqq”: 3 sessions"]

    def test_what_is_not_public_is_not_found_and_does_not_help_to_spell(
        self, client: Client
    ) -> None:
        shut = factories.make_hub(name="Quidditch", is_open=False)
        session_called("Quidditch", hub=shut)
        page = open_page(client, f"{WHATS_ON}?q=quidditch")
        assert titles(page) == []
        assert page.text.count("quidditch") == page.text.casefold().count("quidditch")

    def test_what_no_list_shows_is_like_words_that_stand_nowhere(self, client: Client) -> None:
        training = factories.make_activity(title="Xylographers")
        factories.make_session(
            activity=training, starts_at=london(2019, 5, 14, 18), kind=SessionKind.TRAINING
        )
        hidden = session_called("Quokkas")
        put_up = london(2019, 5, 14, 17) - HIDDEN_AFTER
        Session.objects.filter(pk=hidden.pk).update(listed_at=put_up)
        factories.make_activity(title="Jjjjjj")
        pages = [
            open_page(client, f"{WHATS_ON}?q={word}").text.replace(word, "zzzqq")
            for word in ("zzzqq", "xylographers", "xylographer", "quokkas", "jjjjjj")
        ]
        assert pages == [pages[0]] * len(pages)

    @pytest.mark.parametrize("search", ["!!!", "a" * 81, "%00", "' OR 1=1 --", r"\m(", "½", "⑴*"])
    def test_odd_searches(self, client: Client, search: str) -> None:
        assert open_page(client, f"{WHATS_ON}?{urlencode({'q': search})}").status == 200


@pytest.mark.parametrize("is_loaded", [True, False])
def test_distances_are_offered_where_postcodes_are_loaded(
    client: Client, request: pytest.FixtureRequest, is_loaded: bool
) -> None:
    if is_loaded:
        request.getfixturevalue("area")
    page = open_page(client, WHATS_ON)
    assert page.has_id("id_postcode") is is_loaded
    assert ("How far from you?" in page.text) is is_loaded


# --- The other filters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("ward=arboretum", ["In the ward"]),
        ("strand=Boxing", ["Boxing"]),
        ("need=bsl", ["Signed", "Signed, step-free"]),
        ("need=bsl&need=step_free", ["Signed, step-free"]),
        ("speaks=pl", ["Po polsku"]),
        ("speaks=xx", None),
    ],
)
def test_filters(client: Client, address: str, found: list[str] | None) -> None:
    ward = factories.make_ward(name="Arboretum", slug="arboretum")
    session_called("In the ward", hub=factories.make_hub(ward=ward))
    session_called("Boxing", strand="Boxing")
    session_called("Signed", access_needs=["bsl"])
    session_called("Signed, step-free", access_needs=["step_free", "bsl"])
    session_called("Po polsku", languages=["pl", "en"])
    page = open_page(client, f"{WHATS_ON}?{address}")
    everything = ["Boxing", "In the ward", "Po polsku", "Signed", "Signed, step-free"]
    assert titles(page) == (everything if found is None else found)


def test_each_need_can_be_taken_away_alone(client: Client) -> None:
    session_called("Signed", access_needs=["step_free", "bsl"])
    page = open_page(client, f"{WHATS_ON}?need=bsl&need=step_free")
    assert "/whats-on/?need=bsl" in page.links
    assert "/whats-on/?need=step_free" in page.links


def test_finer_kinds_are_those_of_sessions_to_come(client: Client) -> None:
    session_called("Boxing", strand="Boxing")
    session_called("Chess", strand="Chess", starts_at=london(2019, 5, 1))
    factories.make_session(
        activity=factories.make_activity(strand="Training"),
        starts_at=london(2019, 5, 20), kind=SessionKind.TRAINING,
    )  # fmt: skip
    session_called("Shut", strand="Secret", hub=factories.make_hub(is_open=False))
    html = open_page(client, WHATS_ON).html
    assert '<option value="Boxing">Boxing</option>' in html
    for strand in ("Chess", "Training", "Secret"):
        assert f'value="{strand}"' not in html


# --- Freshness and keeping --------------------------------------------------------------------------


def test_unconfirmed_listings_step_down_and_then_hide(client: Client) -> None:
    ages = {"Fresh, late": (1, 19), "Stale, early": (31, 17), "Fresh, early": (29, 18)}
    for title, (days, hour) in (ages | {"Hidden": (46, 18)}).items():
        session = session_called(title, starts_at=london(2019, 5, 14, hour, 30))
        put_up = london(2019, 5, 14, 16) - dt.timedelta(days=days)
        Session.objects.filter(pk=session.pk).update(listed_at=put_up)
    for address in (WHATS_ON, "/"):
        page = open_page(client, address)
        assert titles(page) == ["Fresh, early", "Fresh, late", "Stale, early"], address
        assert [
            "Not checked lately" in tags for tags in page.texts_of("session__tags")
        ] == [False, False, True]  # fmt: skip
    page = open_page(client, f"{WHATS_ON}?q=hidden")
    assert titles(page) == []
    assert "Hidden" not in page.text


@pytest.mark.usefixtures("pages_are_kept")
def test_an_edit_shows_in_the_next_request_of_a_kept_page(client: Client) -> None:
    session = session_called("Boxing")
    for address in (WHATS_ON, "/"):
        first = client.get(address)
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    Session.objects.filter(pk=session.pk).update(
        cancelled_at=london(2019, 5, 14, 16), cancellation_reason="The hall is flooded."
    )
    for address in (WHATS_ON, "/"):
        assert "Cancelled The hall is flooded." in open_page(client, address).text


@pytest.mark.usefixtures("pages_are_kept")
def test_a_kept_page_takes_one_query_and_no_cookie(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session_called("Boxing")
    client.get(WHATS_ON)
    with django_assert_num_queries(1):
        response = client.get(WHATS_ON)
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert "Cookie" not in response.get("Vary", "")
    assert response.cookies.output() == ""


@pytest.mark.usefixtures("area")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/whats-on/", 4),
        (f"/whats-on/?q=bocksing&near={AREA}&within=5&need=bsl&day=all", 4),
        (f"/pl/whats-on/?q=boxing&near={AREA}", 6),
        ("/whats-on/?kind=arts&age=9", 4),
    ],
)
def test_at_most_six_queries_whatever_is_chosen(
    client: Client, address: str, expected: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    place = {"latitude": 52.9, "longitude": -1.49, "access_needs": ["bsl"]}
    for rows in (1, 3):
        while Session.objects.count() < rows:
            session_called("Boxing", **place)
        with django_assert_num_queries(expected):
            open_page(client, address)


def test_words_are_in_the_page_s_language_where_there_are_some(client: Client) -> None:
    session = session_called("Boxing")
    session_called("Football")
    ActivityText.objects.create(activity=session.activity, language="pl", title="Boks")
    page = open_page(client, "/pl/whats-on/")
    assert sorted(titles(page)) == ["Boks", "Football"]
    assert '<h3 class="session__title" lang="en-GB" dir="ltr"><a href="/pl/sessions/' in page.html
    assert page.html.count('<h3 class="session__title"><a href="/pl/sessions/') == 1


# --- Whatever people may send -----------------------------------------------------------------------

NAMES = st.sampled_from(
    ["day", "date", "week", "q", "hub", "ward", "near", "within", "kind", "strand", "age", "free",
     "send", "alone", "need", "speaks", "page", "x"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.sampled_from(
        [
            "",
            "\0",
            "today",
            "all",
            "2019-05-14",
            "9999-12-31",
            "0001-01-01",
            "10000000000",
            "sport",
            "on",
            "elsewhere",
            "bsl",
            "pl",
            AREA,
            "unknown",
            "2",
            "%",
            "\\",
            "a" * 8000,
            "-1",
            "1e9",
            "boxing 'x' \\m(",
            "٣",
        ]
    ),
)
FUZZ = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.usefixtures("area")
@FUZZ
@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_any_address_gives_a_page(client: Client, pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs, errors="surrogatepass")
    response = client.get(f"{WHATS_ON}?{query}", follow=True)
    assert response.status_code == 200
    assert b"</html>" in response.content


@pytest.mark.parametrize(
    "query",
    ["%", "%zz=%00", "=&=&&", "q=%ff%fe", "q[]=1&q[a]=2", "need=a&" * 500, "x" * 8000],
)
def test_broken_addresses_give_a_page(client: Client, query: str) -> None:
    assert client.get(f"{WHATS_ON}?{query}", follow=True).status_code == 200


def test_thousands_of_parameters_are_a_plain_400(client: Client) -> None:
    for query in ("free=on&" * 3000, "&" * 3000):
        assert client.get(f"{WHATS_ON}?{query}").status_code == 400
    body = {f"x{number}": "y" for number in range(3000)}
    assert client.post(NEAR, body, headers=OURS).status_code == 400


@pytest.mark.usefixtures("area", "empty_cache")
@settings(FUZZ, max_examples=100)
@given(
    postcode=st.one_of(st.text(max_size=30), st.just("DE23 0PL")),
    query=st.one_of(st.text(max_size=100), st.lists(st.tuples(NAMES, VALUES)).map(urlencode)),
)
def test_any_postcode_leads_back_to_the_list(
    client: Client, monkeypatch: pytest.MonkeyPatch, postcode: str, query: str
) -> None:
    monkeypatch.setattr("accounts.audience.is_within", lambda *_: True)
    response = client.post(NEAR, {"postcode": postcode, "query": query}, headers=OURS)
    assert response.status_code == 303
    assert response["Location"].startswith("/whats-on/?")
    assert client.get(response["Location"], follow=True).status_code == 200
