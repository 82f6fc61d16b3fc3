"""What devices ask for, and marks that somebody else brings."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from activities.models import Session
from hubs.models import HubMembership
from participants import passes
from participants.models import MarkOperation
from participants.sealing import public_key
from tests.factories import (
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.envelopes import seal

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def taker(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, session: Session, body: Any) -> Any:
    address = reverse("participants:record_marks", args=[session.pk])
    return client.post(address, json.dumps(body), content_type="application/json")


def operation(person: Any, at: dt.datetime, **fields: Any) -> dict[str, Any]:
    person_id = getattr(person, "pk", person)
    mark = {"id": str(uuid.uuid4()), "participant": str(person_id), "status": "late"}
    return mark | {"at": at.isoformat()} | fields


class TestPass:
    def test_what_a_device_needs_to_send(self, taker):
        response = signed_in(taker).get(reverse("participants:register_pass"))
        assert "no-store" in response["Cache-Control"]
        content = response.json()
        assert set(content) == {"user", "pass", "token", "now", "key"}
        assert content["user"] == str(taker.pk)
        assert content["key"] == public_key()
        now = timezone.now()
        assert passes.read(content["pass"], now).user_id == taker.pk
        assert now - dt.datetime.fromisoformat(content["now"]) < dt.timedelta(seconds=20)

    def test_its_token_is_one_that_counts(self, session, taker):
        client = Client(enforce_csrf_checks=True)
        client.force_login(taker)
        token = client.get(reverse("participants:register_pass")).json()["token"]
        address = reverse("participants:record_marks", args=[session.pk])
        body = json.dumps({"marks": []})
        refused = client.post(address, body, content_type="application/json")
        sent = client.post(
            address, body, content_type="application/json", headers={"X-CSRFToken": token}
        )
        assert (refused.status_code, sent.status_code) == (403, 200)

    @pytest.mark.parametrize("name", ["register_pass", "registers_today"])
    def test_for_coordinators_only(self, name):
        for user in (make_user(Role.EVALUATOR), make_user()):
            assert signed_in(user).get(reverse(f"participants:{name}")).status_code == 403
        assert Client().get(reverse(f"participants:{name}")).status_code == 302


class TestToday:
    def test_todays_registers_of_my_hubs_and_nothing_else_about_anybody(self, session, taker):
        child = make_participant(
            hub=session.activity.hub,
            given_name="Samplia",
            family_name="Zedlike",
            year_group=8,
            home_postcode="DE1 3AH",
        )
        mark = make_attendance(session, child, status="late", arrived_at=session.starts_at)
        make_session(starts_at=session.starts_at)
        day_after = make_session(activity=session.activity, starts_at=timezone.now() + 26 * HOUR)
        counted = make_session(
            activity=session.activity, starts_at=session.starts_at, headcount_only=True
        )
        response = signed_in(taker).get(reverse("participants:registers_today"))
        assert "no-store" in response["Cache-Control"]
        content = response.json()
        assert [register["session"] for register in content["registers"]] == [str(session.pk)]
        register = content["registers"][0]
        assert set(register) == {
            *("session", "title", "hub", "starts_at", "ends_at", "opens_at"),
            *("is_cancelled", "taken_at", "rows"),
        }
        assert register["rows"] == [
            {
                "id": str(child.pk),
                "name": "Samplia Z",
                "role": "participant",
                "status": "late",
                "marked_at": mark.marked_at.isoformat(),
                "arrived_at": session.starts_at.astimezone(dt.UTC).isoformat(),
                "left_at": None,
                "is_complete": True,
            }
        ]
        text = response.content.decode()
        for hidden in ("Zedlike", "DE1", str(day_after.pk), str(counted.pk)):
            assert hidden not in text
        kept = AuditEntry.objects.filter(kind="register.kept", actor_id=taker.pk)
        assert [entry.object_id for entry in kept] == [session.pk]
        expires = dt.datetime.fromisoformat(content["expires_at"])
        assert expires - dt.datetime.fromisoformat(content["now"]) == 12 * HOUR

    def test_who_sees_every_hub_does_not_carry_them_about(self, session):
        staff = make_user(Role.TRUST_STAFF)
        address = reverse("participants:registers_today")
        assert signed_in(staff).get(address).json()["registers"] == []
        HubMembership.objects.create(
            user=staff, hub=session.activity.hub, started_at=timezone.now()
        )
        registers = signed_in(staff).get(address).json()["registers"]
        assert [register["session"] for register in registers] == [str(session.pk)]

    def test_a_shared_device_needs_a_pin(self, session, taker):
        address = reverse("participants:registers_today")
        make_hub(shares_devices=True)
        assert signed_in(taker).get(address).json()["needs_pin"] is False
        session.activity.hub.shares_devices = True
        session.activity.hub.save()
        assert signed_in(taker).get(address).json()["needs_pin"] is True

    def test_the_queries_do_not_grow_with_the_people(
        self, session, taker, django_assert_num_queries
    ):
        client = signed_in(taker)
        address = reverse("participants:registers_today")
        client.get(address)
        counts = []
        for people in (1, 30):
            for _ in range(people):
                make_attendance(session, make_participant(hub=session.activity.hub))
            with django_assert_num_queries(TODAY_QUERIES):
                counts.append(len(client.get(address).json()["registers"][0]["rows"]))
        assert counts == [1, 31]


# Of a day with one session, whoever stands on its register.
TODAY_QUERIES = 11


class TestAnotherHand:
    """A phone of the hub: its marks arrive under whoever signs in next."""

    def test_marks_are_credited_to_who_took_them(self, session, taker):
        child = make_participant(hub=session.activity.hub)
        other = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        now = timezone.now()
        body = {"pass": passes.issue(taker, now - HOUR), "marks": [operation(child, now)]}
        answer = send(signed_in(other), session, body).json()
        assert answer["results"][0]["outcome"] == "applied"
        kept = MarkOperation.objects.get()
        assert (kept.marked_by, kept.sent_by) == (taker, other)
        assert set(answer["marks"]) == {str(child.pk)}

    def test_a_walk_in_too(self, session, taker):
        other = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        now, person = timezone.now(), uuid.uuid4()
        sealed = seal({"given_name": "Samplia"}, f"{session.pk}/{person}", public_key())
        walk_in = {"id": str(person), "at": now.isoformat(), "sealed": sealed}
        body = {"pass": passes.issue(taker, now), "walk_ins": [walk_in]}
        answer = send(signed_in(other), session, body)
        assert answer.json()["results"] == [
            {"id": str(person), "outcome": "applied", "reason": "", "held": ""}
        ]
        assert "Samplia" not in answer.content.decode()
        created = AuditEntry.objects.get(kind="participant.created")
        assert (created.actor_id, created.object_id) == (taker.pk, person)

    def test_who_delivers_learns_nothing_of_a_register_they_may_not_see(self, session, taker):
        child = make_participant(hub=session.activity.hub)
        make_attendance(session, make_participant())
        Session.objects.update(register_taken_at=timezone.now())
        elsewhere = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        now = timezone.now()
        body = {"pass": passes.issue(taker, now), "marks": [operation(child, now)]}
        answer = send(signed_in(elsewhere), session, body).json()
        assert answer["results"][0]["outcome"] == "applied"
        assert (answer["marks"], answer["taken_at"]) == (None, None)

    def test_a_pass_is_no_way_in_for_who_has_no_sign_in(self, session, taker):
        body = {"pass": passes.issue(taker, timezone.now()), "marks": []}
        response = send(Client(), session, body)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse(settings.LOGIN_URL))

    def test_it_credits_nothing_from_before_or_after_it_was_good(self, session, taker):
        child = make_participant(hub=session.activity.hub)
        other = make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        now = timezone.now()
        body = {"pass": passes.issue(taker, now - 14 * HOUR), "marks": [operation(child, now)]}
        answer = send(signed_in(other), session, body).json()
        assert (answer["results"][0]["outcome"], answer["results"][0]["held"]) == ("held", "time")
        assert answer["marks"] == {}

    def test_nor_does_it_close_or_count_then(self, session, taker):
        other = make_user(Role.EVALUATOR)
        now = timezone.now()
        done = {"id": str(uuid.uuid4()), "at": now.isoformat()}
        counted = done | {"group": "audience", "people": 40, "method": "counted"}
        # A closing of a time to come counts from now: that is outside too.
        ahead = done | {"id": str(uuid.uuid4()), "at": (now + 9 * HOUR).isoformat()}
        batch = {"closings": [done, ahead], "counts": [counted]}
        body = {"pass": passes.issue(taker, now - 14 * HOUR)} | batch
        results = send(signed_in(other), session, body).json()["results"]
        assert {result["outcome"] for result in results} == {"refused"}
        session.refresh_from_db()
        assert session.register_taken_at is None
        assert not session.head_counts.exists()
        body = {"pass": passes.issue(taker, now - HOUR)} | {"closings": [done], "counts": [counted]}
        results = send(signed_in(other), session, body).json()["results"]
        assert {result["outcome"] for result in results} == {"applied"}

    def test_ones_own_marks_need_no_pass_that_is_still_good(self, session, taker):
        child = make_participant(hub=session.activity.hub)
        now = timezone.now()
        body = {"pass": passes.issue(taker, now - 14 * HOUR), "marks": [operation(child, now)]}
        assert send(signed_in(taker), session, body).json()["results"][0]["outcome"] == "applied"
        assert MarkOperation.objects.get().sent_by is None

    @pytest.mark.parametrize("forged", ["x", "e30:x"])
    def test_a_forged_pass_is_a_clear_error(self, session, taker, forged):
        response = send(signed_in(taker), session, {"pass": forged, "marks": []})
        assert response.status_code == 400
        assert response.json() == {"error": "This pass was not given out here."}


class TestWhoMaySend:
    def test_a_leaver_still_brings_what_they_took_before(self, session, taker):
        child = make_participant(hub=session.activity.hub)
        now = timezone.now()
        HubMembership.objects.filter(user=taker).update(ended_at=now - HOUR / 6)
        taker.role_grants.update(ended_at=now - HOUR / 6)
        marks = [operation(child, now - HOUR / 4), operation(child, now)]
        answer = send(signed_in(taker), session, {"marks": marks}).json()
        assert [result["outcome"] for result in answer["results"]] == ["applied", "refused"]
        assert answer["marks"] is None

    def test_strangers_learn_not_even_that_it_is_there(self, session, taker):
        strangers = [
            make_user(Role.COORDINATOR, hubs=(make_hub(),)),
            make_user(Role.AUDITOR),
            make_user(),
        ]
        now = timezone.now()
        for stranger in strangers:
            body = {"pass": passes.issue(stranger, now), "marks": []}
            for client in (signed_in(stranger), signed_in(taker)):
                assert send(client, session, body).status_code == 404
            assert send(signed_in(stranger), session, {"marks": []}).status_code == 404
        assert send(signed_in(taker), Session(pk=uuid.uuid4()), {"marks": []}).status_code == 404
