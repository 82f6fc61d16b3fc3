"""Reports: what one holds, who asked for it, how far it is, and its frozen snapshot."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.access import HUB_ROLES, holds_any
from accounts.models import Role, User
from activities.models import Programme
from evaluation.models.grants import REPORT_ROLES, Grant
from hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Who may have a report of the whole programme built, and who reads those of others.
WHOLE_REPORT_ROLES = REPORT_ROLES | {Role.EVALUATOR}
# Who has reports built at all: a hub's staff of their own hub.
REPORT_READERS = WHOLE_REPORT_ROLES | HUB_ROLES


class ReportTemplateQuerySet(models.QuerySet["ReportTemplate"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every shape for whoever has reports built: shapes hold no figures."""
        return self if holds_any(user, REPORT_READERS) else self.none()

    def in_use(self) -> Self:
        """Shapes that a report can be asked for in."""
        return self.filter(retired_at__isnull=True)


class ReportTemplate(models.Model):
    """What a report holds, in which order and under which headings, for one funder's shape.

    `sections` is a list of {"id", "heading", "parts"}; see `evaluation.reports.templates`.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    summary = models.CharField("who it is for", max_length=240, blank=True)
    sections = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReportTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


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
    CANCELLED = "cancelled", "Stopped"


UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


class Audience(models.TextChoices):
    """Who a report is for. Exact figures stay inside; what leaves is made from them."""

    INTERNAL = "internal", "Ourselves: exact figures, internal"
    HUB = "hub", "One hub's own staff: exact figures, internal"
    FUNDER = "funder", "A funder or the public: protected figures, after a second look"


def _of_hubs(own: models.QuerySet[Hub]) -> models.QuerySet[Any, Any]:
    """The ids of runs for a hub's staff that are of none but these hubs."""
    hubs_of = ReportRun.hubs.through.objects
    elsewhere = hubs_of.exclude(hub__in=own).values("reportrun")
    theirs = hubs_of.filter(hub__in=own, reportrun__audience=Audience.HUB)
    return theirs.exclude(reportrun__in=elsewhere).values("reportrun")


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every run for trust staff; others see those that hold no money.

        Evaluators the internal ones of programmes, a hub's staff those of their hubs alone.
        """
        if holds_any(user, REPORT_ROLES):
            return self
        theirs = self.none()
        if holds_any(user, WHOLE_REPORT_ROLES):
            theirs |= self.filter(grant__isnull=True, audience=Audience.INTERNAL)
        if holds_any(user, HUB_ROLES):
            theirs |= self.filter(pk__in=_of_hubs(Hub.objects.visible_to(user)))
        return theirs

    def for_lists(self) -> Self:
        """With what names them, however many there are."""
        named = self.select_related("grant", "requested_by", "template")
        return named.prefetch_related("programmes", "hubs")

    def broken_off(self) -> Self:
        """Those that ended without a report, for now."""
        return self.filter(status__in=[RunStatus.FAILED, RunStatus.CANCELLED])


class ReportRun(models.Model):
    """One asked-for report. This row is the truth; a message in the broker only points at it.

    `programmes` are those of its grant, or chosen where there is none; without hubs it is of every
    hub. While it is unfinished, whoever asks for the same shares it: `fingerprint` says what the
    same is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="report_runs"
    )
    programmes = models.ManyToManyField(Programme, related_name="+")
    hubs = models.ManyToManyField(Hub, blank=True, related_name="+")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.INTERNAL)
    template = models.ForeignKey(
        ReportTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)
    first_day = models.DateField()
    last_day = models.DateField()
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    # This and the heartbeat are of the database's clock: workers' own may differ.
    queued_at = models.DateTimeField(db_default=Now())
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
    # What is another figure than in the last run of the same, and why: outside the snapshot, whose
    # body follows from the data alone. See `evaluation.queries.changes`.
    changes = models.JSONField(default=dict, blank=True)

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
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(status__in=["queued", "running"]) & ~Q(fingerprint=""),
                name="report_run_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="report_run_audience_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Report {self.first_day} to {self.last_day}"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED


class ReportRequest(models.Model):
    """Somebody waits for a run. Several may wait for one; each is told once when it is over."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="requests")
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    wants_mail = models.BooleanField(default=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "asked_by"], name="report_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.asked_by_id} waits for {self.run_id}"


class ReportScheduleQuerySet(models.QuerySet["ReportSchedule"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Schedules are of grants, and these trust staff's."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class ReportSchedule(models.Model):
    """A report that is asked for by itself after each quarter of a grant.

    `last_quarter_on` is the last day of the quarter that was asked for most lately.
    """

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="schedules")
    template = models.ForeignKey(
        ReportTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.INTERNAL)
    # Late registers come in meanwhile.
    days_after = models.PositiveSmallIntegerField("days after the quarter's end", default=7)
    started_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_quarter_on = models.DateField(null=True, blank=True, editable=False)

    objects = ReportScheduleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["grant", "template", "audience", "started_by"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="report_schedule_once",
            ),
            models.CheckConstraint(
                condition=Q(days_after__range=(1, 60)), name="report_schedule_days"
            ),
        ]

    def __str__(self) -> str:
        return f"Quarterly report of {self.grant}"


class ReportFormat(models.TextChoices):
    """The renderings of a report that are kept as files."""

    PDF = "pdf", "PDF"
    WORKBOOK = "xlsx", "Workbook"
    WORD = "docx", "Word document"
    CSV = "csv", "CSV"
    PACKAGE = "zip", "Data package"


class ReportFile(models.Model):
    """One rendering of a finished run, in the storage that web and workers share.

    The file is deleted after `expires_at`; the snapshot stays, and gives the same bytes again.
    """

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=5, choices=ReportFormat)
    file = models.FileField(upload_to="reports/", max_length=200, blank=True)
    size = models.PositiveIntegerField("size in bytes")
    sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "format"], name="report_file_per_format")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.format}"
