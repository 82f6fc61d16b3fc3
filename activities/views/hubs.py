"""The hubs and what is on there. Public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.audience import public
from accounts.public_pages import kept
from activities.queries.hubs import city_map, hub_cards, hub_page
from hubs.models import Hub
from hubs.pages import render_page
from hubs.reference import DEPRIVATION_CLASSES
from hubs.wording import current_edition


@public
@kept
def hub_list(request: HttpRequest) -> HttpResponse:
    """Every open hub and how much is on there."""
    hubs = hub_cards(timezone.now(), current_edition())
    return render_page(request, "activities/hub_list.html", {"hubs": hubs})


@public
@kept
def hub_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One hub: what it is, where, and what is on next."""
    now = timezone.now()
    hubs = Hub.objects.public().select_related("ward", "coordinated_by")
    page = hub_page(get_object_or_404(hubs, slug=slug), now, current_edition())
    context = {"now": now, "hub": page.hub, "days": page.days, "rows": page.said_and_done}
    return render_page(request, "activities/hub_detail.html", context)


@public
@kept
def hub_map(request: HttpRequest) -> HttpResponse:
    """The wards and hubs of the city, drawn and as a list; deprivation where it is asked for."""
    city = city_map(timezone.now(), is_shaded=request.GET.get("shading") == "on")
    context = {"city": city, "classes": DEPRIVATION_CLASSES}
    return render_page(request, "activities/hub_map.html", context)
