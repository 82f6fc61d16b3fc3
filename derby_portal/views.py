"""The front page, the way in for staff, and health checks."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import HUB_ROLES, holds_any, roles_of
from accounts.audience import AuthedRequest, public, signed_in
from accounts.models import Role
from accounts.public_pages import kept
from activities.days import Day
from activities.models import Kind
from activities.queries.listing import coming_up
from derby_portal.health import health
from hubs.models import Hub
from hubs.pages import render_page
from hubs.wording import current_edition

FRONT_PAGE_SESSIONS = 16


@public
@kept
def front_page(request: HttpRequest) -> HttpResponse:
    """What is on today first; where nothing is any more, the next day."""
    now = timezone.now()
    context = {
        "now": now,
        "coming_up": coming_up(now, FRONT_PAGE_SESSIONS, current_edition()),
        "day_choices": Day,
        "kinds": Kind,
        "hubs": Hub.objects.public(),
    }
    return render_page(request, "front_page.html", context)


@signed_in
def landing(request: AuthedRequest) -> HttpResponse:
    """Where each role begins its day."""
    if holds_any(request.user, HUB_ROLES):
        return redirect("evaluation:today")
    if holds_any(request.user, frozenset({Role.TRUST_STAFF})):
        return redirect("evaluation:report_list")
    if roles_of(request.user):
        return redirect("everything")
    return render(request, "account/landing.html")


@signed_in
def everything(request: AuthedRequest) -> HttpResponse:
    """All that somebody's roles let them do, in groups."""
    roles = sorted(str(role.label) for role in roles_of(request.user))
    return render(request, "account/everything.html", {"roles": roles})


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Say which parts answer; 503 only where no page could be served."""
    found = health()
    body = {"status": found.status, "web": "ok"}
    body |= {name: "ok" if answers else "down" for name, answers in asdict(found).items()}
    response = JsonResponse(body, status=200 if found.can_serve else 503)
    response["Cache-Control"] = "no-store"
    return response
