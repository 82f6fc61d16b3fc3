"""Lines of money spent: the list, recording one, striking one out, and all of them as a file."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from accounts.tables import sort_and_page
from evaluation.forms.grants import SpendForm, StrikeOutForm
from evaluation.grants_table import SpendFilter, SpendTable
from evaluation.models import Grant, Spend
from evaluation.queries import grants as queries
from evaluation.queries.spend import spent
from evaluation.services import spend as services
from evaluation.services.grants import GrantError
from evaluation.views.grants import FORM_METHODS, add_error, status

PER_PAGE = 50
HEADINGS = (
    *("spent_on", "for_what", "kind_of_cost", "programme", "hub", "amount_in_pounds"),
    *("recorded_on", "struck_out_on", "struck_out_because"),
)
# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@trust_staff_required
def spend_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """Lines of a grant, narrowed and sorted as the address says, with their sum."""
    grant = _grant(request, pk)
    found = _filtered(request, grant)
    table = SpendTable(queries.with_names(found.qs))
    sort_and_page(request, table, rows=PER_PAGE)
    context = {"grant": grant, "filter": found, "table": table, "sum": spent(found.qs)}
    return render(request, "evaluation/grants/spend.html", context)


@require_http_methods(FORM_METHODS)
@trust_staff_required
def spend_new(request: AuthedRequest, pk: int) -> HttpResponse:
    """Record a line; the form for the next one comes after it where that was asked for."""
    grant = _grant(request, pk)
    form = SpendForm(request.POST or None, instance=Spend(grant=grant), grant=grant)
    if form.is_valid():
        try:
            services.record_spend(
                by=request.user,
                grant=grant,
                key=form.cleaned_data["key"],
                facts=form.facts(),
                now=timezone.now(),
            )
        except GrantError as error:
            add_error(form, error)
        else:
            messages.success(request, "The line is recorded.")
            return redirect("grants:spend_new" if "more" in request.POST else "grants:spend", pk=pk)
    context = {"form": form, "grant": grant}
    return render(request, "evaluation/grants/spend_new.html", context, status=status(form, {}))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def spend_strike_out(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say that a line was wrong, and why."""
    lines = Spend.objects.visible_to(request.user).select_related("grant", "programme", "hub")
    line = get_object_or_404(lines, pk=pk)
    form = StrikeOutForm(request.POST or None)
    if form.is_valid():
        try:
            services.strike_out(
                by=request.user, line=line, why=form.cleaned_data["why"], now=timezone.now()
            )
        except GrantError as error:
            add_error(form, error)
        else:
            messages.success(request, "The line is struck out. It counts no more.")
            return redirect("grants:spend", pk=line.grant_id)
    context = {"form": form, "line": line, "grant": line.grant}
    return render(request, "evaluation/grants/strike_out.html", context, status=status(form, {}))


@require_safe
@trust_staff_required
def spend_csv(request: AuthedRequest, pk: int) -> HttpResponse:
    """The lines that the list shows, as CSV in UTF-8 with a mark, one line each."""
    grant = _grant(request, pk)
    lines = queries.with_names(_filtered(request, grant).qs)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(map(_cells, lines))
    response = HttpResponse(
        text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{grant.slug}-spend.csv"'
    return response


def _cells(line: Spend) -> list[Any]:
    return [
        line.spent_on.isoformat(),
        _text(line.what),
        line.get_kind_display(),
        _text(line.programme),
        _text(line.hub),
        line.amount,
        timezone.localtime(line.recorded_at).date().isoformat(),
        timezone.localtime(line.struck_out_at).date().isoformat() if line.struck_out_at else "",
        _text(line.struck_out_why),
    ]


def _text(value: object) -> str:
    """Words that no spreadsheet takes for a formula."""
    text = str(value or "")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _filtered(request: AuthedRequest, grant: Grant) -> SpendFilter:
    lines = Spend.objects.visible_to(request.user).filter(grant=grant)
    return SpendFilter(request.GET, lines, months=queries.months_of(lines))


def _grant(request: AuthedRequest, pk: int) -> Grant:
    return get_object_or_404(Grant.objects.visible_to(request.user), pk=pk)
