"""What changed and who asks: funders, grants, targets, report runs and frozen snapshots."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Programme
from hubs.models import Organisation

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

REPORT_ROLES = frozenset({Role.TRUST_STAFF})


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every grant for trust staff, none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class Grant(models.Model):
    """Money given for a programme over a period, both dates included."""

    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=120, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="grants")
    funder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="grants")
    amount = models.DecimalField("amount in pounds", max_digits=12, decimal_places=2)
    awarded_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="grant_dates"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="grant_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """What a grant promises of one indicator, by the grant's end."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="targets")
    indicator = models.CharField(max_length=60, help_text="Id from evaluation.indicators")
    value = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["grant", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["grant", "indicator"], name="target_per_indicator")
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"


class Snapshot(models.Model):
    """Every figure of one report, frozen: canonical JSON and its SHA-256.

    The body holds parameters, definitions, figures and row counts only, so the same data
    always has the same hash. It is never changed once written.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.sha256[:12]


class RunStatus(models.TextChoices):
    """Where a report stands."""

    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Being built"
    DONE = "done", "Ready"
    FAILED = "failed", "Failed"


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every run for trust staff, none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()

    def forsaken(self, before: dt.datetime) -> Self:
        """Unfinished runs of which nothing was heard since a moment.

        Either their message never reached a worker or their worker died.
        """
        return self.filter(
            Q(status=RunStatus.QUEUED, queued_at__lt=before)
            | Q(status=RunStatus.RUNNING, heartbeat_at__lt=before)
        )


class ReportRun(models.Model):
    """One asked-for report. This row is the truth; a message in the broker only points at it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="report_runs")
    first_day = models.DateField()
    last_day = models.DateField()
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # The moment, by the database's clock, of which every figure is.
    read_at = models.DateTimeField(null=True, blank=True)
    # Who holds the run now: a worker that lost it may not write its result any more.
    claim = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField("per cent done", default=0)
    step = models.CharField(max_length=80, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    code_version = models.CharField(max_length=60, blank=True)
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-requested_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["status", "queued_at"],
                condition=Q(status__in=["queued", "running"]),
                name="report_run_unfinished",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="report_run_period"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="report_run_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(snapshot__isnull=False, finished_at__isnull=False),
                name="report_run_done_has_snapshot",
            ),
            models.CheckConstraint(
                condition=Q(progress__range=(0, 100)), name="report_run_progress"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant} {self.first_day} to {self.last_day}"

    @property
    def is_finished(self) -> bool:
        return self.status in {RunStatus.DONE, RunStatus.FAILED}


class ReportFormat(models.TextChoices):
    """The renderings of a report that are kept as files."""

    PDF = "pdf", "PDF"
    WORKBOOK = "xlsx", "Workbook"
    CSV = "csv", "CSV"


class ReportFile(models.Model):
    """One rendering of a finished run, in the storage that web and workers share."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=5, choices=ReportFormat)
    file = models.FileField(upload_to="reports/", max_length=200)
    size = models.PositiveIntegerField("size in bytes")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "format"], name="report_file_per_format")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.format}"
