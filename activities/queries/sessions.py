"""Reads round one session."""

from __future__ import annotations

import datetime as dt

from activities.models import Session, SessionQuerySet

OTHER_DATES = 8


def other_dates(session: Session, now: dt.datetime) -> SessionQuerySet:
    """The next dates of the same activity, itself left out."""
    same = Session.objects.public().filter(activity=session.activity_id).exclude(pk=session.pk)
    return same.not_over(now).order_by("starts_at")[:OTHER_DATES]
