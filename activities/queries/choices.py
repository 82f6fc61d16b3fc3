"""What the list can be narrowed to, all of it in one query."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value

from activities.models import Activity, Session
from activities.queries.search import Word, how_known
from hubs.models import Hub, Postcode, Ward
from hubs.queries import Area, middle_of
from hubs.reference import BOUNDARY_YEAR

TEXT = TextField()
SOME_TIME = dt.datetime(2018, 9, 25, tzinfo=dt.UTC)
# Rows of four texts: what is meant, and what is known of it.
Rows = QuerySet[Any, tuple[str, str, str, str]]


@dataclass
class Offers:
    """What is there to choose from: slugs and names in order of name, finer kinds by kind.

    `area` is the one that was asked about, None where it is not known. `has_postcodes` tells
    whether any postcode is known at all.
    """

    hubs: dict[str, str] = field(default_factory=dict)
    wards: dict[str, str] = field(default_factory=dict)
    strands: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    words: list[Word] = field(default_factory=list)
    area: Area | None = None
    has_postcodes: bool = False


def offers(words: list[str], area: str, now: dt.datetime) -> Offers:
    """What is there, and what is known of the words of a search and of a small area's code.

    Finer kinds are those of sessions to come that are listed. One query.
    """
    found = Offers()
    for row in sorted(_rows(words, area, now), key=lambda row: row[2].casefold()):
        _take(found, *row)
    found.words.sort(key=lambda word: words.index(word.text))
    return found


def _rows(words: list[str], area: str, now: dt.datetime) -> list[tuple[str, str, str, str]]:
    """Saying the same in SQL again takes longer than asking, so that is done once."""
    parts = [
        _said_in_sql(),
        *(how_known(word, SOME_TIME).query.sql_with_params() for word in words),
    ]
    if area:
        parts.append(middle_of(area).query.sql_with_params())
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"({sql})" for sql, _ in parts),
            [_as_seen_at(now, each) for _, given in parts for each in given],
        )
        return cursor.fetchall()


def _as_seen_at(now: dt.datetime, value: Any) -> Any:
    """A moment of the query, which was said as seen from `SOME_TIME`; other values as they are."""
    return now + (value - SOME_TIME) if isinstance(value, dt.datetime) else value


@cache
def _said_in_sql() -> tuple[str, tuple[Any, ...]]:
    """What is the same on every page, as a query; its moments are as seen from `SOME_TIME`."""
    parts = _wards(), _strands(SOME_TIME), _postcode()
    return _hubs().union(*parts, all=True).query.sql_with_params()


def _take(found: Offers, what: str, first: str, second: str, third: str) -> None:
    match what:
        case "hub":
            found.hubs[first] = second
        case "ward":
            found.wards[first] = second
        case "strand":
            found.strands[third].append(first)
        case "postcodes":
            found.has_postcodes = True
        case "word":
            found.words.append(Word(first, second == "true", float(third)))
        case "area":
            found.area = Area(first, float(second), float(third))


def _hubs() -> Rows:
    rows = Hub.objects.public().order_by()
    return rows.values_list(Value("hub", TEXT), "slug", "name", Value("", TEXT))


def _wards() -> Rows:
    rows = Ward.objects.filter(boundary_year=BOUNDARY_YEAR).order_by()
    return rows.values_list(Value("ward", TEXT), "slug", "name", Value("", TEXT))


def _postcode() -> Rows:
    """One row where postcodes are loaded, whichever it is."""
    blank = Value("", TEXT)
    rows = Postcode.objects.order_by().values_list(Value("postcodes", TEXT), blank, blank, blank)
    return rows[:1]


def _strands(now: dt.datetime) -> Rows:
    """The next session of each activity stands in an index; `Exists` would read all of them."""
    listed = Session.objects.public().listed(now)
    coming = listed.filter(activity=OuterRef("pk"), starts_at__gte=now)
    following = Subquery(coming.order_by("starts_at").values("starts_at")[:1])
    rows = Activity.objects.alias(next=following).filter(next__isnull=False)
    rows = rows.exclude(strand="").order_by()
    return rows.values_list(Value("strand", TEXT), "strand", "strand", "kind").distinct()
