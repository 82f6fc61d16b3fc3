"""Collects every figure of a report into the body of one snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from evaluation.breakdowns import BREAKDOWNS, CITYWIDE, Breakdown, Row
from evaluation.indicators import INDICATORS, Indicator, Relation, Unit
from evaluation.models import Grant, Target
from evaluation.queries import record as queries
from evaluation.reports.asked import Asked
from hubs.models import Hub

Progress = Callable[[int, str], None]

SCHEMA = 1


def collect(
    asked: Asked,
    *,
    now: dt.datetime,
    progress: Progress,
    known_at: dt.datetime | None = None,
) -> dict[str, Any]:
    """Collect a report's figures; within `queries.one_moment` all are of the same moment.

    Returns the snapshot body: text, whole numbers, lists and dictionaries; decimals as text.
    `progress` is told the per cent done (0 to 100) and the step in words. With `known_at`, people
    are who they were known to be at that moment.
    """
    scope = queries.Scope.of(
        asked.programmes,
        asked.first_day,
        asked.last_day,
        now=now,
        known_at=known_at,
        hubs=asked.hubs,
    )
    progress(5, "Adding up the programme")
    raw = queries.totals(scope, list(INDICATORS.values()))
    headline = {key: _figure(INDICATORS[key], value) for key, value in raw.items()}
    breakdowns = []
    for done, breakdown in enumerate(BREAKDOWNS, start=1):
        progress(10 + 80 * done // (len(BREAKDOWNS) + 1), f"Counting: {breakdown.title}")
        breakdowns.append(_breakdown(scope, breakdown, raw))
    progress(90, "Looking for missing registers")
    return {
        "schema": SCHEMA,
        "kind": "internal",
        "title": f"Evaluation report: {asked.subject}",
        "grant": _grant(asked.grant),
        "period": {
            "first_day": scope.first_day.isoformat(),
            "last_day": scope.last_day.isoformat(),
            "cut_off": _moment(scope.cut_off),
        },
        "headline": headline,
        "indicators": [_definition(indicator) for indicator in INDICATORS.values()],
        "targets": [_target(target, headline) for target in _targets(asked.grant)],
        "breakdowns": breakdowns,
        "missing_registers": _missing_registers(scope),
        "method": method(scope),
        "row_counts": queries.row_counts(scope),
    }


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment else None


def _targets(grant: Grant | None) -> list[Target]:
    return list(grant.targets.all()) if grant else []


def _grant(grant: Grant | None) -> dict[str, Any] | None:
    if grant is None:
        return None
    return {
        "name": grant.name,
        "slug": grant.slug,
        "funder": grant.funder.name,
        "programme": ", ".join(each.name for each in grant.programmes.order_by("name")),
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
    }


def _target(target: Target, headline: dict[str, Any]) -> dict[str, Any]:
    # A figure that this version does not know must not keep the others from being reported.
    indicator = INDICATORS.get(target.indicator)
    actual = headline.get(target.indicator)
    return {
        "indicator": target.indicator,
        "label": indicator.label if indicator else f"Unknown figure: {target.indicator}",
        "unit": indicator.unit.value if indicator else "",
        "target": str(target.value) if target.value % 1 else int(target.value),
        "actual": actual,
        "percent": _percent(actual, target.value),
    }


def _percent(actual: str | int | None, target: Decimal) -> str | None:
    if actual is None or target == 0:
        return None
    return str((Decimal(actual) * 100 / target).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _figure(indicator: Indicator, value: Any) -> int | str | None:
    """A query's value as it stands in a snapshot: minutes become hours to one decimal, as text."""
    if indicator.unit is Unit.HOURS:
        return str(hours([int(value)])[0])
    if isinstance(value, Decimal):
        return str(value) if indicator.unit is Unit.PERCENT else int(value)
    return value


def hours(minutes: Sequence[int]) -> list[Decimal]:
    """Minutes as hours to one decimal, rounded so that they sum to the rounded total.

    Each is rounded down to a tenth; the tenths that are then missing from the total go to those
    with the largest remainders (the first of equal ones).
    """
    tenths = [value // 6 for value in minutes]
    total = int((Decimal(sum(minutes)) / 6).quantize(Decimal(1), ROUND_HALF_UP))
    by_remainder = sorted(range(len(minutes)), key=lambda index: (-(minutes[index] % 6), index))
    for index in by_remainder[: total - sum(tenths)]:
        tenths[index] += 1
    return [Decimal(value).scaleb(-1) for value in tenths]


def _breakdown(
    scope: queries.Scope, breakdown: Breakdown, totals: dict[str, Any]
) -> dict[str, Any]:
    indicators = [INDICATORS[key] for key in breakdown.indicators]
    found = _found(scope, breakdown, indicators)
    rows = [row for row in breakdown.rows() if not row.optional or any(found.get(row.key, ()))]
    _refuse_strangers(breakdown, rows, found)
    raw = [found.get(row.key, (0,) * len(indicators)) for row in rows]
    columns = [
        _column(breakdown, indicator, [values[at] for values in raw], totals[indicator.id])
        for at, indicator in enumerate(indicators)
    ]
    return {
        "id": breakdown.id,
        "title": breakdown.title,
        "note": breakdown.note,
        "columns": [
            {"id": indicator.id, "label": indicator.label, "unit": indicator.unit.value}
            for indicator in indicators
        ],
        "rows": [
            {
                "label": row.label,
                "known": row.known,
                "reconciling": row.reconciling,
                "values": [column.values[at] for column in columns],
            }
            for at, row in enumerate([*rows, *breakdown.reconciling_rows()])
        ],
        "total": [column.total for column in columns],
    }


@dataclass(frozen=True)
class _Column:
    """One column as it stands in a snapshot: a value a row, and the total they sum to."""

    values: list[int | str]
    total: int | str


def _column(
    breakdown: Breakdown, indicator: Indicator, values: Sequence[Any], total: Any
) -> _Column:
    """Add the reconciling row where the breakdown has one.

    Raises:
        ArithmeticError: the rows do not sum to the total and nothing explains by how much.
    """
    numbers = [int(value) for value in values]
    difference = int(total) - sum(numbers)
    if breakdown.reconciling_label and indicator.unit is Unit.PEOPLE:
        numbers.append(difference)
    elif difference:
        raise ArithmeticError(f"{breakdown.id}: {indicator.id} is {difference} off its total.")
    elif breakdown.reconciling_label:
        numbers.append(0)
    if indicator.unit is not Unit.HOURS:
        return _Column([*numbers], int(total))
    return _Column([str(value) for value in hours(numbers)], str(hours([int(total)])[0]))


def _found(
    scope: queries.Scope, breakdown: Breakdown, indicators: Sequence[Indicator]
) -> dict[Any, tuple[Any, ...]]:
    """{key: one value an indicator} from as many relations as the indicators need."""
    if breakdown.of_person:
        return queries.grouped_by_person(scope, breakdown.key, indicators)
    found: dict[Any, dict[str, Any]] = {}
    for relation in (Relation.MARKS, Relation.SESSIONS):
        wanted = [indicator for indicator in indicators if indicator.relation is relation]
        for key, values in queries.grouped(scope, relation, breakdown.key, wanted).items():
            ids = (indicator.id for indicator in wanted)
            found.setdefault(key, {}).update(zip(ids, values, strict=True))
    return {
        key: tuple(values.get(indicator.id, 0) for indicator in indicators)
        for key, values in found.items()
    }


def _refuse_strangers(
    breakdown: Breakdown, rows: Sequence[Row], found: dict[Any, tuple[Any, ...]]
) -> None:
    strangers = set(found) - {row.key for row in rows}
    if any(any(found[key]) for key in strangers):
        raise LookupError(f"{breakdown.title}: no row for {sorted(map(str, strangers))}.")


def _missing_registers(scope: queries.Scope) -> dict[str, Any]:
    names = dict(Hub.objects.values_list("pk", "name"))
    by_hub: list[dict[str, Any]] = [
        {
            "label": names[hub] if hub else CITYWIDE,
            "count": count,
            "oldest": oldest.isoformat(),
        }
        for hub, count, oldest in queries.missing_registers_by_hub(scope)
    ]
    by_hub.sort(key=lambda row: row["label"])
    return {"count": sum(row["count"] for row in by_hub), "by_hub": by_hub}


def method(scope: queries.Scope) -> list[dict[str, str]]:
    """How the figures were made, in paragraphs with headings."""
    programme = scope.programmes[0]
    return [
        {
            "heading": "Where the figures come from",
            "text": "Every figure is added up from the registers that hub coordinators took "
            "and the session logs they kept. No figure was typed in or changed by hand. All "
            "were read at one moment, so they agree with each other.",
        },
        {
            "heading": "Who is counted",
            "text": f"Young people aged {programme.min_age} to {programme.max_age} at the "
            f"session, up to {programme.max_age_extended} with special needs or as a care "
            "leaver, who came as participants or volunteers. People of unknown age are counted "
            "and shown as not known. Artists, coaches, families and training sessions are not.",
        },
        {
            "heading": "Period",
            "text": "Both dates are included. A session belongs to the date of its start in "
            "Derby. Sessions that had not ended when the figures were read cannot have a "
            "missing register yet.",
        },
        {
            "heading": "Rounding",
            "text": "Counts are exact. Hours are shown to one decimal, rounded so that the "
            "rows of a table add up to its total.",
        },
        {
            "heading": "How to handle this report",
            "text": "It holds exact figures about small groups of children. It is for staff "
            "who may see the registers, and must not be published or passed on as it is.",
        },
    ]
