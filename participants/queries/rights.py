"""Requests about people's data: when an answer is due, what stands, and who is left out of what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.db.models import F, Q, QuerySet

from accounts.access import holds_any
from activities.models import Closure, ClosureKind
from participants.models import (
    Attendance,
    Booking,
    CareNote,
    Consent,
    Contact,
    LegalHold,
    MarkOperation,
    ParentLink,
    Participant,
    Photograph,
    Registration,
    Removal,
    RightsRequest,
)
from participants.models.rights import ANSWERS_FOR_DATA
from participants.queries.subject_access import label_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Months to answer in, and those that a request may take more where it is complex.
# Source: UK GDPR, article 12(3).
MONTHS = 1
MONTHS_MORE = 2
# From about this age the regulator expects a child to be asked. Source: Information Commissioner's
# Office, "Children and the UK GDPR": in Scotland presumed at 12, elsewhere a matter of judgement.
MAY_ASK_FOR_THEMSELVES = 12
SATURDAY = 5


def due_on(received_on: dt.date, months: int = MONTHS) -> dt.date:
    """The last day to answer: the same day of a later month, or the next working day.

    Where that month is shorter its last day. Bank holidays are those of the calendar. Source:
    Information Commissioner's Office, "A guide to subject access", time limits.
    """
    day = received_on + relativedelta(months=months)
    free = _bank_holidays(day, day + dt.timedelta(days=14))
    while day.weekday() >= SATURDAY or day in free:
        day += dt.timedelta(days=1)
    return day


def extended_due_on(request: RightsRequest) -> dt.date:
    """The last day to answer once the time was made longer."""
    return due_on(request.received_on, MONTHS + MONTHS_MORE)


def _bank_holidays(first: dt.date, last: dt.date) -> set[dt.date]:
    closures = Closure.objects.of_hub(None).touching(first, last)
    spans = closures.filter(kind=ClosureKind.BANK_HOLIDAY).values_list("first_on", "last_on")
    return {
        start + dt.timedelta(days=day)
        for start, end in spans
        for day in range((end - start).days + 1)
    }


def age_on(person: Participant, day: dt.date) -> int | None:
    """Whole years, or None where the birth date is not known."""
    if person.birth_date is None:
        return None
    return relativedelta(day, person.birth_date).years


def may_ask_for_themselves(person: Participant, day: dt.date) -> bool:
    """Whether a child is of an age at which to ask them. A prompt, not a rule."""
    age = age_on(person, day)
    return age is not None and age >= MAY_ASK_FOR_THEMSELVES


# --- A person's records --------------------------------------------------------------------------
def root_of(person: Participant) -> Participant:
    """The record that stands for the person."""
    return person.merged_into or person


def ids_of(person: Participant) -> list[UUID]:
    """Ids of every record of a person. One query."""
    root = person.merged_into_id or person.pk
    records = Participant.objects.filter(Q(pk=root) | Q(merged_into=root))
    return list(records.values_list("pk", flat=True))


def open_requests(user: User | AnonymousUser) -> QuerySet[RightsRequest]:
    """Those that nobody has answered, the most urgent first."""
    return RightsRequest.objects.visible_to(user).open().order_by("due_on", "recorded_at")


def waiting_requests(user: User | AnonymousUser) -> int:
    """How many requests wait for an answer of the user's. One query for trust staff."""
    return RightsRequest.objects.visible_to(user).open().count()


def answered_requests(user: User | AnonymousUser) -> QuerySet[RightsRequest]:
    """Those that were answered, the latest first."""
    answered = RightsRequest.objects.visible_to(user).exclude(outcome="")
    return answered.order_by(F("answered_at").desc(nulls_last=True), "pk")


def requests_about(user: User | AnonymousUser, person: Participant) -> QuerySet[RightsRequest]:
    """Everything that was asked about a person."""
    found = RightsRequest.objects.visible_to(user).filter(participant__in=ids_of(person))
    return found.order_by("-received_on", "-recorded_at")


# --- Restriction and objection -------------------------------------------------------------------
def restricted() -> QuerySet[Participant]:
    """Every record of people whose data are kept and not used."""
    return _of_people_with("restricted_at")


def left_out_of_evaluation() -> QuerySet[Participant]:
    """Every record of people who are left out of surveys and of extracts for the University.

    They objected, or their record is restricted. Attendance totals still count them: a total says
    nothing about one person, and what was paid for has to add up.
    """
    return _of_people_with("objected_at") | restricted()


def _of_people_with(field: str) -> QuerySet[Participant]:
    """Records of people one of whose records has a moment in a field."""
    has = Participant.objects.filter(**{f"{field}__isnull": False})
    roots = has.filter(merged_into__isnull=True).values("pk")
    merged = has.filter(merged_into__isnull=False).values("merged_into")
    is_theirs = Q(pk__in=roots) | Q(pk__in=merged)
    return Participant.objects.filter(
        is_theirs | Q(merged_into__in=roots) | Q(merged_into__in=merged)
    )


# --- What was changed since somebody asked -------------------------------------------------------
@dataclass(frozen=True)
class ChangeSince:
    """That something was changed: when, and which fields, without their values."""

    at: dt.datetime
    what: str


def changes_since(person: Participant, since: dt.date) -> list[ChangeSince]:
    """What was changed in a person's record and contacts from a day on, oldest first."""
    ids = ids_of(person)
    rows = [
        *_changes("ParticipantEvent", Q(pgh_obj__in=ids), since),
        *_changes("ContactEvent", Q(participant__in=ids), since),
        *_changes("RegistrationEvent", Q(participant__in=ids), since),
    ]
    return sorted(rows, key=lambda change: change.at)


def _changes(event: str, of_person: Q, since: dt.date) -> Iterator[ChangeSince]:
    model = apps.get_model("participants", event)
    names = [each.attname for each in model._meta.fields if not each.name.startswith("pgh_")]
    before: dict[object, dict[str, object]] = {}
    for row in model._default_manager.filter(of_person).order_by("pgh_id"):
        now = {name: getattr(row, name) for name in names}
        was = before.get(row.pgh_obj_id, {})
        before[row.pgh_obj_id] = now
        changed = [name for name in names if was.get(name) != now[name]]
        if row.pgh_created_at.date() >= since:
            yield ChangeSince(row.pgh_created_at, _what(event, row.pgh_label, was, changed))


def _what(event: str, label: str, was: dict[str, object], changed: list[str]) -> str:
    subject = {"ContactEvent": "Contact", "RegistrationEvent": "Hub"}.get(event, "Record")
    if label.startswith("delete"):
        return f"{subject} taken away"
    if not was:
        return f"{subject} added"
    model = apps.get_model("participants", event)
    return f"{subject}: {', '.join(label_of(model, name.removesuffix('_id')) for name in changed)}"


# --- Erasure -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ErasurePlan:
    """What erasing a person takes away, by table in words, and whether something forbids it."""

    goes: list[tuple[str, int]]
    holds: list[LegalHold]

    @property
    def is_held(self) -> bool:
        """Whether a legal hold stands."""
        return bool(self.holds)


def erasure_plan(person: Participant) -> ErasurePlan:
    """What would go. Counts only; concerns are not among them, they have a rule of their own."""
    ids = ids_of(person)
    holds = LegalHold.objects.standing().filter(participant__in=ids).order_by("placed_at")
    return ErasurePlan(list(_going(ids)), list(holds))


def _going(ids: Collection[UUID]) -> Iterator[tuple[str, int]]:
    yield "Records with name, home, school and answers", len(ids)
    tables = (
        ("Registrations at hubs", Registration),
        ("Contacts", Contact),
        ("Care notes", CareNote),
        ("Answers on consent", Consent),
        ("Links for a parent", ParentLink),
        ("Marks at sessions", Attendance),
        ("Marks as they were made", MarkOperation),
        ("Places booked", Booking),
    )
    for words, model in tables:
        yield words, model._default_manager.filter(participant__in=ids).count()
    yield "Photographs taken down", Photograph.objects.filter(people__in=ids).distinct().count()
    events = apps.get_model("participants", "ParticipantEvent")
    yield "Kept changes of the record", events._default_manager.filter(pgh_obj__in=ids).count()


@dataclass(frozen=True)
class CertificateShown:
    """A certificate as a page shows it: numbers by kind in words, and why the rest is kept."""

    removal: Removal
    went: list[tuple[str, int]]
    kept: list[str]


def certificate(user: User | AnonymousUser, pk: UUID) -> CertificateShown | None:
    """A certificate of an erasure, for those who answer for data."""
    if not holds_any(user, ANSWERS_FOR_DATA):
        return None
    removal = Removal.objects.filter(pk=pk).select_related("done_by").first()
    if removal is None:
        return None
    went = [(_kind(label), number) for label, number in removal.counts.items() if number]
    return CertificateShown(removal, went, [each["why"] for each in removal.kept.values()])


def _kind(label: str) -> str:
    """A table in words: "Care notes". What is no table is called what it is."""
    try:
        words = str(apps.get_model(label)._meta.verbose_name_plural)
    except (LookupError, ValueError):
        words = label
    return words[:1].upper() + words[1:]
