"""Columns of the lists of releases and of what was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_tables2 as tables

from evaluation.models import Release, ReleasedTable


class ReleaseTable(tables.Table):
    """Releases, the newest first."""

    report = tables.TemplateColumn(
        template_name="evaluation/releases/_link.html",
        order_by=("run__grant__name", "run__first_day"),
        verbose_name="Release",
    )
    state = tables.TemplateColumn(template_name="evaluation/releases/_state.html")
    made_by = tables.Column(verbose_name="Written by", order_by="made_by__name", default="-")
    checked_by = tables.Column(
        verbose_name="Signed off by", order_by="checked_by__name", default="-"
    )
    made_at = tables.DateTimeColumn(format="j F Y, H:i", verbose_name="Begun")

    class Meta:
        model = Release
        fields = ("report", "state", "made_by", "checked_by", "made_at")
        order_by = "-made_at"
        empty_text = "Nothing has been released yet. Open a finished report and begin one there."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "release-row"}


class RegisterTable(tables.Table):
    """Every table that was ever told, the latest first."""

    table = tables.TemplateColumn(
        template_name="evaluation/releases/_told_link.html", verbose_name="Table"
    )
    scope = tables.Column(orderable=False, verbose_name="Of what")
    period = tables.TemplateColumn(
        template_name="evaluation/editor/_period.html", order_by=("first_day", "last_day")
    )
    method = tables.TemplateColumn(
        template_name="evaluation/releases/_method.html", verbose_name="Protected by"
    )
    # The tables of one release stay together, in its own order where the latest comes first.
    told_at = tables.DateTimeColumn(
        accessor="release__released_at",
        format="j F Y",
        order_by=("release__released_at", "release_id", "-pk"),
        verbose_name="Told on",
    )

    def __init__(self, *args: Any, names: Mapping[str, str], **options: Any) -> None:
        """`names` says what programmes and hubs are called, by their slugs."""
        super().__init__(*args, **options)
        self.names = names

    def render_scope(self, value: Mapping[str, Sequence[str]]) -> str:
        """Programmes and hubs by name, or by slug where nothing has that slug any more."""
        programmes, hubs = (
            ", ".join(self.names.get(slug, slug) for slug in value.get(each, ()))
            for each in ("programmes", "hubs")
        )
        return f"{programmes}; {hubs or 'every hub'}"

    class Meta:
        model = ReleasedTable
        fields = ("table", "scope", "period", "method", "told_at")
        order_by = "-told_at"
        empty_text = "Nothing has been told yet."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "told-row"}
