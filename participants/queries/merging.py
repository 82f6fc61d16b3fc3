"""Two records side by side, and the merges that were made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, QuerySet
from django.utils import formats

from hubs.models import Hub
from participants.models import (
    ATTENDED,
    Attendance,
    CareNote,
    Contact,
    LikelyPair,
    Merge,
    Participant,
    SenNeed,
)
from participants.queries.consents import standing
from participants.queries.records import records_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

NOTHING = "Nothing written"
SAYS_NOTHING = frozenset({NOTHING, "Not known"})
LABELS = {
    "given_name": "First name",
    "family_name": "Last name",
    "known_as": "Known as",
    "birth_date": "Date of birth",
    "year_group": "School year",
    "school": "School",
    "takes_part_as": "Takes part as",
    "address": "Home",
    "may_walk_home": "May walk home alone",
    "collection_word": "Collection word",
    "few_contacts_why": "Why there are few contacts",
    "gender": "Gender",
    "ethnicity": "Ethnicity",
    "special_needs": "Special needs",
    "sen_provision": "Support in school",
    "sen_needs": "Kinds of need",
    "care_experienced": "Looked after or care leaver",
    "free_school_meals": "Free school meals",
    "alternative_provision": "Alternative provision",
    "young_carer": "Young carer",
    "english_additional": "English as an additional language",
    "languages": "Languages at home",
}


@dataclass(frozen=True)
class FieldOfTwo:
    """What two records say in one field, in words."""

    name: str
    label: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True)
class Side:
    """What hangs on one of two records: it all stays with it, and counts for the person."""

    letter: str
    person: Participant
    hubs: list[str]
    contacts: list[Contact]
    consents: list[str]
    sessions: int
    first_came: dt.datetime | None
    last_came: dt.datetime | None
    care_notes: int
    merged: int


@dataclass(frozen=True)
class Comparison:
    """Two records side by side."""

    first: Side
    second: Side
    fields: list[FieldOfTwo]

    @property
    def differing(self) -> list[FieldOfTwo]:
        return [field for field in self.fields if field.differs]

    @property
    def agreeing(self) -> list[FieldOfTwo]:
        return [
            field for field in self.fields if not field.differs and field.first not in SAYS_NOTHING
        ]


def listed_pairs(user: User | AnonymousUser) -> QuerySet[LikelyPair]:
    """Pairs that nobody has decided on, the likeliest first."""
    return LikelyPair.objects.visible_to(user).undecided().select_related("first", "second")


def listed_merges(user: User | AnonymousUser) -> QuerySet[Merge]:
    """Every merge, the latest first, those undone as well."""
    merges = Merge.objects.visible_to(user).select_related(
        "record", "root", "merged_by", "undone_by"
    )
    return merges.order_by("-merged_at", "pk")


def compare(first: Participant, second: Participant) -> Comparison:
    """Everything that helps to tell whether two records are of one person. No care note's words."""
    fields = [
        FieldOfTwo(name, label, _in_words(first, name), _in_words(second, name))
        for name, label in LABELS.items()
    ]
    return Comparison(_side("A", first), _side("B", second), fields)


def _side(letter: str, person: Participant) -> Side:
    records = records_of(person).values("pk")
    came = Attendance.objects.filter(participant__in=records, status__in=ATTENDED).aggregate(
        sessions=Count("session", distinct=True),
        first=Min("session__starts_at"),
        last=Max("session__starts_at"),
    )
    hubs = Hub.objects.filter(registrations__participant__in=records).distinct().order_by("name")
    return Side(
        letter=letter,
        person=person,
        hubs=list(hubs.values_list("name", flat=True)),
        contacts=list(Contact.objects.filter(participant__in=records)),
        consents=_consents(person),
        sessions=came["sessions"],
        first_came=came["first"],
        last_came=came["last"],
        care_notes=CareNote.objects.standing().filter(participant__in=records).count(),
        merged=Participant.objects.filter(merged_into=person).count(),
    )


def _consents(person: Participant) -> list[str]:
    return [purpose.label for purpose, stands in standing(person).items() if stands.is_in_force]


def _in_words(person: Participant, name: str) -> str:
    value = getattr(person, name)
    if name == "address":
        return _home(person)
    if name == "year_group" and value is not None:
        return "Reception" if value == 0 else f"Year {value}"
    if name == "sen_needs":
        return _listed(SenNeed(need).label for need in value)
    if isinstance(value, dt.date):
        return formats.date_format(value, "j F Y")
    display: Any = getattr(person, f"get_{name}_display", None)
    return str(display() if display else value or "") or NOTHING


def _home(person: Participant) -> str:
    hidden = "must stay hidden" if person.is_address_hidden else ""
    return _listed(part for part in (person.address, person.home_postcode, hidden) if part)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or NOTHING
