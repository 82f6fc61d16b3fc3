"""The charts of the dashboard, each with its numbers as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from evaluation.queries.dashboard import HubWeeks, Week, weeks_together
from evaluation.reports.dashboard import BoardTable, GrantBoard
from evaluation.reports.document import Bar, Chart, ChartKind

_WHOLE = Decimal(100)


def weeks_chart(weeks: Sequence[HubWeeks]) -> Chart:
    """Session hours held each week against the hours that these hubs plan."""
    bars = tuple(_week_bar(week) for week in weeks_together(weeks))
    plan = sum(each.hub.weekly_hours for each in weeks if each.hub)
    said = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Chart(
        id="weeks",
        title="Session hours held each week",
        description=f"{said}. The plan is {plan} hours a week.",
        bars=bars,
        mark=Decimal(plan),
    )


def _week_bar(week: Week) -> Bar:
    held = Decimal(week.held) / 60
    label = "This week" if week.is_now else f"{week.monday.day} {week.monday:%b}"
    return Bar(label, held, f"{held:,.1f}".removesuffix(".0"))


def month_charts(months: BoardTable) -> list[Chart]:
    """One chart a figure, by month."""
    if not months.rows:
        return []
    return [
        Chart(
            id=f"month-{indicator.id.replace('_', '-')}",
            title=f"{indicator.label} by month",
            description="; ".join(f"{row.label}: {row.texts[at]}" for row in months.rows),
            bars=tuple(
                Bar(row.label, row.values[at] or Decimal(0), row.texts[at]) for row in months.rows
            ),
            kind=ChartKind.COLUMNS,
        )
        for at, indicator in enumerate(months.indicators)
    ]


def targets_chart(board: GrantBoard) -> Chart:
    """How much of each target is reached, in per cent of it."""
    bars = tuple(
        Bar(label, percent, f"{percent:.0f} %")
        for label, percent in board.progress
        if percent is not None
    )
    return Chart(
        id=f"targets-{board.grant.pk}",
        title="How much of each target is reached",
        description="; ".join(f"{bar.label}: {bar.text}" for bar in bars),
        bars=bars,
        mark=_WHOLE,
        kind=ChartKind.PROGRESS,
    )
