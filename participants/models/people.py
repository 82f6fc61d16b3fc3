"""Young people, what is known of them, and where they are registered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from hubs.models import Hub, Lsoa, Ward
from participants.models.answers import (
    Answer,
    Ethnicity,
    Gender,
    SenNeed,
    SenProvision,
    TakesPartAs,
)
from participants.sections import EVERY_RECORD

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

ANSWERS = (
    "special_needs",
    "care_experienced",
    "free_school_meals",
    "alternative_provision",
    "young_carer",
    "english_additional",
    "may_walk_home",
)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def roots(self) -> Self:
        """One row a person: records merged into another are left out."""
        return self.filter(merged_into__isnull=True)

    def named(self) -> Self:
        """People whose records still say who they are."""
        return self.filter(anonymised_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser, at: dt.datetime | None = None) -> Self:
        """People whose records a member of staff may open a section of.

        Those registered at the hubs they work with; everybody for who answers for the programme
        or for safeguarding.
        """
        if holds_any(user, EVERY_RECORD):
            return self
        registered = Registration.objects.filter(hub__in=Hub.objects.visible_to(user, at))
        return self.filter(pk__in=registered.values("participant"))


def _answer(name: str) -> models.CharField[str, str]:
    """A yes-or-no question that nobody has to answer."""
    return models.CharField(
        name, max_length=12, choices=Answer, default=Answer.UNKNOWN, db_default="unknown"
    )


@pghistory.track(exclude=["search_name"])
class Participant(models.Model):
    """A person who takes part: nearly always a child or young person.

    The id may be made by a coordinator's device. The home's small area, decile and edition are
    those of the postcode when it was first recorded, and stay as they were. Every change is kept
    in `ParticipantEvent`, by triggers in the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # --- Identity
    given_name = models.CharField("first name", max_length=80)
    family_name = models.CharField("last name", max_length=80, blank=True)
    known_as = models.CharField(max_length=80, blank=True, default="", db_default="")
    birth_date = models.DateField("date of birth", null=True, blank=True)
    year_group = models.SmallIntegerField(
        "school year",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(14)],
        help_text="0 for Reception, 1 to 14 for Years 1 to 14",
    )
    school = models.CharField(max_length=120, blank=True, default="", db_default="")
    takes_part_as = models.CharField(
        max_length=12,
        choices=TakesPartAs,
        default=TakesPartAs.PARTICIPANT,
        db_default="participant",
    )
    # --- Home and collection
    address = models.CharField(max_length=300, blank=True, default="", db_default="")
    home_postcode = models.CharField(max_length=8, blank=True)
    is_address_hidden = models.BooleanField(
        "address must stay hidden",
        default=False,
        db_default=False,
        help_text="No document that leaves may say where this person lives.",
    )
    may_walk_home = _answer("may walk home alone")
    collection_word = models.CharField(max_length=40, blank=True, default="", db_default="")
    few_contacts_why = models.CharField(
        "why there are fewer than two contacts",
        max_length=200,
        blank=True,
        default="",
        db_default="",
    )
    # --- Equality monitoring: nobody has to answer
    gender = models.CharField(max_length=12, choices=Gender, default=Gender.UNKNOWN)
    ethnicity = models.CharField(
        max_length=12, choices=Ethnicity, default=Ethnicity.UNKNOWN, db_default="unknown"
    )
    special_needs = models.CharField(max_length=12, choices=Answer, default=Answer.UNKNOWN)
    sen_provision = models.CharField(
        "support in school",
        max_length=12,
        choices=SenProvision,
        default=SenProvision.UNKNOWN,
        db_default="unknown",
    )
    sen_needs = ArrayField(
        models.CharField(max_length=4, choices=SenNeed),
        verbose_name="kinds of need",
        blank=True,
        default=list,
        db_default=[],
    )
    care_experienced = models.CharField(
        "looked after or care leaver", max_length=12, choices=Answer, default=Answer.UNKNOWN
    )
    free_school_meals = _answer("free school meals")
    alternative_provision = _answer("alternative provision")
    young_carer = _answer("young carer")
    english_additional = _answer("English as an additional language")
    languages = models.CharField(
        "languages at home", max_length=120, blank=True, default="", db_default=""
    )
    # --- Where the home is, once and for all
    home_lsoa = models.ForeignKey(
        Lsoa, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    home_ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    imd_decile = models.PositiveSmallIntegerField(null=True, blank=True)
    imd_edition = models.PositiveSmallIntegerField(null=True, blank=True)
    # --- The record itself
    is_complete = models.BooleanField(
        default=True, help_text="A walk-in's record is incomplete until it is filled in."
    )
    complete_by = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    restricted_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is kept and not used, as was asked"
    )
    objected_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is left out of evaluation, as was asked"
    )
    anonymised_at = models.DateTimeField(null=True, blank=True)
    # Stands for the date of birth once that is gone: see `AgeThen`.
    birth_key = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    search_name = models.GeneratedField(
        expression=Func(
            Concat("given_name", models.Value(" "), "known_as", models.Value(" "), "family_name"),
            # Lower case, without accents, apostrophes and hyphens.
            function="participants_plain",
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            GinIndex(OpClass("search_name", "gin_trgm_ops"), name="participant_search_name"),
            models.Index(fields=["family_name", "given_name", "id"], name="participant_by_name"),
            models.Index(fields=["birth_date"], name="participant_birth_date"),
            models.Index(
                fields=["complete_by"],
                condition=Q(is_complete=False),
                name="participant_to_complete",
            ),
        ]
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
                condition=Q(
                    gender__in=Gender.values,
                    ethnicity__in=Ethnicity.values,
                    sen_provision__in=SenProvision.values,
                    takes_part_as__in=TakesPartAs.values,
                ),
                name="participant_choices_known",
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__in": Answer.values for name in ANSWERS}),
                name="participant_answers_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Participant {self.pk}"

    @property
    def first_name(self) -> str:
        """What they are called: the name they are known by, or the first one."""
        return self.known_as or self.given_name

    @property
    def full_name(self) -> str:
        """First and last name, as given."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def register_name(self) -> str:
        """As it stands on a register: first name and the initial of the last."""
        return f"{self.given_name} {self.family_name[:1]}".strip()


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
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
