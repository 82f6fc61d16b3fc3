"""The relations behind every figure, as SQL: who came to what, once each, and what they are.

Text only; `queries.record` fills in the parameters and asks. Built so that one pass over the
marks serves every figure: MARKS go into CELLS (a person, an activity, a month), and those into
PEOPLE, on which everything is counted. Relations that marks are joined to are fenced with OFFSET 0
rather than materialised: each is worked out once, and the database may still use several
processes.
"""

from __future__ import annotations

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
           activity.kind AS activity_kind,
           (extract(epoch FROM session.ends_at - session.starts_at) / 60)::bigint AS planned,
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

# From when until when each person may be counted, by programme; without dates at any age.
_OLD_ENOUGH = f"""
old_enough AS NOT MATERIALIZED (
    SELECT record_id, person_id, birth_key, programme_id, youngest, oldest,
           {_TURNS.format(years="youngest")} AS from_day,
           {_TURNS.format(years="oldest + 1")} AS until_day
    FROM (
        SELECT who.record_id, who.person_id, who.birth_key, who.birth_date,
               programme.id AS programme_id,
               greatest(programme.min_age, %(min_age)s::int) AS youngest,
               least(
                   CASE WHEN %(yes)s IN (who.special_needs, who.care_experienced)
                        THEN programme.max_age_extended ELSE programme.max_age END,
                   %(max_age)s::int
               ) AS oldest
        FROM who
        CROSS JOIN activities_programme AS programme
        WHERE programme.id = ANY(%(programmes)s) AND {{condition}}
    ) AS aged
    OFFSET 0
)"""  # noqa: S608

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
                         - greatest(attendance.arrived_at, sessions.starts_at)) / 60))::bigint
           END AS minutes
    FROM participants_attendance AS attendance
    JOIN {sessions} AS sessions ON sessions.id = attendance.session_id
    JOIN old_enough ON old_enough.record_id = attendance.participant_id
                   AND old_enough.programme_id = sessions.programme_id
    LEFT JOIN participants_agethen AS age_then
      ON age_then.attendance_id = attendance.id AND age_then.birth_key = old_enough.birth_key
    WHERE NOT sessions.cancelled
      AND attendance.role = ANY(%(young_people)s)
      AND attendance.id NOT IN (SELECT id FROM superseded)
      AND CASE WHEN age_then.age IS NOT NULL
               THEN age_then.age BETWEEN old_enough.youngest AND old_enough.oldest
               WHEN old_enough.from_day IS NOT NULL
               THEN sessions.day >= old_enough.from_day AND sessions.day < old_enough.until_day
               ELSE %(any_age)s END
)"""

# One row a person, an activity and a month. `late_on` is the last day that lies within 28 days of
# the first two of a month, which is what being back within 28 days hangs on.
_CELLS = """
cells AS MATERIALIZED (
    SELECT person_id, activity_id, month,
           count(*) AS marks,
           count(*) FILTER (WHERE attended) AS attended,
           count(*) FILTER (WHERE absent) AS absent,
           coalesce(sum(minutes) FILTER (WHERE attended), 0)::bigint AS minutes,
           count(*) FILTER (WHERE attended AND role = %(volunteer)s) AS volunteered,
           min(day) FILTER (WHERE attended) AS first_on,
           max(day) FILTER (WHERE attended) AS last_on,
           max(day) FILTER (WHERE attended AND day < month + 29) AS by_29th,
           max(day) FILTER (WHERE attended AND day < month + 30) AS by_30th,
           min(age_then) FILTER (WHERE attended) AS age_then,
           min(school_year_then) FILTER (WHERE attended) AS school_year_then
    FROM marks
    GROUP BY person_id, activity_id, month
)"""

_SUMS = """
    sum(cells.marks)::bigint AS marks, sum(cells.attended)::bigint AS attended, sum(cells.absent)::bigint AS absent,
    sum(cells.minutes)::bigint AS minutes, sum(cells.volunteered)::bigint AS volunteered"""

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
    FROM (
        SELECT person_id, {_SUMS},
               min(first_on) AS first_on, max(last_on) AS last_on,
               min(age_then) AS age_then, min(school_year_then) AS school_year_then
        FROM cells GROUP BY person_id
    ) AS counted
    JOIN who ON who.record_id = counted.person_id
)"""  # noqa: S608

# Where somebody went most often, the lowest id of equal ones; none where that is citywide.
_MAIN_HUBS = """
main_hubs AS (
    SELECT DISTINCT ON (person_id) person_id, hub_id AS main_hub
    FROM (
        SELECT person_id, hub_id, sum(attended) AS attended
        FROM cells JOIN activities_activity AS activity ON activity.id = cells.activity_id
        WHERE attended > 0 GROUP BY person_id, hub_id
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
)"""

# Training of staff, artists and coaches, and who came to it in whatever role.
_TRAINING = """
training_marks AS MATERIALIZED (
    SELECT who.person_id
    FROM participants_attendance AS attendance
    JOIN trainings ON trainings.id = attendance.session_id
    JOIN who ON who.record_id = attendance.participant_id
    WHERE NOT trainings.cancelled AND attendance.status = ANY(%(attended)s)
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


def sessions(*, stored: bool = True) -> str:
    """SESSIONS: one row a session of the period."""
    how = "MATERIALIZED" if stored else "NOT MATERIALIZED"
    return _SESSIONS.format(name="sessions", stored=how, when=_IN_PERIOD, kind="<>")


def head_counts() -> str:
    """HEAD_COUNTS: one row a head-count."""
    return f"{sessions()}, {_HEAD_COUNTS}"


def others(*, then: bool) -> str:
    """OTHERS: one row an attendance of somebody who is no young person."""
    return f"{sessions()}, {_who(then=then)}, {_OTHERS}"


def trainings(*, then: bool) -> str:
    """TRAININGS, one row a session of training, and who came to them."""
    training = _SESSIONS.format(name="trainings", stored="MATERIALIZED", when=_IN_PERIOD, kind="=")
    return f"{training}, {_who(then=then)}, {_TRAINING}"


def marks(*, then: bool, characteristic: str = "") -> str:
    """MARKS: one row a young person a session."""
    return ", ".join(
        [
            sessions(stored=False),
            _who(then=then),
            _OLD_ENOUGH.format(condition=condition(characteristic)),
            _SUPERSEDED.format(stored="NOT MATERIALIZED"),
            _MARKS.format(name="marks", sessions="sessions"),
        ]
    )


def people(*, then: bool, characteristic: str = "") -> str:
    """CELLS and PEOPLE: one row a young person who was marked, present or not."""
    return f"{marks(then=then, characteristic=characteristic)}, {_CELLS}, {_PEOPLE}"


def with_main_hubs() -> str:
    """MAIN_HUBS, to follow PEOPLE."""
    return _MAIN_HUBS


def followed(*, then: bool, characteristic: str = "") -> str:
    """FOLLOWED: PEOPLE with what they did before the period and after their first visit."""
    before = _SESSIONS.format(
        name="sessions_before", stored="NOT MATERIALIZED", when=_BEFORE, kind="<>"
    )
    marks_before = _MARKS.format(name="marks_before", sessions="sessions_before")
    known = people(then=then, characteristic=characteristic)
    return f"{known}, {before}, {marks_before}, {_FOLLOWED}"


def sums() -> str:
    """What CELLS add up to for somebody in a group, such as at a hub."""
    return _SUMS


def _who(*, then: bool) -> str:
    if then:
        return _WHO.format(stored="MATERIALIZED", records=_RECORDS_THEN)
    return _WHO.format(stored="NOT MATERIALIZED", records=_RECORDS_NOW)
