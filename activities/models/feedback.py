"""What people say after a session without a name, and what a hub did about it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from accounts.models import User
from activities.models.sessions import Session
from hubs.models import Hub
from hubs.wording import Wording

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser


class Mood(models.IntegerChoices):
    """How the session was, in five faces."""

    AWFUL = 1, pgettext_lazy("how it was", "Awful")
    NOT_GOOD = 2, pgettext_lazy("how it was", "Not good")
    OKAY = 3, pgettext_lazy("how it was", "OK")
    GOOD = 4, pgettext_lazy("how it was", "Good")
    BRILLIANT = 5, pgettext_lazy("how it was", "Brilliant")


class NextWish(models.TextChoices):
    """What somebody wants next."""

    MORE = "more", pgettext_lazy("what next", "More of the same")
    NEW = "new", pgettext_lazy("what next", "Something new")
    LONGER = "longer", pgettext_lazy("what next", "More time")
    SMALLER = "smaller", pgettext_lazy("what next", "A smaller or quieter group")
    FRIENDS = "friends", pgettext_lazy("what next", "To bring a friend")
    OTHER_TIME = "other_time", pgettext_lazy("what next", "Another day or time")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of sessions that a member of staff may see."""
        return self.filter(session__in=Session.objects.visible_to(user))


class Feedback(models.Model):
    """Two taps after a session, by nobody in particular. The hour is kept, not the minute."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="feedback")
    mood = models.PositiveSmallIntegerField(choices=Mood)
    wish = models.CharField(max_length=12, choices=NextWish, blank=True, default="")
    given_at = models.DateTimeField(default=timezone.now)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(mood__in=Mood.values), name="feedback_mood_known"),
            models.CheckConstraint(
                condition=Q(wish__in=["", *NextWish.values]), name="feedback_wish_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mood_display()} at {self.session_id}"


class SuggestionState(models.TextChoices):
    """What was decided about a suggestion. Nothing is shown that nobody has read."""

    WAITING = "waiting", "Waiting to be read"
    KEPT = "kept", "Kept"
    REFUSED = "refused", "Put away"


class SaidDidQuerySet(models.QuerySet["SaidDid"]):
    def public(self, now: dt.datetime) -> Self:
        """Those that everybody may read."""
        return self.filter(published_at__lte=now, withdrawn_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of the hubs that a member of staff may see."""
        return self.filter(hub__in=Hub.objects.visible_to(user))


class SaidDid(models.Model):
    """You said, we did: what young people of a hub asked for, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="said_and_done")
    said = models.CharField("you said", max_length=240)
    did = models.CharField("we did", max_length=240)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)

    objects = SaidDidQuerySet.as_manager()

    class Meta:
        verbose_name = "you said, we did"
        verbose_name_plural = "you said, we did"
        ordering: ClassVar = ["-published_at", "-written_at"]

    def __str__(self) -> str:
        return self.said


class SaidDidText(Wording):
    """The same in another language or in Easy Read."""

    WORDS = ("said", "did")
    said_did = models.ForeignKey(SaidDid, on_delete=models.CASCADE, related_name="texts")
    said = models.CharField("you said", max_length=240, blank=True)
    did = models.CharField("we did", max_length=240, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["said_did", "language", "variant"], name="said_did_text_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(checked_by="", checked_on__isnull=True)
                | (~Q(checked_by="") & Q(checked_on__isnull=False)),
                name="said_did_text_checked_by_and_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.said_did} ({self.language}, {self.variant})"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of the hubs that a member of staff may see."""
        return self.filter(hub__in=Hub.objects.visible_to(user))


class Suggestion(models.Model):
    """What somebody wrote for a hub, without a name. Only staff read it; nobody else ever does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="suggestions")
    session = models.ForeignKey(
        Session, on_delete=models.SET_NULL, null=True, blank=True, related_name="suggestions"
    )
    words = models.CharField(max_length=280)
    sent_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(
        max_length=10, choices=SuggestionState, default=SuggestionState.WAITING
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.ForeignKey(
        SaidDid, on_delete=models.SET_NULL, null=True, blank=True, related_name="suggestions"
    )

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-sent_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=SuggestionState.values), name="suggestion_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Suggestion {self.pk}"
