"""Made-up answers about consent: most people's parents said yes to most of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, DateField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Cast, Substr

from activities.models import london_midnight
from derby_portal.seeding.chance import SEED_ID_VERSION, chance, pick, seed_id, weighted
from derby_portal.seeding.copying import copy_rows
from derby_portal.seeding.people import FAMILY_NAMES, GIVEN_NAMES
from derby_portal.seeding.standing import one_seed_at_a_time
from participants.models import (
    Answer,
    Consent,
    ConsentHow,
    DecidedBy,
    Participant,
    Purpose,
    Relationship,
)
from participants.queries.consents import PHOTOGRAPHS
from participants.services.deadlines import TO_COMPLETE
from participants.words_asked import ENGLISH, current_version

# Of a hundred who answered, how many said yes.
SHARE_OF_YES: dict[Purpose, float] = {
    Purpose.TAKING_PART: 1.0,
    Purpose.EMERGENCY_TREATMENT: 0.99,
    Purpose.PHOTOGRAPHS_INSIDE: 0.85,
    Purpose.PHOTOGRAPHS_PUBLIC: 0.6,
    Purpose.SURVEYS: 0.9,
    Purpose.SHARING_SCHOOL: 0.7,
    Purpose.SHARING_UNIVERSITY: 0.8,
    Purpose.MESSAGES: 0.75,
    Purpose.WORDS_REPORTS: 0.8,
    Purpose.WORDS_PUBLIC: 0.55,
}
SHARE_ANSWERED = 0.94
HOW = ((ConsentHow.PAPER, 60.0), (ConsentHow.IN_PERSON, 30.0), (ConsentHow.PHONE, 10.0))
WHO = (
    (Relationship.MOTHER, 60.0),
    (Relationship.FATHER, 25.0),
    (Relationship.GRANDPARENT, 9.0),
    (Relationship.CARER, 6.0),
)
FIELDS = (
    *("id", "participant", "purpose", "is_given", "wording", "language", "answered_by"),
    *("relationship", "how", "at", "decided_by"),
)
LATELY = dt.timedelta(weeks=4)
Person = tuple[UUID, str, dt.datetime]


@transaction.atomic
def add_consents(today: dt.date) -> int:
    """Let made-up parents answer for made-up people of whom nobody asked yet; returns how many.

    Walk-ins of the last four weeks get the deadline that a walk-in has.
    """
    one_seed_at_a_time()
    version = Substr(Cast("pk", CharField()), 15, 1)
    seeded = Participant.objects.annotate(made_by=version).filter(made_by=str(SEED_ID_VERSION))
    lately = seeded.filter(
        is_complete=False, complete_by=None, created_at__gte=london_midnight(today) - LATELY
    )
    due = ExpressionWrapper(
        F("created_at") + Value(TO_COMPLETE, DurationField()), output_field=DateField()
    )
    lately.update(complete_by=Cast(due, DateField()))
    asked = seeded.filter(is_complete=True, merged_into=None, consents=None, anonymised_at=None)
    people = asked.order_by("pk").values_list("pk", "care_experienced", "created_at")
    return copy_rows(Consent, FIELDS, _rows(list(people)))


def _rows(people: list[Person]) -> Iterator[tuple[Any, ...]]:
    for person in people:
        if chance("asked", person[0]).random() < SHARE_ANSWERED:
            yield from _answers(*person)


def _answers(person: UUID, care: str, at: dt.datetime) -> Iterator[tuple[Any, ...]]:
    rng = chance("consents", person)
    who, how = weighted(rng, WHO), weighted(rng, HOW)
    name = f"{pick(rng, GIVEN_NAMES)} {pick(rng, FAMILY_NAMES)}"
    for purpose in Purpose:
        is_given, decided_by = rng.random() < SHARE_OF_YES[purpose], ""
        if purpose in PHOTOGRAPHS and care == Answer.YES:
            # Looked-after young people: off, unless somebody decided.
            is_given = is_given and rng.random() < 0.3
            decided_by = DecidedBy.SOCIAL_WORKER.value if is_given else ""
        yield (
            *(seed_id("consent", person, purpose), person, purpose.value, is_given),
            *(current_version(purpose), ENGLISH, name, who.value, how.value, at, decided_by),
        )
