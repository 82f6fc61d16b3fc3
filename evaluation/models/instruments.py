"""Instruments as they are used here: versions, wordings, and what each programme measures."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Who says what is measured, and in which words.
MEASURE_ROLES = frozenset({Role.TRUST_STAFF})
# Who is asked to collect answers, at their hubs.
ASKING_ROLES = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF})
# Who reads totals; rows of people are trust staff's alone.
OUTCOME_ROLES = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF, Role.EVALUATOR})


class RespondentKind(models.TextChoices):
    """Who answers about the young person."""

    SELF = "self", "The young person"
    STAFF = "staff", "A member of staff who knows them"
    CARER = "carer", "A parent or carer"


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def published(self) -> Self:
        """Those that may be used for measuring."""
        return self.filter(published_at__isnull=False, withdrawn_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every instrument for who decides what is measured; none for others."""
        return self if holds_any(user, MEASURE_ROLES) else self.none()


class Instrument(models.Model):
    """One version of one instrument, as its definition file says. Frozen once somebody answered.

    `definition` is the file's content; `evaluation.instruments` reads it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    definition = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)
    terms_accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    terms_reference = models.CharField(
        "the owner's licence or permission", max_length=200, blank=True
    )
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="instrument_version_once"),
            models.CheckConstraint(
                condition=Q(terms_accepted_by__isnull=True, terms_accepted_at__isnull=True)
                | Q(terms_accepted_by__isnull=False, terms_accepted_at__isnull=False),
                name="instrument_terms_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class InstrumentWording(models.Model):
    """The words of one form of an instrument in one edition.

    `words` is {"title", "intro", "items": {item id: question}, "labels": {item id: [label of each
    answer from the lowest up, empty where it has none]}}.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="wordings")
    form = models.SlugField(max_length=40)
    language = models.CharField(max_length=10, default="en-gb")
    words = models.JSONField()
    source = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    imported_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "form", "language"], name="instrument_wording_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} in {self.language}"


class WorryRule(models.Model):
    """An answer that is worrying: it points to help at once, and can raise a concern.

    Set for an instrument by the safeguarding lead or deputy. Both ends are included; at least one
    is given.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="worry_rules")
    item = models.SlugField(max_length=60)
    at_least = models.SmallIntegerField(null=True, blank=True)
    at_most = models.SmallIntegerField(null=True, blank=True)
    raises_concern = models.BooleanField(default=False)
    is_urgent = models.BooleanField("the concern is urgent", default=False, db_default=False)
    set_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(at_least__isnull=False) | Q(at_most__isnull=False),
                name="worry_rule_has_an_end",
            ),
            models.UniqueConstraint(
                fields=["instrument", "item"],
                condition=Q(ended_at__isnull=True),
                name="worry_rule_once_an_item",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.instrument}"

    def is_met_by(self, value: int) -> bool:
        """Whether this answer is one that the rule is about."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    @property
    def words(self) -> str:
        """Which answers it is about, in words."""
        if self.at_least is None:
            return f"{self.at_most} or less"
        if self.at_most is None:
            return f"{self.at_least} or more"
        return f"from {self.at_least} to {self.at_most}"

    @property
    def deed(self) -> str:
        """What comes of such an answer, in words."""
        if self.is_urgent:
            return "raises an urgent concern"
        return "raises a concern" if self.raises_concern else "points to help"


class MeasureQuerySet(models.QuerySet["Measure"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is measured is no secret to who asks or reads; nothing for others."""
        return self if holds_any(user, ASKING_ROLES | OUTCOME_ROLES) else self.none()

    def running(self) -> Self:
        """Those that are asked now."""
        return self.filter(ended_at__isnull=True)


class Measure(models.Model):
    """A programme measures something by an instrument and a respondent.

    One of a programme's is its primary outcome, named before answers are read; `primary_score` is
    the score that it is about.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="measures")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="measures")
    respondent = models.CharField(
        max_length=10, choices=RespondentKind, default=RespondentKind.SELF
    )
    is_primary = models.BooleanField(default=False)
    primary_score = models.SlugField(max_length=60, blank=True)
    primary_named_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["programme", "-is_primary", "instrument__name", "respondent"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "instrument", "respondent"], name="measure_once"
            ),
            models.UniqueConstraint(
                fields=["programme"],
                condition=Q(is_primary=True),
                name="measure_one_primary",
            ),
            models.CheckConstraint(
                condition=Q(is_primary=False)
                | (~Q(primary_score="") & Q(primary_named_at__isnull=False)),
                name="measure_primary_names_a_score",
            ),
            models.CheckConstraint(
                condition=Q(respondent__in=RespondentKind.values), name="measure_respondent_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="measure_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} ({self.get_respondent_display()})"
