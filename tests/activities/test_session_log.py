"""The log of a session: who writes it, what it sets, and what it refuses."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities import handlers
from activities.models import CountMethod, Delivery, HeadCount, Session, SessionLog, Skill
from activities.queries.log import Happened, LogFacts, facts_of, fingerprint_of, log_of
from activities.services.errors import ChangedMeanwhileError, LogRefusedError
from activities.services.log import log_session
from hubs.models import Hub, Organisation
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
WHY = "The building was closed."


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Coordinator One")
    client.force_login(user)
    return user


@pytest.fixture
def partner() -> Organisation:
    return factories.make_organisation(name="Puddle Arts")


@pytest.fixture
def session(hub: Hub, partner: Organisation) -> Session:
    """An hour and a half that began an hour ago."""
    activity = factories.make_activity(hub=hub, title="Boxing", partner=partner)
    return factories.make_session(activity=activity)


def address(session: Session) -> str:
    return f"/planning/sessions/{session.pk}/log/"


def facts(**others: Any) -> LogFacts:
    said = LogFacts(
        Happened.DELIVERED, 90, "", frozenset({"empathy"}), "Went well.", frozenset(), frozenset()
    )
    return replace(said, **others)


NOT = {"happened": Happened.NOT, "minutes": None, "why": WHY}


@pytest.fixture
def write(coordinator: User, session: Session, now: dt.datetime) -> Callable[..., SessionLog]:
    """Write the log, having seen what stands."""

    def log(**others: Any) -> SessionLog:
        session.refresh_from_db()
        seen = fingerprint_of(facts_of(session, log_of(session)))
        said = facts(**others)
        return log_session(by=coordinator, session=session, facts=said, seen=seen, now=now)

    return log


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


class TestWriting:
    def test_outcome_stands_on_the_session_and_the_rest_in_the_log(
        self,
        write: Callable[..., SessionLog],
        session: Session,
        coordinator: User,
        partner: Organisation,
        now: dt.datetime,
    ) -> None:
        people = {"staff": frozenset({coordinator.pk}), "partners": frozenset({partner.pk})}
        log = write(happened=Happened.CUT_SHORT, minutes=40, why="Fire alarm.", **people)
        session.refresh_from_db()
        assert (session.delivery, session.delivered_minutes) == (Delivery.CUT_SHORT, 40)
        assert (session.minutes, session.revision, session.cancelled_at) == (40, 0, None)
        assert (log.why, log.skills, log.note) == ("Fire alarm.", [Skill.EMPATHY], "Went well.")
        assert (log.logged_by, log.logged_at) == (coordinator, now)
        assert list(log.staff.all()) == [coordinator]
        assert list(log.partners.all()) == [partner]
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id, entry.actor_id, entry.reason) == (
            AuditKind.SESSION_LOGGED, session.pk, coordinator.pk, "cut_short",
        )  # fmt: skip

    def test_the_same_again_changes_nothing(self, write: Callable[..., SessionLog]) -> None:
        write()
        write()
        assert kinds() == [AuditKind.SESSION_LOGGED]

    def test_what_did_not_take_place_is_cancelled_and_put_right_again(
        self,
        write: Callable[..., SessionLog],
        session: Session,
        now: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told: list[Session] = []
        monkeypatch.setattr(handlers, "session_restored", told)
        monkeypatch.setattr("activities.services.log.session_restored", [told.append])
        write(**NOT)
        session.refresh_from_db()
        assert (session.cancelled_at, session.cancellation_reason) == (now, WHY)
        assert (session.delivery, session.delivered_minutes) == ("", None)
        assert (session.revision, session.changed_at) == (1, now)
        assert told == []
        write(happened=Happened.DELIVERED)
        session.refresh_from_db()
        assert (session.cancelled_at, session.cancellation_reason) == (None, "")
        assert (session.delivery, session.delivered_minutes) == ("delivered", 90)
        assert session.revision == 2
        assert told == [session]
        assert kinds() == [
            AuditKind.SESSION_CANCELLED, AuditKind.SESSION_LOGGED,
            AuditKind.SESSION_RESTORED, AuditKind.SESSION_LOGGED,
        ]  # fmt: skip

    def test_what_was_cancelled_before_keeps_its_moment(
        self, write: Callable[..., SessionLog], session: Session, now: dt.datetime
    ) -> None:
        Session.objects.update(cancelled_at=now - 9 * HOUR, cancellation_reason=WHY)
        write(**NOT)
        session.refresh_from_db()
        assert (session.cancelled_at, session.revision) == (now - 9 * HOUR, 0)
        assert kinds() == [AuditKind.SESSION_LOGGED]

    def test_people_there_refuse_that_it_did_not_take_place(
        self, write: Callable[..., SessionLog], session: Session
    ) -> None:
        Session.objects.update(has_marks=True)
        with pytest.raises(LogRefusedError, match="People are marked on the register"):
            write(**NOT)
        Session.objects.update(has_marks=False)
        counted = HeadCount.objects.create(session=session, people=8, method=CountMethod.COUNTED)
        with pytest.raises(LogRefusedError, match="People were counted"):
            write(**NOT)
        counted.delete()
        session.refresh_from_db()
        assert not session.is_cancelled
        assert not SessionLog.objects.exists()

    def test_not_before_it_begins(
        self, write: Callable[..., SessionLog], session: Session, now: dt.datetime, client: Client
    ) -> None:
        Session.objects.update(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
        with pytest.raises(LogRefusedError, match="has not begun"):
            write()
        page = open_page(client, address(session))
        assert "It has not begun yet." in page.text
        assert "Save the log" not in page.text
        said = {"happened": "delivered", "minutes": "60", "seen": seen_on(session)}
        assert client.post(address(session), said).status_code == 422
        Session.objects.update(starts_at=now)
        write()

    def test_somebody_else_was_quicker(
        self,
        write: Callable[..., SessionLog],
        session: Session,
        coordinator: User,
        now: dt.datetime,
    ) -> None:
        seen = seen_on(session)
        write()
        with pytest.raises(ChangedMeanwhileError):
            log_session(
                by=coordinator, session=session, facts=facts(minutes=60), seen=seen, now=now
            )
        assert kinds() == [AuditKind.SESSION_LOGGED]

    def test_strangers(self, session: Session, now: dt.datetime, client: Client) -> None:
        for user, status in (
            (factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)), 404),
            (factories.make_user(Role.EVALUATOR), 403),
        ):
            client.force_login(user)
            assert client.get(address(session)).status_code == status
            assert client.post(address(session), {"happened": "delivered"}).status_code == status
            with pytest.raises(PermissionDenied):
                log_session(by=user, session=session, facts=facts(), seen="", now=now)
        client.logout()
        assert client.get(address(session))["Location"].startswith("/account/login/")
        assert not SessionLog.objects.exists()


def seen_on(session: Session) -> str:
    session.refresh_from_db()
    return fingerprint_of(facts_of(session, log_of(session)))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told(session: Session, coordinator: User, now: dt.datetime) -> None:
    seen, start = seen_on(session), threading.Barrier(2)
    told: list[str] = []

    def run(minutes: int) -> None:
        start.wait()
        said = facts(minutes=minutes)
        try:
            log_session(by=coordinator, session=session, facts=said, seen=seen, now=now)
            told.append("saved")
        except ChangedMeanwhileError:
            told.append("changed meanwhile")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(minutes,)) for minutes in (60, 70)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["changed meanwhile", "saved"]
    assert kinds() == [AuditKind.SESSION_LOGGED]


class TestPage:
    def test_what_is_most_likely_is_filled_in(
        self, client: Client, coordinator: User, session: Session, partner: Organisation
    ) -> None:
        page = open_page(client, address(session))
        assert ticked(page) == {
            ("happened", "delivered"), ("staff", str(coordinator.pk)), ("partners", str(partner.pk)),
        }  # fmt: skip
        assert ("minutes", "90") in values(page)
        assert "Everybody can read why something did not take place." in page.text
        assert "No names of children." in page.text
        assert "tell the safeguarding lead" in page.text

    def test_saved_as_it_comes_in_one_tap(
        self, client: Client, coordinator: User, session: Session, partner: Organisation
    ) -> None:
        page = open_page(client, address(session))
        response = client.post(address(session), as_filled(page))
        assert (response.status_code, response["Location"]) == (302, "/today/")
        log = SessionLog.objects.get()
        assert (list(log.staff.all()), list(log.partners.all())) == ([coordinator], [partner])
        assert log.session.delivered_minutes == 90
        again = open_page(client, address(session))
        assert "Last written by Coordinator One on Tuesday 14 May 2019, 5pm." in again.text

    def test_the_office_was_rather_not_there_and_the_leader_was(
        self, client: Client, session: Session, hub: Hub
    ) -> None:
        leader = factories.make_user(Role.COORDINATOR, hubs=(hub,))
        Session.objects.update(led_by=leader)
        client.force_login(factories.make_user(Role.TRUST_STAFF))
        chosen = ticked(open_page(client, address(session)))
        assert {value for name, value in chosen if name == "staff"} == {str(leader.pk)}

    def test_who_can_be_chosen(
        self, client: Client, coordinator: User, session: Session, hub: Hub
    ) -> None:
        other = factories.make_hub()
        left = factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Left Since")
        left.hub_memberships.update(ended_at=london(2019, 5, 14, 16, 30))
        factories.make_user(Role.COORDINATOR, hubs=(other,), name="Works Elsewhere")
        factories.make_organisation(name="Faraway Dance")
        factories.make_organisation(name="The Funder", kind="funder")
        page = open_page(client, address(session))
        assert "Left Since" in page.text
        assert "Works Elsewhere" not in page.text
        assert "Faraway Dance" in page.text.split("Other partners")[1]
        assert "Puddle Arts" in page.text.split("Other partners")[0]
        assert "The Funder" not in page.text
        stranger = User.objects.get(name="Works Elsewhere")
        said = {"happened": "delivered", "minutes": "90", "staff": [str(stranger.pk)]}
        assert client.post(address(session), said).status_code == 422

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            ({"happened": "delivered", "minutes": ""}, "Type whole minutes from 1 to 720."),
            ({"happened": "delivered", "minutes": "0"}, "Type whole minutes from 1 to 720."),
            ({"happened": "delivered", "minutes": "721"}, "Type whole minutes from 1 to 720."),
            ({"happened": "delivered", "minutes": "an hour"}, "Type whole minutes"),
            ({"happened": "cut_short", "minutes": "40"}, "Write in a few words why."),
            ({"happened": "cut_short", "minutes": "90", "why": WHY}, "planned for 90 minutes"),
            ({"happened": "not"}, "Write in a few words why."),
            ({"minutes": "90"}, "What became of it?"),
            ({"happened": "delivered", "minutes": "90", "skills": ["magic"]}, "magic"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_its_field(
        self, client: Client, coordinator: User, session: Session, said: Any, problem: str
    ) -> None:
        response = client.post(address(session), {"note": "A long note"} | said)
        assert response.status_code == 422
        assert problem in Page(response).text
        assert "A long note" in Page(response).text
        assert not SessionLog.objects.exists()

    def test_a_refusal_keeps_what_was_typed(
        self, client: Client, coordinator: User, session: Session
    ) -> None:
        Session.objects.update(has_marks=True)
        said = {"happened": "not", "why": WHY, "seen": seen_on(session)}
        response = client.post(address(session), said)
        assert response.status_code == 422
        assert "People are marked on the register" in Page(response).text
        assert ("why", WHY) in values(Page(response))

    def test_conflict_shows_what_is_saved_and_keeps_what_was_typed(
        self, client: Client, write: Callable[..., SessionLog], session: Session
    ) -> None:
        seen = seen_on(session)
        write(happened=Happened.CUT_SHORT, minutes=30, why="Fire alarm.", note="Theirs")
        mine = {"happened": "delivered", "minutes": "90", "note": "Mine", "seen": seen}
        response = client.post(address(session), mine)
        assert response.status_code == 409
        page = Page(response)
        assert "Somebody changed this meanwhile" in page.text
        for saved in ("Cut short", "30", "Fire alarm.", "Theirs", "Attitude, respect and empathy"):
            assert saved in page.texts_of("notice")[0]
        assert "Mine" in page.text
        assert SessionLog.objects.get().note == "Theirs"
        again = client.post(address(session), mine | {"seen": dict(values(page))["seen"]})
        assert again.status_code == 302
        assert SessionLog.objects.get().note == "Mine"

    @pytest.mark.parametrize(
        ("asked", "lands"),
        [
            ("/planning/sessions/?state=over", "/planning/sessions/?state=over"),
            ("https://example.org/", "/today/"),
            ("//example.org", "/today/"),
            ("javascript:alert(1)", "/today/"),
        ],
    )
    def test_goes_back_to_pages_of_our_own_only(
        self, client: Client, coordinator: User, session: Session, asked: str, lands: str
    ) -> None:
        said = {"happened": "delivered", "minutes": "90", "seen": seen_on(session), "next": asked}
        assert client.post(address(session), said)["Location"] == lands

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self,
        client: Client,
        write: Callable[..., SessionLog],
        session: Session,
        rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        hub = session.activity.hub
        staff = [factories.make_user(Role.COORDINATOR, hubs=(hub,)).pk for _ in range(rows)]
        partners = [factories.make_organisation().pk for _ in range(rows)]
        write(staff=frozenset(staff), partners=frozenset(partners))
        with django_assert_num_queries(13):
            open_page(client, address(session))


def values(page: Page) -> list[tuple[str, str]]:
    """Name and value of every field that a browser would send as typed."""
    kept = [each for tag, each in page.elements if tag == "input"]
    typed = [each for each in kept if each.get("type") not in {"checkbox", "radio"}]
    return [(each["name"], each.get("value", "")) for each in typed]


def ticked(page: Page) -> set[tuple[str, str]]:
    boxes = [each for tag, each in page.elements if tag == "input" and "checked" in each]
    return {(each["name"], each["value"]) for each in boxes}


def as_filled(page: Page) -> dict[str, Any]:
    """What a browser would send of a page that nobody has touched."""
    data: dict[str, Any] = dict(values(page))
    for name, value in ticked(page):
        data[name] = [*data.get(name, []), value]
    return data
