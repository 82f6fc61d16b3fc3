"""Trust staff say what reports hold: shapes, their sections and their parts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from activities.services.errors import ChangedMeanwhileError
from evaluation.forms.report_shapes import Draft, ShapeFactsForm
from evaluation.models import ReportTemplate
from evaluation.reports.templates import LONGEST_HEADING, LONGEST_PROMPT, ShapeError
from evaluation.services import report_shapes as services

SAVE = "save"


@require_safe
@trust_staff_required
def shape_list(request: AuthedRequest) -> HttpResponse:
    """Every shape that a report can have, and those that were retired."""
    shapes = ReportTemplate.objects.visible_to(request.user).select_related("changed_by")
    found = sorted(shapes, key=lambda each: each.retired_at is not None)
    return render(request, "evaluation/report_shapes/list.html", {"shapes": found})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def shape_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """A shape's draft. Only "Save" writes it; every other button changes the draft alone."""
    shape = _shape(request, pk)
    seen = services.fingerprint_of_shape(shape)
    is_sent = request.method == "POST"
    # The instance of a form is changed by what was typed, so that it gets its own.
    form = ShapeFactsForm(request.POST if is_sent else None, instance=_shape(request, pk))
    draft = Draft.sent(request.POST) if is_sent else Draft.of(shape)
    context: dict[str, Any] = {"shape": shape, "form": form, "draft": draft, "seen": seen}
    context |= {"longest_heading": LONGEST_HEADING, "longest_prompt": LONGEST_PROMPT}
    if not is_sent:
        return _page(request, context, HTTPStatus.OK)
    if request.POST.get("do") != SAVE:
        context |= {"is_draft": True, "seen": request.POST.get("seen", "")}
        return _page(request, context, HTTPStatus.OK)
    return _saved(request, context)


def _saved(request: AuthedRequest, context: dict[str, Any]) -> HttpResponse:
    form, draft, shape = context["form"], context["draft"], context["shape"]
    form.full_clean()
    try:
        sections = draft.parsed()
    except ShapeError as error:
        form.add_error(None, str(error))
    if not form.is_valid():
        context |= {"is_draft": True, "seen": request.POST.get("seen", "")}
        return _page(request, context, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        services.put_shape(
            by=request.user,
            shape=shape,
            **form.cleaned_data,
            sections=sections,
            seen=request.POST.get("seen", ""),
            now=timezone.now(),
        )
    except ChangedMeanwhileError:
        context |= {"is_draft": True, "was_changed": True}
        return _page(request, context, HTTPStatus.CONFLICT)
    messages.success(request, "Saved. Reports that are built from now on have this shape.")
    return redirect("report_templates:edit", pk=shape.pk)


@require_POST
@trust_staff_required
def shape_copy(request: AuthedRequest, pk: int) -> HttpResponse:
    """Another one that holds the same, to be changed."""
    shape = _shape(request, pk)
    copy = services.copy_shape(by=request.user, shape=shape, now=timezone.now())
    messages.success(request, "This is the copy. Give it a name of its own.")
    return redirect("report_templates:edit", pk=copy.pk)


@require_POST
@trust_staff_required
def shape_retire(request: AuthedRequest, pk: int) -> HttpResponse:
    """Offer it no more."""
    services.retire_shape(by=request.user, shape=_shape(request, pk), now=timezone.now())
    messages.success(request, "It is offered no more. Reports that were built keep it.")
    return redirect("report_templates:list")


@require_POST
@trust_staff_required
def shape_bring_back(request: AuthedRequest, pk: int) -> HttpResponse:
    """Offer it again."""
    services.bring_back_shape(by=request.user, shape=_shape(request, pk), now=timezone.now())
    messages.success(request, "It is offered again.")
    return redirect("report_templates:list")


def _page(request: AuthedRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "evaluation/report_shapes/edit.html", context, status=status)


def _shape(request: AuthedRequest, pk: int) -> ReportTemplate:
    return get_object_or_404(ReportTemplate.objects.visible_to(request.user), pk=pk)
