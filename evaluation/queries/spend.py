"""What was spent and what was budgeted, in pounds: the one place that adds money up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, Sum

from activities.models import Programme
from evaluation.models import BudgetLine, CostKind, Grant, Spend
from evaluation.models.grants import SpendQuerySet
from hubs.models import Hub

NOUGHT = Decimal("0.00")


@dataclass(frozen=True)
class Money:
    """Pounds of one report. `by_kind` has (label of the kind, budget or None, spend).

    Budgets are None where the report is of no one grant, or of some hubs only: a budget is of a
    whole grant and cannot be divided. The last row of `by_kind` is "Not budgeted by kind" where
    budget lines do not add up to the grant's amount. `lines` says how many lines were added up.
    """

    spend: Decimal
    budget: Decimal | None
    by_kind: tuple[tuple[str, Decimal | None, Decimal], ...]
    lines: int


def spend_of(
    programmes: Iterable[Programme],
    grant: Grant | None,
    first: dt.date,
    last: dt.date,
    hubs: Collection[Hub] = (),
) -> Money:
    """What belongs to a report of a grant, or of programmes where there is none. Two queries.

    See `lines_of` for which lines those are; the budget is the whole grant's, whatever the dates.
    """
    spent = by_kind(lines_of(programmes, grant, hubs).between(first, last))
    budgeted = budget(grant) if grant and not hubs else None
    rows = tuple(
        (kind.label, budgeted.get(kind, NOUGHT) if budgeted is not None else None, pounds)
        for kind in CostKind
        if (pounds := spent.get(kind, (NOUGHT, 0))[0]) or (budgeted or {}).get(kind)
    )
    total = None
    if grant and budgeted is not None:
        total = grant.amount
        rows += _unbudgeted(total - sum(budgeted.values(), NOUGHT))
    return Money(
        spend=sum((pounds for pounds, _ in spent.values()), NOUGHT),
        budget=total,
        by_kind=rows,
        lines=sum(lines for _, lines in spent.values()),
    )


def lines_of(
    programmes: Iterable[Programme], grant: Grant | None, hubs: Collection[Hub] = ()
) -> SpendQuerySet:
    """The lines that count for a grant, or for programmes where there is none.

    A grant's are all of its own. Those of programmes are the lines of every grant that name one
    of them, and lines that name none where their grant pays for nothing else. Of hubs they are
    those that name one of them: what was spent for all hubs is not divided.
    """
    lines = Spend.objects.counting()
    lines = lines.filter(grant=grant) if grant else lines.filter(_for_programmes(programmes))
    return lines.filter(hub__in=hubs) if hubs else lines


def by_kind(lines: SpendQuerySet) -> dict[str, tuple[Decimal, int]]:
    """{kind: (pounds, number of lines)}, struck-out lines left out. One query."""
    rows = lines.counting().order_by().values_list("kind").annotate(Sum("amount"), Count("pk"))
    return {kind: (pounds, n) for kind, pounds, n in rows}


def budget(grant: Grant) -> dict[str, Decimal]:
    """{kind: pounds} as the grant's budget says. One query."""
    return dict(BudgetLine.objects.filter(grant=grant).values_list("kind", "amount"))


def spent(lines: SpendQuerySet) -> Decimal:
    """The sum of lines, struck-out ones left out. One query."""
    return lines.counting().aggregate(pounds=Sum("amount"))["pounds"] or NOUGHT


def _for_programmes(programmes: Iterable[Programme]) -> Q:
    wanted = [programme.pk for programme in programmes]
    others = Grant.programmes.through.objects.filter(grant=OuterRef("grant"))
    pays_for_one = Exists(others.filter(programme__in=wanted))
    pays_for_others = Exists(others.exclude(programme__in=wanted))
    of_grant = Q(programme__isnull=True) & Q(pays_for_one) & ~Q(pays_for_others)
    return Q(programme__in=wanted) | of_grant


def _unbudgeted(pounds: Decimal) -> tuple[tuple[str, Decimal | None, Decimal], ...]:
    return (("Not budgeted by kind", pounds, NOUGHT),) if pounds else ()
