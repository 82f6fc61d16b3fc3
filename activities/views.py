"""What young people see: what's on, a session, the hubs. Everything here is public."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.audience import public
from activities import queries
from activities.days import Day
from activities.filters import SessionFilter
from activities.forms import DayForm
from activities.models import Session, london_today
from hubs.models import Hub


@public
def whats_on(request: HttpRequest) -> HttpResponse:
    """The list by day, narrowed by what the address says."""
    now = timezone.now()
    days = DayForm(request.GET)
    window = days.window(london_today(now))
    filters = SessionFilter(request.GET, queryset=window.narrow(Session.objects.public(), now))
    listing = queries.listing_of(filters.qs, request.GET.get("page"))
    context = {
        "now": now,
        "days": days,
        "day_choices": Day,
        "window": window,
        "window_is_past": window.is_past(now),
        "filters": filters,
        "listing": listing,
        "nearest": None if listing.days else _nearest(request, now),
    }
    return render(request, "activities/whats_on.html", context)


def _nearest(request: HttpRequest, now: dt.datetime) -> Session | None:
    """The next session that matches everything but the day."""
    coming = Session.objects.public().not_over(now).filter(cancelled_at__isnull=True)
    return SessionFilter(request.GET, queryset=coming).qs.for_listing().first()


@public
def session_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything a young person needs to know before coming."""
    now = timezone.now()
    sessions = Session.objects.public().select_related(
        "activity__hub__ward", "activity__partner", "activity__programme"
    )
    session = get_object_or_404(sessions, pk=pk)
    context = {
        "now": now,
        "session": session,
        "is_over": session.ends_at <= now,
        "other_dates": queries.other_dates(session, now),
    }
    return render(request, "activities/session_detail.html", context)


@public
def hub_list(request: HttpRequest) -> HttpResponse:
    """Every open hub and how much is on there."""
    hubs = queries.hubs_with_coming_sessions(timezone.now())
    return render(request, "activities/hub_list.html", {"hubs": hubs})


@public
def hub_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One hub: what it is, where, and what is on next."""
    now = timezone.now()
    hubs = Hub.objects.public().select_related("ward", "coordinated_by")
    hub = get_object_or_404(hubs, slug=slug)
    days = queries.by_day(queries.sessions_at_hub(hub, now))
    return render(request, "activities/hub_detail.html", {"now": now, "hub": hub, "days": days})
