"""Deleting on time: runs that two people approve, legal holds, certificates."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q, Value
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
    ended_why = models.CharField("why it ended", max_length=300, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why=""),
                name="legal_hold_ended_for_a_reason",
            ),
        ]

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


OPEN_STATES = (RunState.PLANNED, RunState.APPROVED, RunState.RUNNING)
CARRIED_OUT = (RunState.APPROVED, RunState.RUNNING, RunState.DONE)


class RetentionRunQuerySet(models.QuerySet["RetentionRun"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Runs are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()

    def open(self) -> Self:
        """The one that waits or is being carried out, if there is one."""
        return self.filter(state__in=OPEN_STATES)


class RetentionRun(models.Model):
    """What the rules would delete on a day, and what was deleted once two people had said yes.

    `plan` counts rows by rule and table; `certificate` says what was done, without anybody's name.
    `counts` is what was done so far, by the plan's keys, written with the rows that it counts: a
    run that lost its worker goes on where it was. Once done or dropped, a trigger keeps the row.
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
    counts = models.JSONField(default=dict)
    step = models.CharField(max_length=80, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
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
            models.CheckConstraint(
                condition=~Q(state__in=CARRIED_OUT) | Q(second_approved_by__isnull=False),
                name="retention_done_once_approved",
            ),
            models.UniqueConstraint(
                Value(1), condition=Q(state__in=OPEN_STATES), name="retention_one_open"
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
