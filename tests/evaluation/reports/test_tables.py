"""Tables of a report that are no breakdowns."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from evaluation.reports.tables import of_figures


def test_costs_are_a_table_only_where_somebody_knows_the_spend() -> None:
    raw: defaultdict[str, object] = defaultdict(int)
    raw |= {"spend": None}
    assert "costs" not in {table["id"] for table in of_figures(raw)}
    raw |= {"spend": Decimal("120.5"), "cost_per_session_hour": Decimal("12.05")}
    costs = next(table for table in of_figures(raw) if table["id"] == "costs")
    assert costs["rows"][0]["values"][0] == "120.50"
