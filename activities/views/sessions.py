"""One session: everything a young person needs to know before coming. Public."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.audience import public
from accounts.public_pages import kept
from activities.models import Session
from activities.queries.sessions import other_dates
from hubs.pages import render_page


@public
@kept
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
        "other_dates": other_dates(session, now),
    }
    return render_page(request, "activities/session_detail.html", context)
