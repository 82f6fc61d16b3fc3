"""Columns of the table of sessions."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet

from activities.models import Session

PARTS = "activities/planning/_session_%s.html"


def _part(name: str, **options: Any) -> tables.TemplateColumn:
    """A column that a template draws; its name is the cell's class, which a phone lays out."""
    template = PARTS % name
    cells = {"td": {"class": f"session-cell session-cell--{name}"}}
    return tables.TemplateColumn(template_name=template, attrs=cells, **options)


class SessionTable(tables.Table):
    """Sessions with a box to pick each, in order of start."""

    pick = _part("pick", verbose_name="Pick", orderable=False)
    starts_at = _part("when", verbose_name="When")
    activity = _part("activity", order_by=("activity__title", "starts_at"))
    kind = _part("kind")
    state = _part("state", order_by=("cancelled_at", "register_taken_at", "starts_at"))
    led_by = _part("leader", verbose_name="Led by", order_by=("led_by__name", "starts_at"))
    places = _part("places", verbose_name="Places")
    act = _part("act", verbose_name="Do", orderable=False)

    class Meta:
        model = Session
        fields = ("pick", "starts_at", "activity", "kind", "state", "led_by", "places", "act")
        order_by = "starts_at"
        empty_text = "No session is like that. Take something out of the filter."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "session-row"}

    def order_places(
        self,
        sessions: QuerySet[Session],
        is_descending: bool,  # noqa: FBT001 - called by position
    ) -> tuple[QuerySet[Session], bool]:
        """Those that nobody has to book come last, either way round."""
        places = F("places")
        order = places.desc if is_descending else places.asc
        return sessions.order_by(order(nulls_last=True), "starts_at"), True
