"""Where the figures of a report's page lead: to the rows behind them, for who may see those."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from evaluation.access import can_see_rows
from evaluation.models import ReportRun
from evaluation.reports.rows import can_have_rows, tells_equality


def rows_url_of(run: ReportRun, user: User) -> Callable[[str, str, str], str | None]:
    """(table id, row id, column id) -> the address of the rows behind a cell, or None. No query."""
    may_see = {answers: can_see_rows(user, is_equality=answers) for answers in (False, True)}

    def rows_url(table: str, row: str, column: str) -> str | None:
        # Its rows are called like figures, but say how much was read.
        if table == "row_counts":
            return None
        if not can_have_rows(table, row, column) or not may_see[tells_equality(table, row)]:
            return None
        address = reverse(
            "dashboard:report_rows", kwargs={"run": run.pk, "table": table, "row": row}
        )
        return f"{address}?{urlencode({'column': column})}" if column else address

    return rows_url
