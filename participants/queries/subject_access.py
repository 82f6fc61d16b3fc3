"""Everything that is held about one person, for a copy of their data.

`PARTS` has one function for each table that leads to a person, `LEFT_OUT` says of the others why
they stay out. `tests/structure/test_subject_access.py` fails for a table that is in neither.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q

from accounts.access import HUB_ROLES
from accounts.models import AuditEntry, AuditKind, Role, RoleGrant
from activities.models import LONDON, Session
from participants import handlers
from participants.handlers import Held
from participants.models import (
    Attendance,
    Booking,
    CareNote,
    Consent,
    Contact,
    Disclosure,
    Ethnicity,
    ImportBatch,
    LegalHold,
    MarkOperation,
    Merge,
    ParentLink,
    Participant,
    Photograph,
    PhotographUse,
    PrintedRow,
    Registration,
    RightsRequest,
    SenNeed,
    SenProvision,
)
from participants.sections import EVERY_RECORD

HUB_STAFF = "Hub staff"
PROGRAMME_STAFF = "Programme staff"
NOBODY = "Nobody signed in"
SAFEGUARDING = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})

WHERE_FIELDS = ("address", "home_postcode", "home_lsoa", "home_ward")
# Whoever has it may take a child away, and the paper may be lying about.
SECRET_FIELDS = ("collection_word",)
SECRET = "Held, and not written here: whoever reads it could collect the child."  # noqa: S105 - a sentence
IDENTITY_FIELDS = (
    *("given_name", "family_name", "known_as", "birth_date", "year_group", "school"),
    "takes_part_as",
)
HOME_FIELDS = (
    *("address", "home_postcode", "home_lsoa", "home_ward", "imd_decile", "imd_edition"),
    *("is_address_hidden", "may_walk_home", "collection_word"),
)
EQUALITY_FIELDS = (
    *("gender", "ethnicity", "special_needs", "sen_provision", "sen_needs", "care_experienced"),
    *("free_school_meals", "alternative_provision", "young_carer", "english_additional"),
    "languages",
)
RECORD_FIELDS = (
    *("is_complete", "complete_by", "few_contacts_why", "restricted_at", "objected_at"),
    *("anonymised_at", "created_at"),
)
# Fields whose own names only mean something to programmers.
LABELS = {
    "home_lsoa": "small area of the home",
    "imd_decile": "deprivation decile of the home",
    "imd_edition": "edition of the deprivation index",
    "few_contacts_why": "why there are fewer than two contacts",
    "is_given": "agreed",
    "wording": "version of the words",
}
# Lists of others that say the code beside the words.
CODED = {each.value for listed in (Ethnicity, SenProvision, SenNeed) for each in listed} - {
    "undisclosed",
    "unknown",
}


@dataclass
class Staff:
    """What staff are called here: by role, never by name."""

    grants: defaultdict[UUID, list[RoleGrant]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls) -> Staff:
        """Every role ever held. One query."""
        staff = cls()
        for grant in RoleGrant.objects.all():
            staff.grants[grant.user_id].append(grant)
        return staff

    def roles(self, user_id: UUID | None, at: dt.datetime) -> set[str]:
        """The roles that somebody held at a moment, or ever where none was held then."""
        held = self.grants[user_id] if user_id else []
        then = {each.role for each in held if not each.ended_at or at < each.ended_at}
        return then or {each.role for each in held}

    def called(self, user_id: UUID | None, at: dt.datetime) -> str:
        """Who it was, in words. That somebody answers for safeguarding is not said."""
        if user_id is None:
            return NOBODY
        roles = self.roles(user_id, at)
        return HUB_STAFF if roles & HUB_ROLES and not roles & EVERY_RECORD else PROGRAMME_STAFF

    def is_safeguarding(self, user_id: UUID | None, at: dt.datetime) -> bool:
        """Whether a read was for safeguarding, whose reasons stay with it."""
        return bool(self.roles(user_id, at) & SAFEGUARDING)


@dataclass
class Subject:
    """The records of one person, the root's first, and how staff are called."""

    records: list[Participant]
    staff: Staff

    @cached_property
    def ids(self) -> list[UUID]:
        """Ids of the records."""
        return [record.pk for record in self.records]

    def by(self, user_id: UUID | None, at: dt.datetime) -> str:
        """Who did something, by role."""
        return self.staff.called(user_id, at)


Part = Callable[[Subject], Iterable[Held]]


def records_of(person: Participant) -> list[Participant]:
    """Every record of a person, the root's first. One query."""
    root = person.merged_into_id or person.pk
    records = Participant.objects.filter(Q(pk=root) | Q(merged_into=root))
    found = list(records.select_related("home_lsoa", "home_ward").order_by("created_at", "pk"))
    return sorted(found, key=lambda record: record.pk != root)


def everything_about(person: Participant) -> list[Held]:
    """All that is held about a person, in the order of a copy. Some twenty queries."""
    subject = Subject(records_of(person), Staff.load())
    own = [held for part in PARTS.values() for held in part(subject)]
    return own + [held for more in handlers.subject_data for held in more(subject.ids)]


# --- Values in plain words -----------------------------------------------------------------------
def label_of(model: type[models.Model], name: str) -> str:
    """A field's name in words: "Date of birth"."""
    words = LABELS.get(name) or str(getattr(model._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]


def plain(row: models.Model, name: str) -> Any:
    """One value as text, number, yes or no, a list of texts, or None; moments in ISO 8601."""
    value = getattr(row, name)
    if name in SECRET_FIELDS:
        return SECRET if value else ""
    if isinstance(value, list):
        return [_worded(SenNeed(each).label, each) for each in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(LONDON).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, models.Model | UUID):
        return str(value)
    worded = getattr(row, f"get_{name}_display", None)
    return _worded(str(worded()), str(value)) if worded and value != "" else value


def _worded(words: str, code: str) -> str:
    return f"{words} ({code})" if code in CODED else words


def values(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Values by label in words."""
    return {label_of(type(row), name): plain(row, name) for name in names}


def _where(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(label_of(model, name) for name in WHERE_FIELDS)


def _day(at: dt.datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"


def _at(at: dt.datetime) -> str:
    return at.astimezone(LONDON).isoformat(timespec="seconds")


def _meeting(session: Session) -> dict[str, Any]:
    activity = session.activity
    place = str(activity.hub) if activity.hub else "The whole city"
    return {"Session": activity.title, "Hub": place, "Start": _at(session.starts_at)}


def _key(row: models.Model, more: str = "") -> str:
    return f"{row._meta.model_name}:{row.pk}{more}"


# --- One function a table ------------------------------------------------------------------------
def _people(subject: Subject) -> Iterator[Held]:
    for number, record in enumerate(subject.records, 1):
        which = "" if len(subject.records) == 1 else f", record {number}"
        where = _where(Participant)
        parts = (
            ("identity", "Name and school", IDENTITY_FIELDS, ()),
            ("home", "Home and going home", HOME_FIELDS, where),
            ("equality", "Answers about themselves", EQUALITY_FIELDS, ()),
            ("record", "The record itself", RECORD_FIELDS, ()),
        )
        for section, title, names, says_where in parts:
            yield Held(
                key=_key(record, f":{section}"),
                section=section,
                title=f"{title}{which}",
                data=values(record, names),
                # Why there are few contacts is told of the family in somebody's own words.
                names_others=section == "record" and bool(record.few_contacts_why),
                says_where=says_where,
            )


def _registrations(subject: Subject) -> Iterator[Held]:
    rows = Registration.objects.filter(participant__in=subject.ids).select_related("hub")
    for row in rows.order_by("registered_at", "pk"):
        data = {"Hub": str(row.hub), "Since": _at(row.registered_at)}
        yield Held(_key(row), "hubs", str(row.hub), data)


def _contacts(subject: Subject) -> Iterator[Held]:
    names = (
        *("name", "relationship", "phone", "email", "has_parental_responsibility"),
        *("is_emergency", "collects", "position", "created_at"),
    )
    for row in Contact.objects.filter(participant__in=subject.ids):
        title = row.get_relationship_display()
        yield Held(_key(row), "contacts", title, values(row, names), names_others=True)


def _care(subject: Subject) -> Iterator[Held]:
    for row in CareNote.objects.filter(participant__in=subject.ids):
        data = values(row, ("kind", "text", "written_at", "ended_at"))
        data["Written by"] = subject.by(row.written_by_id, row.written_at)
        yield Held(_key(row), "care", row.get_kind_display(), data, names_others=True)


def _consents(subject: Subject) -> Iterator[Held]:
    names = (
        *("purpose", "is_given", "wording", "language", "answered_by", "relationship"),
        *("decided_by", "how", "at"),
    )
    for row in Consent.objects.filter(participant__in=subject.ids).order_by("at", "pk"):
        data = values(row, names)
        if row.recorded_by_id:
            data["Recorded by"] = subject.by(row.recorded_by_id, row.at)
        title = f"{row.get_purpose_display()}: {'yes' if row.is_given else 'no'}"
        yield Held(_key(row), "consents", title, data, names_others=bool(row.answered_by))


def _attendance(subject: Subject) -> Iterator[Held]:
    rows = Attendance.objects.filter(participant__in=subject.ids)
    rows = rows.select_related("session__activity__hub").order_by("session__starts_at", "pk")
    names = ("status", "role", "arrived_at", "left_at", "marked_at")
    for row in rows:
        title = f"{_day(row.session.starts_at)}: {row.get_status_display().lower()}"
        said = {label: value for label, value in values(row, names).items() if value is not None}
        yield Held(_key(row), "attendance", title, _meeting(row.session) | said)


def _marks(subject: Subject) -> Iterator[Held]:
    """Every mark ever made, one entry a session: what stands is in the attendance."""
    of_person = Q(participant__in=subject.ids) | Q(person_id__in=subject.ids)
    rows = MarkOperation.objects.filter(of_person).select_related("session__activity__hub")
    by_session: defaultdict[Session, list[MarkOperation]] = defaultdict(list)
    for row in rows.order_by("session__starts_at", "marked_at", "pk"):
        by_session[row.session].append(row)
    for session, marks in by_session.items():
        said = [
            f"{_at(mark.marked_at)}: {mark.get_status_display()}, as "
            f"{mark.get_role_display().lower()}, by {subject.by(mark.marked_by_id, mark.marked_at)}"
            for mark in marks
        ]
        title = f"Marks made for {_day(session.starts_at)}"
        key = f"markoperation:{session.pk}"
        yield Held(key, "attendance", title, _meeting(session) | {"Marks": said})


def _bookings(subject: Subject) -> Iterator[Held]:
    rows = Booking.objects.filter(participant__in=subject.ids)
    rows = rows.select_related("session__activity__hub").order_by("booked_at", "pk")
    names = ("has_place", "written_name", "booked_at", "moved_up_at", "cancelled_at")
    for row in rows:
        by = (
            subject.by(row.booked_by_id, row.booked_at) if row.booked_by_id else "A parent, by link"
        )
        data = _meeting(row.session) | values(row, names) | {"Booked by": by}
        yield Held(_key(row), "bookings", f"Place on {_day(row.session.starts_at)}", data)


def _printed(subject: Subject) -> Iterator[Held]:
    rows = PrintedRow.objects.filter(participant__in=subject.ids)
    for row in rows.select_related("sheet__session__activity__hub").order_by("sheet__printed_at"):
        data = _meeting(row.sheet.session) | {"Printed": _at(row.sheet.printed_at)}
        yield Held(_key(row), "bookings", f"On a sheet of {_day(row.sheet.printed_at)}", data)


def _links(subject: Subject) -> Iterator[Held]:
    """Links sent to parents, without the words that open them."""
    names = ("purpose", "made_at", "expires_at", "used_at", "closed_at")
    for row in ParentLink.objects.filter(participant__in=subject.ids).order_by("made_at", "pk"):
        data = values(row, names) | {"Made by": subject.by(row.made_by_id, row.made_at)}
        yield Held(_key(row), "links", f"Link of {_day(row.made_at)}", data)


def _photographs(subject: Subject) -> Iterator[Held]:
    rows = Photograph.objects.filter(people__in=subject.ids).distinct()
    for row in rows.select_related("session__activity__hub").order_by("added_at", "pk"):
        data = _meeting(row.session) | {
            "Description": row.description,
            "Uses": [PhotographUse(use).label for use in row.uses],
            "Taken down at": _at(row.taken_down_at) if row.taken_down_at else None,
        }
        title = f"Photograph of {_day(row.session.starts_at)}"
        yield Held(_key(row), "photographs", title, data, names_others=True)


def _imports(subject: Subject) -> Iterator[Held]:
    """Spreadsheets that records came in with: those are made at the moment of the import."""
    moments = {record.created_at for record in subject.records}
    for row in ImportBatch.objects.filter(applied_at__in=moments).select_related("hub"):
        data = values(row, ("kind", "applied_at")) | {"Hub": str(row.hub or "")}
        data["Brought in by"] = subject.by(row.asked_by_id, row.asked_at)
        yield Held(_key(row), "record", "Brought in from a spreadsheet", data)


def _merges(subject: Subject) -> Iterator[Held]:
    rows = Merge.objects.filter(Q(record__in=subject.ids) | Q(root__in=subject.ids))
    for row in rows.order_by("merged_at", "pk"):
        changed = {_named(Participant, name) for name in (*row.before, *row.after)}
        data = values(row, ("merged_at", "undone_at")) | {"Values changed": sorted(changed)}
        data["Merged by"] = subject.by(row.merged_by_id, row.merged_at)
        yield Held(_key(row), "merges", f"Two records joined, {_day(row.merged_at)}", data)


def _requests(subject: Subject) -> Iterator[Held]:
    names = (
        *("right", "asked_by", "relationship", "words", "identity_checked", "received_on"),
        *("due_on", "extended_why", "outcome", "answer", "answered_at"),
    )
    rows = RightsRequest.objects.filter(participant__in=subject.ids)
    for row in rows.order_by("recorded_at", "pk"):
        title = row.get_right_display()
        yield Held(_key(row), "requests", title, values(row, names), names_others=True)


def _told(subject: Subject) -> Iterator[Held]:
    names = ("document", "recipient", "address", "why", "confirmed_at")
    rows = Disclosure.objects.filter(participant__in=subject.ids).order_by("confirmed_at", "pk")
    for row in rows:
        title = f"Sent {_day(row.confirmed_at)}"
        yield Held(_key(row), "told", title, values(row, names), names_others=True)


def _holds(subject: Subject) -> Iterator[Held]:
    rows = LegalHold.objects.filter(participant__in=subject.ids).order_by("placed_at", "pk")
    for row in rows:
        data = values(row, ("why", "placed_at", "ended_at"))
        yield Held(_key(row), "requests", "Kept for legal reasons", data, names_others=True)


# --- What changed, and who looked ----------------------------------------------------------------
def _changes(subject: Subject, event: str, of_person: Q, *, names_others: bool) -> Iterator[Held]:
    model = apps.get_model("participants", event)
    before: dict[Any, dict[str, Any]] = {}
    names = [each.name for each in model._meta.fields if not _is_bookkeeping(each.name)]
    rows = model._default_manager.filter(of_person).order_by("pgh_id")
    places = _places(names)
    # Without names it would join what the change was of, which may be gone.
    for row in rows.select_related(*places) if places else rows:
        now = values(row, names)
        was = before.get(row.pgh_obj_id, {})
        before[row.pgh_obj_id] = now
        data = {label: value for label, value in now.items() if was.get(label) != value}
        data = {label: value for label, value in data.items() if was or value not in (None, "", [])}
        by = subject.by(_author(row.pgh_context), row.pgh_created_at)
        yield Held(
            key=f"{model._meta.model_name}:{row.pk}",
            section="changes",
            title=f"{_what(event)} {_deed(row.pgh_label)}, {_day(row.pgh_created_at)}",
            data={"When": _at(row.pgh_created_at), "By": by} | data,
            names_others=names_others or label_of(Participant, "few_contacts_why") in data,
            says_where=tuple(_where(Participant)) if event == "ParticipantEvent" else (),
        )


def _is_bookkeeping(name: str) -> bool:
    return name.startswith("pgh_") or name in {"id", "participant", "merged_into"}


def _places(names: Iterable[str]) -> list[str]:
    """Rows of other tables whose names an event says."""
    return [name for name in names if name in {"home_lsoa", "home_ward", "hub"}]


def _what(event: str) -> str:
    return {"ParticipantEvent": "Record", "ContactEvent": "Contact"}.get(event, "Hub")


def _deed(label: str) -> str:
    kind = label.partition("_")[0]
    return {"insert": "made", "update": "changed", "delete": "taken away"}.get(kind, kind)


def _author(context: dict[str, Any] | None) -> UUID | None:
    by = (context or {}).get("by")
    return UUID(by) if by else None


def _named(model: type[models.Model], name: str) -> str:
    """A field in words; one that is gone since is called what it was."""
    try:
        return label_of(model, name.removesuffix("_id"))
    except FieldDoesNotExist:
        return name


def _record_changes(subject: Subject) -> Iterator[Held]:
    return _changes(subject, "ParticipantEvent", Q(pgh_obj__in=subject.ids), names_others=False)


def _contact_changes(subject: Subject) -> Iterator[Held]:
    return _changes(subject, "ContactEvent", Q(participant__in=subject.ids), names_others=True)


def _hub_changes(subject: Subject) -> Iterator[Held]:
    rows = Q(participant__in=subject.ids)
    return _changes(subject, "RegistrationEvent", rows, names_others=False)


def _reads(subject: Subject) -> Iterator[Held]:
    """Who looked or changed, day by day: roles and kinds. Nothing of concerns."""
    rows = AuditEntry.objects.filter(object_id__in=_ids_of_rows(subject))
    rows = rows.exclude(kind__startswith="concern.").order_by("at", "pk")
    by_day: defaultdict[dt.date, list[AuditEntry]] = defaultdict(list)
    for row in rows:
        by_day[row.at.astimezone(LONDON).date()].append(row)
    for day, entries in by_day.items():
        yield _day_of_reads(subject, day, entries)


def _day_of_reads(subject: Subject, day: dt.date, entries: list[AuditEntry]) -> Held:
    times: Counter[str] = Counter()
    reasons: set[str] = set()
    for entry in entries:
        who = subject.by(entry.actor_id, entry.at)
        times[f"{who}: {AuditKind(entry.kind).label}"] += 1
        if entry.reason and not subject.staff.is_safeguarding(entry.actor_id, entry.at):
            reasons.add(entry.reason)
    data: dict[str, Any] = {what: _times(number) for what, number in sorted(times.items())}
    if reasons:
        data["Reasons given"] = sorted(reasons)
    title = f"{day.day} {day:%B %Y}"
    return Held(f"audit:{day}", "reads", title, data, names_others=bool(reasons))


def _times(number: int) -> str:
    return "Once" if number == 1 else f"{number} times"


def _ids_of_rows(subject: Subject) -> list[UUID]:
    """Ids of everything of the person's that the trail may tell of."""
    found = list(subject.ids)
    for model in (Contact, CareNote, Consent, ParentLink, Booking, RightsRequest, Disclosure):
        rows = model._default_manager.filter(participant__in=subject.ids)
        found.extend(rows.values_list("pk", flat=True))
    found.extend(Photograph.objects.filter(people__in=subject.ids).values_list("pk", flat=True))
    return found


PARTS: dict[str, Part] = {
    "participants.Participant": _people,
    "participants.Registration": _registrations,
    "participants.Contact": _contacts,
    "participants.CareNote": _care,
    "participants.Consent": _consents,
    "participants.ParentLink": _links,
    "participants.Attendance": _attendance,
    "participants.MarkOperation": _marks,
    "participants.Booking": _bookings,
    "participants.PrintedRow": _printed,
    "participants.Photograph": _photographs,
    "participants.ImportBatch": _imports,
    "participants.Merge": _merges,
    "participants.RightsRequest": _requests,
    "participants.Disclosure": _told,
    "participants.LegalHold": _holds,
    "participants.ParticipantEvent": _record_changes,
    "participants.ContactEvent": _contact_changes,
    "participants.RegistrationEvent": _hub_changes,
    "accounts.AuditEntry": _reads,
}
_CONCERNS = "Safeguarding records are answered for by the safeguarding lead, and never copied here."
LEFT_OUT: dict[str, str] = {
    "participants.Concern": _CONCERNS,
    "participants.ConcernAction": _CONCERNS,
    "participants.NotTheSame": "It is about somebody else: two records that are two people.",
    "participants.LikelyPair": "A guess about two records, made anew every night.",
    "participants.AgeThen": "An age at a session, kept once nothing says whose it was.",
    "participants.SubjectBundle": "It is this copy itself; the request it answers is in it.",
    "participants.OwnRecordLink": "A secret of the person themselves; it says nothing about them.",
    "participants.Photograph_people": "Whom a photograph shows; the photographs are in it.",
}
