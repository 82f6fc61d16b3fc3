"""Triggers note which month of which hub a change touches, so that it is counted anew.

One statement is one note for each month it touches, however many rows it writes. Every trigger
adds rows and reads; none updates, so that no two registers that are saved wait for each other.
"""

# ruff: noqa: S608 (nothing here comes from outside)
from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

# Columns that kept figures hang on, by table; a change of any other one notes nothing.
_OF_A_SESSION = (
    *("activity_id", "kind", "starts_at", "ends_at", "cancelled_at", "delivered_minutes"),
    *("register_taken_at", "delivery"),
)
_OF_AN_ACTIVITY = ("programme_id", "hub_id")
_OF_A_PROGRAMME = ("min_age", "max_age", "max_age_extended")
_OF_A_PERSON = ("merged_into_id", "birth_date", "birth_key", "special_needs", "care_experienced")

_MONTH = "date_trunc('month', session.starts_at AT TIME ZONE 'Europe/London')::date"
_JOINED = "JOIN activities_activity AS activity ON activity.id = session.activity_id"
_CELL = f"activity.programme_id, activity.hub_id, {_MONTH}"

# What each table's rows, here as CHANGED, touch.
_OF_SESSIONS = f"SELECT {_CELL} FROM changed AS session {_JOINED}"
_BY_SESSION = f"""
    SELECT {_CELL} FROM changed
    JOIN activities_session AS session ON session.id = changed.session_id
    {_JOINED}"""
_OF_AGES = f"""
    SELECT {_CELL} FROM changed
    JOIN participants_attendance AS attendance ON attendance.id = changed.attendance_id
    JOIN activities_session AS session ON session.id = attendance.session_id
    {_JOINED}"""
_OF_ACTIVITIES = f"""
    SELECT {_CELL} FROM changed AS activity
    JOIN activities_session AS session ON session.activity_id = activity.id"""
_OF_PROGRAMMES = f"""
    SELECT {_CELL} FROM changed
    JOIN activities_activity AS activity ON activity.programme_id = changed.id
    JOIN activities_session AS session ON session.activity_id = activity.id"""
# Somebody's own marks, and those on records that were merged into theirs.
_OF_PEOPLE = f"""
    SELECT {_CELL}
    FROM (
        SELECT id FROM changed
        UNION
        SELECT record.id FROM changed
        JOIN participants_participant AS record ON record.merged_into_id = changed.id
    ) AS family
    JOIN participants_attendance AS attendance ON attendance.participant_id = family.id
    JOIN activities_session AS session ON session.id = attendance.session_id
    {_JOINED}"""

# Table: what its rows touch, which columns matter (all without any), and when.
_WATCHED: dict[str, tuple[str, tuple[str, ...]]] = {
    "participants_attendance": (_BY_SESSION, ()),
    "participants_agethen": (_OF_AGES, ()),
    "activities_headcount": (_BY_SESSION, ()),
    "activities_session": (_OF_SESSIONS, _OF_A_SESSION),
    "activities_activity": (_OF_ACTIVITIES, _OF_AN_ACTIVITY),
    "activities_programme": (_OF_PROGRAMMES, _OF_A_PROGRAMME),
    "participants_participant": (_OF_PEOPLE, _OF_A_PERSON),
}
_NOTE = "INSERT INTO evaluation_stalemonth (programme_id, hub_id, month)"
_EVERYTHING = f"{_NOTE} SELECT DISTINCT programme_id, hub_id, month FROM evaluation_hubmonth"

_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {body};
    RETURN NULL;
END $$;
"""
_TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table} {tables}
FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


def _noted(select: str, changed: str) -> str:
    return f"{_NOTE} WITH changed AS ({changed}) SELECT DISTINCT * FROM ({select}) AS touched"


def _changed(columns: tuple[str, ...]) -> str:
    """Rows before and after an update, of those of which a column that matters is another."""
    before = "SELECT were.* FROM were JOIN are ON are.id = were.id"
    after = "SELECT are.* FROM are JOIN were ON were.id = are.id"
    if not columns:
        return "SELECT * FROM were UNION ALL SELECT * FROM are"
    differs = " OR ".join(f"were.{each} IS DISTINCT FROM are.{each}" for each in columns)
    return f"{before} WHERE {differs} UNION ALL {after} WHERE {differs}"


def _watch(table: str) -> str:
    select, columns = _WATCHED[table]
    events = (
        ("INSERT", "REFERENCING NEW TABLE AS are", "SELECT * FROM are"),
        ("UPDATE", "REFERENCING OLD TABLE AS were NEW TABLE AS are", _changed(columns)),
        ("DELETE", "REFERENCING OLD TABLE AS were", "SELECT * FROM were"),
    )
    statements = []
    for event, tables, changed in events:
        name = f"{table}_stale_{event.lower()}"
        statements.append(_FUNCTION.format(name=name, body=_noted(select, changed)))
        statements.append(
            _TRIGGER.format(
                name=f"stale_{event.lower()}",
                event=event,
                table=table,
                tables=tables,
                function=name,
            )
        )
    return "".join(statements)


def _watch_truncation(table: str) -> str:
    return _TRIGGER.format(
        name="stale_truncate", event="TRUNCATE", table=table, tables="", function="everything_stale"
    )


CREATE = (
    _FUNCTION.format(name="everything_stale", body=_EVERYTHING)
    + "".join(map(_watch, _WATCHED))
    + "".join(map(_watch_truncation, _WATCHED))
)
DROP = "".join(
    [
        *(
            f"DROP TRIGGER stale_{event} ON {table};"
            for table in _WATCHED
            for event in ("insert", "update", "delete", "truncate")
        ),
        *(
            f"DROP FUNCTION {table}_stale_{event}();"
            for table in _WATCHED
            for event in ("insert", "update", "delete")
        ),
        "DROP FUNCTION everything_stale();",
    ]
)
# Nothing is kept yet: every month that has a session is to be counted.
BEGIN = f"{_NOTE} SELECT DISTINCT {_CELL} FROM activities_session AS session {_JOINED};"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("evaluation", "0016_what_was_told"),
        ("participants", "0017_school_years_then"),
        ("activities", "0006_said_and_done_is_shown"),
    ]

    operations: ClassVar = [
        *(
            migrations.AlterField(
                "stalemonth",
                name,
                models.ForeignKey(
                    db_constraint=False,
                    null=name == "hub",
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=to,
                ),
            )
            for name, to in (("hub", "hubs.hub"), ("programme", "activities.programme"))
        ),
        migrations.RunSQL(CREATE + BEGIN, DROP),
    ]
