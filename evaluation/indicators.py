"""Every figure of the portal, named once: id, definition, unit and how it is aggregated.

Screens, targets and reports ask here; no figure is computed anywhere else. An aggregate runs
over one of the relations of `evaluation.queries.record`: SESSIONS has one row a session, MARKS
one row a person a session, HEAD_COUNTS one row a head-count. Labels and definitions of figures
that the public may see are marked for translation; they stand here in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_noop as _


class Unit(StrEnum):
    """What a figure counts."""

    PEOPLE = "people"
    ATTENDANCES = "attendances"
    HOURS = "hours"
    SESSIONS = "sessions"
    HUBS = "hubs"
    PERCENT = "percent"


class Relation(StrEnum):
    """The relation that an aggregate runs over."""

    SESSIONS = "sessions"
    MARKS = "marks"
    HEAD_COUNTS = "head_counts"


@dataclass(frozen=True)
class Indicator:
    """One figure. `sql` aggregates rows of `relation`; hours come out of it as minutes."""

    id: str
    label: str
    unit: Unit
    relation: Relation
    sql: str
    definition: str


_ALL = (
    Indicator(
        "unique_participants",
        _("Young people reached"),
        Unit.PEOPLE,
        Relation.MARKS,
        "count(DISTINCT person_id) FILTER (WHERE attended)",
        _(
            "Different young people with at least one attendance in the period as participant or "
            "volunteer, inside the programme's age range at that session, or of unknown age. "
            "Everybody is counted once, whatever the number of sessions, hubs or records."
        ),
    ),
    Indicator(
        "attendances",
        _("Attendances"),
        Unit.ATTENDANCES,
        Relation.MARKS,
        "count(*) FILTER (WHERE attended)",
        _(
            "One young person at one session, marked present, late or left early. "
            "Attendances are not people."
        ),
    ),
    Indicator(
        "contact_hours",
        _("Contact hours"),
        Unit.HOURS,
        Relation.MARKS,
        "coalesce(sum(minutes) FILTER (WHERE attended), 0)",
        _(
            "Time attended, summed over attendances: two hours with five people are ten contact "
            "hours. Where no time of arrival or leaving was taken, the session's length counts; "
            "time before or after the session never does."
        ),
    ),
    Indicator(
        "session_hours",
        _("Session hours"),
        Unit.HOURS,
        Relation.SESSIONS,
        "coalesce(sum(minutes) FILTER (WHERE held), 0)",
        _("Length of the sessions held, each counted once whatever the turnout."),
    ),
    Indicator(
        "sessions",
        _("Sessions held"),
        Unit.SESSIONS,
        Relation.SESSIONS,
        "count(*) FILTER (WHERE held)",
        _(
            "Sessions that were not cancelled and have a taken register, a head-count, or a log "
            "that says they were delivered. Training of staff is left out."
        ),
    ),
    Indicator(
        "sessions_cancelled",
        "Sessions cancelled",
        Unit.SESSIONS,
        Relation.SESSIONS,
        "count(*) FILTER (WHERE cancelled)",
        "Sessions of the period that were cancelled. Nothing else counts them.",
    ),
    Indicator(
        "registers_missing",
        "Sessions with no register",
        Unit.SESSIONS,
        Relation.SESSIONS,
        "count(*) FILTER (WHERE register_missing)",
        "Sessions that have ended, were not cancelled, were not for head-counts only, and whose "
        "register was not taken. Who came is missing from every figure about people, apart from "
        "marks already on an open register. Those that the log says were delivered count among "
        "the sessions held all the same.",
    ),
    Indicator(
        "attendance_rate",
        _("Attendance rate"),
        Unit.PERCENT,
        Relation.MARKS,
        "round(100.0 * count(*) FILTER (WHERE attended)"
        " / nullif(count(*) FILTER (WHERE attended OR absent), 0), 1)",
        _(
            "Attendances as a share of attendances and absences. Excused absences stand apart and "
            "enter neither."
        ),
    ),
    Indicator(
        "hubs_active",
        _("Hubs with sessions"),
        Unit.HUBS,
        Relation.SESSIONS,
        "count(DISTINCT hub_id) FILTER (WHERE held)",
        _("Hubs at which at least one session was held."),
    ),
    Indicator(
        "roadshows",
        _("Roadshows held"),
        Unit.SESSIONS,
        Relation.SESSIONS,
        "count(*) FILTER (WHERE held AND kind = 'roadshow')",
        _("Sessions held of the kind roadshow."),
    ),
    Indicator(
        "people_counted",
        _("Head-count, counted"),
        Unit.PEOPLE,
        Relation.HEAD_COUNTS,
        "coalesce(sum(people) FILTER (WHERE method = 'counted'), 0)",
        _(
            "People counted without names at sessions that were not cancelled. The same person may "
            "be counted at several; never added to young people reached."
        ),
    ),
    Indicator(
        "people_estimated",
        _("Head-count, estimated"),
        Unit.PEOPLE,
        Relation.HEAD_COUNTS,
        "coalesce(sum(people) FILTER (WHERE method = 'estimated'), 0)",
        _("As above, where the number was estimated and not counted."),
    ),
)

# In the order in which they are printed.
INDICATORS: dict[str, Indicator] = {indicator.id: indicator for indicator in _ALL}
