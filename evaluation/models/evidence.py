"""What young people say, as evidence: their own words and case studies, each with consent."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Activity, Skill
from hubs.models import Hub
from participants.models import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


CHECKER_ROLES = frozenset({Role.TRUST_STAFF})


class QuoteKind(models.TextChoices):
    """What it is."""

    WORDS = "words", "In their own words"
    CASE_STUDY = "case_study", "Case study"


class QuoteUse(models.TextChoices):
    """Where it may be used."""

    REPORTS = "reports", "In reports to funders"
    PUBLIC = "public", "On the website and in the press"


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them for trust staff; for a hub's staff those of their hubs."""
        if holds_any(user, CHECKER_ROLES):
            return self
        if holds_any(user, frozenset({Role.COORDINATOR, Role.HUB_LEAD})):
            return self.filter(hub__in=Hub.objects.visible_to(user))
        return self.none()

    def standing(self) -> Self:
        """Those that nobody took out."""
        return self.filter(taken_out_at__isnull=True)

    def checked(self) -> Self:
        """Those that stand and that a second person has read."""
        return self.standing().filter(checked_at__isnull=False)

    def to_check(self) -> Self:
        """Those that stand and wait for a second person."""
        return self.standing().filter(checked_at__isnull=True)


class Quote(models.Model):
    """Words of a young person, or a case study about one, for uses that they agreed to.

    `attribution` is how it is signed ("aged 13 to 15, Normanton"), never by name. Whether a use is
    covered now is asked of the consents each time; a withdrawal takes it out for good.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="quotes")
    kind = models.CharField(max_length=10, choices=QuoteKind, default=QuoteKind.WORDS)
    words = models.TextField(max_length=4000)
    attribution = models.CharField("signed as", max_length=80)
    skills = ArrayField(models.CharField(max_length=20, choices=Skill), default=list, blank=True)
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="quotes")
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, null=True, blank=True, related_name="quotes"
    )
    uses = ArrayField(models.CharField(max_length=10, choices=QuoteUse), default=list)
    said_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    edited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    # Nothing goes out that only its writer has read.
    checked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    taken_out_at = models.DateTimeField(null=True, blank=True)
    # Nobody, where a consent ended.
    taken_out_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_out_why = models.CharField(max_length=200, blank=True)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-said_on", "-recorded_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=QuoteKind.values), name="quote_kind_known"),
            models.CheckConstraint(
                condition=Q(skills__contained_by=Skill.values), name="quote_skills_known"
            ),
            models.CheckConstraint(
                condition=Q(uses__contained_by=QuoteUse.values), name="quote_uses_known"
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True, checked_at__isnull=True)
                | (
                    Q(checked_at__isnull=False)
                    & ~Q(checked_by=F("recorded_by"))
                    & (Q(edited_by__isnull=True) | ~Q(checked_by=F("edited_by")))
                ),
                name="quote_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Quote {self.pk}"

    @property
    def version(self) -> str:
        """Another one whenever something that a checker reads is another: 16 letters."""
        said = [self.kind, self.words, self.attribution, self.skills, self.hub_id, self.uses]
        said += [str(self.activity_id), self.said_on.isoformat()]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def last_written_by(self) -> User:
        """Whose words these are now: whoever changed them last, or wrote them down."""
        return self.edited_by or self.recorded_by
