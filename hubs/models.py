"""Where things happen: organisations, hubs, and the official geography round them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.access import EVERY_HUB, HUB_ROLES, holds_any
from accounts.models import User
from hubs.wording import Wording

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser


class OrganisationKind(models.TextChoices):
    """What an organisation is to the programme."""

    LEAD = "lead", "Lead partner"
    DELIVERY = "delivery", "Delivery partner"
    SCHOOL = "school", "School"
    FUNDER = "funder", "Funder"
    EVALUATOR = "evaluator", "Evaluator"


class Organisation(models.Model):
    """A partner, school or funder."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=OrganisationKind)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Ward(models.Model):
    """An electoral ward with its boundaries of one year and what is known of it.

    Deprivation figures come from the English Indices of Deprivation 2019; empty for wards of
    other boundary years.
    """

    code = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80)
    boundary_year = models.PositiveSmallIntegerField()
    imd_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    lsoa_count = models.PositiveSmallIntegerField(null=True, blank=True)
    lsoas_most_deprived_10pct = models.PositiveSmallIntegerField(null=True, blank=True)
    lsoas_most_deprived_20pct = models.PositiveSmallIntegerField(null=True, blank=True)
    population_5_to_18 = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug", "boundary_year"], name="ward_slug_per_year")
        ]

    def __str__(self) -> str:
        return self.name


class WardBoundary(models.Model):
    """The shape of a ward: polygons of rings of [longitude, latitude] in degrees, WGS84."""

    ward = models.OneToOneField(
        Ward, on_delete=models.CASCADE, primary_key=True, related_name="boundary"
    )
    polygons = models.JSONField()

    class Meta:
        verbose_name_plural = "ward boundaries"

    def __str__(self) -> str:
        return f"Boundary of {self.ward}"


class CensusYear(models.IntegerChoices):
    """The census whose small areas are meant. Many codes stand in both."""

    Y2011 = 2011, "2011"
    Y2021 = 2021, "2021"


class Lsoa(models.Model):
    """A lower-layer super output area: a small area of about 1,500 people."""

    code = models.CharField(max_length=9)
    name = models.CharField(max_length=80, blank=True)
    census_year = models.PositiveSmallIntegerField(choices=CensusYear)
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="lsoas"
    )

    class Meta:
        verbose_name = "LSOA"
        ordering: ClassVar = ["census_year", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "census_year"], name="lsoa_code_per_census")
        ]

    def __str__(self) -> str:
        return f"{self.name or self.code} ({self.census_year})"


class Deprivation(models.Model):
    """Index of Multiple Deprivation of one small area in one edition. 1 = most deprived."""

    lsoa = models.ForeignKey(Lsoa, on_delete=models.CASCADE, related_name="deprivation")
    edition = models.PositiveSmallIntegerField()
    imd_rank = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    imd_decile = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    idaci_rank = models.PositiveIntegerField(null=True, blank=True)
    idaci_decile = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deprivation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lsoa", "edition"], name="deprivation_per_edition"),
            models.CheckConstraint(
                condition=models.Q(imd_decile__range=(1, 10)), name="deprivation_imd_decile"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lsoa}: decile {self.imd_decile} ({self.edition})"


class PostcodeQuerySet(models.QuerySet["Postcode"]):
    def typed(self, text: str) -> Self:
        """The postcode as people type it: any case, with or without spaces."""
        return self.filter(postcode=normal_postcode(text))


class Postcode(models.Model):
    """A postcode with its place, small areas and ward.

    `postcode` keeps one space, as in "DE23 8PL".
    """

    postcode = models.CharField(max_length=8, unique=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    lsoa = models.ForeignKey(Lsoa, on_delete=models.PROTECT, related_name="postcodes")
    lsoa21 = models.ForeignKey(
        Lsoa, on_delete=models.PROTECT, null=True, blank=True, related_name="postcodes21"
    )
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="postcodes")

    objects = PostcodeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["postcode"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(postcode__regex=r"^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$"),
                name="postcode_one_space",
            )
        ]

    def __str__(self) -> str:
        return self.postcode


def normal_postcode(text: str) -> str:
    """Bring a postcode to its one spelling: upper case, one space before the last three."""
    compact = "".join(text.split()).upper()
    return f"{compact[:-3]} {compact[-3:]}" if len(compact) > 3 else compact


class HubKind(models.TextChoices):
    """What a hub serves."""

    WARD = "ward", "Ward hub"
    SEND = "send", "SEND hub"


class HubQuerySet(models.QuerySet["Hub"]):
    def public(self) -> Self:
        """Hubs that everyone may see."""
        return self.filter(is_open=True)

    def visible_to(self, user: User | AnonymousUser, at: datetime | None = None) -> Self:
        """Hubs a member of staff works with now, or at a past moment; none for strangers."""
        if holds_any(user, EVERY_HUB):
            return self
        if user.pk is None or not holds_any(user, HUB_ROLES):
            return self.none()
        memberships = HubMembership.objects.held(at).filter(user_id=user.pk)
        return self.filter(pk__in=memberships.values("hub"))


class Hub(models.Model):
    """One of the programme's places. The SEND hub serves the whole city and has no ward."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=HubKind, default=HubKind.WARD)
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="hubs"
    )
    coordinated_by = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="hubs"
    )
    summary = models.CharField(max_length=200, blank=True)
    venue = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    # Degrees, WGS84, for the map and for distances.
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    is_open = models.BooleanField(default=True)
    weekly_hours = models.PositiveSmallIntegerField(
        "hours planned a week", default=12, db_default=12
    )
    # Registers that a shared phone or tablet keeps for when there is no signal ask for a PIN.
    shares_devices = models.BooleanField(
        "several people use the same phone or tablet", default=False, db_default=False
    )

    objects = HubQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="send") | models.Q(ward__isnull=False),
                name="hub_of_a_ward_has_one",
            ),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="hub_place_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HubText(Wording):
    """A hub's words in another language or in Easy Read."""

    WORDS = ("summary",)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="texts")
    summary = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hub", "language", "variant"], name="hub_text_per_edition"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hub} ({self.language}, {self.variant})"


class HubMembershipQuerySet(models.QuerySet["HubMembership"]):
    def held(self, at: datetime | None = None) -> Self:
        """Memberships in force at a moment (now, if none is given)."""
        moment = at or timezone.now()
        return self.filter(started_at__lte=moment).exclude(ended_at__lte=moment)


class HubMembership(models.Model):
    """A member of staff works at a hub from a moment until another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="hub_memberships")
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="memberships")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = HubMembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "hub"],
                condition=models.Q(ended_at__isnull=True),
                name="hub_membership_one_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.hub}"
