"""Pages of deleting on time: two people, fresh sign-ins, strangers, and no names."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from participants import tasks
from participants.models import RetentionRun, RunState
from participants.queries.retention import waiting_runs
from participants.services.retention import approve, carry_out, drop, plan
from tests.factories import (
    PASSWORD,
    london,
    make_attendance,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
AS_OF = london(2026, 6, 1).date()


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(Role.TRUST_STAFF, password=PASSWORD)
    client.force_login(user)
    return user


@pytest.fixture
def run() -> RetentionRun:
    person = make_participant(
        given_name="Planted", family_name="Zyxw", created_at=london(2019, 1, 1)
    )
    make_attendance(make_session(), person)
    return plan(as_of=AS_OF, by=None, now=timezone.now())


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    queued: list[Any] = []
    monkeypatch.setattr(tasks.carry_out_retention, "apply_async", queued.append)
    return queued


def test_a_plan_is_made_and_one_more_is_refused(client: Client, user: User) -> None:
    assert "There is no plan yet" in client.get(reverse("retention:runs")).text
    response = client.post(reverse("retention:runs"), {"as_of": "2026-06-01"})
    run = RetentionRun.objects.get()
    assert response["Location"] == reverse("retention:run", args=[run.pk])
    assert (run.as_of, run.planned_by) == (AS_OF, user)
    response = client.post(reverse("retention:runs"), {"as_of": "2026-06-01"}, follow=True)
    assert "Another plan waits" in response.text
    assert RetentionRun.objects.count() == 1


def test_nothing_is_planned_ahead(client: Client, user: User) -> None:
    response = client.post(reverse("retention:runs"), {"as_of": "2126-06-01"})
    assert response.status_code == 422
    assert not RetentionRun.objects.exists()


def test_two_people_approve_and_a_worker_is_told(
    client: Client,
    user: User,
    run: RetentionRun,
    queued: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    page = client.get(reverse("retention:run", args=[run.pk])).text
    assert "1</span>" in page
    assert "Planted" not in page
    assert waiting_runs(user) == 1
    address = reverse("retention:approve", args=[run.pk])
    assert "1 person is not named any more" in client.get(address).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert queued == []
    assert waiting_runs(user) == 0
    assert "A second person must" in client.get(reverse("retention:run", args=[run.pk])).text
    assert "approved this already" in client.post(address, follow=True).text
    other = make_user(Role.TRUST_STAFF)
    client.force_login(other)
    assert waiting_runs(other) == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    run.refresh_from_db()
    assert run.state == RunState.APPROVED
    assert queued == [(str(run.pk),)]


def test_an_old_sign_in_approves_nothing(client: Client, user: User, run: RetentionRun) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    address = reverse("retention:approve", args=[run.pk])
    assert client.post(address).status_code == 403
    assert "reauthenticate" in client.get(address)["Location"]
    run.refresh_from_db()
    assert run.first_approved_by is None


def test_dropping(client: Client, user: User, run: RetentionRun) -> None:
    assert (
        "Nothing was deleted"
        in client.post(reverse("retention:drop", args=[run.pk]), follow=True).text
    )
    run.refresh_from_db()
    assert run.state == RunState.DROPPED


def test_the_certificate_names_the_two_and_nobody_else(
    client: Client, user: User, run: RetentionRun
) -> None:
    assert client.get(reverse("retention:certificate", args=[run.pk])).status_code == 404
    other = make_user(Role.TRUST_STAFF, name="Second Person")
    approve(run=run, by=user, now=timezone.now())
    approve(run=run, by=other, now=timezone.now())
    carry_out(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    page = client.get(reverse("retention:certificate", args=[run.pk])).text
    assert "Second Person" in page
    assert run.certificate["sha256"] in page
    assert "This certificate was changed" not in page
    assert "Planted" not in page


def test_the_rules_are_shown(client: Client, user: User) -> None:
    page = client.get(reverse("retention:policy")).text
    assert "To run sessions and answer for them." in page
    assert "given name" in page


def test_the_list_asks_as_much_for_one_as_for_three(
    client: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def number() -> int:
        with django_assert_max_num_queries(30) as queries:
            assert client.get(reverse("retention:runs")).status_code == 200
        return len(queries)

    def dropped() -> None:
        drop(run=plan(as_of=AS_OF, by=user, now=timezone.now()), by=user)

    dropped()
    client.get(reverse("retention:runs"))
    one = number()
    dropped()
    dropped()
    assert number() == one


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_strangers(role: Role, client: Client, run: RetentionRun) -> None:
    client.force_login(make_user(role))
    for name in ("run", "certificate"):
        assert client.get(reverse(f"retention:{name}", args=[run.pk])).status_code == 403
    for name in ("approve", "drop"):
        assert client.post(reverse(f"retention:{name}", args=[run.pk])).status_code == 403
    for name in ("runs", "policy"):
        assert client.get(reverse(f"retention:{name}")).status_code == 403
    run.refresh_from_db()
    assert (run.state, run.first_approved_by) == (RunState.PLANNED, None)
