"""Two records of one person."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from participants.models.people import Participant


class Merge(models.Model):
    """One record was said to be another's person, and perhaps that was taken back.

    Rows stay with the record they were made for: `Participant.merged_into` says whose person it
    is. `before` and `after` hold the values of the root's fields that the merge changed, by name,
    so that it can be undone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="merges")
    root = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="merges_into")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    merged_at = models.DateTimeField(default=timezone.now)
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(record=F("root")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["record"], condition=Q(undone_at__isnull=True), name="merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} into {self.root_id}"


class NotTheSame(models.Model):
    """Two records that look alike and are two people: they are not shown as a pair again."""

    first = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="not_the_same_ordered"),
            models.UniqueConstraint(fields=["first", "second"], name="not_the_same_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"
