"""Deleting on time: runs that two people approve, legal holds, certificates."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from participants.models.people import Participant
from participants.models.rights import ANSWERS_FOR_DATA

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Holds are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()

    def standing(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_at__isnull=True)


class LegalHold(models.Model):
    """Nothing of this person is deleted, whatever the rules say, until the hold ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="legal_holds"
    )
    why = models.CharField(max_length=300)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Hold {self.pk}"


class RunState(models.TextChoices):
    """How far a retention run is."""

    PLANNED = "planned", "Waits for two people"
    APPROVED = "approved", "Approved"
    RUNNING = "running", "Being carried out"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"
    FAILED = "failed", "Stopped"


class RetentionRunQuerySet(models.QuerySet["RetentionRun"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Runs are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()


class RetentionRun(models.Model):
    """What the rules would delete on a day, and what was deleted once two people had said yes.

    `plan` counts rows by rule and field; `certificate` says what was done, without anybody's name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=RunState, default=RunState.PLANNED)
    plan = models.JSONField(default=dict)
    certificate = models.JSONField(default=dict)
    planned_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    planned_at = models.DateTimeField(default=timezone.now)
    first_approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_approved_at = models.DateTimeField(null=True, blank=True)
    second_approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_approved_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = RetentionRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(second_approved_by__isnull=True)
                | Q(first_approved_by__isnull=False)
                & ~Q(first_approved_by=F("second_approved_by")),
                name="retention_approved_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"Retention as of {self.as_of}"


class Removal(models.Model):
    """A certificate that somebody was erased or anonymised. Names nobody; the id leads nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField()
    is_erasure = models.BooleanField()
    run = models.ForeignKey(
        RetentionRun, on_delete=models.PROTECT, null=True, blank=True, related_name="removals"
    )
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    done_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Removal {self.pk}"
