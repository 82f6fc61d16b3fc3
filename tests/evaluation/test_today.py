from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from activities.models import FirstVisitCount, Session
from evaluation.models import RespondentKind
from evaluation.queries.today import to_ask_today, today_page
from participants.models import Booking
from tests.factories import (
    make_activity,
    make_attendance,
    make_consent,
    make_hub,
    make_instrument,
    make_measure,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def hub() -> Any:
    return make_hub(name="Allenton")


@pytest.fixture
def coordinator(hub: Any, client: Client) -> Any:
    user = make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def at(hub: Any, offset: dt.timedelta, title: str, **fields: Any) -> Session:
    activity = make_activity(hub=hub, title=title)
    return make_session(activity=activity, starts_at=timezone.now() + offset, **fields)


def read(client: Client) -> str:
    response = client.get(reverse("evaluation:today"))
    assert response.status_code == 200
    return response.content.decode()


def register_of(session: Session) -> str:
    return f'href="{reverse("participants:session_register", kwargs={"pk": session.pk})}"'


def test_now_next_and_missing_each_lead_to_the_register(client, coordinator, hub):
    sessions = [
        at(hub, -HOUR / 2, "Drumming"),
        at(hub, 24 * HOUR, "Boxing"),
        at(hub, -48 * HOUR, "Circus skills"),
    ]
    page = read(client)
    for session in sessions:
        assert page.count(register_of(session)) == 1
        assert session.activity.title in page
    assert page.index("Drumming") < page.index("Boxing") < page.index("Circus skills")


def test_empty_states_say_so(client, coordinator):
    page = read(client)
    assert "Nothing is planned at your hubs in the next seven days." in page
    assert "None. Every register of the past four weeks is taken." in page
    assert "On now" not in page


def test_nothing_else_planned(client, coordinator, hub):
    at(hub, -HOUR / 2, "Drumming")
    assert "Nothing else is planned at your hubs in the next seven days." in read(client)


def test_a_taken_register_is_said_and_can_be_opened(client, coordinator, hub):
    at(hub, -HOUR / 2, "Drumming", register_taken_at=timezone.now())
    page = read(client)
    assert "Register taken" in page
    assert "Open register" in page


def test_a_register_that_is_begun_does_not_look_untouched(client, coordinator, hub):
    at(hub, -HOUR / 2, "Drumming", has_marks=True)
    at(hub, -48 * HOUR, "Circus skills", has_marks=True)
    page = read(client)
    assert page.count("Register begun, not closed") == 1
    assert page.count(">Begun, not closed") == 1
    assert page.count("Go on with register") == 2
    assert "Take register" not in page


def test_first_timers_are_counted_and_nothing_else_is_said_of_them(client, coordinator, hub):
    session = at(hub, 24 * HOUR, "Boxing")
    at(hub, 25 * HOUR, "Dance")
    FirstVisitCount.objects.create(session=session, people=3)
    page = read(client)
    assert "<strong>3</strong> might come for the first time" in page
    assert page.count("might come for the first time") == 1
    assert f'href="{reverse("planning:planning")}"' in page


def test_another_hubs_sessions_do_not_show(client, coordinator):
    elsewhere = make_hub()
    for offset in (-HOUR / 2, 24 * HOUR, -48 * HOUR):
        at(elsewhere, offset, "Elsewhere")
    assert "Elsewhere" not in read(client)


def test_trust_staff_see_every_hub(client, hub):
    client.force_login(make_user(Role.TRUST_STAFF))
    at(hub, -HOUR / 2, "Drumming")
    at(make_hub(), 24 * HOUR, "Boxing")
    page = read(client)
    assert "Drumming" in page
    assert "Boxing" in page


def test_not_signed_in_leads_to_sign_in(client):
    response = client.get(reverse("evaluation:today"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_is_only_read(client, coordinator):
    assert client.head(reverse("evaluation:today")).status_code == 200
    assert client.post(reverse("evaluation:today")).status_code == 405


@pytest.mark.parametrize("role", [Role.EVALUATOR, Role.AUDITOR, Role.SAFEGUARDING_LEAD])
def test_other_roles_are_refused(client, hub, role):
    client.force_login(make_user(role, hubs=(hub,)))
    assert client.get(reverse("evaluation:today")).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_costs_the_same_whatever_is_on(client, coordinator, hub, rows, django_assert_num_queries):
    for _ in range(rows):
        for offset in (24 * HOUR, -48 * HOUR, -5 * WEEK):
            at(hub, offset, "Drumming")
        person = make_participant(hub=hub)
        now = at(hub, -HOUR / 2, "Drumming")
        make_measure(programme=now.activity.programme)
        make_consent(person)
        make_attendance(now, person)
        session = at(hub, 25 * HOUR, "Archery", places=1)
        Booking.objects.create(session=session, participant=person, has_place=True)
        Booking.objects.create(
            session=session, participant=make_participant(hub=hub), has_place=False
        )
    with django_assert_num_queries(22):
        read(client)


def test_who_works_with_no_hub_is_told_what_to_do(client, hub):
    at(hub, HOUR, "Drumming")
    user = make_user(Role.COORDINATOR)
    client.force_login(user)
    assert "You do not work with a hub at the moment." in read(client)
    assert [type(part).__name__ for part in today_page(user, timezone.now())] == ["NoHub"]


def test_parts_stand_in_their_order_and_only_with_something_to_say(client, coordinator, hub):
    names = [type(part).__name__ for part in today_page(coordinator, timezone.now())]
    assert names == ["Next", "MissingRegisters", "Elsewhere"]
    at(hub, -HOUR / 2, "Drumming")
    session = at(hub, 25 * HOUR, "Archery", places=1)
    Booking.objects.create(session=session, participant=make_participant(hub=hub), has_place=False)
    Session.objects.filter(pk=session.pk).update(listed_at=timezone.now() - 5 * WEEK)
    names = [type(part).__name__ for part in today_page(coordinator, timezone.now())]
    assert names == [
        *("OnNow", "Next", "MissingRegisters", "ToConfirm", "WaitingLists", "Elsewhere")
    ]


def test_dates_to_confirm_lead_to_planning(client, coordinator, hub):
    for title in ("Archery", "Boxing"):
        at(hub, 25 * HOUR, title)
    assert 'id="to-confirm"' not in read(client)
    Session.objects.update(listed_at=timezone.now() - 5 * WEEK)
    assert "Confirm 2 dates, or they go down the list and are hidden" in read(client)


def test_who_booked_and_never_came_is_a_number(client, coordinator, hub):
    session = at(hub, 25 * HOUR, "Archery", places=5)
    person = make_participant(hub=hub, given_name="Unsaid")
    Booking.objects.create(session=session, participant=person, has_place=True)
    page = read(client)
    assert "<strong>1</strong> booked and never came before" in page
    assert "Unsaid" not in page


def test_waiting_lists_are_said(client, coordinator, hub):
    for place in (hub, make_hub()):
        session = at(place, 25 * HOUR, f"Archery of {place}", places=1)
        for _ in range(2):
            Booking.objects.create(
                session=session, participant=make_participant(hub=place), has_place=False
            )
    page = read(client)
    assert page.count("2 waiting") == 1
    assert "Archery of Allenton" in page
    waited_for = Session.objects.get(activity__hub=hub)
    assert f'href="{reverse("participants:session_bookings", args=[waited_for.pk])}"' in page


def test_quiet_links_lead_on(client, coordinator):
    page = read(client)
    for address in (
        reverse("planning:planning"),
        f"{reverse('planning:session_table')}?state=not_logged",
        reverse("participants:numbers"),
    ):
        assert f'class="today-link" href="{address}"' in page


class TestAllMissing:
    """Registers older than four weeks are still to be taken."""

    def read(self, client: Client, page: str = "1") -> str:
        response = client.get(reverse("evaluation:today"), {"missing": "all", "page": page})
        assert response.status_code == 200
        return response.content.decode()

    def test_today_leads_to_the_older_ones(self, client, coordinator, hub):
        at(hub, -6 * WEEK, "Abseiling")
        at(hub, -5 * WEEK, "Ballet")
        at(make_hub(), -5 * WEEK, "Elsewhere")
        page = read(client)
        assert "Every register of the past four weeks is taken." in page
        assert "Older than four weeks: 2." in page
        assert 'href="?missing=all"' in page
        assert "Abseiling" not in page

    def test_no_older_ones_no_link(self, client, coordinator, hub):
        at(hub, -48 * HOUR, "Drumming")
        assert "Older than" not in read(client)
        assert "?missing=all" not in read(client)

    def test_lists_all_of_ones_hubs_the_oldest_first(self, client, coordinator, hub):
        sessions = [
            at(hub, -48 * HOUR, "Drumming"),
            at(hub, -6 * WEEK, "Abseiling"),
            at(hub, -5 * WEEK, "Ballet"),
        ]
        at(make_hub(), -5 * WEEK, "Elsewhere")
        at(hub, -5 * WEEK, "Taken", register_taken_at=timezone.now())
        page = self.read(client)
        assert [page.count(register_of(session)) for session in sessions] == [1, 1, 1]
        assert page.index("Abseiling") < page.index("Ballet") < page.index("Drumming")
        assert "Elsewhere" not in page
        assert "Taken" not in page

    def test_none(self, client, coordinator):
        assert "None. Every register is taken." in self.read(client)

    def test_fifty_a_page(self, client, coordinator, hub):
        activity = make_activity(hub=hub)
        for days in range(51):
            make_session(activity=activity, starts_at=timezone.now() - (50 + days) * 24 * HOUR)
        assert self.read(client).count("Take register") == 50
        page = self.read(client, "2")
        assert page.count("Take register") == 1
        assert "?missing=all&amp;page=1" in page

    def test_strangers(self, client, hub):
        address = reverse("evaluation:today") + "?missing=all"
        assert client.get(address).status_code == 302
        client.force_login(make_user(Role.EVALUATOR, hubs=(hub,)))
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("rows", [1, 3])
    def test_costs_the_same(self, client, coordinator, hub, rows, django_assert_num_queries):
        for _ in range(rows):
            at(hub, -5 * WEEK, "Drumming")
        with django_assert_num_queries(5):
            self.read(client)


def test_whom_to_ask_today_stands_there_by_first_name(client, coordinator, hub):
    session, tomorrow = at(hub, -HOUR / 2, "Drumming"), at(hub, 30 * HOUR, "Boxing")
    make_measure(programme=session.activity.programme)
    make_measure(programme=tomorrow.activity.programme)
    for number in range(8):
        person = make_participant(hub=hub, given_name=f"Child{number}", family_name="Secret")
        make_consent(person)
        make_attendance(session, person)
        make_attendance(tomorrow, person)
    observed = make_instrument()
    for respondent in RespondentKind:
        make_measure(
            programme=session.activity.programme, instrument=observed, respondent=respondent
        )
    unasked = make_participant(hub=hub, given_name="Unasked")
    make_attendance(session, unasked)
    page = read(client)
    assert "Drumming" in page
    assert "8 to ask, 8 to observe" in page
    assert "Child0 S, Child1 S" in page
    assert "and 2 more" in page
    assert "Secret" not in page
    assert "Unasked" not in page
    assert reverse("surveys:session_asking", kwargs={"pk": session.pk}) in page
    assert reverse("surveys:session_asking", kwargs={"pk": tomorrow.pk}) not in page
    assert to_ask_today(coordinator) == 8
