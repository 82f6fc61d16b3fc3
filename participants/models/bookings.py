"""Places booked by name, for the few sessions that need it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from activities.models import Session
from participants.models.people import Participant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class BookingLinkQuerySet(models.QuerySet["BookingLink"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Links for sessions that a member of staff may see."""
        return self.filter(session__in=Session.objects.visible_to(user))


class BookingLink(models.Model):
    """A secret address by which parents book places at one session, until it expires.

    The token itself is nowhere but in the address: here lies its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="booking_links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = BookingLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Link for {self.session_id}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether places can still be booked by it."""
        return self.closed_at is None and now < self.expires_at


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Bookings for sessions that a member of staff may see."""
        return self.filter(session__in=Session.objects.visible_to(user))

    def standing(self) -> Self:
        """Bookings that nobody has cancelled."""
        return self.filter(cancelled_at__isnull=True)

    def with_place(self) -> Self:
        """Standing bookings that have a place."""
        return self.standing().filter(has_place=True)

    def waiting(self) -> Self:
        """Standing bookings without a place, in the order in which they move up."""
        return self.standing().filter(has_place=False).order_by("booked_at", "pk")


class Booking(models.Model):
    """One person's place at a session, or on its waiting list.

    Who has a place is decided under the lock of the session's row and written down, so that
    nobody who was given one loses it to a smaller number of places.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="bookings")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="bookings")
    has_place = models.BooleanField()
    # The first name as a parent wrote it: their page says this and never looks at the record.
    written_name = models.CharField(max_length=80, blank=True, default="", db_default="")
    booked_at = models.DateTimeField(default=timezone.now)
    moved_up_at = models.DateTimeField(null=True, blank=True)
    # By a member of staff, or by whoever was given the link.
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link = models.ForeignKey(
        BookingLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="bookings"
    )
    # SHA-256 of the token of the address at which whoever booked sees and cancels it.
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "participant"],
                condition=Q(cancelled_at__isnull=True),
                name="booking_once_per_session",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["session", "booked_at"], name="booking_session_order")
        ]

    def __str__(self) -> str:
        return f"Booking {self.pk}"
