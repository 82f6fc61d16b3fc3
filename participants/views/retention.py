"""Deleting on time: the rules, plans, the two people who approve them, certificates."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from activities.models import london_today
from participants.forms.retention import PlanForm
from participants.models import RetentionRun, RunState
from participants.queries.retention import shown_certificate, shown_plan, shown_policy
from participants.services import retention as services
from participants.services.errors import RecordError
from participants.tasks import queue_retention

RUNS_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def runs(request: AuthedRequest) -> HttpResponse:
    """The plan that waits, runs so far, and making another plan."""
    now = timezone.now()
    today = london_today(now)
    form = PlanForm(request.POST or None, today=today, initial={"as_of": today})
    if form.is_valid():
        try:
            run = services.plan(as_of=form.cleaned_data["as_of"], by=request.user, now=now)
            return redirect("retention:run", run.pk)
        except RecordError as error:
            messages.error(request, str(error))
            return redirect("retention:runs")
    listed = RetentionRun.objects.visible_to(request.user).order_by("-planned_at", "pk")
    page = Paginator(listed, RUNS_SHOWN).get_page(request.GET.get("page"))
    waiting = RetentionRun.objects.visible_to(request.user).open().first()
    context = {"form": form, "page": page, "open": waiting}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "participants/retention/runs.html", context, status=status)


@require_safe
@trust_staff_required
def run_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A plan with its counts by rule; later how far it is, and what was done."""
    run = _run(request, pk)
    context = {
        "run": run,
        "plan": shown_plan(run),
        "is_open": run.state == RunState.PLANNED,
        "is_mine": run.first_approved_by_id == request.user.pk,
    }
    return render(request, "participants/retention/run.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def approve(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Look once more, and say yes to a plan; the second yes queues it."""
    run = _run(request, pk)
    if request.method != "POST":
        context = {"run": run, "plan": shown_plan(run)}
        return render(request, "participants/retention/approve.html", context)
    try:
        run = services.approve(run=run, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("retention:run", pk)
    if run.state == RunState.APPROVED:
        queue_retention(run.pk)
        messages.success(request, "Approved by two people. A worker carries it out.")
    else:
        messages.success(request, "Approved. Somebody else must approve it too.")
    return redirect("retention:run", pk)


@require_POST
@trust_staff_required
def drop(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Carry nothing of a plan out."""
    try:
        services.drop(run=_run(request, pk), by=request.user)
        messages.success(request, "Dropped. Nothing was deleted.")
    except RecordError as error:
        messages.error(request, str(error))
    return redirect("retention:run", pk)


@require_safe
@trust_staff_required
def certificate(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The certificate of a run, as a page to print; it names no young person."""
    runs = RetentionRun.objects.visible_to(request.user).exclude(certificate={})
    run = get_object_or_404(runs.select_related("first_approved_by", "second_approved_by"), pk=pk)
    shown = shown_certificate(run, services.sha256(run.certificate["body"]))
    return render(request, "participants/retention/certificate.html", {"run": run, "shown": shown})


@require_safe
@trust_staff_required
def policy(request: AuthedRequest) -> HttpResponse:
    """Every rule in words: how long, from when, why, and which fields."""
    return render(request, "participants/retention/policy.html", {"rules": shown_policy()})


def _run(request: AuthedRequest, pk: UUID) -> RetentionRun:
    runs = RetentionRun.objects.visible_to(request.user).select_related(
        "planned_by", "first_approved_by", "second_approved_by"
    )
    return get_object_or_404(runs, pk=pk)
