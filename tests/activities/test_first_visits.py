"""\"I might come for the first time\": one number more, and nothing else kept of anybody."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from activities.models import HIDDEN_AFTER, FirstVisitCount, Session, SessionKind
from activities.services.first_visits import count_first_visit
from tests import factories

OWN = {"HTTP_ORIGIN": "http://testserver"}
VISITOR = "203.0.113.77"
DAY = dt.timedelta(days=1)


@pytest.fixture
def session(empty_cache: None, db: None) -> Session:
    return tomorrow()


def tomorrow(**fields: Any) -> Session:
    return factories.make_session(**({"starts_at": timezone.now() + DAY} | fields))


def press(client: Client, session: Session, **headers: str) -> Any:
    return client.post(f"/sessions/{session.pk}/might-come/", **(OWN | headers))


def people(session: Session) -> int:
    count = FirstVisitCount.objects.filter(session=session).first()
    return count.people if count else 0


def test_one_more_and_back_to_the_page_without_a_cookie(client: Client, session: Session) -> None:
    response = press(client, session)
    assert response.status_code == 303
    assert response["Location"] == f"/sessions/{session.pk}/?thanks"
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert people(session) == 1
    press(client, session)
    assert people(session) == 2
    assert "Thank you" in client.get(response["Location"]).content.decode()


def test_from_a_page_in_another_language_back_to_it(client: Client, session: Session) -> None:
    response = client.post(f"/pl/sessions/{session.pk}/might-come/", **OWN)
    assert response["Location"] == f"/pl/sessions/{session.pk}/?thanks"
    assert people(session) == 1


def test_kept_pages_say_thanks_to_nobody_else(
    client: Client, session: Session, pages_are_kept: None
) -> None:
    plain = client.get(f"/sessions/{session.pk}/").content
    press(client, session)
    assert "Thank you" in client.get(f"/sessions/{session.pk}/?thanks").content.decode()
    assert client.get(f"/sessions/{session.pk}/").content == plain
    assert people(session) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "https://elsewhere.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "http://testserver.elsewhere.example"},
        {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_SEC_FETCH_SITE": "none"},
        {},
    ],
)
def test_other_sites_forms_count_nobody(
    client: Client, session: Session, headers: dict[str, str]
) -> None:
    response = client.post(f"/sessions/{session.pk}/might-come/", **headers)
    assert response.status_code == 403
    assert people(session) == 0


def test_ten_an_hour(client: Client, session: Session) -> None:
    answers = [press(client, session).status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]
    assert people(session) == 10


def test_looking_counts_nobody(client: Client, session: Session) -> None:
    for method in ("get", "head", "put", "options"):
        answer = getattr(client, method)(f"/sessions/{session.pk}/might-come/", **OWN)
        assert answer.status_code == 405
    assert people(session) == 0


def test_what_is_not_public_is_not_there(client: Client, session: Session) -> None:
    closed = factories.make_activity(hub=factories.make_hub(is_open=False))
    hidden = [tomorrow(kind=SessionKind.TRAINING), tomorrow(activity=closed)]
    for each in hidden:
        assert press(client, each).status_code == 404
    gone = Session(pk="00000000-0000-4000-8000-000000000000")
    assert press(client, gone).status_code == 404
    assert not FirstVisitCount.objects.exists()


def test_nobody_is_counted_where_nobody_can_come(client: Client, session: Session) -> None:
    now = timezone.now()
    for fields in (
        {"cancelled_at": now},
        {"starts_at": now - DAY},
        {"listed_at": now - HIDDEN_AFTER - DAY},
    ):
        off = tomorrow(**fields)
        response = press(client, off)
        assert response.status_code == 303
        assert response["Location"] == f"/sessions/{off.pk}/"
    assert not FirstVisitCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_everybody_who_presses_at_once_is_counted(empty_cache: None) -> None:
    session, at_once = tomorrow(), threading.Barrier(8)

    def count() -> None:
        at_once.wait()
        for _ in range(5):
            count_first_visit(session=session, now=timezone.now())
        connections.close_all()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert people(session) == 40


def test_nothing_is_kept_of_who_it_was(
    client: Client, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    agent = "Browser of somebody in particular"
    with caplog.at_level(logging.DEBUG):
        press(client, session, REMOTE_ADDR=VISITOR, HTTP_USER_AGENT=agent)
    assert [field.name for field in FirstVisitCount._meta.fields] == ["session", "people"]
    assert VISITOR not in caplog.text
    assert agent not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value, expires FROM derby_portal_cache")
        rows = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM accounts_auditentry")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
    assert len(rows) == 1
    key, value, expires = rows[0]
    assert VISITOR not in key
    assert "might" not in key
    assert VISITOR not in value
    assert expires <= timezone.now() + dt.timedelta(hours=1)


def test_when_the_hour_is_over_one_may_again(client: Client, session: Session) -> None:
    for _ in range(11):
        press(client, session)
    cache.clear()
    assert press(client, session).status_code == 303
