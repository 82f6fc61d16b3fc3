"""Two records of one person."""

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


class MergeQuerySet(models.QuerySet["Merge"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Merges are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()


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

    objects = MergeQuerySet.as_manager()

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


class LikelyPairQuerySet(models.QuerySet["LikelyPair"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Pairs are trust staff's: the two records may be of two hubs."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()

    def undecided(self) -> Self:
        """Those that nobody has merged or said to be two people since they were found."""
        decided = NotTheSame.objects.filter(first=models.OuterRef("first"))
        return self.filter(
            ~models.Exists(decided.filter(second=models.OuterRef("second"))),
            first__merged_into=None,
            second__merged_into=None,
            first__anonymised_at=None,
            second__anonymised_at=None,
        )


class LikelyPair(models.Model):
    """Two records that may be of one person, as a worker found them; made anew every night.

    `score` goes to 100; `reasons` says in words what speaks for it.
    """

    first = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField(default=timezone.now)

    objects = LikelyPairQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-score", "first", "second"]
        indexes: ClassVar = [
            models.Index(fields=["-score", "first", "second"], name="likely_pair_best")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="likely_pair_ordered"),
            models.UniqueConstraint(fields=["first", "second"], name="likely_pair_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} may be {self.second_id}"
