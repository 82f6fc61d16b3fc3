"""When schools are open: terms, and the days on which nothing or less takes place."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Term(models.Model):
    """A school term of Derby between two dates, both included. Half-terms are closures."""

    name = models.CharField(max_length=60, unique=True)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="term_dates")
        ]

    def __str__(self) -> str:
        return self.name


class ClosureKind(models.TextChoices):
    """Why there is nothing on a day, which decides for whom."""

    BANK_HOLIDAY = "bank_holiday", "Bank holiday"
    HOLIDAY = "holiday", "School holiday or half-term"
    INSET = "inset", "INSET day"
    BUILDING = "building", "The building is closed"


# Only what follows the school's calendar stops on these; anything else goes on.
SCHOOL_CLOSURES = (ClosureKind.HOLIDAY, ClosureKind.INSET)


class ClosureQuerySet(models.QuerySet["Closure"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Closures of the whole city and of the hubs a member of staff works with."""
        return self.filter(Q(hub__isnull=True) | Q(hub__in=Hub.objects.visible_to(user)))

    def of_hub(self, hub: Hub | None) -> Self:
        """Closures of one hub and of the whole city."""
        return self.filter(Q(hub__isnull=True) | Q(hub=hub))

    def touching(self, first: dt.date, last: dt.date) -> Self:
        """Closures with a day between two dates, both included."""
        return self.filter(first_on__lte=last, last_on__gte=first)


class Closure(models.Model):
    """Days, both included, on which schedules make no sessions. Without a hub: everywhere."""

    hub = models.ForeignKey(
        Hub, on_delete=models.CASCADE, null=True, blank=True, related_name="closures"
    )
    kind = models.CharField(max_length=15, choices=ClosureKind)
    name = models.CharField(max_length=80)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["first_on", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="closure_dates"),
            models.CheckConstraint(
                condition=Q(kind__in=ClosureKind.values), name="closure_kind_known"
            ),
            models.UniqueConstraint(
                fields=["hub", "kind", "first_on"],
                name="closure_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.first_on:%d %B %Y}"
