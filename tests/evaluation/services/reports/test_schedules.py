"""Quarterly reports are asked for once each, whoever calls, and made up for after a pause."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import AuditEntry, AuditKind, Role, RoleGrant, User
from evaluation.models import Audience, Grant, ReportRun, ReportSchedule, RunStatus
from evaluation.services.reports import ask_due, end_schedule, start_schedule
from evaluation.services.reports.schedules import RIGHTS_ENDED
from tests import factories
from tests.factories import london

STARTED = london(2019, 2, 3)
# The seventh day after the first quarter's end, in London; still the sixth by Greenwich.
DUE = london(2019, 4, 7, 0, 30)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant()


@pytest.fixture
def schedule(grant: Grant, staff: User) -> ReportSchedule:
    return start(grant, staff)


def start(grant: Grant, by: User, days_after: int = 7) -> ReportSchedule:
    return start_schedule(
        grant=grant,
        template=None,
        audience=Audience.FUNDER,
        days_after=days_after,
        by=by,
        now=STARTED,
    )


def test_it_is_asked_for_once_after_the_quarter(schedule: ReportSchedule, staff: User) -> None:
    assert ask_due(now=DUE - dt.timedelta(hours=1)) == []
    (run_id,) = ask_due(now=DUE)
    run = ReportRun.objects.get()
    assert (run.pk, run.grant, run.audience) == (run_id, schedule.grant, Audience.FUNDER)
    assert (run.first_day, run.last_day) == (dt.date(2019, 1, 1), dt.date(2019, 3, 31))
    assert list(run.programmes.all()) == list(schedule.grant.programmes.all())
    assert run.requests.get().asked_by == staff
    assert ask_due(now=DUE) == []


def test_quarters_that_were_missed_are_made_up_for(schedule: ReportSchedule) -> None:
    assert len(ask_due(now=london(2020, 6, 1))) == 3
    assert sorted(ReportRun.objects.values_list("first_day", "last_day")) == [
        (dt.date(2019, 1, 1), dt.date(2019, 3, 31)),
        (dt.date(2019, 4, 1), dt.date(2019, 6, 30)),
        (dt.date(2019, 7, 1), dt.date(2019, 7, 13)),
    ]
    assert ask_due(now=london(2025, 6, 1)) == []


@pytest.mark.django_db(transaction=True)
def test_two_beats_ask_once(schedule: ReportSchedule) -> None:
    together = threading.Barrier(4)

    def beat() -> None:
        together.wait()
        runs.extend(ask_due(now=DUE))
        connection.close()

    runs: list[object] = []
    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == ReportRun.objects.count() == 1


def test_it_asks_again_though_the_same_was_built_meanwhile(schedule: ReportSchedule) -> None:
    (first,) = ask_due(now=DUE)
    ReportRun.objects.update(status=RunStatus.FAILED)
    assert ask_due(now=DUE) == []
    assert ReportRun.objects.get().pk == first


def test_without_the_right_to_it_nothing_is_asked_and_it_ends(
    schedule: ReportSchedule, staff: User
) -> None:
    RoleGrant.objects.filter(user=staff).delete()
    assert ask_due(now=DUE) == []
    schedule.refresh_from_db()
    assert schedule.ended_at == DUE
    entry = AuditEntry.objects.get(kind=AuditKind.REPORT_UNSCHEDULED)
    assert (entry.actor_id, entry.reason) == (None, RIGHTS_ENDED)
    assert not ReportRun.objects.exists()


def test_started_twice_it_is_one(schedule: ReportSchedule, grant: Grant, staff: User) -> None:
    assert start(grant, staff, days_after=14) == schedule
    assert ReportSchedule.objects.get().days_after == 14


def test_what_was_ended_asks_no_more_and_can_be_started_anew(
    schedule: ReportSchedule, grant: Grant, staff: User
) -> None:
    for _ in range(2):
        end_schedule(schedule=schedule, by=staff, now=STARTED)
    assert ask_due(now=DUE) == []
    assert AuditEntry.objects.filter(kind=AuditKind.REPORT_UNSCHEDULED).count() == 1
    assert start(grant, staff) != schedule


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_STAFF])
def test_others_neither_start_nor_end_one(
    role: Role, schedule: ReportSchedule, grant: Grant
) -> None:
    user = factories.make_user(role)
    with pytest.raises(PermissionDenied):
        start(grant, user)
    with pytest.raises(PermissionDenied):
        end_schedule(schedule=schedule, by=user, now=STARTED)
    schedule.refresh_from_db()
    assert schedule.ended_at is None
