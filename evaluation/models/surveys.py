"""Answers to instruments: who answered what and how, and the secrets by which they could."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from activities.models import Programme, Session
from evaluation.models.instruments import MEASURE_ROLES, Measure
from hubs.models import Hub
from participants.models import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Wave(models.TextChoices):
    """When in somebody's time with the programme they answer."""

    BASELINE = "baseline", "Baseline"
    FOLLOW_UP = "follow_up", "Follow-up"


class Channel(models.TextChoices):
    """By which way answers came."""

    KIOSK = "kiosk", "On the hub's tablet"
    LINK = "link", "On their own phone, by link or QR code"
    PAPER = "paper", "On paper, keyed in"
    STAFF = "staff", "Observed by staff"


class Assistance(models.TextChoices):
    """How somebody answered."""

    ALONE = "alone", "Alone"
    HELPED = "helped", "With somebody's help"
    BY_STAFF = "by_staff", "Staff filled it in"
    UNKNOWN = "unknown", "Not known"


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Answers of named people are trust staff's alone; hubs see their own totals."""
        return self if holds_any(user, MEASURE_ROLES) else self.none()

    def standing(self) -> Self:
        """Those that are finished and that nobody set aside."""
        return self.filter(finished_at__isnull=False, set_aside_at__isnull=True)


class Response(models.Model):
    """One respondent's answers to one instrument at one wave, kept as they are given.

    `answers` is {item id: whole number}; an item that was passed over is in `skipped` instead. It
    counts once it is finished, whatever is missing: scoring decides what that gives.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="responses")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="responses")
    wave = models.CharField(max_length=10, choices=Wave)
    form = models.SlugField(max_length=40)
    language = models.CharField(max_length=10, default="en-gb")
    hub = models.ForeignKey(
        Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="responses"
    )
    session = models.ForeignKey(
        Session, on_delete=models.SET_NULL, null=True, blank=True, related_name="responses"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    assistance = models.CharField(
        "how it was answered", max_length=10, choices=Assistance, default=Assistance.UNKNOWN
    )
    answers = models.JSONField(default=dict)
    skipped = ArrayField(models.SlugField(max_length=60), default=list, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Who keyed it in or observed; empty where the young person answered by themselves.
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_aside_at = models.DateTimeField(null=True, blank=True)
    set_aside_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_aside_why = models.CharField(max_length=200, blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["measure", "participant", "wave", "finished_at"],
                condition=Q(finished_at__isnull=False, set_aside_at__isnull=True),
                name="response_standing",
            ),
        ]
        constraints: ClassVar = [
            # Two devices that start the same wave at once write into one.
            models.UniqueConstraint(
                fields=["participant", "measure", "wave"],
                condition=Q(finished_at__isnull=True, set_aside_at__isnull=True),
                name="response_one_unfinished",
            ),
            models.CheckConstraint(
                condition=Q(
                    wave__in=Wave.values,
                    channel__in=Channel.values,
                    assistance__in=Assistance.values,
                ),
                name="response_choices_known",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="response_finished_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_wave_display()} {self.pk}"


class SecondKeying(models.Model):
    """A paper form keyed in once more by somebody else who did not see the first keying.

    `differs` lists the items that do not agree; a person settles them from the paper.
    """

    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, primary_key=True, related_name="second_keying"
    )
    answers = models.JSONField(default=dict)
    differs = ArrayField(models.SlugField(max_length=60), default=list, blank=True)
    keyed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    keyed_at = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Second keying of {self.response_id}"


class KioskQuerySet(models.QuerySet["Kiosk"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Hand-overs at sessions that a member of staff may see."""
        return self.filter(session__in=Session.objects.visible_to(user))


class Kiosk(models.Model):
    """A tablet handed over at a session: its cookie opens nothing but the turns chosen for it.

    The cookie's value lies here as its SHA-256 only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="kiosks")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    handed_over_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_over_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = KioskQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Kiosk {self.pk}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether its cookie still opens something."""
        return self.ended_at is None and now < self.expires_at


class SurveyPassQuerySet(models.QuerySet["SurveyPass"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Passes of people whose records a member of staff may see."""
        return self.filter(participant__in=Participant.objects.visible_to(user))

    def open(self, now: dt.datetime) -> Self:
        """Those that still open something."""
        return self.filter(ended_at__isnull=True, expires_at__gt=now)


class SurveyPass(models.Model):
    """Leave for one respondent to answer one wave of one measure, once.

    By a secret link of its own, or as a turn at a kiosk. A link opens again until the answers are
    finished, so a closed telephone loses nothing; a turn ends for good when it is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="survey_passes"
    )
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="passes")
    wave = models.CharField(max_length=10, choices=Wave)
    channel = models.CharField(max_length=10, choices=Channel)
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    kiosk = models.ForeignKey(
        Kiosk, on_delete=models.CASCADE, null=True, blank=True, related_name="turns"
    )
    position = models.PositiveSmallIntegerField(default=0)
    session = models.ForeignKey(
        Session, on_delete=models.SET_NULL, null=True, blank=True, related_name="survey_passes"
    )
    language = models.CharField(max_length=10, default="en-gb")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    response = models.ForeignKey(
        Response, on_delete=models.SET_NULL, null=True, blank=True, related_name="passes"
    )
    # Items that were answered before, on another device or in an earlier turn: never shown by it.
    answered_before = ArrayField(models.SlugField(max_length=60), default=list, blank=True)

    objects = SurveyPassQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(token_hash__isnull=False, kiosk__isnull=True)
                | Q(token_hash__isnull=True, kiosk__isnull=False),
                name="survey_pass_link_or_turn",
            ),
            models.CheckConstraint(
                condition=Q(wave__in=Wave.values, channel__in=Channel.values),
                name="survey_pass_choices_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Pass {self.pk}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it still opens something."""
        return self.ended_at is None and now < self.expires_at


class ExternalScore(models.Model):
    """A total from a tool that is not kept here, as whoever used it wrote it down.

    For tools whose owners do not let others rebuild them: never mixed with scores worked out here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="external_scores"
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="external_scores"
    )
    tool = models.CharField(max_length=80)
    scale = models.CharField(max_length=80, blank=True)
    value = models.DecimalField(max_digits=8, decimal_places=2)
    scored_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-scored_on"]

    def __str__(self) -> str:
        return f"{self.tool}: {self.value}"
