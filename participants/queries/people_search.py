"""Finding people by a name as somebody remembers it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import F, FloatField, Func, Max, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Greatest

from participants.models import Participant
from participants.queries.people_list import listed_people, with_row

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

LONGEST = 120
MOST_FOUND = 100
# How much of what was typed has to be in a name, from 0 to 1: two letters of a name may be wrong.
FORGIVING = 0.42
# Enough to ask whether it is the same person.
VERY_LIKE = 0.75
# Among so many of all hubs, the likeliest, are those that the user may see.
MOST_LOOKED_AT = 3000
MOST_ALIKE = 10
# Of several words each counts for itself, so that a first name that fits wins over none.
_SEPARATORS = re.compile(r"[\s,.;]+")


@dataclass(frozen=True)
class Found:
    """Ids of root people, the best first, at most `MOST_FOUND`; `more` says there were others."""

    ids: list[UUID]
    more: bool


class _Plain(Func):
    """A name as it is searched: lower case, no accents, apostrophes or hyphens."""

    function = "participants_plain"
    output_field = TextField()


class _Likeness(Func):
    """How much of the first is in the second, from 0 to 1, by groups of three letters."""

    function = "word_similarity"
    output_field = FloatField()


def find_people(user: User | AnonymousUser, typed: str) -> Found:
    """People on the user's list whose name is like what was typed, or whose reference it is.

    Forgives wrong letters, accents, hyphens and apostrophes, takes first and last name in any
    order, the name somebody is known by, and initials. Names of records that were merged find the
    person. Three queries, in a transaction; none for nothing.
    """
    reference = _reference(typed)
    if reference is not None:
        named = Participant.objects.filter(pk=reference).values(root=_root())
        people = listed_people(user).filter(pk__in=named)
        return Found(list(people.values_list("pk", flat=True)), more=False)
    words = [word for word in _SEPARATORS.split(typed[:LONGEST]) if word]
    if not words:
        return Found([], more=False)
    _forgive()
    likely = _seen(user, _scored(words))
    return Found(likely[:MOST_FOUND], more=len(likely) > MOST_FOUND)


def people_found(user: User | AnonymousUser, found: Found) -> list[Participant]:
    """The people that a search found, in its order. One query."""
    people = listed_people(user).in_bulk(found.ids)
    return [people[pk] for pk in found.ids if pk in people]


def find_alike(
    user: User | AnonymousUser, name: str, birth_date: dt.date | None
) -> list[Participant]:
    """People on the user's list of very much this name, or of about this name and this birthday.

    At most `MOST_ALIKE`. In a transaction, as `find_people`.
    """
    words = [word for word in _SEPARATORS.split(name) if word]
    if not words:
        return []
    _forgive()
    born = Q(born=birth_date) if birth_date else Q(pk__in=[])
    likely = _seen(user, _scored(words).filter(Q(likeness__gte=VERY_LIKE) | born))
    order = {root: place for place, root in enumerate(likely[:MOST_ALIKE])}
    people = with_row(listed_people(user)).filter(pk__in=order)
    return sorted(people, key=lambda one: order[one.pk])


def _seen(user: User | AnonymousUser, likely: QuerySet[Participant, UUID]) -> list[UUID]:
    """Those of them who are on the user's list, in their order.

    Asked apart: in one query the database would go through everybody on the list for each name
    that is alike.
    """
    roots = list(likely[:MOST_LOOKED_AT])
    seen = set(listed_people(user).filter(pk__in=roots).values_list("pk", flat=True))
    return [root for root in roots if root in seen]


def _scored(words: list[str]) -> QuerySet[Participant, UUID]:
    """Ids of root people, the likeliest first, with `likeness` and `born`."""
    whole = " ".join(words)
    records = Participant.objects.filter(search_name__trigram_word_similar=_Plain(Value(whole)))
    scored = records.values(root=_root()).annotate(
        likeness=Max(_likeness(words)),
        family=Max("family_name"),
        given=Max("given_name"),
        born=Max("birth_date"),
    )
    scored = scored.order_by("-likeness", "family", "given", "root")
    return scored.values_list("root", flat=True)


def _likeness(words: list[str]) -> Greatest:
    """The mean over the words, or that of all of them as they stand, whichever is greater."""
    each = [_Likeness(_Plain(Value(word)), F("search_name")) for word in words]
    mean = each[0] if len(each) == 1 else sum(each[1:], each[0]) / Value(len(each))
    whole = _Likeness(_Plain(Value(" ".join(words))), F("search_name"))
    return Greatest(mean, whole)


def _root() -> Coalesce:
    return Coalesce(F("merged_into_id"), F("pk"))


def _forgive() -> None:
    """Set, to the end of the transaction, how like a name must be; the index asks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(FORGIVING)]
        )


def _reference(typed: str) -> UUID | None:
    try:
        return UUID(typed.strip())
    except ValueError:
        return None
