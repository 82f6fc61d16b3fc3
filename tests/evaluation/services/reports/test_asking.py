"""Who may ask for which report; who asks for the same shares it; stopping and trying again."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import Audience, Grant, ReportRequest, ReportRun, RunStatus
from evaluation.reports.asked import Asked
from evaluation.services.reports import (
    NotPossibleError,
    cancel_report,
    request_report,
    retry_report,
)
from evaluation.services.reports.asking import TURNS
from hubs.models import Hub
from tests import factories

NOW = factories.london(2020, 1, 1)
LATER = factories.london(2020, 1, 2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant()


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub()


@pytest.fixture
def staff() -> User:
    return factories.make_user(Role.TRUST_STAFF)


def of_programme(audience: str, *hubs: Hub) -> Asked:
    grant = factories.make_grant()
    return Asked(None, (grant.programmes.get(),), grant.starts_on, grant.ends_on, hubs, audience)


# --- Rights --------------------------------------------------------------------------------------
@pytest.mark.parametrize("audience", Audience.values)
def test_trust_staff_ask_for_anything(audience: str, staff: User, grant: Grant, hub: Hub) -> None:
    asked = factories.make_asked(grant, audience=audience, hubs=(hub,))
    run = request_report(asked=asked, by=staff, now=NOW)
    assert (run.status, run.requested_by, run.attempts) == (RunStatus.QUEUED, staff, 0)
    assert (list(run.hubs.all()), run.audience) == ([hub], audience)
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor_id, entry.object_id) == (
        AuditKind.REPORT_REQUESTED,
        staff.pk,
        run.pk,
    )


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_a_hubs_staff_ask_for_their_own_hubs_only(role: Role, hub: Hub) -> None:
    user = factories.make_user(role, hubs=(hub,))
    asked = of_programme(Audience.HUB, hub)
    run = request_report(asked=asked, by=user, now=NOW)
    assert list(run.hubs.all()) == [hub]
    assert list(ReportRun.objects.visible_to(user)) == [run]
    refused = [
        of_programme(Audience.HUB),
        of_programme(Audience.HUB, hub, factories.make_hub()),
        of_programme(Audience.HUB, factories.make_hub()),
        of_programme(Audience.INTERNAL, hub),
        of_programme(Audience.FUNDER, hub),
        factories.make_asked(factories.make_grant(), audience=Audience.HUB, hubs=(hub,)),
    ]
    for each in refused:
        with pytest.raises(PermissionDenied):
            request_report(asked=each, by=user, now=NOW)
    assert ReportRun.objects.get() == run


def test_an_evaluator_asks_for_programmes_and_for_no_money(hub: Hub) -> None:
    user = factories.make_user(Role.EVALUATOR)
    request_report(asked=of_programme(Audience.INTERNAL), by=user, now=NOW)
    request_report(asked=of_programme(Audience.INTERNAL, hub), by=user, now=NOW)
    refused = [
        of_programme(Audience.FUNDER),
        of_programme(Audience.HUB, hub),
        factories.make_asked(factories.make_grant()),
    ]
    for each in refused:
        with pytest.raises(PermissionDenied):
            request_report(asked=each, by=user, now=NOW)


@pytest.mark.parametrize(
    "role",
    [
        Role.SAFEGUARDING_LEAD,
        Role.SAFEGUARDING_DEPUTY,
        Role.ADMINISTRATOR,
        Role.AUDITOR,
    ],
)
@pytest.mark.parametrize("audience", Audience.values)
def test_nobody_else_asks_for_anything(role: Role, audience: str, hub: Hub) -> None:
    user = factories.make_user(role, hubs=(hub,))
    with pytest.raises(PermissionDenied):
        request_report(asked=of_programme(audience, hub), by=user, now=NOW)
    assert not ReportRun.objects.exists()


# --- Shared --------------------------------------------------------------------------------------
def test_whoever_asks_for_the_same_waits_for_the_same_run(staff: User, grant: Grant) -> None:
    other = factories.make_user(Role.TRUST_STAFF)
    first = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    second = request_report(asked=factories.make_asked(grant), by=other, now=LATER)
    assert first == second
    assert set(first.requests.values_list("asked_by", "asked_at")) == {
        (staff.pk, NOW),
        (other.pk, LATER),
    }
    ReportRun.objects.update(status=RunStatus.FAILED)
    assert request_report(asked=factories.make_asked(grant), by=other, now=LATER) != first


def test_asking_twice_is_waiting_once(staff: User, grant: Grant) -> None:
    for wants_mail in (True, False):
        run = request_report(
            asked=factories.make_asked(grant), by=staff, now=NOW, wants_mail=wants_mail
        )
    assert [each.wants_mail for each in run.requests.all()] == [False]


@pytest.mark.parametrize("what", ["day", "hub", "audience", "template"])
def test_another_question_is_another_run(what: str, staff: User, grant: Grant, hub: Hub) -> None:
    more: dict[str, Any] = {
        "day": {"last_day": grant.starts_on},
        "hub": {"hubs": (hub,)},
        "audience": {"audience": Audience.FUNDER},
        "template": {"template": factories.make_report_template()},
    }[what]
    first = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    assert request_report(asked=factories.make_asked(grant, **more), by=staff, now=NOW) != first


@pytest.mark.django_db(transaction=True)
def test_asked_at_the_same_moment_there_is_one_run(grant: Grant) -> None:
    users = [factories.make_user(Role.TRUST_STAFF) for _ in range(TURNS - 1)]
    asked = factories.make_asked(grant)
    together = threading.Barrier(len(users))

    def ask(user: User) -> None:
        together.wait()
        runs.append(request_report(asked=asked, by=user, now=NOW))
        connection.close()

    runs: list[ReportRun] = []
    threads = [threading.Thread(target=ask, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == len(users)
    assert len(set(runs)) == ReportRun.objects.count() == 1
    assert ReportRequest.objects.count() == len(users)


@pytest.mark.django_db(transaction=True)
def test_whoever_joins_while_it_ends_waits_for_one_of_their_own(staff: User, grant: Grant) -> None:
    """The run's row is locked by whoever joins; one that ended meanwhile is not joined."""
    asked = factories.make_asked(grant)
    first = request_report(asked=asked, by=None, now=NOW)
    ends, joins = threading.Event(), threading.Event()

    def end() -> None:
        with transaction.atomic():
            ReportRun.objects.filter(pk=first.pk).update(status=RunStatus.FAILED)
            ends.set()
            joins.wait(0.5)
        connection.close()

    thread = threading.Thread(target=end)
    thread.start()
    ends.wait()
    second = request_report(asked=asked, by=staff, now=NOW)
    thread.join()
    assert second != first
    assert (first.requests.count(), second.requests.count()) == (0, 1)


# --- Stopped -------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING])
def test_stopping_takes_effect_at_once(status: RunStatus, staff: User, grant: Grant) -> None:
    run = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    ReportRun.objects.update(status=status)
    stopped = cancel_report(run=run, by=staff, now=LATER)
    run.refresh_from_db()
    assert run == stopped
    assert (run.status, run.claim, run.finished_at) == (RunStatus.CANCELLED, None, LATER)
    assert run.failure == f"Stopped by {staff}."
    # Who stopped it need not be told.
    assert run.requests.get().told_at == LATER
    assert (
        AuditEntry.objects.filter(kind=AuditKind.REPORT_CANCELLED, actor_id=staff.pk).count() == 1
    )


def test_one_of_several_only_stops_waiting(hub: Hub, staff: User) -> None:
    one, other = (factories.make_user(Role.COORDINATOR, hubs=(hub,)) for _ in range(2))
    asked = of_programme(Audience.HUB, hub)
    run = request_report(asked=asked, by=one, now=NOW)
    request_report(asked=asked, by=other, now=NOW)
    assert cancel_report(run=run, by=one, now=LATER).status == RunStatus.QUEUED
    assert [each.asked_by for each in run.requests.all()] == [other]
    assert cancel_report(run=run, by=other, now=LATER).status == RunStatus.CANCELLED


def test_trust_staff_stop_it_for_everybody(hub: Hub, staff: User) -> None:
    one = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    run = request_report(asked=of_programme(Audience.HUB, hub), by=one, now=NOW)
    assert cancel_report(run=run, by=staff, now=LATER).status == RunStatus.CANCELLED
    # And that one is told.
    assert run.requests.get().told_at is None


def test_strangers_stop_nothing(hub: Hub, staff: User) -> None:
    run = request_report(asked=of_programme(Audience.HUB, hub), by=staff, now=NOW)
    for user in (
        factories.make_user(Role.COORDINATOR, hubs=(hub,)),
        factories.make_user(Role.EVALUATOR),
    ):
        with pytest.raises(PermissionDenied):
            cancel_report(run=run, by=user, now=LATER)
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED


def test_what_is_over_is_not_stopped(staff: User, grant: Grant) -> None:
    run = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    cancel_report(run=run, by=staff, now=NOW)
    with pytest.raises(NotPossibleError):
        cancel_report(run=run, by=staff, now=LATER)


# --- Again ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_trying_again_begins_the_same_run_anew(
    status: RunStatus, staff: User, grant: Grant
) -> None:
    run = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    ReportRun.objects.update(
        status=status, attempts=5, failure="It fell over.", finished_at=NOW, progress=42
    )
    ReportRequest.objects.update(told_at=NOW)
    assert retry_report(run=run, by=staff, now=LATER) == run
    run.refresh_from_db()
    assert (run.status, run.attempts, run.failure, run.progress) == (RunStatus.QUEUED, 0, "", 0)
    assert (run.requested_at, run.finished_at) == (LATER, None)
    assert run.requests.get().told_at is None
    assert AuditEntry.objects.filter(kind=AuditKind.REPORT_RETRIED).count() == 1


def test_where_the_same_is_being_built_already_that_one_is_waited_for(
    staff: User, grant: Grant
) -> None:
    asked = factories.make_asked(grant)
    failed = request_report(asked=asked, by=staff, now=NOW)
    ReportRun.objects.update(status=RunStatus.FAILED)
    under_way = request_report(asked=asked, by=None, now=NOW)
    assert retry_report(run=failed, by=staff, now=LATER) == under_way
    failed.refresh_from_db()
    assert failed.status == RunStatus.FAILED
    assert under_way.requests.get().asked_by == staff


def test_only_what_broke_off_is_tried_again(staff: User, grant: Grant) -> None:
    run = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    with pytest.raises(NotPossibleError):
        retry_report(run=run, by=staff, now=LATER)


def test_strangers_try_nothing_again(hub: Hub, staff: User) -> None:
    run = request_report(asked=of_programme(Audience.HUB, hub), by=staff, now=NOW)
    ReportRun.objects.update(status=RunStatus.FAILED)
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    with pytest.raises(PermissionDenied):
        retry_report(run=run, by=stranger, now=LATER)
