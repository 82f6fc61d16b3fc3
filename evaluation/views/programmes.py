"""Trust staff look after programmes: which there are, whom they are for, which grants pay."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from activities.models import Programme
from activities.planning_forms.programmes import ProgrammeForm
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError, PlanningError
from activities.services.programmes import put_programme
from evaluation.queries.grants import programme_rows
from evaluation.views.grants import FORM_METHODS, status


@require_safe
@trust_staff_required
def programme_list(request: AuthedRequest) -> HttpResponse:
    """Every programme, who leads it, whom it is for, and the grants that pay for it."""
    return render(request, "evaluation/grants/programmes.html", {"programmes": programme_rows()})


@require_http_methods(FORM_METHODS)
@trust_staff_required
def programme_new(request: AuthedRequest) -> HttpResponse:
    """Start a programme."""
    return _page(request, Programme(), ProgrammeForm(request.POST or None))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def programme_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Other facts of a programme."""
    form = ProgrammeForm(request.POST or None, instance=_programme(pk))
    return _page(request, _programme(pk), form)


def _page(request: AuthedRequest, programme: Programme, form: ProgrammeForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "programme": programme if programme.pk else None}
    if form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            put_programme(by=request.user, programme=programme, facts=form.facts(), seen=seen)
        except ChangedMeanwhileError:
            context["was_changed"] = True
            programme = _programme(programme.pk)
        except PlanningError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("grants:programmes")
    context["seen"] = fingerprint_of_row(programme) if programme.pk else ""
    page = "evaluation/grants/programme.html"
    return render(request, page, context, status=status(form, context))


def _programme(pk: int) -> Programme:
    return get_object_or_404(Programme, pk=pk)
