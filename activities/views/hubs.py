"""The hubs and what is on there. Public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.audience import public
from accounts.public_pages import kept
from activities.queries.hubs import hubs_with_coming_sessions, sessions_at_hub
from activities.queries.listing import by_day
from hubs.models import Hub
from hubs.pages import render_page


@public
@kept
def hub_list(request: HttpRequest) -> HttpResponse:
    """Every open hub and how much is on there."""
    hubs = hubs_with_coming_sessions(timezone.now())
    return render_page(request, "activities/hub_list.html", {"hubs": hubs})


@public
@kept
def hub_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One hub: what it is, where, and what is on next."""
    now = timezone.now()
    hubs = Hub.objects.public().select_related("ward", "coordinated_by")
    hub = get_object_or_404(hubs, slug=slug)
    days = by_day(sessions_at_hub(hub, now))
    return render_page(
        request, "activities/hub_detail.html", {"now": now, "hub": hub, "days": days}
    )
