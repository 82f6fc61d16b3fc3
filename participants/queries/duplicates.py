"""Records that may be of one person: which pairs, how likely, and why in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

# From this score on a pair is worth a look; what speaks for and against is added up.
WORTH_A_LOOK = 55
MOST = 100
# How alike two names are, by groups of three letters, from 0 to 1.
VERY_ALIKE = 0.6
ALIKE = 0.35

# Every root record that still says who it is. A day and a month may be written the wrong way round.
_PEOPLE = """
    SELECT id, lower(given_name) AS given, lower(family_name) AS family,
        lower(known_as) AS known, lower(btrim(given_name || ' ' || family_name)) AS name,
        birth_date AS born,
        CASE WHEN extract(day FROM birth_date) <= 12
            AND extract(day FROM birth_date) <> extract(month FROM birth_date)
            THEN make_date(extract(year FROM birth_date)::int, extract(day FROM birth_date)::int,
                extract(month FROM birth_date)::int) END AS turned,
        upper(replace(home_postcode, ' ', '')) AS postcode, year_group
    FROM participants_participant
    WHERE merged_into_id IS NULL AND anonymised_at IS NULL
"""
# Nobody is compared with everybody: pairs share a date, a postcode, or a name and a near date.
_PAIRS = f"""
    WITH people AS MATERIALIZED ({_PEOPLE}),
    near AS MATERIALIZED (
        SELECT id, given, family, name,
            overlay(to_char(born, 'YYYYMMDD') PLACING '_' FROM place FOR 1) AS born
        FROM people, generate_series(3, 8) AS place WHERE born IS NOT NULL
    ),
    pairs AS (
        SELECT a.id AS first, b.id AS second FROM people a JOIN people b ON a.born = b.born
        WHERE a.id < b.id AND (similarity(a.name, b.name) >= %(alike)s
            OR (a.given = b.family AND a.family = b.given AND a.given <> '')
            OR (a.family = b.family AND a.family <> ''
                AND (a.known = b.given OR b.known = a.given)))
        UNION
        SELECT least(a.id, b.id), greatest(a.id, b.id)
        FROM people a JOIN people b ON a.turned = b.born
        WHERE a.id <> b.id AND similarity(a.name, b.name) >= %(very)s
        UNION
        SELECT a.id, b.id FROM people a JOIN people b ON a.postcode = b.postcode
        WHERE a.id < b.id AND a.postcode <> '' AND similarity(a.name, b.name) >= %(very)s
        UNION
        SELECT a.id, b.id FROM near a JOIN near b ON a.born = b.born AND a.family = b.family
        WHERE a.id < b.id AND a.family <> '' AND similarity(a.given, b.given) >= %(very)s
        UNION
        SELECT a.id, b.id FROM people a JOIN people b ON a.name = b.name
        WHERE a.id < b.id AND a.family <> '' AND (a.born IS NULL OR b.born IS NULL)
    )
    SELECT first, second FROM pairs
"""  # noqa: S608 (nothing from outside is in it)
# What is compared of two records; names and dates stay in the database but for the likeness.
_FEATURES = f"""
    WITH people AS ({_PEOPLE} AND id = ANY (%(ids)s)),
    asked AS (SELECT unnest(%(firsts)s::uuid[]) AS first, unnest(%(seconds)s::uuid[]) AS second),
    hubs AS (
        SELECT coalesce(p.merged_into_id, p.id) AS root, r.hub_id
        FROM participants_registration r JOIN participants_participant p ON p.id = r.participant_id
        WHERE coalesce(p.merged_into_id, p.id) = ANY (%(ids)s)
    )
    SELECT a.id, b.id,
        a.name = b.name AND a.family <> '',
        similarity(a.name, b.name),
        similarity(a.given, b.given),
        a.given = b.family AND a.family = b.given AND a.given <> '',
        (a.known <> '' AND a.known = b.given) OR (b.known <> '' AND b.known = a.given),
        a.family = b.family AND a.family <> '',
        a.born, b.born, coalesce(a.turned = b.born, false),
        a.postcode <> '' AND a.postcode = b.postcode,
        abs(a.year_group - b.year_group),
        EXISTS (SELECT FROM hubs x JOIN hubs y USING (hub_id) WHERE x.root = a.id AND y.root = b.id)
    FROM asked JOIN people a ON a.id = asked.first JOIN people b ON b.id = asked.second
"""  # noqa: S608 (nothing from outside is in it)


@dataclass(frozen=True)
class Likeness:
    """What two records share. `likeness` and `given_likeness` go from 0 to 1."""

    same_name: bool
    likeness: float
    given_likeness: float
    turned_name: bool
    known_as: bool
    same_family: bool
    born: dt.date | None
    other_born: dt.date | None
    turned_date: bool
    same_postcode: bool
    years_apart: int | None
    same_hub: bool


@dataclass(frozen=True)
class Pair:
    """Two root records, the lesser id first, how likely they are one person to 100, and why."""

    first: UUID
    second: UUID
    score: int
    reasons: list[str]


def likely_pairs() -> list[Pair]:
    """Every pair worth a look, the best first. Some seconds for a hundred thousand people."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"alike": ALIKE, "very": VERY_ALIKE})
        found = cursor.fetchall()
    pairs = [pair for pair in compared(found) if pair.score >= WORTH_A_LOOK]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.first, pair.second))


def compared(pairs: Collection[tuple[UUID, UUID]]) -> list[Pair]:
    """Score pairs of root records. Those of which one is merged or anonymised are left out."""
    if not pairs:
        return []
    firsts, seconds = (list(each) for each in zip(*pairs, strict=True))
    ids = list({*firsts, *seconds})
    with connection.cursor() as cursor:
        cursor.execute(_FEATURES, {"ids": ids, "firsts": firsts, "seconds": seconds})
        return [_scored(row[0], row[1], Likeness(*row[2:])) for row in cursor.fetchall()]


def _scored(first: UUID, second: UUID, likeness: Likeness) -> Pair:
    parts = [*_of_names(likeness), *_of_dates(likeness), *_of_places(likeness)]
    score = max(0, min(MOST, sum(points for points, _ in parts)))
    return Pair(first, second, score, [words for _, words in parts if words])


Part = tuple[int, str]


def _of_names(one: Likeness) -> list[Part]:
    if one.same_name:
        return [(45, "Same name")]
    if one.turned_name:
        return [(40, "First and last name the other way round")]
    if one.known_as and one.same_family:
        return [(40, "Known by the other's first name")]
    if one.same_family and one.given_likeness < ALIKE:
        # Brothers and sisters share nearly everything else, and twins the date as well.
        return [(-15, "Different first names: they may be brothers or sisters")]
    if one.likeness >= VERY_ALIKE:
        return [(35, "Names nearly the same")]
    return [(20, "Names alike")]


def _of_dates(one: Likeness) -> list[Part]:
    if one.born is None or one.other_born is None:
        return [(0, "Date of birth missing on one")]
    if one.born == one.other_born:
        return [(35, "Same date of birth")]
    if one.turned_date:
        return [(25, "Day and month of birth the other way round")]
    if digits_apart(one.born, one.other_born) == 1:
        return [(20, "Date of birth differs in one digit")]
    return [(-40, "Different dates of birth")]


def _of_places(one: Likeness) -> list[Part]:
    parts: list[Part] = []
    if one.same_postcode:
        parts.append((20, "Same postcode"))
    if one.same_hub:
        parts.append((10, "Same hub"))
    if one.years_apart == 0:
        parts.append((5, "Same school year"))
    elif one.years_apart is not None and one.years_apart > 1:
        parts.append((-15, "School years apart"))
    return parts


def digits_apart(one: dt.date, other: dt.date) -> int:
    """In how many digits two dates differ, written as YYYYMMDD."""
    return sum(a != b for a, b in zip(f"{one:%Y%m%d}", f"{other:%Y%m%d}", strict=True))


def pair_key(one: Any, other: Any) -> tuple[UUID, UUID]:
    """Ids of a pair in the order in which pairs are kept: as the database orders UUIDs."""
    return (one, other) if one < other else (other, one)
