"""What is offered and when: programmes, activities, weekly schedules and dated sessions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import EVERY_HUB, holds_any
from accounts.models import User
from hubs.models import Hub, Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

LONDON = ZoneInfo("Europe/London")


class Programme(models.Model):
    """A programme of activities with the ages it is for, in whole years."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    lead = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programmes")
    summary = models.TextField(blank=True)
    min_age = models.PositiveSmallIntegerField(default=5)
    max_age = models.PositiveSmallIntegerField(default=18)
    # Young people with special needs and care leavers may stay until this age.
    max_age_extended = models.PositiveSmallIntegerField(default=25)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(min_age__lte=F("max_age")) & Q(max_age__lte=F("max_age_extended")),
                name="programme_ages_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    """The programme's three families of activity."""

    SPORT = "sport", "Sport"
    ARTS = "arts", "Arts"
    CULTURE = "culture", "Culture"


class Activity(models.Model):
    """Something that is offered by a partner, at a hub or citywide, within a programme."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="activities")
    hub = models.ForeignKey(
        Hub,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        help_text="Empty for citywide activities.",
    )
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="activities")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    strand = models.CharField("finer kind", max_length=60, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    venue = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    min_age = models.PositiveSmallIntegerField(default=5)
    max_age = models.PositiveSmallIntegerField(default=18)
    is_free = models.BooleanField(default=True)
    send_friendly = models.BooleanField("SEND friendly", default=False)
    welcomes_alone = models.BooleanField("come on your own welcome", default=False)
    what_to_bring = models.CharField(max_length=200, blank=True)
    first_ten_minutes = models.CharField(max_length=300, blank=True)
    who_meets_you = models.CharField("who meets you (a role)", max_length=120, blank=True)
    getting_there = models.CharField(max_length=200, blank=True)
    access = models.CharField("access and toilets", max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "activities"
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(min_age__lte=F("max_age")), name="activity_ages_in_order"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="activity_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Schedule(models.Model):
    """A weekly slot of an activity between two dates, both included. Weeks start on Monday = 0."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="schedules")
    weekday = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(0), MaxValueValidator(6)]
    )
    starts = models.TimeField(help_text="Europe/London")
    ends = models.TimeField(help_text="Europe/London")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="schedule_weekday"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="schedule_times"),
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="schedule_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}, weekday {self.weekday} at {self.starts:%H:%M}"


class SessionKind(models.TextChoices):
    """What sort of occasion a session is. Training never enters young people's figures."""

    REGULAR = "regular", "Regular session"
    ROADSHOW = "roadshow", "Roadshow"
    CELEBRATION = "celebration", "Celebration"
    TRIP = "trip", "Trip"
    TRAINING = "training", "Training"


class Delivery(models.TextChoices):
    """What the session log says about a session after it."""

    UNKNOWN = "", "Not logged yet"
    DELIVERED = "delivered", "Delivered"
    CUT_SHORT = "cut_short", "Cut short"


class SessionQuerySet(models.QuerySet["Session"]):
    def public(self) -> Self:
        """Sessions that everyone may see: of open hubs or citywide, training left out."""
        return self.filter(Q(activity__hub__isnull=True) | Q(activity__hub__is_open=True)).exclude(
            kind=SessionKind.TRAINING
        )

    def visible_to(self, user: User | AnonymousUser, at: dt.datetime | None = None) -> Self:
        """Sessions at the hubs a member of staff works with; citywide ones for every-hub roles."""
        if holds_any(user, EVERY_HUB):
            return self
        return self.filter(activity__hub__in=Hub.objects.visible_to(user, at))

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Sessions whose start falls on Europe/London dates from first to last, both included."""
        return self.filter(
            starts_at__gte=london_midnight(first),
            starts_at__lt=london_midnight(last + dt.timedelta(days=1)),
        )

    def for_listing(self) -> Self:
        """In order of start with everything that a list of sessions shows, in one query."""
        return self.select_related("activity__hub", "activity__partner").order_by(
            "starts_at", "activity__title", "pk"
        )

    def for_age(self, age: int) -> Self:
        """Sessions for people of an age in whole years."""
        return self.filter(activity__min_age__lte=age, activity__max_age__gte=age)

    def not_over(self, now: dt.datetime) -> Self:
        """Sessions that have not ended."""
        return self.filter(ends_at__gt=now)

    def register_missing(self, now: dt.datetime) -> Self:
        """Ended, not cancelled, not for head-counts only, and the register is not taken."""
        return self.filter(
            ends_at__lte=now,
            cancelled_at__isnull=True,
            headcount_only=False,
            register_taken_at__isnull=True,
        )


class Session(models.Model):
    """One dated occurrence of an activity.

    `has_marks` and `register_taken_at` belong to the register, which sets them: nothing here
    can look at who came.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="sessions")
    schedule = models.ForeignKey(
        Schedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="sessions"
    )
    kind = models.CharField(max_length=15, choices=SessionKind, default=SessionKind.REGULAR)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancellation_reason = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField("checked by the hub", null=True, blank=True)
    delivery = models.CharField(max_length=15, choices=Delivery, blank=True, default="")
    delivered_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    headcount_only = models.BooleanField(default=False)
    has_marks = models.BooleanField(default=False, editable=False)
    register_taken_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        indexes: ClassVar = [
            models.Index(fields=["starts_at"], name="session_starts_at"),
            models.Index(fields=["activity", "starts_at"], name="session_activity_starts_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="session_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SessionKind.values), name="session_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=Delivery.values), name="session_delivery_known"
            ),
            models.UniqueConstraint(fields=["schedule", "starts_at"], name="session_once_per_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.activity} on {self.local_start:%d %B %Y at %H:%M}"

    @property
    def local_start(self) -> dt.datetime:
        """Start in Europe/London."""
        return self.starts_at.astimezone(LONDON)

    @property
    def local_date(self) -> dt.date:
        """The Europe/London date that the session belongs to."""
        return self.local_start.date()

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def minutes(self) -> int:
        """Length in minutes: as logged, else as planned."""
        planned = int((self.ends_at - self.starts_at).total_seconds() // 60)
        return planned if self.delivered_minutes is None else self.delivered_minutes


class HeadCountGroup(models.TextChoices):
    """Who was counted without names."""

    YOUNG_PEOPLE = "young_people", "Young people"
    AUDIENCE = "audience", "Audience"
    VISITORS = "visitors", "Visitors"
    ARTISTS = "artists", "Artists"


class CountMethod(models.TextChoices):
    """How sure a head-count is; always said beside the number."""

    COUNTED = "counted", "Counted"
    ESTIMATED = "estimated", "Estimated"


class HeadCount(models.Model):
    """People counted without names at a session. Never adds to people reached."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="head_counts")
    group = models.CharField(
        max_length=20, choices=HeadCountGroup, default=HeadCountGroup.YOUNG_PEOPLE
    )
    people = models.PositiveIntegerField()
    method = models.CharField(max_length=10, choices=CountMethod)
    counted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "group"], name="head_count_per_group"),
            models.CheckConstraint(
                condition=Q(method__in=CountMethod.values), name="head_count_method_known"
            ),
            models.CheckConstraint(
                condition=Q(group__in=HeadCountGroup.values), name="head_count_group_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.people} {self.get_group_display()} ({self.get_method_display()})"


def london_midnight(day: dt.date) -> dt.datetime:
    """The moment at which a Europe/London date begins."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=LONDON)


def london_today(now: dt.datetime) -> dt.date:
    """The Europe/London date of a moment."""
    return now.astimezone(LONDON).date()
