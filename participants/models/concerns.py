"""Safeguarding concerns, and what else must be answered in time: complaints and breaches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from activities.models import Session
from participants.models.people import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ConcernRoute(models.TextChoices):
    """Who reads a concern."""

    LEAD = "lead", "The safeguarding lead and deputy"
    # The lead is the subject: the lead never learns that there is one.
    NOT_LEAD = "not_lead", "The deputy only"
    # The deputy is the subject.
    NOT_DEPUTY = "not_deputy", "The lead only"


READS: dict[ConcernRoute, tuple[frozenset[Role], frozenset[Role]]] = {
    # Who reads a concern of this route, and who never does, whatever else they are.
    ConcernRoute.LEAD: (
        frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY}),
        frozenset(),
    ),
    ConcernRoute.NOT_LEAD: (
        frozenset({Role.SAFEGUARDING_DEPUTY}),
        frozenset({Role.SAFEGUARDING_LEAD}),
    ),
    ConcernRoute.NOT_DEPUTY: (
        frozenset({Role.SAFEGUARDING_LEAD}),
        frozenset({Role.SAFEGUARDING_DEPUTY}),
    ),
}


class ConcernQuerySet(models.QuerySet["Concern"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Concerns that the safeguarding lead or the deputy reads; nobody else reads any."""
        routes = [
            route
            for route, (readers, never) in READS.items()
            if holds_any(user, readers) and not holds_any(user, never)
        ]
        return self.filter(route__in=routes) if routes else self.none()

    def unread(self, *, before: dt.datetime) -> Self:
        """Those written before a moment that nobody has read."""
        return self.filter(first_read_at__isnull=True, written_at__lt=before)


class Concern(models.Model):
    """A worry about somebody's safety, as a member of staff wrote it.

    `sealed` is a Fernet token of JSON under `CONCERN_KEYS`: the words are nowhere in clear. The
    `receipt` is what the writer keeps; it opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(max_length=12, unique=True)
    route = models.CharField(max_length=10, choices=ConcernRoute, default=ConcernRoute.LEAD)
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="concerns"
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns"
    )
    is_urgent = models.BooleanField(default=False)
    sealed = models.TextField()
    # Empty where an answer to a survey raised it, by a rule that the safeguarding lead set.
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)
    first_read_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(route__in=ConcernRoute.values), name="concern_route_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Concern {self.receipt}"


class ConcernActionKind(models.TextChoices):
    """What was done about a concern."""

    NOTE = "note", "Note"
    CALL = "call", "Somebody was spoken to"
    REFERRAL = "referral", "Referred to children's social care or the police"
    SUPPORT = "support", "Support arranged"
    CLOSED = "closed", "Closed"
    REOPENED = "reopened", "Opened again"


class ConcernAction(models.Model):
    """One thing done or added about a concern, sealed as the concern is. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=10, choices=ConcernActionKind)
    sealed = models.TextField()
    # Empty where a further answer to the survey that raised it added this.
    done_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["done_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=ConcernActionKind.values), name="concern_action_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.concern_id}"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Complaints about data are trust staff's."""
        return self if holds_any(user, frozenset({Role.TRUST_STAFF})) else self.none()

    def open(self) -> Self:
        """Those that nobody has answered."""
        return self.filter(answered_at__isnull=True)


class Complaint(models.Model):
    """A complaint about how data is used. Acknowledged within 30 days, as the law asks.

    Source of the clock: Data Protection Act 2018, section 164A.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(max_length=12, unique=True)
    words = models.TextField(max_length=4000, blank=True)
    reply_to = models.CharField("how to answer", max_length=254, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ComplaintQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Complaint {self.receipt}"


class BreachQuerySet(models.QuerySet["Breach"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Breaches are trust staff's."""
        return self if holds_any(user, frozenset({Role.TRUST_STAFF})) else self.none()


class Breach(models.Model):
    """Personal data got where it should not. The regulator is told within 72 hours of knowing.

    `suspect_id` is the account whose reads in the span from `since` to `until` were not its
    owner's; whom that affects is read from the audit trail. Source of the clock: UK GDPR,
    article 33.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    what = models.TextField("what happened", max_length=4000)
    known_at = models.DateTimeField("when we knew")
    suspect_id = models.UUIDField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    likely_harm = models.TextField(max_length=2000, blank=True)
    done_about_it = models.TextField(max_length=4000, blank=True)
    regulator_told_at = models.DateTimeField(null=True, blank=True)
    not_told_why = models.CharField(max_length=300, blank=True)
    people_told_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "breaches"

    def __str__(self) -> str:
        return f"Breach {self.pk}"
