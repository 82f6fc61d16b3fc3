"""The mails about concerns say nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core import mail

from accounts.models import Role
from participants import tasks
from participants.models import Concern, ConcernRoute
from participants.services.concern_mails import remind_of_unread, tell_of_concern
from participants.services.concerns import open_concern, write_concern
from tests import factories

pytestmark = pytest.mark.django_db


def write(now: dt.datetime, **changes: Any) -> Concern:
    hub = factories.make_hub(name=f"Planted-Hub {uuid.uuid4()}")
    told = {
        "nonce": uuid.uuid4(),
        "words": {"saw": "Planted"},
        "route": ConcernRoute.LEAD,
        "is_urgent": True,
        "person": factories.make_participant(given_name="Planted", hub=hub),
        "session": factories.make_session(activity=factories.make_activity(hub=hub)),
    }
    writer = factories.make_user(Role.COORDINATOR, name="Planted-Writer")
    return write_concern(**(told | changes), by=writer, now=now)


def recipients() -> list[list[str]]:
    return [message.to for message in mail.outbox]


def test_lead_and_deputy_get_one_mail_each_that_says_nothing(now: dt.datetime) -> None:
    lead = factories.make_user(Role.SAFEGUARDING_LEAD, email="a@example.org")
    factories.make_user(Role.SAFEGUARDING_DEPUTY, email="b@example.org")
    factories.make_user(Role.ADMINISTRATOR, Role.TRUST_STAFF)
    concern = write(now)
    assert tell_of_concern(concern.pk) == 2
    assert recipients() == [["a@example.org"], ["b@example.org"]]
    for message in mail.outbox:
        assert message.subject == "#ThisIsDerby portal: A concern was written"
        assert message.body == "A concern was written. Sign in to read it."
        assert "Planted" not in str(message.message())
    open_concern(concern=concern, by=lead, now=now)
    assert tell_of_concern(concern.pk) == 0


def test_the_one_it_is_about_gets_none(now: dt.datetime) -> None:
    factories.make_user(Role.SAFEGUARDING_LEAD, email="a@example.org")
    factories.make_user(Role.SAFEGUARDING_DEPUTY, email="b@example.org")
    later = now + dt.timedelta(hours=1)
    tell_of_concern(write(now, route=ConcernRoute.NOT_LEAD).pk)
    remind_of_unread(now=later, urgent_only=True)
    assert recipients() == [["b@example.org"]] * 2
    mail.outbox.clear()
    Concern.objects.update(first_read_at=now)
    tell_of_concern(write(now, route=ConcernRoute.NOT_DEPUTY).pk)
    remind_of_unread(now=later, urgent_only=True)
    assert recipients() == [["a@example.org"]] * 2


def test_urgent_ones_are_told_again_until_somebody_reads_them(now: dt.datetime) -> None:
    lead = factories.make_user(Role.SAFEGUARDING_LEAD)
    calm, urgent = write(now, is_urgent=False), write(now)
    later = now + dt.timedelta(minutes=15)
    assert remind_of_unread(now=now, urgent_only=True) == 0
    assert remind_of_unread(now=later, urgent_only=True) == 1
    open_concern(concern=urgent, by=lead, now=later)
    assert remind_of_unread(now=later, urgent_only=True) == 0
    assert remind_of_unread(now=later, urgent_only=False) == 1
    open_concern(concern=calm, by=lead, now=later)
    assert remind_of_unread(now=later, urgent_only=False) == 0


def test_nobody_in_the_role_is_no_error(now: dt.datetime) -> None:
    assert tell_of_concern(write(now).pk) == 0
    assert tell_of_concern(uuid.uuid4()) == 0


def test_the_tasks_take_an_id_and_nothing_else() -> None:
    factories.make_user(Role.SAFEGUARDING_LEAD)
    concern = write(dt.datetime(2019, 5, 14, tzinfo=dt.UTC))
    tasks.tell_of_concern(str(concern.pk))
    tasks.remind_of_urgent_concerns()
    tasks.remind_of_unread_concerns()
    assert len(mail.outbox) == 3
