"""Writing, reading and acting on concerns."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import Concern, ConcernAction, ConcernActionKind, ConcernRoute
from participants.queries.concerns import readers_of
from participants.services.concerns import (
    RECEIPT_LETTERS,
    add_action,
    new_receipt,
    open_concern,
    write_concern,
)
from participants.services.errors import RecordError
from tests import factories
from tests.test_database_roles import refused

pytestmark = pytest.mark.django_db
WORDS = {
    "saw": "Planted-Xylophone",
    "when": "2019-05-14T16:00:00",
    "did": "",
    "who": "Planted-Zebra",
}


@pytest.fixture
def writer() -> User:
    return factories.make_user(Role.COORDINATOR)


@pytest.fixture
def lead() -> User:
    return factories.make_user(Role.SAFEGUARDING_LEAD)


@pytest.fixture
def deputy() -> User:
    return factories.make_user(Role.SAFEGUARDING_DEPUTY)


def write(by: User, now: dt.datetime, **changes: Any) -> Concern:
    told = {
        "nonce": uuid.uuid4(),
        "words": WORDS,
        "route": ConcernRoute.LEAD,
        "is_urgent": False,
        "person": None,
        "session": None,
    }
    return write_concern(**(told | changes), by=by, now=now)


def act(concern: Concern, by: User, now: dt.datetime, **changes: Any) -> ConcernAction:
    told = {"kind": ConcernActionKind.NOTE, "words": "Rang the school", "nonce": uuid.uuid4()}
    return add_action(**(told | changes), concern=concern, by=by, now=now)


def holding(text: str) -> list[str]:
    """Tables with the text in any column of any row, as text or as bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s OR t::text ILIKE %s',
                [f"%{text}%", f"%{text.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def trail() -> list[tuple[str, str, uuid.UUID | None]]:
    rows = AuditEntry.objects.filter(kind__startswith="concern.").order_by("pk")
    return list(rows.values_list("kind", "reason", "object_id"))


def test_what_was_written_is_read_by_the_lead_and_written_down(
    writer: User, lead: User, now: dt.datetime
) -> None:
    person = factories.make_participant()
    concern = write(writer, now, person=person, is_urgent=True)
    opened = open_concern(concern=concern, by=lead, now=now)
    assert opened.words == WORDS
    assert opened.concern.participant == person
    assert opened.concern.first_read_at == now
    later = open_concern(concern=concern, by=lead, now=now + dt.timedelta(hours=1))
    assert later.concern.first_read_at == now
    assert trail() == [
        (AuditKind.CONCERN_WRITTEN, "lead", concern.pk),
        (AuditKind.CONCERN_READ, "lead", concern.pk),
        (AuditKind.CONCERN_READ, "lead", concern.pk),
    ]


def test_no_word_lies_in_the_database(writer: User, lead: User, now: dt.datetime) -> None:
    concern = write(writer, now)
    open_concern(concern=concern, by=lead, now=now)
    act(concern, lead, now, words="Planted-Yacht")
    assert holding("Planted") == []
    # What is looked for would be found.
    factories.make_participant(given_name="Planted")
    assert holding("Planted") != []


def test_who_else_asks_is_refused(writer: User, now: dt.datetime) -> None:
    concern = write(writer, now)
    others = [role for role in Role if not role.startswith("safeguarding")]
    for user in (writer, factories.make_user(*others), factories.make_user()):
        with pytest.raises(PermissionDenied):
            open_concern(concern=concern, by=user, now=now)
        with pytest.raises(PermissionDenied):
            act(concern, user, now)
    assert not AuditEntry.objects.filter(kind=AuditKind.CONCERN_READ).exists()


@pytest.mark.parametrize("route", ConcernRoute)
def test_whom_it_is_about_never_learns_of_it(
    route: ConcernRoute, writer: User, lead: User, deputy: User, now: dt.datetime
) -> None:
    both = factories.make_user(Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY)
    left = factories.make_user(Role.SAFEGUARDING_LEAD, Role.TRUST_STAFF)
    left.role_grants.filter(role=Role.SAFEGUARDING_LEAD).update(ended_at=now)
    concern = write(writer, now, route=route)
    reads = {
        ConcernRoute.LEAD: {lead, deputy, both},
        ConcernRoute.NOT_LEAD: {deputy},
        ConcernRoute.NOT_DEPUTY: {lead},
    }[route]
    users = [lead, deputy, both, left, writer]
    assert {user for user in users if Concern.objects.visible_to(user).exists()} == reads
    assert set(readers_of(route)) == reads
    for user in set(users) - reads:
        with pytest.raises(PermissionDenied):
            open_concern(concern=concern, by=user, now=now)


def test_sent_twice_is_once_and_other_words_are_another(writer: User, now: dt.datetime) -> None:
    nonce = uuid.uuid4()
    first = write(writer, now, nonce=nonce)
    again = write(writer, now + dt.timedelta(seconds=1), nonce=nonce)
    assert (again.pk, again.receipt, again.written_at) == (first.pk, first.receipt, now)
    assert trail() == [(AuditKind.CONCERN_WRITTEN, "lead", first.pk)]
    more = write(writer, now, nonce=nonce, words=WORDS | {"saw": "And more"})
    somebody_else = write(factories.make_user(Role.COORDINATOR), now, nonce=nonce)
    assert len({first.pk, more.pk, somebody_else.pk}) == Concern.objects.count() == 3


def test_actions_are_added_and_close_and_open(writer: User, lead: User, now: dt.datetime) -> None:
    concern = write(writer, now)
    note = act(concern, lead, now)
    with pytest.raises(RecordError, match="open already"):
        act(concern, lead, now, kind=ConcernActionKind.REOPENED)
    nonce = uuid.uuid4()
    closing = act(concern, lead, now, kind=ConcernActionKind.CLOSED, words="Done", nonce=nonce)
    assert (
        act(concern, lead, now, kind=ConcernActionKind.CLOSED, words="Done", nonce=nonce) == closing
    )
    concern.refresh_from_db()
    assert concern.closed_at == now
    with pytest.raises(RecordError, match="closed already"):
        act(concern, lead, now, kind=ConcernActionKind.CLOSED)
    with pytest.raises(RecordError, match="Open it again"):
        act(concern, lead, now)
    reopened = act(concern, lead, now, kind=ConcernActionKind.REOPENED, words="More came")
    opened = open_concern(concern=concern, by=lead, now=now)
    assert opened.concern.closed_at is None
    told = {deed.action.pk: deed.words for deed in opened.deeds}
    assert told == {note.pk: "Rang the school", closing.pk: "Done", reopened.pk: "More came"}
    kinds = [kind for kind, _, _ in trail()]
    assert kinds[1:] == [
        AuditKind.CONCERN_ACTED,
        AuditKind.CONCERN_CLOSED,
        AuditKind.CONCERN_REOPENED,
        AuditKind.CONCERN_READ,
    ]


def test_lost_keys_are_said_and_nothing_breaks(
    writer: User, lead: User, now: dt.datetime, settings: Any
) -> None:
    concern = write(writer, now)
    act(concern, lead, now)
    from derby_portal.local.folders import random_key

    settings.CONCERN_KEYS = [random_key()]
    opened = open_concern(concern=concern, by=lead, now=now)
    assert opened.words is None
    assert [deed.words for deed in opened.deeds] == [None]


def test_web_and_workers_cannot_change_what_was_written() -> None:
    for column in ("sealed", "receipt", "route", "written_by_id", "written_at", "is_urgent"):
        assert refused(f"UPDATE participants_concern SET {column} = {column}")
    assert refused("UPDATE participants_concernaction SET sealed = 'x'")
    assert refused("DELETE FROM participants_concernaction")
    with connection.cursor() as cursor:
        for column in ("participant_id", "first_read_at", "closed_at"):
            cursor.execute(f"UPDATE participants_concern SET {column} = {column}")


def test_a_receipt_can_be_read_out() -> None:
    receipts = {new_receipt() for _ in range(200)}
    assert len(receipts) == 200
    for receipt in receipts:
        assert len(receipt) == 9
        assert set(receipt[:4] + receipt[5:]) <= set(RECEIPT_LETTERS)
    assert not set("0O1IL5S8BQUVAEZ2") & (set(RECEIPT_LETTERS) - {"2"})
