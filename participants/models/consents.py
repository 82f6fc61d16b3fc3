"""The consent ledger, links that parents open, and photographs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from activities.models import Session
from participants.models.contacts import Relationship
from participants.models.people import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Purpose(models.TextChoices):
    """What consent is asked for; each is answered by itself."""

    TAKING_PART = "taking_part", "Taking part"
    EMERGENCY_TREATMENT = "emergency", "Emergency treatment"
    PHOTOGRAPHS_INSIDE = "photos_inside", "Photographs shown at the hub and to funders"
    PHOTOGRAPHS_PUBLIC = "photos_public", "Photographs on the website and in the press"
    SURVEYS = "surveys", "Surveys"
    WORDS_REPORTS = "words_reports", "Their words in reports to funders"
    WORDS_PUBLIC = "words_public", "Their words on the website and in the press"
    SHARING_SCHOOL = "share_school", "Sharing with the school"
    SHARING_UNIVERSITY = "share_univ", "Sharing with the University"
    MESSAGES = "messages", "Messages about sessions"


class ConsentHow(models.TextChoices):
    """How an answer came."""

    LINK = "link", "By a link on their own phone"
    IN_PERSON = "in_person", "Said in person"
    PHONE = "phone", "Said on the telephone"
    PAPER = "paper", "On paper"
    IMPORTED = "imported", "From an earlier system"


class ParentLinkPurpose(models.TextChoices):
    """What a parent is asked to do by a link."""

    COMPLETE = "complete", "Complete the record and answer for consent"
    CONSENT = "consent", "Answer for consent"
    # Made with the answers: kept by whoever gave them, to take any of them back.
    CHANGE = "change", "Take an answer back"


class DecidedBy(models.TextChoices):
    """Who decided about photographs of a young person whom a council looks after, or did."""

    SOCIAL_WORKER = "social_worker", "The social worker"
    RESPONSIBLE = "responsible", "Somebody with parental responsibility"


class ParentLinkQuerySet(models.QuerySet["ParentLink"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Links about people whose records a member of staff may see."""
        return self.filter(participant__in=Participant.objects.visible_to(user))


class ParentLink(models.Model):
    """A secret address for one parent and one young person: used once, and then it ends.

    One to take answers back opens until it expires, or until there are newer answers. The token
    itself is nowhere but in the address: here lies its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="parent_links"
    )
    purpose = models.CharField(max_length=10, choices=ParentLinkPurpose)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ParentLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Link {self.pk}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and self.closed_at is None and now < self.expires_at


class Consent(models.Model):
    """One answer to one question, given or withdrawn. Never changed: the latest one stands.

    `wording` is the version of the words that were asked, `language` the edition they were read
    in. Rows stay with the record they were given for; a person's are those of every record
    merged into theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=15, choices=Purpose)
    is_given = models.BooleanField()
    wording = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, default="en-gb")
    answered_by = models.CharField(max_length=120, blank=True)
    relationship = models.CharField(max_length=15, choices=Relationship)
    # Only for photographs of somebody who is looked after or a care leaver.
    decided_by = models.CharField(
        max_length=15, choices=DecidedBy, blank=True, default="", db_default=""
    )
    how = models.CharField(max_length=10, choices=ConsentHow)
    at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link = models.ForeignKey(
        ParentLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="consents"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["participant", "purpose", "-at"], name="consent_latest"),
            # The few that say no, for signs on registers.
            models.Index(
                fields=["purpose", "-at"], condition=Q(is_given=False), name="consent_refused"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    purpose__in=Purpose.values,
                    how__in=ConsentHow.values,
                    relationship__in=Relationship.values,
                ),
                name="consent_choices_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.is_given else 'not given'}"


class PhotographUse(models.TextChoices):
    """Where a photograph may be seen."""

    INSIDE = "inside", "At the hub and in reports to funders"
    PUBLIC = "public", "On the website and in the press"


class PhotographQuerySet(models.QuerySet["Photograph"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Photographs of sessions that a member of staff may see."""
        return self.filter(session__in=Session.objects.visible_to(user))

    def up(self) -> Self:
        """Those that nobody has taken down."""
        return self.filter(taken_down_at__isnull=True)


class Photograph(models.Model):
    """A photograph of a session, with everybody who can be recognised in it named by record.

    It goes up only where everybody's consent covers the use, and must come down when one ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="photographs")
    file = models.FileField(upload_to="photographs/", max_length=200)
    description = models.CharField(max_length=200)
    uses = ArrayField(models.CharField(max_length=10, choices=PhotographUse), default=list)
    people = models.ManyToManyField(Participant, related_name="photographs")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    taken_down_at = models.DateTimeField(null=True, blank=True)
    taken_down_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PhotographQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Photograph {self.pk}"
