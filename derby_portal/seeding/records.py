"""What is known of made-up young people beside their names: contacts, care notes, answers.

Telephone numbers are of the ranges that Ofcom keeps free for drama.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from derby_portal.seeding.chance import chance, pick, seed_id, weighted, whole
from derby_portal.seeding.copying import copy_rows
from derby_portal.seeding.people import GIVEN_NAMES, PersonPlan
from participants.models import (
    Answer,
    CareKind,
    CareNote,
    Collects,
    Contact,
    Ethnicity,
    Relationship,
    SenNeed,
    SenProvision,
    TakesPartAs,
)

# Columns of a person that are made up here, in the order of `answers`.
ANSWERED = (
    *("school", "takes_part_as", "may_walk_home", "few_contacts_why", "ethnicity"),
    *("sen_provision", "sen_needs", "free_school_meals", "alternative_provision"),
    *("young_carer", "english_additional", "languages"),
)
_CONTACT = (
    *("id", "participant", "name", "relationship", "phone", "email"),
    *("has_parental_responsibility", "is_emergency", "collects", "position", "created_at"),
)
ETHNICITIES = (
    (Ethnicity.WBRI, 55.0),
    (Ethnicity.APKN, 12.0),
    (Ethnicity.AIND, 6.0),
    (Ethnicity.WOTH, 6.0),
    (Ethnicity.WROM, 3.0),
    (Ethnicity.BAFR, 4.0),
    (Ethnicity.BCRB, 1.5),
    (Ethnicity.MWBC, 3.0),
    (Ethnicity.MWAS, 2.0),
    (Ethnicity.OOTH, 1.5),
    (Ethnicity.UNDISCLOSED, 2.0),
    (Ethnicity.UNKNOWN, 4.0),
)
PROVISIONS = ((SenProvision.PLAN, 35.0), (SenProvision.SUPPORT, 55.0), (SenProvision.UNKNOWN, 10.0))
NEEDS = (SenNeed.ASD, SenNeed.MLD, SenNeed.SEMH, SenNeed.SLCN, SenNeed.SPLD, SenNeed.PD, SenNeed.HI)
LANGUAGES = ("Polish", "Panjabi", "Urdu", "Slovak", "Romanian", "Czech", "Latvian")
PRIMARIES = ("Example Hill Primary", "Sample Lane Primary", "Test Meadow Primary")
SECONDARIES = ("Example Park School", "Sample Green Academy", "Test Bridge School")
FIRST_SECONDARY_YEAR = 7
ALONE_FROM_YEAR = 6
PARENTS = ((Relationship.MOTHER, 55.0), (Relationship.FATHER, 30.0), (Relationship.CARER, 15.0))
SECONDS = (
    (Relationship.GRANDPARENT, 35.0),
    (Relationship.FATHER, 35.0),
    (Relationship.RELATIVE, 20.0),
    (Relationship.FRIEND, 10.0),
)
ONE_IS_ENOUGH = "One carer only; the school can be rung in the daytime."
SHARE_ONE_CONTACT, SHARE_NEVER, SHARE_NOTE = 0.05, 0.015, 0.07
NOTES = (
    (CareKind.ALLERGY, "Allergic to nuts. Two pens in the red bag; ring 999 first."),
    (CareKind.HEALTH, "Asthma. Inhaler in the coat; two puffs, sit upright, wait five minutes."),
    (CareKind.MEDICINE, "Takes a tablet with food at 5pm; a grown-up hands it over."),
    (CareKind.ACCESS, "Wears hearing aids. Face them when you speak."),
    (CareKind.ACCESS, "Needs a quiet corner when it gets loud; comes back alone."),
    (CareKind.SUPPORT, "New games are easier after a look at the plan on paper."),
)


def answers(plan: PersonPlan) -> tuple[Any, ...]:
    """The values of `ANSWERED`; of a walk-in nothing is known."""
    if not _is_known(plan):
        unknown = Answer.UNKNOWN
        provision = SenProvision.UNKNOWN
        return (
            *("", TakesPartAs.PARTICIPANT, unknown, "", Ethnicity.UNKNOWN, provision, []),
            *(unknown, unknown, unknown, unknown, ""),
        )
    rng = chance("answers", plan.id.hex)
    has_need = plan.special_needs == Answer.YES
    is_additional = rng.random() < 0.2
    return (
        _school(rng, plan),
        TakesPartAs.PARTICIPANT,
        Answer.YES if (plan.year_group or 0) >= ALONE_FROM_YEAR else Answer.NO,
        ONE_IS_ENOUGH if _has_one_contact(plan) else "",
        weighted(rng, ETHNICITIES),
        weighted(rng, PROVISIONS) if has_need else SenProvision.UNKNOWN,
        [pick(rng, NEEDS)] if has_need else [],
        _answer(rng, 0.34),
        _answer(rng, 0.02),
        _answer(rng, 0.04),
        Answer.YES if is_additional else Answer.NO,
        pick(rng, LANGUAGES) if is_additional else "",
    )


def copy_contacts(people: Iterable[PersonPlan]) -> int:
    """Copy two grown-ups to ring for nearly everybody, and a few who must not collect."""
    return copy_rows(Contact, _CONTACT, (row for plan in people for row in _contacts(plan)))


def copy_care_notes(people: Iterable[PersonPlan]) -> int:
    """Copy a care note for about one in fourteen."""
    fields = ("id", "participant", "kind", "text", "written_at")
    return copy_rows(CareNote, fields, (row for plan in people for row in _notes(plan)))


def _is_known(plan: PersonPlan) -> bool:
    """Whether it is a young person whose record is filled in: no walk-in, artist or coach."""
    return plan.is_complete and (plan.birth_date is not None or plan.year_group is not None)


def _has_one_contact(plan: PersonPlan) -> bool:
    return chance("one contact", plan.id.hex).random() < SHARE_ONE_CONTACT


def _contacts(plan: PersonPlan) -> Iterator[tuple[Any, ...]]:
    if not _is_known(plan) or plan.merged_into:
        return
    rng = chance("contacts", plan.id.hex)
    yield _contact(rng, plan, 1, weighted(rng, PARENTS), Collects.YES)
    if not _has_one_contact(plan):
        yield _contact(rng, plan, 2, weighted(rng, SECONDS), Collects.YES)
    if rng.random() < SHARE_NEVER:
        yield _contact(rng, plan, 3, Relationship.RELATIVE, Collects.NEVER)


def _contact(
    rng: Random, plan: PersonPlan, position: int, relationship: Relationship, collects: Collects
) -> tuple[Any, ...]:
    is_parent = relationship in {Relationship.MOTHER, Relationship.FATHER, Relationship.CARER}
    is_rung = collects != Collects.NEVER
    return (
        seed_id("contact", plan.id.hex, position),
        plan.id,
        f"{pick(rng, GIVEN_NAMES)} {plan.family_name}",
        relationship,
        f"07700 900{whole(rng, 0, 999):03d}" if is_rung else "",
        "",
        Answer.YES if is_parent else Answer.NO,
        is_rung,
        collects,
        position,
        plan.created_at,
    )


def _notes(plan: PersonPlan) -> Iterator[tuple[Any, ...]]:
    rng = chance("care", plan.id.hex)
    if not _is_known(plan) or plan.merged_into or rng.random() >= SHARE_NOTE:
        return
    kind, text = pick(rng, NOTES)
    yield (
        seed_id("care", plan.id.hex),
        plan.id,
        kind,
        text,
        plan.created_at + dt.timedelta(days=1),
    )


def _school(rng: Random, plan: PersonPlan) -> str:
    if plan.year_group is None:
        return ""
    return pick(rng, SECONDARIES if plan.year_group >= FIRST_SECONDARY_YEAR else PRIMARIES)


def _answer(rng: Random, share: float) -> Answer:
    mark = rng.random()
    if mark < 0.08:
        return Answer.UNKNOWN
    if mark < 0.10:
        return Answer.UNDISCLOSED
    return Answer.YES if rng.random() < share else Answer.NO
