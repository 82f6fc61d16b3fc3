"""What the public is told: stories from the wards, and figures that were released."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from activities.models import Programme
from evaluation.models.grants import REPORT_ROLES
from evaluation.models.releases import Release
from evaluation.models.reports import ReportRun
from hubs.models import Hub, Ward
from hubs.wording import Wording

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser


class StoryQuerySet(models.QuerySet["Story"]):
    def public(self, now: dt.datetime) -> Self:
        """Stories whose moment has come and that were not taken down."""
        return self.filter(published_at__lte=now, withdrawn_at__isnull=True)

    def of_place(self, ward: Ward | None, hub: Hub | None) -> Self:
        """Stories of a ward or of the SEND hub; of the whole programme where neither is given."""
        return self.filter(ward=ward, hub=hub)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every story, drafts as well, for trust staff; none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class StoryState(models.TextChoices):
    """Where a story stands."""

    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waiting for its date"
    SHOWN = "shown", "On the website"
    WITHDRAWN = "withdrawn", "Taken down"


class Story(models.Model):
    """What has been happening in a ward or at the SEND hub, in safe Markdown.

    Without `published_at` it is a draft; with one in the future it waits for its moment. Neither
    a ward nor a hub: a story of the whole programme.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="stories"
    )
    hub = models.ForeignKey(
        Hub,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stories",
        help_text="Only for the SEND hub, which has no ward.",
    )
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=240)
    body = models.TextField("story")
    published_at = models.DateTimeField("shown from", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stories"
        ordering: ClassVar = [F("published_at").desc(nulls_first=True), "title"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ward__isnull=True) | Q(hub__isnull=True), name="story_of_one_place"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def state(self, now: dt.datetime) -> StoryState:
        """Where the story stands at a moment."""
        if self.withdrawn_at:
            return StoryState.WITHDRAWN
        if self.published_at is None:
            return StoryState.DRAFT
        return StoryState.SHOWN if self.published_at <= now else StoryState.WAITING


class StoryText(Wording):
    """A story in another language or in Easy Read."""

    WORDS = ("title", "summary", "body")
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="texts")
    title = models.CharField(max_length=120, blank=True)
    summary = models.CharField(max_length=240, blank=True)
    body = models.TextField("story", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["story", "language", "variant"], name="story_text_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(checked_by="", checked_on__isnull=True)
                | (~Q(checked_by="") & Q(checked_on__isnull=False)),
                name="story_text_checked_by_and_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.story} ({self.language}, {self.variant})"


class PicturePeople(models.TextChoices):
    """Who can be recognised in a picture. There is no third answer: others may not go up."""

    NOBODY = "nobody", "Nobody can be recognised"
    CONSENTED = "consented", "Everybody who can be recognised has agreed to the website"


class StoryPictureQuerySet(models.QuerySet["StoryPicture"]):
    def public(self, now: dt.datetime) -> Self:
        """Pictures of stories that everyone may read."""
        return self.filter(story__in=Story.objects.public(now))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every picture for trust staff; none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class StoryPicture(models.Model):
    """A picture of a story, drawn anew when it came in: without EXIF data, and small."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="pictures")
    file = models.FileField(upload_to="stories/", max_length=200)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    alt = models.CharField("what the picture shows", max_length=200)
    caption = models.CharField(max_length=200, blank=True)
    people = models.CharField("who can be recognised", max_length=10, choices=PicturePeople)
    position = models.PositiveSmallIntegerField(default=0)
    added_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StoryPictureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "added_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(people__in=PicturePeople.values), name="story_picture_people_known"
            )
        ]

    def __str__(self) -> str:
        return self.alt

    @property
    def small_name(self) -> str:
        """Where the same picture for lists lies in the store."""
        return f"{str(self.file.name).removesuffix('.webp')}-small.webp"


class FigureQuerySet(models.QuerySet["ReleasedFigure"]):
    def public(self) -> Self:
        """Figures that were released and not taken back."""
        return self.filter(withdrawn_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every figure, those taken back as well, for trust staff; none for others."""
        return self if holds_any(user, REPORT_ROLES) else self.none()


class ReleasedFigure(models.Model):
    """One figure as the public sees it: protected, with its period, its source and who released it.

    Neither a ward nor a hub: a figure of the whole programme. Only figures from before programmes
    were written down may have none. `amount` is `value` as a number, for
    drawing; it is never more exact than what is shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(
        ReportRun, on_delete=models.PROTECT, null=True, blank=True, related_name="released_figures"
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, blank=True, related_name="figures"
    )
    programme = models.ForeignKey(
        Programme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="released_figures",
    )
    indicator = models.CharField(max_length=60, help_text="Id from evaluation.indicators")
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="figures"
    )
    hub = models.ForeignKey(
        Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="figures"
    )
    label = models.CharField(max_length=120)
    value = models.CharField("value as shown", max_length=40)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    source = models.CharField(max_length=200)
    published_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = FigureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_day", "label"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="released_figure_period"
            ),
            models.CheckConstraint(
                condition=Q(ward__isnull=True) | Q(hub__isnull=True),
                name="released_figure_of_one_place",
            ),
            # One figure stands for one thing: a new release takes the old one back.
            models.UniqueConstraint(
                fields=["programme", "indicator", "ward", "hub", "first_day", "last_day"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="released_figure_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"
