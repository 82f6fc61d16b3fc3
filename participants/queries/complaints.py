"""Complaints with what is left of their clocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from activities.models import london_today
from participants.models import Complaint

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


@dataclass(frozen=True)
class Inbox:
    """A complaint and its clock.

    `days_left` counts to the last day for acknowledging it: 0 on that day, less when it is past,
    None once it was acknowledged.
    """

    complaint: Complaint
    days_left: int | None

    @property
    def is_overdue(self) -> bool:
        return self.days_left is not None and self.days_left < 0

    @property
    def clock(self) -> str:
        """What is left of the time to acknowledge it, in words."""
        if self.days_left is None:
            return "Acknowledged"
        if self.days_left < 0:
            late = -self.days_left
            return f"Late by {late} {'day' if late == 1 else 'days'}"
        if self.days_left == 0:
            return "Today is the last day"
        return f"{self.days_left} {'day' if self.days_left == 1 else 'days'} left"


def inbox(user: User, now: dt.datetime) -> list[Inbox]:
    """The complaints that a user answers: what is due first, then those answered. One query."""
    complaints = Complaint.objects.visible_to(user).order_by("received_at", "pk")
    rows = [with_clock(complaint, now) for complaint in complaints]
    return sorted(
        rows, key=lambda row: (row.complaint.answered_at is not None, row.complaint.due_on)
    )


def with_clock(complaint: Complaint, now: dt.datetime) -> Inbox:
    """One complaint and its clock."""
    if complaint.acknowledged_at is not None:
        return Inbox(complaint, None)
    return Inbox(complaint, (complaint.due_on - london_today(now)).days)


def waiting_complaints(user: User | AnonymousUser) -> int:
    """How many complaints wait for an answer of the user's. One query for trust staff."""
    return Complaint.objects.visible_to(user).open().count()
