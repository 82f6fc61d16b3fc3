"""The relations behind every figure, as SQL: who came to what, once each, and what they are.

Text only; `queries.record` fills in the parameters and asks. Built so that one pass over the
marks serves every figure: MARKS go into CELLS (a person, an activity, a month), and those into
PEOPLE, on which everything is counted. What marks are joined to is fenced by OFFSET 0 rather
than materialised: it is worked out once and not for each mark, and the database may still use
several processes.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.models import Characteristic

# One row a session of the programmes in the period, training of staff left out.
_SESSIONS = """
{name} AS {stored} (
    SELECT session.id, session.kind, session.starts_at,
           coalesce(
               session.starts_at + make_interval(mins => session.delivered_minutes),
               session.ends_at
           ) AS over_at,
           (session.starts_at AT TIME ZONE 'Europe/London')::date AS day,
           date_trunc('month', session.starts_at AT TIME ZONE 'Europe/London')::date AS month,
           activity.id AS activity_id, activity.hub_id, activity.programme_id,
           activity.kind AS activity_kind, {age_class} AS age_class,
           (extract(epoch FROM session.ends_at - session.starts_at) / 60)::int AS planned,
           coalesce(
               session.delivered_minutes,
               extract(epoch FROM session.ends_at - session.starts_at) / 60
           )::int AS minutes,
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
      AND {when}
      AND session.kind {kind} %(training)s
    OFFSET 0
)"""
_IN_PERIOD = "session.starts_at >= %(start)s AND session.starts_at < %(end)s"
_BEFORE = "session.starts_at < %(start)s"

FACTS = (
    *("gender", "ethnicity", "home_ward_id", "imd_decile", "imd_edition"),
    *("birth_date", "birth_key", "special_needs", "care_experienced", "free_school_meals"),
    *("alternative_provision", "young_carer", "english_additional"),
)
_DISADVANTAGED = (
    *("free_school_meals", "care_experienced", "alternative_provision"),
    *("special_needs", "young_carer"),
)
_IS_DISADVANTAGED = f"%(yes)s IN ({', '.join(_DISADVANTAGED)})"

# Who the records are of, as things are now: merges count, and what was put right.
_RECORDS_NOW = f"SELECT id, merged_into_id, {', '.join(FACTS)} FROM participants_participant"  # noqa: S608

# The same as it was known at a moment: each record's latest state up to then, as triggers kept it,
# or its first one where it was made later.
_RECORDS_THEN = f"""
    SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id AS id, merged_into_id, {", ".join(FACTS)}
    FROM participants_participantevent
    ORDER BY pgh_obj_id, pgh_created_at <= %(known_at)s DESC,
             CASE WHEN pgh_created_at <= %(known_at)s THEN pgh_id ELSE -pgh_id END DESC
"""  # noqa: S608

# One row a record: whose it is, and what they are. Whom a record was merged into may be erased
# since: then it stands for itself.
_WHO = f"""
records AS {{stored}} ({{records}}),
who AS NOT MATERIALIZED (
    SELECT record.id AS record_id, coalesce(root.id, record.id) AS person_id,
           {
    ", ".join(
        f"CASE WHEN root.id IS NULL THEN record.{fact} ELSE root.{fact} END AS {fact}"
        for fact in FACTS
    )
}
    FROM records AS record
    LEFT JOIN records AS root ON root.id = record.merged_into_id
)"""  # noqa: S608

# The day on which somebody is so many years old; a leap day's birthday is 1 March.
_TURNS = """(
    (birth_date + make_interval(years => {years}))::date
    + (extract(day FROM birth_date + make_interval(years => {years}))
       <> extract(day FROM birth_date))::int
)"""

# From when until when each person may be counted, by the ages that programmes are for (numbered);
# without dates at any age.
_OLD_ENOUGH = """
old_enough AS NOT MATERIALIZED (
    SELECT record_id, person_id, birth_key, {bounds}
    FROM (
        SELECT who.record_id, who.person_id, who.birth_key, who.birth_date, {ages}
        FROM who
        WHERE {condition}
    ) AS aged
    OFFSET 0
)"""
_AGES = """
    greatest({0.youngest}, %(min_age)s::int) AS youngest_{1},
    least(
        CASE WHEN %(yes)s IN (who.special_needs, who.care_experienced)
             THEN {0.oldest_extended} ELSE {0.oldest} END,
        %(max_age)s::int
    ) AS oldest_{1}"""
_BOUNDS = f"""
    youngest_{{0}}, oldest_{{0}},
    {_TURNS.format(years="youngest_{0}")} AS from_day_{{0}},
    {_TURNS.format(years="oldest_{0} + 1")} AS until_day_{{0}}"""
_IS_OF_AGE = """
    CASE WHEN age_then.age IS NOT NULL
         THEN age_then.age BETWEEN old_enough.youngest_{0} AND old_enough.oldest_{0}
         WHEN old_enough.from_day_{0} IS NOT NULL
         THEN sessions.day >= old_enough.from_day_{0} AND sessions.day < old_enough.until_day_{0}
         ELSE %(any_age)s END"""

# Marks that do not stand: records merged into one person count once at a session, and the latest
# mark stands, as on the register (`participants.queries.marks`).
_SUPERSEDED = """
superseded AS {stored} (
    SELECT id
    FROM (
        SELECT theirs.id, row_number() OVER (
            PARTITION BY theirs.session_id, family.person_id
            ORDER BY theirs.marked_at DESC, theirs.operation_id DESC NULLS LAST, theirs.id DESC
        ) AS place
        FROM (
            SELECT record_id, person_id FROM who
            WHERE person_id IN (SELECT person_id FROM who WHERE record_id <> person_id)
        ) AS family
        CROSS JOIN LATERAL (
            SELECT id, session_id, marked_at, operation_id
            FROM participants_attendance WHERE participant_id = family.record_id
            OFFSET 0
        ) AS theirs
    ) AS placed
    WHERE place > 1
)"""

# One row a person a session.
_MARKS = """
{name} AS NOT MATERIALIZED (
    SELECT attendance.session_id, old_enough.person_id, attendance.role,
           sessions.day, sessions.month, sessions.activity_id, sessions.hub_id,
           sessions.activity_kind, sessions.kind,
           age_then.age AS age_then, age_then.school_year AS school_year_then,
           attendance.status = ANY(%(attended)s) AS attended,
           attendance.status = %(absent)s AS absent,
           CASE WHEN attendance.arrived_at IS NULL AND attendance.left_at IS NULL
                THEN sessions.minutes
                ELSE greatest(0, round(extract(epoch FROM
                         least(attendance.left_at, sessions.over_at)
                         - greatest(attendance.arrived_at, sessions.starts_at)) / 60))::int
           END AS minutes
    FROM participants_attendance AS attendance
    JOIN {sessions} AS sessions ON sessions.id = attendance.session_id
    JOIN old_enough ON old_enough.record_id = attendance.participant_id
    LEFT JOIN participants_agethen AS age_then
      ON age_then.attendance_id = attendance.id AND age_then.birth_key = old_enough.birth_key
    WHERE NOT sessions.cancelled
      AND attendance.role = ANY(%(young_people)s)
      AND NOT EXISTS (SELECT FROM superseded WHERE superseded.id = attendance.id)
      AND {is_of_age}{more}
    OFFSET 0
)"""
# Of the time before, only those are looked for who came in the period: they are few where that is
# short, and the fence would keep such a condition out.
_WHO_CAME = """
      AND old_enough.person_id IN (SELECT person_id FROM people)"""

# Of some people alone: their marks are found one by one where they are few.
_OF_SOME = """
      AND attendance.participant_id = ANY(ARRAY(
          SELECT id FROM participants_participant
          WHERE id = ANY(%(people)s) OR merged_into_id = ANY(%(people)s)
      ))"""

# One row a person, an activity and a month.
_CELLS = """
cells AS MATERIALIZED (
    SELECT person_id, activity_id, month,
           count(*)::int AS marks,
           count(*) FILTER (WHERE attended)::int AS attended,
           count(*) FILTER (WHERE absent)::int AS absent,
           coalesce(sum(minutes) FILTER (WHERE attended), 0)::int AS minutes,
           count(*) FILTER (WHERE attended AND role = %(volunteer)s)::int AS volunteered,
           min(day) FILTER (WHERE attended) AS first_on,
           max(day) FILTER (WHERE attended) AS last_on,
           min(age_then) FILTER (WHERE attended) AS age_then,
           min(school_year_then) FILTER (WHERE attended) AS school_year_then{more}
    FROM marks
    GROUP BY person_id, activity_id, month
)"""
# The last days that lie within 28 days of the first and of the second of a month: what being back
# within 28 days hangs on, for who came first on one of these.
_WITHIN_28 = """,
           max(day) FILTER (WHERE attended AND day < month + 29) AS by_29th,
           max(day) FILTER (WHERE attended AND day < month + 30) AS by_30th"""

_SUMS = """
    sum(marks)::int AS marks, sum(attended)::int AS attended, sum(absent)::int AS absent,
    sum(minutes)::int AS minutes, sum(volunteered)::int AS volunteered,
    min(first_on) AS first_on, max(last_on) AS last_on,
    min(age_then) AS age_then, min(school_year_then) AS school_year_then"""

# One row a person and an activity, with where and of what kind it is.
_STAYS = f"""
stays AS MATERIALIZED (
    SELECT summed.*, activity.hub_id, activity.kind
    FROM (
        SELECT person_id, activity_id, {_SUMS} FROM cells GROUP BY person_id, activity_id
    ) AS summed
    JOIN activities_activity AS activity ON activity.id = summed.activity_id
)"""  # noqa: S608

# One row a person, with what they are.
_PEOPLE = f"""
people AS MATERIALIZED (
    SELECT counted.*, {", ".join(f"who.{fact}" for fact in FACTS)},
           {_IS_DISADVANTAGED} AS disadvantaged,
           coalesce(
               extract(year FROM age(counted.first_on, who.birth_date))::int, counted.age_then
           ) AS first_age,
           coalesce(
               extract(year FROM counted.first_on - interval '8 months')::int
               - extract(year FROM who.birth_date - interval '8 months')::int - 5,
               counted.school_year_then
           ) AS first_school_year
    FROM (SELECT person_id, {_SUMS} FROM stays GROUP BY person_id) AS counted
    JOIN who ON who.record_id = counted.person_id
)"""  # noqa: S608

# Where somebody went most often, the lowest id of equal ones; none where that is citywide.
_MAIN_HUBS = """
main_hubs AS (
    SELECT DISTINCT ON (person_id) person_id, hub_id AS main_hub
    FROM (
        SELECT person_id, hub_id, sum(attended) AS attended
        FROM stays WHERE attended > 0 GROUP BY person_id, hub_id
    ) AS went
    ORDER BY person_id, attended DESC, hub_id
)"""

# Who came before the period, and what became of those who came for the first time in it.
_FOLLOWED = """
came_before AS (SELECT DISTINCT person_id FROM marks_before WHERE attended),
regulars AS (
    SELECT DISTINCT person_id
    FROM (
        SELECT person_id, day, lag(day, 3) OVER (
            PARTITION BY person_id, activity_id ORDER BY day
        ) AS third_before
        FROM marks WHERE attended
    ) AS visits
    WHERE day - third_before < %(regular_days)s
),
followed AS (
    SELECT people.*,
           came_before.person_id IS NULL AS is_new,
           regulars.person_id IS NOT NULL AS is_regular,
           coalesce(back.in_28, false) AS back_in_28,
           coalesce(back.in_90, false) AS back_in_90,
           people.first_on + 28 <= %(known_until)s AS has_28,
           people.first_on + 90 <= %(known_until)s AS has_90
    FROM people
    LEFT JOIN came_before ON came_before.person_id = people.person_id
    LEFT JOIN regulars ON regulars.person_id = people.person_id
    LEFT JOIN (
        SELECT cells.person_id,
               bool_or(CASE
                   WHEN cells.first_on > people.first_on
                   THEN cells.first_on <= people.first_on + 28
                   WHEN people.first_on = cells.month THEN cells.by_29th > people.first_on
                   WHEN people.first_on = cells.month + 1 THEN cells.by_30th > people.first_on
                   ELSE cells.last_on > people.first_on END) AS in_28,
               bool_or(CASE
                   WHEN cells.first_on > people.first_on
                   THEN cells.first_on <= people.first_on + 90
                   ELSE cells.last_on > people.first_on END) AS in_90
        FROM cells JOIN people ON people.person_id = cells.person_id
        GROUP BY cells.person_id
    ) AS back ON back.person_id = people.person_id
)"""

_HEAD_COUNTS = """
head_counts AS MATERIALIZED (
    SELECT head_count.people, head_count.method, head_count."group", sessions.hub_id,
           sessions.month, sessions.kind
    FROM activities_headcount AS head_count
    JOIN sessions ON sessions.id = head_count.session_id
    WHERE NOT sessions.cancelled
)"""

# Those who are not counted among young people: artists, coaches and families.
_OTHERS = """
others AS MATERIALIZED (
    SELECT who.person_id, attendance.role, sessions.hub_id
    FROM participants_attendance AS attendance
    JOIN sessions ON sessions.id = attendance.session_id
    JOIN who ON who.record_id = attendance.participant_id
    WHERE NOT sessions.cancelled
      AND attendance.status = ANY(%(attended)s)
      AND attendance.role <> ALL(%(young_people)s)
      AND attendance.id NOT IN (SELECT id FROM superseded)
)"""

# Training of staff, artists and coaches, and who came to it in whatever role.
_TRAINING = """
training_marks AS MATERIALIZED (
    SELECT who.person_id
    FROM participants_attendance AS attendance
    JOIN trainings ON trainings.id = attendance.session_id
    JOIN who ON who.record_id = attendance.participant_id
    WHERE NOT trainings.cancelled
      AND attendance.status = ANY(%(attended)s)
      AND attendance.id NOT IN (SELECT id FROM superseded)
)"""

_CONDITIONS = {
    "": "true",
    Characteristic.DISADVANTAGED: _IS_DISADVANTAGED,
    Characteristic.FEMALE: "gender = 'female'",
    Characteristic.MALE: "gender = 'male'",
    Characteristic.MOST_DEPRIVED: "imd_decile <= 2",
}


def condition(characteristic: str) -> str:
    """SQL over a person's facts for something that a promise can be narrowed to."""
    return _CONDITIONS.get(characteristic) or f"{Characteristic(characteristic).value} = %(yes)s"


@dataclass(frozen=True)
class Ages:
    """The ages that some programmes are for, in whole years, and the programmes' ids."""

    youngest: int
    oldest: int
    oldest_extended: int
    programmes: tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """What the text of relations hangs on; all else is a parameter.

    `then`: who people are is taken as it was known at a moment.
    """

    ages: tuple[Ages, ...]
    then: bool = False
    characteristic: str = ""


def sessions(asked: Asked, *, stored: bool = True) -> str:
    """SESSIONS: one row a session of the period."""
    return _sessions(asked, "sessions", stored=stored)


def head_counts(asked: Asked) -> str:
    """HEAD_COUNTS: one row a head-count."""
    return f"{sessions(asked)}, {_HEAD_COUNTS}"


def others(asked: Asked) -> str:
    """OTHERS: one row an attendance of somebody who is no young person."""
    superseded = _SUPERSEDED.format(stored="NOT MATERIALIZED")
    return f"{sessions(asked)}, {_who(asked)}, {superseded}, {_OTHERS}"


def trainings(asked: Asked) -> str:
    """TRAININGS, one row a session of training, and who came to them."""
    superseded = _SUPERSEDED.format(stored="NOT MATERIALIZED")
    sessions_of = _sessions(asked, "trainings", kind="=")
    return f"{sessions_of}, {_who(asked)}, {superseded}, {_TRAINING}"


def marks_of_some(asked: Asked) -> str:
    """MARKS of root people whose ids are the parameter `people`."""
    return marks(asked, _OF_SOME)


def marks(asked: Asked, more: str = "") -> str:
    """MARKS: one row a young person a session."""
    numbered = list(enumerate(asked.ages))
    old_enough = _OLD_ENOUGH.format(
        bounds=", ".join(_BOUNDS.format(at) for at, _ in numbered),
        ages=", ".join(_AGES.format(ages, at) for at, ages in numbered),
        condition=condition(asked.characteristic),
    )
    superseded = _SUPERSEDED.format(stored="NOT MATERIALIZED")
    parts = [sessions(asked, stored=False), _who(asked), old_enough, superseded]
    return ", ".join([*parts, _marks(asked, "marks", "sessions", more)])


def people(asked: Asked) -> str:
    """CELLS, STAYS and PEOPLE: one row a young person who was marked, present or not."""
    return _people(asked)


def with_main_hubs() -> str:
    """MAIN_HUBS, to follow PEOPLE."""
    return _MAIN_HUBS


def followed(asked: Asked) -> str:
    """FOLLOWED: PEOPLE with what they did before the period and after their first visit."""
    before = _sessions(asked, "sessions_before", stored=False, when=_BEFORE)
    marks_before = _marks(asked, "marks_before", "sessions_before", _WHO_CAME)
    return f"{_people(asked, _WITHIN_28)}, {before}, {marks_before}, {_FOLLOWED}"


def _people(asked: Asked, more: str = "") -> str:
    return f"{marks(asked)}, {_CELLS.format(more=more)}, {_STAYS}, {_PEOPLE}"


def _sessions(
    asked: Asked, name: str, *, stored: bool = True, when: str = _IN_PERIOD, kind: str = "<>"
) -> str:
    return _SESSIONS.format(
        name=name,
        stored="MATERIALIZED" if stored else "NOT MATERIALIZED",
        when=when,
        kind=kind,
        age_class=_age_class(asked.ages),
    )


def _age_class(ages: tuple[Ages, ...]) -> str:
    """SQL that numbers the ages of a session's programme; one number needs no question."""
    if len(ages) < 2:
        return "0"
    cases = " ".join(
        f"WHEN activity.programme_id IN ({', '.join(map(str, each.programmes))}) THEN {at}"
        for at, each in enumerate(ages)
    )
    return f"CASE {cases} END"


def _marks(asked: Asked, name: str, sessions_name: str, more: str = "") -> str:
    if len(asked.ages) < 2:
        is_of_age = _IS_OF_AGE.format(0)
    else:
        cases = (f"WHEN {at} THEN {_IS_OF_AGE.format(at)}" for at in range(len(asked.ages)))
        is_of_age = f"CASE sessions.age_class {' '.join(cases)} END"
    return _MARKS.format(name=name, sessions=sessions_name, is_of_age=is_of_age, more=more)


def _who(asked: Asked) -> str:
    if asked.then:
        return _WHO.format(stored="MATERIALIZED", records=_RECORDS_THEN)
    return _WHO.format(stored="NOT MATERIALIZED", records=_RECORDS_NOW)
