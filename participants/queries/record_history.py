"""What was changed in a person's record, when and by whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.db import models

from accounts.models import User
from hubs.models import Hub
from participants.models import Contact, Participant, Registration
from participants.queries.record_words import label_of, words_of
from participants.queries.records import records_of
from participants.sections import Section

SHOWN = 200
# In which section of a record each tracked field stands. Fields that are nobody's to see, such as
# ids and small areas worked out from a postcode, are left out.
SECTION_OF: dict[str, Section] = {
    **dict.fromkeys(
        ("given_name", "family_name", "known_as", "birth_date", "year_group", "school"),
        Section.IDENTITY,
    ),
    **dict.fromkeys(("takes_part_as", "is_complete", "complete_by"), Section.IDENTITY),
    **dict.fromkeys(("restricted_at", "objected_at"), Section.IDENTITY),
    **dict.fromkeys(("address", "home_postcode", "is_address_hidden"), Section.CONTACTS),
    **dict.fromkeys(("may_walk_home", "collection_word", "few_contacts_why"), Section.CONTACTS),
    **dict.fromkeys(("gender", "ethnicity", "special_needs", "sen_provision"), Section.EQUALITY),
    **dict.fromkeys(("sen_needs", "care_experienced", "free_school_meals"), Section.EQUALITY),
    **dict.fromkeys(("alternative_provision", "young_carer"), Section.EQUALITY),
    **dict.fromkeys(("english_additional", "languages"), Section.EQUALITY),
}
CONTACT_FIELDS = (
    *("name", "relationship", "phone", "email", "has_parental_responsibility"),
    *("is_emergency", "collects"),
)
GONE = "delete_delete"
NEW = "insert_insert"


@dataclass(frozen=True)
class FieldChange:
    """One field: from what to what, in words; `old` is None where the row was new."""

    label: str
    old: str | None
    new: str


@dataclass(frozen=True)
class RecordChange:
    """What one act changed. `by` is empty where no member of staff did it."""

    at: dt.datetime
    by: str
    what: str
    fields: list[FieldChange]


def changes_of(person: Participant, sections: Collection[Section]) -> list[RecordChange]:
    """Changes of these sections of a root person's record, the newest first, at most `SHOWN`.

    A fixed number of queries. Care notes are in no history, nor are the words of concerns.
    """
    records = list(records_of(person).values_list("pk", flat=True))
    people = _users()
    found = [
        *_of_record(records, sections, people),
        *(_of_registrations(records, people) if Section.IDENTITY in sections else ()),
        *(_of_contacts(records, people) if Section.CONTACTS in sections else ()),
    ]
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:SHOWN]


def _of_record(
    records: Collection[UUID], sections: Collection[Section], people: Mapping[str, str]
) -> Iterator[RecordChange]:
    names = [name for name, section in SECTION_OF.items() if section in sections]
    rows = _events("ParticipantEvent").filter(pgh_obj_id__in=records).order_by("pgh_id")
    for old, row in _in_pairs(rows):
        fields = _differences(Participant, names, old, row)
        if old is None:
            yield _change(row, "Record made", [], people)
        elif fields:
            yield _change(row, "Record changed", fields, people)


def _of_registrations(
    records: Collection[UUID], people: Mapping[str, str]
) -> Iterator[RecordChange]:
    hubs = dict(Hub.objects.values_list("pk", "name"))
    rows = _events("RegistrationEvent").filter(participant_id__in=records).order_by("pgh_id")
    for row in rows:
        what = "Taken off a hub" if row.pgh_label == GONE else "Registered at a hub"
        hub = FieldChange(label_of(Registration, "hub"), None, hubs.get(row.hub_id, ""))
        yield _change(row, what, [hub], people)


def _of_contacts(records: Collection[UUID], people: Mapping[str, str]) -> Iterator[RecordChange]:
    rows = _events("ContactEvent").filter(participant_id__in=records).order_by("pgh_id")
    for old, row in _in_pairs(rows):
        if row.pgh_label == GONE:
            yield _change(row, f"Contact removed: {row.name}", [], people)
            continue
        fields = _differences(Contact, CONTACT_FIELDS, old, row)
        what = "Contact added" if old is None else f"Contact changed: {row.name}"
        if fields:
            yield _change(row, what, fields, people)


def _in_pairs(rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Each state of a row with the one before it, None before the first."""
    last: dict[Any, Any] = {}
    for row in rows:
        yield last.get(row.pgh_obj_id), row
        last[row.pgh_obj_id] = row


def _differences(
    model: type[models.Model], names: Iterable[str], old: Any, new: Any
) -> list[FieldChange]:
    changes = []
    for name in names:
        before, after = getattr(old, name, None), getattr(new, name)
        if before == after or (old is None and after in (None, "", [], False)):
            continue
        was = None if old is None else words_of(model, name, before)
        changes.append(FieldChange(label_of(model, name), was, words_of(model, name, after)))
    return changes


def _change(
    row: Any, what: str, fields: list[FieldChange], people: Mapping[str, str]
) -> RecordChange:
    context = row.pgh_context or {}
    return RecordChange(row.pgh_created_at, people.get(context.get("by", ""), ""), what, fields)


def _events(name: str) -> models.QuerySet[Any]:
    return cast("Any", apps.get_model("participants", name)).objects.all()


def _users() -> dict[str, str]:
    """Members of staff, leavers too, by the id that triggers keep."""
    return {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
