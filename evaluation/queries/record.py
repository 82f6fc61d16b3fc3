"""Reads across the whole record: what figures are asked of, and their aggregates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from activities.models import LONDON, Programme, SessionKind, london_midnight
from evaluation.indicators import (
    INDICATORS,
    REGULAR_WITHIN_DAYS,
    Indicator,
    Relation,
    needed_for,
    ratio,
)
from evaluation.queries import relations
from hubs.models import Hub
from participants.models import ATTENDED, YOUNG_PEOPLE_ROLES, Answer, AttendanceRole, MarkStatus

# What the database may use for sorting and grouping before it writes to disk, for each step.
_WORK_MEMORY = "128MB"


@dataclass(frozen=True)
class Who:
    """Of whom figures are asked: ages in whole years at the session, and a `Characteristic`.

    Both ages are included. People of unknown age are left out as soon as one is given.
    """

    min_age: int | None = None
    max_age: int | None = None
    characteristic: str = ""


EVERYBODY = Who()


@dataclass(frozen=True)
class Scope:
    """What figures are asked of: programmes and Europe/London dates, both included.

    Without hubs it is of every hub, and of what is citywide. A register can be missing only of a
    session that had ended at `cut_off`; without one, of every session. With `known_at`, who people
    are is taken as it was known at that moment: records merged or put right since count as they
    did then.
    """

    programmes: tuple[Programme, ...]
    first_day: dt.date
    last_day: dt.date
    cut_off: dt.datetime | None
    known_at: dt.datetime | None = None
    hubs: tuple[Hub, ...] = ()
    who: Who = EVERYBODY

    @classmethod
    def of(
        cls,
        programmes: Iterable[Programme],
        first_day: dt.date,
        last_day: dt.date,
        *,
        now: dt.datetime,
        known_at: dt.datetime | None = None,
        hubs: Iterable[Hub] = (),
        who: Who = EVERYBODY,
    ) -> Scope:
        """A scope whose cut-off is now, and that has none once the whole period is over.

        So the same data of a past period gives the same figures whenever they are asked. A
        session may last into the day after the period.
        """
        over = london_midnight(last_day + dt.timedelta(days=2))
        cut_off = now if now < over else None
        return cls(tuple(programmes), first_day, last_day, cut_off, known_at, tuple(hubs), who)

    @property
    def known_until(self) -> dt.date:
        """The last day of the period that has come by the cut-off."""
        if self.cut_off is None:
            return self.last_day
        return min(self.last_day, self.cut_off.astimezone(LONDON).date())

    @property
    def days(self) -> int:
        """How many days of the period have come by the cut-off; 1 at least."""
        return max((self.known_until - self.first_day).days + 1, 1)

    def parameters(self) -> dict[str, Any]:
        """The named parameters of the relations."""
        return {
            "programmes": [programme.pk for programme in self.programmes],
            "hubs": [hub.pk for hub in self.hubs] or None,
            "start": london_midnight(self.first_day),
            "end": london_midnight(self.last_day + dt.timedelta(days=1)),
            "cut_off": self.cut_off,
            "known_at": self.known_at,
            "known_until": self.known_until,
            "training": SessionKind.TRAINING.value,
            "attended": [status.value for status in ATTENDED],
            "absent": MarkStatus.ABSENT.value,
            "volunteer": AttendanceRole.VOLUNTEER.value,
            "young_people": [role.value for role in YOUNG_PEOPLE_ROLES],
            "yes": Answer.YES.value,
            "min_age": self.who.min_age,
            "max_age": self.who.max_age,
            "any_age": self.who.min_age is None and self.who.max_age is None,
            "regular_days": REGULAR_WITHIN_DAYS,
        }


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of one moment, whatever is written meanwhile.

    Raises:
        InternalError: a transaction that has read something already is under way.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def moment_read() -> dt.datetime:
    """The moment of which everything inside `one_moment` is, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment


# --- Figures --------------------------------------------------------------------------------------
def totals(scope: Scope, indicators: Sequence[Indicator]) -> dict[str, Any]:
    """Each indicator's figure over the whole scope, by id; hours in minutes.

    One query a relation. For ratios see `figures`.
    """
    figures: dict[str, Any] = {}
    for relation in Relation:
        wanted = [indicator for indicator in indicators if indicator.relation is relation]
        if wanted:
            row = _rows(scope, *total_sql(scope, relation, wanted))[0]
            figures |= dict(zip((indicator.id for indicator in wanted), row, strict=True))
    return {indicator.id: figures[indicator.id] for indicator in indicators}


def figures(
    scope: Scope, ids: Iterable[str], money: Mapping[str, Decimal | None] | None = None
) -> dict[str, Any]:
    """Figures by id, ratios among them: hours in minutes, but ratios in their own unit.

    `money` gives pounds by id ("spend", "budget"), without which costs are None.
    """
    wanted = list(ids)
    raw: dict[str, Any] = totals(scope, needed_for(wanted)) | dict(money or {})
    raw["days"] = scope.days
    asked = (INDICATORS[id_] for id_ in wanted)
    return {each.id: ratio(each, raw) if each.is_ratio else raw.get(each.id) for each in asked}


def total_sql(scope: Scope, relation: Relation, indicators: Sequence[Indicator]) -> tuple[str, str]:
    """The relation and the SELECT by which `totals` asks for indicators of one relation."""
    select = f"SELECT {_columns(indicators)} FROM {relation.value}"  # noqa: S608
    return _relation(relation, scope), select


@dataclass(frozen=True)
class Grouping:
    """A key by which figures of people are grouped: SQL, as text in the result.

    Over PEOPLE everybody stands in one group; over STAYS (a person and an activity) or CELLS (and
    a month) somebody may stand in several.
    """

    id: str
    key: str
    over: str = "people"


@dataclass(frozen=True)
class Reach:
    """Figures of people: over the whole by id, and by grouping {key: one value an indicator}.

    Keys are text, or None for what is not known. `marks` and `people_marked` are how many rows
    were read.
    """

    whole: dict[str, Any]
    groups: dict[str, dict[str | None, tuple[Any, ...]]]
    marks: int
    people_marked: int


def reach(
    scope: Scope,
    groupings: Sequence[Grouping],
    indicators: Sequence[Indicator],
    whole: Sequence[Indicator] = (),
) -> Reach:
    """Figures of PEOPLE by each grouping, and `whole` over everything. One query.

    One pass over the marks serves them all; `whole` may have figures of FOLLOWED, which take more.
    """
    is_followed = any(each.relation is Relation.FOLLOWED for each in whole)
    source = Relation.FOLLOWED if is_followed else Relation.PEOPLE
    base = _relation(source, scope)
    if any("main_hub" in grouping.key for grouping in groupings):
        base = f"{base}, {relations.with_main_hubs()}"
    selects = [_whole_select(len(indicators), whole, source)]
    selects += [_grouped_select(grouping, indicators, len(whole)) for grouping in groupings]
    first, *rows = _rows(scope, base, " UNION ALL ".join(selects) + " ORDER BY 1")
    found: dict[str, dict[str | None, tuple[Any, ...]]] = {each.id: {} for each in groupings}
    for _, id_, key, _, _, *values in rows:
        found[id_][key] = tuple(values[: len(indicators)])
    of_whole = zip((each.id for each in whole), first[5 + len(indicators) :], strict=True)
    return Reach(dict(of_whole), found, first[3], first[4])


def _whole_select(skipped: int, indicators: Sequence[Indicator], source: Relation) -> str:
    columns = ", ".join([*["NULL::bigint"] * skipped, *(each.sql for each in indicators)])
    counts = "coalesce(sum(marks), 0)::bigint, count(*)"
    head = f"0, '', '', {counts}"
    return f"SELECT {', '.join(filter(None, [head, columns]))} FROM {source.value}"  # noqa: S608


def _grouped_select(grouping: Grouping, indicators: Sequence[Indicator], skipped: int) -> str:
    """SQL is written in the code, never by users."""
    columns = ", ".join([*(each.sql for each in indicators), *["NULL::bigint"] * skipped])
    head = f"1, '{grouping.id}'"
    counts = "NULL::bigint, NULL::bigint"
    if grouping.over == "people":
        joined = "LEFT JOIN main_hubs USING (person_id)" if "main_hub" in grouping.key else ""
        return (
            f"SELECT {head}, ({grouping.key})::text, {counts}, {columns}"  # noqa: S608
            f" FROM people {joined} GROUP BY 3"
        )
    return f"""
        SELECT {head}, key::text, {counts}, {columns}
        FROM (
            SELECT {grouping.key} AS key, person_id,
                   sum(attended)::int AS attended, sum(minutes)::int AS minutes
            FROM {grouping.over} GROUP BY 1, 2
        ) AS grouped
        GROUP BY key"""  # noqa: S608


def grouped(
    scope: Scope, relation: Relation, key: str, indicators: Sequence[Indicator]
) -> dict[Any, tuple[Any, ...]]:
    """Figures of SESSIONS or another relation of rows by the SQL expression `key`: {key: values}.

    For figures of people see `reach`.
    """
    select = f"SELECT {key} AS key, {_columns(indicators)} FROM {relation.value} GROUP BY 1"  # noqa: S608
    rows = _rows(scope, _relation(relation, scope), select)
    return {row[0]: row[1:] for row in rows}


def missing_registers_by_hub(scope: Scope) -> list[tuple[int | None, int, dt.date]]:
    """(hub id or None for citywide, sessions with no register, date of the oldest)."""
    return _rows(
        scope,
        _relation(Relation.SESSIONS, scope),
        "SELECT hub_id, count(*), min(day) FROM sessions WHERE register_missing GROUP BY 1",
    )


# --- People -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Reached:
    """A young person with an attendance in the scope; ids of hubs, ages in whole years.

    `hub` is where they went most often, the lowest id of equal ones; `age` is that at their first
    attendance, None where it is not known.
    """

    person: UUID
    first_on: dt.date
    last_on: dt.date
    sessions: int
    minutes: int
    hub: int | None
    age: int | None


def people_reached(scope: Scope) -> list[Reached]:
    """Everybody with an attendance in the scope. One query."""
    return [each for some in people_reached_by(scope, 100_000) for each in some]


def people_reached_by(scope: Scope, many: int) -> Iterator[list[Reached]]:
    """The same, so many at a time. One query, from which the database hands over part by part."""
    base = f"{_relation(Relation.PEOPLE, scope)}, {relations.with_main_hubs()}"
    query = """
        SELECT person_id, first_on, last_on, attended, minutes, main_hub, first_age
        FROM people LEFT JOIN main_hubs USING (person_id) WHERE attended > 0
    """
    with whole_relations(), connection.chunked_cursor() as cursor:
        cursor.execute(f"WITH {base} {query}", scope.parameters())
        while rows := cursor.fetchmany(many):
            yield [Reached(*row) for row in rows]


def attended_between(
    scope: Scope, spans: Mapping[UUID, tuple[dt.date, dt.date]]
) -> dict[UUID, tuple[int, int]]:
    """By person the sessions attended and the minutes, within days of their own, both included.

    Who came to none is left out. One query, however many people.
    """
    query = """
        SELECT marks.person_id, count(*), sum(marks.minutes)::bigint
        FROM marks
        JOIN unnest(%(people)s::uuid[], %(from)s::date[], %(to)s::date[])
             AS span (person_id, first_day, last_day) ON span.person_id = marks.person_id
        WHERE marks.attended AND marks.day BETWEEN span.first_day AND span.last_day
        GROUP BY marks.person_id
    """
    more = {
        "people": list(spans),
        "from": [first for first, _ in spans.values()],
        "to": [last for _, last in spans.values()],
    }
    rows = _rows(scope, relations.marks_of_some(_asked(scope)), query, more)
    return {person: (sessions, minutes) for person, sessions, minutes in rows}


def attended_by_month(scope: Scope) -> list[tuple[UUID, str, int, int]]:
    """(person, month as "2019-03", sessions attended, minutes) in order. One query."""
    query = """
        SELECT person_id, to_char(month, 'YYYY-MM'), count(*), sum(minutes)::bigint
        FROM marks WHERE attended GROUP BY 1, month ORDER BY 1, 2
    """
    return _rows(scope, _relation(Relation.MARKS, scope), query)


# --- For those who ask in their own way ---------------------------------------------------------
def marks_sql(scope: Scope) -> tuple[str, dict[str, Any]]:
    """("WITH ... " for a SELECT over MARKS, its parameters), for rows rather than figures."""
    return f"WITH {_relation(Relation.MARKS, scope)} ", scope.parameters()


def people_sql(scope: Scope) -> tuple[str, dict[str, Any]]:
    """The same over CELLS, PEOPLE and MAIN_HUBS."""
    base = f"{_relation(Relation.PEOPLE, scope)}, {relations.with_main_hubs()}"
    return f"WITH {base} ", scope.parameters()


def _relation(relation: Relation, scope: Scope) -> str:
    return _RELATIONS[relation](_asked(scope))


def _asked(scope: Scope) -> relations.Asked:
    return relations.Asked(
        _ages_of(scope.programmes), scope.known_at is not None, scope.who.characteristic
    )


_RELATIONS: dict[Relation, Callable[[relations.Asked], str]] = {
    Relation.SESSIONS: relations.sessions,
    Relation.MARKS: relations.marks,
    Relation.PEOPLE: relations.people,
    Relation.FOLLOWED: relations.followed,
    Relation.HEAD_COUNTS: relations.head_counts,
    Relation.OTHERS: relations.others,
    Relation.TRAININGS: relations.trainings,
    Relation.TRAINING_MARKS: relations.trainings,
}


def _ages_of(programmes: Iterable[Programme]) -> tuple[relations.Ages, ...]:
    """The ages that programmes are for, each once: nearly always the same ones."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for each in programmes:
        ages = (each.min_age, each.max_age, each.max_age_extended)
        found.setdefault(ages, []).append(each.pk)
    return tuple(relations.Ages(*ages, tuple(ids)) for ages, ids in sorted(found.items()))


def _columns(indicators: Sequence[Indicator]) -> str:
    return ", ".join(f"{indicator.sql} AS {indicator.id}" for indicator in indicators)


def _rows(
    scope: Scope, base: str, select: str, more: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    with whole_relations() as cursor:
        cursor.execute(f"WITH {base} {select}", scope.parameters() | dict(more or {}))
        return cursor.fetchall()


@contextmanager
def whole_relations() -> Iterator[CursorWrapper]:
    """A cursor that reads relations whole, and never one of them anew for each row of another.

    Figures need every row anyway. Where the database's statistics lag behind, as after a large
    import, the planner takes thousands of rows for one, and such a loop runs for minutes.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # Of a cursor all rows are fetched, so that a plan for the first few is the wrong one.
        cursor.execute(
            "SET LOCAL enable_nestloop = off; SET LOCAL cursor_tuple_fraction = 1;"
            f" SET LOCAL work_mem = '{_WORK_MEMORY}'"
        )
        yield cursor
        cursor.execute(
            "SET LOCAL enable_nestloop = on; SET LOCAL cursor_tuple_fraction = DEFAULT;"
            " SET LOCAL work_mem = DEFAULT"
        )
