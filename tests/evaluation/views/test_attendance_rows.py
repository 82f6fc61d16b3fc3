"""The file of attendances: who gets it, what is written down, and that it streams."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role
from activities.models import Session
from evaluation.models import ReportRun, RunStatus, Snapshot
from participants.models import Disclosure
from tests import factories

pytestmark = pytest.mark.django_db
SENT = {"recipient": "Myself", "address": "handed over, office", "why": "Checking a figure"}
LOOKED = SENT | {"step": "looked", "looked": "on"}


@pytest.fixture
def session() -> Session:
    return factories.make_session()


@pytest.fixture
def run(session: Session) -> ReportRun:
    programme = session.activity.programme
    run = ReportRun.objects.create(
        grant=factories.make_grant(programmes=[programme]),
        first_day=dt.date(2018, 9, 25),
        last_day=dt.date(2019, 7, 13),
        status=RunStatus.DONE,
        finished_at=timezone.now(),
        snapshot=Snapshot.objects.create(sha256="0" * 64, body="{}"),
    )
    run.programmes.set([programme])
    return run


def address(run: ReportRun) -> str:
    return reverse("evaluation:attendance_file", args=[run.pk])


def lines(client: Client, run: ReportRun) -> list[str]:
    response = client.post(address(run), LOOKED)
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]


def test_the_first_page_says_what_is_in_it_and_nothing_leaves(
    client: Client, run: ReportRun, session: Session
) -> None:
    factories.make_attendance(session)
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    page = client.get(address(run)).content.decode()
    assert "One row a young person a session, 25 September 2018 to 13 July 2019" in page
    assert "Who gets it" in page
    again = client.post(address(run), SENT).content.decode()
    assert "Myself" in again
    assert not AuditEntry.objects.filter(kind=AuditKind.REPORT_ROWS_EXPORTED).exists()


def test_after_a_second_look_it_is_sent_and_written_down(
    client: Client, run: ReportRun, session: Session
) -> None:
    factories.make_attendance(session)
    trust = factories.make_user(Role.TRUST_STAFF)
    client.force_login(trust)
    response = client.post(address(run), LOOKED)
    assert "2018-09-25_2019-07-13.csv" in response["Content-Disposition"]
    content = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    assert [line.split(",")[1] for line in content.splitlines()] == ["day", "2019-05-14"]
    entry = AuditEntry.objects.get(kind=AuditKind.REPORT_ROWS_EXPORTED)
    assert (entry.actor_id, entry.object_id) == (trust.pk, run.pk)
    told = Disclosure.objects.get()
    assert (told.document, told.document_id, told.recipient) == (
        "attendance rows",
        run.pk,
        "Myself",
    )


def test_it_is_of_the_hubs_that_the_report_is_of(
    client: Client, run: ReportRun, session: Session
) -> None:
    elsewhere = factories.make_session(
        activity=factories.make_activity(programme=session.activity.programme)
    )
    for each in (session, elsewhere):
        factories.make_attendance(each)
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    assert len(lines(client, run)) == 3
    run.hubs.set([session.activity.hub])
    assert len(lines(client, run)) == 2


def test_evaluators_are_told_who_is_left_out(
    client: Client, run: ReportRun, session: Session
) -> None:
    factories.make_attendance(session)
    objector = factories.make_participant(objected_at=timezone.now())
    factories.make_attendance(session, objector)
    # An evaluator reads no report of a grant: money stands in it.
    client.force_login(factories.make_user(Role.EVALUATOR))
    assert client.get(address(run)).status_code == 404
    ReportRun.objects.filter(pk=run.pk).update(grant=None)
    assert "objected to being studied" in client.get(address(run)).content.decode()
    assert len(lines(client, run)) == 2


@pytest.mark.parametrize(
    "role",
    [Role.COORDINATOR, Role.HUB_LEAD, Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR, Role.AUDITOR],
)
def test_strangers_do_not_get_it(
    client: Client, run: ReportRun, session: Session, role: Role
) -> None:
    hubs = (session.activity.hub,) if role in {Role.COORDINATOR, Role.HUB_LEAD} else ()
    client.force_login(factories.make_user(role, hubs=hubs))
    assert client.get(address(run)).status_code == 403
    assert client.post(address(run), LOOKED).status_code == 403


def test_there_is_none_before_the_report_is_finished(client: Client, run: ReportRun) -> None:
    run.status = RunStatus.RUNNING
    run.save()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    assert client.get(address(run)).status_code == 404
