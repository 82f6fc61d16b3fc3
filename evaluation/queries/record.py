"""Reads across the whole record: the relations behind every figure, and their aggregates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from activities.models import Programme, SessionKind, london_midnight
from evaluation.indicators import Indicator, Relation
from hubs.models import Hub
from participants.models import ATTENDED, YOUNG_PEOPLE_ROLES, Answer, MarkStatus

# One row a session of the programme in the period, training of staff left out.
_SESSIONS = """
sessions AS MATERIALIZED (
    SELECT session.id, session.kind, session.starts_at,
           coalesce(
               session.starts_at + make_interval(mins => session.delivered_minutes),
               session.ends_at
           ) AS over_at,
           (session.starts_at AT TIME ZONE 'Europe/London')::date AS day,
           activity.hub_id, activity.programme_id, activity.kind AS activity_kind,
           coalesce(
               session.delivered_minutes,
               extract(epoch FROM session.ends_at - session.starts_at) / 60
           )::bigint AS minutes,
           session.cancelled_at IS NOT NULL AS cancelled,
           session.cancelled_at IS NULL AND (
               session.register_taken_at IS NOT NULL
               OR session.delivery <> ''
               OR EXISTS (
                   SELECT FROM activities_headcount AS head_count
                   WHERE head_count.session_id = session.id
               )
           ) AS held,
           session.cancelled_at IS NULL
               AND (%(cut_off)s::timestamptz IS NULL OR session.ends_at <= %(cut_off)s)
               AND NOT session.headcount_only
               AND session.register_taken_at IS NULL AS register_missing
    FROM activities_session AS session
    JOIN activities_activity AS activity ON activity.id = session.activity_id
    WHERE activity.programme_id = ANY(%(programmes)s)
      AND (%(hubs)s::bigint[] IS NULL OR activity.hub_id = ANY(%(hubs)s))
      AND session.starts_at >= %(start)s
      AND session.starts_at < %(end)s
      AND session.kind <> %(training)s
)"""

# Who the records are of, as things are now: merges count, and what was put right.
_PEOPLE_NOW = """
people AS NOT MATERIALIZED (
    SELECT id, merged_into_id, gender, home_ward_id, imd_decile, birth_date, birth_key,
           special_needs, care_experienced
    FROM participants_participant
)"""

# The same as it was known at a moment: each record's latest state up to then, as triggers kept it,
# or its first one where it was made later.
_PEOPLE_THEN = """
people AS MATERIALIZED (
    SELECT DISTINCT ON (pgh_obj_id)
           pgh_obj_id AS id, merged_into_id, gender, home_ward_id, imd_decile, birth_date,
           birth_key, special_needs, care_experienced
    FROM participants_participantevent
    ORDER BY pgh_obj_id, pgh_created_at <= %(known_at)s DESC,
             CASE WHEN pgh_created_at <= %(known_at)s THEN pgh_id ELSE -pgh_id END DESC
)"""

# One row a person a session. Records merged into one person count once at a session: the latest
# mark stands, as on the register (`participants.queries.current_marks`).
_MARKS = """
marks AS MATERIALIZED (
    SELECT * FROM (
        SELECT DISTINCT ON (attendance.session_id, person.id)
               attendance.session_id, person.id AS person_id,
               attendance.role, sessions.day, sessions.hub_id, sessions.activity_kind,
               person.gender, person.home_ward_id, person.imd_decile,
               coalesce(
                   age_then.age, extract(year FROM age(sessions.day, person.birth_date))::int
               ) AS age,
               attendance.status = ANY(%(attended)s) AS attended,
               attendance.status = %(absent)s AS absent,
               CASE WHEN attendance.arrived_at IS NULL AND attendance.left_at IS NULL
                    THEN sessions.minutes
                    ELSE greatest(0, round(extract(epoch FROM
                             least(attendance.left_at, sessions.over_at)
                             - greatest(attendance.arrived_at, sessions.starts_at)) / 60))::bigint
               END AS minutes
        FROM sessions
        JOIN participants_attendance AS attendance ON attendance.session_id = sessions.id
        JOIN people AS record ON record.id = attendance.participant_id
        -- Whom a record was merged into may be erased since: then it stands for itself.
        LEFT JOIN people AS root ON root.id = record.merged_into_id
        JOIN people AS person ON person.id = coalesce(root.id, record.id)
        JOIN activities_programme AS programme ON programme.id = sessions.programme_id
        LEFT JOIN participants_agethen AS age_then
          ON age_then.attendance_id = attendance.id AND age_then.birth_key = person.birth_key
        WHERE NOT sessions.cancelled
          AND (
              person.birth_date IS NULL AND age_then.age IS NULL
              OR coalesce(age_then.age, extract(year FROM age(sessions.day, person.birth_date)))
                 BETWEEN programme.min_age
                 AND CASE WHEN %(yes)s IN (person.special_needs, person.care_experienced)
                          THEN programme.max_age_extended ELSE programme.max_age END
          )
        ORDER BY attendance.session_id, person.id,
                 attendance.marked_at DESC,
                 attendance.operation_id DESC NULLS LAST, attendance.id DESC
    ) AS standing
    WHERE role = ANY(%(young_people)s)
)"""

_HEAD_COUNTS = """
head_counts AS MATERIALIZED (
    SELECT head_count.people, head_count.method, sessions.hub_id
    FROM activities_headcount AS head_count
    JOIN sessions ON sessions.id = head_count.session_id
    WHERE NOT sessions.cancelled
)"""


def _relation(relation: Relation, scope: Scope) -> str:
    people = _PEOPLE_THEN if scope.known_at else _PEOPLE_NOW
    return {
        Relation.SESSIONS: _SESSIONS,
        Relation.MARKS: f"{_SESSIONS}, {people}, {_MARKS}",
        Relation.HEAD_COUNTS: f"{_SESSIONS}, {_HEAD_COUNTS}",
    }[relation]


@dataclass(frozen=True)
class Scope:
    """What figures are asked of: programmes and Europe/London dates, both included.

    Without hubs it is of every hub, and of what is citywide.

    A register can be missing only of a session that had ended at `cut_off`; without one, of
    every session. With `known_at`, who people are is taken as it was known at that moment:
    records merged or put right since count as they did then.
    """

    programmes: tuple[Programme, ...]
    first_day: dt.date
    last_day: dt.date
    cut_off: dt.datetime | None
    known_at: dt.datetime | None = None
    hubs: tuple[Hub, ...] = ()

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
    ) -> Scope:
        """A scope whose cut-off is now, and that has none once the whole period is over.

        So the same data of a past period gives the same figures whenever they are asked. A
        session may last into the day after the period.
        """
        over = london_midnight(last_day + dt.timedelta(days=2))
        cut_off = now if now < over else None
        return cls(tuple(programmes), first_day, last_day, cut_off, known_at, tuple(hubs))

    def parameters(self) -> dict[str, Any]:
        """The named parameters of the relations."""
        return {
            "programmes": [programme.pk for programme in self.programmes],
            "hubs": [hub.pk for hub in self.hubs] or None,
            "start": london_midnight(self.first_day),
            "end": london_midnight(self.last_day + dt.timedelta(days=1)),
            "cut_off": self.cut_off,
            "known_at": self.known_at,
            "training": SessionKind.TRAINING.value,
            "attended": [status.value for status in ATTENDED],
            "absent": MarkStatus.ABSENT.value,
            "young_people": [role.value for role in YOUNG_PEOPLE_ROLES],
            "yes": Answer.YES.value,
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


def totals(scope: Scope, indicators: Sequence[Indicator]) -> dict[str, Any]:
    """Each indicator's figure over the whole scope, by id; hours in minutes.

    One query a relation.
    """
    figures: dict[str, Any] = {}
    for relation in Relation:
        wanted = [indicator for indicator in indicators if indicator.relation is relation]
        if wanted:
            select = f"SELECT {_columns(wanted)} FROM {relation.value}"  # noqa: S608
            row = _rows(scope, relation, select)[0]
            figures |= dict(zip((indicator.id for indicator in wanted), row, strict=True))
    return {indicator.id: figures[indicator.id] for indicator in indicators}


def grouped(
    scope: Scope, relation: Relation, key: str, indicators: Sequence[Indicator]
) -> dict[Any, tuple[Any, ...]]:
    """Figures of one relation by the SQL expression `key`: {key: one value an indicator}."""
    rows = _rows(
        scope,
        relation,
        f"SELECT {key} AS key, {_columns(indicators)} FROM {relation.value} GROUP BY 1",  # noqa: S608
    )
    return {row[0]: row[1:] for row in rows}


def grouped_by_person(
    scope: Scope, key: str, indicators: Sequence[Indicator]
) -> dict[Any, tuple[Any, ...]]:
    """Figures of MARKS by something that a person is, such as the age at the first attendance.

    `key` may use `first_age`, the person's age at the first attendance in the scope.
    """
    query = f"""
        SELECT {key} AS key, {_columns(indicators)}
        FROM (
            SELECT marks.*, first_value(age) OVER (
                PARTITION BY person_id ORDER BY attended DESC, day, session_id
            ) AS first_age
            FROM marks
        ) AS marks
        GROUP BY 1
    """  # noqa: S608  (keys and aggregates are written in the code, not by users)
    return {row[0]: row[1:] for row in _rows(scope, Relation.MARKS, query)}


def missing_registers_by_hub(scope: Scope) -> list[tuple[int | None, int, dt.date]]:
    """(hub id or None for citywide, sessions with no register, date of the oldest)."""
    return _rows(
        scope,
        Relation.SESSIONS,
        "SELECT hub_id, count(*), min(day) FROM sessions WHERE register_missing GROUP BY 1",
    )


@dataclass(frozen=True)
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
    query = """
        SELECT person_id, min(day), max(day), count(*), sum(minutes)::bigint,
               mode() WITHIN GROUP (ORDER BY hub_id),
               (array_agg(age ORDER BY day, session_id))[1]
        FROM marks WHERE attended GROUP BY person_id
    """
    return [Reached(*row) for row in _rows(scope, Relation.MARKS, query)]


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
    rows = _rows(scope, Relation.MARKS, query, more)
    return {person: (sessions, minutes) for person, sessions, minutes in rows}


def attended_by_month(scope: Scope) -> list[tuple[UUID, str, int, int]]:
    """(person, month as "2019-03", sessions attended, minutes) in order. One query."""
    query = """
        SELECT person_id, to_char(day, 'YYYY-MM'), count(*), sum(minutes)::bigint
        FROM marks WHERE attended GROUP BY 1, 2 ORDER BY 1, 2
    """
    return _rows(scope, Relation.MARKS, query)


def row_counts(scope: Scope) -> dict[str, int]:
    """How many rows the figures were made from."""
    row = _rows(
        scope,
        Relation.MARKS,
        "SELECT (SELECT count(*) FROM sessions), count(*), count(DISTINCT person_id) FROM marks",
    )[0]
    return dict(zip(("sessions", "marks", "people_marked"), row, strict=True))


def _columns(indicators: Sequence[Indicator]) -> str:
    return ", ".join(f"{indicator.sql} AS {indicator.id}" for indicator in indicators)


def _rows(
    scope: Scope, relation: Relation, select: str, more: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    with _whole_relations() as cursor:
        parameters = scope.parameters() | dict(more or {})
        cursor.execute(f"WITH {_relation(relation, scope)} {select}", parameters)
        return cursor.fetchall()


@contextmanager
def _whole_relations() -> Iterator[CursorWrapper]:
    """A cursor that reads relations whole, and never one of them anew for each row of another.

    Figures need every row anyway. Where the database's statistics lag behind, as after a large
    import, the planner takes thousands of rows for one, and such a loop runs for minutes.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")
