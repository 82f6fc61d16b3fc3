"""Complaints about how data is used: anybody makes one, trust staff answer."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, cookie_free_post, public, trust_staff_required
from accounts.limits import Limit
from accounts.public_pages import kept
from hubs.pages import render_page
from participants.forms.complaints import AnswerForm, ComplaintForm
from participants.models import Complaint
from participants.queries.complaints import inbox, with_clock
from participants.services import complaints as services
from participants.services.errors import RecordError

COMPLAIN = Limit("complain", times=10, period=dt.timedelta(hours=1))


@require_safe
@public
@kept
def complain(request: HttpRequest) -> HttpResponse:
    """The form, the same for everybody and without a cookie."""
    return _form_page(request, ComplaintForm())


@cookie_free_post(COMPLAIN)
@sensitive_post_parameters()
def send(request: HttpRequest) -> HttpResponse:
    """Take a complaint, and show its receipt: nothing that was written stands on that page."""
    form = ComplaintForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    complaint = services.make_complaint(
        words=form.cleaned_data["words"],
        reply_to=form.cleaned_data["reply_to"],
        now=timezone.now(),
    )
    context = {"receipt": complaint.receipt, "due_on": complaint.due_on}
    return render_page(request, "participants/complaints/sent.html", context)


@require_safe
@trust_staff_required
def complaint_list(request: AuthedRequest) -> HttpResponse:
    """What waits for an answer, by its clock, and what was answered; no words of it."""
    rows = inbox(request.user, timezone.now())
    context = {
        "waiting": [row for row in rows if row.complaint.answered_at is None],
        "answered": [row for row in rows if row.complaint.answered_at is not None],
    }
    return render(request, "participants/complaints/list.html", context)


@require_safe
@trust_staff_required
def read(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One complaint, its clock, and what was answered."""
    return _page(request, _complaint(request, pk))


@require_POST
@trust_staff_required
def acknowledge(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Keep that the sender was told that it came."""
    complaint = _complaint(request, pk)
    services.acknowledge(complaint=complaint, by=request.user, now=timezone.now())
    messages.success(request, "Acknowledged.")
    return redirect("complaints:read", complaint.pk)


@require_POST
@trust_staff_required
@sensitive_post_parameters()
def answer(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Keep what was answered."""
    complaint = _complaint(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid() or not _answered(request, complaint, form):
        return _page(request, complaint, form)
    messages.success(request, "Kept as answered.")
    return redirect("complaints:list")


def _answered(request: AuthedRequest, complaint: Complaint, form: AnswerForm) -> bool:
    words = form.cleaned_data["words"]
    try:
        services.answer(complaint=complaint, words=words, by=request.user, now=timezone.now())
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _complaint(request: AuthedRequest, pk: UUID) -> Complaint:
    complaints = Complaint.objects.visible_to(request.user)
    return get_object_or_404(complaints.select_related("acknowledged_by", "answered_by"), pk=pk)


def _form_page(
    request: HttpRequest, form: ComplaintForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"form": form}
    return render_page(request, "participants/complaints/complain.html", context, status=status)


def _page(
    request: AuthedRequest, complaint: Complaint, form: AnswerForm | None = None
) -> HttpResponse:
    services.read_complaint(complaint=complaint, by=request.user)
    context = {"row": with_clock(complaint, timezone.now()), "form": form or AnswerForm()}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "participants/complaints/read.html", context, status=status)
