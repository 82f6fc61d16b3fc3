"""Terms, closures, what falls into them, and a term copied into the next."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Activity, Closure, ClosureKind, Schedule, Session, Term
from activities.queries.copying import copy_plan
from activities.queries.planning import places_of
from activities.services.errors import ChangedMeanwhileError
from activities.services.schedules import make_sessions
from activities.services.terms import (
    cancel_in_closure,
    copy_term,
    put_closure,
    put_term,
    remove_closure,
)
from hubs.models import Hub
from tests import factories
from tests.activities.test_schedules import hidden, said
from tests.factories import london
from tests.pages import Page, open_page
from tests.participants.services.helpers import in_threads

pytestmark = pytest.mark.django_db
JUNE_4 = dt.date(2019, 6, 4)


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
def trust(client: Client) -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def summer() -> Term:
    return Term.objects.create(
        name="Summer 2019", starts_on=dt.date(2019, 4, 23), ends_on=dt.date(2019, 6, 30)
    )


@pytest.fixture
def autumn() -> Term:
    return Term.objects.create(
        name="Autumn 2019", starts_on=dt.date(2019, 9, 3), ends_on=dt.date(2019, 9, 30)
    )


def closed(hub: Hub | None = None, day: dt.date = JUNE_4, **fields: Any) -> Closure:
    usual = {"kind": ClosureKind.BUILDING, "name": "Boiler", "first_on": day, "last_on": day}
    return Closure.objects.create(hub=hub, **(usual | fields))


class TestTerms:
    sent = {"name": "Spring", "starts_on": "2020-01-06", "ends_on": "2020-04-03"}  # noqa: RUF012

    def test_trust_staff_write_them(self, client: Client, trust: User, now: dt.datetime) -> None:
        client.force_login(trust)
        assert client.post("/planning/terms/new/", self.sent).status_code == 302
        term = Term.objects.get()
        assert (term.starts_on, term.ends_on) == (dt.date(2020, 1, 6), dt.date(2020, 4, 3))
        address = f"/planning/terms/{term.pk}/"
        seen = hidden(open_page(client, address))
        assert client.post(address, self.sent | seen | {"name": "Lent"}).status_code == 302
        again = client.post(address, self.sent | seen)
        assert again.status_code == 409
        assert "Lent" in Page(again).text
        assert Term.objects.get().name == "Lent"
        assert set(AuditEntry.objects.values_list("kind", flat=True)) == {AuditKind.CLOSURE_CHANGED}

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"ends_on": "2020-01-01"}, "Choose a day that is not before the first one."),
            ({"name": "Summer 2019"}, "There is a term of that name already."),
            ({"starts_on": "soon"}, "Type a date such as"),
        ],
    )
    def test_mistakes_are_said(
        self, client: Client, trust: User, summer: Term, changes: dict[str, str], says: str
    ) -> None:
        client.force_login(trust)
        response = client.post("/planning/terms/new/", self.sent | changes)
        assert response.status_code == 422
        assert says in Page(response).text

    def test_coordinators_only_read_them(
        self, client: Client, coordinator: User, summer: Term
    ) -> None:
        page = open_page(client, "/planning/terms/")
        assert "Summer 2019" in page.text
        assert f"/planning/terms/{summer.pk}/" not in page.links
        assert client.get(f"/planning/terms/{summer.pk}/").status_code == 403
        assert client.post("/planning/terms/new/", self.sent).status_code == 403
        with pytest.raises(PermissionDenied):
            put_term(by=coordinator, term=summer, facts={"name": "x"})

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self, client: Client, coordinator: User, hub: Hub, rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:  # fmt: skip
        for number in range(rows):
            day = JUNE_4 + dt.timedelta(days=number)
            Term.objects.create(name=str(number), starts_on=day, ends_on=day)
            closed(hub, day)
            closed(None, day)
        # Session, user, roles; hubs, closures, terms.
        with django_assert_num_queries(6):
            open_page(client, "/planning/terms/")


class TestClosures:
    def sent(self, **changes: Any) -> dict[str, Any]:
        usual = {"place": "allenton", "kind": "building", "name": "Boiler",
                 "first_on": "2019-06-04", "last_on": ""}  # fmt: skip
        return usual | changes

    def test_a_coordinator_closes_their_own_hub(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        response = client.post("/planning/closures/new/", self.sent())
        assert response["Location"] == "/planning/terms/"
        closure = Closure.objects.get()
        assert (closure.hub, closure.first_on, closure.last_on) == (hub, JUNE_4, JUNE_4)
        twice = client.post("/planning/closures/new/", self.sent())
        assert "There is one of this kind from that day on already." in Page(twice).text
        for place in ("citywide", "elsewhere"):
            response = client.post("/planning/closures/new/", self.sent(place=place))
            assert response.status_code == 422

    def test_change_and_take_away(self, client: Client, coordinator: User, hub: Hub) -> None:
        closure = closed(hub)
        address = f"/planning/closures/{closure.pk}/"
        seen = hidden(open_page(client, address))
        client.post(address, self.sent(last_on="2019-06-06") | seen)
        closure.refresh_from_db()
        assert closure.last_on == dt.date(2019, 6, 6)
        conflict = client.post(address, self.sent(name="Paint") | seen)
        assert conflict.status_code == 409
        assert "6 June 2019" in Page(conflict).text or "2019-06-06" in Page(conflict).text
        assert "Boiler" in open_page(client, f"{address}remove/").text
        assert client.post(f"{address}remove/").status_code == 302
        assert not Closure.objects.exists()

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        theirs = closed(factories.make_hub())
        citys = closed(None)
        for part in ("", "remove/", "sessions/"):
            address = f"/planning/closures/{theirs.pk}/{part}"
            assert client.get(address).status_code == 404
            assert client.post(address, self.sent()).status_code == 404
        for part in ("", "remove/"):
            address = f"/planning/closures/{citys.pk}/{part}"
            assert client.get(address).status_code == 403
            assert client.post(address, self.sent()).status_code == 403
        for closure in (theirs, citys):
            with pytest.raises(PermissionDenied):
                remove_closure(by=coordinator, closure=closure)
            with pytest.raises(PermissionDenied):
                put_closure(by=coordinator, closure=closure, facts={"hub": closure.hub})
        assert "Boiler" in open_page(client, "/planning/terms/").text
        assert Closure.objects.count() == 2

    def test_what_falls_into_it_is_cancelled_in_two_steps(
        self, client: Client, coordinator: User, activity: Activity, hub: Hub, now: dt.datetime
    ) -> None:
        schedule = factories.make_schedule(activity=activity)
        make_sessions(by=coordinator, schedule=schedule, now=now)
        single = factories.make_session(activity=activity, starts_at=london(2019, 6, 4, 10))
        marked = factories.make_session(
            activity=activity, starts_at=london(2019, 6, 4, 12), has_marks=True
        )
        theirs = factories.make_session(starts_at=london(2019, 6, 4))
        response = client.post("/planning/closures/new/", self.sent())
        address = response["Location"]
        assert address == f"/planning/closures/{Closure.objects.get().pk}/sessions/"
        page = open_page(client, address)
        assert "stays as it is: people are marked in its register" in page.text
        weekly = Session.objects.get(schedule=schedule, slot_on=JUNE_4)
        ticked = {"sessions": [weekly.pk, theirs.pk, marked.pk], "words": "Boiler."}
        look = Page(client.post(address, ticked))
        assert look.texts_of("notice__title") == ["Boxing, Tuesday 4 June 2019, 4pm to 5:30pm"]
        assert not Session.objects.filter(cancelled_at__isnull=False).exists()
        done = client.post(address, ticked | {"looked": "1"})
        assert said(done) == ["1 date cancelled. Everybody who looks sees it from now on."]
        cancelled = Session.objects.filter(cancelled_at__isnull=False)
        assert list(cancelled.values_list("pk", "cancellation_reason")) == [(weekly.pk, "Boiler.")]
        assert not cancelled.filter(pk=single.pk).exists()

    def test_nothing_ticked_is_said(
        self, client: Client, coordinator: User, activity: Activity, hub: Hub
    ) -> None:
        factories.make_session(activity=activity, starts_at=london(2019, 6, 4, 10))
        address = f"/planning/closures/{closed(hub).pk}/sessions/"
        response = client.post(address, {"words": "Boiler.", "sessions": "x"})
        assert response.status_code == 422
        assert "Tick at least one date." in Page(response).text

    def test_a_school_closure_stops_only_what_is_in_term_time(
        self, coordinator: User, activity: Activity, hub: Hub, now: dt.datetime, summer: Term
    ) -> None:
        for term_time_only, hour in ((True, 9), (False, 11)):
            schedule = factories.make_schedule(
                activity=activity, term_time_only=term_time_only, starts=dt.time(hour),
                ends=dt.time(hour + 1),
            )  # fmt: skip
            make_sessions(by=coordinator, schedule=schedule, now=now)
        factories.make_session(activity=activity, starts_at=london(2019, 6, 4, 14))
        closure = closed(hub, kind=ClosureKind.INSET)
        everything = list(Session.objects.values_list("pk", flat=True))
        what: dict[str, Any] = {"by": coordinator, "sessions": everything, "now": now}
        assert cancel_in_closure(**what, closure=closure, reason="INSET day.") == 1
        only = Session.objects.get(cancelled_at__isnull=False)
        assert (only.local_start.hour, only.slot_on) == (9, JUNE_4)
        assert cancel_in_closure(**what, closure=closure, reason="INSET day.") == 0

    @pytest.mark.django_db(transaction=True)
    def test_what_somebody_else_cancels_meanwhile_is_passed_over(
        self, coordinator: User, hub: Hub, now: dt.datetime
    ) -> None:
        """Two people answer the same closure at once: each date is cancelled once."""
        activity = factories.make_activity(hub=hub)
        made = [
            factories.make_session(activity=activity, starts_at=now + dt.timedelta(days=3, hours=n))
            for n in range(6)
        ]
        day = made[0].local_date
        closure = Closure.objects.create(
            hub=hub, kind=ClosureKind.BUILDING, name="Flood", first_on=day, last_on=day
        )

        def cancel() -> int:
            return cancel_in_closure(
                by=coordinator,
                closure=closure,
                sessions={each.pk for each in made},
                reason="Flood.",
                now=now,
            )

        assert sorted(in_threads(*[cancel] * 4)) == [0, 0, 0, 6]
        assert AuditEntry.objects.filter(kind=AuditKind.SESSION_CANCELLED).count() == 6


class TestCopying:
    def plan(self, by: User, source: Term, target: Term, now: dt.datetime) -> Any:
        return copy_plan(by, places_of(by), source, target, now)

    def copy(self, by: User, source: Term, target: Term, now: dt.datetime) -> Any:
        plan = self.plan(by, source, target, now)
        return copy_term(
            by=by, places=places_of(by), source=source, target=target, agreed=plan.digest, now=now
        )

    def test_schedules_and_dates_but_nothing_of_who_came(  # noqa: PLR0917
        self, coordinator: User, activity: Activity, summer: Term, autumn: Term, hub: Hub,
        now: dt.datetime,
    ) -> None:  # fmt: skip
        old = factories.make_schedule(
            activity=activity, led_by=coordinator, places=9, term_time_only=True,
            left_out=[dt.date(2019, 6, 11)],
        )  # fmt: skip
        make_sessions(by=coordinator, schedule=old, now=now)
        Session.objects.update(has_marks=True, register_taken_at=now)
        closed(hub, dt.date(2019, 9, 10))
        done = self.copy(coordinator, summer, autumn, now)
        assert (len(done.copied), done.dates) == (1, 3)
        new = Schedule.objects.exclude(pk=old.pk).get()
        assert (new.starts_on, new.ends_on) == (autumn.starts_on, autumn.ends_on)
        assert (new.led_by, new.places, new.term_time_only, new.left_out) == (
            coordinator, 9, True, [],
        )  # fmt: skip
        sessions = Session.objects.filter(schedule=new)
        assert [each.slot_on.day for each in sessions] == [3, 17, 24]  # type: ignore[union-attr]
        assert not sessions.filter(has_marks=True).exists()
        assert not sessions.exclude(register_taken_at=None).exists()

    def test_twice_makes_nothing_new(
        self, coordinator: User, activity: Activity, summer: Term, autumn: Term, now: dt.datetime
    ) -> None:
        factories.make_schedule(activity=activity)
        self.copy(coordinator, summer, autumn, now)
        counts = (Schedule.objects.count(), Session.objects.count())
        again = self.copy(coordinator, summer, autumn, now)
        assert (again.copied, [row.why_not for row in again.rows]) == ([], ["Is there already"])
        assert (Schedule.objects.count(), Session.objects.count()) == counts

    def test_what_ended_before_the_term_is_not_copied(
        self, coordinator: User, activity: Activity, summer: Term, autumn: Term, now: dt.datetime
    ) -> None:
        factories.make_schedule(activity=activity, ends_on=dt.date(2019, 6, 4))
        (only,) = self.plan(coordinator, summer, autumn, now).rows
        assert only.why_not == "Ended before the term did"

    def test_in_two_steps_with_clashes(
        self, client: Client, coordinator: User, activity: Activity, summer: Term, autumn: Term
    ) -> None:
        factories.make_schedule(activity=activity)
        factories.make_session(activity=activity, starts_at=london(2019, 9, 10, 17))
        assert "Allenton" in open_page(client, "/planning/terms/copy/").text
        sent = {"places": ["allenton"], "source": summer.pk, "target": autumn.pk}
        look = Page(client.post("/planning/terms/copy/", sent))
        assert "1 weekly time, 4 dates." in look.text
        assert "Boxing is in the same place on Tuesday 10 September 2019" in look.text
        assert Schedule.objects.count() == 1
        agreed = hidden(look) | sent | {"looked": "1"}
        stale = client.post("/planning/terms/copy/", agreed | {"agreed": "x"})
        assert stale.status_code == 409
        assert said(client.post("/planning/terms/copy/", agreed)) == ["Copied. 4 dates put up."]
        assert Schedule.objects.count() == 2

    def test_forward_only_and_of_ones_own_hubs(
        self, client: Client, coordinator: User, summer: Term, autumn: Term, now: dt.datetime
    ) -> None:
        theirs = factories.make_schedule(activity=factories.make_activity(
            hub=factories.make_hub(name="Elsewhere"), title="Theirs"))  # fmt: skip
        for sent in (
            {"places": ["elsewhere"], "source": summer.pk, "target": autumn.pk},
            {"places": ["allenton"], "source": summer.pk, "target": summer.pk},
            {"source": summer.pk, "target": autumn.pk},
        ):
            response = client.post("/planning/terms/copy/", sent)
            assert response.status_code == 422
            assert "Theirs" not in Page(response).text
        places = places_of(factories.make_user(Role.TRUST_STAFF))
        what: dict[str, Any] = {"by": coordinator, "source": summer, "target": autumn, "now": now}
        with pytest.raises(PermissionDenied):
            copy_term(**what, places=places, agreed="")
        with pytest.raises(ChangedMeanwhileError):
            copy_term(**what, places=places_of(coordinator), agreed="")
        assert Schedule.objects.get() == theirs

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(  # noqa: PLR0917
        self, coordinator: User, hub: Hub, summer: Term, autumn: Term, now: dt.datetime,
        rows: int, django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:  # fmt: skip
        for _ in range(rows):
            factories.make_schedule(activity=factories.make_activity(hub=hub, venue="Gym"))
        places = places_of(coordinator)
        # Schedules, those that are there; terms, closures; clashes.
        with django_assert_num_queries(5):
            assert len(copy_plan(coordinator, places, summer, autumn, now).copied) == rows
