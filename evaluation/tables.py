"""Columns of staff lists."""

from __future__ import annotations

from typing import ClassVar

import django_tables2 as tables

from evaluation.models import ReportRun


class ReportRunTable(tables.Table):
    """The reports so far, newest first."""

    report = tables.TemplateColumn(
        template_name="evaluation/_run_link.html", order_by=("grant__name", "first_day")
    )
    status = tables.TemplateColumn(template_name="evaluation/_run_state.html", verbose_name="State")
    requested_at = tables.DateTimeColumn(format="j F Y, H:i", verbose_name="Asked for")
    requested_by = tables.Column(
        verbose_name="By", order_by="requested_by__name", default="The server"
    )

    class Meta:
        model = ReportRun
        fields = ("report", "status", "requested_at", "requested_by")
        order_by = "-requested_at"
        empty_text = "No report has been built yet. Build the first one above."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "report-run"}
