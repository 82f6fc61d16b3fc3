"""Figures kept by hub and month, so that a dashboard need not count every mark again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from activities.models import Programme
from hubs.models import Hub


class HubMonth(models.Model):
    """One figure of a programme at a hub (or citywide) in one Europe/London month.

    Exact: what is stale is counted anew before anything is read. See `queries.rollups`.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="+")
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, null=True, related_name="+")
    month = models.DateField(help_text="Its first day")
    indicator = models.CharField(max_length=60, help_text="Id from evaluation.indicators")
    value = models.BigIntegerField(help_text="As the database adds it up: hours in minutes")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "hub", "month", "indicator"],
                nulls_distinct=False,
                name="hub_month_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} in {self.month:%Y-%m}"


class StaleMonth(models.Model):
    """A programme's month at a hub that changed since it was counted. Written by triggers.

    Rows are only added, and several may say the same: nobody waits for anybody to write one. So
    the database does not look whether programme and hub are there, either.
    """

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    hub = models.ForeignKey(
        Hub, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    month = models.DateField(help_text="Its first day")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["programme", "hub", "month"], name="stale_month_of")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
