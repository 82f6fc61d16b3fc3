"""Tables that an address sorts and pages, and the table of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django_tables2 import RequestConfig, Table

from accounts.models import AccessAlert
from accounts.queries.trail import NO_LONGER_HERE


def sort_and_page(request: HttpRequest, table: Table, *, rows: int) -> None:
    """Sort a table as the address says, and show the page that it says, of so many rows.

    How long a page is is not for an address to say: none would be an error, a million a burden. A
    page that there is none of is the first or the last.
    """
    RequestConfig(request, paginate=False).configure(table)
    table.paginate(per_page=rows)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))


class AlertTable(tables.Table):
    """Alerts with who raised them, the latest first."""

    raised_at = tables.DateTimeColumn(format="D j M Y, H:i", verbose_name="When")
    kind = tables.TemplateColumn(
        template_name="audit/_alert_link.html", verbose_name="What", order_by=("kind", "raised_at")
    )
    actor_id = tables.Column(verbose_name="Who", orderable=False)
    number = tables.Column(verbose_name="How many", attrs={"td": {"data-type": "number"}})
    seen_at = tables.TemplateColumn(
        template_name="audit/_alert_state.html", verbose_name="Looked at"
    )

    class Meta:
        model = AccessAlert
        fields = ("raised_at", "kind", "actor_id", "number", "seen_at")
        order_by = "-raised_at"
        empty_text = (
            "There is no alert. Nobody opened many records or lists, nobody took an export."
        )
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}

    def __init__(self, alerts: QuerySet[AccessAlert], *, names: Mapping[UUID | None, str]) -> None:
        """Show names by the ids of accounts."""
        super().__init__(alerts)
        self.names = names

    def render_actor_id(self, value: UUID) -> str:
        """The name that goes with the id."""
        return self.names.get(value, NO_LONGER_HERE)
