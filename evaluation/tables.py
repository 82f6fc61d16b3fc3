"""Columns of staff lists."""

from __future__ import annotations

from typing import ClassVar

import django_tables2 as tables

from evaluation.models import Quote, ReleasedFigure, ReportRun, Story


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
        empty_text = "No report here. Build the first one above, or show every state."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "report-run"}


class StoryTable(tables.Table):
    """Every story, what changed last on top."""

    title = tables.TemplateColumn(template_name="evaluation/editor/_story_link.html")
    place = tables.TemplateColumn(
        template_name="evaluation/editor/_place.html", order_by=("ward__name", "hub__name")
    )
    state = tables.TemplateColumn(
        template_name="evaluation/editor/_story_state.html",
        order_by=("withdrawn_at", "published_at"),
    )
    changed_at = tables.DateTimeColumn(format="j F Y, H:i", verbose_name="Changed")
    written_by = tables.Column(verbose_name="By", order_by="written_by__name", default="The server")

    class Meta:
        model = Story
        fields = ("title", "place", "state", "changed_at", "written_by")
        order_by = "-changed_at"
        empty_text = "There is no story yet. Write the first one."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "story-row"}


class FigureTable(tables.Table):
    """Every figure that was published, those that were taken back as well."""

    place = tables.TemplateColumn(
        template_name="evaluation/editor/_place.html", order_by=("ward__name", "hub__name")
    )
    programme = tables.Column(order_by="programme__name", default="")
    value = tables.Column(verbose_name="As shown", order_by="amount")
    period = tables.TemplateColumn(
        template_name="evaluation/editor/_period.html", order_by=("first_day", "last_day")
    )
    published_at = tables.DateTimeColumn(format="j F Y, H:i", verbose_name="Published")
    published_by = tables.Column(
        verbose_name="By", order_by="published_by__name", default="The server"
    )
    state = tables.TemplateColumn(
        template_name="evaluation/editor/_figure_state.html",
        order_by="withdrawn_at",
        verbose_name="State",
    )

    class Meta:
        model = ReleasedFigure
        fields = (
            "label",
            "programme",
            "place",
            "value",
            "period",
            "published_at",
            "published_by",
            "state",
        )
        order_by = "-published_at"
        empty_text = "No figure has been published yet. Open a release to publish its figures."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "figure-row"}


class QuoteTable(tables.Table):
    """Quotes and case studies, the latest first; each comes with `uses_now`."""

    words = tables.TemplateColumn(
        template_name="evaluation/quotes/_words.html", orderable=False, verbose_name="Words"
    )
    hub = tables.Column(order_by=("hub__name", "-said_on"))
    said_on = tables.DateColumn(format="j F Y", verbose_name="Said on")
    state = tables.TemplateColumn(
        template_name="evaluation/quotes/_state.html",
        order_by=("taken_out_at", "checked_at"),
        verbose_name="State",
    )

    class Meta:
        model = Quote
        fields = ("words", "state", "said_on", "hub")
        sequence = ("words", "state", "said_on", "hub")
        order_by = "-said_on"
        empty_text = "Nothing here. Take something out of the filter, or write the first one down."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "quote-row"}
