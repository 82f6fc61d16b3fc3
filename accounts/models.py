"""Who signs in, what they may be, and what was done: users, roles and the audit trail."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone


class Role(models.TextChoices):
    """The roles of the programme. What each may see stands in `docs/access.md`."""

    COORDINATOR = "coordinator", "Hub coordinator"
    HUB_LEAD = "hub_lead", "Hub lead"
    TRUST_STAFF = "trust_staff", "Trust staff"
    EVALUATOR = "evaluator", "Evaluator"
    SAFEGUARDING_LEAD = "safeguarding_lead", "Safeguarding lead"
    SAFEGUARDING_DEPUTY = "safeguarding_deputy", "Safeguarding deputy"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


class UserManager(BaseUserManager["User"]):
    """Makes users that sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password the account cannot sign in until one is set."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail address whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff or a partner. Young people have no accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField("name", max_length=120)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name or self.email


def display_name(user: User) -> str:
    """Name shown for a user in allauth's pages and messages."""
    return str(user)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def current(self) -> Self:
        """Grants that have not ended."""
        return self.filter(ended_at__isnull=True)


class RoleGrant(models.Model):
    """One role held by one user from a moment until another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=Role)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="role_grant_one_current",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()}"


class AuditKind(models.TextChoices):
    """What can be written into the audit trail."""

    ROLE_GRANTED = "role.granted", "Role granted"
    REGISTER_READ = "register.read", "Register opened"
    SESSION_CANCELLED = "session.cancelled", "Session cancelled"
    SESSION_RESTORED = "session.restored", "Session's cancellation taken back"
    ACTIVITY_CHANGED = "activity.changed", "What an activity offers changed"
    SESSION_CHANGED = "session.changed", "Session's date, time or places changed"
    SESSION_LOGGED = "session.logged", "Session log written"
    SCHEDULE_CHANGED = "schedule.changed", "Weekly schedule changed"
    CLOSURE_CHANGED = "closure.changed", "Days without sessions changed"
    HUB_CHANGED = "hub.changed", "How a hub works changed"
    REGISTERS_KEPT = "register.kept", "Registers of the day kept on a device"
    REGISTER_REOPENED = "register.reopened", "Register reopened"
    REGISTER_PRINTED = "register.printed", "Register printed"
    HISTORY_READ = "register.history", "History of marks opened"
    MARK_SETTLED = "mark.settled", "Held mark decided on"
    WALK_IN_REMOVED = "participant.walk_in_removed", "Walk-in taken off a register"
    NUMBERS_READ = "numbers.read", "Numbers of a hub opened"
    BOOKINGS_READ = "booking.read", "Bookings of a session opened"
    BOOKING_MADE = "booking.made", "Place booked"
    BOOKING_CANCELLED = "booking.cancelled", "Booking cancelled"
    BOOKING_LINK_MADE = "booking.link_made", "Link for booking made"
    BOOKING_LINK_CLOSED = "booking.link_closed", "Link for booking closed"
    PARTICIPANT_CREATED = "participant.created", "Walk-in added"
    REPORT_REQUESTED = "report.requested", "Report requested"
    REPORT_READ = "report.read", "Report opened"
    REPORT_EXPORTED = "report.exported", "Report file downloaded"
    FIGURE_PUBLISHED = "figure.published", "Figure published"
    FIGURE_WITHDRAWN = "figure.withdrawn", "Figure taken back"
    STORY_SHOWN = "story.shown", "Story put up"
    STORY_WITHDRAWN = "story.withdrawn", "Story taken down"
    PAGE_CHANGED = "page.changed", "Page rewritten"
    PAGE_REMOVED = "page.removed", "Page's words taken away"
    RECORDING_APPROVED = "recording.approved", "Recording approved"
    RECORDING_WITHDRAWN = "recording.withdrawn", "Recording taken from the public"
    RECORDING_REMOVED = "recording.removed", "Recording deleted"
    LANGUAGE_APPROVED = "language.approved", "Language approved"
    LANGUAGE_WITHDRAWN = "language.withdrawn", "Approval of a language taken back"


class AuditEntry(models.Model):
    """One thing that was done or read: kinds, types and ids, never names.

    The role that web and workers use may insert and read here, and nothing else.
    The actor is kept as an id without a foreign key: the trail outlives the account.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=40, choices=AuditKind)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "at"], name="audit_object"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_id}"
