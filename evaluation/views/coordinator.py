"""What coordinators see first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import AuthedRequest, coordinator_required
from participants.queries import today_for


@require_safe
@coordinator_required
def today(request: AuthedRequest) -> HttpResponse:
    """What is on now and next at the user's hubs, and the registers still missing."""
    context = {"today": today_for(request.user, timezone.now())}
    return render(request, "evaluation/today.html", context)
