"""Pages in the programme's own words, their editions, recordings, and checks of translations."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import holds_any
from accounts.models import Role, User
from hubs.wording import Wording, catalogue_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

EDITOR_ROLES = frozenset({Role.TRUST_STAFF})
SOURCE_LANGUAGE = "en-gb"


class PageTopic(models.TextChoices):
    """The pages there are; the value is the page's address."""

    VISION = "vision", _("Our vision")
    WHY_IT_MATTERS = "why-it-matters", _("Why it matters")
    SKILLS = "skills", _("Skills for life")
    PARTNERS = "partners", _("Partners")
    TAKE_PART = "take-part", _("Take part")
    # Safeguarding words are never translated by a machine: their own context keeps them English.
    SAFEGUARDING = "worried", pgettext_lazy("safeguarding", "Worried about something?")
    PRIVACY = "privacy", _("Privacy")
    ACCESSIBILITY = "accessibility", _("Accessibility")


# Whoever needs help, or decides about their data, must not read a guess: in other languages these
# pages show only words that a named speaker wrote or checked.
SPEAKER_TOPICS = frozenset({PageTopic.SAFEGUARDING, PageTopic.PRIVACY})


class PageQuerySet(models.QuerySet["Page"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every page for those who edit them; none for others."""
        return self if holds_any(user, EDITOR_ROLES) else self.none()

    def public(self) -> Self:
        """Every page: what stands in the table is what everyone reads."""
        return self


class Page(models.Model):
    """A page as trust staff rewrote it; where there is no row, the words that ship stand."""

    topic = models.CharField(max_length=20, choices=PageTopic, primary_key=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    body = models.TextField("text")
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now)

    objects = PageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title


class PageTextQuerySet(models.QuerySet["PageText"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every edition for those who edit pages; none for others."""
        return self if holds_any(user, EDITOR_ROLES) else self.none()

    def public(self) -> Self:
        """Every edition: the database refuses what may not be shown."""
        return self


class PageText(Wording):
    """A page's words in another language or in Easy Read.

    `english` is the fingerprint of the English that they say (`shipped_pages.Words`): once the
    English has another one, these words are older than it.
    """

    WORDS = ("title", "summary", "body")
    topic = models.CharField(max_length=20, choices=PageTopic)
    title = models.CharField(max_length=120, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField("text", blank=True)
    english = models.CharField(max_length=64, blank=True, editable=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = PageTextQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["topic", "language", "variant"], name="page_text_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(language=SOURCE_LANGUAGE)
                | ~Q(topic__in=sorted(SPEAKER_TOPICS))
                | ~Q(checked_by=""),
                name="page_text_of_a_speaker",
            ),
            models.CheckConstraint(
                condition=Q(checked_by="", checked_on__isnull=True)
                | (~Q(checked_by="") & Q(checked_on__isnull=False)),
                name="page_text_checked_by_and_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ({self.language}, {self.variant})"


class RecordingQuerySet(models.QuerySet["PageRecording"]):
    def public(self) -> Self:
        """Recordings that a named speaker approved."""
        return self.exclude(checked_by="")

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every recording for those who edit pages; none for others."""
        return self if holds_any(user, EDITOR_ROLES) else self.none()


class PageRecording(models.Model):
    """A page read aloud by a speaker, with its transcript; Romani is told this way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(max_length=20, choices=PageTopic)
    language = models.CharField(max_length=10, default="rom")
    title = models.CharField(max_length=120)
    file = models.FileField(upload_to="recordings/", max_length=200)
    content_type = models.CharField(max_length=40)
    transcript = models.TextField()
    checked_by = models.CharField("speaker who approved it", max_length=120, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["topic", "language", "-added_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(transcript=""), name="recording_has_transcript"),
            models.CheckConstraint(
                condition=Q(checked_by="", checked_on__isnull=True)
                | (~Q(checked_by="") & Q(checked_on__isnull=False)),
                name="recording_checked_by_and_on",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_approved(self) -> bool:
        return bool(self.checked_by)


class InterfaceCheckQuerySet(models.QuerySet["InterfaceCheck"]):
    def approves(self, language: str) -> bool:
        """Whether a speaker approved the interface in a language as it reads now."""
        try:
            catalogue = catalogue_of(language)
        except OSError:
            return False
        return self.filter(language=language, catalogue=catalogue).exists()

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Every check for those who edit pages; none for others."""
        return self if holds_any(user, EDITOR_ROLES) else self.none()


class InterfaceCheck(models.Model):
    """A named speaker approved the interface in a language.

    `catalogue` is the SHA-256 of the translations that were approved: once they change, the
    language counts as not yet checked again.
    """

    language = models.CharField(max_length=10, primary_key=True)
    catalogue = models.CharField(max_length=64)
    checked_by = models.CharField("speaker who checked it", max_length=120)
    checked_on = models.DateField()
    recorded_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = InterfaceCheckQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.language}, checked by {self.checked_by}"
