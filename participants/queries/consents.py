"""Which answers stand: the latest for each purpose, over every record of one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from participants.models import Answer, Consent, ParentLink, Participant, Purpose
from participants.queries.records import records_of

PHOTOGRAPHS = frozenset({Purpose.PHOTOGRAPHS_INSIDE, Purpose.PHOTOGRAPHS_PUBLIC})
# Words in public stand there as evidence, too.
EVALUATION = frozenset(
    {
        *(Purpose.SURVEYS, Purpose.SHARING_UNIVERSITY),
        *(Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC),
    }
)
# What goes on where a record is kept and not used: the child may be at a session all the same.
CARE = frozenset({Purpose.TAKING_PART, Purpose.EMERGENCY_TREATMENT})

# Ids of people, as they are or as a query of them.
Persons = Collection[UUID] | QuerySet[Any]


@dataclass(frozen=True)
class Standing:
    """What stands about one purpose: the latest answer, none yet, or one that is not in force."""

    purpose: Purpose
    answer: Consent | None
    why_not: str = ""

    @property
    def is_in_force(self) -> bool:
        """Whether it may be done now."""
        return self.answer is not None and self.answer.is_given and not self.why_not


def may(persons: Persons, purpose: Purpose) -> set[UUID]:
    """Root ids of those of these people, by any of their records, whose consent is in force.

    The latest answer counts, ties by id. Photographs of somebody who is looked after or a care
    leaver need who decided; a restricted record is used for nothing but care, and who objected is
    left out of evaluation. One query, however many people.
    """
    latest = _with_bars(_latest(persons, purpose), purpose)
    rows = latest.values_list("root", "is_given", "is_barred", "in_care", "decided_by")
    return {
        root
        for root, is_given, is_barred, in_care, decided_by in rows
        if is_given and not is_barred and (decided_by or not in_care)
    }


def standing(person: Participant) -> dict[Purpose, Standing]:
    """What stands about each purpose, for a root person. Two queries."""
    answers = Consent.objects.filter(participant__in=records_of(person))
    latest = answers.order_by("purpose", "-at", "-pk").distinct("purpose")
    by_purpose = {Purpose(each.purpose): each for each in latest.select_related("recorded_by")}
    facts = list(records_of(person).values_list("care_experienced", "restricted_at", "objected_at"))
    return {
        purpose: Standing(purpose, answer, _why_not(answer, purpose, facts))
        for purpose in Purpose
        for answer in [by_purpose.get(purpose)]
    }


def answers_of(person: Participant) -> QuerySet[Consent]:
    """Every answer of a root person, the newest first, with who wrote it down."""
    answers = Consent.objects.filter(participant__in=records_of(person))
    return answers.select_related("recorded_by").order_by("-at", "-pk")


def is_looked_after(person: Participant) -> bool:
    """Whether any of a root person's records says looked after or care leaver. One query."""
    return records_of(person).filter(care_experienced=Answer.YES).exists()


def links_of(person: Participant, now: dt.datetime) -> QuerySet[ParentLink]:
    """Links of a root person that still open, the newest first."""
    links = ParentLink.objects.filter(
        participant__in=records_of(person),
        used_at__isnull=True,
        closed_at__isnull=True,
        expires_at__gt=now,
    )
    return links.select_related("made_by").order_by("-made_at", "-pk")


def refusing_to_take_part(persons: Persons) -> set[UUID]:
    """Root ids of those whose latest answer about taking part is no. One query."""
    latest = _latest(persons, Purpose.TAKING_PART).values_list("root", "is_given")
    return {root for root, is_given in latest if not is_given}


def standing_refusals() -> QuerySet[Any]:
    """Latest answers about taking part that are no, each with its `root` person."""
    answers = Consent.objects.filter(purpose=Purpose.TAKING_PART).order_by()
    newer = answers.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")))
    # Two questions where one would do: each finds its rows by an index.
    return _with_root(answers.filter(is_given=False)).filter(
        ~Exists(newer.filter(participant=OuterRef("root"))),
        ~Exists(newer.filter(participant__merged_into=OuterRef("root"))),
    )


def _latest(persons: Persons, purpose: Purpose) -> QuerySet[Any]:
    """The latest answer about a purpose of each of these people, each with `root`."""
    named: QuerySet[Any] = Participant.objects.filter(pk__in=persons)
    roots = named.annotate(root=Coalesce("merged_into", "pk")).values("root")
    # Put together, each half finds its rows by an index; as one question neither does.
    merged = Participant.objects.filter(merged_into__in=roots).order_by()
    records = roots.union(merged.values("pk"))
    answers = Consent.objects.filter(purpose=purpose, participant__in=records)
    return _with_root(answers).order_by("root", "-at", "-pk").distinct("root")


def _with_root(answers: QuerySet[Any]) -> QuerySet[Any]:
    return answers.annotate(root=Coalesce("participant__merged_into", "participant"))


def _with_bars(answers: QuerySet[Any], purpose: Purpose) -> QuerySet[Any]:
    """Answers with what keeps a yes from being in force, by any of the person's records."""
    records = Participant.objects.filter(Q(pk=OuterRef("root")) | Q(merged_into=OuterRef("root")))
    barred = Q(pk__in=[])
    if purpose not in CARE:
        barred |= Q(restricted_at__isnull=False)
    if purpose in EVALUATION:
        barred |= Q(objected_at__isnull=False)
    care = records.filter(care_experienced=Answer.YES)
    return answers.annotate(
        is_barred=Exists(records.filter(barred)),
        in_care=Exists(care) if purpose in PHOTOGRAPHS else Value(value=False),
    )


def _why_not(
    answer: Consent | None,
    purpose: Purpose,
    facts: Iterable[tuple[str, dt.datetime | None, dt.datetime | None]],
) -> str:
    """Why a yes is not in force, in words; empty where it is, or where there is none."""
    if answer is None or not answer.is_given:
        return ""
    care, restricted, objected = map(set, zip(*facts, strict=True))
    if purpose not in CARE and restricted != {None}:
        return "The record is restricted: kept and not used."
    if purpose in EVALUATION and objected != {None}:
        return "They objected to evaluation."
    if purpose in PHOTOGRAPHS and Answer.YES in care and not answer.decided_by:
        return "Off by default: nobody has said who decided."
    return ""
