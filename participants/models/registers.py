"""What else a register keeps: its closing and reopening, walk-ins that came sealed, paper."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from activities.models import Session
from participants.models.people import Participant


class RegisterAction(models.TextChoices):
    """What can be done with a register as a whole."""

    CLOSED = "closed", "Closed"
    REOPENED = "reopened", "Reopened"


class RegisterEvent(models.Model):
    """A register was closed or reopened. Kept for ever; the latest says whether it is taken.

    The id is made where it was done. `Session.register_taken_at` follows from these.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="register_events")
    action = models.CharField(max_length=10, choices=RegisterAction)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    device = models.CharField(max_length=64, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "at"], name="register_event_session")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(action__in=RegisterAction.values), name="register_event_known"
            ),
            models.CheckConstraint(
                condition=~Q(action="reopened") | ~Q(reason=""),
                name="register_reopened_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} at {self.at:%Y-%m-%d %H:%M:%S}"


class SealedWalkIn(models.Model):
    """A walk-in that arrived sealed and could not be opened, or says too little: held, not lost.

    The id is the person's, as the device made it. `sealed` is the envelope as it came (base64
    texts by name); `problem` says in words what is wrong. One that opens is never kept here.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="sealed_walk_ins")
    sealed = models.JSONField()
    problem = models.CharField(max_length=200)
    marked_at = models.DateTimeField()
    device = models.CharField(max_length=64, blank=True)
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Sealed walk-in {self.pk}"


class PrintedRegister(models.Model):
    """A sheet of paper: whom it lists under which number, so that it can be keyed back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="printed_registers")
    code = models.CharField(max_length=6, unique=True)
    is_large = models.BooleanField(default=False)
    printed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Sheet {self.code}"


class PrintedRow(models.Model):
    """One person on a sheet. Numbers begin at 1; the name stands on the paper only."""

    sheet = models.ForeignKey(PrintedRegister, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveSmallIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "number"], name="printed_row_number_once"),
            models.UniqueConstraint(
                fields=["sheet", "participant"], name="printed_row_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} on {self.sheet_id}"
