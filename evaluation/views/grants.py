"""Trust staff look after grants: what they are, what they promise, what they may be spent on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from accounts.tables import sort_and_page
from activities.models import london_today
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError
from evaluation.forms.grants import BudgetForm, FunderForm, GrantForm, TargetForm
from evaluation.grants_table import GrantFilter, GrantTable
from evaluation.models import Grant, ReportRun, Target
from evaluation.queries import grants as queries
from evaluation.queries.targets import label_of
from evaluation.services import grants as services
from evaluation.services.grants import GrantError

PER_PAGE = 25
FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@trust_staff_required
def grant_list(request: AuthedRequest) -> HttpResponse:
    """Every grant with its money and how far it is, narrowed and sorted as the address says."""
    today = london_today(timezone.now())
    grants = queries.grant_rows(Grant.objects.visible_to(request.user))
    found = GrantFilter(request.GET, grants, today=today)
    table = GrantTable(found.qs.distinct())
    sort_and_page(request, table, rows=PER_PAGE)
    queries.add_progress((row.record for row in table.paginated_rows), today)
    return render(request, "evaluation/grants/list.html", {"filter": found, "table": table})


@require_safe
@trust_staff_required
def grant_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """A grant: facts, targets against actual, budget against spend, the latest lines."""
    now = timezone.now()
    runs = ReportRun.objects.visible_to(request.user)
    page = queries.grant_page(_grant(request, pk), runs, now=now, today=london_today(now))
    return render(request, "evaluation/grants/grant.html", {"page": page, "grant": page.grant})


@require_http_methods(FORM_METHODS)
@trust_staff_required
def grant_new(request: AuthedRequest) -> HttpResponse:
    """Add a grant."""
    return _grant_page(request, Grant(), GrantForm(request.POST or None, initial=_asked(request)))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def grant_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Other facts of a grant, or other programmes."""
    form = GrantForm(request.POST or None, instance=_grant(request, pk))
    return _grant_page(request, _grant(request, pk), form)


def _grant_page(request: AuthedRequest, grant: Grant, form: GrantForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "grant": grant if grant.pk else None}
    if form.is_valid():
        try:
            saved = services.put_grant(
                by=request.user,
                grant=grant,
                facts=form.facts(),
                programmes=form.cleaned_data["programmes"],
                seen=request.POST.get("seen", ""),
            )
        except GrantError as error:
            add_error(form, error)
        except ChangedMeanwhileError:
            context["was_changed"] = True
        else:
            messages.success(request, "Saved.")
            return redirect("grants:grant", pk=saved.pk)
    # After a clash: what stands now, so that sending once more replaces it knowingly.
    context["seen"] = services.fingerprint_of_grant(grant)
    return render(request, "evaluation/grants/form.html", context, status=status(form, context))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def funder_new(request: AuthedRequest) -> HttpResponse:
    """Add who gives money; the form of a new grant comes next, with it chosen."""
    form = FunderForm(request.POST or None)
    if form.is_valid():
        try:
            funder = services.add_funder(by=request.user, name=form.cleaned_data["name"])
        except GrantError as error:
            add_error(form, error)
        else:
            messages.success(request, f"{funder} can be chosen as a funder now.")
            response = redirect("grants:new")
            response["Location"] += f"?funder={funder.pk}"
            return response
    context = {"form": form}
    return render(request, "evaluation/grants/funder.html", context, status=status(form, {}))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def budget_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """How much of a grant is meant for which kind of cost."""
    grant = _grant(request, pk)
    form = BudgetForm(request.POST or None, grant=grant)
    context: dict[str, Any] = {"form": form, "grant": grant}
    if form.is_valid():
        try:
            services.put_budget(
                by=request.user,
                grant=grant,
                amounts=form.amounts(),
                seen=request.POST.get("seen", ""),
            )
        except GrantError as error:
            add_error(form, error)
        except ChangedMeanwhileError:
            context["was_changed"] = True
        else:
            messages.success(request, "The budget is saved.")
            return redirect("grants:grant", pk=pk)
    context |= {"seen": services.fingerprint_of_budget(grant), "money": queries.money_of(grant)}
    return render(request, "evaluation/grants/budget.html", context, status=status(form, context))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def target_new(request: AuthedRequest, pk: int) -> HttpResponse:
    """Promise something more."""
    grant = _grant(request, pk)
    form = TargetForm(request.POST or None, instance=Target(grant=grant))
    return _target_page(request, Target(grant=grant), form)


@require_http_methods(FORM_METHODS)
@trust_staff_required
def target_edit(request: AuthedRequest, pk: int, target: int) -> HttpResponse:
    """Promise something else of a figure."""
    form = TargetForm(request.POST or None, instance=_target(request, pk, target))
    return _target_page(request, _target(request, pk, target), form)


def _target_page(request: AuthedRequest, target: Target, form: TargetForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "target": target, "grant": target.grant}
    if form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            services.put_target(by=request.user, target=target, facts=form.facts(), seen=seen)
        except GrantError as error:
            add_error(form, error)
        except ChangedMeanwhileError:
            context["was_changed"] = True
            target = _target(request, target.grant_id, target.pk)
        else:
            messages.success(request, "The target is saved.")
            return redirect("grants:grant", pk=target.grant_id)
    context["seen"] = fingerprint_of_row(target) if target.pk else ""
    return render(request, "evaluation/grants/target.html", context, status=status(form, context))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def target_remove(request: AuthedRequest, pk: int, target: int) -> HttpResponse:
    """Look at a target once more, and take it away."""
    found = _target(request, pk, target)
    if request.method != "POST":
        context = {"target": found, "grant": found.grant, "figure": label_of(found)}
        return render(request, "evaluation/grants/target_remove.html", context)
    services.remove_target(by=request.user, target=found)
    messages.success(request, "The target is taken away.")
    return redirect("grants:grant", pk=pk)


def add_error(form: forms.BaseForm, error: GrantError) -> None:
    """Say what was refused beside its field; above the form where it is of no one field."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


def status(form: forms.BaseForm, context: dict[str, Any]) -> int:
    """What a page with this form answers: as it is, cannot be so, or changed meanwhile."""
    if context.get("was_changed"):
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _asked(request: AuthedRequest) -> dict[str, Any]:
    """The funder that was added just now, as the address names it."""
    funder = request.GET.get("funder", "")
    return {"funder": funder} if funder.isdecimal() else {}


def _grant(request: AuthedRequest, pk: int) -> Grant:
    return get_object_or_404(Grant.objects.visible_to(request.user), pk=pk)


def _target(request: AuthedRequest, pk: int, target: int) -> Target:
    targets = _grant(request, pk).targets.select_related("grant", "hub")
    return get_object_or_404(targets, pk=target)
