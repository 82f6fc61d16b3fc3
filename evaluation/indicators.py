"""Every figure of the portal, named once: id, definition, unit and how it is aggregated.

Screens, targets and reports ask here; no figure is computed anywhere else. An aggregate runs over
one of the relations of `evaluation.queries.relations`; a ratio is worked out from two other
figures. Labels and definitions of figures that the public may see are marked for translation;
they stand here in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop as _

# So many sessions of one activity, within so many days counted from the first of them.
REGULAR_SESSIONS = 4
REGULAR_WITHIN_DAYS = 56


class Unit(StrEnum):
    """What a figure counts."""

    PEOPLE = "people"
    ATTENDANCES = "attendances"
    HOURS = "hours"
    SESSIONS = "sessions"
    HUBS = "hubs"
    PERCENT = "percent"
    POUNDS = "pounds"


class Relation(StrEnum):
    """The relation that an aggregate runs over, by its name in SQL."""

    # One row a session.
    SESSIONS = "sessions"
    # One row a person a session.
    MARKS = "marks"
    # One row a young person in what is asked of, or in one group of it.
    PEOPLE = "people"
    # The same, with what they did before the period and after their first visit.
    FOLLOWED = "followed"
    HEAD_COUNTS = "head_counts"
    # One row an attendance of an artist, a coach or somebody of a family.
    OTHERS = "others"
    # Sessions of training, and who came to them.
    TRAININGS = "trainings"
    TRAINING_MARKS = "training_marks"


# Who came, and what they came to: the relations whose figures tell of people.
ABOUT_PEOPLE = frozenset(Relation) - {Relation.SESSIONS, Relation.TRAININGS}


@dataclass(frozen=True)
class Indicator:
    """One figure. `sql` aggregates rows of `relation`; hours come out of it as minutes.

    A ratio has no relation: it is `numerator` divided by `denominator` (ids of figures, or
    MONEY's, or "days"), times `times`.
    """

    id: str
    label: str
    unit: Unit
    relation: Relation | None
    sql: str
    definition: str
    numerator: str = ""
    denominator: str = ""
    times: int = 1

    @property
    def is_ratio(self) -> bool:
        return bool(self.denominator)

    @property
    def is_money(self) -> bool:
        """Whether it comes from the books, and not from sessions."""
        return self.relation is None and not self.is_ratio


def _people(id_: str, label: str, condition: str, definition: str) -> Indicator:
    sql = f"count(*) FILTER (WHERE {condition})"
    return Indicator(id_, label, Unit.PEOPLE, Relation.PEOPLE, sql, definition)


def _followed(id_: str, label: str, condition: str, definition: str) -> Indicator:
    sql = f"count(*) FILTER (WHERE attended > 0 AND {condition})"
    return Indicator(id_, label, Unit.PEOPLE, Relation.FOLLOWED, sql, definition)


def _sum(id_: str, label: str, unit: Unit, sql: str, definition: str) -> Indicator:
    return Indicator(id_, label, unit, Relation.PEOPLE, f"coalesce({sql}, 0)::bigint", definition)


def _sessions(
    id_: str, label: str, condition: str, definition: str, relation: Relation = Relation.SESSIONS
) -> Indicator:
    sql = f"count(*) FILTER (WHERE {condition})"
    return Indicator(id_, label, Unit.SESSIONS, relation, sql, definition)


def _minutes(
    id_: str,
    label: str,
    sql: str,
    definition: str,
    relation: Relation = Relation.SESSIONS,
) -> Indicator:
    sql = f"coalesce(sum({sql}, 0)::bigint"
    return Indicator(id_, label, Unit.HOURS, relation, sql, definition)


def _share(id_: str, label: str, numerator: str, denominator: str, definition: str) -> Indicator:
    return Indicator(
        id_, label, Unit.PERCENT, None, "", definition, numerator, denominator, times=100
    )


def _cost(id_: str, label: str, denominator: str, definition: str) -> Indicator:
    return Indicator(id_, label, Unit.POUNDS, None, "", definition, "spend", denominator)


_OTHERS = (
    "Others are everybody not known to be disadvantaged: who answered no, who prefers not to say "
    "and of whom it is not known."
)
_ALL = (
    # --- Young people
    _people(
        "unique_participants",
        _("Young people reached"),
        "attended > 0",
        _(
            "Different young people with at least one attendance in the period as participant or "
            "volunteer, inside the programme's age range at that session, or of unknown age. "
            "Everybody is counted once, whatever the number of sessions, hubs or records."
        ),
    ),
    _people(
        "volunteers",
        "Young volunteers",
        "volunteered > 0",
        "Young people reached who came as a volunteer at least once. They are among the young "
        "people reached, and not added to them.",
    ),
    _followed(
        "new_people",
        "New young people",
        "is_new",
        "Young people reached whose first attendance of all in these programmes and at these hubs "
        "falls into the period.",
    ),
    _followed(
        "returning_people",
        "Returning young people",
        "NOT is_new",
        "Young people reached who had come before the period began. New and returning add up to "
        "young people reached.",
    ),
    _people(
        "disadvantaged_people",
        "Disadvantaged young people",
        "attended > 0 AND disadvantaged",
        "Young people reached of whom at least one is known: free school meals, looked after or "
        "care leaver, alternative provision, special educational needs or disability, or young "
        "carer. Where nothing is known, nobody is counted.",
    ),
    _share(
        "disadvantaged_share",
        "Disadvantaged, of all reached",
        "disadvantaged_people",
        "unique_participants",
        "Disadvantaged young people as a share of young people reached.",
    ),
    _followed(
        "regulars",
        "Regulars",
        "is_regular",
        f"Young people reached who attended at least {REGULAR_SESSIONS} sessions of the same "
        f"activity within {REGULAR_WITHIN_DAYS // 7} weeks, all of them in the period.",
    ),
    _followed(
        "followed_28",
        "New young people, 28 days ago or more",
        "is_new AND has_28",
        "New young people whose 28 days after the first attendance have passed by the end of the "
        "period.",
    ),
    _followed(
        "retained_28",
        "Back within 28 days",
        "is_new AND has_28 AND back_in_28",
        "Of the new young people whose 28 days have passed, those who attended again on a later "
        "day within 28 days of their first attendance.",
    ),
    _share(
        "retention_28",
        "Retention at 28 days",
        "retained_28",
        "followed_28",
        "Those back within 28 days as a share of the new young people whose 28 days have passed.",
    ),
    _followed(
        "followed_90",
        "New young people, 90 days ago or more",
        "is_new AND has_90",
        "New young people whose 90 days after the first attendance have passed by the end of the "
        "period.",
    ),
    _followed(
        "retained_90",
        "Back within 90 days",
        "is_new AND has_90 AND back_in_90",
        "Of the new young people whose 90 days have passed, those who attended again on a later "
        "day within 90 days of their first attendance.",
    ),
    _share(
        "retention_90",
        "Retention at 90 days",
        "retained_90",
        "followed_90",
        "Those back within 90 days as a share of the new young people whose 90 days have passed.",
    ),
    # --- What they came to
    _sum(
        "attendances",
        _("Attendances"),
        Unit.ATTENDANCES,
        "sum(attended)",
        _(
            "One young person at one session, marked present, late or left early. "
            "Attendances are not people."
        ),
    ),
    _sum(
        "contact_hours",
        _("Contact hours"),
        Unit.HOURS,
        "sum(minutes)",
        _(
            "Time attended, summed over attendances: two hours with five people are ten contact "
            "hours. Where no time of arrival or leaving was taken, the session's length counts; "
            "time before or after the session never does."
        ),
    ),
    _sum(
        "expected",
        "Attendances and absences",
        Unit.ATTENDANCES,
        "sum(attended + absent)",
        "Marks that say that somebody came or was absent. Excused absences are not among them.",
    ),
    _share(
        "attendance_rate",
        _("Attendance rate"),
        "attendances",
        "expected",
        _(
            "Attendances as a share of attendances and absences. Excused absences stand apart and "
            "enter neither."
        ),
    ),
    _sum(
        "attendances_disadvantaged",
        "Attendances of disadvantaged young people",
        Unit.ATTENDANCES,
        "sum(attended) FILTER (WHERE disadvantaged)",
        "Attendances of young people who are known to be disadvantaged.",
    ),
    _sum(
        "expected_disadvantaged",
        "Attendances and absences of disadvantaged young people",
        Unit.ATTENDANCES,
        "sum(attended + absent) FILTER (WHERE disadvantaged)",
        "Marks that say that a disadvantaged young person came or was absent.",
    ),
    _share(
        "attendance_rate_disadvantaged",
        "Attendance rate, disadvantaged",
        "attendances_disadvantaged",
        "expected_disadvantaged",
        "The attendance rate of young people who are known to be disadvantaged.",
    ),
    _sum(
        "attendances_others",
        "Attendances of other young people",
        Unit.ATTENDANCES,
        "sum(attended) FILTER (WHERE NOT disadvantaged)",
        f"Attendances of other young people. {_OTHERS}",
    ),
    _sum(
        "expected_others",
        "Attendances and absences of other young people",
        Unit.ATTENDANCES,
        "sum(attended + absent) FILTER (WHERE NOT disadvantaged)",
        f"Marks that say that another young person came or was absent. {_OTHERS}",
    ),
    _share(
        "attendance_rate_others",
        "Attendance rate, others",
        "attendances_others",
        "expected_others",
        f"The attendance rate of other young people. {_OTHERS}",
    ),
    # --- Sessions
    _minutes(
        "session_hours",
        _("Session hours"),
        "minutes) FILTER (WHERE held)",
        _("Length of the sessions held, each counted once whatever the turnout."),
    ),
    _minutes(
        "session_hours_planned",
        "Session hours planned",
        "planned)",
        "Planned length of every session of the period, cancelled ones too.",
    ),
    _minutes(
        "session_hours_cancelled",
        "Session hours cancelled",
        "planned) FILTER (WHERE cancelled)",
        "Planned length of the sessions that were cancelled.",
    ),
    Indicator(
        "hours_a_week",
        "Session hours a week",
        Unit.HOURS,
        None,
        "",
        "Session hours divided by the weeks of the period that have come, a day being a seventh "
        "of a week. The programme's plan is 120.",
        "session_hours",
        "days",
        times=7,
    ),
    _sessions(
        "sessions",
        _("Sessions held"),
        "held",
        _(
            "Sessions that were not cancelled and have a taken register, a head-count, or a log "
            "that says they were delivered. Training of staff is left out."
        ),
    ),
    _sessions(
        "sessions_planned",
        "Sessions planned",
        "true",
        "Every session of the period, cancelled ones too. Training of staff is left out.",
    ),
    _sessions(
        "sessions_cancelled",
        "Sessions cancelled",
        "cancelled",
        "Sessions of the period that were cancelled. Nothing else counts them, but for what was "
        "planned.",
    ),
    _sessions(
        "registers_missing",
        "Sessions with no register",
        "register_missing",
        "Sessions that have ended, were not cancelled, were not for head-counts only, and whose "
        "register was not taken. Who came is missing from every figure about people, apart from "
        "marks already on an open register. Those that the log says were delivered count among "
        "the sessions held all the same.",
    ),
    Indicator(
        "hubs_active",
        _("Hubs with sessions"),
        Unit.HUBS,
        Relation.SESSIONS,
        "count(DISTINCT hub_id) FILTER (WHERE held)",
        _("Hubs at which at least one session was held."),
    ),
    _sessions(
        "roadshows",
        _("Roadshows held"),
        "held AND kind = 'roadshow'",
        _("Sessions held of the kind roadshow."),
    ),
    _sessions(
        "events",
        "Events held",
        "held AND kind IN ('roadshow', 'celebration', 'trip')",
        "Sessions held of the kinds roadshow, celebration and trip.",
    ),
    # --- Counted without names
    Indicator(
        "people_counted",
        _("Head-count, counted"),
        Unit.PEOPLE,
        Relation.HEAD_COUNTS,
        "coalesce(sum(people) FILTER (WHERE method = 'counted'), 0)::bigint",
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
        "coalesce(sum(people) FILTER (WHERE method = 'estimated'), 0)::bigint",
        _("As above, where the number was estimated and not counted."),
    ),
    # --- Workforce and training
    Indicator(
        "practitioners",
        "Artists and coaches",
        Unit.PEOPLE,
        Relation.OTHERS,
        "count(DISTINCT person_id) FILTER (WHERE role = 'practitioner')",
        "Different people who attended a session as an artist or coach. They are in no figure "
        "about young people.",
    ),
    Indicator(
        "family_members",
        "Family members",
        Unit.PEOPLE,
        Relation.OTHERS,
        "count(DISTINCT person_id) FILTER (WHERE role = 'family')",
        "Different people who attended a session as somebody's family. They are in no figure "
        "about young people.",
    ),
    _sessions(
        "training_sessions",
        "Training sessions held",
        "held",
        "Sessions held of the kind training. They are in no other figure.",
        Relation.TRAININGS,
    ),
    _minutes(
        "training_hours",
        "Training hours",
        "minutes) FILTER (WHERE held)",
        "Length of the training sessions held.",
        Relation.TRAININGS,
    ),
    Indicator(
        "people_trained",
        "People trained",
        Unit.PEOPLE,
        Relation.TRAINING_MARKS,
        "count(DISTINCT person_id)",
        "Different people who attended a training session, in whatever role.",
    ),
    # --- Money
    Indicator(
        "spend",
        "Spend",
        Unit.POUNDS,
        None,
        "",
        "Money spent in the period, refunds taken off, as recorded line by line.",
    ),
    Indicator(
        "budget",
        "Budget",
        Unit.POUNDS,
        None,
        "",
        "What the grant's budget allows, over the whole of the grant.",
    ),
    _cost(
        "cost_per_session_hour",
        "Cost per session hour",
        "session_hours",
        "Spend of the period divided by its session hours.",
    ),
    _cost(
        "cost_per_contact_hour",
        "Cost per contact hour",
        "contact_hours",
        "Spend of the period divided by its contact hours.",
    ),
    _cost(
        "cost_per_participant",
        "Cost per young person",
        "unique_participants",
        "Spend of the period divided by young people reached.",
    ),
    _cost(
        "cost_per_retained",
        "Cost per young person retained",
        "retained_28",
        "Spend of the period divided by the new young people who were back within 28 days.",
    ),
)

# In the order in which they are printed.
INDICATORS: dict[str, Indicator] = {indicator.id: indicator for indicator in _ALL}
# Those that the database adds up, and those that are worked out from others.
COUNTED = tuple(each for each in _ALL if each.relation is not None)
RATIOS = tuple(each for each in _ALL if each.is_ratio)

_MINUTES_AN_HOUR = 60
_PLACES = {Unit.PERCENT: Decimal("0.1"), Unit.POUNDS: Decimal("0.01"), Unit.HOURS: Decimal("0.1")}


def needed_for(ids: Iterable[str]) -> list[Indicator]:
    """What the database must count to know these figures: themselves, or parts of ratios."""
    wanted: set[str] = set()
    for id_ in ids:
        indicator = INDICATORS[id_]
        parts = (indicator.numerator, indicator.denominator) if indicator.is_ratio else (id_,)
        wanted |= set(parts)
    return [each for each in COUNTED if each.id in wanted]


def ratio(indicator: Indicator, raw: Mapping[str, Any]) -> Decimal | None:
    """A ratio from raw figures (hours as minutes, "days" as days), rounded half up; None of none.

    `raw` gives numerator and denominator by id; per cent and hours to one decimal, pounds to two.
    """
    above, below = (_in_units(part, raw) for part in (indicator.numerator, indicator.denominator))
    if above is None or not below:
        return None
    value = above * indicator.times / below
    return value.quantize(_PLACES[indicator.unit], ROUND_HALF_UP)


def _in_units(id_: str, raw: Mapping[str, Any]) -> Decimal | None:
    value = raw.get(id_)
    if value is None:
        return None
    known = INDICATORS.get(id_)
    number = Decimal(value)
    return number / _MINUTES_AN_HOUR if known and known.unit is Unit.HOURS else number
