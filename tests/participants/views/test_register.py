from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from activities.models import HeadCount, Session
from activities.templatetags.listing import clock, long_date
from participants.models import Attendance, Booking, MarkOperation, Participant, Registration
from participants.services.register import close_register
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.views.helpers import address, operation, send, statuses, told

pytestmark = pytest.mark.django_db
NAMES = [
    "session_register",
    "close_register",
    "reopen_register",
    "add_walk_in",
    "record_head_count",
]


class TestStrangers:
    @pytest.mark.parametrize("name", NAMES)
    def test_not_signed_in_leads_to_sign_in(self, client, session, name):
        response = client.post(address(name, session))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("role", [Role.EVALUATOR, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_other_roles_are_refused(self, client, session, name, role):
        client.force_login(make_user(role, hubs=(session.activity.hub,)))
        assert client.post(address(name, session)).status_code == 403

    @pytest.mark.parametrize("name", NAMES)
    def test_another_hubs_coordinator_finds_nothing(self, client, session, child, name):
        client.force_login(make_user(Role.COORDINATOR, hubs=(make_hub(),)))
        data = {
            "nonce": str(uuid.uuid4()),
            f"mark-{child.pk}": "present",
            "participant_id": str(uuid.uuid4()),
            "given_name": "Sample",
            "year_group": "5",
            "group": "audience",
            "people": "5",
            "method": "counted",
            "reason": "Somebody came late",
        }
        assert client.post(address(name, session), data).status_code == 404
        assert client.get(address("session_register", session)).status_code == 404
        assert send(client, session, {"marks": [operation(child)]}).status_code == 404
        assert MarkOperation.objects.count() == 0
        assert Participant.objects.count() == 1
        assert HeadCount.objects.count() == 0
        assert Session.objects.get(pk=session.pk).register_taken_at is None
        assert AuditEntry.objects.count() == 0

    @pytest.mark.parametrize("name", NAMES)
    def test_every_form_needs_its_token(self, session, coordinator, name):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(coordinator)
        assert strict.post(address(name, session)).status_code == 403

    def test_the_token_of_the_page_serves_as_header(self, session, coordinator):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(coordinator)
        page = strict.get(address("session_register", session))
        token = str(page.context["csrf_token"])
        response = send(strict, session, {"marks": []}, headers={"X-CSRFToken": token})
        assert response.status_code == 200

    @pytest.mark.parametrize("name", NAMES[1:])
    def test_writing_takes_a_post(self, client, session, coordinator, name):
        assert client.get(address(name, session)).status_code == 405


class TestPage:
    def test_shows_who_is_expected_and_records_who_looked(
        self, client, session, coordinator, child
    ):
        make_participant(hub=session.activity.hub, given_name="Notexpected")
        response = client.get(address("session_register", session))
        page = response.content.decode()
        assert "Samplia Z" in page
        assert "Zed" not in page
        assert "Notexpected" not in page
        assert f'name="mark-{child.pk}" value="left_early"' in page
        assert "no-store" in response["Cache-Control"]
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id) == ("register.read", session.pk)
        assert entry.actor_id == coordinator.pk

    def test_a_head_request_is_answered(self, client, session, coordinator):
        response = client.head(address("session_register", session))
        assert (response.status_code, response.content) == (200, b"")

    def test_an_empty_register_says_what_to_do(self, client, session, coordinator):
        page = client.get(address("session_register", session)).content.decode()
        assert '<p class="notice" data-nobody><strong>Nobody is expected yet.</strong>' in page
        assert "Close register: nobody came" in page

    def test_a_cancelled_session_says_so_and_offers_nothing(
        self, client, session, coordinator, child
    ):
        Session.objects.filter(pk=session.pk).update(cancelled_at=timezone.now())
        page = client.get(address("session_register", session)).content.decode()
        assert "This session was cancelled." in page
        assert '<fieldset class="register-rows" data-rows disabled>' in page
        assert "Close register" not in page
        assert 'id="walk-in"' not in page

    def test_before_it_opens_nobody_can_be_here(self, client, session, coordinator, child):
        here = [f'value="{status}" disabled>' for status in ("present", "late", "left_early")]
        others = [f'value="{status}">' for status in ("absent", "excused")]
        shut = ("data-rest disabled>", "data-close disabled>", "What you type stays", *here)
        page = client.get(address("session_register", session)).content.decode()
        assert not any(text in page for text in shut)
        assert '<p class="notice" data-early hidden>' in page
        now = timezone.now()
        Session.objects.filter(pk=session.pk).update(
            starts_at=now + dt.timedelta(minutes=31), ends_at=now + dt.timedelta(minutes=90)
        )
        page = client.get(address("session_register", session)).content.decode()
        opens = clock(now + dt.timedelta(minutes=1))
        words = f"Who is here can be marked from <span data-opens-at>{opens}</span>"
        assert all(text in page for text in (words, *here, *others, *shut[:2]))
        assert '<p class="notice" data-early>' in page

    def test_a_closed_register_says_by_whom_and_is_locked(
        self, client, session, coordinator, child
    ):
        moment = timezone.now()
        close_register(session=session, by=coordinator, now=moment)
        page = client.get(address("session_register", session)).content.decode()
        assert f"Register taken {clock(moment)} by {coordinator.name}<" in page
        assert '<fieldset class="register-rows" data-rows disabled>' in page
        assert f'href="{reverse("planning:session_log", args=[session.pk])}" data-log>' in page
        assert '<section class="register-part" aria-labelledby="reopen" data-reopen>' in page
        assert "data-someone-else hidden>" in page

    def test_bookings_are_led_to_where_there_are_places(self, client, session, coordinator, child):
        link = f'href="{reverse("participants:session_bookings", args=[session.pk])}"'
        page = client.get(address("session_register", session)).content.decode()
        assert link not in page
        Session.objects.filter(pk=session.pk).update(places=5)
        Booking.objects.create(session=session, participant=child, has_place=True)
        page = client.get(address("session_register", session)).content.decode()
        assert link in page
        assert '<span class="badge">Booked</span>' in page

    @pytest.mark.parametrize("people", [1, 3, 30])
    @pytest.mark.parametrize("places", [None, 30])
    @pytest.mark.usefixtures("coordinator")
    def test_costs_the_same_whoever_is_on_it(
        self, client, session, people, places, django_assert_num_queries
    ):
        Session.objects.filter(pk=session.pk).update(places=places)
        week_before = session.starts_at - dt.timedelta(weeks=1)
        earlier = make_session(activity=session.activity, starts_at=week_before)
        for _ in range(people):
            regular = make_participant(hub=session.activity.hub)
            make_attendance(earlier, regular)
            make_attendance(session, regular)
            HeadCount.objects.filter(session=session).delete()
            HeadCount.objects.create(session=session, people=people, method="counted")
        with django_assert_num_queries(8 if places is None else 9):
            client.get(address("session_register", session))

    def test_thirty_of_five_thousand_at_the_hub(
        self, client, session, coordinator, django_assert_max_num_queries
    ):
        hub, activity = session.activity.hub, session.activity
        people = Participant.objects.bulk_create(
            [Participant(given_name=f"Sample{number}") for number in range(5000)]
        )
        Registration.objects.bulk_create(
            [Registration(participant=each, hub=hub) for each in people]
        )
        others = [make_activity(hub=hub) for _ in range(3)]
        for weeks in range(1, 13):
            when = session.starts_at - dt.timedelta(weeks=weeks)
            for number, each in enumerate([activity, *others]):
                earlier = make_session(activity=each, starts_at=when)
                Attendance.objects.bulk_create(
                    Attendance(session=earlier, participant=one, status="present", marked_at=when)
                    for one in people[30 * number : 30 * (number + 1)]
                )
        with django_assert_max_num_queries(9):
            response = client.get(address("session_register", session))
        rows = [row.participant_id for row in response.context["register"].rows]
        assert set(rows) == {person.pk for person in people[:30]}


class TestPlainForm:
    def post(self, client: Client, session: Session, **data: str) -> Any:
        data = {"nonce": "00000000-0000-4000-8000-000000000009"} | data
        return client.post(address("session_register", session), data)

    def test_saves_changed_rows_once_however_often_sent(self, client, session, coordinator, child):
        data = {f"was-{child.pk}": "", f"mark-{child.pk}": "left_early", "action": "save"}
        for _ in range(2):
            response = self.post(client, session, **data)
            assert response.status_code == 302
            assert response["Location"] == address("session_register", session) + "#main"
        assert statuses(session) == {child.pk: "left_early"}
        assert MarkOperation.objects.count() == 1

    def test_a_row_that_was_not_touched_leaves_anothers_mark(
        self, client, session, coordinator, child
    ):
        make_attendance(session, child, status="absent", marked_at=session.starts_at)
        data = {f"was-{child.pk}": "present", f"mark-{child.pk}": "present", "action": "save"}
        self.post(client, session, **data)
        assert statuses(session) == {child.pk: "absent"}

    def test_the_rest_become_present(self, client, session, coordinator, child):
        late, absent = (make_participant(hub=session.activity.hub) for _ in range(2))
        make_attendance(session, absent, status="absent", marked_at=session.starts_at)
        response = self.post(
            client,
            session,
            **{
                "action": "rest",
                f"was-{child.pk}": "",
                f"was-{late.pk}": "",
                f"mark-{late.pk}": "late",
                # Marked by somebody else since the page was shown.
                f"was-{absent.pk}": "",
            },
        )
        assert statuses(session) == {child.pk: "present", late.pk: "late", absent.pk: "absent"}
        assert told(response) == ["Marks saved: 2."]

    def test_says_what_was_refused(self, client, session, coordinator, child):
        elsewhere = make_participant(hub=make_hub())
        response = self.post(
            client,
            session,
            **{f"mark-{child.pk}": "present", f"mark-{elsewhere.pk}": "present"},
        )
        assert told(response) == [
            "Marks saved: 1.",
            "Marks kept: 1. Nobody is known by this id at your hubs yet. It waits.",
        ]

    def test_a_volunteer_stays_one(self, client, session, coordinator, child):
        helper, other = (make_participant(hub=session.activity.hub) for _ in range(2))
        self.post(
            client,
            session,
            **{
                "action": "rest",
                f"was-{child.pk}": "",
                f"was-{helper.pk}": "",
                f"role-{helper.pk}": "volunteer",
                f"was-{other.pk}": "",
                f"role-{other.pk}": "made up",
            },
        )
        roles = dict(session.attendances.values_list("participant", "role"))
        assert roles == {child.pk: "participant", helper.pk: "volunteer", other.pk: "participant"}

    def test_a_form_that_is_not_whole_saves_nothing(self, client, session, coordinator, child):
        response = self.post(client, session, **{f"mark-{child.pk}": "present", "mark-x": "late"})
        assert told(response) == ["The register was not sent whole. Nothing was saved: try again."]
        assert statuses(session) == {}

    def test_find_somebody_and_add_them(self, client, session, coordinator):
        person = make_participant(hub=session.activity.hub, given_name="Findable")
        make_participant(hub=make_hub(), given_name="Findable", family_name="Xylo")
        response = self.post(client, session, action="search", q="find")
        assert response.status_code == 200
        assert response.context["people"] == [person]
        assert "Findable X" not in response.content.decode()
        self.post(client, session, add=str(person.pk))
        assert statuses(session) == {person.pk: "present"}

    def test_a_search_without_a_name_or_a_find_says_so(self, client, session, coordinator):
        assert self.post(client, session, action="search", q="").status_code == 422
        page = self.post(client, session, action="search", q="Nobody").content.decode()
        assert "Nobody at your hubs has a first name that begins so." in page


class TestWalkIn:
    def post(self, client: Client, session: Session, **data: str) -> Any:
        data = {
            "participant_id": "00000000-0000-4000-8000-000000000007",
            "given_name": " Samplia ",
            "year_group": "5",
            "family_name": "",
        } | data
        return client.post(address("add_walk_in", session), data)

    def test_is_added_once_however_often_sent(self, client, session, coordinator):
        for _ in range(2):
            response = self.post(client, session)
        person = Participant.objects.get()
        place = f"{address('session_register', session)}#person-{person.pk}"
        assert response["Location"] == place
        assert (person.given_name, person.year_group, person.is_complete) == ("Samplia", 5, False)
        assert statuses(session) == {person.pk: "present"}

    def test_no_message_names_the_child(self, client, session, coordinator):
        assert told(self.post(client, session)) == ["The walk-in is added and marked present."]

    @pytest.mark.parametrize(("year", "kept"), [("0", 0), ("14", 14), ("unknown", None)])
    def test_the_school_year(self, client, session, coordinator, year, kept):
        self.post(client, session, year_group=year)
        assert Participant.objects.get().year_group == kept

    def test_asks_first_whether_it_is_somebody_known(self, client, session, coordinator):
        known = make_participant(
            hub=session.activity.hub, given_name="samplia", family_name="Zed", year_group=5
        )
        week_before = session.starts_at - dt.timedelta(weeks=1)
        earlier = make_session(activity=session.activity, starts_at=week_before)
        make_attendance(earlier, known)
        make_participant(hub=session.activity.hub, given_name="Samplia", year_group=5)
        response = self.post(client, session)
        page = response.content.decode()
        assert response.status_code == 200
        assert "Is it one of these?" in page
        assert f"last came {long_date(week_before)}, {session.activity.title}" in page
        assert "has not come before" in page
        assert f'value="{known.pk}"' in page
        assert Participant.objects.count() == 2
        self.post(client, session, is_new="yes")
        assert Participant.objects.count() == 3

    @pytest.mark.parametrize(
        "data",
        [
            {"given_name": " "},
            {"given_name": "x" * 81},
            {"year_group": ""},
            {"year_group": "15"},
            {"participant_id": "x"},
            {"given_name": "a\x00b"},
        ],
        ids=str,
    )
    def test_what_is_missing_is_said_beside_the_field(self, client, session, coordinator, data):
        response = self.post(client, session, **data)
        assert response.status_code == 422
        assert "There is a problem" in response.content.decode()
        assert Participant.objects.count() == 0

    def test_an_id_of_somebody_else_is_refused(self, client, session, coordinator):
        make_participant(id=uuid.UUID("00000000-0000-4000-8000-000000000007"))
        response = self.post(client, session, is_new="yes")
        assert response.status_code == 422
        assert "This walk-in was already sent with other details." in response.content.decode()

    def test_what_was_typed_too_early_is_not_lost(self, client, session, coordinator):
        now = timezone.now()
        Session.objects.update(
            starts_at=now + dt.timedelta(hours=1), ends_at=now + dt.timedelta(hours=2)
        )
        response = self.post(client, session)
        page = response.content.decode()
        assert response.status_code == 422
        assert "Who is here can be recorded from 30 minutes before the session." in page
        assert 'value=" Samplia "' in page
        assert '<option value="5" selected>' in page
        assert Participant.objects.count() == 0

    def test_what_was_typed_stays_beside_possible_matches(self, client, session, coordinator):
        make_participant(hub=session.activity.hub, given_name="Samplia", year_group=5)
        page = self.post(client, session, family_name="Quill").content.decode()
        assert '<input type="hidden" name="family_name" value="Quill"' in page
        assert '<input type="hidden" name="year_group" value="5"' in page


class TestHeadCount:
    def post(self, client: Client, session: Session, **data: str) -> Any:
        data = {"group": "audience", "people": "120", "method": "estimated"} | data
        return client.post(address("record_head_count", session), data)

    def test_is_kept_once_per_group(self, client, session, coordinator):
        self.post(client, session)
        response = self.post(client, session, people="118", method="counted")
        count = HeadCount.objects.get()
        assert (count.people, count.method, count.counted_by) == (118, "counted", coordinator)
        page = client.get(response["Location"]).content.decode()
        assert "Audience: 118 (counted)" in page

    @pytest.mark.parametrize(
        "data", [{"people": ""}, {"people": "-1"}, {"people": "9999999"}, {"method": ""}], ids=str
    )
    def test_what_is_wrong_is_said(self, client, session, coordinator, data):
        assert self.post(client, session, **data).status_code == 422
        assert HeadCount.objects.count() == 0

    def test_not_for_a_cancelled_session(self, client, session, coordinator):
        Session.objects.update(cancelled_at=timezone.now())
        assert told(self.post(client, session)) == ["The session was cancelled."]


class TestClose:
    def post(self, client: Client, session: Session, **data: str) -> Any:
        data = {"nonce": str(uuid.uuid4())} | data
        return client.post(address("close_register", session), data)

    def test_saves_what_the_form_holds_and_closes_once(self, client, session, coordinator, child):
        self.post(client, session, **{f"was-{child.pk}": "", f"mark-{child.pk}": "late"})
        session.refresh_from_db()
        first = session.register_taken_at
        assert first is not None
        assert statuses(session) == {child.pk: "late"}
        self.post(client, session)
        session.refresh_from_db()
        assert session.register_taken_at == first

    def test_says_how_many_have_no_mark(self, client, session, coordinator, child):
        told_first = told(self.post(client, session))
        assert told_first == ["The register is taken, but 1 person has no mark yet."]
        told_then = told(self.post(client, session, **{f"mark-{child.pk}": "late"}))
        assert told_then[-1] == "The register is taken."

    def test_the_rest_present_and_closed_in_one(self, client, session, coordinator, child):
        late = make_participant(hub=session.activity.hub)
        marks = {f"was-{child.pk}": "", f"was-{late.pk}": "", f"mark-{late.pk}": "late"}
        self.post(client, session, action="rest", **marks)
        session.refresh_from_db()
        assert session.register_taken_at is not None
        assert statuses(session) == {child.pk: "present", late.pk: "late"}

    def test_stays_open_where_a_mark_was_refused(self, client, session, coordinator):
        elsewhere = make_participant(hub=make_hub())
        self.post(client, session, **{f"mark-{elsewhere.pk}": "late"})
        session.refresh_from_db()
        assert session.register_taken_at is None
        assert Attendance.objects.count() == 0

    def test_not_of_a_session_to_come(self, client, session, coordinator):
        Session.objects.update(
            starts_at=timezone.now() + dt.timedelta(hours=2),
            ends_at=timezone.now() + dt.timedelta(hours=3),
        )
        assert told(self.post(client, session)) == [
            "A register can be closed from half an hour before the session."
        ]


class TestReopen:
    def post(self, client: Client, session: Session, reason: str) -> Any:
        return client.post(address("reopen_register", session), {"reason": reason})

    def test_takes_a_reason(self, client, session, coordinator):
        close_register(session=session, by=coordinator, now=timezone.now())
        response = self.post(client, session, " ")
        assert response.status_code == 422
        assert "Write in a few words why it is opened again." in response.content.decode()
        session.refresh_from_db()
        assert session.register_taken_at is not None

    def test_opens_it_and_is_written_down(self, client, session, coordinator):
        close_register(session=session, by=coordinator, now=timezone.now())
        assert told(self.post(client, session, "Came late")) == ["The register is open again."]
        session.refresh_from_db()
        assert session.register_taken_at is None
        event = session.register_events.get(action="reopened")
        assert (event.reason, event.done_by) == ("Came late", coordinator)

    def test_only_of_one_that_is_taken(self, client, session, coordinator):
        response = self.post(client, session, "Came late")
        assert told(response) == ["This register is open already."]
