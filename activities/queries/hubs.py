"""Reads of hubs and what is on there."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q, QuerySet

from activities.days import Day, window_of_day
from activities.models import Session, SessionQuerySet, london_today
from hubs.models import Hub


def sessions_at_hub(hub: Hub, now: dt.datetime) -> SessionQuerySet:
    """What is still to come at a hub today and on the six days after."""
    window = window_of_day(Day.WEEK, london_today(now))
    return window.narrow(Session.objects.public().filter(activity__hub=hub), now).for_listing()


def hubs_with_coming_sessions(now: dt.datetime) -> QuerySet[Hub]:
    """Open hubs by name, each with `coming`: sessions of the next 7 days that are not cancelled."""
    window = window_of_day(Day.WEEK, london_today(now))
    coming = window.narrow(Session.objects.public(), now).filter(cancelled_at__isnull=True)
    return (
        Hub.objects.public()
        .select_related("ward")
        .annotate(coming=Count("activities__sessions", filter=Q(activities__sessions__in=coming)))
        .order_by("name")
    )
