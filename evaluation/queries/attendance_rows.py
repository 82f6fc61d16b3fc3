"""The rows behind a report: one line a young person a session, without who they are.

Each person is a number that the database draws for this one file and nobody keeps, so numbers of
two files say nothing of each other, and none can be worked out from an id. Rows can still be
likened by what they tell (a day, an activity, an age): these files are for staff alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.access import holds_any
from accounts.models import User
from evaluation.models import REPORT_ROLES
from evaluation.queries.record import Scope, marks_sql
from participants.queries.rights import left_out_of_evaluation, restricted
from typesetting.cells import BLANKS, DANGEROUS

COLUMNS = (
    *("person", "day", "hub", "activity", "kind_of_activity", "kind_of_session"),
    *("role", "status", "minutes", "age", "gender"),
)
# Excel reads UTF-8 without it as another alphabet.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK = 256 * 1024
# What the database may use for sorting before it writes to disk.
_WORK_MEMORY = "128MB"

# In the order of the numbers: that in which marks were made follows the register, which follows
# names. Text that a spreadsheet would run has an apostrophe before it, as `neutral` does it.
_ROWS = """
COPY (
    {relation},
    numbers AS MATERIALIZED (
        SELECT record_id AS person_id, birth_date, gender,
               row_number() OVER (ORDER BY gen_random_uuid()) AS person
        FROM who
        WHERE record_id = person_id AND record_id <> ALL(%(left_out)s::uuid[])
    ),
    places AS MATERIALIZED (
        SELECT activity.id AS activity_id, {activity} AS activity, {hub} AS hub
        FROM activities_activity AS activity
        LEFT JOIN hubs_hub AS hub ON hub.id = activity.hub_id
    )
    SELECT numbers.person, marks.day, places.hub, places.activity,
           marks.activity_kind AS kind_of_activity, marks.kind AS kind_of_session, marks.role,
           CASE WHEN marks.attended THEN 'attended' WHEN marks.absent THEN 'absent'
                ELSE 'excused' END AS status,
           CASE WHEN marks.attended THEN marks.minutes END AS minutes,
           coalesce(
               marks.age_then, extract(year FROM age(marks.day, numbers.birth_date))::int
           ) AS age,
           numbers.gender
    FROM marks
    JOIN numbers ON numbers.person_id = marks.person_id
    JOIN places ON places.activity_id = marks.activity_id
    ORDER BY numbers.person, marks.day
) TO STDOUT WITH (FORMAT csv, HEADER)
"""
_NEUTRAL = """CASE WHEN left(ltrim({text}, %(blanks)s), 1) = ANY(%(dangerous)s)
                    THEN '''' || {text} ELSE {text} END"""


def attendance_rows(scope: Scope, *, left_out: Iterable[UUID] = ()) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8 with a byte order mark, one header row, sorted by person and day.

    The columns are COLUMNS. `minutes` is told of attendances alone; `age` is in whole years at
    the session; what is not known is empty. `left_out` are records whose people are not in it.
    Memory does not grow with the rows: the database makes them while they are read, in one
    statement, so all are of one moment.
    """
    statement, parameters = rows_sql(scope, left_out)
    with _cursor() as cursor, cursor.copy(statement, parameters) as copied:
        held = bytearray(_BYTE_ORDER_MARK)
        for block in copied:
            held += block
            if len(held) >= _CHUNK:
                yield bytes(held)
                held.clear()
        yield bytes(held)


def left_out_for(user: User) -> list[UUID]:
    """Records that are not in a file for this user. One query.

    Nobody's file has people whose records are kept and not used. What evaluators take home is for
    research, so those who objected to that are left out of theirs too; in the trust's own
    statistics they count.
    """
    whom = restricted() if holds_any(user, REPORT_ROLES) else left_out_of_evaluation()
    return list(whom.values_list("pk", flat=True))


def rows_sql(scope: Scope, left_out: Iterable[UUID] = ()) -> tuple[str, dict[str, Any]]:
    """The COPY statement and its parameters."""
    relation, parameters = marks_sql(scope)
    statement = _ROWS.format(
        relation=relation,
        activity=_NEUTRAL.format(text="activity.title"),
        hub=_NEUTRAL.format(text="hub.name"),
    )
    more = {"left_out": list(left_out), "blanks": BLANKS, "dangerous": list(DANGEROUS)}
    return statement, parameters | more


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """A cursor for one long read that joins whole relations, however long it takes."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '{_WORK_MEMORY}';"
            " SET LOCAL statement_timeout = 0"
        )
        yield cursor
