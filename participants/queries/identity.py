"""Who somebody is, and who may be the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from hubs.models import Hub
from participants.models import Participant, Registration
from participants.queries.people_search import find_alike
from participants.queries.records import records_for, records_of
from participants.school_years import age_on

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

MOST_SCHOOLS = 300


@dataclass(frozen=True)
class Identity:
    """A root person, how old they are, their hubs, and other names that were merged into them."""

    person: Participant
    age: int | None
    hubs: list[Hub]
    merged: list[Participant]

    @property
    def year(self) -> str:
        """The school year in words, empty where it is not known."""
        if self.person.year_group is None:
            return ""
        return f"Year {self.person.year_group}" if self.person.year_group else "Reception"


def whole_identity(person: Participant, today: dt.date) -> Identity:
    """What the identity section says of a root person. Two queries."""
    records = list(records_of(person))
    registered = Registration.objects.filter(participant__in=records)
    return Identity(
        person=person,
        age=age_on(person.birth_date, today) if person.birth_date else None,
        hubs=list(Hub.objects.filter(pk__in=registered.values("hub")).order_by("name")),
        merged=[record for record in records if record.pk != person.pk],
    )


def known_schools(user: User | AnonymousUser) -> list[str]:
    """Schools of people whom the user knows, to choose from. One query."""
    people = records_for(user).exclude(school="").order_by("school")
    return list(people.values_list("school", flat=True).distinct()[:MOST_SCHOOLS])


@transaction.atomic
def likely_same(
    user: User | AnonymousUser, *, person_id: UUID, name: str, birth_date: dt.date | None
) -> list[Participant]:
    """People on the user's list who may be the one described: at most ten, the likeliest first.

    Very much the same name, or much the same and born on the same day; none where the one
    described is there already, being sent again. Another date of birth rules nobody out whose
    name is the same: dates are mistyped.
    """
    if Participant.objects.filter(pk=person_id).exists():
        return []
    return find_alike(user, name, birth_date)
