"""What people ask of their data: requests with their clocks, and doing what they ask."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit, record_audits
from activities.models import london_today
from participants.forms.rights import (
    ASKERS,
    AnswerForm,
    EraseForm,
    ExtendForm,
    FindForm,
    RequestForm,
    WhyForm,
)
from participants.models import Outcome, Participant, Right, RightsRequest
from participants.queries import rights as queries
from participants.queries.people_search import Found, find_people, people_found
from participants.services import rights as services
from participants.services.errors import RecordError

ANSWERED_SHOWN = 30


@require_safe
@trust_staff_required
def requests(request: AuthedRequest) -> HttpResponse:
    """What is due, the most urgent first, and what was answered."""
    open_ones = list(queries.open_requests(request.user).select_related("participant"))
    answered = queries.answered_requests(request.user).select_related("participant")
    page = Paginator(answered, ANSWERED_SHOWN).get_page(request.GET.get("page"))
    shown = [*open_ones, *page]
    record_audits(by=request.user, kind=AuditKind.RIGHT_READ, about=shown, reason="Listed")
    today = london_today(timezone.now())
    context = {"open": open_ones, "page": page, "today": today}
    return render(request, "participants/rights/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def find(request: AuthedRequest) -> HttpResponse:
    """Find whose data a request is about. Names are sent, never put into an address."""
    form = FindForm(request.POST or None)
    found: Found | None = None
    if form.is_valid():
        with transaction.atomic():
            record_audit(by=request.user, kind=AuditKind.PEOPLE_SEARCHED, about=request.user)
            found = find_people(request.user, form.cleaned_data["name"])
    people = people_found(request.user, found) if found else []
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "found": found, "people": people}
    return render(request, "participants/rights/find.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def new(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Write down that somebody asks something about a person's data."""
    someone = _person(request, person)
    now = timezone.now()
    today = london_today(now)
    initial = {"received_on": today, "right": request.GET.get("right", "")}
    form = RequestForm(request.POST or None, initial=initial, today=today)
    if form.is_valid():
        made = services.record_request(
            person=someone,
            asked=form.asked(),
            received_on=form.cleaned_data["received_on"],
            by=request.user,
            now=now,
        )
        messages.success(request, "Written down. The clock runs from the day it was received.")
        return redirect("rights:request", made.pk)
    record_audit(by=request.user, kind=AuditKind.RIGHT_READ, about=someone)
    context = {
        "person": someone,
        "form": form,
        "age": queries.age_on(someone, today),
        "may_ask": queries.may_ask_for_themselves(someone, today),
    }
    return _page(request, "new", context, form)


@require_safe
@trust_staff_required
def request_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One request: who asks, when it is due, and what there is to do."""
    return _request_page(request, _request(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def extend(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Give a complex request two months more."""
    asked = _request(request, pk)
    form = ExtendForm(request.POST or None)
    today = london_today(timezone.now())
    if form.is_valid() and _done(
        form,
        lambda: services.extend(
            request=asked, why=form.cleaned_data["why"], by=request.user, today=today
        ),
    ):
        messages.success(request, "Two months more. Tell whoever asks, and why.")
        return redirect("rights:request", asked.pk)
    context = {"asked": asked, "form": form, "until": queries.extended_due_on(asked)}
    return _page(request, "extend", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def answer(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say how a request ended."""
    asked = _request(request, pk)
    form = AnswerForm(request.POST or None)
    if form.is_valid() and _done(
        form,
        lambda: services.answer(
            request=asked,
            outcome=Outcome(form.cleaned_data["outcome"]),
            words=form.cleaned_data["words"],
            by=request.user,
            now=timezone.now(),
        ),
    ):
        messages.success(request, "Answered.")
        return redirect("rights:request", asked.pk)
    return _page(request, "answer", {"asked": asked, "form": form}, form)


# --- Restriction and objection -------------------------------------------------------------------
@require_safe
@trust_staff_required
def person_rights(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Whether a record is restricted or left out of evaluation, and what was asked about it."""
    return _person_page(request, _person(request, person), {})


@require_POST
@trust_staff_required
def restrict(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Keep a record and use it no more."""
    return _set(request, person, "restrict", services.restrict)


@require_POST
@trust_staff_required
def unrestrict(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Use a record again."""
    return _set(request, person, "restrict", services.end_restriction, has_clock=False)


@require_POST
@trust_staff_required
def object_to_evaluation(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Leave a person out of evaluation."""
    return _set(request, person, "object", services.leave_out_of_evaluation)


@require_POST
@trust_staff_required
def end_objection(request: AuthedRequest, person: UUID) -> HttpResponse:
    """Bring a person back into evaluation."""
    return _set(request, person, "object", services.bring_back_to_evaluation, has_clock=False)


def _set(
    request: AuthedRequest,
    pk: UUID,
    prefix: str,
    service: Callable[..., None],
    *,
    has_clock: bool = True,
) -> HttpResponse:
    """Begin or end something for a reason; without one the page says so."""
    person = _person(request, pk)
    form = WhyForm(request.POST, prefix=prefix)
    if not form.is_valid():
        return _person_page(request, person, {prefix: form})
    clock = {"now": timezone.now()} if has_clock else {}
    service(person=person, why=form.cleaned_data["why"], by=request.user, **clock)
    messages.success(request, "Done. It holds from now on.")
    return redirect("rights:person", person.pk)


# --- Erasure -------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def erase(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What would be erased and what is kept and why; then a word typed, and it is done."""
    asked = _request(request, pk)
    if asked.right != Right.ERASURE or asked.participant is None or asked.outcome:
        raise Http404
    plan = queries.erasure_plan(asked.participant)
    form = EraseForm(request.POST if "word" in request.POST else None)
    if form.is_valid():
        try:
            removal = services.erase_as_asked(request=asked, by=request.user, now=timezone.now())
        except RecordError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Erased.")
            return redirect("rights:certificate", removal.pk)
    record_audit(by=request.user, kind=AuditKind.RIGHT_READ, about=asked)
    is_second = request.method == "POST" and not plan.is_held
    context = {"asked": asked, "plan": plan, "form": form, "is_second": is_second}
    return _page(request, "erase", context, form)


@require_safe
@trust_staff_required
def certificate(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """That somebody was erased: when, by whom, how much, and what was kept. It names nobody."""
    shown = queries.certificate(request.user, pk)
    if shown is None:
        raise Http404
    context = {"certificate": shown, "removal": shown.removal}
    return render(request, "participants/rights/certificate.html", context)


# --- What the pages stand on ---------------------------------------------------------------------
def _request(request: AuthedRequest, pk: UUID) -> RightsRequest:
    visible = RightsRequest.objects.visible_to(request.user)
    people = ("participant", "recorded_by", "answered_by")
    return get_object_or_404(visible.select_related(*people), pk=pk)


def _person(request: AuthedRequest, pk: UUID) -> Participant:
    visible = Participant.objects.visible_to(request.user).named().select_related("merged_into")
    return queries.root_of(get_object_or_404(visible, pk=pk))


def _request_page(request: AuthedRequest, asked: RightsRequest) -> HttpResponse:
    record_audit(by=request.user, kind=AuditKind.RIGHT_READ, about=asked)
    today = london_today(timezone.now())
    askers = dict(ASKERS)
    context: dict[str, Any] = {
        "asked": asked,
        "today": today,
        "asker": askers.get(asked.relationship, asked.relationship),
    }
    if asked.participant is not None:
        context |= {
            "may_ask": queries.may_ask_for_themselves(asked.participant, asked.received_on),
            "age": queries.age_on(asked.participant, asked.received_on),
            "bundles": asked.bundles.order_by("-made_at"),
        }
        if asked.right == Right.RECTIFICATION:
            context["changes"] = queries.changes_since(asked.participant, asked.received_on)
    return render(request, "participants/rights/request.html", context)


def _person_page(
    request: AuthedRequest, person: Participant, bound: dict[str, WhyForm]
) -> HttpResponse:
    asked = list(queries.requests_about(request.user, person))
    record_audits(by=request.user, kind=AuditKind.RIGHT_READ, about=[person, *asked])
    context = {
        "person": person,
        "requests": asked,
        "restrict_form": bound.get("restrict") or WhyForm(prefix="restrict"),
        "object_form": bound.get("object") or WhyForm(prefix="object"),
    }
    form = next(iter(bound.values()), None)
    return _page(request, "person", context, form)


def _done(form: django_forms.Form, act: Callable[[], None]) -> bool:
    """Do it, or say on the form why it cannot be done."""
    try:
        act()
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _page(
    request: AuthedRequest,
    name: str,
    context: dict[str, Any],
    form: django_forms.Form | None,
) -> HttpResponse:
    is_wrong = form is not None and bool(form.errors)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    return render(request, f"participants/rights/{name}.html", context, status=status)
