"""Registers and records are closed to a hub's staff whose checks are missing or over."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import ending_soon, lapses
from accounts.models import Clearance, ClearanceKind, Role, User
from activities.models import Session
from tests import factories
from tests.pages import Page
from tests.participants.views.helpers import operation, send, statuses

pytestmark = pytest.mark.django_db
TODAY = dt.date(2019, 5, 14)


def staff(*roles: Role, dbs: dt.date | None, training: dt.date | None, **fields: Any) -> User:
    user = factories.make_user(*roles, good_through=None, **fields)
    for kind, day in ((ClearanceKind.DBS, dbs), (ClearanceKind.TRAINING, training)):
        if day:
            Clearance.objects.create(user=user, kind=kind, expires_on=day)
    return user


@pytest.fixture
def session() -> Session:
    return factories.make_session(starts_at=timezone.now() - dt.timedelta(minutes=30))


@pytest.mark.parametrize(
    ("dbs", "training", "missing", "ending"),
    [
        (dt.date(2019, 5, 14), dt.date(2030, 1, 1), [], ["dbs"]),
        (dt.date(2019, 5, 13), dt.date(2030, 1, 1), ["dbs"], []),
        (dt.date(2019, 6, 13), dt.date(2019, 6, 14), [], ["dbs"]),
        (None, dt.date(2019, 5, 20), ["dbs"], ["training"]),
        (None, None, ["dbs", "training"], []),
    ],
)
def test_good_through_the_last_day(
    dbs: dt.date | None, training: dt.date | None, missing: list[str], ending: list[str]
) -> None:
    user = staff(Role.COORDINATOR, dbs=dbs, training=training)
    assert [each.kind for each in lapses(user, TODAY)] == missing
    assert [each.kind for each in ending_soon(user, TODAY)] == ending


def test_what_was_recorded_last_counts() -> None:
    user = staff(Role.COORDINATOR, dbs=dt.date(2091, 1, 1), training=dt.date(2030, 1, 1))
    Clearance.objects.create(user=user, kind=ClearanceKind.DBS, expires_on=dt.date(2019, 1, 1))
    assert [each.kind for each in lapses(user, TODAY)] == ["dbs"]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_closed_with_the_reason(role: Role, client: Client, session: Session) -> None:
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    user = staff(role, dbs=yesterday, training=None, hubs=(session.activity.hub,))
    client.force_login(user)
    for address in (
        "/today/",
        reverse("participants:session_register", args=[session.pk]),
        reverse("participants:registers_today"),
        reverse("participants:register_pass"),
        reverse("people:people"),
    ):
        page = Page(client.get(address))
        assert page.status == 403, address
        assert "Closed until your checks are in order" in page.text
        assert f"good until {yesterday:%A} {yesterday.day} {yesterday:%B %Y}" in page.text
        assert re.search("Safeguarding training ?: none is recorded for you", page.text)
        assert "hub lead or to an administrator" in page.text
        assert "no-store" in page.response["Cache-Control"]
    assert client.get("/start/all/").status_code == 200


def test_open_again_once_recorded(client: Client, session: Session) -> None:
    user = staff(Role.COORDINATOR, dbs=None, training=None, hubs=(session.activity.hub,))
    client.force_login(user)
    assert client.get("/today/").status_code == 403
    for kind in ClearanceKind:
        Clearance.objects.create(user=user, kind=kind, expires_on=timezone.localdate())
    page = Page(client.get("/today/"))
    assert page.status == 200
    assert page.text.count("Registers close to you on the day after") == 2


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD])
def test_others_need_none_here(role: Role, client: Client) -> None:
    client.force_login(staff(role, Role.COORDINATOR, dbs=None, training=None))
    assert client.get(reverse("people:people")).status_code == 200


def test_marks_that_were_taken_still_arrive(client: Client, session: Session) -> None:
    hub = session.activity.hub
    person = factories.make_participant(hub=hub)
    user = staff(Role.COORDINATOR, dbs=None, training=None, hubs=(hub,))
    client.force_login(user)
    answer = send(client, session, {"marks": [operation(person)]})
    assert answer.status_code == 200
    assert statuses(session) == {person.pk: "present"}
