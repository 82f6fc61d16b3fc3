"""The 72 hours, and whom a breach affects by the audit trail."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import Answer, Breach, Collects, Concern, ConcernRoute, Contact
from participants.queries.breaches import (
    affected_by,
    affected_people,
    clock_of,
    contacts_to_tell,
)
from participants.services.concerns import open_concern, write_concern
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def suspect() -> User:
    return factories.make_user(Role.COORDINATOR)


def make_breach(now: dt.datetime, **fields: object) -> Breach:
    by = factories.make_user(Role.TRUST_STAFF)
    return Breach.objects.create(**({"what": "x", "known_at": now, "recorded_by": by} | fields))


def read(by: User, kind: AuditKind, about: object, at: dt.datetime) -> None:
    entry = AuditEntry.objects.create(
        actor_id=by.pk,
        kind=kind,
        object_type=about._meta.label_lower,  # type: ignore[attr-defined]
        object_id=about.pk if isinstance(about.pk, uuid.UUID) else None,  # type: ignore[attr-defined]
    )
    entry.refresh_from_db()


def span(suspect: User) -> dict[str, object]:
    """From a little while ago until soon: the trail's clock is the database's."""
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    return {"suspect_id": suspect.pk, "since": now - hour, "until": now + hour}


@pytest.mark.parametrize(
    ("after", "told", "words", "is_over"),
    [
        (0, None, "72 hours left", False),
        (0.5, None, "71 hours left", False),
        (71, None, "1 hour left", False),
        (71.5, None, "0 hours left", False),
        (72, None, "0 hours left", False),
        (73, None, "Late by 1 hour", True),
        (100, None, "Late by 28 hours", True),
        (100, 20, "The regulator was told after 20 hours", False),
        (100, 90, "The regulator was told after 90 hours", False),
    ],
)
def test_the_clock(
    after: float, told: float | None, words: str, is_over: bool, now: dt.datetime
) -> None:
    told_at = now + dt.timedelta(hours=told) if told else None
    breach = Breach(known_at=now, regulator_told_at=told_at)
    clock = clock_of(breach, now + dt.timedelta(hours=after))
    assert (clock.words, clock.is_over) == (words, is_over)
    assert clock.ends_at == now + dt.timedelta(hours=72)


def test_hours_are_true_ones_when_the_clocks_change() -> None:
    known = factories.london(2019, 10, 26, 12)
    clock = clock_of(Breach(known_at=known), factories.london(2019, 10, 27, 12))
    assert clock.words == "47 hours left"


def test_nobody_is_affected_as_long_as_the_account_is_not_known(
    now: dt.datetime, suspect: User
) -> None:
    read(suspect, AuditKind.IDENTITY_READ, factories.make_participant(), now)
    assert affected_by(make_breach(now)).people == frozenset()
    assert affected_by(make_breach(now, suspect_id=suspect.pk)).people == frozenset()


def test_whose_records_the_account_opened(now: dt.datetime, suspect: User) -> None:
    north, south = factories.make_hub(name="North"), factories.make_hub(name="South")
    opened = factories.make_participant(hub=north, care_experienced=Answer.YES)
    root = factories.make_participant(hub=south, is_address_hidden=True)
    merged = factories.make_participant(hub=north, merged_into=root)
    factories.make_participant(hub=north)
    read(suspect, AuditKind.CARE_READ, opened, now)
    read(suspect, AuditKind.CONTACTS_READ, opened, now)
    read(suspect, AuditKind.IDENTITY_READ, merged, now)
    other = factories.make_participant(hub=south)
    read(factories.make_user(), AuditKind.IDENTITY_READ, other, now)
    read(suspect, AuditKind.PEOPLE_SEARCHED, suspect, now)
    found = affected_by(make_breach(now, **span(suspect)))
    assert found.people == {opened.pk, root.pk}
    assert found.by_hub == [("North", 2), ("South", 1)]
    assert (found.looked_after, found.hidden, found.opened) == (1, 1, 2)
    assert (found.registers, found.lists, found.exports, found.concerns) == (0, 1, 0, 0)


def test_what_is_of_a_person_leads_to_them(now: dt.datetime, suspect: User) -> None:
    person, other = factories.make_participant(), factories.make_participant()
    contact = Contact.objects.create(participant=person, name="X")
    Contact.objects.create(participant=other, name="Y")
    read(suspect, AuditKind.RECORD_CHANGED, contact, now)
    read(suspect, AuditKind.REPORT_READ, factories.make_grant(), now)
    assert affected_by(make_breach(now, **span(suspect))).people == {person.pk}


def test_only_what_was_read_in_the_span_counts(now: dt.datetime, suspect: User) -> None:
    read(suspect, AuditKind.IDENTITY_READ, factories.make_participant(), now)
    long_ago = {"since": now, "until": now + dt.timedelta(days=1)}
    breach = make_breach(now, **(span(suspect) | long_ago))
    assert affected_by(breach).people == frozenset()


def test_a_register_shows_everybody_of_its_hub(now: dt.datetime, suspect: User) -> None:
    hub = factories.make_hub()
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    registered = factories.make_participant(hub=hub)
    came = factories.make_participant()
    factories.make_attendance(session, came)
    factories.make_participant(hub=factories.make_hub())
    read(suspect, AuditKind.REGISTER_READ, session, now)
    found = affected_by(make_breach(now, **span(suspect)))
    assert found.people == {registered.pk, came.pk}
    assert (found.opened, found.registers) == (0, 1)


@pytest.mark.parametrize(
    ("route", "counted"),
    [(ConcernRoute.LEAD, 1), (ConcernRoute.NOT_LEAD, 0), (ConcernRoute.NOT_DEPUTY, 0)],
)
def test_whom_a_concern_is_about_is_not_told(
    now: dt.datetime, route: ConcernRoute, counted: int
) -> None:
    """Of one that was routed away from the lead, who may be trust staff too, not even a number."""
    readers = {ConcernRoute.NOT_DEPUTY: Role.SAFEGUARDING_LEAD}
    suspect = factories.make_user(readers.get(route, Role.SAFEGUARDING_DEPUTY))
    person = factories.make_participant()
    concern = write_concern(
        nonce=uuid.uuid4(),
        words={},
        route=route,
        is_urgent=False,
        person=person,
        session=None,
        by=factories.make_user(Role.COORDINATOR),
        now=now,
    )
    assert Concern.objects.get().participant == person
    open_concern(concern=concern, by=suspect, now=now)
    found = affected_by(make_breach(now, **span(suspect)))
    assert found.people == frozenset()
    assert found.concerns == counted


def test_people_who_are_gone_are_counted(now: dt.datetime, suspect: User) -> None:
    person = factories.make_participant()
    read(suspect, AuditKind.IDENTITY_READ, person, now)
    person.delete()
    found = affected_by(make_breach(now, **span(suspect)))
    assert (found.people, found.gone) == (frozenset(), 1)


@pytest.mark.parametrize("people", [1, 3])
def test_contacts_to_tell(people: int, django_assert_num_queries: object) -> None:
    root = factories.make_participant(family_name="A")
    merged = factories.make_participant(merged_into=root)
    for position, name, fields in (
        (1, "Never", {"collects": Collects.NEVER}),
        (2, "Not for emergencies", {"is_emergency": False}),
        (3, "First", {}),
        (4, "Second", {}),
    ):
        Contact.objects.create(
            **{"participant": merged, "is_emergency": True, "phone": "1"} | fields,
            name=name,
            position=position,
        )
    others = [factories.make_participant(family_name=f"B{n}") for n in range(people - 1)]
    everybody = affected_people([person.pk for person in [root, *others]])
    with django_assert_num_queries(2):  # type: ignore[operator]
        rows = contacts_to_tell(everybody)
    assert [row.person for row in rows] == [root, *others]
    assert [row.contact.name if row.contact else None for row in rows] == ["First"] + [None] * (
        people - 1
    )
