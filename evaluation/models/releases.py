"""Releases: what leaves of a report, protected, signed off by two, and remembered for ever."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from evaluation.models.grants import REPORT_ROLES
from evaluation.models.reports import ReportFormat, ReportRun

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Method(models.TextChoices):
    """How few children are protected."""

    ROUNDED = "rounded", "Rounded to the nearest 5, small numbers shown as <5"
    EXACT = "exact", "Exact, small numbers and some others hidden"


class ReleaseState(models.TextChoices):
    """Where a release stands."""

    DRAFT = "draft", "Being written"
    WAITING = "waiting", "Waiting for the second person"
    RELEASED = "released", "Released"
    WITHDRAWN = "withdrawn", "Taken back"
    DROPPED = "dropped", "Given up"


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every release for trust staff, none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()

    def told(self) -> Self:
        """Those that were released once: what was taken back is not forgotten."""
        return self.filter(released_at__isnull=False)


class Release(models.Model):
    """A protected report made from a run's snapshot, with a body and a hash of its own.

    The author writes, another person checks; the body is protected and audited anew when it is
    signed off, and never changed after. `refusals` says why the last try was refused. `writers`
    are all who ever wrote in one of its boxes, also where others changed their words since.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ReportRun, on_delete=models.PROTECT, related_name="releases")
    version = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(max_length=10, choices=Method, default=Method.ROUNDED)
    state = models.CharField(max_length=10, choices=ReleaseState, default=ReleaseState.DRAFT)
    body = models.TextField(blank=True, default="", editable=False)
    sha256 = models.CharField(max_length=64, blank=True, default="", editable=False)
    refusals = models.JSONField(default=list, blank=True, editable=False)
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    writers = models.ManyToManyField(User, related_name="+", editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    returned_why = models.CharField(max_length=300, blank=True, default="")
    checked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_why = models.CharField(max_length=200, blank=True, default="")

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=ReleaseState.values), name="release_state_known"
            ),
            models.CheckConstraint(
                condition=Q(method__in=Method.values), name="release_method_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["released", "withdrawn"])
                | (Q(released_at__isnull=False) & ~Q(sha256="") & ~Q(body="")),
                name="release_has_body",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True)
                | Q(made_by__isnull=True)
                | ~Q(checked_by=F("made_by")),
                name="release_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Release {self.version} of {self.run_id}"


class Narrative(models.Model):
    """What stands in one box of a release, and who wrote there last. It names no child."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="narratives")
    box = models.SlugField(max_length=60)
    text = models.TextField(max_length=6000, blank=True)
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "box"], name="narrative_per_box")
        ]

    def __str__(self) -> str:
        return f"{self.box} of {self.release_id}"


class ReleasedTable(models.Model):
    """One table as it was published: the register that every later release is audited against.

    `scope` says of which programmes, hubs and people (canonical JSON); `cells` is what was
    printed, a row of texts a row, margins included, None where hidden. Without `is_additive`
    people may stand in several rows, so that these need not sum to the last one.
    """

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="tables")
    table = models.CharField(max_length=60)
    measure = models.CharField(max_length=60, help_text="Id from evaluation.indicators")
    scope = models.JSONField()
    first_day = models.DateField()
    last_day = models.DateField()
    method = models.CharField(max_length=10, choices=Method)
    threshold = models.PositiveSmallIntegerField(default=5)
    is_additive = models.BooleanField(default=True)
    rows = models.JSONField()
    columns = models.JSONField()
    cells = models.JSONField()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["measure", "first_day", "last_day"], name="released_table_of")
        ]

    def __str__(self) -> str:
        return f"{self.table} of {self.release_id}"


class ReleaseFile(models.Model):
    """One rendering of a release, in the storage that web and workers share."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=5, choices=ReportFormat)
    file = models.FileField(upload_to="releases/", max_length=200)
    size = models.PositiveIntegerField("size in bytes")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "format"], name="release_file_per_format")
        ]

    def __str__(self) -> str:
        return f"{self.release_id}.{self.format}"
