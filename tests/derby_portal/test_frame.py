"""The frame of public pages: right for every address, whatever was asked for before."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from hypothesis import example, given
from hypothesis import settings as how
from hypothesis import strategies as st

from derby_portal.frame import ADDRESS, ORIGIN, PATH, page_frame
from tests.pages import open_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["", "/pl", "/en-easy"])
def test_links_lead_to_the_same_page_in_each_edition(client: Client, prefix: str) -> None:
    page = open_page(client, f"{prefix}/whats-on/?day=today&kind=sport")
    for code, _ in settings.LANGUAGES:
        start = "" if code == settings.LANGUAGE_CODE else f"/{code}"
        assert f"{start}/whats-on/?day=today&kind=sport" in page.links, code


def test_the_address_a_page_is_known_by(client: Client) -> None:
    html = open_page(client, "/pl/hubs/").html
    assert '<link rel="canonical" href="http://testserver/pl/hubs/">' in html
    assert 'hreflang="x-default" href="http://testserver/hubs/"' in html
    assert 'hreflang="ur" href="http://testserver/ur/hubs/"' in html


def test_one_pages_address_never_stands_on_another(client: Client) -> None:
    open_page(client, "/hubs/?one")
    html = open_page(client, "/hubs/?two").html
    assert "?one" not in html
    assert not {ORIGIN, PATH, ADDRESS} & set(html)


@pytest.mark.parametrize("prefix", ["", "/pl", "/en-easy"])
def test_no_address_leads_to_another_host(client: Client, prefix: str) -> None:
    page = open_page(client, f"http://testserver{prefix}//evil.example/x")
    assert "/evil.example/x" in page.links
    assert not [link for link in page.links if link.startswith("//")]


@pytest.mark.parametrize("mark", [ORIGIN, PATH, ADDRESS])
def test_an_address_full_of_marks_makes_no_long_page(client: Client, mark: str) -> None:
    """Each would be replaced by the whole address, and so the page grow by its square."""
    html = client.get(f"/{mark * 200}/").content.decode()
    assert mark not in html
    assert len(html) < 100_000


@pytest.mark.parametrize("address", ["/", "/nowhere/", "/pl/hubs/"])
def test_a_host_that_is_not_ours_gets_a_plain_answer(client: Client, address: str) -> None:
    client.raise_request_exception = False
    answer = client.get(address, HTTP_HOST="evil.example.org")
    assert answer.status_code == 400
    assert b"evil.example.org" not in answer.content


@how(deadline=None)
@given(query=st.text(max_size=40))
@example(query='"><script>alert(1)</script>')
@example(query="'&amp;<")
def test_no_address_breaks_out_of_its_link(query: str) -> None:
    request = RequestFactory().get("/hubs/")
    request.META["QUERY_STRING"] = f"q={query}"
    frame = page_frame(request)
    quiet = page_frame(RequestFactory().get("/hubs/"))
    for part in ("canonical", "alternates", "menu", "footer"):
        made, plain = getattr(frame, part), getattr(quiet, part)
        assert made.count("<") == plain.count("<")
        assert made.count('"') == plain.count('"')
