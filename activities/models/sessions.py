"""When things happen: weekly schedules, dated sessions and who was counted at them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import EVERY_HUB, holds_any
from accounts.models import RoleGrant, User
from activities.models.clock import LONDON, london_midnight
from activities.models.offers import Activity
from hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# A listing that its hub has not confirmed for this long steps down, and then hides.
STALE_AFTER = dt.timedelta(days=30)
HIDDEN_AFTER = dt.timedelta(days=45)


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Schedules at the hubs a member of staff works with; all for every-hub roles."""
        return self.filter(activity__in=Activity.objects.visible_to(user))


class Schedule(models.Model):
    """A weekly slot of an activity between two dates, both included. Weeks start on Monday = 0.

    It is a rule, and `Session.slot_on` says which of its dates a session is: a session that was
    moved keeps it, and a date in `left_out` has none.
    """

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="schedules")
    weekday = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(0), MaxValueValidator(6)]
    )
    starts = models.TimeField(help_text="Europe/London")
    ends = models.TimeField(help_text="Europe/London")
    starts_on = models.DateField()
    ends_on = models.DateField()
    every_weeks = models.PositiveSmallIntegerField(
        "every so many weeks",
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(8)],
    )
    term_time_only = models.BooleanField("in term time only", default=False, db_default=False)
    on_bank_holidays = models.BooleanField("on bank holidays too", default=False, db_default=False)
    left_out = ArrayField(models.DateField(), default=list, blank=True, db_default=[])
    led_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # How many can come to each of its sessions; empty where nobody has to book.
    places = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="schedule_weekday"),
            models.CheckConstraint(condition=Q(every_weeks__range=(1, 8)), name="schedule_weeks"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="schedule_times"),
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="schedule_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}, weekday {self.weekday} at {self.starts:%H:%M}"


class SessionKind(models.TextChoices):
    """What sort of occasion a session is. Training never enters young people's figures."""

    REGULAR = "regular", "Regular session"
    ROADSHOW = "roadshow", _("Roadshow")
    CELEBRATION = "celebration", _("Celebration")
    TRIP = "trip", _("Trip")
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

    def ever_visible_to(self, user: User) -> Self:
        """Sessions at hubs that a member of staff works with, or once did.

        For what was done while they did, and arrives later: each act is then judged by its time.
        """
        if RoleGrant.objects.filter(user=user, role__in=EVERY_HUB).exists():
            return self
        return self.filter(activity__hub__memberships__user=user).distinct()

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Sessions whose start falls on Europe/London dates from first to last, both included."""
        return self.filter(
            starts_at__gte=london_midnight(first),
            starts_at__lt=london_midnight(last + dt.timedelta(days=1)),
        )

    def listed(self, now: dt.datetime) -> Self:
        """Sessions that their hub put up or confirmed lately enough to be listed."""
        return self.filter(confirmed_at__gt=now - HIDDEN_AFTER)

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
    # Which Europe/London date of its schedule a session is, wherever it has been moved to.
    slot_on = models.DateField(null=True, blank=True, editable=False)
    # Changed by itself: what changes its schedule's other sessions leaves it alone.
    is_exception = models.BooleanField(default=False, db_default=False, editable=False)
    kind = models.CharField(max_length=15, choices=SessionKind, default=SessionKind.REGULAR)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    led_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # How many can come; empty where nobody has to book.
    places = models.PositiveSmallIntegerField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancellation_reason = models.CharField(max_length=200, blank=True)
    listed_at = models.DateTimeField(default=timezone.now, editable=False)
    checked_at = models.DateTimeField("checked by the hub", null=True, blank=True)
    # When the hub last stood by the listing: by checking it, else by putting it up.
    confirmed_at = models.GeneratedField(
        expression=Greatest("checked_at", "listed_at"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    # For calendars: what changed last, and how often what people plan by was changed.
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    revision = models.PositiveSmallIntegerField(default=0, editable=False)
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
            models.UniqueConstraint(fields=["schedule", "slot_on"], name="session_once_per_slot"),
            models.CheckConstraint(
                condition=Q(schedule__isnull=True) | Q(slot_on__isnull=False),
                name="session_of_a_schedule_has_its_slot",
            ),
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

    def is_stale(self, now: dt.datetime) -> bool:
        """Whether the hub has not confirmed the listing lately: it steps down."""
        return self.confirmed_at <= now - STALE_AFTER

    def is_hidden(self, now: dt.datetime) -> bool:
        """Whether the listing has gone unconfirmed for so long that it is listed nowhere."""
        return self.confirmed_at <= now - HIDDEN_AFTER

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


class FirstVisitCount(models.Model):
    """How many people said that they might come for the first time: a number, and nothing else."""

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="first_visits"
    )
    people = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.people} might come for the first time"
