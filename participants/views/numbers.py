"""Numbers that a coordinator acts on."""

from __future__ import annotations

from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit
from hubs.models import Hub
from participants.charts import hours_chart
from participants.queries.numbers import numbers_for


@require_safe
@coordinator_required
def numbers(request: AuthedRequest) -> HttpResponse:
    """Who stopped coming, who came once, and the hours of one of the user's hubs."""
    hubs = list(Hub.objects.visible_to(request.user).order_by("name"))
    if not hubs:
        return render(request, "participants/numbers_none.html")
    asked = request.GET.get("hub", hubs[0].slug)
    hub = next((each for each in hubs if each.slug == asked), None)
    if hub is None:
        raise Http404
    # A hub has no UUID: its word says which it was.
    record_audit(by=request.user, kind=AuditKind.NUMBERS_READ, about=hub, reason=hub.slug)
    found = numbers_for(hub, timezone.now())
    chart = hours_chart(found.weeks, Decimal(hub.weekly_hours))
    context = {"hubs": hubs, "numbers": found, "chart": chart}
    return render(request, "participants/numbers.html", context)
