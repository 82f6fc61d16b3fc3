"""Where there is nothing on: a page for who plans, and the same as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import EVERY_HUB, holds_any
from accounts.audience import AuthedRequest, coordinator_required
from activities.models import london_today
from evaluation.dashboard_files import csv_lines, gap_rows
from evaluation.forms.dashboard import GapForm
from evaluation.queries.gaps import DAYS, Gaps, gaps_of
from hubs.models import Hub

# So many are told in sentences before the rest opens.
FIRST = 8
UNPROCESSABLE = 422


@require_safe
@coordinator_required
def gap_view(request: AuthedRequest) -> HttpResponse:
    """Hubs by weekday for the ages asked for, and the biggest gaps in sentences."""
    form = _form(request)
    if not form.is_valid():
        context: dict[str, Any] = {"form": form}
        return render(request, "evaluation/dashboard/gaps.html", context, status=UNPROCESSABLE)
    gaps = _gaps(request, form)
    context = {
        "form": form,
        "gaps": gaps,
        "days": DAYS,
        "first": gaps.gaps[:FIRST],
        "others": gaps.gaps[FIRST:],
        "query": request.GET.urlencode(),
    }
    return render(request, "evaluation/dashboard/gaps.html", context)


@require_safe
@coordinator_required
def gap_file(request: AuthedRequest) -> HttpResponse | StreamingHttpResponse:
    """The same table as a file for a spreadsheet: one line a hub and weekday."""
    form = _form(request)
    if not form.is_valid():
        return HttpResponse("Choose other days.", status=UNPROCESSABLE, content_type="text/plain")
    lines = csv_lines(gap_rows(_gaps(request, form)))
    headers = {"Content-Disposition": 'attachment; filename="gaps.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _form(request: AuthedRequest) -> GapForm:
    return GapForm(request.GET)


def _gaps(request: AuthedRequest, form: GapForm) -> Gaps:
    now = timezone.now()
    hubs = Hub.objects.visible_to(request.user).filter(is_open=True).select_related("ward")
    is_whole = holds_any(request.user, EVERY_HUB)
    return gaps_of(hubs, form.wanted(london_today(now)), now, is_whole=is_whole)
