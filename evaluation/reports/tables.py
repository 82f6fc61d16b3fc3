"""The tables of a report that are no breakdown of people reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from activities.models import HeadCountGroup, SessionKind
from evaluation.breakdowns import CITYWIDE
from evaluation.indicators import INDICATORS, Indicator, Relation, Unit
from evaluation.models import Audience, Characteristic, Target
from evaluation.queries import record
from evaluation.queries.record import Reach, Scope
from evaluation.queries.spend import Money
from evaluation.queries.targets import TargetActual, actuals
from evaluation.reports.asked import Asked
from evaluation.reports.body import TOTAL, Column, Line, Summed, Value, figure, table
from hubs.models import Hub

EVENTS = (SessionKind.ROADSHOW, SessionKind.CELEBRATION, SessionKind.TRIP)


@dataclass(frozen=True)
class _OfFigures:
    """A table whose cells are figures of the whole: a row of ids a row, in the columns' order."""

    id: str
    title: str
    row_heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    note: str = ""


_RATE = (
    Column.of("attendances"),
    Column("expected", "Attendances and absences", "attendances"),
    Column.of("attendance_rate"),
)
_BACK = (
    Column("followed", "New young people", "people"),
    Column("back", "Came back", "people"),
    Column("share", "Share", "percent"),
)
_FIGURES = (
    _OfFigures(
        "attendance_rates",
        "Attendance rate of disadvantaged and others",
        "Young people",
        _RATE,
        (
            (
                "disadvantaged",
                "Known to be disadvantaged",
                (
                    *("attendances_disadvantaged", "expected_disadvantaged"),
                    "attendance_rate_disadvantaged",
                ),
            ),
            (
                "others",
                "Others: everybody not known to be",
                ("attendances_others", "expected_others", "attendance_rate_others"),
            ),
            ("total", TOTAL, ("attendances", "expected", "attendance_rate")),
        ),
        "Others are everybody not known to be disadvantaged: who answered no, who prefers not "
        "to say and of whom it is not known. Excused absences are in neither column.",
    ),
    _OfFigures(
        "retention",
        "Those who came back",
        "After the first visit",
        _BACK,
        (
            ("28", "Within 28 days", ("followed_28", "retained_28", "retention_28")),
            ("90", "Within 90 days", ("followed_90", "retained_90", "retention_90")),
        ),
        "Of young people who were new in the period and whose days have passed in it.",
    ),
    _OfFigures(
        "newcomers",
        "New and returning",
        "Young people",
        (Column.of("unique_participants"),),
        (
            ("new", INDICATORS["new_people"].label, ("new_people",)),
            ("returning", INDICATORS["returning_people"].label, ("returning_people",)),
            ("total", TOTAL, ("unique_participants",)),
        ),
        INDICATORS["new_people"].definition,
    ),
    _OfFigures(
        "workforce",
        "Artists, coaches and families",
        "Who",
        (Column("people", "People", "people"),),
        (
            ("practitioners", INDICATORS["practitioners"].label, ("practitioners",)),
            ("family", INDICATORS["family_members"].label, ("family_members",)),
        ),
        "They are in no figure about young people.",
    ),
    _OfFigures(
        "training",
        "Training",
        "Training",
        (Column.of("training_sessions"), Column.of("training_hours"), Column.of("people_trained")),
        (("all", "In the period", ("training_sessions", "training_hours", "people_trained")),),
    ),
)
_COSTS = (
    *("cost_per_session_hour", "cost_per_contact_hour"),
    *("cost_per_participant", "cost_per_retained"),
)
OF_FIGURES = ("roles", *(each.id for each in _FIGURES), "costs")


def of_figures(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tables that need nothing but the figures of the whole; no costs where no spend is known."""
    costs = [] if raw.get("spend") is None else [_costs(raw)]
    return [_roles(raw), *(_of_figures(each, raw) for each in _FIGURES), *costs]


def _of_figures(asked: _OfFigures, raw: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        Line(id_, label, _values(ids, raw), "total" if id_ == "total" else "figure")
        for id_, label, ids in asked.rows
    ]
    return table(asked.id, asked.title, asked.row_heading, asked.columns, lines, note=asked.note)


def _values(ids: Iterable[str], raw: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(figure(INDICATORS[id_], raw.get(id_)) for id_ in ids)


def _roles(raw: Mapping[str, Any]) -> dict[str, Any]:
    reached, volunteers = raw["unique_participants"], raw["volunteers"]
    return table(
        "roles",
        "Participants and volunteers",
        "Came as",
        [Column.of("unique_participants")],
        [
            Line("participants", "Participant only", (reached - volunteers,)),
            Line("volunteers", "Volunteer at least once", (volunteers,)),
            Line("total", TOTAL, (reached,), "total"),
        ],
        note=INDICATORS["volunteers"].definition,
    )


def _costs(raw: Mapping[str, Any]) -> dict[str, Any]:
    def line(indicator: Indicator) -> Line:
        below = INDICATORS[indicator.denominator]
        values = [_pounds(raw.get("spend")), figure(below, raw.get(below.id))]
        cost = figure(indicator, raw.get(indicator.id))
        return Line(indicator.id, f"{below.label} ({below.unit.value})", (*values, cost))

    return table(
        "costs",
        "What it cost",
        "Divided by",
        [
            Column("spend", "Spend", "pounds"),
            Column("number", "Number", ""),
            Column("cost", "Cost each", "pounds"),
        ],
        [line(INDICATORS[id_]) for id_ in _COSTS],
        note="Spend of the period, divided by what came of it.",
    )


def _pounds(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(Decimal("0.01")))


# --- Promises -------------------------------------------------------------------------------------
def targets(
    asked: Asked, raw: Mapping[str, Any], *, now: dt.datetime, known_at: dt.datetime | None
) -> list[dict[str, Any]]:
    """Targets against actual, where there is a grant that has some.

    Promises are trust staff's: they are of every hub, of money, and of answers that a hub's own
    staff do not read, so no target stands in a report for these.
    """
    if asked.grant is None or asked.audience == Audience.HUB:
        return []
    wanted = asked.grant.targets.select_related("hub")
    found = actuals(
        wanted,
        asked.programmes,
        asked.first_day,
        asked.last_day,
        grant=asked.grant,
        now=now,
        known_at=known_at,
    )
    if not found:
        return []
    columns = [
        Column("target", "Target", ""),
        Column("actual", "Actual", ""),
        Column("percent", "Reached", "percent"),
    ]
    lines = [_target(each, at) for at, each in enumerate(found, start=1)]
    title = "Targets against actual"
    note = _targets_note(asked)
    return [table("targets", title, "Target", columns, lines, note=note, chart="progress")]


def _target(each: TargetActual, at: int) -> Line:
    target, indicator = each.target, each.indicator
    # A figure that this version does not know must not keep the others from being reported.
    label = indicator.label if indicator else f"Unknown figure: {target.indicator}"
    narrowed = ", ".join(narrowings(target))
    value = int(target.value) if target.value == int(target.value) else str(target.value)
    actual = (
        each.actual if each.actual is None or isinstance(each.actual, int) else str(each.actual)
    )
    return Line(
        str(at),
        f"{label}: {narrowed}" if narrowed else label,
        (value, actual, None if each.percent is None else str(each.percent)),
        unit=indicator.unit.value if indicator else "",
    )


def narrowings(target: Target) -> list[str]:
    """What a target is narrowed to, in words; nothing where it is of everybody and everything."""
    words = []
    if target.hub:
        words.append(target.hub.name)
    if target.min_age is not None or target.max_age is not None:
        words.append(_ages(target.min_age, target.max_age))
    if target.characteristic:
        words.append(Characteristic(target.characteristic).label)
    if target.first_day and target.last_day:
        words.append(f"{target.first_day:%-d %B %Y} to {target.last_day:%-d %B %Y}")
    return words


def _ages(youngest: int | None, oldest: int | None) -> str:
    if youngest is None:
        return f"up to {oldest} years old"
    return f"{youngest} years and older" if oldest is None else f"aged {youngest} to {oldest}"


def _targets_note(asked: Asked) -> str:
    """A warning where the period is not the grant's, since most targets are for all of it."""
    grant = asked.grant
    if grant is None or (grant.starts_on, grant.ends_on) == (asked.first_day, asked.last_day):
        return ""
    return (
        "Targets without dates of their own are for the whole grant, "
        f"{grant.starts_on:%-d %B %Y} to {grant.ends_on:%-d %B %Y}. This report covers another "
        "period, so their shares show no more than its part."
    )


# --- Sessions -------------------------------------------------------------------------------------
def of_sessions(scope: Scope) -> list[dict[str, Any]]:
    """Hours by week, events, and head-counts."""
    return [_weeks(scope), _events(scope), _head_counts(scope)]


def _weeks(scope: Scope) -> dict[str, Any]:
    """Session hours by week, Monday to Sunday; the first and the last may be cut by the period."""
    ids = ("session_hours", "session_hours_planned", "session_hours_cancelled")
    key = "to_char(date_trunc('week', day), 'YYYY-MM-DD')"
    found = record.grouped(scope, Relation.SESSIONS, key, [INDICATORS[id_] for id_ in ids])
    monday = scope.first_day - dt.timedelta(days=scope.first_day.weekday())
    weeks = []
    while monday <= scope.last_day:
        weeks.append(monday)
        monday += dt.timedelta(days=7)
    raw = [found.get(week.isoformat(), (0, 0, 0)) for week in weeks]
    lines = [
        Line(week.isoformat(), f"{week:%-d %B %Y}", values)
        for week, values in zip(weeks, _hours_of(raw), strict=True)
    ]
    title = "Session hours a week"
    return _summed("week_hours", title, "Week from Monday", ids, lines=lines, raw=raw)


def _events(scope: Scope) -> dict[str, Any]:
    ids = ("sessions", "session_hours")
    found = record.grouped(scope, Relation.SESSIONS, "kind", [INDICATORS[id_] for id_ in ids])
    counts = _counted(scope, "kind")
    lines = []
    for kind in EVENTS:
        held, minutes = found.get(kind.value, (0, 0))
        values = (
            held,
            figure(INDICATORS["session_hours"], minutes),
            *counts.get(kind.value, (0, 0)),
        )
        lines.append(Line(kind.value, str(kind.label), values))
    return table(
        "events",
        "Events with their audiences",
        "Kind of event",
        [Column.of(id_) for id_ in (*ids, "people_counted", "people_estimated")],
        lines,
        note="People counted without names, who are never added to young people reached.",
    )


def _head_counts(scope: Scope) -> dict[str, Any]:
    ids = ("people_counted", "people_estimated")
    found = _counted(scope, '"group"')
    lines = [
        Line(group.value, str(group.label), found.get(group.value, (0, 0)))
        for group in HeadCountGroup
    ]
    sums = tuple(sum(int(values[at]) for values in found.values()) for at in (0, 1))
    return table(
        "head_counts",
        "People counted without names",
        "Who",
        [Column.of(id_) for id_ in ids],
        [*lines, Line("total", TOTAL, sums, "total")],
        note=INDICATORS["people_counted"].definition,
    )


def _counted(scope: Scope, key: str) -> dict[str, tuple[Any, ...]]:
    wanted = [INDICATORS[id_] for id_ in ("people_counted", "people_estimated")]
    return record.grouped(scope, Relation.HEAD_COUNTS, key, wanted)


def _hours_of(raw: Sequence[tuple[int, ...]]) -> list[tuple[Value, ...]]:
    """Minutes a row as hours, each column rounded so that it sums to its total."""
    columns = [
        Summed(Unit.HOURS, column, sum(column)).settled(reconciling=False, name="hours")[0]
        for column in zip(*raw, strict=True)
    ]
    return list(zip(*columns, strict=True))


def _summed(
    id_: str,
    title: str,
    row_heading: str,
    ids: tuple[str, ...],
    *,
    lines: list[Line],
    raw: Sequence[tuple[int, ...]],
) -> dict[str, Any]:
    sums = tuple(sum(column) for column in zip(*raw, strict=True))
    total = tuple(figure(INDICATORS[each], value) for each, value in zip(ids, sums, strict=True))
    columns = [Column.of(each) for each in ids]
    lines = [*lines, Line("total", TOTAL, total, "total")]
    return table(id_, title, row_heading, columns, lines, chart="columns")


# --- Money, and what is missing -------------------------------------------------------------------
def of_money(money: Money | None) -> list[dict[str, Any]]:
    """Spend against budget by kind of cost, where somebody may see it."""
    if money is None:
        return []
    lines = [
        Line(str(at), label, (_pounds(budget), _pounds(spend)))
        for at, (label, budget, spend) in enumerate(money.by_kind, start=1)
    ]
    total = Line("total", TOTAL, (_pounds(money.budget), _pounds(money.spend)), "total")
    columns = [Column.of("budget"), Column.of("spend")]
    note = "The budget is of the whole grant; spend is of the period, refunds taken off."
    return [
        table("spend", "Spend against budget", "Kind of cost", columns, [*lines, total], note=note)
    ]


def missing_registers(scope: Scope) -> dict[str, Any]:
    """Sessions without a register by hub, with the date of the oldest."""
    names = dict(Hub.objects.values_list("pk", "name"))
    found = [
        (names[hub] if hub else CITYWIDE, "none" if hub is None else str(hub), count, oldest)
        for hub, count, oldest in record.missing_registers_by_hub(scope)
    ]
    lines = [
        Line(id_, label, (count, oldest.isoformat())) for label, id_, count, oldest in sorted(found)
    ]
    total = sum(count for _, _, count, _ in found)
    return table(
        "missing_registers",
        "Missing registers",
        "Hub",
        [Column.of("registers_missing"), Column("oldest", "Oldest", "date")],
        [*lines, Line("total", TOTAL, (total, None), "total")],
        note=INDICATORS["registers_missing"].definition
        if total
        else "Every session that needs a register has one.",
    )


def row_counts(reach: Reach, raw: Mapping[str, Any]) -> dict[str, Any]:
    """How many rows the figures were made from."""
    rows = (
        ("sessions", "Sessions", raw["sessions_planned"]),
        ("marks", "Marks of young people", reach.marks),
        ("people_marked", "Young people marked", reach.people_marked),
    )
    return table(
        "row_counts",
        "Rows behind the figures",
        "What was read",
        [Column("rows", "Rows read", "rows")],
        [Line(id_, label, (count,)) for id_, label, count in rows],
    )
