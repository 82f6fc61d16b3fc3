"""Legal holds: listed, placed and ended, each for a reason."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit, record_audits
from participants.forms.legal_holds import EndForm, FindForm, PlaceForm
from participants.models import LegalHold, Participant
from participants.queries.legal_holds import holds_of, listed_holds
from participants.queries.people_search import Found, find_people, people_found
from participants.services import legal_holds as services
from participants.services.errors import RecordError

HOLDS_SHOWN = 30


@require_safe
@trust_staff_required
def holds(request: AuthedRequest) -> HttpResponse:
    """Every hold, those that stand first."""
    page = Paginator(listed_holds(request.user), HOLDS_SHOWN).get_page(request.GET.get("page"))
    people = [hold.participant for hold in page]
    record_audits(by=request.user, kind=AuditKind.IDENTITY_READ, about=people, reason="Legal holds")
    return render(request, "participants/retention/holds.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def find(request: AuthedRequest) -> HttpResponse:
    """Find whose data must be kept. Names are sent, never put into an address."""
    form = FindForm(request.POST or None)
    found: Found | None = None
    if form.is_valid():
        with transaction.atomic():
            record_audit(by=request.user, kind=AuditKind.PEOPLE_SEARCHED, about=request.user)
            found = find_people(request.user, form.cleaned_data["name"])
    people = people_found(request.user, found) if found else []
    context = {"form": form, "found": found, "people": people}
    return render(request, "participants/retention/find.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def person(request: AuthedRequest, person: UUID) -> HttpResponse:
    """The holds on a person, and placing another."""
    someone = _person(request, person)
    form = PlaceForm(request.POST or None)
    if form.is_valid():
        try:
            services.place_hold(
                person=someone, why=form.cleaned_data["why"], by=request.user, now=timezone.now()
            )
            messages.success(request, "Placed. Nothing of this person is deleted until it ends.")
            return redirect("retention:person", someone.pk)
        except RecordError as error:
            form.add_error(None, str(error))
    record_audit(by=request.user, kind=AuditKind.IDENTITY_READ, about=someone, reason="Legal holds")
    context = {"person": someone, "form": form, "holds": holds_of(request.user, someone)}
    return render(request, "participants/retention/person.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """End a hold for a reason."""
    standing = LegalHold.objects.visible_to(request.user).standing()
    hold = get_object_or_404(standing.select_related("participant__merged_into"), pk=pk)
    form = EndForm(request.POST or None)
    root = hold.participant.merged_into_id or hold.participant_id
    if form.is_valid():
        services.end_hold(
            hold=hold, why=form.cleaned_data["why"], by=request.user, now=timezone.now()
        )
        messages.success(request, "Ended. The rules reach this person again.")
        return redirect("retention:person", root)
    record_audit(
        by=request.user, kind=AuditKind.IDENTITY_READ, about=hold.participant, reason="Legal holds"
    )
    context = {"hold": hold, "form": form, "root": root}
    return render(request, "participants/retention/end.html", context, status=_status(form))


def _person(request: AuthedRequest, pk: UUID) -> Participant:
    """The root of a record; strangers get 404."""
    people = Participant.objects.visible_to(request.user).select_related("merged_into")
    found = get_object_or_404(people, pk=pk)
    return found.merged_into or found


def _status(form: FindForm | PlaceForm | EndForm) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
