"""Alerts: raised where the trail shows much, told to auditors without a name, settled once."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.kinds import EXPORTS, KINDS, MANY, MANY_LISTS, OPENINGS, KindGroup
from accounts.models import AccessAlert, AlertKind, AuditEntry, AuditKind, Role, User
from accounts.queries.alerts import alerts_for, auditors
from accounts.services import record_audit, record_audits
from accounts.services.alerts import (
    QUIET,
    AlertError,
    look_at,
    mail_alerts,
    mail_audit_head,
    mail_broken_chain,
)
from accounts.tasks import mail_alerts as mail_alerts_task
from participants.models import Participant
from tests import factories

pytestmark = pytest.mark.django_db


def opened(user: User, number: int, *, ago: dt.timedelta = dt.timedelta()) -> None:
    """So many records that the user opened a while ago, as entries alone."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor_id=user.pk,
            kind=AuditKind.IDENTITY_READ,
            object_type="participants.participant",
            object_id=uuid.uuid4(),
            at=timezone.now() - ago,
        )
        for _ in range(number)
    )


def open_one(user: User, kind: AuditKind = AuditKind.CARE_READ) -> Participant:
    person = Participant(given_name="Nobody")
    record_audit(by=user, kind=kind, about=person)
    return person


@pytest.fixture
def user() -> User:
    return factories.make_user(Role.COORDINATOR)


class TestManyRecords:
    def test_fifty_are_work_and_one_more_is_told(self, user: User) -> None:
        opened(user, MANY - 1)
        open_one(user)
        assert not AccessAlert.objects.exists()
        open_one(user)
        alert = AccessAlert.objects.get()
        assert (alert.kind, alert.actor_id, alert.number) == (AlertKind.MANY_RECORDS, user.pk, 51)
        entry = AuditEntry.objects.get(kind=AuditKind.ALERT_RAISED)
        assert (entry.actor_id, entry.object_id, entry.reason) == (None, alert.pk, "many_records")

    def test_all_sections_of_one_record_are_one(self, user: User) -> None:
        opened(user, MANY - 1)
        person = open_one(user)
        for kind in OPENINGS:
            record_audit(by=user, kind=kind, about=person)
        assert not AccessAlert.objects.exists()

    def test_the_hour_slides(self, user: User) -> None:
        opened(user, MANY, ago=dt.timedelta(minutes=61))
        opened(user, MANY - 1, ago=dt.timedelta(minutes=59))
        open_one(user)
        assert not AccessAlert.objects.exists()

    def test_registers_searches_and_others_reads_do_not_count(self, user: User) -> None:
        opened(user, MANY)
        opened(factories.make_user(), MANY)
        for kind in (AuditKind.REGISTER_READ, AuditKind.PEOPLE_SEARCHED, AuditKind.RECORD_CHANGED):
            open_one(user, kind)
        assert not AccessAlert.objects.exists()

    def test_whoever_turns_the_pages_of_a_list_is_told_of(self, user: User) -> None:
        """Else everybody's name could be copied from it without an alert."""
        nobody = [Participant(pk=None) for _ in range(MANY_LISTS)]
        record_audits(by=user, kind=AuditKind.PEOPLE_SEARCHED, about=nobody)
        assert not AccessAlert.objects.exists()
        for _ in range(3):
            record_audit(by=user, kind=AuditKind.PEOPLE_SEARCHED, about=Participant(pk=None))
        alert = AccessAlert.objects.get()
        assert (alert.kind, alert.number) == (AlertKind.MANY_LISTS, MANY_LISTS + 1)
        opened(user, MANY)
        open_one(user)
        assert AccessAlert.objects.count() == 2

    def test_one_alert_until_it_is_twice_as_many(self, user: User) -> None:
        opened(user, MANY)
        for _ in range(3):
            open_one(user)
        assert AccessAlert.objects.count() == 1
        opened(user, 47)
        open_one(user)
        assert AccessAlert.objects.count() == 1
        open_one(user)
        assert sorted(AccessAlert.objects.values_list("number", flat=True)) == [51, 102]

    def test_the_next_hour_is_told_anew(self, user: User) -> None:
        before = timezone.now() - dt.timedelta(minutes=61)
        AccessAlert.objects.create(
            kind=AlertKind.MANY_RECORDS, actor_id=user.pk, number=60, raised_at=before
        )
        opened(user, MANY)
        open_one(user)
        assert AccessAlert.objects.count() == 2

    def test_many_at_once_are_told_as_well(self, user: User) -> None:
        people = [Participant(given_name="Nobody") for _ in range(MANY + 1)]
        record_audits(by=user, kind=AuditKind.IDENTITY_READ, about=people)
        assert AccessAlert.objects.get().number == 51

    def test_is_undone_with_the_read(self, user: User) -> None:
        opened(user, MANY)
        with transaction.atomic():
            open_one(user)
            transaction.set_rollback(True)
        assert not AccessAlert.objects.exists()

    def test_one_query_more_for_a_record_that_is_opened(
        self, user: User, django_assert_num_queries: Any
    ) -> None:
        opened(user, 3)
        with django_assert_num_queries(2):
            open_one(user)
        with django_assert_num_queries(1):
            open_one(user, AuditKind.REGISTER_READ)

    def test_nobody_signed_in_raises_none(self) -> None:
        record_audit(by=None, kind=AuditKind.PEOPLE_EXPORTED, about=Participant())
        assert not AccessAlert.objects.exists()


class TestExports:
    @pytest.mark.parametrize("kind", sorted(EXPORTS))
    def test_each_is_told(self, user: User, kind: AuditKind) -> None:
        open_one(user, kind)
        open_one(user, kind)
        alerts = AccessAlert.objects.filter(actor_id=user.pk, kind=AlertKind.EXPORT)
        assert sorted(alerts.values_list("number", flat=True)) == [1, 2]


class TestKinds:
    def test_no_kind_stands_in_no_group(self) -> None:
        assert set(KINDS) == set(KindGroup)
        assert set(AuditKind) - frozenset().union(*KINDS.values()) == set()


class TestMails:
    def test_auditors_are_told_once_and_nobody_is_named(self, user: User) -> None:
        auditor = factories.make_user(Role.AUDITOR)
        factories.make_user(Role.TRUST_STAFF)
        person = open_one(user, AuditKind.PEOPLE_EXPORTED)
        now = timezone.now()
        assert mail_alerts(now=now) == 1
        (message,) = mail.outbox
        assert message.to == [auditor.email]
        assert message.subject == "#ThisIsDerby portal: One alert about records"
        told = f"{message.subject} {message.body}"
        for secret in (user.name, user.email, str(user.pk), str(person.pk)):
            assert secret not in told
        assert mail_alerts(now=now + QUIET * 2) == 0
        assert len(mail.outbox) == 1

    def test_a_bad_hour_is_a_few_mails(self, user: User) -> None:
        factories.make_user(Role.AUDITOR)
        now = timezone.now()
        open_one(user, AuditKind.REPORT_EXPORTED)
        mail_alerts(now=now)
        for _ in range(3):
            open_one(user, AuditKind.REPORT_EXPORTED)
        assert mail_alerts(now=now + QUIET / 2) == 0
        assert mail_alerts(now=now + QUIET * 1.1) == 3
        assert [each.subject for each in mail.outbox] == [
            "#ThisIsDerby portal: One alert about records",
            "#ThisIsDerby portal: 3 alerts about records",
        ]

    def test_without_an_auditor_they_wait_and_the_log_says_so(
        self, user: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        open_one(user, AuditKind.REPORT_EXPORTED)
        mail_alerts_task()
        assert "1 alerts wait" in caplog.text
        assert str(user.pk) not in caplog.text
        factories.make_user(Role.AUDITOR)
        assert mail_alerts(now=timezone.now()) == 1

    def test_the_head_says_nothing_of_anybody(self, settings: Any, tmp_path: Any) -> None:
        from accounts.services.sealing import seal_audit

        settings.AUDIT_HEADS = tmp_path / "heads.jsonl"
        assert mail_audit_head() is False
        auditor = factories.make_user(Role.AUDITOR)
        open_one(auditor)
        seal_audit()
        assert mail_audit_head() is True
        (message,) = mail.outbox
        assert message.subject == "#ThisIsDerby portal: Head of the audit trail, link 1"
        assert "verify_audit --from-head 1:" in message.body
        assert auditor.email not in message.body

    def test_a_broken_chain_is_told(self) -> None:
        auditor = factories.make_user(Role.AUDITOR)
        mail_broken_chain()
        assert [each.to for each in mail.outbox] == [[auditor.email]]

    def test_leavers_and_former_auditors_are_not(self) -> None:
        there = factories.make_user(Role.AUDITOR)
        factories.make_user(Role.AUDITOR, is_active=False)
        factories.make_user(Role.AUDITOR, left_at=timezone.now())
        former = factories.make_user(Role.AUDITOR)
        former.role_grants.update(ended_at=timezone.now())
        assert list(auditors()) == [there]


class TestLookingAt:
    def test_is_written_down_once(self, user: User) -> None:
        auditor, now = factories.make_user(Role.AUDITOR), timezone.now()
        alert = AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=user.pk, number=1)
        look_at(alert=alert, by=auditor, words=" asked: the yearly return ", now=now)
        alert.refresh_from_db()
        assert (alert.seen_at, alert.seen_by, alert.words) == (
            now, auditor, "asked: the yearly return",
        )  # fmt: skip
        entry = AuditEntry.objects.get(kind=AuditKind.ALERT_SEEN)
        assert (entry.actor_id, entry.object_id) == (auditor.pk, alert.pk)
        with pytest.raises(AlertError, match="already"):
            look_at(alert=alert, by=auditor, words="again", now=now)

    def test_not_about_oneself_and_not_without_words(self, user: User) -> None:
        alert = AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=user.pk, number=1)
        with pytest.raises(AlertError, match="themselves"):
            look_at(alert=alert, by=user, words="all right", now=timezone.now())
        with pytest.raises(AlertError, match="Say"):
            look_at(alert=alert, by=factories.make_user(), words="  ", now=timezone.now())

    def test_only_auditors_see_any(self, user: User) -> None:
        AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=user.pk, number=1)
        assert alerts_for(factories.make_user(Role.AUDITOR)).count() == 1
        others = factories.make_user(*(role for role in Role if role != Role.AUDITOR))
        assert alerts_for(others).count() == 0
