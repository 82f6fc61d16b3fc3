"""Two taps and an idea as a visitor sends them: no cookie, no name, not too often."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from activities.models import Feedback, Mood, NextWish, SaidDid, Session, SessionKind, Suggestion
from tests import factories
from tests.pages import Page, open_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
OWN = {"HTTP_ORIGIN": "http://testserver"}
DAY = dt.timedelta(days=1)
SECRET = re.compile(r'name="secret" value="([^"]+)"')


@pytest.fixture
def session() -> Session:
    return lately()


def lately(**fields: Any) -> Session:
    return factories.make_session(**({"starts_at": timezone.now() - DAY} | fields))


def tap(client: Client, session: Session, mood: Any = 5, **headers: str) -> Any:
    return client.post(f"/sessions/{session.pk}/feedback/", {"mood": mood}, **(OWN | headers))


def wish(client: Client, session: Session, **given: str) -> Any:
    return client.post(f"/sessions/{session.pk}/feedback/next/", given, **OWN)


def suggest(client: Client, session: Session, words: str, **headers: str) -> Any:
    address = f"/sessions/{session.pk}/feedback/thanks/"
    return client.post(address, {"words": words}, **(OWN | headers))


def without_a_trace(response: Any) -> bool:
    return not response.cookies and "Cookie" not in response.get("Vary", "")


def test_two_taps_and_an_idea(client: Client, session: Session) -> None:
    page = open_page(client, f"/sessions/{session.pk}/feedback/")
    faces = [attrs["value"] for tag, attrs in page.elements if attrs.get("name") == "mood"]
    assert faces == ["5", "4", "3", "2", "1"]
    first = tap(client, session, 2)
    assert first.status_code == 200
    assert "no-store" in first["Cache-Control"]
    row = Feedback.objects.get()
    assert (row.session, row.mood, row.wish) == (session, Mood.NOT_GOOD, "")
    assert row.given_at.minute == row.given_at.second == row.given_at.microsecond == 0
    offered = [attrs["value"] for _, attrs in Page(first).elements if attrs.get("name") == "wish"]
    assert offered == [*NextWish.values, ""]
    [secret] = SECRET.findall(first.text)
    second = wish(client, session, secret=secret, wish="smaller")
    assert (second.status_code, second["Location"]) == (
        303, f"/sessions/{session.pk}/feedback/thanks/",
    )  # fmt: skip
    row.refresh_from_db()
    assert row.wish == "smaller"
    third = suggest(client, session, "Could it be quieter?")
    assert third["Location"] == f"/sessions/{session.pk}/feedback/thanks/?sent"
    assert Suggestion.objects.get().words == "Could it be quieter?"
    thanks = client.get(third["Location"])
    assert "Your idea is with the hub" in thanks.text
    assert "quieter?" not in thanks.text
    assert all(without_a_trace(each) for each in (page.response, first, second, third, thanks))


def test_the_page_of_the_session_leads_there_while_it_is_open(
    client: Client, session: Session
) -> None:
    now = timezone.now()
    for fields, is_there in (
        ({}, True),
        ({"starts_at": now + DAY}, False),
        ({"starts_at": now - 5 * DAY}, False),
        ({"cancelled_at": now}, False),
    ):
        each = lately(**fields)
        for prefix in ("", "/pl", "/en-easy"):
            page = open_page(client, f"{prefix}/sessions/{each.pk}/")
            link = f"{prefix}/sessions/{each.pk}/feedback/"
            assert (link in page.links) is is_there, (fields, prefix)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts_at": dt.timedelta(days=1)}, "It has not begun yet."),
        ({"starts_at": dt.timedelta(days=-5)}, "Too late for this one."),
        ({"cancelled_at": dt.timedelta()}, "This session is cancelled"),
    ],
    ids=["early", "late", "cancelled"],
)
def test_outside_its_time_nothing_is_taken(
    client: Client, fields: dict[str, dt.timedelta], words: str
) -> None:
    shut = lately(**{name: timezone.now() + delta for name, delta in fields.items()})
    page = open_page(client, f"/sessions/{shut.pk}/feedback/")
    assert words in page.text
    assert 'name="mood"' not in page.html
    assert "<textarea" not in client.get(f"/sessions/{shut.pk}/feedback/thanks/").text
    assert tap(client, shut).status_code == 303
    assert suggest(client, shut, "More")["Location"] == f"/sessions/{shut.pk}/feedback/"
    assert not Feedback.objects.exists()
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("mood", ["", "0", "6", "brilliant", "5; drop"])
def test_no_face_is_nothing(client: Client, session: Session, mood: str) -> None:
    response = tap(client, session, mood)
    assert (response.status_code, Feedback.objects.count()) == (303, 0)


def test_replays_change_no_more_than_the_wish_of_that_row(client: Client, session: Session) -> None:
    other = lately()
    tap(client, session, 1)
    [secret] = SECRET.findall(tap(client, session, 5).text)
    wish(client, session, secret=secret, wish="new")
    wish(client, session, secret=secret, wish="pizza")
    wish(client, other, secret=secret, wish="friends")
    wish(client, session, secret=f"{secret}x", wish="friends")
    wish(client, session, wish="friends")
    rows = Feedback.objects.order_by("mood").values_list("session", "mood", "wish")
    assert list(rows) == [(session.pk, 1, ""), (session.pk, 5, "new")]
    wish(client, session, secret=secret, wish="")
    assert Feedback.objects.get(mood=5).wish == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "https://elsewhere.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
    ],
    ids=["origin", "null", "site"],
)
def test_other_sites_say_nothing(client: Client, session: Session, headers: dict[str, str]) -> None:
    assert tap(client, session, **headers).status_code == 403
    assert suggest(client, session, "More", **headers).status_code == 403
    assert client.post(f"/sessions/{session.pk}/feedback/next/").status_code == 403
    assert not Feedback.objects.exists()
    assert not Suggestion.objects.exists()


def test_what_is_not_public_is_not_there(client: Client) -> None:
    closed = factories.make_activity(hub=factories.make_hub(is_open=False))
    for each in (lately(kind=SessionKind.TRAINING), lately(activity=closed)):
        assert client.get(f"/sessions/{each.pk}/feedback/").status_code == 404
        assert client.get(f"/sessions/{each.pk}/feedback/thanks/").status_code == 404
        assert tap(client, each).status_code == 404
        assert wish(client, each, secret="x", wish="new").status_code == 404
        assert suggest(client, each, "More").status_code == 404
    assert client.get(f"/hubs/{closed.hub.slug}/you-said/").status_code == 404


class TestHowOften:
    def test_a_family_or_a_group_on_one_network_fits_and_a_flood_does_not(
        self, client: Client, session: Session
    ) -> None:
        answers = [tap(client, session).status_code for _ in range(41)]
        assert answers == [200] * 40 + [429]
        assert tap(client, lately()).status_code == 200
        assert Feedback.objects.count() == 41
        stranger = tap(client, session, REMOTE_ADDR="203.0.113.9")
        assert stranger.status_code == 200

    def test_ideas_are_counted_apart(self, client: Client, session: Session) -> None:
        answers = [suggest(client, session, "More").status_code for _ in range(11)]
        assert answers == [303] * 10 + [429]
        assert tap(client, session).status_code == 200

    def test_nothing_is_kept_of_who_it_was(self, client: Client, session: Session) -> None:
        tap(client, session, REMOTE_ADDR="203.0.113.77")
        suggest(client, session, "More", REMOTE_ADDR="203.0.113.77")
        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key, value FROM derby_portal_cache")
            assert "203.0.113" not in repr(cursor.fetchall())
            cursor.execute("SELECT count(*) FROM accounts_auditentry")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM django_session")
            assert cursor.fetchone() == (0,)


def test_an_idea_that_cannot_be_taken_loses_nothing(client: Client, session: Session) -> None:
    response = suggest(client, session, "x" * 281)
    assert response.status_code == 422
    assert "x" * 281 in response.text
    assert "That is too long" in response.text
    assert suggest(client, session, "   ").status_code == 422
    assert not Suggestion.objects.exists()


def test_a_citywide_session_takes_faces_but_no_ideas(client: Client) -> None:
    citywide = lately(activity=factories.make_activity(hub=None))
    assert tap(client, citywide).status_code == 200
    assert "<textarea" not in client.get(f"/sessions/{citywide.pk}/feedback/thanks/").text
    assert suggest(client, citywide, "More").status_code == 303
    assert not Suggestion.objects.exists()


def make_shown(session: Session, said: str = "A quieter corner", **fields: Any) -> SaidDid:
    fields = {"did": "There is one", "published_at": timezone.now() - DAY} | fields
    return SaidDid.objects.create(hub=session.activity.hub, said=said, **fields)


def test_what_hubs_did_and_never_what_somebody_wrote(client: Client, session: Session) -> None:
    hub = session.activity.hub
    shown = make_shown(session)
    make_shown(session, "A draft", published_at=None)
    make_shown(session, "Taken down", withdrawn_at=timezone.now())
    make_shown(session, "Not yet", published_at=timezone.now() + DAY)
    make_shown(lately(), "Another hub's")
    Suggestion.objects.create(hub=hub, words="Their own words", answer=shown, state="kept")
    shown.texts.create(language="pl", said="Cichy kąt", did="Jest")
    shown.texts.create(language="en-gb", variant="easy", said="You want quiet.", did="Yes.")
    said = {"": "A quieter corner", "/pl": "Cichy kąt", "/en-easy": "You want quiet."}
    for prefix, words in said.items():
        for address in (f"/hubs/{hub.slug}/", f"/hubs/{hub.slug}/you-said/"):
            page = open_page(client, f"{prefix}{address}")
            assert words in page.text
            for hidden in ("A draft", "Taken down", "Not yet", "Another hub", "Their own words"):
                assert hidden not in page.text
            assert without_a_trace(page.response)


def test_kept_pages_are_made_anew_when_something_is_shown(
    client: Client, session: Session, pages_are_kept: None
) -> None:
    addresses = [f"{session.activity.hub.slug}/", f"{session.activity.hub.slug}/you-said/"]
    for address in addresses:
        assert "A quieter corner" not in client.get(f"/hubs/{address}").text
    shown = make_shown(session)
    for address in addresses:
        assert "A quieter corner" in client.get(f"/hubs/{address}").text
    shown.texts.create(language="pl", said="Cichy kąt", did="Jest")
    assert "Cichy kąt" in client.get(f"/pl/hubs/{addresses[1]}").text
    SaidDid.objects.update(withdrawn_at=timezone.now())
    for address in addresses:
        assert "A quieter corner" not in client.get(f"/hubs/{address}").text


@pytest.mark.parametrize("number", [1, 3])
def test_lists_ask_the_same_number_of_questions(
    client: Client,
    session: Session,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for each in range(number):
        make_shown(session, f"Said {each}")
    # What changed; the hub; what it did.
    with django_assert_num_queries(3):
        client.get(f"/hubs/{session.activity.hub.slug}/you-said/")
    # What changed, and the session.
    with django_assert_num_queries(2):
        client.get(f"/sessions/{session.pk}/feedback/")


@pytest.mark.parametrize("code", [code for code, _ in settings.LANGUAGES])
def test_every_edition_opens(client: Client, session: Session, code: str) -> None:
    prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
    make_shown(session)
    for path in ("feedback/", "feedback/thanks/"):
        page = open_page(client, f"{prefix}/sessions/{session.pk}/{path}")
        assert (page.status, page.inline) == (200, [])
    assert client.get(f"{prefix}/hubs/{session.activity.hub.slug}/you-said/").status_code == 200
    taken = client.post(f"{prefix}/sessions/{session.pk}/feedback/", {"mood": 3}, **OWN)
    # Whoever changes the language after the first tap comes to the faces, not to an error.
    elsewhere = next(each for each in Page(taken).links if each.endswith("/feedback/"))
    assert client.get(elsewhere).status_code == 200
