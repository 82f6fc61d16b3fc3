"""What the grant was budgeted for, and the lines of what was spent of it. All of it is made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from activities.models import Programme
from derby_portal.seeding.chance import chance, seed_id
from derby_portal.seeding.dates import CELEBRATION, LAUNCH
from evaluation.models import BudgetLine, CostKind, Grant, Spend
from hubs.models import Hub

# Pounds of the grant's million.
BUDGET: dict[CostKind, int] = {
    CostKind.STAFF: 228_000,
    CostKind.PARTNERS: 432_000,
    CostKind.VENUES: 96_000,
    CostKind.MATERIALS: 64_000,
    CostKind.TRANSPORT: 38_000,
    CostKind.TRAINING: 32_000,
    CostKind.EVALUATION: 50_000,
    CostKind.PUBLICITY: 24_000,
    CostKind.OVERHEADS: 36_000,
}
# Bills are paid late in a month; the last ones before the celebration.
PAYDAY, LAST_PAYDAY = 28, CELEBRATION - dt.timedelta(days=1)
RECORDED_AFTER = dt.timedelta(days=6)
# An amount is up to so much above or below its share.
SWING = 0.12


@dataclass(frozen=True)
class Cost:
    """What was paid for every so many months, and how much of its budget went by the end."""

    kind: CostKind
    what: str
    every: int
    share: float


COSTS: tuple[Cost, ...] = (
    Cost(CostKind.STAFF, "Hub co-ordinators and programme team, pay", 1, 0.90),
    Cost(CostKind.PARTNERS, "Delivery partners, sessions of the month", 1, 0.92),
    Cost(CostKind.VENUES, "Halls and studios, hire", 1, 0.84),
    Cost(CostKind.MATERIALS, "Sports kit, paint, instruments", 2, 0.79),
    Cost(CostKind.TRANSPORT, "Minibuses and bus passes", 2, 1.04),
    Cost(CostKind.TRAINING, "Life skills training of artists and coaches", 3, 0.75),
    Cost(CostKind.EVALUATION, "Evaluation, instalment", 3, 0.60),
    Cost(CostKind.PUBLICITY, "Leaflets, posters, roadshow stands", 3, 0.90),
    Cost(CostKind.OVERHEADS, "Management, insurance, accounts", 3, 0.85),
)
# What was for one hub alone: (hub, kind, what, pounds).
OF_HUBS: tuple[tuple[str, CostKind, str, int], ...] = (
    ("Arboretum", CostKind.MATERIALS, "Steel pans for the carnival group", 1_850),
    ("Derwent", CostKind.TRANSPORT, "Coaches to the dance showcase", 640),
)
REFUND = Decimal(-420)


def create_money(grant: Grant, programme: Programme) -> None:
    """Budget the grant by kind, and record what was spent in the months of delivery."""
    BudgetLine.objects.bulk_create(
        BudgetLine(grant=grant, kind=kind, amount=pounds) for kind, pounds in BUDGET.items()
    )
    hubs = {hub.name: hub for hub in Hub.objects.all()}
    lines = [*_monthly(grant), *_of_hubs(grant, hubs), *_corrected(grant)]
    for line in lines:
        line.programme = programme
    Spend.objects.bulk_create(lines)


def paydays() -> list[dt.date]:
    """The days on which bills were paid, one a month from the launch to the celebration."""
    months = [(LAUNCH.year + (LAUNCH.month + at - 1) // 12, (LAUNCH.month + at - 1) % 12 + 1)
              for at in range(11)]  # fmt: skip
    return [min(dt.date(year, month, PAYDAY), LAST_PAYDAY) for year, month in months]


def _monthly(grant: Grant) -> Iterator[Spend]:
    for cost in COSTS:
        days = paydays()[cost.every - 1 :: cost.every]
        for day in days:
            part = BUDGET[cost.kind] * cost.share / len(days)
            swing = 1 + SWING * (2 * chance("spend", cost.kind, day).random() - 1)
            what = f"{cost.what}, {day:%B %Y}"
            yield _line(grant, cost.kind, day, what, Decimal(round(part * swing, -1)))


def _of_hubs(grant: Grant, hubs: dict[str, Hub]) -> Iterator[Spend]:
    for name, kind, what, pounds in OF_HUBS:
        line = _line(grant, kind, paydays()[-3], what, Decimal(pounds))
        line.hub = hubs[name]
        yield line


def _corrected(grant: Grant) -> Iterator[Spend]:
    """A line that was recorded twice by mistake, and money that came back."""
    day = paydays()[4]
    twice = _line(grant, CostKind.VENUES, day, "Hall hire, recorded a second time", Decimal(7_200))
    twice.struck_out_at = twice.recorded_at + RECORDED_AFTER
    twice.struck_out_why = "Recorded twice: it is part of the month's line."
    yield twice
    yield _line(grant, CostKind.TRANSPORT, day, "Bus company, unused passes returned", REFUND)


def _line(grant: Grant, kind: CostKind, day: dt.date, what: str, pounds: Decimal) -> Spend:
    recorded = dt.datetime.combine(day + RECORDED_AFTER, dt.time(10), dt.UTC)
    return Spend(
        id=seed_id("spend", kind, day, what),
        grant=grant,
        kind=kind,
        amount=pounds,
        spent_on=day,
        what=what,
        recorded_at=recorded,
    )
