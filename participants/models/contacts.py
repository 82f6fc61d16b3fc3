"""Whom to ring, and who may collect."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone

from participants.models.answers import Answer
from participants.models.people import Participant


class Relationship(models.TextChoices):
    """What a grown-up is to a young person."""

    MOTHER = "mother", "Mother"
    FATHER = "father", "Father"
    STEP_PARENT = "step_parent", "Step-parent"
    GRANDPARENT = "grandparent", "Grandparent"
    SIBLING = "sibling", "Grown-up brother or sister"
    RELATIVE = "relative", "Another relative"
    FOSTER_CARER = "foster_carer", "Foster carer"
    CARER = "carer", "Another carer"
    SOCIAL_WORKER = "social_worker", "Social worker"
    PARTNER = "partner", "Partner"
    FRIEND = "friend", "Friend of the family"
    THEMSELVES = "themselves", "The young person"
    SCHOOL = "school", "School"
    UNKNOWN = "unknown", "Not known"


class Collects(models.TextChoices):
    """Whether somebody may take a child away from a session."""

    YES = "yes", "May collect"
    NO = "no", "Does not collect"
    NEVER = "never", "Must not collect"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Contact(models.Model):
    """A grown-up round a young person. Ring emergency contacts in the order of `position`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    relationship = models.CharField(
        max_length=15, choices=Relationship, default=Relationship.UNKNOWN
    )
    phone = models.CharField(max_length=30, blank=True, default="")
    email = models.EmailField(max_length=254, blank=True, default="")
    has_parental_responsibility = models.CharField(
        "parental responsibility", max_length=12, choices=Answer, default=Answer.UNKNOWN
    )
    is_emergency = models.BooleanField("ring in an emergency", default=False)
    collects = models.CharField("collection", max_length=6, choices=Collects, default=Collects.NO)
    position = models.PositiveSmallIntegerField("order", default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    relationship__in=Relationship.values,
                    collects__in=Collects.values,
                    has_parental_responsibility__in=Answer.values,
                ),
                name="contact_choices_known",
            ),
            models.CheckConstraint(
                condition=Q(is_emergency=False) | ~Q(phone=""), name="contact_can_be_rung"
            ),
        ]

    def __str__(self) -> str:
        return f"Contact {self.pk}"
