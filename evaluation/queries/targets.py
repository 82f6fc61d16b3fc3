"""Targets against actual, from the same registry as every other figure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from activities.models import Programme
from evaluation.indicators import INDICATORS, Indicator, Unit
from evaluation.models import Grant, Target
from evaluation.queries import record
from evaluation.queries.record import Scope, Who
from evaluation.queries.spend import spend_of
from hubs.models import Hub


@dataclass(frozen=True)
class TargetActual:
    """A target, what came of it so far, and the days that were asked, both included.

    `actual` is None where nothing can be said; `percent` is of the target, to one decimal, None
    where that is nought. `indicator` is None for a figure that this version does not know.
    """

    target: Target
    indicator: Indicator | None
    first_day: dt.date
    last_day: dt.date
    actual: int | Decimal | None
    percent: Decimal | None

    @property
    def label(self) -> str:
        """What the figure is called."""
        return label_of(self.target)

    @property
    def unit(self) -> str:
        """What it counts; empty where nobody knows any more."""
        return str(self.indicator.unit) if self.indicator else ""


@dataclass(frozen=True)
class _Asked:
    """What several targets may ask of together: days, hub and people."""

    first_day: dt.date
    last_day: dt.date
    hub: Hub | None
    who: Who


def actuals(
    targets: Iterable[Target],
    programmes: Iterable[Programme],
    first: dt.date,
    last: dt.date,
    *,
    grant: Grant | None = None,
    now: dt.datetime,
    known_at: dt.datetime | None = None,
) -> list[TargetActual]:
    """Targets in their order with what came of them from first to last, both included.

    A target with days of its own is asked of those instead. Targets of the same days, hub and
    people are asked together: at most one query a relation for each such group, and two for what
    costs are made of. Money is that of `grant`, or of the programmes where there is none.
    """
    targets, programmes = list(targets), tuple(programmes)
    groups: dict[_Asked, list[Target]] = defaultdict(list)
    for target in targets:
        groups[_asked(target, first, last)].append(target)
    found: dict[int, TargetActual] = {}
    for asked, members in groups.items():
        scope = Scope.of(
            programmes,
            asked.first_day,
            asked.last_day,
            now=now,
            known_at=known_at,
            hubs=(asked.hub,) if asked.hub else (),
            who=asked.who,
        )
        figures = _figures(scope, members, grant)
        for target in members:
            found[target.pk] = _compared(target, asked, figures.get(target.indicator))
    return [found[target.pk] for target in targets]


def _asked(target: Target, first: dt.date, last: dt.date) -> _Asked:
    return _Asked(
        first_day=target.first_day or first,
        last_day=target.last_day or last,
        hub=target.hub,
        who=Who(target.min_age, target.max_age, target.characteristic),
    )


def _figures(scope: Scope, targets: list[Target], grant: Grant | None) -> dict[str, Any]:
    """What the targets ask for, by id; unknown figures are left out."""
    wanted = {target.indicator for target in targets} & INDICATORS.keys()
    pounds: dict[str, Decimal | None] = {}
    if any(_costs(INDICATORS[each]) for each in wanted):
        money = spend_of(scope.programmes, grant, scope.first_day, scope.last_day, scope.hubs)
        # Where nothing was recorded, nobody knows what anything cost.
        pounds = {"spend": money.spend if money.lines else None, "budget": money.budget}
    return record.figures(scope, sorted(wanted), pounds)


def _costs(indicator: Indicator) -> bool:
    return indicator.unit is Unit.POUNDS


def _compared(target: Target, asked: _Asked, raw: int | Decimal | None) -> TargetActual:
    indicator = INDICATORS.get(target.indicator)
    actual = raw
    is_minutes = indicator is not None and indicator.unit is Unit.HOURS and not indicator.is_ratio
    if raw is not None and is_minutes:
        actual = (Decimal(raw) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return TargetActual(
        target=target,
        indicator=indicator,
        first_day=asked.first_day,
        last_day=asked.last_day,
        actual=actual,
        percent=percent_of(actual, target.value),
    )


def percent_of(part: int | Decimal | None, whole: Decimal | None) -> Decimal | None:
    """How many per cent of `whole` a part is, to one decimal; None where either is not known."""
    if part is None or not whole:
        return None
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def label_of(target: Target) -> str:
    """What the figure of a target is called."""
    indicator = INDICATORS.get(target.indicator)
    return indicator.label if indicator else f"Unknown figure: {target.indicator}"
