"""The report as a page: a fragment for the portal, and a file that stands by itself."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from evaluation.reports.charts import bar_chart
from evaluation.reports.document import Document, Table

STYLESHEETS = ("css/tokens.css", "css/base.css", "css/components.css", "css/pages/report.css")


def render_fragment(document: Document) -> SafeString:
    """The report from its h1 on, for a page that links css/pages/report.css."""
    context = {
        "document": document,
        "targets": _drawn(document.targets),
        "breakdowns": [_drawn(table) for table in document.breakdowns],
        "missing_registers": _drawn(document.missing_registers),
        "row_counts": _drawn(document.row_counts),
    }
    return render_to_string("evaluation/report/document.html", context)


def render_page(document: Document) -> bytes:
    """The report as one HTML file in UTF-8: styles inside, no script, no address but its own."""
    context = {
        "document": document,
        "fragment": render_fragment(document),
        "styles": [_stylesheet(path) for path in STYLESHEETS],
    }
    return render_to_string("evaluation/report/report.html", context).encode()


def _drawn(table: Table) -> dict[str, object]:
    # The chart's template has escaped every label.
    chart = mark_safe(bar_chart(table.chart)) if table.chart else ""  # noqa: S308
    return {"table": table, "chart": chart}


def _stylesheet(path: str) -> SafeString:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(f"The stylesheet {path} is not among the static files.")
    # Our own file; its quotes must stay quotes.
    return mark_safe(Path(found).read_text(encoding="utf-8"))  # noqa: S308
