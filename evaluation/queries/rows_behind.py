"""The rows behind one figure: people, or sessions, each with what it adds to the figure.

What a row adds is the figure's own aggregate over that one row, so that the rows are those that the
figure was made of and sum to it. SQL is written in the code, never by users.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils.crypto import salted_hmac

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Session
from evaluation.indicators import Indicator, Relation
from evaluation.queries import relations
from evaluation.queries.record import Grouping, Scope, total_sql, whole_relations
from participants.models import Participant
from participants.queries.people_list import listed_people

PAGE = 50
# Letters of the short names of people who are not named.
_LETTERS = 8
_OF_PEOPLE = (Relation.PEOPLE, Relation.FOLLOWED)


@dataclass(frozen=True)
class Cell:
    """One figure, and the one row of a breakdown that is meant; the whole of it without `grouping`.

    `key` is what the query gives for the row, None for what is not known.
    """

    indicator: Indicator
    grouping: Grouping | None = None
    key: str | None = None


@dataclass(frozen=True)
class PersonRow:
    """A young person in what is asked of; minutes attended, and what they add to the figure."""

    person: UUID
    attendances: int
    minutes: int
    first_on: dt.date | None
    last_on: dt.date | None
    adds: int

    @property
    def hours(self) -> Decimal:
        """To one decimal."""
        return (Decimal(self.minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class SessionRow:
    """A session by its id, and what it adds to the figure."""

    session: UUID
    adds: int


@dataclass(frozen=True)
class Rows:
    """Some rows of a figure, how many there are in all, and what all add up to, hours in minutes.

    Either people or sessions.
    """

    count: int
    total: int
    people: tuple[PersonRow, ...] = ()
    sessions: tuple[SessionRow, ...] = ()


@dataclass(frozen=True)
class Known:
    """Somebody who may be named to the reader: the record to open, and the name on it."""

    record: UUID
    name: str


def has_rows(indicator: Indicator) -> bool:
    """Whether a figure is made of rows that can be shown: of young people, or of sessions."""
    return indicator.relation in {*_OF_PEOPLE, Relation.SESSIONS}


def rows_of(scope: Scope, cell: Cell, salt: str, *, first: int = 0, size: int = PAGE) -> Rows:
    """Rows `first` and after of a figure. Two queries.

    People stand in an order that follows from `salt`, so that nobody can tell from two lists who
    is whom; sessions in order of time.

    Raises:
        LookupError: the figure is not made of rows.
    """
    if not has_rows(cell.indicator):
        raise LookupError(cell.indicator.id)
    of_people = cell.indicator.relation in _OF_PEOPLE
    base, select = (_people if of_people else _sessions)(scope, cell)
    parameters = scope.parameters() | {"key": cell.key, "salt": salt, "first": first, "size": size}
    order = "md5(%(salt)s || row_id::text), row_id" if of_people else "sorted_by, row_id"
    with whole_relations() as cursor:
        cursor.execute(
            f"WITH {base} SELECT count(*), coalesce(sum(adds), 0)::bigint FROM ({select}) AS found",  # noqa: S608
            parameters,
        )
        count, total = cursor.fetchone()
        cursor.execute(
            f"WITH {base} SELECT * FROM ({select}) AS found"  # noqa: S608
            f" ORDER BY {order} OFFSET %(first)s LIMIT %(size)s",
            parameters,
        )
        found = cursor.fetchall()
    if of_people:
        return Rows(count, total, people=tuple(PersonRow(*row) for row in found))
    return Rows(count, total, sessions=tuple(SessionRow(row[0], row[1]) for row in found))


def _people(scope: Scope, cell: Cell) -> tuple[str, str]:
    relation = cell.indicator.relation
    assert relation is not None  # noqa: S101 - it has rows
    base, _ = total_sql(scope, relation, [cell.indicator])
    if cell.grouping and "main_hub" in cell.grouping.key:
        base = f"{base}, {relations.with_main_hubs()}"
    sql = cell.indicator.sql
    select = f"""
        SELECT person_id AS row_id, sum(attended)::bigint, sum(minutes)::bigint,
               min(first_on), max(last_on), ({sql})::bigint AS adds
        FROM {_source(cell)} GROUP BY person_id HAVING ({sql}) <> 0
    """  # noqa: S608
    return base, select


def _source(cell: Cell) -> str:
    """The people of a row of a breakdown, each with what they did in it."""
    relation = str(cell.indicator.relation)
    if cell.grouping is None:
        return relation
    key = f"({cell.grouping.key})::text IS NOT DISTINCT FROM %(key)s"
    if cell.grouping.over == "people":
        joined = "LEFT JOIN main_hubs USING (person_id)" if "main_hub" in cell.grouping.key else ""
        return f"(SELECT * FROM {relation} {joined} WHERE {key}) AS {relation}"  # noqa: S608
    return f"""(
        SELECT person_id, sum(attended)::int AS attended, sum(minutes)::int AS minutes,
               min(first_on) AS first_on, max(last_on) AS last_on
        FROM {cell.grouping.over} WHERE {key} GROUP BY person_id
    ) AS people"""  # noqa: S608


def _sessions(scope: Scope, cell: Cell) -> tuple[str, str]:
    base, _ = total_sql(scope, Relation.SESSIONS, [cell.indicator])
    where = "true"
    if cell.grouping is not None:
        where = f"({cell.grouping.key})::text IS NOT DISTINCT FROM %(key)s"
    sql = cell.indicator.sql
    select = f"""
        SELECT id AS row_id, ({sql})::bigint AS adds, min(starts_at) AS sorted_by
        FROM sessions WHERE {where} GROUP BY id HAVING ({sql}) <> 0
    """  # noqa: S608
    return base, select


def names_for(user: User, people: Collection[UUID]) -> dict[UUID, Known]:
    """Whom of these the user may know by name: whose record they may open. Two queries.

    A record that was merged since stands for the person that it was merged into.
    """
    records = Participant.objects.filter(pk__in=people).values_list("pk", "merged_into")
    roots = {record: root or record for record, root in records}
    known = listed_people(user).in_bulk(set(roots.values()))
    return {
        record: Known(root, known[root].full_name)
        for record, root in roots.items()
        if root in known
    }


def sessions_for(rows: Collection[SessionRow]) -> dict[UUID, Session]:
    """The sessions of rows with their activity and hub. One query."""
    sessions = Session.objects.select_related("activity__hub")
    return sessions.in_bulk([row.session for row in rows])


def open_to(user: User, sessions: Collection[UUID]) -> set[UUID]:
    """Those of the sessions whose register the user may open. One query at most."""
    visible = Session.objects.visible_to(user).filter(pk__in=sessions)
    return set(visible.values_list("pk", flat=True))


def may_know_equality(user: User) -> bool:
    """Whether answers of equality monitoring may be told of people with their names."""
    return holds_any(user, frozenset({Role.TRUST_STAFF}))


def salt_of(*parts: object) -> str:
    """What tells the short names of one list from those of every other."""
    return salted_hmac("rows behind a figure", "/".join(map(str, parts))).hexdigest()


def short_name(person: UUID, salt: str) -> str:
    """How somebody is called in one list: the same on all its pages, another in the next list."""
    digest = salted_hmac("somebody behind a figure", f"{salt}/{person}").hexdigest()
    return digest[:_LETTERS]
