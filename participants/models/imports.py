"""Spreadsheets that come in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ImportKind(models.TextChoices):
    """What a spreadsheet holds."""

    PEOPLE = "people", "People"
    ATTENDANCE = "attendance", "Past attendance by name"
    HEAD_COUNTS = "head_counts", "Past head-counts"


class ImportState(models.TextChoices):
    """How far an import is. Nothing is written before APPLYING; APPLIED is all of it."""

    UPLOADED = "uploaded", "Columns to match"
    CHECKING = "checking", "Being checked"
    FAULTY = "faulty", "Has rows to put right"
    READY = "ready", "Ready to bring in"
    APPLYING = "applying", "Being brought in"
    APPLIED = "applied", "Brought in"
    UNDOING = "undoing", "Being taken back"
    UNDONE = "undone", "Taken back"
    FAILED = "failed", "Stopped"


# While a worker has it, or should have.
AT_WORK = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


def random_name(batch: ImportBatch, file_name: str) -> str:
    """Where a file lies: a name that says nothing of it."""
    return f"imports/{uuid.uuid4().hex}"


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def at_work(self) -> Self:
        """Those that a worker has, or should have."""
        return self.filter(state__in=AT_WORK)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Imports are trust staff's."""
        return self if holds_any(user, frozenset({Role.TRUST_STAFF})) else self.none()


class ImportBatch(models.Model):
    """One spreadsheet from its upload until it is taken back.

    Rows made by it have ids that follow from its own and from the row's number, so undoing needs
    no list of them. `faults` say row, column and reason and repeat no value. The file goes as
    soon as it is brought in, and after a week whatever came of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=ImportKind)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    file = models.FileField(upload_to=random_name, max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    sheet = models.CharField(max_length=120, blank=True)
    columns = models.JSONField(default=list)
    matched = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    faults_total = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    # Set when the work is asked for, too: until a worker has it, this is when it was queued.
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # Who holds the work now: a worker that lost it may not write any more.
    claim = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ImportBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has it, or should have."""
        return self.state in AT_WORK

    @property
    def per_cent(self) -> int:
        """How much of the rows is done."""
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


class ImportMatch(models.Model):
    """How the columns of a kind of spreadsheet were matched last time, by their headings."""

    kind = models.CharField(max_length=12, choices=ImportKind)
    fingerprint = models.CharField(max_length=64)
    matched = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField(default=timezone.now)
    used_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "fingerprint"], name="import_match_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint[:8]}"
