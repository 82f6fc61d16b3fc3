"""Collects every figure of a report into the body of one snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluation.breakdowns import (
    BREAKDOWNS,
    CROSS_TABLES,
    OF_EQUALITY,
    PEOPLE,
    Breakdown,
    CrossTable,
    Row,
)
from evaluation.indicators import COUNTED, INDICATORS, RATIOS, Indicator, Relation, ratio
from evaluation.models import Audience
from evaluation.queries import record
from evaluation.queries.record import Reach, Scope
from evaluation.queries.spend import Money, spend_of
from evaluation.reports import tables, told
from evaluation.reports.asked import Asked
from evaluation.reports.body import TOTAL, Column, Line, Summed, Value, figure, table
from evaluation.reports.method import method
from evaluation.reports.shape import shape_of

Progress = Callable[[int, str], None]

SCHEMA = 2
# Every table that a body may have, in the order in which they stand in it.
TABLES = (
    "targets",
    *(each.id for each in BREAKDOWNS),
    *(each.id for each in CROSS_TABLES),
    *tables.OF_FIGURES,
    *("week_hours", "events", "head_counts", "spend", "missing_registers", "feedback"),
    "row_counts",
)


# The figures of the whole that one pass gives, and those that take looking before and after.
REACHED = tuple(each for each in COUNTED if each.relation is Relation.PEOPLE)
OF_PEOPLE = (*REACHED, *(each for each in COUNTED if each.relation is Relation.FOLLOWED))


@dataclass(frozen=True)
class Counted:
    """Everything that was counted for a report: raw figures by id (hours in minutes), and groups.

    `sessions` has the figures of sessions by breakdown: {breakdown: {key: one value a figure}}.
    """

    raw: dict[str, Any]
    reach: Reach
    sessions: dict[str, dict[str | None, tuple[Any, ...]]]


def collect(
    asked: Asked, *, now: dt.datetime, progress: Progress, known_at: dt.datetime | None = None
) -> dict[str, Any]:
    """Collect a report's figures; within `record.one_moment` all are of the same moment.

    Returns the snapshot body, schema 2: text, whole numbers, lists and dictionaries; decimals as
    text. `progress` is told the per cent done (0 to 100) and the step in words. With `known_at`,
    people are who they were known to be at that moment.
    """
    scope = Scope.of(
        asked.programmes,
        asked.first_day,
        asked.last_day,
        now=now,
        known_at=known_at,
        hubs=asked.hubs,
    )
    money = _money(asked)
    counted = count(scope, money, progress)
    progress(75, "Comparing with what was promised")
    targets = tables.targets(asked, counted.raw, now=now, known_at=known_at)
    progress(80, "Reading what changed for young people")
    outcomes, quotes = told.outcomes(asked), told.quotes(asked)
    progress(88, "Putting it in order")
    body = {
        "schema": SCHEMA,
        "kind": "internal",
        "title": f"Evaluation report: {asked.subject}",
        "about": _about(asked, scope),
        "shape": shape_of(asked),
        "figures": {
            each.id: figure(each, counted.raw.get(each.id)) for each in INDICATORS.values()
        },
        "indicators": [_definition(indicator) for indicator in INDICATORS.values()],
        "tables": [
            *targets,
            *(_breakdown(scope, each, counted) for each in BREAKDOWNS),
            *(_cross_table(scope, each, counted) for each in CROSS_TABLES),
            *tables.of_figures(counted.raw),
            *tables.of_sessions(scope),
            *tables.of_money(money),
            tables.missing_registers(scope),
            *told.feedback(asked),
            tables.row_counts(counted.reach, counted.raw),
        ],
        "outcomes": outcomes,
        "quotes": quotes,
        "narratives": {},
        "method": method(scope),
        "row_counts": {
            "sessions": counted.raw["sessions_planned"],
            "marks": counted.reach.marks,
            "people_marked": counted.reach.people_marked,
        },
    }
    return without_equality(body) if asked.audience == Audience.HUB else body


def without_equality(body: dict[str, Any]) -> dict[str, Any]:
    """The same for a hub's own staff: nothing that their young people answered about themselves.

    They write these answers and do not read them, and a report of one day could be of one person.
    """
    told = {each.id for each in BREAKDOWNS} & OF_EQUALITY
    told |= {each.id for each in CROSS_TABLES if each.is_of_equality} | {"attendance_rates"}
    figures = {
        id_: None if _is_of_equality(INDICATORS[id_]) else value
        for id_, value in body["figures"].items()
    }
    tables_ = [table_ for table_ in body["tables"] if table_["id"] not in told]
    return body | {"figures": figures, "tables": tables_}


def _is_of_equality(indicator: Indicator) -> bool:
    parts = [INDICATORS.get(id_) for id_ in (indicator.numerator, indicator.denominator)]
    return any(each and "disadvantaged" in each.sql for each in (indicator, *parts))


def count(scope: Scope, money: Money | None, progress: Progress) -> Counted:
    """Count everything: who came, by all tables at once, and who came back."""
    progress(5, "Counting who came")
    reached = reach(scope, OF_PEOPLE)
    progress(50, "Counting sessions and head-counts")
    of_people = {Relation.PEOPLE, Relation.FOLLOWED}
    raw: dict[str, Any] = dict(reached.whole)
    raw |= record.totals(scope, [each for each in COUNTED if each.relation not in of_people])
    progress(65, "Adding up sessions and hours")
    sessions = {each.id: _of_sessions(scope, each) for each in BREAKDOWNS if each.session_key}
    raw |= {"spend": money.spend, "budget": money.budget} if money else {}
    raw["days"] = scope.days
    raw |= {each.id: ratio(each, raw) for each in RATIOS}
    return Counted(raw, reached, sessions)


def reach(scope: Scope, whole: Sequence[Indicator] = REACHED) -> Reach:
    """How many young people were reached, by everything they are broken down by. One query."""
    groupings = [each.grouping for each in (*BREAKDOWNS, *CROSS_TABLES)]
    return record.reach(scope, groupings, [INDICATORS[id_] for id_ in PEOPLE], whole)


def _money(asked: Asked) -> Money | None:
    """What was spent; nothing where there is no grant, for others than trust staff read it."""
    if asked.grant is None or asked.audience == Audience.HUB:
        return None
    return spend_of(asked.programmes, asked.grant, asked.first_day, asked.last_day, asked.hubs)


def _about(asked: Asked, scope: Scope) -> dict[str, Any]:
    cut_off = scope.cut_off
    return {
        "subject": asked.subject,
        "grant": _grant(asked),
        "programmes": [{"name": each.name, "slug": each.slug} for each in asked.programmes],
        "hubs": [{"name": each.name, "slug": each.slug} for each in asked.hubs],
        "first_day": scope.first_day.isoformat(),
        "last_day": scope.last_day.isoformat(),
        "cut_off": cut_off.astimezone(dt.UTC).isoformat(timespec="seconds") if cut_off else None,
        "audience": str(asked.audience),
    }


def _grant(asked: Asked) -> dict[str, Any] | None:
    grant = asked.grant
    if grant is None or asked.audience == Audience.HUB:  # What a grant is worth is not for hubs.
        return None
    return {
        "name": grant.name,
        "slug": grant.slug,
        "reference": grant.reference,
        "funder": grant.funder.name,
        "amount": str(grant.amount.quantize(Decimal("0.01"))),
        "starts_on": grant.starts_on.isoformat(),
        "ends_on": grant.ends_on.isoformat(),
    }


def _definition(indicator: Indicator) -> dict[str, Any]:
    return {
        "id": indicator.id,
        "label": indicator.label,
        "unit": indicator.unit.value,
        "definition": indicator.definition,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
    }


# --- Breakdowns -----------------------------------------------------------------------------------
def _of_sessions(scope: Scope, breakdown: Breakdown) -> dict[str | None, tuple[Any, ...]]:
    wanted = [INDICATORS[id_] for id_ in breakdown.session_indicators]
    return record.grouped(scope, Relation.SESSIONS, breakdown.session_key, wanted)


def _breakdown(scope: Scope, breakdown: Breakdown, counted: Counted) -> dict[str, Any]:
    people = counted.reach.groups[breakdown.id]
    sessions = counted.sessions.get(breakdown.id, {})
    found = {
        key: (
            *people.get(key, (0,) * len(PEOPLE)),
            *sessions.get(key, (0,) * len(breakdown.session_indicators)),
        )
        for key in people.keys() | sessions.keys()
    }
    rows = _rows(breakdown, breakdown.rows(scope, found.keys()), found)
    columns = [
        Summed(
            INDICATORS[id_].unit,
            [found[row.key][at] if row.key in found else 0 for row in rows],
            counted.raw[id_],
        ).settled(reconciling=bool(breakdown.reconciling_label), name=f"{breakdown.id}: {id_}")
        for at, id_ in enumerate(breakdown.indicators)
    ]
    return table(
        breakdown.id,
        breakdown.title,
        breakdown.row_heading,
        [Column.of(id_) for id_ in breakdown.indicators],
        [*_lines(breakdown, rows, columns), _total([total for _, total in columns])],
        note=breakdown.note,
        chart=breakdown.chart,
    )


def _rows(
    breakdown: Breakdown, rows: Sequence[Row], found: dict[str | None, tuple[Any, ...]]
) -> list[Row]:
    """The rows that are shown.

    Raises:
        LookupError: something was counted for which there is no row.
    """
    strangers = found.keys() - {row.key for row in rows}
    if any(any(found[key]) for key in strangers):
        raise LookupError(f"{breakdown.title}: no row for {sorted(map(str, strangers))}.")
    return [row for row in rows if not row.optional or any(found.get(row.key, ()))]


def _lines(
    breakdown: Breakdown, rows: Sequence[Row], columns: Sequence[tuple[list[Value], Value]]
) -> list[Line]:
    lines = [
        Line(
            row.id,
            row.label,
            tuple(values[at] for values, _ in columns),
            "figure" if row.known else "not known",
        )
        for at, row in enumerate(rows)
    ]
    if breakdown.reconciling_label:
        last = tuple(values[-1] for values, _ in columns)
        lines.append(Line("again", breakdown.reconciling_label, last, "reconciling"))
    return lines


def _total(values: Sequence[Value]) -> Line:
    return Line("total", TOTAL, tuple(values), "total")


def _cross_table(scope: Scope, cross: CrossTable, counted: Counted) -> dict[str, Any]:
    """Young people by two things; both have every row that their breakdown alone would have."""
    found = {
        tuple(part or None for part in (key or "\n").split("\n")): values[0]
        for key, values in counted.reach.groups[cross.id].items()
    }
    down, across = (
        _kept(each, scope, {key[at]: (n,) for key, n in found.items() if n})
        for at, each in enumerate((cross.down, cross.across))
    )
    cells = [[found.get((row.key, column.key), 0) for column in across] for row in down]
    lines = [
        Line(row.id, row.label, (*values, sum(values)), "figure" if row.known else "not known")
        for row, values in zip(down, cells, strict=True)
    ]
    # Without a row there is no column to add up either, and the total is of nothing.
    sums = [sum(values[at] for values in cells) for at in range(len(across))]
    return table(
        cross.id,
        cross.title,
        cross.row_heading,
        [
            *(Column(column.id, column.label, "people") for column in across),
            Column("total", TOTAL, "people"),
        ],
        [*lines, _total([*sums, sum(sums)])],
        note=cross.note,
        two_way=True,
    )


def _kept(
    breakdown: Breakdown, scope: Scope, found: dict[str | None, tuple[Any, ...]]
) -> list[Row]:
    return _rows(breakdown, breakdown.rows(scope, found.keys()), found)
