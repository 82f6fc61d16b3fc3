"""What the dashboard shows: the figures of every report, asked live and put into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from activities.models import london_today
from evaluation.breakdowns import BREAKDOWNS, CITYWIDE, Breakdown, Row
from evaluation.indicators import INDICATORS, Indicator, Relation, Unit, needed_for, ratio
from evaluation.models import Grant, Target
from evaluation.queries import record
from evaluation.queries.dashboard import HubWeeks, View, followed, weeks_of
from evaluation.queries.record import Scope
from evaluation.queries.rollups import figures_by_hub_and_month
from evaluation.queries.spend import Money, spend_of
from evaluation.queries.targets import TargetActual, actuals
from evaluation.reports.body import hours
from evaluation.reports.numbers import NOTHING

HEADLINE = (
    *("unique_participants", "new_people", "attendances", "contact_hours", "session_hours"),
    *("hours_a_week", "attendance_rate", "disadvantaged_share", "retention_28"),
    "registers_missing",
)
OF_EQUALITY = frozenset({"disadvantaged_share"})
# What the tables of people say, and what is added up for them.
REACH = ("unique_participants", "attendances", "contact_hours")
HUB_COLUMNS = (
    *("unique_participants", "new_people", "attendances", "session_hours"),
    *("attendance_rate", "registers_missing"),
)
MONTH_COLUMNS = (*REACH, "session_hours")
# What can stand in the table of hubs by month.
BY_MONTH = ("unique_participants", "attendances", "contact_hours", "session_hours")
_BREAKDOWNS: dict[str, Breakdown] = {each.id: each for each in BREAKDOWNS}
_WANTED = ("hub", "month", "ward", "imd_decile")
_ETHNICITY = _BREAKDOWNS["ethnicity"].grouping
_WHOLE = 100


@dataclass(frozen=True)
class Figure:
    """A figure as it is shown."""

    indicator: Indicator
    text: str


@dataclass(frozen=True)
class BoardRow:
    """A row: its id as in a snapshot, and by column a value to sort by and a text.

    `hub` is the address of a hub's own figures, where the row is one's.
    """

    id: str
    label: str
    values: tuple[Decimal | None, ...]
    texts: tuple[str, ...]
    known: bool = True
    hub: str = ""


@dataclass(frozen=True)
class BoardTable:
    """A table of figures; `whole` is of everything, which rows need not add up to.

    `breakdown` is what it is called in a report.
    """

    breakdown: str
    title: str
    heading: str
    note: str
    indicators: tuple[Indicator, ...]
    rows: tuple[BoardRow, ...]
    whole: tuple[Decimal | None, ...]

    @property
    def totals(self) -> tuple[str, ...]:
        """The whole as it is read."""
        return tuple(
            said(each, value) for each, value in zip(self.indicators, self.whole, strict=True)
        )


@dataclass(frozen=True)
class MonthTable:
    """One figure by hub and month, in whole months. Each row has a text a month."""

    indicator: Indicator
    months: tuple[str, ...]
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True)
class TargetLine:
    """A target as it is read: what is promised of whom, and how far it is."""

    label: str
    target: str
    actual: str
    percent: Decimal | None
    definition: str


@dataclass(frozen=True)
class GrantBoard:
    """Targets of a grant with what came of them so far, and its money.

    `passed` is the share of the grant's days that have passed, in per cent.
    """

    grant: Grant
    targets: list[TargetActual]
    passed: int
    money: Money

    @property
    def lines(self) -> list[TargetLine]:
        """The targets in words."""
        return [_target_line(each) for each in self.targets]

    @property
    def progress(self) -> list[tuple[str, Decimal | None]]:
        """By target, in words, how many per cent of it are reached."""
        return [(line.label, line.percent) for line in self.lines]


@dataclass(frozen=True)
class Missing:
    """What is missing from the figures: registers, and what is not known of people reached.

    `ethnicity` is None for who may not know.
    """

    registers: int
    people: int
    ethnicity: int | None
    home: int


@dataclass(frozen=True)
class Board:
    """The whole dashboard. `cut_off` is until when it is counted, None where all is over."""

    view: View
    cut_off: dt.datetime | None
    headline: tuple[Figure, ...]
    hubs: BoardTable
    months: BoardTable
    wards: BoardTable
    deciles: BoardTable
    by_month: MonthTable
    weeks: list[HubWeeks]
    missing: Missing
    grants: list[GrantBoard] = field(default_factory=list)


def board_of(
    view: View, grants: Iterable[Grant], now: dt.datetime, *, by: str, with_equality: bool
) -> Board:
    """Everything, read live. The number of queries hangs on grants and their targets alone.

    `by` is the figure of the table of hubs by month, one of `BY_MONTH`. Without equality there is
    no figure of what people answered: of a day on which one child came it would tell that child's
    answer to who may only write it down.
    """
    scope = view.scope(now)
    counted = _count(scope)
    return Board(
        view=view,
        cut_off=scope.cut_off,
        headline=tuple(
            Figure(INDICATORS[id_], in_words(INDICATORS[id_], counted.raw[id_]))
            for id_ in HEADLINE
            if with_equality or id_ not in OF_EQUALITY
        ),
        hubs=_hubs(view, scope, counted),
        months=_of_breakdown(scope, counted, "month", MONTH_COLUMNS),
        wards=_of_breakdown(scope, counted, "ward", REACH),
        deciles=_of_breakdown(scope, counted, "imd_decile", REACH),
        by_month=hub_months(view, by),
        weeks=weeks_of(view, now),
        missing=_missing(counted, with_equality=with_equality),
        grants=[_grant(each, now) for each in grants],
    )


# --- Counting -------------------------------------------------------------------------------------
Groups = Mapping[str | None, dict[str, Any]]


@dataclass(frozen=True)
class _Counted:
    """Raw figures of the whole by id, and by breakdown and key; see `Followed` for those by hub."""

    raw: dict[str, Any]
    groups: dict[str, Groups]
    by_hub: dict[int | None, tuple[int, int]]
    unknown_ethnicity: int


def _count(scope: Scope) -> _Counted:
    needed = needed_for([*HEADLINE, *REACH])
    of_people = [each for each in needed if each.relation is Relation.PEOPLE]
    asked = [INDICATORS[id_] for id_ in REACH]
    groupings = [*(_BREAKDOWNS[id_].grouping for id_ in _WANTED), _ETHNICITY]
    reached = record.reach(scope, groupings, asked, of_people)
    others = [each for each in needed if each.relation is Relation.SESSIONS]
    back = followed(scope, [each for each in needed if each.relation is Relation.FOLLOWED])
    raw = reached.whole | back.whole | record.totals(scope, others) | {"days": scope.days}
    raw |= {id_: ratio(INDICATORS[id_], raw) for id_ in HEADLINE if INDICATORS[id_].is_ratio}
    groups = {
        id_: {
            key: dict(zip(REACH, values, strict=True))
            for key, values in reached.groups[id_].items()
        }
        for id_ in _WANTED
    }
    _add_sessions(scope, groups)
    unknown = reached.groups[_ETHNICITY.id].get("unknown", (0,))[0]
    return _Counted(raw, dict(groups), back.by_hub, unknown)


def _add_sessions(scope: Scope, groups: dict[str, dict[str | None, dict[str, Any]]]) -> None:
    wanted = [INDICATORS["session_hours"], INDICATORS["registers_missing"]]
    for id_ in ("hub", "month"):
        key = _BREAKDOWNS[id_].session_key
        for found, values in record.grouped(scope, Relation.SESSIONS, key, wanted).items():
            cell = groups[id_].setdefault(found, dict.fromkeys(REACH, 0))
            cell |= dict(zip((each.id for each in wanted), values, strict=True))


# --- Tables ---------------------------------------------------------------------------------------
def _hubs(view: View, scope: Scope, counted: _Counted) -> BoardTable:
    groups = {
        key: values
        | dict(
            zip(("new_people", "expected"), counted.by_hub.get(_number(key), (0, 0)), strict=True)
        )
        for key, values in counted.groups["hub"].items()
    }
    slugs = {str(hub.pk): hub.slug for hub in view.hubs}
    table = _table(_BREAKDOWNS["hub"], scope, groups, counted.raw, HUB_COLUMNS)
    note = f"{table.note} New people stand at the hub of their first visit."
    rows = tuple(
        BoardRow(row.id, row.label, row.values, row.texts, row.known, slugs.get(row.id, ""))
        for row in table.rows
    )
    return BoardTable("hub", "Hubs side by side", "Hub", note, table.indicators, rows, table.whole)


def _number(key: str | None) -> int | None:
    return None if key is None else int(key)


def _of_breakdown(scope: Scope, counted: _Counted, id_: str, columns: Sequence[str]) -> BoardTable:
    return _table(_BREAKDOWNS[id_], scope, counted.groups[id_], counted.raw, columns)


def _table(
    breakdown: Breakdown,
    scope: Scope,
    groups: Groups,
    whole: Mapping[str, Any],
    columns: Sequence[str],
) -> BoardTable:
    indicators = tuple(INDICATORS[id_] for id_ in columns)
    shown = [
        row
        for row in breakdown.rows(scope, groups.keys())
        if not row.optional or any(groups.get(row.key, {}).values())
    ]
    raw = [_figures(groups.get(row.key, {}), indicators) for row in shown]
    return BoardTable(
        breakdown=breakdown.id,
        title=breakdown.title,
        heading=breakdown.row_heading,
        note=breakdown.note,
        indicators=indicators,
        rows=_rows(shown, raw, indicators),
        whole=tuple(_column(each, [whole[each.id]])[0] for each in indicators),
    )


def _figures(found: Mapping[str, Any], indicators: Sequence[Indicator]) -> list[Any]:
    return [ratio(each, found) if each.is_ratio else found.get(each.id, 0) for each in indicators]


def _rows(
    shown: Sequence[Row], raw: Sequence[Sequence[Any]], indicators: Sequence[Indicator]
) -> tuple[BoardRow, ...]:
    columns = [_column(each, [values[at] for values in raw]) for at, each in enumerate(indicators)]
    return tuple(
        BoardRow(
            row.id,
            row.label,
            tuple(column[at] for column in columns),
            tuple(said(each, column[at]) for each, column in zip(indicators, columns, strict=True)),
            row.known,
        )
        for at, row in enumerate(shown)
    )


def _column(indicator: Indicator, values: Sequence[Any]) -> list[Decimal | None]:
    """Values as they are shown; hours are rounded together, so that they add up."""
    if indicator.unit is Unit.HOURS and not indicator.is_ratio:
        return list(hours([int(value) for value in values]))
    return [None if value is None else Decimal(value) for value in values]


def hub_months(view: View, by: str) -> MonthTable:
    """One figure by hub and month, kept ready: see `queries.rollups`."""
    indicator = INDICATORS[by]
    days = Scope(view.programmes, view.first_day, view.last_day, None)
    months = _BREAKDOWNS["month"].rows(days, ())
    found = figures_by_hub_and_month(view.programmes, view.first_day, view.last_day, [by])
    cells = {(hub, month.isoformat()): each[by] for (hub, month), each in found.items()}
    hubs: list[tuple[int | None, str, str]] = [
        (each.pk, each.name, each.slug) for each in view.hubs
    ]
    if not view.is_narrowed and any(hub is None for hub, _ in cells):
        hubs.append((None, CITYWIDE, ""))
    return MonthTable(
        indicator=indicator,
        months=tuple(month.label for month in months),
        rows=tuple(
            _month_row(indicator, hub, [cells.get((hub[0], str(row.key)), 0) for row in months])
            for hub in hubs
        ),
    )


def _month_row(
    indicator: Indicator, hub: tuple[int | None, str, str], values: Sequence[int]
) -> BoardRow:
    shown = _column(indicator, values)
    texts = tuple(said(indicator, each) for each in shown)
    return BoardRow(str(hub[0] or "none"), hub[1], tuple(shown), texts, hub=hub[2])


# --- What is missing, and what was promised -------------------------------------------------------
def _missing(counted: _Counted, *, with_equality: bool) -> Missing:
    return Missing(
        registers=counted.raw["registers_missing"],
        people=counted.raw["unique_participants"],
        ethnicity=counted.unknown_ethnicity if with_equality else None,
        home=counted.groups["ward"].get(None, {}).get("unique_participants", 0),
    )


def _grant(grant: Grant, now: dt.datetime) -> GrantBoard:
    today = london_today(now)
    programmes = tuple(grant.programmes.all())
    until = max(grant.starts_on, min(today, grant.ends_on))
    return GrantBoard(
        grant=grant,
        targets=actuals(
            grant.targets.select_related("hub"),
            programmes,
            grant.starts_on,
            grant.ends_on,
            grant=grant,
            now=now,
        ),
        passed=_passed(grant, today),
        money=spend_of(programmes, grant, grant.starts_on, until),
    )


def _passed(grant: Grant, today: dt.date) -> int:
    days = (grant.ends_on - grant.starts_on).days + 1
    gone = (min(today, grant.ends_on) - grant.starts_on).days + 1
    return max(gone, 0) * _WHOLE // days


def _target_line(each: TargetActual) -> TargetLine:
    target, indicator = each.target, each.indicator
    if indicator is None:
        return TargetLine(each.label, f"{target.value:,.0f}", NOTHING, None, "")
    actual = None if each.actual is None else Decimal(each.actual)
    return TargetLine(
        label=", ".join([each.label, *_of_whom(target)]),
        target=said(indicator, target.value),
        actual=said(indicator, actual),
        percent=each.percent,
        definition=indicator.definition,
    )


def _of_whom(target: Target) -> list[str]:
    words = [target.hub.name] if target.hub else []
    if target.min_age is not None or target.max_age is not None:
        words.append(f"ages {target.min_age or 0} to {target.max_age or 25}")
    if target.characteristic:
        words.append(target.get_characteristic_display())
    return words


# --- Words ----------------------------------------------------------------------------------------
def in_words(indicator: Indicator, raw: Any) -> str:
    """A raw figure as it is read: hours from minutes, thousands apart, with its sign."""
    if raw is not None and indicator.unit is Unit.HOURS and not indicator.is_ratio:
        return said(indicator, hours([int(raw)])[0])
    return said(indicator, None if raw is None else Decimal(raw))


def said(indicator: Indicator, value: Decimal | None) -> str:
    """A figure in its own unit, as it is read."""
    if value is None:
        return NOTHING
    if indicator.unit is Unit.PERCENT:
        return f"{value:.1f} %"
    if indicator.unit is Unit.POUNDS:
        return f"£{value:,.2f}"
    return f"{value:,.1f}" if indicator.unit is Unit.HOURS else f"{value:,.0f}"
