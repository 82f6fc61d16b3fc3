"""Weekly schedules: made, changed, split; what was worked on is never touched."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import (
    Activity,
    Closure,
    FirstVisitCount,
    HeadCount,
    Schedule,
    Session,
    SessionLog,
)
from activities.queries.schedules import Outcome, change_of, fingerprint_of_schedule
from activities.queries.untouched import A_MOMENT
from activities.services.errors import ChangedMeanwhileError
from activities.services.schedules import add_schedule, change_schedule, make_sessions
from hubs.models import Hub
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LATER = dt.timedelta(days=2)


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def now() -> dt.datetime:
    """A Tuesday at 6pm: today's date at 4pm is over."""
    return london(2019, 5, 14, 18).astimezone(dt.UTC)


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
def schedule(activity: Activity) -> Schedule:
    return factories.make_schedule(activity=activity)


def made(schedule: Schedule, by: User, now: dt.datetime) -> dict[dt.date, Session]:
    """The sessions of a schedule by slot, put up two days ago."""
    make_sessions(by=by, schedule=schedule, now=now)
    Session.objects.filter(schedule=schedule).update(listed_at=now - LATER)
    return {each.slot_on: each for each in Session.objects.filter(schedule=schedule)}  # type: ignore[misc]


def june(*days: int) -> list[dt.date]:
    return [dt.date(2019, 6, day) for day in days]


def change(schedule: Schedule, by: User, now: dt.datetime, **facts: Any) -> Any:
    """Change a schedule as somebody does who looked at it just now."""
    since, reason = facts.pop("since", None), facts.pop("reason", "Now on another day.")
    schedule = Schedule.objects.select_related("activity__hub").get(pk=schedule.pk)
    looked = change_of(schedule, facts, now, since)
    return change_schedule(
        by=by, schedule=schedule, facts=facts, reason=reason, since=since, now=now,
        seen=fingerprint_of_schedule(schedule), agreed=looked.digest,
    )  # fmt: skip


def row(session: Session) -> dict[str, Any]:
    return Session.objects.filter(pk=session.pk).values().get()


class TestMaking:
    def test_every_date_to_come_once(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 6
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0
        sessions = Session.objects.filter(schedule=schedule)
        assert [each.slot_on for each in sessions] == [
            dt.date(2019, 5, 21), dt.date(2019, 5, 28), *june(4, 11, 18, 25),
        ]  # fmt: skip
        assert {each.local_start.time() for each in sessions} == {dt.time(16)}
        assert {each.listed_at for each in sessions} == {now}
        assert AuditEntry.objects.get().kind == AuditKind.SCHEDULE_CHANGED

    def test_what_it_says_of_leader_and_places_and_what_is_left_out(
        self, coordinator: User, activity: Activity, now: dt.datetime
    ) -> None:
        schedule = factories.make_schedule(
            activity=activity, led_by=coordinator, places=12, left_out=june(4), every_weeks=2
        )
        sessions = made(schedule, coordinator, now)
        assert list(sessions) == [dt.date(2019, 5, 21), *june(18)]
        assert {(each.led_by, each.places) for each in sessions.values()} == {(coordinator, 12)}

    def test_closures_of_the_hub_and_of_the_city_but_not_of_another_hub(
        self, coordinator: User, schedule: Schedule, hub: Hub, now: dt.datetime
    ) -> None:
        for where, day in ((hub, 4), (None, 11), (factories.make_hub(), 18)):
            date = dt.date(2019, 6, day)
            Closure.objects.create(
                hub=where, kind="building", name="x", first_on=date, last_on=date
            )
        assert list(made(schedule, coordinator, now)) == [
            dt.date(2019, 5, 21), dt.date(2019, 5, 28), *june(18, 25),
        ]  # fmt: skip

    def test_across_a_change_of_clocks(self, coordinator: User, activity: Activity) -> None:
        schedule = factories.make_schedule(
            activity=activity, starts_on=dt.date(2019, 10, 22), ends_on=dt.date(2019, 10, 29)
        )
        sessions = made(schedule, coordinator, london(2019, 10, 1))
        hours = [(each.starts_at.hour, each.local_start.hour) for each in sessions.values()]
        assert hours == [(15, 16), (16, 16)]

    def test_a_date_that_was_moved_is_not_made_again(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        session = made(schedule, coordinator, now)[dt.date(2019, 6, 4)]
        session.starts_at, session.ends_at = london(2019, 6, 5), london(2019, 6, 5, 17)
        session.is_exception = True
        session.save()
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0

    def test_strangers(self, schedule: Schedule, now: dt.datetime) -> None:
        stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        with pytest.raises(PermissionDenied):
            make_sessions(by=stranger, schedule=schedule, now=now)
        with pytest.raises(PermissionDenied):
            change(schedule, stranger, now, places=3)
        with pytest.raises(PermissionDenied):
            add_schedule(by=stranger, activity=schedule.activity, facts={}, agreed="", now=now)
        assert not Session.objects.exists()


class TestChangingAll:
    def test_times_move_and_diaries_are_told(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        sessions = made(schedule, coordinator, now)
        done = change(
            schedule, coordinator, now, starts=dt.time(17), ends=dt.time(18), led_by=coordinator
        )
        assert (len(done.changed), len(done.made), len(done.cancelled)) == (6, 0, 0)
        for day, before in sessions.items():
            after = Session.objects.get(pk=before.pk)
            assert (after.slot_on, after.local_start.hour) == (day, 17)
            assert (after.revision, after.changed_at, after.led_by) == (1, now, coordinator)
        assert AuditEntry.objects.filter(kind=AuditKind.SESSION_CHANGED).count() == 6

    def test_a_new_leader_alone_tells_no_diary(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        change(schedule, coordinator, now, led_by=coordinator)
        assert set(Session.objects.values_list("revision", "led_by")) == {(0, coordinator.pk)}

    def test_another_weekday_cancels_with_a_message_and_puts_up_new_dates(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        sessions = made(schedule, coordinator, now)
        done = change(schedule, coordinator, now, weekday=3, reason="Now on Thursdays.")
        assert (len(done.cancelled), len(done.made)) == (6, 7)
        for each in sessions.values():
            each.refresh_from_db()
            assert (each.cancelled_at, each.cancellation_reason) == (now, "Now on Thursdays.")
            assert each.revision == 1
        on = Session.objects.filter(cancelled_at=None)
        assert {each.local_date.weekday() for each in on} == {3}
        assert min(each.local_date for each in on) == dt.date(2019, 5, 16)
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0

    def test_every_two_weeks_stays_in_its_weeks(
        self, coordinator: User, activity: Activity, now: dt.datetime
    ) -> None:
        schedule = factories.make_schedule(
            activity=activity, every_weeks=2, starts_on=dt.date(2019, 5, 21)
        )
        assert list(made(schedule, coordinator, now)) == [dt.date(2019, 5, 21), *june(4, 18)]
        done = change(schedule, coordinator, now, weekday=0)
        assert [step.day for step in done.made] == [dt.date(2019, 5, 20), *june(3, 17)]

    def test_a_week_whose_date_is_over_gets_no_second_one(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now - 7 * DAY)
        done = change(schedule, coordinator, now, weekday=3)
        assert min(step.day for step in done.made) == dt.date(2019, 5, 23)

    def test_a_week_that_keeps_its_date_gets_no_second_one(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        session = made(schedule, coordinator, now)[dt.date(2019, 6, 4)]
        Session.objects.filter(pk=session.pk).update(has_marks=True)
        before = row(session)
        done = change(schedule, coordinator, now, weekday=3)
        assert [step.day for step in done.left] == june(4)
        assert row(session) == before
        schedule.refresh_from_db()
        assert schedule.left_out == june(6)
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0
        assert not Session.objects.between(dt.date(2019, 6, 5), dt.date(2019, 6, 9)).exists()

    def test_what_was_put_up_just_now_vanishes_unless_somebody_may_have_planned_by_it(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        sessions = made(schedule, coordinator, now)
        just_now = Session.objects.filter(schedule=schedule)
        just_now.update(listed_at=now - A_MOMENT + dt.timedelta(seconds=1))
        FirstVisitCount.objects.create(session=sessions[dt.date(2019, 6, 4)], people=1)
        just_now.filter(slot_on=dt.date(2019, 6, 11)).update(places=5)
        just_now.filter(slot_on=dt.date(2019, 6, 18)).update(listed_at=now - A_MOMENT)
        done = change(schedule, coordinator, now, weekday=3)
        assert [step.day for step in done.cancelled] == june(4, 11, 18)
        gone = [dt.date(2019, 5, 21), dt.date(2019, 5, 28), *june(25)]
        assert [step.day for step in done.vanishing] == gone
        assert not Session.objects.filter(schedule=schedule, slot_on__in=gone).exists()

    def test_what_people_booked_keeps_its_places_and_never_vanishes(
        self, coordinator: User, schedule: Schedule, now: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        booked = made(schedule, coordinator, now)[dt.date(2019, 6, 4)]
        Session.objects.filter(schedule=schedule).update(listed_at=now)
        monkeypatch.setattr(
            "activities.handlers.sessions_booked", [lambda ids: {booked.pk} & set(ids)]
        )
        change(schedule, coordinator, now, places=9, starts=dt.time(15))
        booked.refresh_from_db()
        assert (booked.places, booked.local_start.hour) == (None, 15)
        assert Session.objects.filter(places=9).count() == 5
        Session.objects.update(places=None, revision=0)
        done = change(schedule, coordinator, now, weekday=3, places=None)
        assert [(step.day, step.is_booked) for step in done.cancelled] == [(june(4)[0], True)]
        assert len(done.vanishing) == 5

    def test_a_shorter_rule_cancels_the_rest(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        change(schedule, coordinator, now, ends_on=dt.date(2019, 6, 11), left_out=june(4))
        on = Session.objects.filter(cancelled_at=None).order_by("slot_on")
        assert [each.slot_on for each in on] == [
            dt.date(2019, 5, 21), dt.date(2019, 5, 28), *june(11),
        ]  # fmt: skip

    def test_who_was_second_is_told(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        schedule = Schedule.objects.select_related("activity__hub").get(pk=schedule.pk)
        what: dict[str, Any] = {"by": coordinator, "schedule": schedule, "now": now}
        what |= {"facts": {"places": 9}, "reason": ""}
        digest = change_of(schedule, {"places": 9}, now).digest
        for seen, agreed in (("x", digest), (fingerprint_of_schedule(schedule), "x")):
            with pytest.raises(ChangedMeanwhileError):
                change_schedule(**what, seen=seen, agreed=agreed)
        assert not Session.objects.filter(places=9).exists()


STATES = (
    "plain", "marks", "taken", "counted", "logged", "delivered", "exception", "cancelled",
)  # fmt: skip
FROZEN = frozenset(STATES) - {"plain"}


def put_into(session: Session, state: str, by: User, now: dt.datetime) -> None:
    fields: dict[str, dict[str, Any]] = {
        "marks": {"has_marks": True},
        "taken": {"register_taken_at": now},
        "delivered": {"delivery": "delivered"},
        "exception": {"is_exception": True},
        "cancelled": {"cancelled_at": now, "cancellation_reason": "Snow."},
    }
    if state in fields:
        Session.objects.filter(pk=session.pk).update(**fields[state])
    if state == "counted":
        HeadCount.objects.create(session=session, people=3, method="counted")
    if state == "logged":
        SessionLog.objects.create(session=session, logged_by=by)


facts = st.fixed_dictionaries(
    {},
    optional={
        "weekday": st.integers(0, 6),
        "starts": st.sampled_from([dt.time(9), dt.time(16)]),
        "ends_on": st.dates(dt.date(2019, 5, 20), dt.date(2019, 7, 10)),
        "every_weeks": st.integers(1, 3),
        "places": st.sampled_from([None, 8]),
        "left_out": st.lists(st.sampled_from(june(4, 11)), max_size=2, unique=True),
    },
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    states=st.lists(st.sampled_from(STATES), min_size=6, max_size=6),
    facts=facts,
    since=st.sampled_from([None, dt.date(2019, 5, 28), dt.date(2019, 6, 11)]),
)
def test_whatever_is_changed_what_was_worked_on_stays_as_it_is(  # noqa: PLR0917
    coordinator: User, activity: Activity, now: dt.datetime, states: list[str],
    facts: dict[str, Any], since: dt.date | None,
) -> None:  # fmt: skip
    if since:
        facts = {name: value for name, value in facts.items() if name != "ends_on"}
    with transaction.atomic():
        schedule = factories.make_schedule(activity=activity)
        sessions = list(made(schedule, coordinator, now).values())
        for session, state in zip(sessions, states, strict=True):
            put_into(session, state, coordinator, now)
        kept = [s for s, state in zip(sessions, states, strict=True) if state in FROZEN]
        before = [row(each) for each in kept]
        done = change(schedule, coordinator, now, since=since, **facts)
        assert [row(each) for each in kept] == before
        assert {step.session.pk for step in done.left} <= {each.pk for each in kept}
        assert make_sessions(by=coordinator, schedule=schedule, now=now) == 0
        assert make_sessions(by=coordinator, schedule=done.wanted, now=now) == 0
        again = change_of(
            Schedule.objects.select_related("activity__hub").get(pk=done.wanted.pk), {}, now
        )
        assert {step.outcome for step in again.steps} <= {
            Outcome.SAME, Outcome.LEFT, Outcome.SKIPPED,
        }  # fmt: skip
        on = [each.local_date for each in Session.objects.filter(schedule=done.wanted)
              .exclude(pk__in=[each.pk for each in kept]).filter(cancelled_at=None)]  # fmt: skip
        assert {day.weekday() for day in on} <= {done.wanted.weekday}
        transaction.set_rollback(True)


class TestThisAndFollowing:
    def test_splits(self, coordinator: User, schedule: Schedule, now: dt.datetime) -> None:
        sessions = made(schedule, coordinator, now)
        since = dt.date(2019, 6, 11)
        done = change(schedule, coordinator, now, since=since, starts=dt.time(10))
        schedule.refresh_from_db()
        assert schedule.ends_on == dt.date(2019, 6, 9)
        assert done.wanted.pk != schedule.pk
        assert (done.wanted.starts_on, done.wanted.ends_on) == (since, dt.date(2019, 6, 30))
        for day, session in sessions.items():
            session.refresh_from_db()
            is_later = day >= since
            assert session.schedule_id == (done.wanted.pk if is_later else schedule.pk)
            assert session.local_start.hour == (10 if is_later else 16)
            assert session.revision == is_later
        assert Session.objects.count() == 6

    def test_the_first_part_takes_no_date_of_the_week_that_the_second_begins_with(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        since = dt.date(2019, 6, 11)
        change(schedule, coordinator, now, since=since, starts=dt.time(10))
        schedule.refresh_from_db()
        done = change(schedule, coordinator, now, weekday=0)
        assert [step.day for step in done.made] == [
            dt.date(2019, 5, 20), dt.date(2019, 5, 27), *june(3),
        ]  # fmt: skip

    def test_from_the_first_date_on_is_all_of_them(
        self, coordinator: User, activity: Activity, now: dt.datetime
    ) -> None:
        schedule = factories.make_schedule(activity=activity, starts_on=dt.date(2019, 5, 21))
        made(schedule, coordinator, now)
        change_schedule(
            by=coordinator, schedule=schedule, facts={"places": 4}, reason="", now=now,
            seen=fingerprint_of_schedule(schedule), since=dt.date(2019, 5, 21),
            agreed=change_of(schedule, {"places": 4}, now).digest,
        )  # fmt: skip
        assert Schedule.objects.get().places == 4
        assert set(Session.objects.values_list("places", flat=True)) == {4}

    def test_an_earlier_weekday_begins_in_the_same_week(
        self, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        done = change(schedule, coordinator, now, since=dt.date(2019, 6, 11), weekday=0)
        assert [step.day for step in done.made] == june(10, 17, 24)
        assert [step.day for step in done.cancelled] == june(11, 18, 25)


def form_of(**changes: Any) -> dict[str, Any]:
    usual = {
        "weekday": "1", "starts": "16:00", "ends": "17:30", "every_weeks": "1",
        "starts_on": "2019-05-15", "ends_on": "2019-06-30",
    }  # fmt: skip
    return usual | changes


def hidden(page: Page) -> dict[str, str]:
    """The hidden fields of the page's form, as a browser sends them back."""
    skipped = {"csrfmiddlewaretoken"}
    return {
        attrs["name"]: attrs.get("value", "")
        for tag, attrs in page.elements
        if tag == "input" and attrs.get("type") == "hidden" and attrs["name"] not in skipped
    }


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestPages:
    def test_a_new_weekly_time_in_two_steps(
        self, client: Client, coordinator: User, activity: Activity, hub: Hub
    ) -> None:
        Closure.objects.create(
            kind="bank_holiday", name="Jubilee", first_on=june(4)[0], last_on=june(4)[0]
        )
        factories.make_session(
            activity=factories.make_activity(hub=hub, title="Dance", venue=" gym "),
            starts_at=london(2019, 5, 21, 17),
        )
        address = f"/planning/activities/{activity.pk}/schedules/new/"
        assert open_page(client, address).status == 200
        look = Page(client.post(address, form_of()))
        assert not Schedule.objects.exists()
        assert "5 dates will take place like this." in look.text
        assert "Tuesday 4 June 2019 , 4pm to 5:30pm Jubilee" in look.text
        assert "Dance is in the same place on Tuesday 21 May 2019, 5pm to 6:30pm" in look.text
        response = client.post(address, hidden(look) | {"looked": "1"})
        assert response["Location"] == f"/planning/activities/{activity.pk}/schedules/"
        assert said(response) == ["Saved. 5 dates put up."]
        assert Session.objects.filter(schedule__isnull=False).count() == 5
        assert "Tuesdays, 4pm to 5:30pm" in open_page(client, response["Location"]).text
        twice = client.post(address, hidden(look) | {"looked": "1"})
        assert twice.status_code == 422
        assert "This activity has that weekly time already." in Page(twice).text
        assert Schedule.objects.count() == 1

    def test_change_again_keeps_what_was_typed(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        address = f"/planning/activities/{activity.pk}/schedules/new/"
        page = Page(client.post(address, form_of(places="14") | {"change": "1"}))
        assert page.status == 200
        assert page.element("id_places")["value"] == "14"

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"starts": "18:00"}, "Choose a time after the start."),
            ({"starts": "late"}, "Type a time such as 16:30."),
            ({"starts": "02:00"}, "Choose a time between 6am and 11pm."),
            ({"ends_on": "2019-05-01"}, "Choose a day that is not before the first one."),
            ({"starts_on": "2019-01-01", "ends_on": "2019-05-01"}, "not over yet"),
            ({"ends_on": "2021-05-01"}, "within a year and a half"),
            ({"weekday": "7"}, "7 is not one of"),
            ({"every_weeks": "9"}, "9 is not one of"),
            ({"starts_on": ""}, "Choose a date."),
            ({"places": "0"}, "Type a whole number from 1 to 2000"),
            ({"left_out": "Tuesday"}, "Type dates such as 25/12/2026"),
            ({"led_by": "00000000-0000-4000-8000-000000000000"}, "valid choice"),
        ],
    )
    def test_mistakes_are_said(
        self, client: Client, coordinator: User, activity: Activity, changes: dict[str, str],
        says: str,
    ) -> None:  # fmt: skip
        address = f"/planning/activities/{activity.pk}/schedules/new/"
        response = client.post(address, form_of(**changes) | {"looked": "1"})
        assert response.status_code == 422
        assert says in " ".join(Page(response).texts_of("error-summary"))
        assert not Schedule.objects.exists()

    def test_every_date_to_come_in_two_steps_with_a_message(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime
    ) -> None:
        made(schedule, coordinator, now)
        address = f"/planning/schedules/{schedule.pk}/"
        seen = hidden(open_page(client, address))
        look = Page(client.post(address, form_of(weekday="3", starts_on="2019-05-01") | seen))
        assert "6 will be cancelled" in look.text
        assert look.element("id_reason")["value"] == "Now on Thursdays."
        sent = hidden(look) | {"looked": "1"}
        again = client.post(address, sent | {"reason": ""})
        assert again.status_code == 422
        assert "Write in a few words why" in Page(again).text
        response = client.post(address, sent | {"reason": "Now on Thursdays."})
        assert said(response) == ["Saved. 7 dates put up, 6 dates cancelled."]
        # What was looked at is gone: the same page once more is told so.
        late = client.post(address, sent | {"reason": "Now on Thursdays."})
        assert late.status_code == 409
        assert "Somebody changed this meanwhile" in Page(late).text

    def test_dates_that_keep_their_places_lead_to_where_people_are_booked(
        self, client: Client, coordinator: User, schedule: Schedule, now: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        session = made(schedule, coordinator, now)[dt.date(2019, 6, 4)]
        Session.objects.filter(pk=session.pk).update(places=12)
        monkeypatch.setattr(
            "activities.handlers.sessions_booked", [lambda ids: {session.pk} & set(ids)]
        )
        address = f"/planning/schedules/{schedule.pk}/"
        seen = hidden(open_page(client, address))
        look = Page(client.post(address, form_of(places="") | seen))
        assert "1 keeps its places" in look.text
        assert "Tuesday 4 June 2019 : 12 places" in look.text
        assert f"/sessions/{session.pk}/bookings/" in look.html
        assert (
            "keeps its places" not in Page(client.post(address, form_of(places="12") | seen)).text
        )

    def test_missing_dates_can_be_put_up(
        self, client: Client, coordinator: User, schedule: Schedule
    ) -> None:
        page = open_page(client, f"/planning/activities/{schedule.activity_id}/schedules/")
        assert "Put up 6 missing dates" in page.text
        response = client.post(f"/planning/schedules/{schedule.pk}/make/")
        assert said(response) == ["6 dates put up."]
        page = open_page(client, f"/planning/activities/{schedule.activity_id}/schedules/")
        assert "missing" not in page.text

    def test_strangers(self, client: Client, coordinator: User) -> None:
        theirs = factories.make_schedule()
        for address in (
            f"/planning/activities/{theirs.activity_id}/schedules/",
            f"/planning/activities/{theirs.activity_id}/schedules/new/",
            f"/planning/schedules/{theirs.pk}/",
            f"/planning/schedules/{theirs.pk}/make/",
        ):
            assert client.get(address).status_code in {404, 405}
            assert client.post(address, form_of() | {"looked": "1"}).status_code in {404, 405}
        assert not Session.objects.exists()
        client.logout()
        address = f"/planning/schedules/{theirs.pk}/"
        assert client.get(address)["Location"].startswith("/account/login/")
        client.force_login(factories.make_user(Role.EVALUATOR, hubs=(theirs.activity.hub,)))
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(  # noqa: PLR0917
        self, client: Client, coordinator: User, activity: Activity, hub: Hub, rows: int,
        now: dt.datetime, django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:  # fmt: skip
        for number in range(rows):
            schedule = factories.make_schedule(
                activity=activity, weekday=number, led_by=coordinator
            )
            made(schedule, coordinator, now)
            factories.make_session(
                activity=factories.make_activity(hub=hub, venue="Gym"),
                starts_at=london(2019, 5, 27 + number), led_by=coordinator,
            )  # fmt: skip
        # Session, user, roles; activity; sessions, schedules, terms, closures, two of clashes.
        with django_assert_num_queries(10):
            page = open_page(client, f"/planning/activities/{activity.pk}/schedules/")
        assert "is in the same place" in page.text

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries_to_look(  # noqa: PLR0917
        self, client: Client, coordinator: User, activity: Activity, rows: int,
        django_assert_num_queries: DjangoAssertNumQueries, now: dt.datetime,
    ) -> None:  # fmt: skip
        last = dt.date(2019, 5, 21) + (rows - 1) * 7 * DAY
        schedule = factories.make_schedule(activity=activity, ends_on=last)
        made(schedule, coordinator, now)
        address = f"/planning/schedules/{schedule.pk}/"
        seen = hidden(open_page(client, address))
        sent = form_of(starts="10:00", starts_on="2019-05-01", ends_on=last.isoformat()) | seen
        # Session, user, roles; schedule twice, its four constraints with a savepoint each;
        # sessions, which are booked, terms, closures, clashes.
        with django_assert_num_queries(23):
            page = Page(client.post(address, sent))
        assert f"{rows} will be changed" in page.text


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_arrives_meanwhile_is_waited_for_and_wins(
    coordinator: User, activity: Activity, now: dt.datetime
) -> None:
    schedule = factories.make_schedule(activity=activity)
    session = made(schedule, coordinator, now)[dt.date(2019, 6, 4)]
    held, looked = threading.Event(), change_of(schedule, {"starts": dt.time(15)}, now)

    def mark() -> None:
        with transaction.atomic():
            row = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
            held.set()
            time.sleep(0.3)
            row.has_marks = True
            row.save(update_fields=["has_marks"])
        connection.close()

    marking = threading.Thread(target=mark)
    marking.start()
    assert held.wait(5)
    with pytest.raises(ChangedMeanwhileError):
        change_schedule(
            by=coordinator, schedule=schedule, facts={"starts": dt.time(15)}, reason="", now=now,
            seen=fingerprint_of_schedule(schedule), agreed=looked.digest,
        )  # fmt: skip
    marking.join()
    session.refresh_from_db()
    assert (session.has_marks, session.local_start.hour, session.revision) == (True, 16, 0)
    assert {each.local_start.hour for each in Session.objects.all()} == {16}
