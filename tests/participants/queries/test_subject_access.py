from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import AuditKind, Role, User
from accounts.services import record_audit
from participants import handlers
from participants.handlers import Held
from participants.models import (
    Concern,
    Contact,
    ImportBatch,
    LegalHold,
    MarkOperation,
    Merge,
    Participant,
)
from participants.queries.subject_access import SECRET, everything_about
from tests.factories import london, make_participant, make_session, make_user
from tests.participants.rights import NOW, make_known, make_request

pytestmark = pytest.mark.django_db


def entry(person: Participant, section: str, start: str = "") -> Held:
    found = [
        held
        for held in everything_about(person)
        if held.section == section and held.title.startswith(start)
    ]
    return found[0]


def text(person: Participant) -> str:
    return json.dumps([(held.title, held.data) for held in everything_about(person)])


def test_all_that_is_held_is_in_it_once_under_its_own_key() -> None:
    person = make_known(hub="The Old Mill")
    held = everything_about(person)
    assert len({each.key for each in held}) == len(held)
    assert {each.section for each in held} == {
        *("identity", "home", "equality", "record", "hubs", "contacts", "care", "consents"),
        *("attendance", "bookings", "links", "photographs", "changes"),
    }
    everything = text(person)
    for words in (
        *("Bramblewick", "4 Thornapple Row", "Larkspur School", "White: Irish (WIRI)", "Pistachio"),
        *("Zebedee Contact", "Ottoline Parent", "The Old Mill", "Two on a climbing wall"),
    ):
        assert words in everything


def test_nothing_of_somebody_else_is_in_it() -> None:
    other = make_known(given_name="Fennimore", address="9 Elderberry Mews")
    make_request(other, asked_by="Crispin Other")
    everything = text(make_known())
    for words in ("Fennimore", "Elderberry", "Crispin"):
        assert words not in everything


def test_values_are_plain_and_can_be_written_as_json() -> None:
    data = entry(make_known(), "identity").data
    assert data["Date of birth"] == "2008-06-01"
    assert data["First name"] == "Bramblewick"
    assert entry(make_known(), "care").data["Written by"] == "Hub staff"


def test_secret_words_and_tokens_are_not_in_it() -> None:
    person = make_known()
    person.collection_word = "nougat"
    person.save()
    everything = text(person)
    assert "marzipan" not in everything
    assert "nougat" not in everything
    assert str(person.pk).replace("-", "") * 2 not in everything
    assert entry(person, "home").data["Collection word"] == SECRET


def test_concerns_are_never_in_it_nor_that_there_is_one() -> None:
    person, lead = make_known(), make_user(Role.SAFEGUARDING_LEAD)
    concern = Concern.objects.create(
        receipt="GLIMMERWORT", participant=person, sealed="sealedwords", written_by=lead
    )
    record_audit(by=lead, kind=AuditKind.CONCERN_READ, about=concern)
    record_audit(by=lead, kind=AuditKind.CONCERN_WRITTEN, about=person)
    record_audit(by=lead, kind=AuditKind.CARE_READ, about=person, reason="Because of a worry")
    everything = text(person)
    for words in ("GLIMMERWORT", "sealedwords", "oncern", "Because of a worry", "afeguarding"):
        assert words not in everything
    assert "Programme staff: Care notes read" in everything


def test_who_looked_is_said_by_role_and_day_and_never_by_name() -> None:
    person = make_known()
    coordinator = make_user(Role.COORDINATOR, name="Peregrine Looker")
    for _ in range(2):
        record_audit(by=coordinator, kind=AuditKind.CONTACTS_READ, about=person)
    record_audit(by=coordinator, kind=AuditKind.CARE_READ, about=person, reason="Trip on Friday")
    reads = entry(person, "reads")
    assert reads.data == {
        "Hub staff: Care notes read": "Once",
        "Hub staff: Contacts read": "2 times",
        "Reasons given": ["Trip on Friday"],
    }
    assert reads.names_others
    assert "Peregrine" not in text(person)


def test_a_read_without_a_reason_needs_no_second_look() -> None:
    person = make_known()
    record_audit(by=make_user(Role.COORDINATOR), kind=AuditKind.IDENTITY_READ, about=person)
    assert not entry(person, "reads").names_others


def test_changes_say_what_was_written_and_by_whom_in_role() -> None:
    person = make_known()
    person.school = "Foxglove School"
    person.save()
    changes = [held for held in everything_about(person) if held.section == "changes"]
    made, changed = [held for held in changes if held.title.startswith("Record")]
    assert made.data["School"] == "Larkspur School"
    assert made.data["By"] == "Hub staff"
    assert changed.title.startswith("Record changed, ")
    assert changed.data["School"] == "Foxglove School"
    assert "First name" not in changed.data


def test_contacts_that_are_gone_are_still_in_the_history_and_need_a_look() -> None:
    person = make_known()
    Contact.objects.get(participant=person).delete()
    gone = entry(person, "changes", "Contact taken away")
    assert gone.names_others


def test_what_names_others_is_marked() -> None:
    person = make_known(few_contacts_why="Their aunt is ill")
    make_request(person)
    LegalHold.objects.create(participant=person, why="A claim", placed_by=make_user())
    marked = {held.section for held in everything_about(person) if held.names_others}
    assert marked == {
        *("contacts", "care", "consents", "photographs", "requests", "record", "changes", "reads")
    } - {"reads"}


def test_records_that_were_merged_are_in_it_with_what_happened_to_them() -> None:
    root = make_known()
    record = make_participant(given_name="Brambly", merged_into=root)
    Merge.objects.create(
        record=record,
        root=root,
        before={"school": ""},
        after={"school": "x"},
        merged_by=make_user(),
    )
    for person in (root, record):
        held = everything_about(person)
        titles = [each.title for each in held if each.section == "identity"]
        assert titles == ["Name and school, record 1", "Name and school, record 2"]
        assert entry(person, "merges").data["Values changed"] == ["School"]
        assert held[0].data["First name"] == "Bramblewick"


def test_every_mark_is_in_it_even_one_that_only_named_the_person() -> None:
    person, staff = make_participant(), make_user(Role.COORDINATOR)
    session = make_session()
    MarkOperation.objects.create(
        id=person.pk,
        session=session,
        person_id=person.pk,
        participant=None,
        role="participant",
        status="present",
        marked_at=session.starts_at,
        marked_by=staff,
        held_for="person",
    )
    marks = entry(person, "attendance")
    assert marks.data["Marks"] == [
        "2019-05-14T16:00:00+01:00: Present, as participant, by Hub staff"
    ]


def test_the_spreadsheet_is_in_it_that_somebody_came_with() -> None:
    person, later = make_participant(created_at=NOW), make_participant()
    by = make_user(Role.TRUST_STAFF)
    ImportBatch.objects.create(
        kind="people", state="applied", file_name="Zedlist.csv", asked_by=by, applied_at=NOW
    )
    came = entry(person, "record", "Brought in")
    assert came.data["Brought in by"] == "Programme staff"
    assert came.data["Kind"] == "People"
    assert "Zedlist" not in text(person)
    assert "Brought in" not in text(later)


def test_other_apps_add_what_they_hold(monkeypatch: Any) -> None:
    person = make_participant()
    more = Held("x:1", "stories", "A story", {"Words": "Hello"})
    monkeypatch.setattr(handlers, "subject_data", [lambda ids: [more] if person.pk in ids else []])
    assert everything_about(person)[-1] == more


def test_it_asks_as_much_of_three_rows_as_of_one(django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    person = make_known()
    with CaptureQueriesContext(connection) as once:
        everything_about(person)
    add_more(person, make_user(Role.COORDINATOR))
    with django_assert_num_queries(len(once)):
        everything_about(person)


def add_more(person: Participant, staff: User) -> None:
    from participants.models import Attendance, Booking

    for month in (1, 2):
        session = make_session(starts_at=london(2026, month, 5))
        Attendance.objects.create(
            session=session, participant=person, status="present", marked_at=NOW
        )
        Booking.objects.create(session=session, participant=person, has_place=True, booked_by=staff)
        Contact.objects.create(participant=person, name=f"Contact {month}")
        person.school = f"School {month}"
        person.save()
