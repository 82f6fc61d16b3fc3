"""Planning: confirming, cancelling, and who may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.access import can_plan
from activities.models import (
    HIDDEN_AFTER,
    STALE_AFTER,
    Activity,
    Closure,
    ClosureKind,
    FirstVisitCount,
    Session,
    SessionKind,
)
from activities.queries.planning import Freshness, countdown_of
from activities.services.errors import NothingToCancelError
from activities.services.standing import cancel_session, confirm_sessions, restore_session
from hubs.models import Hub
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
REASON = "The building is closed."


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def now() -> dt.datetime:
    """As the portal's own clock is, in UTC: days of 24 hours."""
    return london(2019, 5, 14, 17).astimezone(dt.UTC)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def at(hub: Hub | None, title: str, day: int = 21, **fields: Any) -> Session:
    """A session in May that was listed and never checked on the 1st."""
    activity = fields.pop("activity", None) or factories.make_activity(hub=hub, title=title)
    usual = {"starts_at": london(2019, 5, day, 18), "listed_at": london(2019, 5, 1)}
    return factories.make_session(activity=activity, **(usual | fields))


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def cancel_address(session: Session) -> str:
    return f"/planning/sessions/{session.pk}/cancel/"


def card_of(session: Session) -> str:
    return f"activity-{session.activity_id}"


class TestCountdown:
    @pytest.mark.parametrize(
        ("ago", "freshness", "days"),
        [
            (0 * DAY, Freshness.FRESH, 30),
            (18 * DAY, Freshness.FRESH, 12),
            (STALE_AFTER - SECOND, Freshness.FRESH, 1),
            (STALE_AFTER, Freshness.STALE, 15),
            (42 * DAY, Freshness.STALE, 3),
            (HIDDEN_AFTER - SECOND, Freshness.STALE, 1),
            (HIDDEN_AFTER, Freshness.HIDDEN, 0),
        ],
    )
    def test_steps(
        self, now: dt.datetime, ago: dt.timedelta, freshness: Freshness, days: int
    ) -> None:
        countdown = countdown_of(now - ago, now)
        assert (countdown.freshness, countdown.days) == (freshness, days)

    @given(st.timedeltas(min_value=dt.timedelta(0), max_value=100 * DAY))
    def test_agrees_with_what_visitors_are_told(self, ago: dt.timedelta) -> None:
        moment = london(2019, 5, 14)
        session = Session(confirmed_at=moment - ago)
        countdown = countdown_of(moment - ago, moment)
        assert countdown.is_hidden == session.is_hidden(moment)
        assert (countdown.freshness < Freshness.FRESH) == session.is_stale(moment)
        if not countdown.is_hidden:
            assert moment < countdown.at <= moment + countdown.days * DAY


class TestPage:
    def test_what_is_to_come_with_what_becomes_of_it(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        at(hub, "Fresh", listed_at=now - 60 * DAY, checked_at=now - 18 * DAY)
        at(hub, "Hidden", listed_at=now - HIDDEN_AFTER)
        at(hub, "Stale", listed_at=now - 60 * DAY, checked_at=now - 42 * DAY)
        at(hub, "Over", day=13)
        FirstVisitCount.objects.create(
            session=Session.objects.get(activity__title="Fresh"), people=3
        )
        page = open_page(client, "/planning/")
        assert page.texts_of("planned__title") == ["Hidden", "Stale", "Fresh", "Over"]
        cards = page.texts_of("planned")
        assert "Hidden since Tuesday 14 May 2019 Never checked" in cards[0]
        assert "Moved down, hidden in 3 days Checked on Tuesday 2 April 2019" in cards[1]
        assert "Moves down in 12 days Checked on Friday 26 April 2019" in cards[2]
        assert "3 might come for the first time." in cards[2]
        assert "No dates to come." in cards[3]

    def test_the_date_confirmed_longest_ago_counts_and_cancelled_ones_do_not(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        first = at(hub, "Boxing", checked_at=now - DAY)
        at(hub, "", activity=first.activity, day=22, checked_at=now - 5 * DAY)
        at(hub, "", activity=first.activity, day=23, listed_at=now - 60 * DAY, cancelled_at=now)
        card = open_page(client, "/planning/").texts_of("planned")[0]
        assert "Moves down in 25 days" in card
        assert "3 dates, the next on Tuesday 21 May 2019" in card

    def test_only_ones_own_hubs(self, client: Client, coordinator: User, hub: Hub) -> None:
        elsewhere = factories.make_hub(name="Elsewhere")
        at(elsewhere, "Theirs")
        at(None, "Citywide event")
        page = open_page(client, "/planning/")
        for leak in ("Theirs", "Elsewhere", "Citywide event"):
            assert leak not in page.text
        for slug in ("elsewhere", "citywide", "nowhere", "%00"):
            assert client.get(f"/planning/?hub={slug}").status_code == 404

    def test_trust_staff_choose_a_place(self, client: Client, hub: Hub) -> None:
        client.force_login(factories.make_user(Role.TRUST_STAFF))
        at(hub, "Boxing")
        at(None, "Celebration")
        assert open_page(client, "/planning/").texts_of("chip") == ["Allenton", "Citywide"]
        page = open_page(client, "/planning/?hub=citywide")
        assert page.texts_of("planned__title") == ["Celebration"]

    def test_days_that_are_closed_are_said(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        activity = at(hub, "Boxing").activity
        at(hub, "", activity=activity, day=28)
        at(hub, "", activity=activity, day=30, cancelled_at=now, cancellation_reason=REASON)
        for place, kind, name, first, last in (
            (None, ClosureKind.HOLIDAY, "Spring half-term", 27, 31),
            (hub, ClosureKind.BUILDING, "New boiler", 28, 28),
            (factories.make_hub(), ClosureKind.BUILDING, "Elsewhere", 21, 28),
            (hub, ClosureKind.INSET, "Long past", 1, 13),
        ):
            Closure.objects.create(
                hub=place, kind=kind, name=name,
                first_on=dt.date(2019, 5, first), last_on=dt.date(2019, 5, last),
            )  # fmt: skip
        dates = open_page(client, "/planning/").texts_of("planned__date")
        assert "closed" not in dates[0]
        assert "School holiday or half-term Spring half-term" in dates[1]
        assert "The building is closed New boiler" in dates[1]
        assert f"Cancelled {REASON} School holiday or half-term Spring half-term" in dates[2]
        assert "Elsewhere" not in "".join(dates)

    @pytest.mark.parametrize(("role", "may"), [(Role.COORDINATOR, False), (Role.HUB_LEAD, True)])
    def test_only_leads_are_led_to_how_the_hub_works(
        self, client: Client, hub: Hub, role: Role, may: bool
    ) -> None:
        client.force_login(factories.make_user(role, hubs=(hub,)))
        page = open_page(client, "/planning/")
        assert ("How Allenton works" in page.text) == may
        addresses = [each for tag, each in page.elements if tag == "a"]
        for address in (
            "/planning/sessions/?hub=allenton&state=coming", "/planning/terms/",
            "/planning/activities/new/?hub=allenton", "/planning/terms/copy/",
        ):  # fmt: skip
            assert address in {each["href"] for each in addresses}

    def test_no_hub_at_all_says_what_to_do(self, client: Client) -> None:
        client.force_login(factories.make_user(Role.COORDINATOR))
        assert "You do not work with a hub" in open_page(client, "/planning/").text

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self,
        client: Client,
        coordinator: User,
        hub: Hub,
        rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(rows):
            session = at(hub, "Boxing")
            at(hub, "", activity=session.activity, day=22)
        # Session, user, roles; hubs, activities, sessions, closures.
        with django_assert_num_queries(7):
            open_page(client, "/planning/")


class TestConfirm:
    def test_one_tap_confirms_an_activitys_dates_to_come(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        first = at(hub, "Boxing", listed_at=now - HIDDEN_AFTER)
        same = {"activity": first.activity}
        second = at(hub, "", day=28, **same)
        untouched = [
            at(hub, "", day=13, **same), at(hub, "", day=29, cancelled_at=now, **same),
            at(hub, "Dance"),
        ]  # fmt: skip
        response = client.post(f"/planning/activities/{first.activity_id}/confirm/")
        assert response.status_code == 302
        assert response["Location"] == (
            f"/planning/?hub=allenton&at={first.activity_id}#activity-{first.activity_id}"
        )
        assert said(response) == ["Thank you. 2 dates confirmed today."]
        checked = Session.objects.filter(checked_at=now)
        assert {each.pk for each in checked} == {first.pk, second.pk}
        before = {each.pk: each for each in (first, second, *untouched)}
        for after in Session.objects.all():
            assert after.changed_at == before[after.pk].changed_at
            assert after.revision == 0
        page = open_page(client, f"/sessions/{first.pk}/")
        assert "Checked by the hub on Tuesday 14 May 2019" in page.text

    def test_what_was_done_is_said_where_the_person_lands(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        at(hub, "Another")
        session = at(hub, "Boxing")
        words = "Thank you. 1 date confirmed today."

        def land(address: str) -> Page:
            client.post(f"/planning/activities/{session.activity_id}/confirm/")
            return open_page(client, address)

        page = land(f"/planning/?hub=allenton&at={session.activity_id}")
        cards = dict(zip(page.texts_of("planned__title"), page.texts_of("planned"), strict=True))
        assert words in cards["Boxing"]
        assert words not in cards["Another"]
        assert page.text.count(words) == 1
        for elsewhere in ("&at=0", "&at=x", ""):
            page = land(f"/planning/?hub=allenton{elsewhere}")
            assert page.text.count(words) == 1
            assert words not in " ".join(page.texts_of("planned"))

    def test_one_tap_confirms_a_hub(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        mine = [at(hub, "Boxing"), at(hub, "Dance")]
        at(factories.make_hub(), "Theirs")
        response = client.post("/planning/hubs/allenton/confirm/")
        assert response["Location"] == "/planning/?hub=allenton#main"
        checked = Session.objects.filter(checked_at=now)
        assert {each.pk for each in checked} == {each.pk for each in mine}

    def test_strangers(self, client: Client, coordinator: User) -> None:
        theirs = at(factories.make_hub(name="Elsewhere"), "Theirs")
        for address in (
            f"/planning/activities/{theirs.activity_id}/confirm/",
            "/planning/hubs/elsewhere/confirm/",
        ):
            assert client.post(address).status_code == 404
            assert client.get(address).status_code == 405
        with pytest.raises(PermissionDenied):
            confirm_sessions(
                by=coordinator, sessions=Session.objects.all(), now=london(2019, 5, 14, 17)
            )
        assert not Session.objects.filter(checked_at__isnull=False).exists()


class TestCancel:
    def test_in_two_steps(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        session = at(hub, "Boxing", listed_at=now - HIDDEN_AFTER)
        FirstVisitCount.objects.create(session=session, people=2)
        form = open_page(client, cancel_address(session))
        assert "2 said that they might come for the first time." in form.text
        chosen = {"reason": REASON, "words": "We hope to be back next week."}
        look = Page(client.post(cancel_address(session), chosen))
        assert f"Cancelled {REASON} We hope to be back next week." in look.text
        session.refresh_from_db()
        assert not session.is_cancelled
        response = client.post(cancel_address(session), chosen | {"looked": "1"})
        assert response["Location"].endswith(f"&at={session.activity_id}#{card_of(session)}")
        session.refresh_from_db()
        assert session.cancelled_at == session.checked_at == session.changed_at == now
        assert session.cancellation_reason == f"{REASON} We hope to be back next week."
        assert session.revision == 1
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id, entry.actor_id, entry.reason) == (
            AuditKind.SESSION_CANCELLED, session.pk, coordinator.pk, "",
        )  # fmt: skip

    def test_shows_everywhere_at_once(
        self, client: Client, coordinator: User, hub: Hub, pages_are_kept: None
    ) -> None:
        session = at(hub, "Boxing", day=14)
        addresses = [
            f"/sessions/{session.pk}/", "/whats-on/", "/hubs/allenton/", "/",
            f"/sessions/{session.pk}/calendar.ics", "/hubs/allenton/calendar.ics", "/whats-on.ics",
        ]  # fmt: skip
        visitor = Client()
        for address in addresses:
            assert REASON not in visitor.get(address).content.decode(), address
        cancel_session(by=coordinator, session=session, reason=REASON, now=london(2019, 5, 14, 17))
        for address in addresses:
            says = visitor.get(address).content.decode()
            assert REASON in says, address
            assert "cancelled" in says.lower(), address

    def test_typed_words_stay(self, client: Client, coordinator: User, hub: Hub) -> None:
        session = at(hub, "Boxing")
        empty = client.post(cancel_address(session), {"words": ""})
        assert empty.status_code == 422
        assert "Why is it cancelled? Choose a reason, or write one." in Page(empty).text
        own = Page(client.post(cancel_address(session), {"words": "A burst pipe"}))
        assert "Cancelled A burst pipe" in own.text
        other = Page(client.post(cancel_address(session), {"reason": "other"}))
        assert "Write in a few words why it is cancelled." in other.text
        chosen = {"reason": "other", "words": "A burst pipe", "change": "1"}
        again = Page(client.post(cancel_address(session), chosen))
        assert 'value="A burst pipe"' in again.html
        look = Page(client.post(cancel_address(session), {"reason": "other", "words": "A <b>"}))
        assert "Cancelled A <b>" in look.text

    def test_twice_changes_nothing(self, client: Client, coordinator: User, hub: Hub) -> None:
        session = at(hub, "Boxing")
        chosen = {"reason": REASON, "looked": "1"}
        client.post(cancel_address(session), chosen)
        response = client.post(cancel_address(session), chosen)
        assert response["Location"] == f"/planning/sessions/{session.pk}/restore/"
        session.refresh_from_db()
        assert session.revision == 1
        with pytest.raises(NothingToCancelError, match="cancelled already"):
            cancel_session(by=coordinator, session=session, reason="", now=london(2019, 5, 14, 17))

    def test_what_is_over_is_not_cancelled(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        session = at(hub, "Boxing", day=13)
        response = client.post(cancel_address(session), {"reason": REASON, "looked": "1"})
        assert said(response) == ["This session is over. It cannot be cancelled any more."]
        session.refresh_from_db()
        assert not session.is_cancelled

    def test_taking_it_back(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        session = at(hub, "Boxing", cancelled_at=now, cancellation_reason=REASON)
        address = f"/planning/sessions/{session.pk}/restore/"
        assert f"Cancelled {REASON}" in open_page(client, address).text
        assert "1 date, cancelled" in open_page(client, "/planning/").text
        assert client.post(address).status_code == 302
        session.refresh_from_db()
        assert "1 date, the next on Tuesday 21 May 2019" in open_page(client, "/planning/").text
        assert session.cancelled_at is None
        assert session.cancellation_reason == ""
        assert (session.revision, session.changed_at, session.checked_at) == (1, now, now)
        assert AuditEntry.objects.get().kind == AuditKind.SESSION_RESTORED
        assert "Nothing has to be taken back" in open_page(client, address).text
        assert said(client.post(address)) == ["This session is not cancelled."]

    def test_the_cancellation_of_what_is_over_stands_unless_its_log_says_otherwise(
        self, client: Client, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        session = at(hub, "Boxing", day=13, cancelled_at=now)
        page = open_page(client, f"/planning/sessions/{session.pk}/restore/")
        assert "If it did take place, say so in its log." in page.text
        assert "take the cancellation back" not in page.text
        with pytest.raises(NothingToCancelError, match="stands"):
            restore_session(by=coordinator, session=session, now=now)

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        theirs = at(factories.make_hub(), "Theirs")
        for act in ("cancel", "restore"):
            address = f"/planning/sessions/{theirs.pk}/{act}/"
            assert client.get(address).status_code == 404
            answer = client.post(address, {"reason": REASON, "looked": "1"})
            assert answer.status_code == 404
        with pytest.raises(PermissionDenied):
            restore_session(by=coordinator, session=theirs, now=now)
        with pytest.raises(PermissionDenied):
            cancel_session(by=coordinator, session=theirs, now=now, reason=REASON)
        assert not AuditEntry.objects.exists()


class TestAccess:
    @pytest.mark.parametrize(
        ("role", "own", "other", "citywide"),
        [
            (Role.COORDINATOR, True, False, False),
            (Role.HUB_LEAD, True, False, False),
            (Role.TRUST_STAFF, True, True, True),
            (Role.EVALUATOR, False, False, False),
            (Role.SAFEGUARDING_LEAD, False, False, False),
            (Role.ADMINISTRATOR, False, False, False),
        ],
    )
    def test_who_may_plan(
        self, hub: Hub, role: Role, own: bool, other: bool, citywide: bool
    ) -> None:
        user = factories.make_user(role, hubs=(hub,))
        activities = [
            factories.make_activity(hub=place) for place in (hub, factories.make_hub(), None)
        ]
        assert [can_plan(user, each) for each in activities] == [own, other, citywide]

    def test_leavers_may_not(self, hub: Hub, coordinator: User) -> None:
        coordinator.hub_memberships.update(ended_at=london(2019, 5, 1))
        assert not can_plan(coordinator, factories.make_activity(hub=hub))

    @pytest.mark.parametrize("role", [Role.EVALUATOR, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_other_roles_are_refused(self, client: Client, hub: Hub, role: Role) -> None:
        session = at(hub, "Boxing")
        client.force_login(factories.make_user(role, hubs=(hub,)))
        pk = session.activity_id
        for address in (
            "/planning/", cancel_address(session), f"/planning/activities/{pk}/",
            f"/planning/activities/{pk}/words/pl/",
        ):  # fmt: skip
            assert client.get(address).status_code == 403
            assert client.post(address).status_code in {403, 405}
        assert client.post(f"/planning/activities/{pk}/confirm/").status_code == 403

    def test_nobody_without_signing_in(self, client: Client, hub: Hub) -> None:
        session = at(hub, "Boxing")
        for address in ("/planning/", cancel_address(session)):
            assert client.get(address)["Location"].startswith("/account/login/")

    def test_training_is_planned_too(self, client: Client, coordinator: User, hub: Hub) -> None:
        at(hub, "Training", kind=SessionKind.TRAINING)
        assert "Training" in open_page(client, "/planning/").text
        assert Activity.objects.count() == 1


def test_dates_with_places_lead_to_who_has_booked(
    client: Client, coordinator: User, hub: Hub
) -> None:
    activity = factories.make_activity(hub=hub)
    factories.make_session(activity=activity, starts_at=london(2019, 5, 21))
    trip = factories.make_session(activity=activity, starts_at=london(2019, 5, 22), places=12)
    for address in ("/planning/", f"/planning/activities/{activity.pk}/schedules/"):
        links = open_page(client, address).links
        booked = [link for link in links if link.endswith("/bookings/")]
        assert booked == [f"/sessions/{trip.pk}/bookings/"]
