"""Lists of grants and of spend: their columns, and what they can be narrowed by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar

import django_filters
import django_tables2 as tables
from django.db import models
from django.http import QueryDict
from django.utils.dates import MONTHS

from activities.models import Programme
from evaluation.models import CostKind, Grant, GrantQuerySet, Spend, SpendQuerySet
from hubs.models import Organisation, OrganisationKind

NUMBER: dict[str, dict[str, str]] = {"td": {"data-type": "number"}}


class GrantState(models.TextChoices):
    """Where a grant stands."""

    RUNNING = "running", "Running"
    COMING = "coming", "Not begun"
    OVER = "over", "Over"


class GrantTable(tables.Table):
    """Grants, the latest first; each with `spent`, `gone` and `share`."""

    name = tables.TemplateColumn(
        template_name="evaluation/grants/_grant_link.html", verbose_name="Grant", order_by="name"
    )
    programmes = tables.TemplateColumn(
        template_name="evaluation/grants/_programme_names.html", orderable=False
    )
    period = tables.TemplateColumn(
        template_name="evaluation/grants/_grant_period.html",
        order_by=("starts_on", "ends_on"),
    )
    amount = tables.TemplateColumn(
        "{% load money %}{{ record.amount|pounds }}", attrs=NUMBER, order_by="amount"
    )
    spent = tables.TemplateColumn(
        template_name="evaluation/grants/_grant_spent.html", attrs=NUMBER, order_by="spent"
    )

    class Meta:
        model = Grant
        fields = ("name", "programmes", "period", "amount", "spent")
        order_by = "-period"
        empty_text = "No grant is like this. Take something out of the filter, or add one."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "grant-row"}


class SpendTable(tables.Table):
    """Lines of spend, the latest first; struck-out ones stand there as such."""

    spent_on = tables.DateColumn(format="j F Y", verbose_name="Spent on")
    what = tables.TemplateColumn(
        template_name="evaluation/grants/_spend_what.html", verbose_name="For what"
    )
    kind = tables.Column(verbose_name="Kind of cost")
    place = tables.TemplateColumn(
        template_name="evaluation/grants/_spend_place.html",
        order_by=("programme__name", "hub__name"),
        verbose_name="Programme, hub",
    )
    amount = tables.TemplateColumn(
        template_name="evaluation/grants/_spend_amount.html", attrs=NUMBER, order_by="amount"
    )
    action = tables.TemplateColumn(
        template_name="evaluation/grants/_spend_action.html",
        orderable=False,
        verbose_name="Correct",
    )

    class Meta:
        model = Spend
        fields = ("spent_on", "what", "kind", "place", "amount", "action")
        order_by = "-spent_on"
        empty_text = "No line is like this. Take something out of the filter, or record one."
        attrs: ClassVar = {"caption": "Select a heading to sort by it"}
        row_attrs: ClassVar = {"class": "spend-row"}


class GrantFilter(django_filters.FilterSet):
    """Programme, funder and state."""

    programme = django_filters.ModelChoiceFilter(
        field_name="programmes",
        queryset=Programme.objects.none(),
        to_field_name="slug",
        label="Programme",
        empty_label="Any programme",
    )
    funder = django_filters.ModelChoiceFilter(
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        label="Funder",
        empty_label="Any funder",
    )
    state = django_filters.ChoiceFilter(
        choices=GrantState.choices, method="in_state", label="State", empty_label="Any"
    )

    class Meta:
        model = Grant
        fields = ("programme", "funder", "state")

    def __init__(self, data: QueryDict, queryset: GrantQuerySet, *, today: dt.date) -> None:
        """Offer what there is; states are those of today."""
        super().__init__(data, queryset)
        self.today = today
        self.filters["programme"].queryset = Programme.objects.all()
        funders = Organisation.objects.filter(kind=OrganisationKind.FUNDER)
        self.filters["funder"].queryset = funders

    def in_state(self, grants: GrantQuerySet, name: str, value: str) -> GrantQuerySet:
        """Running, not begun or over today."""
        if value == GrantState.COMING:
            return grants.filter(starts_on__gt=self.today)
        if value == GrantState.OVER:
            return grants.filter(ends_on__lt=self.today)
        return grants.filter(starts_on__lte=self.today, ends_on__gte=self.today)


class SpendFilter(django_filters.FilterSet):
    """Kind of cost, month, and whether struck-out lines are there as well."""

    kind = django_filters.ChoiceFilter(
        choices=CostKind.choices, label="Kind of cost", empty_label="Any kind"
    )
    month = django_filters.ChoiceFilter(method="in_month", label="Month", empty_label="Every month")
    struck = django_filters.ChoiceFilter(
        choices=(("with", "Show them too"),),
        method="with_struck",
        label="Struck-out lines",
        empty_label="Leave them out",
    )

    class Meta:
        model = Spend
        fields = ("kind", "month", "struck")

    def __init__(
        self, data: QueryDict, queryset: SpendQuerySet, *, months: Iterable[dt.date]
    ) -> None:
        """Offer these months, each by its first day."""
        super().__init__(data, queryset)
        self.filters["month"].extra["choices"] = [
            (f"{month:%Y-%m}", f"{MONTHS[month.month]} {month.year}") for month in months
        ]

    def in_month(self, lines: SpendQuerySet, name: str, value: str) -> SpendQuerySet:
        """Spent in a month, given as "2019-03"."""
        year, month = map(int, value.split("-"))
        return lines.filter(spent_on__year=year, spent_on__month=month)

    def with_struck(self, lines: SpendQuerySet, name: str, value: str) -> SpendQuerySet:
        """All of them: leaving struck-out ones out is `qs`'s own."""
        return lines

    def filter_queryset(self, queryset: SpendQuerySet) -> SpendQuerySet:
        """What counts only, unless struck-out lines are asked for."""
        found: SpendQuerySet = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("struck") else found.counting()
