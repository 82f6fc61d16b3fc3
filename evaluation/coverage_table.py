"""Columns of the coverage by hub."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html

from evaluation.queries.coverage import Coverage, HubCoverage

NUMBER: dict[str, Any] = {"td": {"data-type": "number"}, "th": {"data-type": "number"}}


class CoverageTable(tables.Table):
    """Hubs side by side; a share stands beside the number that it is of."""

    hub = tables.Column()
    eligible = tables.Column(verbose_name="Came", attrs=NUMBER)
    agreed = tables.Column(
        verbose_name="Agreed to surveys", attrs=NUMBER, order_by=("agreed_rate", "agreed")
    )
    baseline = tables.Column(
        verbose_name="Answered the first time", attrs=NUMBER, order_by=("baseline_rate", "baseline")
    )
    due = tables.Column(verbose_name="Due to answer again", attrs=NUMBER)
    done = tables.Column(
        verbose_name="Answered again", attrs=NUMBER, order_by=("done_rate", "done")
    )
    overdue = tables.Column(verbose_name="Overdue", attrs=NUMBER)

    class Meta:
        order_by = "hub"
        empty_text = "You work with no hub yet."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}

    def __init__(self, coverage: Coverage) -> None:
        """Show every hub of it."""
        super().__init__(_sortable(coverage.hubs))

    def render_agreed(self, record: dict[str, Any]) -> str:
        """The number with its share of who came."""
        return with_share(record["agreed"], record["agreed_rate"])

    def render_baseline(self, record: dict[str, Any]) -> str:
        """The number with its share of who agreed."""
        return with_share(record["baseline"], record["baseline_rate"])

    def render_done(self, record: dict[str, Any]) -> str:
        """The number with its share of whose follow-up is due."""
        return with_share(record["done"], record["done_rate"])


def _sortable(hubs: list[HubCoverage]) -> list[dict[str, Any]]:
    names = ("hub", "eligible", "agreed", "baseline", "due", "done", "overdue")
    return [
        {name: getattr(each, name) for name in names}
        | {
            "agreed_rate": -1 if each.agreed_rate is None else each.agreed_rate,
            "baseline_rate": -1 if each.baseline_rate is None else each.baseline_rate,
            "done_rate": -1 if each.done_rate is None else each.done_rate,
        }
        for each in hubs
    ]


def with_share(number: int, rate: float | None) -> str:
    """Such as "12 (80 %)"; without a share where there is nobody to be part of."""
    if rate is None or rate < 0:
        return str(number)
    return format_html('{} <span class="soft">({} %)</span>', number, round(rate * 100))
