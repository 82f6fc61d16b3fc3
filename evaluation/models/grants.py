"""Who pays, for what, and what was promised: grants, targets, budgets and spend."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Programme
from hubs.models import Hub, Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Who may see money, promises and reports of the whole, and change them.
REPORT_ROLES = frozenset({Role.TRUST_STAFF})


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every grant for trust staff, none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class Grant(models.Model):
    """Money given for one or more programmes over a period, both dates included."""

    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=120, unique=True)
    reference = models.CharField("the funder's reference", max_length=60, blank=True, default="")
    programmes = models.ManyToManyField(Programme, related_name="grants")
    funder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="grants")
    amount = models.DecimalField("amount in pounds", max_digits=12, decimal_places=2)
    awarded_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="grant_dates"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="grant_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Characteristic(models.TextChoices):
    """Something that is known of a person and that a promise can be narrowed to."""

    DISADVANTAGED = "disadvantaged", "Disadvantaged"
    FREE_SCHOOL_MEALS = "free_school_meals", "Free school meals"
    CARE_EXPERIENCED = "care_experienced", "Looked after or care leaver"
    ALTERNATIVE_PROVISION = "alternative_provision", "Alternative provision"
    SPECIAL_NEEDS = "special_needs", "Special needs"
    YOUNG_CARER = "young_carer", "Young carer"
    ENGLISH_ADDITIONAL = "english_additional", "English as an additional language"
    FEMALE = "female", "Girls and young women"
    MALE = "male", "Boys and young men"
    MOST_DEPRIVED = "most_deprived", "Home in the most deprived 20 % of England"


class Target(models.Model):
    """What a grant promises of one figure: over a period, and of whom.

    Without dates of its own it is of the whole grant; without hub, ages and characteristic it is
    of everybody.
    """

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="targets")
    indicator = models.CharField(max_length=60, help_text="Id from evaluation.indicators")
    value = models.DecimalField(max_digits=12, decimal_places=1)
    first_day = models.DateField("from", null=True, blank=True)
    last_day = models.DateField("to, included", null=True, blank=True)
    hub = models.ForeignKey(
        Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="targets"
    )
    min_age = models.PositiveSmallIntegerField(
        "youngest", null=True, blank=True, validators=[MaxValueValidator(25)]
    )
    max_age = models.PositiveSmallIntegerField(
        "oldest", null=True, blank=True, validators=[MaxValueValidator(25)]
    )
    characteristic = models.CharField(max_length=24, choices=Characteristic, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["grant", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    *("grant", "indicator", "first_day", "last_day"),
                    *("hub", "min_age", "max_age", "characteristic"),
                ],
                nulls_distinct=False,
                name="target_once",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="target_not_negative"),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True, last_day__isnull=True)
                | Q(first_day__lte=F("last_day")),
                name="target_dates",
            ),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True)
                | Q(max_age__isnull=True)
                | Q(min_age__lte=F("max_age")),
                name="target_ages",
            ),
            models.CheckConstraint(
                condition=Q(characteristic__in=["", *Characteristic.values]),
                name="target_characteristic_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"

    @property
    def is_of_everybody(self) -> bool:
        """Whether it is of every hub and of everybody."""
        ages = (self.min_age, self.max_age)
        return self.hub_id is None and ages == (None, None) and not self.characteristic


class CostKind(models.TextChoices):
    """What money is for. Reports add up by these."""

    STAFF = "staff", "Staff of the trust"
    PARTNERS = "partners", "Delivery partners, artists and coaches"
    VENUES = "venues", "Venues"
    MATERIALS = "materials", "Materials and equipment"
    TRANSPORT = "transport", "Transport and trips"
    TRAINING = "training", "Training"
    EVALUATION = "evaluation", "Evaluation"
    PUBLICITY = "publicity", "Publicity"
    OVERHEADS = "overheads", "Management and overheads"
    OTHER = "other", "Other"


class BudgetLine(models.Model):
    """How much of a grant is meant for one kind of cost, in pounds."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="budget_lines")
    kind = models.CharField(max_length=12, choices=CostKind)
    amount = models.DecimalField(
        "amount in pounds", max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )

    class Meta:
        ordering: ClassVar = ["grant", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["grant", "kind"], name="budget_line_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=CostKind.values), name="budget_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount}"


class SpendQuerySet(models.QuerySet["Spend"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every line for trust staff, none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()

    def counting(self) -> Self:
        """Lines that were not struck out."""
        return self.filter(struck_out_at__isnull=True)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Lines of days from first to last, both included."""
        return self.filter(spent_on__range=(first, last))


class Spend(models.Model):
    """One line of money spent from a grant. Never changed: a wrong one is struck out.

    A refund has a negative amount. `what` names no child.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="spend")
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=12, choices=CostKind)
    amount = models.DecimalField("amount in pounds", max_digits=12, decimal_places=2)
    spent_on = models.DateField()
    what = models.CharField("for what", max_length=160)
    recorded_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    struck_out_at = models.DateTimeField(null=True, blank=True, editable=False)
    struck_out_why = models.CharField(max_length=160, blank=True, default="")

    objects = SpendQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "spend"
        ordering: ClassVar = ["-spent_on", "-recorded_at"]
        indexes: ClassVar = [models.Index(fields=["grant", "spent_on"], name="spend_by_day")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="spend_not_nought"),
            models.CheckConstraint(condition=Q(kind__in=CostKind.values), name="spend_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.spent_on}: {self.amount}"
