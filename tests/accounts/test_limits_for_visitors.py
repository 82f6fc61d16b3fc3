"""Cookie-free forms: from our own pages only, and not too often."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.audience import cookie_free_post
from accounts.limits import Limit, is_within, is_within_for_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
TWICE = Limit("test", 2, timedelta(hours=1))
OWN = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin"}


@cookie_free_post(TWICE)
def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def send(**headers: str) -> Any:
    return view(RequestFactory().post("/x/", **headers))


class TestWhereItComesFrom:
    @pytest.mark.parametrize(
        "headers",
        [
            OWN,
            {"HTTP_ORIGIN": "http://testserver"},
            {"HTTP_SEC_FETCH_SITE": "same-origin"},
        ],
    )
    def test_our_own_pages_may(self, headers: dict[str, str]) -> None:
        answer = send(**headers)
        assert answer.content == b"done"
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"HTTP_ORIGIN": "null"},
            {"HTTP_ORIGIN": "https://testserver"},
            {"HTTP_ORIGIN": "http://testserver.example.org"},
            {"HTTP_ORIGIN": "http://evil.example.org", "HTTP_SEC_FETCH_SITE": "same-origin"},
            {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": "same-site"},
            {"HTTP_SEC_FETCH_SITE": "none"},
            {"HTTP_REFERER": "http://testserver/"},
        ],
    )
    def test_others_may_not(self, headers: dict[str, str]) -> None:
        with pytest.raises(PermissionDenied):
            send(**headers)

    def test_only_sending_counts(self) -> None:
        for method in ("get", "head", "put", "delete"):
            answer = view(getattr(RequestFactory(), method)("/x/", **OWN))
            assert answer.status_code == 405


class TestHowOften:
    def test_the_third_of_two_is_refused(self) -> None:
        assert [send(**OWN).status_code for _ in range(3)] == [200, 200, 429]

    def test_refused_strangers_do_not_use_up_a_visitors_turns(self) -> None:
        for _ in range(5):
            with pytest.raises(PermissionDenied):
                send()
        assert send(**OWN).status_code == 200

    def test_each_visitor_and_act_for_itself(self) -> None:
        first, second = (
            RequestFactory().post("/x/", REMOTE_ADDR=address)
            for address in ("192.0.2.1", "192.0.2.2")
        )
        assert [is_within(TWICE, first) for _ in range(3)] == [True, True, False]
        assert is_within(TWICE, second)
        assert is_within(Limit("other", 2, timedelta(hours=1)), first)

    def test_each_thing_for_itself_and_one_for_all_visitors(self) -> None:
        here, there = (RequestFactory().get("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))
        assert [is_within(TWICE, here, of="first") for _ in range(3)] == [True, True, False]
        assert is_within(TWICE, here, of="second")
        assert is_within(TWICE, there, of="first")
        assert [is_within_for_all(TWICE, of="first") for _ in range(3)] == [True, True, False]
        assert is_within_for_all(TWICE, of="second")

    def test_an_ipv6_home_is_one_visitor(self) -> None:
        first, same, other = (
            RequestFactory().post("/x/", REMOTE_ADDR=address)
            for address in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1")
        )
        assert [is_within(TWICE, each) for each in (first, same, first)] == [True, True, False]
        assert is_within(TWICE, other)

    def test_an_ipv4_address_stays_itself_however_it_is_written(self) -> None:
        first, second, same = (
            RequestFactory().post("/x/", REMOTE_ADDR=address)
            for address in ("::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1")
        )
        once = Limit("once", 1, timedelta(hours=1))
        assert [is_within(once, each) for each in (first, second, same)] == [True, True, False]

    def test_the_period_is_the_one_that_was_said_and_no_later_act_moves_its_end(self) -> None:
        request = RequestFactory().post("/x/")
        ends = []
        for _ in range(3):
            is_within(TWICE, request)
            with connection.cursor() as cursor:
                cursor.execute("SELECT expires FROM derby_portal_cache")
                ends.append(cursor.fetchone()[0])
        assert max(ends) - min(ends) <= timedelta(seconds=1)
        assert ends[0] - timezone.now() > timedelta(minutes=59)

    def test_nobody_can_read_who_it_was(self) -> None:
        is_within(TWICE, RequestFactory().post("/x/", REMOTE_ADDR="192.0.2.77"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM derby_portal_cache")
            rows = cursor.fetchall()
        assert len(rows) == 1
        assert "192.0.2" not in repr(rows)

    def test_the_count_is_forgotten(self) -> None:
        request = RequestFactory().post("/x/")
        short = Limit("short", 1, timedelta(seconds=-1))
        assert is_within(short, request)
        assert is_within(short, request)
        assert cache.get("nothing") is None


@pytest.mark.django_db(transaction=True)
def test_acts_of_the_same_moment_are_all_counted() -> None:
    ten = Limit("many at once", 10, timedelta(hours=1))
    answers: list[bool] = []

    def act() -> None:
        answers.extend(is_within(ten, RequestFactory().post("/x/")) for _ in range(5))
        connection.close()

    threads = [Thread(target=act) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), sum(answers)) == (30, 10)
