"""Numbers that a coordinator acts on: who stopped coming, who came once, hours against the plan.

Everything here is of one hub. A person is the record that theirs was merged into, and at a session
the latest of their records' marks stands, as on the register (`queries.marks.current_marks`). Only
young people's marks count; cancelled sessions and training count for nothing but planned hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from activities.models import Session, SessionKind, london_midnight, london_today
from hubs.models import Hub
from participants.models import ATTENDED, YOUNG_PEOPLE_ROLES, MarkStatus
from participants.queries.register import OPENS_BEFORE_START

REGULAR_TIMES = 4
REGULAR_WITHIN = dt.timedelta(weeks=8)
MISSED_TIMES = 3
RETURN_WITHIN_DAYS = 28
LOOK_BACK = dt.timedelta(weeks=26)
WEEKS_BEFORE = 8
LISTED = 50

# The sessions of a hub from a moment on whose doors have opened.
_SESSIONS = """
sessions AS (
    SELECT session.id, session.activity_id, activity.title, session.starts_at,
           (session.starts_at AT TIME ZONE 'Europe/London')::date AS day,
           session.register_taken_at IS NOT NULL AND session.ends_at <= %(now)s AS taken
    FROM activities_session AS session
    JOIN activities_activity AS activity ON activity.id = session.activity_id
    WHERE activity.hub_id = %(hub)s
      AND session.cancelled_at IS NULL
      AND session.kind <> %(training)s
      AND session.starts_at <= %(doors)s
      AND (%(since)s::timestamptz IS NULL OR session.starts_at >= %(since)s)
)"""

# The mark that stands of each young person at each of these sessions, of those who are registered
# at the hub with any of their records; by name as on the register.
_MARKS = """
people AS (
    SELECT DISTINCT coalesce(record.merged_into_id, record.id) AS id
    FROM participants_registration AS registration
    JOIN participants_participant AS record ON record.id = registration.participant_id
    WHERE registration.hub_id = %(hub)s
),
marks AS MATERIALIZED (
    SELECT * FROM (
        SELECT DISTINCT ON (attendance.session_id, root.id)
               attendance.session_id, attendance.role, attendance.status,
               root.id AS person_id, root.given_name, root.family_name,
               sessions.activity_id, sessions.title, sessions.starts_at, sessions.day
        FROM sessions
        JOIN participants_attendance AS attendance ON attendance.session_id = sessions.id
        JOIN participants_participant AS record ON record.id = attendance.participant_id
        JOIN participants_participant AS root
          ON root.id = coalesce(record.merged_into_id, record.id)
        WHERE root.id IN (SELECT id FROM people)
        ORDER BY attendance.session_id, root.id, attendance.marked_at DESC,
                 attendance.operation_id DESC NULLS LAST, attendance.id DESC
    ) AS standing
    WHERE role = ANY(%(young_people)s)
)"""

_STOPPED = f"""
WITH {_SESSIONS}, {_MARKS},
visits AS (
    SELECT person_id, given_name, family_name, activity_id, title, session_id, starts_at, status,
           status = ANY(%(attended)s) AS came,
           lag(starts_at, %(times)s - 1) OVER (
               PARTITION BY person_id, activity_id, status = ANY(%(attended)s)
               ORDER BY starts_at, session_id
           ) AS times_before
    FROM marks
),
regulars AS (
    SELECT person_id, given_name, family_name, activity_id, title,
           max(starts_at) FILTER (WHERE came) AS last_came_at,
           coalesce(
               array_agg(session_id) FILTER (WHERE status = %(excused)s), '{{}}'
           ) AS excused_from
    FROM visits
    GROUP BY person_id, given_name, family_name, activity_id, title
    HAVING bool_or(came AND starts_at - times_before <= %(within)s)
)
SELECT given_name, family_name, regulars.title, last_came_at,
       count(*) AS missed, count(*) OVER () AS whole
FROM regulars
JOIN sessions
  ON sessions.activity_id = regulars.activity_id
 AND sessions.starts_at > last_came_at
 AND sessions.taken
 AND sessions.id <> ALL(excused_from)
GROUP BY person_id, given_name, family_name, regulars.activity_id, regulars.title, last_came_at
HAVING count(*) >= %(missed)s
ORDER BY last_came_at DESC, given_name, person_id, regulars.activity_id
LIMIT %(listed)s
"""  # noqa: S608 - only our own parts

# Everybody's first time at the hub and the time after that.
_FIRSTS = """
visits AS (
    SELECT person_id, given_name, family_name, title, starts_at, day,
           row_number() OVER each AS nth, lead(day) OVER each AS next_day
    FROM marks
    WHERE status = ANY(%(attended)s)
    WINDOW each AS (PARTITION BY person_id ORDER BY starts_at, session_id)
),
firsts AS (
    SELECT *, day <= %(due)s AS is_due
    FROM visits
    WHERE nth = 1 AND day >= %(oldest)s
)"""

_RETURNED = f"""
WITH {_SESSIONS}, {_MARKS}, {_FIRSTS}
SELECT count(*) FILTER (WHERE is_due),
       count(*) FILTER (WHERE is_due AND next_day - day <= %(days)s),
       count(*) FILTER (WHERE NOT is_due)
FROM firsts
"""  # noqa: S608 - only our own parts

_ONCE = f"""
WITH {_SESSIONS}, {_MARKS}, {_FIRSTS}
SELECT given_name, family_name, title, starts_at, count(*) OVER () AS whole
FROM firsts
WHERE is_due AND next_day IS NULL
ORDER BY starts_at DESC, given_name, person_id
LIMIT %(listed)s
"""  # noqa: S608 - only our own parts

_HOURS = """
SELECT date_trunc('week', starts_at AT TIME ZONE 'Europe/London')::date AS monday,
       sum(planned), coalesce(sum(minutes) FILTER (WHERE held), 0),
       coalesce(sum(planned) FILTER (WHERE cancelled), 0)
FROM (
    SELECT session.starts_at,
           extract(epoch FROM session.ends_at - session.starts_at) / 60 AS planned,
           coalesce(
               session.delivered_minutes,
               extract(epoch FROM session.ends_at - session.starts_at) / 60
           ) AS minutes,
           session.cancelled_at IS NOT NULL AS cancelled,
           session.cancelled_at IS NULL AND (
               session.register_taken_at IS NOT NULL
               OR session.delivery <> ''
               OR EXISTS (
                   SELECT FROM activities_headcount AS head_count
                   WHERE head_count.session_id = session.id
               )
           ) AS held
    FROM activities_session AS session
    JOIN activities_activity AS activity ON activity.id = session.activity_id
    WHERE activity.hub_id = %(hub)s
      AND session.kind <> %(training)s
      AND session.starts_at >= %(start)s
      AND session.starts_at < %(end)s
) AS sessions
GROUP BY monday
"""


@dataclass(frozen=True)
class Visit:
    """Somebody by first name and initial, what they came to, and when."""

    name: str
    activity: str
    came_at: dt.datetime
    missed: int = 0


@dataclass(frozen=True)
class Visits:
    """The newest of them, at most fifty, and how many there are in all."""

    listed: list[Visit]
    whole: int


@dataclass(frozen=True)
class Returning:
    """First-timers whose 28 days are over, how many of them came back within these, and the rest.

    `still_open` are those of the last 28 days, of whom nothing can be said yet.
    """

    first_timers: int
    returned: int
    still_open: int

    @property
    def percent(self) -> int | None:
        """The share that came back, in whole per cent; None where there is nobody."""
        if not self.first_timers:
            return None
        return (200 * self.returned + self.first_timers) // (2 * self.first_timers)


@dataclass(frozen=True)
class WeekHours:
    """Session hours of the week that begins on a Monday. Planned are all, also the cancelled."""

    monday: dt.date
    planned: Decimal
    held: Decimal
    cancelled: Decimal


@dataclass(frozen=True)
class HubNumbers:
    """What a coordinator should know of one hub. `weeks` are the oldest first, this one last."""

    hub: Hub
    stopped: Visits
    returning: Returning
    came_once: Visits
    weeks: list[WeekHours]
    registers_missing: int


def numbers_for(hub: Hub, now: dt.datetime) -> HubNumbers:
    """The numbers of a hub at a moment. Five queries, whatever there is."""
    return HubNumbers(
        hub=hub,
        stopped=stopped_coming(hub, now),
        returning=returning(hub, now),
        came_once=came_once(hub, now),
        weeks=week_hours(hub, now),
        registers_missing=Session.objects.filter(activity__hub=hub).register_missing(now).count(),
    )


def stopped_coming(hub: Hub, now: dt.datetime) -> Visits:
    """Regulars of an activity who have missed its last three held registers in a row.

    Regular: came at least 4 times within 8 weeks, some time in the last 26 weeks. Missed: the
    register was taken, and they are absent or without a mark. Sessions from which they were
    excused are passed over.
    """
    parameters = _parameters(hub, now) | {
        "since": now - LOOK_BACK,
        "times": REGULAR_TIMES,
        "within": REGULAR_WITHIN,
        "missed": MISSED_TIMES,
        "excused": MarkStatus.EXCUSED.value,
    }
    rows = _rows(_STOPPED, parameters)
    listed = [_visit(*row[:5]) for row in rows]
    return Visits(listed, rows[0][5] if rows else 0)


def returning(hub: Hub, now: dt.datetime) -> Returning:
    """Of those who first came to the hub in the last 26 weeks, how many came again in 28 days."""
    (counts,) = _rows(_RETURNED, _parameters(hub, now))
    return Returning(*counts)


def came_once(hub: Hub, now: dt.datetime) -> Visits:
    """Whose first time at the hub is 28 days to 26 weeks ago, and who has not been there since."""
    rows = _rows(_ONCE, _parameters(hub, now))
    listed = [_visit(*row[:4]) for row in rows]
    return Visits(listed, rows[0][4] if rows else 0)


def week_hours(hub: Hub, now: dt.datetime) -> list[WeekHours]:
    """Session hours of this week and the eight before it, Monday to Sunday in Europe/London."""
    today = london_today(now)
    this_monday = today - dt.timedelta(days=today.weekday())
    mondays = [this_monday - dt.timedelta(weeks=ago) for ago in range(WEEKS_BEFORE, -1, -1)]
    parameters = _parameters(hub, now) | {
        "start": london_midnight(mondays[0]),
        "end": london_midnight(this_monday + dt.timedelta(weeks=1)),
    }
    found = {
        row[0]: [Decimal(minutes) / 60 for minutes in row[1:]] for row in _rows(_HOURS, parameters)
    }
    return [WeekHours(monday, *found.get(monday, [Decimal(0)] * 3)) for monday in mondays]


def _parameters(hub: Hub, now: dt.datetime) -> dict[str, Any]:
    today = london_today(now)
    return {
        "hub": hub.pk,
        "now": now,
        "doors": now + OPENS_BEFORE_START,
        "since": None,
        "due": today - dt.timedelta(days=RETURN_WITHIN_DAYS),
        "oldest": today - LOOK_BACK,
        "days": RETURN_WITHIN_DAYS,
        "listed": LISTED,
        "training": SessionKind.TRAINING.value,
        "attended": [status.value for status in ATTENDED],
        "young_people": [role.value for role in YOUNG_PEOPLE_ROLES],
    }


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _visit(
    given_name: str, family_name: str, activity: str, came_at: dt.datetime, missed: int = 0
) -> Visit:
    return Visit(f"{given_name} {family_name[:1]}".strip(), activity, came_at, missed)
