"""Who waits for a report is told once that it is over, by a mail that holds nothing of it."""

from __future__ import annotations

import datetime as dt
import threading
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.models import Role, RoleGrant, User
from evaluation.models import Grant, ReportRun, RunStatus, Snapshot
from evaluation.services.reports import request_report, tell_of_report, telling, untold_runs
from tests import factories

NOW = factories.london(2020, 1, 1, 14, 5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return factories.make_user(Role.TRUST_STAFF, name="Planted Name")


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant(name="Planted Grant", amount=987654)


@pytest.fixture
def run(staff: User, grant: Grant) -> ReportRun:
    run = request_report(asked=factories.make_asked(grant), by=staff, now=NOW)
    over(run, RunStatus.DONE)
    return run


def over(run: ReportRun, status: RunStatus) -> None:
    snapshot, _ = Snapshot.objects.get_or_create(sha256="a" * 64, defaults={"body": "{}"})
    ReportRun.objects.filter(pk=run.pk).update(
        status=status, finished_at=NOW, snapshot=snapshot, failure="Planted failure."
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (RunStatus.DONE, "is ready"),
        (RunStatus.FAILED, "could not be built"),
        (RunStatus.CANCELLED, "was stopped"),
    ],
)
def test_the_mail_says_where_to_look_and_nothing_else(
    run: ReportRun, status: RunStatus, words: str, settings: Any
) -> None:
    settings.PORTAL_ADDRESS = "https://portal.example.org"
    over(run, status)
    assert tell_of_report(run.pk, now=NOW) == 1
    (sent,) = mail.outbox
    telling_why = (
        "You need to sign in. This message holds none of its figures: a mailbox is no place for "
        "them."
    )
    assert sent.subject == f"#ThisIsDerby portal: Your report {words}"
    assert sent.body.splitlines() == [
        f"The report that you asked for on 1 January 2020 at 14:05 {words}.",
        "",
        f"Open it here: https://portal.example.org/reports/{run.pk}/",
        "",
        telling_why,
    ]
    assert (sent.attachments, "Planted" in sent.subject + sent.body) == ([], False)


def test_each_is_told_once(run: ReportRun, staff: User, grant: Grant) -> None:
    ReportRun.objects.update(status=RunStatus.QUEUED)
    other = factories.make_user(Role.TRUST_STAFF)
    request_report(asked=factories.make_asked(grant), by=other, now=NOW)
    over(run, RunStatus.DONE)
    assert tell_of_report(run.pk, now=NOW) == 2
    assert sorted(each.to for each in mail.outbox) == sorted([[staff.email], [other.email]])
    assert tell_of_report(run.pk, now=NOW) == 0
    assert untold_runs(now=NOW) == []


def test_nobody_is_told_of_what_is_not_over(run: ReportRun) -> None:
    ReportRun.objects.update(status=RunStatus.RUNNING)
    assert tell_of_report(run.pk, now=NOW) == 0
    assert untold_runs(now=NOW) == []
    assert run.requests.get().told_at is None


def test_whoever_wants_no_mail_gets_none(run: ReportRun) -> None:
    run.requests.update(wants_mail=False)
    assert tell_of_report(run.pk, now=NOW) == 0
    assert (mail.outbox, run.requests.get().told_at) == ([], NOW)


def test_whoever_may_not_see_it_any_more_gets_none(run: ReportRun, staff: User) -> None:
    RoleGrant.objects.filter(user=staff).delete()
    assert tell_of_report(run.pk, now=NOW) == 0
    assert mail.outbox == []


def test_trouble_with_the_mail_is_tried_again_and_harms_no_report(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise SMTPServerDisconnected("no")

    with monkeypatch.context() as patch:
        patch.setattr(telling, "send_mail", gone)
        with pytest.raises(OSError, match="no"):
            tell_of_report(run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.status, run.requests.get().told_at) == (RunStatus.DONE, None)
    assert untold_runs(now=NOW + dt.timedelta(hours=23)) == [run.pk]
    assert untold_runs(now=NOW + dt.timedelta(hours=25)) == []
    assert tell_of_report(run.pk, now=NOW) == 1


def test_an_address_that_is_refused_is_not_tried_for_ever(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr(telling, "send_mail", refused)
    assert tell_of_report(run.pk, now=NOW) == 0
    assert run.requests.get().told_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(run: ReportRun, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    together = threading.Barrier(2)

    def slowly(*args: Any) -> int:
        second.wait(5)
        sent.append(args)
        return 1

    def tell() -> None:
        together.wait()
        tell_of_report(run.pk, now=NOW)
        second.set()
        connection.close()

    second = threading.Event()
    monkeypatch.setattr(telling, "send_mail", slowly)
    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 1
