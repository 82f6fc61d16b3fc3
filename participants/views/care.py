"""Care notes: opened for a reason that is written down first, and never kept in an address."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import (
    AuthedRequest,
    coordinator_required,
    fresh_sign_in,
    records_required,
)
from participants.forms.care import IN_SESSION, CareNoteForm, ReasonForm
from participants.models import Participant
from participants.queries.care import care_notes_of
from participants.sections import Section
from participants.services.care import end_care_note, write_care_note
from participants.services.errors import RecordError
from participants.services.opening import open_section
from participants.views.record_forms import is_saved, require_write, status_of
from participants.views.record_frame import on_record, record_frame, session_of


@require_http_methods(["GET", "HEAD", "POST"])
@records_required
@fresh_sign_in
@on_record
def care(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Ask why; once that is written down, show the notes, in the answer to the form itself."""
    session = session_of(request)
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.CARE)}
    context |= {"session": session, "note_form": CareNoteForm()}
    if request.method != "POST":
        why = {"why": IN_SESSION} if session else None
        return render(
            request, "participants/people/care.html", context | {"form": ReasonForm(initial=why)}
        )
    form = ReasonForm(request.POST)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(
            request, "participants/people/care.html", context | {"form": form}, status=status
        )
    open_section(person=person, section=Section.CARE, by=request.user, reason=form.reason)
    context |= {"notes": care_notes_of(person), "reason": form.reason}
    return render(request, "participants/people/care_notes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
@fresh_sign_in
@on_record
def care_add(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Write a care note."""
    require_write(request, person, Section.CARE)
    form = CareNoteForm(request.POST) if request.method == "POST" else CareNoteForm()

    def save() -> None:
        write_care_note(
            person=person,
            note_id=form.cleaned_data["note_id"],
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            by=request.user,
            now=timezone.now(),
        )

    if request.method == "POST" and is_saved(form, save):
        messages.success(request, "The care note is written.")
        return redirect("people:care", person.pk)
    context = {"frame": record_frame(request, person, Section.CARE), "form": form}
    return render(request, "participants/people/care_add.html", context, status=status_of(form))


@require_POST
@coordinator_required
@fresh_sign_in
@on_record
def care_end(request: AuthedRequest, person: Participant, note: UUID) -> HttpResponse:
    """Say that a care note does not hold any more."""
    require_write(request, person, Section.CARE)
    try:
        end_care_note(person=person, note_id=note, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The care note has ended.")
    return redirect("people:care", person.pk)
