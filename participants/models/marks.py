"""The marks of every register: operations as devices made them, and what follows from them."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from activities.models import Session
from participants.models.people import Participant


class AttendanceRole(models.TextChoices):
    """In what role a person came. Only the first two are counted as young people."""

    PARTICIPANT = "participant", "Participant"
    VOLUNTEER = "volunteer", "Volunteer"
    PRACTITIONER = "practitioner", "Artist or coach"
    FAMILY = "family", "Family"


YOUNG_PEOPLE_ROLES = (AttendanceRole.PARTICIPANT, AttendanceRole.VOLUNTEER)


class MarkStatus(models.TextChoices):
    """What a register says about a person. No mark at all means "not yet taken"."""

    PRESENT = "present", "Present"
    LATE = "late", "Late"
    LEFT_EARLY = "left_early", "Left early"
    ABSENT = "absent", "Absent"
    EXCUSED = "excused", "Excused"


# An operation can also take a mark back; the attendance is then gone, as if never marked.
CLEARED = "cleared"
OPERATION_STATUSES = (*MarkStatus.values, CLEARED)
ATTENDED = (MarkStatus.PRESENT, MarkStatus.LATE, MarkStatus.LEFT_EARLY)


class HeldFor(models.TextChoices):
    """Why a mark waits to be applied. Held marks are kept, and shown until they are settled."""

    PERSON = "person", "Nobody is known by this id at the hub yet"
    CANCELLED = "cancelled", "The session is cancelled"
    EARLY = "early", "It was made before anybody can have come"
    CLOCK = "clock", "The device's clock was wrong"
    TIME = "time", "The time does not fit when the register was opened on that device"
    LATE = "late", "It arrived long after its maker stopped working at the hub"


class MarkOperationQuerySet(models.QuerySet["MarkOperation"]):
    def applied(self) -> Self:
        """Those that count: neither held nor set aside."""
        return self.filter(held_for="")

    def held(self) -> Self:
        """Those that wait, and that nobody has set aside."""
        return self.exclude(held_for="").filter(settled_at__isnull=True)


class MarkOperation(models.Model):
    """One act of marking, as a device made it. Kept for ever; what the device said never changes.

    The id is made where the mark is made, so that sending it twice is the same as once. It may
    arrive before the person it is about: `person_id` is whom the device named, `participant` the
    record found for it. Held operations count for nothing until what holds them is gone; one that
    was set aside stays held, and says since when.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="mark_operations")
    person_id = models.UUIDField(help_text="Whom the device named")
    participant = models.ForeignKey(
        Participant,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="mark_operations",
    )
    role = models.CharField(max_length=15, choices=AttendanceRole)
    status = models.CharField(max_length=12, choices=[*MarkStatus.choices, (CLEARED, "Taken back")])
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    marked_at = models.DateTimeField(help_text="By the device's clock, set right when it was made")
    clock_offset = models.IntegerField(
        null=True, blank=True, help_text="Milliseconds added to the device's own clock"
    )
    device = models.CharField(max_length=64, blank=True)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who was signed in when it arrived, if that is not who made it",
    )
    received_at = models.DateTimeField(default=timezone.now)
    held_for = models.CharField(max_length=10, choices=HeldFor, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = MarkOperationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["session", "participant", "-marked_at"], name="mark_operation_history"
            ),
            models.Index(
                fields=["session", "received_at"],
                condition=~Q(held_for="") & Q(settled_at__isnull=True),
                name="mark_operation_held",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=OPERATION_STATUSES), name="mark_operation_status_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=AttendanceRole.values), name="mark_operation_role_known"
            ),
            models.CheckConstraint(
                condition=Q(held_for__in=["", *HeldFor.values]), name="mark_operation_held_known"
            ),
            models.CheckConstraint(
                condition=Q(participant__isnull=False) | ~Q(held_for=""),
                name="mark_operation_of_nobody_is_held",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True)
                | Q(arrived_at__isnull=True)
                | Q(arrived_at__lte=F("left_at")),
                name="mark_operation_leaves_after_arriving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} at {self.marked_at:%Y-%m-%d %H:%M:%S}"


class Attendance(models.Model):
    """The current mark of one person at one session, derived from the mark operations.

    `operation` is empty for marks that came in bulk from another system's history.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="attendances"
    )
    role = models.CharField(
        max_length=15, choices=AttendanceRole, default=AttendanceRole.PARTICIPANT
    )
    status = models.CharField(max_length=12, choices=MarkStatus)
    marked_at = models.DateTimeField()
    operation = models.OneToOneField(
        MarkOperation, on_delete=models.PROTECT, null=True, blank=True, related_name="attendance"
    )
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["participant", "session"], name="attendance_of_participant")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "participant"], name="attendance_once_per_session"
            ),
            models.CheckConstraint(
                condition=Q(status__in=MarkStatus.values), name="attendance_status_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=AttendanceRole.values), name="attendance_role_known"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True)
                | Q(arrived_at__isnull=True)
                | Q(arrived_at__lte=F("left_at")),
                name="attendance_leaves_after_arriving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id}: {self.status}"


class AgeThen(models.Model):
    """How old somebody was at a session, kept when their date of birth was not.

    `birth_key` says by which of the dates of birth that were ever on record for the person, so
    that figures can be worked out again as they were known at any time. Ages in whole years;
    `school_year` is 0 for Reception, and beyond 0 to 14 for who is out of school.
    """

    attendance = models.ForeignKey(Attendance, on_delete=models.CASCADE, related_name="ages_then")
    birth_key = models.PositiveSmallIntegerField()
    age = models.SmallIntegerField()
    school_year = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "ages then"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attendance", "birth_key"], name="age_then_once")
        ]

    def __str__(self) -> str:
        return f"{self.age} at {self.attendance_id}"
