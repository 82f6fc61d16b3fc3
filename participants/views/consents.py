"""Consents of one person, for staff: what stands, writing answers down, links for parents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required, records_required
from participants.forms.consents import RecordConsentsForm
from participants.models import (
    ConsentHow,
    ParentLink,
    ParentLinkPurpose,
    Participant,
    Purpose,
    Relationship,
)
from participants.qr import code_of
from participants.queries.consents import answers_of, is_looked_after, links_of, standing
from participants.queries.photographs import shown_against_consent
from participants.sections import Section
from participants.services.consents import record_consents
from participants.services.errors import RecordError
from participants.services.opening import open_section
from participants.services.parent_links import close_link, make_link
from participants.views.record_forms import is_saved, require_write, status_of
from participants.views.record_frame import on_record, record_frame

ADDRESSES = {
    ParentLinkPurpose.COMPLETE: "parents:complete",
    ParentLinkPurpose.CONSENT: "parents:consent",
}


@require_safe
@records_required
@on_record
def consents(request: AuthedRequest, person: Participant) -> HttpResponse:
    """What stands for each purpose, who said so and when, and the links that still open."""
    open_section(person=person, section=Section.CONSENTS, by=request.user)
    return _page(request, person)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
@on_record
def record(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Write down what somebody said in person, on the telephone or on paper."""
    require_write(request, person, Section.CONSENTS)
    form = RecordConsentsForm(request.POST or None)
    if request.method == "POST" and is_saved(form, lambda: _save(request, person, form)):
        messages.success(request, "Written down. It counts from now on.")
        return redirect("consents:consents", pk=person.pk)
    open_section(person=person, section=Section.CONSENTS, by=request.user)
    context = {
        "frame": record_frame(request, person, Section.CONSENTS),
        "form": form,
        "who": [form[name] for name in form.WHO],
        "questions": [form[purpose.value] for purpose in Purpose],
        "is_looked_after": is_looked_after(person),
    }
    page = "participants/consents/record.html"
    return render(request, page, context, status=status_of(form))


@require_POST
@coordinator_required
@on_record
def new_link(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Make a link for a parent, and show its address and code this once."""
    require_write(request, person, Section.CONSENTS)
    purpose = ParentLinkPurpose.CONSENT
    if request.POST.get("purpose") == ParentLinkPurpose.COMPLETE.value:
        purpose = ParentLinkPurpose.COMPLETE
    try:
        link, token = make_link(person=person, purpose=purpose, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("consents:consents", pk=person.pk)
    address = request.build_absolute_uri(reverse(ADDRESSES[purpose], args=[token]))
    context = {
        "frame": record_frame(request, person, Section.CONSENTS),
        "link": link,
        "made_address": address,
        "code": code_of(address),
        "is_to_complete": purpose is ParentLinkPurpose.COMPLETE,
    }
    return render(request, "participants/consents/link.html", context)


@require_POST
@coordinator_required
def end_link(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let nobody use a link any more."""
    links = ParentLink.objects.visible_to(request.user).select_related("participant")
    link = get_object_or_404(links, pk=pk)
    close_link(link=link, by=request.user, now=timezone.now())
    messages.success(request, "The link is closed. What was answered by it stands.")
    root = link.participant.merged_into_id or link.participant_id
    return redirect("consents:consents", pk=root)


def _save(request: AuthedRequest, person: Participant, form: RecordConsentsForm) -> None:
    now, data = timezone.now(), form.cleaned_data
    record_consents(
        person=person,
        answers=form.answers(),
        answered_by=data["answered_by"],
        relationship=Relationship(data["relationship"]),
        how=ConsentHow(data["how"]),
        decided_by=data["decided_by"],
        now=now,
        at=form.moment(now),
        by=request.user,
    )


def _page(request: AuthedRequest, person: Participant) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "frame": record_frame(request, person, Section.CONSENTS),
        "standing": list(standing(person).values()),
        "answers": answers_of(person),
        "links": links_of(person, now),
        "is_looked_after": is_looked_after(person),
        "to_take_down": shown_against_consent(request.user, person),
    }
    return render(request, "participants/consents/consents.html", context)
