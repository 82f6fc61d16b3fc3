from __future__ import annotations

import datetime as dt
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audience import LINK, PUBLIC
from derby_portal.search_engines import CLOSED, MOST_SESSIONS, OPEN, entries
from evaluation.models import PageTopic, Story
from hubs.services import ensure_reference_wards
from tests import factories
from tests.structure.test_audience import ADDRESSES, address, audience_of

pytestmark = pytest.mark.django_db
SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
SITE = "http://testserver"


def paths() -> list[str]:
    return [entry.path for entry in entries(timezone.now())]


def test_every_kind_of_public_page_is_in_it(client: Client) -> None:
    wards = ensure_reference_wards()
    factories.make_hub(name="Abbey", ward=wards["Abbey"])
    factories.make_hub(name="SEND", kind="send")
    tomorrow = timezone.now() + dt.timedelta(days=1)
    session = factories.make_session(starts_at=tomorrow)
    story = Story.objects.create(
        title="Paint", summary="Paint.", body="Paint.", published_at=timezone.now()
    )

    response = client.get("/sitemap.xml")

    assert response["Content-Type"] == "application/xml"
    root = fromstring(response.content)
    found = [each.text for each in root.findall("s:url/s:loc", SPACES)]
    assert len(found) == len(set(found))
    for path in (
        "/",
        "/whats-on/",
        "/hubs/",
        "/map/",
        "/hubs/abbey/",
        "/hubs/send/",
        "/community/",
        "/community/abbey/",
        "/community/allestree/",
        "/community/send/",
        "/story-so-far/",
        "/romani/",
        f"/sessions/{session.pk}/",
        f"/stories/{story.pk}/",
        *(f"/about/{topic}/" for topic in PageTopic.values),
    ):
        assert f"{SITE}{path}" in found
    languages = [
        (each.attrib["hreflang"], each.attrib["href"])
        for each in root.findall("s:url", SPACES)[1].findall("x:link", SPACES)
    ]
    assert languages == [
        ("en-GB", f"{SITE}/whats-on/"),
        *(
            (code, f"{SITE}/{code}/whats-on/")
            for code in ("pl", "pa", "ur", "sk", "ro", "cs", "lv")
        ),
    ]


def test_what_is_not_public_is_not_in_it() -> None:
    now = timezone.now()
    soon, past = now + dt.timedelta(days=1), now - dt.timedelta(days=1)
    shut = factories.make_hub(name="Shut", is_open=False)
    hidden = [
        factories.make_session(starts_at=soon, listed_at=now - dt.timedelta(days=46)),
        factories.make_session(starts_at=past),
        factories.make_session(starts_at=soon, kind="training"),
        factories.make_session(starts_at=soon, activity=factories.make_activity(hub=shut)),
    ]
    fields = {"title": "T", "summary": "S", "body": "B"}
    stories = [
        Story.objects.create(**fields),
        Story.objects.create(**fields, published_at=soon),
        Story.objects.create(**fields, published_at=past, withdrawn_at=now),
    ]
    found = " ".join(paths())
    assert "/hubs/shut/" not in found
    for each in (*hidden, *stories):
        assert str(each.pk) not in found


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_same_number_of_questions(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        factories.make_session(starts_at=timezone.now() + dt.timedelta(days=1))
    with django_assert_num_queries(4):
        found = paths()
    assert sum(path.startswith("/sessions/") for path in found) == count


def test_it_stays_small() -> None:
    activity = factories.make_activity()
    for number in range(MOST_SESSIONS + 1):
        starts_at = timezone.now() + dt.timedelta(hours=number + 1)
        factories.make_session(activity=activity, starts_at=starts_at)
    assert sum(path.startswith("/sessions/") for path in paths()) == MOST_SESSIONS


def test_it_is_the_same_in_every_language(client: Client) -> None:
    plain = client.get("/sitemap.xml").content
    assert client.get("/sitemap.xml", headers={"Accept-Language": "ur"}).content == plain
    assert f"<loc>{SITE}/</loc>".encode() in plain


def test_robots_are_told_of_the_sitemap(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    parser = RobotFileParser()
    parser.parse(response.content.decode().splitlines())
    assert parser.site_maps() == [f"{SITE}/sitemap.xml"]
    assert parser.can_fetch("*", f"{SITE}/whats-on/")
    assert not parser.can_fetch("*", f"{SITE}/reports/")


def is_closed(path: str) -> bool:
    """As engines match: prefixes, with a star for anything, and what is allowed below one."""
    if path.startswith(OPEN):
        return False
    for closed in CLOSED:
        start, _, end = closed.partition("*")
        if path.startswith(start) and end in path[len(start) :]:
            return True
    return False


@pytest.mark.parametrize("name", ADDRESSES)
def test_staff_pages_are_closed_to_robots_and_public_ones_are_not(name: str) -> None:
    if name == "healthz":
        return
    assert is_closed(address(name)) == (audience_of(name) not in {PUBLIC, LINK})
