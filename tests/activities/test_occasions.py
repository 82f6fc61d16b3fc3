"""New activities, single dates, and one date of a series."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Activity, Schedule, Session, SessionKind
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError, NothingToPlanError
from activities.services.occasions import add_activity, add_session, change_session
from activities.services.schedules import make_sessions
from hubs.models import Hub, OrganisationKind
from tests import factories
from tests.activities.test_schedules import hidden, said
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def activity(hub: Hub) -> Activity:
    return factories.make_activity(hub=hub, title="Boxing", venue="Gym")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


@pytest.fixture
def schedule(activity: Activity, coordinator: User, now: dt.datetime) -> Schedule:
    schedule = factories.make_schedule(activity=activity)
    make_sessions(by=coordinator, schedule=schedule, now=now - dt.timedelta(days=3))
    return schedule


def on(schedule: Schedule, day: dt.date) -> Session:
    return Session.objects.select_related("activity__hub").get(schedule=schedule, slot_on=day)


JUNE_4 = dt.date(2019, 6, 4)


class TestNewActivity:
    def filled_in(self, activity: Activity, **changes: Any) -> dict[str, Any]:
        usual = {
            "place": "allenton", "programme": activity.programme_id,
            "partner": activity.partner_id, "title": "Summer roadshow", "kind": "culture",
            "strand": "Roadshow", "min_age": 5, "max_age": 18, "venue": "The park",
            "is_free": "on",
        }  # fmt: skip
        return usual | changes

    def test_is_written_and_leads_to_its_dates(
        self, client: Client, coordinator: User, activity: Activity, hub: Hub, now: dt.datetime
    ) -> None:
        page = open_page(client, "/planning/activities/new/?hub=allenton")
        assert "Citywide" not in page.text
        response = client.post("/planning/activities/new/", self.filled_in(activity))
        new = Activity.objects.get(title="Summer roadshow")
        assert response["Location"] == f"/planning/activities/{new.pk}/schedules/"
        assert (new.hub, new.strand, new.changed_at) == (hub, "Roadshow", now)
        assert AuditEntry.objects.get().kind == AuditKind.ACTIVITY_CHANGED
        twice = client.post("/planning/activities/new/", self.filled_in(activity))
        assert "There is something of that name at that place already." in Page(twice).text
        assert (twice.status_code, Activity.objects.count()) == (422, 2)

    def test_mistakes_are_said(self, client: Client, coordinator: User, activity: Activity) -> None:
        funder = factories.make_organisation(kind=OrganisationKind.FUNDER)
        for changes in ({"title": ""}, {"place": "citywide"}, {"partner": funder.pk}):
            sent = self.filled_in(activity, **changes)
            assert client.post("/planning/activities/new/", sent).status_code == 422
        assert Activity.objects.count() == 1

    def test_trust_staff_make_citywide_ones(self, client: Client, activity: Activity) -> None:
        client.force_login(factories.make_user(Role.TRUST_STAFF))
        client.post("/planning/activities/new/", self.filled_in(activity, place="citywide"))
        assert Activity.objects.get(title="Summer roadshow").hub is None

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        for hub in (factories.make_hub(), None):
            with pytest.raises(PermissionDenied):
                add_activity(by=coordinator, facts={"hub": hub, "title": "x"}, now=now)
        client.force_login(factories.make_user(Role.COORDINATOR))
        assert client.get("/planning/activities/new/").status_code == 404


class TestSingleDate:
    def test_a_trip(
        self, client: Client, coordinator: User, activity: Activity, now: dt.datetime
    ) -> None:
        address = f"/planning/activities/{activity.pk}/sessions/new/"
        assert "Roadshow" in open_page(client, address).text
        sent = {"kind": "trip", "day": "2019-06-01", "starts": "10:00", "ends": "15:00",
                "places": "8", "led_by": coordinator.pk}  # fmt: skip
        assert client.post(address, sent).status_code == 302
        session = Session.objects.get()
        assert (session.kind, session.places, session.led_by) == (
            SessionKind.TRIP, 8, coordinator,
        )  # fmt: skip
        assert session.starts_at == london(2019, 6, 1, 10)
        assert (session.schedule, session.slot_on, session.listed_at) == (None, None, now)
        assert AuditEntry.objects.get().kind == AuditKind.SESSION_CHANGED

    def test_a_clash_is_shown_first_and_does_not_refuse(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        factories.make_session(activity=activity, starts_at=london(2019, 6, 1, 11))
        address = f"/planning/activities/{activity.pk}/sessions/new/"
        sent = {"kind": "regular", "day": "2019-06-01", "starts": "10:00", "ends": "15:00"}
        look = Page(client.post(address, sent))
        assert "Boxing is in the same place on Saturday 1 June 2019, 11am" in look.text
        assert Session.objects.count() == 1
        assert client.post(address, hidden(look) | {"looked": "1"}).status_code == 302
        twice = client.post(address, hidden(look) | {"looked": "1"})
        assert "This activity has a date at that time already." in Page(twice).text
        assert Session.objects.count() == 2

    def test_nothing_in_the_past(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        address = f"/planning/activities/{activity.pk}/sessions/new/"
        sent = {"kind": "regular", "day": "2019-05-01", "starts": "10:00", "ends": "15:00"}
        response = client.post(address, sent)
        assert response.status_code == 422
        assert "That is over already." in Page(response).text

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        theirs = factories.make_activity()
        address = f"/planning/activities/{theirs.pk}/sessions/new/"
        sent = {"kind": "regular", "day": "2019-06-01", "starts": "10:00", "ends": "15:00"}
        assert client.get(address).status_code == 404
        assert client.post(address, sent).status_code == 404
        with pytest.raises(PermissionDenied):
            add_session(by=coordinator, activity=theirs, facts={}, now=now)
        assert not Session.objects.exists()


class TestOneDate:
    def sent(self, **changes: Any) -> dict[str, Any]:
        usual = {"day": "2019-06-05", "starts": "10:00", "ends": "11:00", "scope": "one"}
        return usual | changes

    def test_moves_alone_and_keeps_its_slot(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        session = on(schedule, JUNE_4)
        address = f"/planning/sessions/{session.pk}/edit/"
        assert "Which dates do you mean?" in open_page(client, address).text
        look = Page(client.post(address, self.sent()))
        assert "Wednesday 5 June 2019, 10am to 11am" in look.text
        assert client.post(address, hidden(look) | {"looked": "1"}).status_code == 302
        session.refresh_from_db()
        assert session.starts_at == london(2019, 6, 5, 10)
        assert (session.slot_on, session.is_exception) == (JUNE_4, True)
        assert (session.revision, session.changed_at) == (1, now)
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0
        page = open_page(client, f"/planning/activities/{schedule.activity_id}/schedules/")
        assert "Changed by itself" in page.text

    def test_with_all_after_it(self, client: Client, coordinator: User, schedule: Schedule) -> None:
        address = f"/planning/sessions/{on(schedule, JUNE_4).pk}/edit/"
        sent = self.sent(scope="following", day="2019-06-04")
        look = Page(client.post(address, sent))
        assert "4 will be changed" in look.text
        response = client.post(address, hidden(look) | {"looked": "1"})
        assert said(response) == ["Saved. 4 dates changed."]
        assert Schedule.objects.count() == 2
        hours = Session.objects.order_by("starts_at").values_list("starts_at__hour", flat=True)
        assert list(hours) == [16, 16, 16, 10, 10, 10, 10]

    def test_with_its_whole_series_on_another_day(
        self, client: Client, coordinator: User, schedule: Schedule
    ) -> None:
        address = f"/planning/sessions/{on(schedule, JUNE_4).pk}/edit/"
        look = Page(client.post(address, self.sent(scope="all")))
        assert "will be cancelled" in look.text
        sent = hidden(look) | {"looked": "1", "reason": "Now on Wednesdays."}
        assert client.post(address, sent).status_code == 302
        schedule.refresh_from_db()
        assert schedule.weekday == 2
        assert Session.objects.filter(cancellation_reason="Now on Wednesdays.").exists()

    def test_a_date_that_its_series_left_behind_stands_alone(
        self, client: Client, coordinator: User, schedule: Schedule
    ) -> None:
        session = on(schedule, JUNE_4)
        Schedule.objects.update(ends_on=dt.date(2019, 6, 1))
        address = f"/planning/sessions/{session.pk}/edit/"
        assert "Which dates do you mean?" not in open_page(client, address).text
        look = Page(client.post(address, self.sent(scope="following")))
        assert client.post(address, hidden(look) | {"looked": "1"}).status_code == 302
        session.refresh_from_db()
        assert (session.local_date, session.is_exception) == (dt.date(2019, 6, 5), True)

    def test_a_series_moves_within_its_week(
        self, client: Client, coordinator: User, schedule: Schedule
    ) -> None:
        address = f"/planning/sessions/{on(schedule, JUNE_4).pk}/edit/"
        response = client.post(address, self.sent(scope="all", day="2019-06-12"))
        assert response.status_code == 422
        assert "another day of the same week" in Page(response).text

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"has_marks": True}, "People are marked in its register"),
            ({"register_taken_at": london(2019, 5, 1)}, "Its register is taken"),
            ({"delivery": "delivered"}, "Its log is written"),
        ],
    )
    def test_what_was_worked_on_stays(  # noqa: PLR0917
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime,
        fields: dict[str, Any], says: str,
    ) -> None:  # fmt: skip
        session = on(schedule, JUNE_4)
        Session.objects.filter(pk=session.pk).update(**fields)
        before = Session.objects.values().get(pk=session.pk)
        address = f"/planning/sessions/{session.pk}/edit/"
        assert says in open_page(client, address).text
        client.post(address, self.sent() | {"looked": "1"})
        with pytest.raises(NothingToPlanError, match=says):
            change_session(by=coordinator, session=session, facts={"places": 3}, seen="", now=now)
        assert Session.objects.values().get(pk=session.pk) == before

    def test_places_of_what_people_booked_are_settled_elsewhere(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        session = on(schedule, JUNE_4)
        monkeypatch.setattr("activities.handlers.sessions_booked", [set])
        seen = fingerprint_of_row(session)
        with pytest.raises(NothingToPlanError, match="People have booked"):
            change_session(by=coordinator, session=session, facts={"places": 3}, seen=seen, now=now)
        moved = {"starts_at": london(2019, 6, 4, 15)}
        assert change_session(by=coordinator, session=session, facts=moved, seen=seen, now=now)

    def test_who_had_it_open_meanwhile_is_told_before_they_look(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        session = on(schedule, JUNE_4)
        address = f"/planning/sessions/{session.pk}/edit/"
        opened = hidden(open_page(client, address))
        change_session(
            by=coordinator, session=session, facts={"places": 3}, now=now,
            seen=fingerprint_of_row(session),
        )  # fmt: skip
        for scope in ("one", "following"):
            late = client.post(address, opened | self.sent(scope=scope, day="2019-06-04"))
            assert late.status_code == 409
            page = Page(late)
            assert "Somebody changed this meanwhile" in page.text
            assert hidden(page)["starts"] == "10:00"
        wrong = hidden(Page(client.post(address, opened | self.sent(ends="09:00"))))
        assert wrong["seen_session"] == opened["seen_session"]
        sent = hidden(Page(client.post(address, opened | self.sent()))) | {"looked": "1"}
        assert client.post(address, sent).status_code == 302

    def test_who_was_second_is_told(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        session = on(schedule, JUNE_4)
        address = f"/planning/sessions/{session.pk}/edit/"
        look = hidden(Page(client.post(address, self.sent())))
        change_session(
            by=coordinator, session=session, facts={"places": 3}, now=now,
            seen=fingerprint_of_row(session),
        )  # fmt: skip
        response = client.post(address, look | {"looked": "1"})
        assert response.status_code == 409
        assert "Somebody changed this meanwhile" in Page(response).text
        with pytest.raises(ChangedMeanwhileError):
            change_session(by=coordinator, session=session, facts={"places": 4}, seen="x", now=now)

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        theirs = factories.make_session(starts_at=london(2019, 6, 4))
        address = f"/planning/sessions/{theirs.pk}/edit/"
        assert client.get(address).status_code == 404
        assert client.post(address, self.sent() | {"looked": "1"}).status_code == 404
        with pytest.raises(PermissionDenied):
            change_session(by=coordinator, session=theirs, facts={}, seen="", now=now)
