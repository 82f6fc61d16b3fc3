"""What planning leaves to bookings, and what it leaves because something is kept of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Role
from activities.models import Session
from activities.queries.schedules import change_of
from activities.queries.session_table import Left
from activities.services.bulk import Move, SetPlaces, change_sessions
from activities.services.schedules import make_sessions
from participants.models import Concern
from participants.services.bookings import book
from participants.services.marks import Outcome, record_marks
from participants.services.paper import print_register
from tests import factories
from tests.pages import Page
from tests.participants.services.helpers import mark

pytestmark = pytest.mark.django_db


def test_places_of_what_people_have_booked_are_not_set_with_others(
    now: dt.datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else somebody could lose their booking, or keep waiting beside an empty place."""
    hub = factories.make_hub()
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    activity = factories.make_activity(hub=hub)
    booked, free = (
        factories.make_session(activity=activity, starts_at=now + dt.timedelta(days=day), places=5)
        for day in (1, 2)
    )
    person = factories.make_participant(hub=hub)
    book(session=booked, participant=person, by=user, now=now)
    ids = [booked.pk, free.pk]

    outcome = change_sessions(by=user, ids=ids, change=SetPlaces(None), now=now)

    assert [(each.pk, reason) for each, reason in outcome.left] == [(booked.pk, Left.BOOKED)]
    assert dict(Session.objects.values_list("pk", "places")) == {booked.pk: 5, free.pk: None}
    client.force_login(user)
    asked = {"act": "move", "ids": f"{booked.pk} {free.pk}", "step": "look", "minutes": "1"}
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    page = Page(client.post("/planning/sessions/change/", asked))
    assert "People have booked at 1 of these." in page.text
    moved = change_sessions(by=user, ids=ids, change=Move(minutes=1), now=now)
    assert len(moved.changed) == 2


def test_a_date_that_something_is_kept_of_is_cancelled_and_never_deleted(
    now: dt.datetime,
) -> None:
    hub = factories.make_hub()
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    schedule = factories.make_schedule(
        activity=factories.make_activity(hub=hub), ends_on=now.date() + dt.timedelta(weeks=4)
    )
    make_sessions(by=user, schedule=schedule, now=now)
    coming = Session.objects.filter(starts_at__gt=now + dt.timedelta(days=2)).order_by("slot_on")
    printed, marked, told_of, *others = coming
    print_register(session=printed, is_large=False, by=user, now=now)
    early = mark(factories.make_participant(hub=hub), "present", now)
    (result,) = record_marks(session=marked, operations=[early], by=user, now=now)
    assert result.outcome is Outcome.HELD

    Concern.objects.create(session=told_of, receipt="R1", sealed="x", written_by=user)

    change = change_of(schedule, {"weekday": (schedule.weekday + 1) % 7}, now)

    assert [step.session for step in change.cancelled if step.session in coming] == [
        printed,
        marked,
        told_of,
    ]
    assert [step.session for step in change.vanishing] == others
