"""Outcomes: what is measured, what changed, and one person's answers for who may read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import AuthedRequest, outcomes_required, trust_staff_required
from activities.models import Programme, london_today
from activities.queries.feedback import FeedbackTotals, feedback_of
from evaluation.forms.outcomes import OutcomeFilter, hubs_of, reads_all
from evaluation.models import Measure
from evaluation.queries.answers import answers_of
from evaluation.queries.outcomes import Asked, Outcomes, measured, outcomes_of, settled
from evaluation.reports.outcomes import (
    headline_of,
    hub_sections_of,
    rounded_headline_of,
    sections_of,
)
from participants.models import Participant
from participants.sections import Section
from participants.services.opening import open_section
from participants.views.record_frame import on_record, record_frame


@require_safe
@outcomes_required
def measure_list(request: AuthedRequest) -> HttpResponse:
    """What each programme measures, with how many answered."""
    whole = reads_all(request.user)
    hubs = None if whole else list(hubs_of(request.user))
    programmes = measured(Measure.objects.visible_to(request.user), hubs)
    context = {"programmes": programmes, "felt": _felt(programmes) if whole else []}
    return render(request, "evaluation/outcomes/list.html", context)


@require_safe
@outcomes_required
def measure_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What one measure says, of all hubs or of one, over a period."""
    measures = Measure.objects.visible_to(request.user).select_related("programme", "instrument")
    measure = get_object_or_404(measures, pk=pk)
    form = OutcomeFilter(_chosen(request, measure), user=request.user)
    if not form.is_valid():
        context = {"measure": measure, "form": form}
        page = "evaluation/outcomes/measure.html"
        return render(request, page, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    whole, asked = reads_all(request.user), _asked(request, measure, form)
    shown = asked if whole else settled(asked)
    context = {"measure": measure, "form": form, "whole": whole, "hub": asked.hub}
    if shown is not None:
        context |= _said(outcomes_of(shown), whole=whole)
    return render(request, "evaluation/outcomes/measure.html", context)


def _said(outcomes: Outcomes, *, whole: bool) -> dict[str, Any]:
    """What the page says: exact for who reads all, rounded for a hub's own staff."""
    headline, sections = (
        (headline_of, sections_of) if whole else (rounded_headline_of, hub_sections_of)
    )
    # The primary outcome alone where there is one; else every score.
    scores = [outcomes.primary] if outcomes.primary else outcomes.scores
    return {
        "outcomes": outcomes,
        "headlines": [headline(each) for each in scores],
        "sections": sections(outcomes),
    }


@require_safe
@trust_staff_required
@on_record
def person(request: AuthedRequest, person: Participant) -> HttpResponse:
    """What somebody answered, and when."""
    open_section(person=person, section=Section.OUTCOMES, by=request.user)
    context = {
        "frame": record_frame(request, person, Section.OUTCOMES),
        "answers": answers_of(person),
    }
    return render(request, "evaluation/outcomes/person.html", context)


def _felt(programmes: Iterable[Programme]) -> list[tuple[Programme, FeedbackTotals]]:
    """How each programme's sessions were, as people said without a name, from its start on."""
    today = london_today(timezone.now())
    found = [(each, feedback_of(each, each.starts_on, today)) for each in programmes]
    return [(programme, totals) for programme, totals in found if totals.n]


def _asked(request: AuthedRequest, measure: Measure, form: OutcomeFilter) -> Asked:
    """What is asked; a hub's staff get one of theirs, from the beginning to the last whole month.

    Raises PermissionDenied for who works with no hub.
    """
    hub, days = form.cleaned_data["hub"], form.cleaned_data
    if reads_all(request.user):
        return Asked(measure, days["first_day"], days["last_day"], hub)
    hub = hub or hubs_of(request.user).order_by("name").first()
    if hub is None:
        raise PermissionDenied
    until = london_today(timezone.now()).replace(day=1) - dt.timedelta(days=1)
    return Asked(measure, measure.programme.starts_on, until, hub)


def _chosen(request: AuthedRequest, measure: Measure) -> QueryDict:
    """What the address says, with the whole programme until today where it leaves days open."""
    chosen = request.GET.copy()
    days = {"first_day": measure.programme.starts_on, "last_day": london_today(timezone.now())}
    for name, day in days.items():
        if not chosen.get(name):
            chosen[name] = day.isoformat()
    return chosen
