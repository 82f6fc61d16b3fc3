"""Public pages are kept until something they show changes, and compressed."""

from __future__ import annotations

import gzip
import re
from threading import Event, Thread
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audience import public
from accounts.public_pages import LARGEST_PAGE, LONGEST_ADDRESS, changes, kept
from activities.models import Session
from hubs.models import Hub
from tests import factories

pytestmark = pytest.mark.django_db
AS_BROWSERS_DO = {"accept-encoding": "gzip, deflate, br"}
# Tables that public pages read, and what is in the database but never on such a page.
WATCHED = {
    *("activities_programme", "activities_activity", "activities_activitytext"),
    *("activities_session", "hubs_organisation", "hubs_ward", "hubs_wardboundary"),
    *("hubs_hub", "hubs_hubtext", "evaluation_story", "evaluation_storytext"),
    *("evaluation_storypicture", "evaluation_releasedfigure", "evaluation_page"),
    *("evaluation_pagetext", "evaluation_pagerecording", "evaluation_interfacecheck"),
}


def words(answer: Any) -> str:
    body = answer.content
    if answer.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return str(body.decode())


def test_every_watched_table_has_its_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid"
            " WHERE tgname = 'public_pages_changed'"
        )
        assert {row[0] for row in cursor.fetchall()} >= WATCHED


class TestChanges:
    def test_what_pages_show_changes_the_number(self) -> None:
        before = changes().number
        session = factories.make_session()
        made = changes().number
        Session.objects.filter(pk=session.pk).update(cancelled_at=timezone.now())
        cancelled = changes().number
        session.delete()
        assert before < made < cancelled < changes().number

    def test_limited_places_do_too(self) -> None:
        session = factories.make_session()
        before = changes().number
        Session.objects.filter(pk=session.pk).update(places=12)
        assert changes().number > before

    def test_the_very_first_change_does_too(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY SEQUENCE public_pages_changes")
            cursor.execute("SET LOCAL search_path TO pg_temp, public")
            numbers = [changes().number]
            for _ in range(2):
                cursor.execute("SELECT nextval('public_pages_changes')")
                numbers.append(changes().number)
        assert len(set(numbers)) == 3

    def test_a_register_does_not(self) -> None:
        session = factories.make_session()
        before = changes().number
        Session.objects.filter(pk=session.pk).update(has_marks=True, delivery="delivered")
        assert changes().number == before


@pytest.mark.usefixtures("pages_are_kept")
class TestKept:
    def test_a_kept_page_costs_one_query(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        factories.make_session()
        first = client.get("/whats-on/")
        with django_assert_num_queries(1):
            again = client.get("/whats-on/")
        assert again.content == first.content

    @pytest.mark.parametrize("headers", [{}, AS_BROWSERS_DO])
    def test_an_edit_shows_at_once(self, client: Client, headers: dict[str, str]) -> None:
        hub = factories.make_hub(name="Old name")
        assert "Old name" in words(client.get("/hubs/", headers=headers))
        hub.name = "New name"
        hub.save()
        answer = client.get("/hubs/", headers=headers)
        assert "New name" in words(answer)
        assert "Old name" not in words(answer)

    def test_addresses_are_kept_apart(self, client: Client) -> None:
        assert words(client.get("/whats-on/?day=today")) != words(client.get("/whats-on/?day=all"))
        assert words(client.get("/hubs/")) != words(client.get("/pl/hubs/"))

    def test_a_long_address_is_not_worth_keeping(self, client: Client) -> None:
        client.get("/whats-on/?q=" + "x" * LONGEST_ADDRESS)
        assert not caches["pages"]._cache  # type: ignore[attr-defined]

    def test_a_large_page_is_not_worth_keeping(self) -> None:
        def page(request: HttpRequest) -> HttpResponse:
            return HttpResponse("x" * (LARGEST_PAGE + (request.path == "/large/")))

        view = public(kept(page))
        view(RequestFactory().get("/large/"))
        assert not caches["pages"]._cache  # type: ignore[attr-defined]
        view(RequestFactory().get("/small/"))
        assert len(caches["pages"]._cache) == 1  # type: ignore[attr-defined]

    def test_only_good_answers_are_kept(self, client: Client) -> None:
        assert client.get("/hubs/nowhere/").status_code == 404
        assert not caches["pages"]._cache  # type: ignore[attr-defined]

    def test_nobody_gets_a_form_that_was_sent(self) -> None:
        sent = []

        def page(request: HttpRequest) -> HttpResponse:
            sent.append(request.method)
            return HttpResponse("x")

        view = public(kept(page))
        for _ in range(2):
            view(RequestFactory().post("/x/"))
        assert sent == ["POST", "POST"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("pages_are_kept")
def test_a_page_that_is_made_while_something_changes_is_not_kept(client: Client) -> None:
    """The number has moved by then, but what it stands for cannot be seen yet."""
    hub = factories.make_hub(name="Old name")
    has_changed, was_looked_at = Event(), Event()

    def change() -> None:
        with transaction.atomic():
            Hub.objects.filter(pk=hub.pk).update(name="New name")
            has_changed.set()
            was_looked_at.wait(timeout=10)
        connection.close()

    editor = Thread(target=change)
    editor.start()
    has_changed.wait(timeout=10)
    meanwhile = words(client.get("/hubs/"))
    was_looked_at.set()
    editor.join()
    assert "Old name" in meanwhile
    assert "New name" in words(client.get("/hubs/"))


class TestWhatCachesAreTold:
    def test_browsers_ask_again_and_are_told_nothing_changed(self, client: Client) -> None:
        answer = client.get("/hubs/", headers=AS_BROWSERS_DO)
        assert answer["Cache-Control"] == "public, max-age=0, s-maxage=60"
        assert answer["Vary"] == "Accept-Encoding"
        again = client.get("/hubs/", headers=AS_BROWSERS_DO | {"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_the_validator_is_of_the_words_and_not_of_their_packing(self, client: Client) -> None:
        """Compressed bytes are padded at random; two workers must agree all the same."""
        factories.make_session()
        tags = {client.get("/whats-on/", headers=AS_BROWSERS_DO)["ETag"] for _ in range(3)}
        assert len(tags) == 1
        plain = client.get("/whats-on/")["ETag"]
        assert re.sub("^W/", "", tags.pop()) == plain

    def test_compressed_only_for_those_who_can_read_it(self, client: Client) -> None:
        assert client.get("/hubs/", headers=AS_BROWSERS_DO)["Content-Encoding"] == "gzip"
        assert not client.get("/hubs/").has_header("Content-Encoding")

    def test_what_staff_get_is_not_compressed(self, client: Client) -> None:
        """A secret and words of a stranger in one compressed page give the secret away."""
        answer = client.get("/account/login/", headers=AS_BROWSERS_DO)
        assert not answer.has_header("Content-Encoding")
