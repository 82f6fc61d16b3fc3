"""What coordinators see first."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import AuthedRequest, coordinator_required
from evaluation.queries.today import today_page
from participants.queries.day import missing_registers

MISSING_PER_PAGE = 50


@require_safe
@coordinator_required
def today(request: AuthedRequest) -> HttpResponse:
    """What is on now and next at the user's hubs, and what they have still to do.

    With `?missing=all` every missing register, however old, page by page.
    """
    if request.GET.get("missing") == "all":
        return _all_missing(request)
    now = timezone.now()
    context = {"parts": today_page(request.user, now), "now": now}
    return render(request, "evaluation/today.html", context)


def _all_missing(request: AuthedRequest) -> HttpResponse:
    missing = missing_registers(request.user, timezone.now())
    page = Paginator(missing, MISSING_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "evaluation/missing_registers.html", {"page": page})
