"""Young people and where they are registered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import EVERY_HUB, holds_any
from accounts.models import User
from hubs.models import Hub, Lsoa, Ward

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Gender(models.TextChoices):
    """As given by the young person or a parent; "not known" and "prefer not to say" differ."""

    FEMALE = "female", "Girl or woman"
    MALE = "male", "Boy or man"
    OTHER = "other", "In another way"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class Answer(models.TextChoices):
    """An answer to a yes-or-no question that nobody has to answer."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNDISCLOSED = "undisclosed", "Prefer not to say"
    UNKNOWN = "unknown", "Not known"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def roots(self) -> Self:
        """One row a person: records merged into another are left out."""
        return self.filter(merged_into__isnull=True)

    def visible_to(self, user: User | AnonymousUser, at: dt.datetime | None = None) -> Self:
        """People registered at the hubs that a member of staff works with."""
        if holds_any(user, EVERY_HUB):
            return self
        registered = Registration.objects.filter(hub__in=Hub.objects.visible_to(user, at))
        return self.filter(pk__in=registered.values("participant"))


class Participant(models.Model):
    """A person who takes part: nearly always a child or young person.

    The id may be made by a coordinator's device. The home's small area, decile and edition are
    those of the postcode when it was first recorded, and stay as they were.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    given_name = models.CharField("first name", max_length=80)
    family_name = models.CharField("last name", max_length=80, blank=True)
    birth_date = models.DateField("date of birth", null=True, blank=True)
    year_group = models.SmallIntegerField(
        "school year",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(14)],
        help_text="0 for Reception, 1 to 14 for Years 1 to 14",
    )
    gender = models.CharField(max_length=12, choices=Gender, default=Gender.UNKNOWN)
    special_needs = models.CharField(max_length=12, choices=Answer, default=Answer.UNKNOWN)
    care_experienced = models.CharField(
        "looked after or care leaver", max_length=12, choices=Answer, default=Answer.UNKNOWN
    )
    home_postcode = models.CharField(max_length=8, blank=True)
    home_lsoa = models.ForeignKey(
        Lsoa, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    home_ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    imd_decile = models.PositiveSmallIntegerField(null=True, blank=True)
    imd_edition = models.PositiveSmallIntegerField(null=True, blank=True)
    is_complete = models.BooleanField(
        default=True, help_text="A walk-in's record is incomplete until it is filled in."
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="participant_not_own_root"
            ),
            models.CheckConstraint(
                condition=Q(imd_decile__isnull=True, imd_edition__isnull=True)
                | Q(imd_decile__range=(1, 10), imd_edition__isnull=False),
                name="participant_decile_with_edition",
            ),
            models.CheckConstraint(
                condition=Q(gender__in=Gender.values), name="participant_gender_known"
            ),
            models.CheckConstraint(
                condition=Q(special_needs__in=Answer.values)
                & Q(care_experienced__in=Answer.values),
                name="participant_answers_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Participant {self.pk}"

    @property
    def register_name(self) -> str:
        """As it stands on a register: first name and the initial of the last."""
        return f"{self.given_name} {self.family_name[:1]}".strip()


class Registration(models.Model):
    """A person belongs to a hub: its coordinators see them on their registers."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="registrations"
    )
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="registrations")
    registered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "hub"], name="registration_once")
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} at {self.hub}"
