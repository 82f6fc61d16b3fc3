"""Grants as pages show them: how far they are, what they promised, what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from activities.models import Programme
from evaluation.models import (
    CostKind,
    Grant,
    GrantQuerySet,
    ReportRun,
    ReportRunQuerySet,
    Spend,
    SpendQuerySet,
)
from evaluation.queries.spend import NOUGHT, budget, by_kind
from evaluation.queries.targets import TargetActual, actuals, percent_of

RECENT = 8
MONEY = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True)
class KindMoney:
    """Budget and spend of one kind of cost in pounds; `percent` of the budget, None without one."""

    label: str
    budget: Decimal
    spend: Decimal
    percent: Decimal | None

    @property
    def is_over(self) -> bool:
        """Whether more was spent than was meant for it."""
        return self.spend > self.budget


@dataclass(frozen=True)
class GrantMoney:
    """A grant's money in pounds, in whole and by kind of cost."""

    amount: Decimal
    spend: Decimal
    percent: Decimal | None
    kinds: list[KindMoney]
    unplanned: Decimal

    @property
    def left(self) -> Decimal:
        """What can still be spent; below nought where too much was."""
        return self.amount - self.spend


@dataclass(frozen=True)
class GrantPage:
    """Everything on a grant's page."""

    grant: Grant
    programmes: list[Programme]
    days_gone: Decimal | None
    targets: list[TargetActual]
    money: GrantMoney
    recent: list[Spend]
    lines: int
    runs: list[ReportRun]
    schedules: int


def grant_rows(grants: GrantQuerySet) -> GrantQuerySet:
    """Grants for a list with funder and programmes, each with `spent` in pounds. Two queries."""
    lines = Spend.objects.counting().filter(grant=OuterRef("pk")).order_by().values("grant")
    pounds = Subquery(lines.annotate(pounds=Sum("amount")).values("pounds"))
    programmes = Prefetch("programmes", Programme.objects.order_by("name"))
    return (
        grants.select_related("funder")
        .prefetch_related(programmes)
        .annotate(spent=Coalesce(pounds, NOUGHT, output_field=MONEY))
    )


def add_progress(grants: Iterable[Grant], today: dt.date) -> None:
    """Add to grants of `grant_rows` how many per cent of their days and money are gone."""
    for grant in grants:
        grant.gone = days_gone(grant, today)  # type: ignore[attr-defined]
        grant.share = percent_of(grant.spent, grant.amount)  # type: ignore[attr-defined]


def days_gone(grant: Grant, today: dt.date) -> Decimal | None:
    """How many per cent of a grant's days are over; 0 before it begins, 100 from its last day."""
    whole = (grant.ends_on - grant.starts_on).days + 1
    gone = min(max((today - grant.starts_on).days + 1, 0), whole)
    return percent_of(gone, Decimal(whole))


def money_of(grant: Grant) -> GrantMoney:
    """A grant's money. Two queries."""
    spent, planned = by_kind(grant.spend.counting()), budget(grant)
    kinds = [
        _kind_money(kind, planned.get(kind, NOUGHT), spent.get(kind, (NOUGHT, 0))[0])
        for kind in CostKind
        if kind in planned or kind in spent
    ]
    total = sum((each.spend for each in kinds), NOUGHT)
    return GrantMoney(
        amount=grant.amount,
        spend=total,
        percent=percent_of(total, grant.amount),
        kinds=kinds,
        unplanned=grant.amount - sum((each.budget for each in kinds), NOUGHT),
    )


def _kind_money(kind: CostKind, planned: Decimal, pounds: Decimal) -> KindMoney:
    return KindMoney(kind.label, planned, pounds, percent_of(pounds, planned))


def grant_page(
    grant: Grant, runs: ReportRunQuerySet, *, now: dt.datetime, today: dt.date
) -> GrantPage:
    """A grant with what came of its targets, its money, its latest lines and reports.

    `runs` are those that the reader may see.
    """
    programmes = list(grant.programmes.order_by("name"))
    targets = grant.targets.select_related("hub")
    lines = with_names(grant.spend.counting())
    return GrantPage(
        grant=grant,
        programmes=programmes,
        days_gone=days_gone(grant, today),
        targets=actuals(targets, programmes, grant.starts_on, grant.ends_on, grant=grant, now=now),
        money=money_of(grant),
        recent=list(lines[:RECENT]),
        lines=lines.count(),
        runs=list(runs.filter(grant=grant).select_related("grant")[:RECENT]),
        schedules=grant.schedules.filter(ended_at__isnull=True).count(),
    )


def with_names(lines: SpendQuerySet) -> SpendQuerySet:
    """Lines with the programmes, hubs and people that they name."""
    return lines.select_related("programme", "hub", "recorded_by")


def months_of(lines: SpendQuerySet) -> list[dt.date]:
    """The first days of the months in which money was spent, the latest first. One query."""
    return list(lines.order_by().dates("spent_on", "month", order="DESC"))


def programme_rows() -> QuerySet[Programme]:
    """Every programme with who leads it and the grants that pay for it. Two queries."""
    grants = Prefetch("grants", Grant.objects.order_by("name"))
    return Programme.objects.select_related("lead").prefetch_related(grants)
