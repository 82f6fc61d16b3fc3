"""Trust staff say what programmes measure; who works at hubs sees how far it reaches."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required, trust_staff_required
from accounts.tables import sort_and_page
from evaluation.coverage_table import CoverageTable
from evaluation.forms.measures import MeasureForm, PrimaryForm
from evaluation.models import Measure, RespondentKind
from evaluation.models.instruments import MeasureQuerySet
from evaluation.queries.coverage import coverage_of
from evaluation.queries.measures import measured, shown
from evaluation.services.measures import end_measure, has_follow_ups, name_primary, start_measure
from participants.services.errors import RecordError

HUBS_PER_PAGE = 50


@require_safe
@trust_staff_required
def measure_list(request: AuthedRequest) -> HttpResponse:
    """What every programme measures, with its primary outcome."""
    programmes = measured(Measure.objects.visible_to(request.user))
    return render(request, "evaluation/measures/list.html", {"programmes": programmes})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def measure_new(request: AuthedRequest) -> HttpResponse:
    """Let a programme measure something, or go on with it."""
    form = MeasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            measure = start_measure(**form.cleaned_data, by=request.user, now=timezone.now())
        except RecordError as error:
            form.add_error("instrument", str(error))
        else:
            messages.success(request, "It is measured from now on.")
            return redirect("surveys:measure", pk=measure.pk)
    status = 422 if form.errors else 200
    return render(request, "evaluation/measures/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def measure_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One measure; sent, it names one of its scores the programme's primary outcome."""
    measure = _measure(request, pk)
    form = PrimaryForm(request.POST or None, measure=measure)
    if request.method == "POST" and form.is_valid():
        score = form.cleaned_data["score"]
        try:
            name_primary(measure=measure, score=score, by=request.user, now=timezone.now())
        except RecordError as error:
            form.add_error("score", str(error))
        else:
            messages.success(request, "This is the programme's primary outcome.")
            return redirect("surveys:measure", pk=pk)
    context = {
        "measure": shown(measure),
        "form": form,
        "is_too_late": has_follow_ups(measure.programme),
    }
    status = 422 if form.errors else 200
    return render(request, "evaluation/measures/detail.html", context, status=status)


@require_POST
@trust_staff_required
def measure_end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Ask nobody any more."""
    end_measure(measure=_measure(request, pk), by=request.user, now=timezone.now())
    messages.success(request, "Nobody is asked any more. What was answered stays.")
    return redirect("surveys:measure", pk=pk)


@require_POST
@trust_staff_required
def measure_resume(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Go on asking."""
    measure = _measure(request, pk)
    try:
        start_measure(
            programme=measure.programme,
            instrument=measure.instrument,
            respondent=RespondentKind(measure.respondent),
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is measured again.")
    return redirect("surveys:measure", pk=pk)


@require_safe
@coordinator_required
def coverage(request: AuthedRequest) -> HttpResponse:
    """How far a measure reaches at the user's hubs: `?measure=`, and `?since=start` for ever."""
    measures = list(_measures(request).running())
    chosen = next((each for each in measures if str(each.pk) == request.GET.get("measure")), None)
    chosen = chosen or next(iter(measures), None)
    context: dict[str, Any] = {"measures": [shown(each) for each in measures], "chosen": chosen}
    if chosen is not None:
        context |= _covered(request, chosen)
    return render(request, "evaluation/measures/coverage.html", context)


def _covered(request: AuthedRequest, measure: Measure) -> dict[str, Any]:
    is_all = request.GET.get("since") == "start"
    since: dt.date | None = measure.programme.starts_on if is_all else None
    found = coverage_of(measure, request.user, timezone.now(), since=since)
    table = CoverageTable(found)
    sort_and_page(request, table, rows=HUBS_PER_PAGE)
    return {"coverage": found, "table": table, "is_all": is_all}


def _measures(request: HttpRequest) -> MeasureQuerySet:
    measures = Measure.objects.visible_to(request.user)
    return measures.select_related("programme", "instrument", "started_by")


def _measure(request: HttpRequest, pk: UUID) -> Measure:
    return get_object_or_404(_measures(request), pk=pk)
