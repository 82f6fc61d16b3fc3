"""What the dashboard asks beside the figures of `record`: weeks, first-timers, and what is missing.

A fixed number of queries, however many hubs, weeks and people there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet

from accounts.access import holds_any
from accounts.models import User
from activities.models import Programme, london_today
from evaluation.indicators import INDICATORS, Indicator, Relation
from evaluation.models import WHOLE_REPORT_ROLES, Grant, Measure
from evaluation.queries.coverage import coverage_of
from evaluation.queries.record import Scope, grouped, total_sql, whole_relations
from hubs.models import Hub

# This week and so many before it.
WEEKS_BEFORE = 8
_WEEK = dt.timedelta(weeks=1)
_HUB_AND_WEEK = "coalesce(hub_id, 0) || ' ' || (date_trunc('week', day)::date)"

_BY_HUB = """
SELECT true, hub_id, ARRAY[sum(new_people), sum(expected)]::bigint[]
FROM (
    SELECT hub_id, count(*) AS new_people, 0 AS expected
    FROM (
        SELECT DISTINCT ON (cells.person_id) cells.person_id, activity.hub_id
        FROM cells
        JOIN followed ON followed.person_id = cells.person_id
        JOIN activities_activity AS activity ON activity.id = cells.activity_id
        WHERE cells.attended > 0 AND followed.is_new
        ORDER BY cells.person_id, cells.first_on, activity.hub_id
    ) AS first_visits
    GROUP BY hub_id
    UNION ALL
    SELECT activity.hub_id, 0, sum(cells.attended + cells.absent)
    FROM cells
    JOIN activities_activity AS activity ON activity.id = cells.activity_id
    GROUP BY activity.hub_id
) AS found
GROUP BY hub_id
"""


@dataclass(frozen=True)
class View:
    """What a dashboard is of: programmes, perhaps of one grant, days with both included, and hubs.

    `hubs` are those that stand side by side; with `is_narrowed` figures are of these alone, so
    that nothing of other hubs and nothing citywide is in them.
    """

    programmes: tuple[Programme, ...]
    grant: Grant | None
    first_day: dt.date
    last_day: dt.date
    hubs: tuple[Hub, ...]
    is_narrowed: bool

    def scope(self, now: dt.datetime) -> Scope:
        """What its figures are asked of.

        Raises:
            ValueError: it is narrowed to no hub, which a scope would take for every one.
        """
        if self.is_narrowed and not self.hubs:
            raise ValueError("Narrowed to no hub.")
        hubs = self.hubs if self.is_narrowed else ()
        return Scope.of(self.programmes, self.first_day, self.last_day, now=now, hubs=hubs)


@dataclass(frozen=True)
class Week:
    """Minutes of sessions planned (the cancelled among them) and held, from a Monday on."""

    monday: dt.date
    planned: int
    held: int
    is_now: bool = False

    @property
    def hours_planned(self) -> Decimal:
        """In hours to one decimal."""
        return (Decimal(self.planned) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def hours_held(self) -> Decimal:
        """In hours to one decimal."""
        return (Decimal(self.held) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class HubWeeks:
    """A hub's last weeks, the oldest first and this one last; no hub: what is citywide."""

    hub: Hub | None
    weeks: tuple[Week, ...]

    @property
    def this(self) -> Week:
        """This week."""
        return self.weeks[-1]

    @property
    def last(self) -> Week:
        """The week before."""
        return self.weeks[-2]


@dataclass(frozen=True)
class AnswersDue:
    """How many are due to answer one measure again, and how many of them are overdue."""

    measure: Measure
    due: int
    overdue: int


def programmes_shown() -> QuerySet[Programme]:
    """The programmes that figures can be asked of."""
    return Programme.objects.order_by("name")


def grants_shown(user: User) -> QuerySet[Grant]:
    """Grants with programmes and targets: for trust staff alone."""
    grants = Grant.objects.visible_to(user)
    return grants.prefetch_related("programmes", "targets__hub").order_by("-starts_on", "name")


def hubs_shown(user: User) -> QuerySet[Hub]:
    """The hubs whose exact figures somebody reads: all for who reads whole reports, else theirs."""
    hubs = Hub.objects.all() if reads_whole(user) else Hub.objects.visible_to(user)
    return hubs.order_by("name")


def reads_whole(user: User) -> bool:
    """Whether somebody reads figures of all hubs together, and what is citywide."""
    return holds_any(user, WHOLE_REPORT_ROLES)


def weeks_of(view: View, now: dt.datetime) -> list[HubWeeks]:
    """Session hours of this week and the last eight, hub by hub, whatever the period. One query."""
    today = london_today(now)
    monday = today - dt.timedelta(days=today.weekday())
    mondays = [monday - _WEEK * ago for ago in range(WEEKS_BEFORE, -1, -1)]
    hubs = view.hubs if view.is_narrowed else ()
    scope = Scope.of(view.programmes, mondays[0], monday + _WEEK, now=now, hubs=hubs)
    wanted = [INDICATORS["session_hours_planned"], INDICATORS["session_hours"]]
    found = grouped(scope, Relation.SESSIONS, _HUB_AND_WEEK, wanted)
    rows = [_hub_weeks(hub, mondays, found) for hub in view.hubs]
    citywide = _hub_weeks(None, mondays, found)
    return [*rows, citywide] if any(week.planned for week in citywide.weeks) else rows


def _hub_weeks(
    hub: Hub | None, mondays: Sequence[dt.date], found: dict[str, tuple[int, ...]]
) -> HubWeeks:
    number = hub.pk if hub else 0
    minutes = [tuple(map(int, found.get(f"{number} {each}", (0, 0)))) for each in mondays]
    weeks = [
        Week(monday, planned, held, is_now=monday == mondays[-1])
        for monday, (planned, held) in zip(mondays, minutes, strict=True)
    ]
    return HubWeeks(hub, tuple(weeks))


def weeks_together(rows: Sequence[HubWeeks]) -> list[Week]:
    """The weeks of several hubs added up, the oldest first."""
    return [
        Week(
            each[0].monday,
            sum(week.planned for week in each),
            sum(week.held for week in each),
            each[0].is_now,
        )
        for each in zip(*(row.weeks for row in rows), strict=True)
    ]


@dataclass(frozen=True)
class Followed:
    """Figures of FOLLOWED over the whole by id, and by hub.

    `by_hub`: new people, each at the hub of their first visit; attendances and absences.
    """

    whole: dict[str, int]
    by_hub: dict[int | None, tuple[int, int]]


def followed(scope: Scope, indicators: Sequence[Indicator]) -> Followed:
    """Figures that ask who came before the period. One query: it reads every mark there is."""
    base, _ = total_sql(scope, Relation.FOLLOWED, indicators)
    columns = ", ".join(each.sql for each in indicators)
    whole = f"SELECT false, NULL::bigint, ARRAY[{columns}]::bigint[] FROM followed"  # noqa: S608
    with whole_relations() as cursor:
        cursor.execute(f"WITH {base} {whole} UNION ALL {_BY_HUB}", scope.parameters())
        rows = cursor.fetchall()
    ids = [each.id for each in indicators]
    return Followed(
        whole=dict(zip(ids, next(values for of_hub, _, values in rows if not of_hub), strict=True)),
        by_hub={hub: (values[0], values[1]) for of_hub, hub, values in rows if of_hub},
    )


def answers_due(view: View, user: User, now: dt.datetime) -> list[AnswersDue]:
    """Of each measure to which answers are due now, at the hubs that somebody works with.

    Six queries a measure.
    """
    measures = Measure.objects.visible_to(user).filter(
        programme__in=view.programmes, ended_at__isnull=True
    )
    totals = [
        (measure, coverage_of(measure, user, now).total)
        for measure in measures.select_related("instrument", "programme")
    ]
    due = [AnswersDue(each, total.due - total.done, total.overdue) for each, total in totals]
    return [each for each in due if each.due]
