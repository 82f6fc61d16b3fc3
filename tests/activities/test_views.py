"""The public pages as strangers and staff get them."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from activities.filters import FilterForm
from activities.forms import DayForm
from activities.models import Kind, Session, SessionKind
from activities.queries import listing as queries
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
WHATS_ON = "/whats-on/"
TITLES = "session__title"


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def session_called(title: str, **fields: object) -> Session:
    when = {name: fields.pop(name) for name in ("starts_at", "minutes") if name in fields}
    when["kind"] = fields.pop("session_kind", SessionKind.REGULAR)
    activity = factories.make_activity(title=title, **fields)
    return factories.make_session(
        activity=activity, **({"starts_at": london(2019, 5, 14, 18)} | when)
    )


def titles(page: Page) -> list[str]:
    return page.texts_of(TITLES)


# --- What's on ----------------------------------------------------------------------------------


class TestWhatsOn:
    def test_next_seven_days_grouped_by_day_with_counts(self, client: Client) -> None:
        session_called("Over", starts_at=london(2019, 5, 14, 9))
        session_called("Tonight")
        session_called("On now", starts_at=london(2019, 5, 14, 16))
        session_called("Monday", starts_at=london(2019, 5, 20, 23, 30), minutes=20)
        session_called("Too late", starts_at=london(2019, 5, 21, 0, 0))
        page = open_page(client, WHATS_ON)
        assert titles(page) == ["On now", "Tonight", "Monday"]
        assert page.texts_of("day__title") == [
            "Today Tuesday 14 May 2019 2 sessions",
            "Monday 20 May 2019 1 session",
        ]
        assert page.texts_of("summary") == ["The next 7 days: 3 sessions"]

    @pytest.mark.parametrize(
        ("address", "found"),
        [
            ("day=today", ["Tue"]),
            ("day=tomorrow", ["Wed"]),
            ("day=weekend", ["Sat", "Sun"]),
            ("day=week", ["Tue", "Wed", "Sat", "Sun"]),
            ("day=all", ["Tue", "Wed", "Sat", "Sun", "June"]),
            ("date=2019-05-18", ["Sat"]),
            ("week=2019-05-19", ["Tue", "Wed", "Sat", "Sun"]),
            ("week=2019-06-04", ["June"]),
            ("date=2019-05-07", ["Past"]),
            ("day=weekend&age=9", ["Sun"]),
        ],
    )
    def test_days(self, client: Client, address: str, found: list[str]) -> None:
        for title, day in (("Tue", 14), ("Wed", 15), ("Sat", 18)):
            session_called(title, starts_at=london(2019, 5, day, 18), min_age=11)
        session_called("Sun", starts_at=london(2019, 5, 19, 18), min_age=8)
        session_called("June", starts_at=london(2019, 6, 3, 18))
        session_called("Past", starts_at=london(2019, 5, 7, 18))
        assert titles(open_page(client, f"{WHATS_ON}?{address}")) == found

    def test_a_past_date_says_so(self, client: Client) -> None:
        session_called("Past", starts_at=london(2019, 5, 7, 18))
        page = open_page(client, f"{WHATS_ON}?date=2019-05-07")
        assert page.texts_of("summary") == ["Tuesday 7 May 2019: 1 session These days are over."]
        assert "On now" not in page.text

    def test_training_and_closed_hubs_never_show(self, client: Client) -> None:
        session_called("Staff training", session_kind=SessionKind.TRAINING)
        session_called("Closed door", hub=factories.make_hub(name="Shut", is_open=False))
        for address in ("", "?day=all", "?day=today", "?hub=shut", "?date=2019-05-14"):
            page = open_page(client, WHATS_ON + address)
            assert titles(page) == []
            for leak in ("Staff training", "Closed door", "Shut"):
                assert leak not in page.text

    def test_cancelled_says_so_with_its_reason(self, client: Client) -> None:
        Session.objects.filter(pk=session_called("Boxing").pk).update(
            cancelled_at=london(2019, 5, 14, 9), cancellation_reason="The hall is flooded."
        )
        page = open_page(client, WHATS_ON)
        assert titles(page) == ["Boxing"]
        assert "Cancelled The hall is flooded." in page.text

    def test_nonsense_in_the_address_is_said_and_left_out(self, client: Client) -> None:
        session_called("Boxing")
        page = open_page(client, f"{WHATS_ON}?age=old&hub=x&kind=y&date=z&day=never&page=w")
        assert page.status == 200
        assert titles(page) == ["Boxing"]
        for name in ("age", "kind", "date"):
            assert page.element(f"id_{name}")["aria-invalid"] == "true"
            assert f"id_{name}_error" in page.element(f"id_{name}")["aria-describedby"]
            assert page.has_id(f"id_{name}_error")
        assert page.texts_of("notice--bad") == [
            (
                "We left something out because we could not read it. "
                "Choose one of the days above. Type a date such as 13/07/2019. "
                "Hub: Choose one from the list. Kind: Choose one from the list. "
                "Your age: Type an age in whole years, such as 12."
            )
        ]

    @pytest.mark.parametrize(
        "address",
        [
            "age=%00", "hub=%00", "kind=%00", "date=%00", "day=%00", "page=%00", "send=%00",
            "age=1e9", "age=-5", "date=0000-00-00", "date=9999-12-31", "week=0001-01-01",
            "page=-1", "page=0", "page=99999999999999999999", "hub=a&hub=b", "age=٣",
            "free=maybe", "hub=%F0%9F%8E%A8", "date=2019-05-14&week=2019-05-14",
        ],
    )  # fmt: skip
    def test_no_address_is_a_server_error(self, client: Client, address: str) -> None:
        session_called("Boxing")
        assert open_page(client, f"{WHATS_ON}?{address}").status == 200

    def test_nothing_found_offers_the_next_day_and_one_choice_fewer(self, client: Client) -> None:
        session_called("Sport", kind=Kind.SPORT)
        session_called("Art", kind=Kind.ARTS, starts_at=london(2019, 6, 1, 18))
        session_called("Later art", kind=Kind.ARTS, starts_at=london(2019, 6, 2, 18))
        page = open_page(client, f"{WHATS_ON}?day=today&kind=arts&free=on")
        assert titles(page) == []
        assert "something that fits is Saturday 1 June 2019" in page.text
        assert "/whats-on/?date=2019-06-01&kind=arts&free=on" in page.links
        assert "/whats-on/?day=all&kind=arts&free=on" in page.links
        assert page.texts_of("hub-link") == ["Without “Arts”: 1 session"]
        assert "/whats-on/?day=today&free=on" in page.links

    def test_nearest_alternatives_stand_best_first(self, client: Client) -> None:
        for number, fields in enumerate(({"kind": Kind.ARTS}, {"min_age": 12}, {"min_age": 12})):
            session_called(f"Number {number}", **fields)
        page = open_page(client, f"{WHATS_ON}?kind=sport&age=9")
        assert page.texts_of("hub-link") == [
            "Without “Age 9”: 2 sessions", "Without “Sport”: 1 session",
        ]  # fmt: skip

    def test_nothing_at_all_says_what_to_do(self, client: Client) -> None:
        session_called("Sport", kind=Kind.SPORT)
        page = open_page(client, f"{WHATS_ON}?kind=arts&age=70")
        assert titles(page) == []
        assert "Nothing that fits all of this is planned on any date." in page.text
        assert "Show the 1 session on these days" in page.text
        assert page.links.count(WHATS_ON) >= 3

    def test_cancelled_is_never_offered_instead(self, client: Client) -> None:
        off = session_called("Off", starts_at=london(2019, 6, 1, 18))
        Session.objects.filter(pk=off.pk).update(cancelled_at=london(2019, 5, 1))
        assert titles(open_page(client, f"{WHATS_ON}?day=today")) == []

    def test_pages_keep_the_filters(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "SESSIONS_PER_PAGE", 2)
        for number in range(5):
            session_called(f"Art {number}", kind=Kind.ARTS)
        page = open_page(client, f"{WHATS_ON}?kind=arts&page=2")
        assert titles(page) == ["Art 2", "Art 3"]
        assert "?kind=arts&page=1" in page.links
        assert "?kind=arts&page=3" in page.links
        assert page.texts_of("day__count") == ["5 sessions"]

    def test_day_chips_keep_the_filters_and_leave_the_page(self, client: Client) -> None:
        page = open_page(client, f"{WHATS_ON}?kind=arts&date=2019-05-14&page=2")
        assert "/whats-on/?day=tomorrow&kind=arts" in page.links

    def test_what_is_typed_is_not_markup(self, client: Client) -> None:
        page = open_page(client, f"{WHATS_ON}?kind=%22%3E%3Cscript%3E&age=%3Cb%3E&hub=%3Ci%3E")
        assert page.inline == []
        assert "<b>" not in page.html
        assert "<i>" not in page.html

    @pytest.mark.parametrize("prefix", ["", "/pl", "/en-easy"])
    def test_what_means_nothing_does_not_stay_in_the_address(
        self, client: Client, prefix: str
    ) -> None:
        start = f"{prefix}{WHATS_ON}"
        for query, tidy in (
            ("x=1", ""),
            ("x=1&x=2&utm_source=a%26b", ""),
            ("%00=1&kind=arts&fbclid=x&need=bsl&need=toilet", "?kind=arts&need=bsl&need=toilet"),
            ("page=2&visit=1&q=a+b", "?page=2&q=a+b"),
        ):
            response = client.get(f"{start}?{query}")
            assert (response.status_code, response["Location"]) == (302, f"{start}{tidy}")
            assert client.get(f"{start}{tidy}").status_code == 200

    def test_no_choice_is_taken_for_noise(self, client: Client) -> None:
        for name in (*DayForm.base_fields, *FilterForm.base_fields, "page"):
            assert client.get(f"{WHATS_ON}?{name}=1").status_code == 200, name

    def test_empty_fields_of_a_form_do_not_stay_in_the_address(self, client: Client) -> None:
        response = client.get(f"{WHATS_ON}?day=today&q=&hub=&kind=arts&age=")
        assert (response.status_code, response["Location"]) == (
            302, "/whats-on/?day=today&kind=arts",
        )  # fmt: skip
        assert client.get(f"{WHATS_ON}?q=")["Location"] == WHATS_ON

    @pytest.mark.parametrize("address", ["", "?hub=a-hub&kind=sport&age=9&free=on"])
    def test_same_queries_for_one_three_and_fifty_rows(
        self, client: Client, address: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        activity = factories.make_activity(hub=factories.make_hub(name="A hub"))
        # What has changed, what there is to choose from, the counts by day, the page.
        expected = 4
        made = 0
        for rows in (1, 3, 50):
            while made < rows:
                start = london(2019, 5, 14, 18) + dt.timedelta(hours=3 * made)
                factories.make_session(activity=activity, starts_at=start)
                made += 1
            with django_assert_num_queries(expected):
                open_page(client, WHATS_ON + address)


# --- Hubs -------------------------------------------------------------------------------------------


class TestHubs:
    def test_list_counts_the_next_seven_days(self, client: Client) -> None:
        hub = factories.make_hub(name="Abbey hub", ward=factories.make_ward(name="Abbey"))
        factories.make_hub(name="SEND hub", kind="send")
        factories.make_hub(name="Shut hub", is_open=False)
        session_called("Boxing", hub=hub)
        page = open_page(client, "/hubs/")
        assert page.texts_of("hub-card") == [
            "Abbey hub Abbey ward 1 session in the next 7 days",
            "SEND hub For the whole city Nothing in the next 7 days",
        ]

    def test_detail(self, client: Client) -> None:
        hub = factories.make_hub(
            name="Abbey hub", ward=factories.make_ward(name="Abbey"), summary="After school.",
            venue="Church Hall", address="47 Church Street",
            coordinated_by=factories.make_organisation(name="Metropolitan"),
        )  # fmt: skip
        session_called("Boxing", hub=hub)
        session_called("Elsewhere")
        session_called("Next week", hub=hub, starts_at=london(2019, 5, 21))
        session_called("Staff training", hub=hub, session_kind=SessionKind.TRAINING)
        page = open_page(client, "/hubs/abbey-hub/")
        assert titles(page) == ["Boxing"]
        for fact in (
            "Abbey ward",
            "After school.",
            "Church Hall",
            "47 Church Street",
            "Metropolitan",
        ):
            assert fact in page.text

    def test_send_hub_is_citywide(self, client: Client) -> None:
        factories.make_hub(name="SEND hub", kind="send")
        page = open_page(client, "/hubs/send-hub/")
        assert "The whole city." in page.text
        assert "Nothing in the next 7 days" in page.text

    @pytest.mark.parametrize("slug", ["shut-hub", "nowhere"])
    def test_what_is_not_open_is_not_there(self, client: Client, slug: str) -> None:
        factories.make_hub(name="Shut hub", is_open=False)
        page = open_page(client, f"/hubs/{slug}/")
        assert page.status == 404
        assert "Shut hub" not in page.text

    def test_same_queries_for_one_and_three_rows(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        hub = factories.make_hub(name="Abbey hub")
        for rows in (1, 3):
            while Session.objects.count() < rows:
                session_called("Boxing", hub=hub)
                factories.make_hub()
            with django_assert_num_queries(2):
                open_page(client, "/hubs/")
            # One of them is "You said, we did".
            with django_assert_num_queries(4):
                open_page(client, "/hubs/abbey-hub/")


# --- What every public page owes its readers -------------------------------------------------------------


@pytest.fixture
def busy_city() -> list[str]:
    """Three days of twenty sessions in ten hubs, and every public address of them."""
    hubs = [factories.make_hub(name=f"Hub of {word}") for word in "ABCDEFGHIJ"]
    for number in range(60):
        session = session_called(
            f"Creative Art Club with Metropolitan, group {number}",
            hub=hubs[number % 10],
            starts_at=london(2019, 5, 14 + number // 20, 18),
            venue="47 Church Street Community Centre",
            send_friendly=True,
            welcomes_alone=True,
        )
    return [
        "/", WHATS_ON, f"{WHATS_ON}?day=all&kind=sport&age=9", f"{WHATS_ON}?date=2030-01-01",
        f"{WHATS_ON}?age=x&date=y", f"/sessions/{session.pk}/", "/hubs/", f"/hubs/{hubs[0].slug}/",
        "/sessions/00000000-0000-4000-8000-000000000000/", "/hubs/nowhere/",
    ]  # fmt: skip


def test_same_bytes_for_staff_and_strangers_and_no_cookie(
    client: Client, busy_city: list[str]
) -> None:
    staff = Client()
    staff.force_login(factories.make_user(Role.TRUST_STAFF, Role.COORDINATOR))
    for address in busy_city:
        answers = [visitor.get(address) for visitor in (client, staff, staff)]
        assert len({answer.content for answer in answers}) == 1, address
        for answer in answers:
            assert "Cookie" not in answer.get("Vary", ""), address
            assert answer.cookies.output() == "", address
            assert not answer.has_header("Set-Cookie")


def test_public_pages_may_be_kept_for_a_minute(client: Client, busy_city: list[str]) -> None:
    for address in busy_city[:-2]:
        assert client.get(address)["Cache-Control"] == "public, max-age=0, s-maxage=60"
        assert client.get(address).has_header("ETag")


def test_nothing_inline_and_a_policy_that_forbids_it(client: Client, busy_city: list[str]) -> None:
    for address in busy_city:
        page = open_page(client, address)
        assert page.inline == [], address
        policy = page.response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy


def test_pages_are_light(client: Client, busy_city: list[str]) -> None:
    for address in busy_city:
        page = open_page(client, address)
        files = [Path(found) for link in page.files if (found := finders.find(link[8:]))]
        assert len(files) == len(page.files)
        contents = [page.response.content, *(file.read_bytes() for file in files)]
        weight = sum(len(gzip.compress(content)) for content in contents)
        assert weight < (50_000 if address == "/" else 100_000), f"{address}: {weight} bytes"


def test_one_heading_landmarks_and_a_way_past_the_header(
    client: Client, busy_city: list[str]
) -> None:
    for address in busy_city:
        page = open_page(client, address)
        assert page.count("h1") == 1, address
        assert page.count("main") == page.count("header[site-header]") == page.count("footer") == 1
        assert "#main" in page.links
        assert re.search(r"<title>[^<]{10,}</title>", page.html)
        assert '<html lang="en-GB" dir="ltr">' in page.html
        assert len(page.ids) == len(set(page.ids)), address


def test_names_of_the_addresses() -> None:
    pk = UUID(int=1)
    assert reverse("activities:whats_on") == WHATS_ON
    assert reverse("activities:session_detail", args=[pk]) == f"/sessions/{pk}/"
    assert reverse("activities:hub_list") == "/hubs/"
    assert reverse("activities:hub_detail", args=["abbey"]) == "/hubs/abbey/"
