"""The breach kit: the clock, whom it affects, and notices to copy. For trust staff."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from participants.forms.breaches import BreachForm, NewBreachForm
from participants.models import Breach
from participants.queries.breaches import (
    affected_by,
    affected_people,
    clock_of,
    contacts_to_tell,
)
from participants.services import breaches as services
from participants.services.errors import RecordError

PEOPLE_ON_A_PAGE = 100


@require_safe
@trust_staff_required
def breach_list(request: AuthedRequest) -> HttpResponse:
    """Every breach with its clock, open ones first."""
    now = timezone.now()
    breaches = Breach.objects.visible_to(request.user).order_by("-known_at", "pk")
    rows = [(breach, clock_of(breach, now)) for breach in breaches]
    context = {
        "waiting": [row for row in rows if row[0].closed_at is None],
        "closed": [row for row in rows if row[0].closed_at is not None],
    }
    return render(request, "participants/breaches/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def record(request: AuthedRequest) -> HttpResponse:
    """Say what happened and when it was known."""
    form = NewBreachForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        breach = services.record_breach(
            what=form.cleaned_data["what"],
            known_at=form.cleaned_data["known_at"],
            by=request.user,
            now=timezone.now(),
        )
        return redirect("breaches:detail", breach.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "participants/breaches/record.html", {"form": form}, status=status)


@require_safe
@trust_staff_required
def detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What is known, the clock, and how many it affects."""
    return _page(request, _breach(request, pk))


@require_POST
@trust_staff_required
def change(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Write down what has become known or was done."""
    breach = _breach(request, pk)
    form = BreachForm(request.POST, breach=breach)
    if not form.is_valid() or not _changed(request, breach, form):
        return _page(request, breach, form)
    messages.success(request, "Saved.")
    return redirect("breaches:detail", breach.pk)


@require_safe
@trust_staff_required
@fresh_sign_in
def people(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Everybody it affects, each with the contact to tell; no address is ever shown."""
    breach = _breach(request, pk)
    everybody = affected_people(affected_by(breach).people)
    page = Paginator(everybody, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    services.read_affected(breach=breach, people=list(page), by=request.user)
    context = {"breach": breach, "page": page, "rows": contacts_to_tell(page)}
    return render(request, "participants/breaches/people.html", context)


@require_safe
@trust_staff_required
def notices(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Drafts for the regulator and for families, filled from the record, to be copied."""
    breach = _breach(request, pk)
    services.read_breach(breach=breach, by=request.user)
    told = {
        "breach": breach,
        "affected": affected_by(breach),
        "clock": clock_of(breach, timezone.now()),
    }
    context = {
        "breach": breach,
        "regulator": render_to_string("participants/breaches/regulator.txt", told),
        "families": render_to_string("participants/breaches/families.txt", told),
    }
    return render(request, "participants/breaches/notices.html", context)


def _breach(request: AuthedRequest, pk: UUID) -> Breach:
    breaches = Breach.objects.visible_to(request.user).select_related("recorded_by")
    return get_object_or_404(breaches, pk=pk)


def _changed(request: AuthedRequest, breach: Breach, form: BreachForm) -> bool:
    try:
        services.change_breach(
            breach=breach,
            changes=form.changes,
            is_closed=form.cleaned_data["is_closed"],
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _page(request: AuthedRequest, breach: Breach, form: BreachForm | None = None) -> HttpResponse:
    services.read_breach(breach=breach, by=request.user)
    context = {
        "breach": breach,
        "clock": clock_of(breach, timezone.now()),
        "affected": affected_by(breach),
        "form": form or BreachForm(breach=breach),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "participants/breaches/detail.html", context, status=status)
