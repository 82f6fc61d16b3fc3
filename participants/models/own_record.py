"""The young person's own record: secret links to it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from participants.models.people import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class OwnRecordLinkQuerySet(models.QuerySet["OwnRecordLink"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Links about people whose records a member of staff may see."""
        return self.filter(participant__in=Participant.objects.visible_to(user))


class OwnRecordLink(models.Model):
    """A secret address by which a young person sees what they did here, and prints it for a CV.

    The token itself is nowhere but in the address: here lies its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="own_record_links"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField("last opened", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = OwnRecordLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Link {self.pk}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it can still be used."""
        return self.closed_at is None and now < self.expires_at
