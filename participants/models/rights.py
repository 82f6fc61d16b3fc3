"""What people may ask of their data: requests with their clocks, bundles, sending, complaints."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import Role, User
from participants.models.people import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

ANSWERS_FOR_DATA = frozenset({Role.TRUST_STAFF})


class Right(models.TextChoices):
    """A right of the UK GDPR that somebody uses."""

    ACCESS = "access", "A copy of the data (subject access)"
    RECTIFICATION = "rectification", "Something put right"
    RESTRICTION = "restriction", "The record kept and not used"
    OBJECTION = "objection", "Being left out of evaluation"
    ERASURE = "erasure", "Being erased"


class Outcome(models.TextChoices):
    """How a request ended."""

    OPEN = "", "Open"
    DONE = "done", "Done"
    PARTLY = "partly", "Done in part"
    REFUSED = "refused", "Refused, and said why"
    WITHDRAWN = "withdrawn", "Taken back"


class RightsRequestQuerySet(models.QuerySet["RightsRequest"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Requests are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()

    def open(self) -> Self:
        """Those that nobody has answered."""
        return self.filter(outcome=Outcome.OPEN)


class RightsRequest(models.Model):
    """Somebody uses a right. The clock of one month runs from `received_on`.

    After erasure `participant` is empty, and the words are too: what stays is that it was asked
    and done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests"
    )
    right = models.CharField(max_length=15, choices=Right)
    asked_by = models.CharField("who asks", max_length=120, blank=True)
    relationship = models.CharField(max_length=120, blank=True)
    words = models.TextField("what they ask", max_length=2000, blank=True)
    identity_checked = models.CharField("how we know who they are", max_length=200, blank=True)
    received_on = models.DateField()
    due_on = models.DateField()
    extended_why = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    answer = models.TextField("what was done and kept, and why", max_length=2000, blank=True)
    # Nobody of the staff wrote down what came by somebody's link to their own record.
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = RightsRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(right__in=Right.values), name="right_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="rights_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_right_display()} {self.pk}"


class SubjectBundleQuerySet(models.QuerySet["SubjectBundle"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Bundles are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()


class SubjectBundle(models.Model):
    """Everything held about one person, as it will leave: made, reviewed, then downloaded.

    `redactions` are keys of entries that somebody decided to leave out, with the reason. Nothing
    is downloaded before the review is done. The files expire.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="bundles")
    body = models.JSONField(default=dict)
    redactions = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField()

    objects = SubjectBundleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Bundle {self.pk}"


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Disclosures are trust staff's."""
        return self if holds_any(user, ANSWERS_FOR_DATA) else self.none()


class Disclosure(models.Model):
    """A document about a person left the house: to whom, why, and that somebody looked twice.

    `document` is what kind it was and `document_id` which one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="disclosures"
    )
    document = models.CharField(max_length=30)
    document_id = models.UUIDField(null=True, blank=True)
    recipient = models.CharField(max_length=120, blank=True)
    address = models.CharField("where it goes", max_length=254, blank=True)
    why = models.CharField(max_length=200, blank=True)
    had_hidden_address = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(default=timezone.now)

    objects = DisclosureQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Disclosure {self.pk}"
