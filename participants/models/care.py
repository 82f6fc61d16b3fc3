"""What somebody who looks after a young person for an hour must know."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from participants.models.people import Participant


class CareKind(models.TextChoices):
    """What a care note is about; only this shows before the note is opened."""

    ALLERGY = "allergy", "Allergy"
    HEALTH = "health", "Health condition"
    MEDICINE = "medicine", "Medicine"
    ACCESS = "access", "Access and communication"
    SUPPORT = "support", "Support and behaviour"
    OTHER = "other", "Something else"


class CareNoteQuerySet(models.QuerySet["CareNote"]):
    def standing(self) -> Self:
        """Notes that nobody has ended."""
        return self.filter(ended_at__isnull=True)


class CareNote(models.Model):
    """One thing to know. A note is never rewritten: a new one is written and the old one ended.

    Read for a reason that is written down. Its words are in no history table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="care_notes"
    )
    kind = models.CharField(max_length=10, choices=CareKind)
    text = models.TextField(max_length=2000)
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CareNoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=CareKind.values), name="care_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Care note {self.pk}"
