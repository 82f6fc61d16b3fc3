"""What's on: the list that young people narrow down. Public."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.audience import public
from accounts.public_pages import kept
from activities.days import Day
from activities.filters import SessionFilter
from activities.forms import DayForm
from activities.models import Session, london_today
from activities.queries import listing as queries
from hubs.pages import render_page


@public
@kept
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
    return render_page(request, "activities/whats_on.html", context)


def _nearest(request: HttpRequest, now: dt.datetime) -> Session | None:
    """The next session that matches everything but the day."""
    coming = Session.objects.public().not_over(now).filter(cancelled_at__isnull=True)
    return SessionFilter(request.GET, queryset=coming).qs.for_listing().first()
