"""Research: studies, the pseudonyms of each kept apart, and the extracts that were made."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Programme
from participants.models import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

STUDY_ROLES = frozenset({Role.TRUST_STAFF})
EXTRACT_ROLES = frozenset({Role.TRUST_STAFF, Role.EVALUATOR})


class StudyQuerySet(models.QuerySet["Study"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every study for trust staff and evaluators; none for others."""
        return self if holds_any(user, EXTRACT_ROLES) else self.none()


class Study(models.Model):
    """A piece of research that is given pseudonymised data: by whom, for what, approved by whom."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="studies")
    title = models.CharField(max_length=160)
    purpose = models.TextField(max_length=2000)
    ethics_reference = models.CharField("ethics approval", max_length=120)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    # Once the keys are gone nobody can say any more who stands behind a pseudonym.
    keys_dropped_at = models.DateTimeField(null=True, blank=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "studies"
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return self.title


class Pseudonym(models.Model):
    """What one person is called in one study: the study's key, which never leaves.

    Kept by record, so that merging and undoing a merge change nothing; a person of several records
    goes by the earliest made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="pseudonyms")
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="pseudonyms"
    )
    word = models.CharField(max_length=20)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "participant"], name="pseudonym_once"),
            models.UniqueConstraint(fields=["study", "word"], name="pseudonym_of_one"),
        ]

    def __str__(self) -> str:
        return f"Pseudonym {self.pk}"


class ExtractStatus(models.TextChoices):
    """Where an extract stands."""

    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Being made"
    DONE = "done", "Ready"
    FAILED = "failed", "Failed"


class ExtractQuerySet(models.QuerySet["Extract"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Extracts of the studies that somebody may see."""
        return self.filter(study__in=Study.objects.visible_to(user))

    def with_files(self) -> Self:
        """Those whose file is still there."""
        return self.exclude(file="")

    def holding(self, records: Collection[uuid.UUID]) -> Self:
        """Those that hold rows of any of these records' people."""
        return self.filter(held__participant__in=records).distinct()


class Extract(models.Model):
    """One data package made for a study, and the record of its release. Its file expires.

    `manifest` holds what was in it, in figures: rows a table, how small the smallest group is,
    what was coarsened, and hashes; no rows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="extracts")
    first_day = models.DateField()
    last_day = models.DateField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=ExtractStatus, default=ExtractStatus.QUEUED)
    queued_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # Whose turn it is: a worker that holds another value writes nothing any more.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    failed_why = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    manifest = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(upload_to="extracts/", max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Trust staff look twice before the University may fetch it.
    released_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField("last downloaded", null=True, blank=True)
    # Whose rows the file holds, so that it goes when one of them leaves.
    held = models.ManyToManyField(Pseudonym, related_name="extracts", blank=True)

    objects = ExtractQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-requested_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="extract_period"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ExtractStatus.values), name="extract_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Extract {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether no worker has anything to do for it."""
        return self.status in {ExtractStatus.DONE, ExtractStatus.FAILED}

    def is_there(self, now: dt.datetime) -> bool:
        """Whether its file may still be fetched once it is released."""
        return bool(self.file and self.expires_at and now < self.expires_at)
