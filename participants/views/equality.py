"""Equality monitoring: read and written by the trust's staff, written only by a hub's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audience import AuthedRequest, coordinator_required
from participants.access import can
from participants.forms.equality import (
    EQUALITY_FIELDS,
    EqualityForm,
    WriteOnlyEqualityForm,
)
from participants.models import Participant
from participants.queries.record_words import differences
from participants.sections import Act, Section
from participants.services.opening import open_section
from participants.services.records import change_fields, version_of
from participants.views.record_forms import is_saved, require_write, status_of
from participants.views.record_frame import on_record, record_frame


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
@on_record
def equality(request: AuthedRequest, person: Participant) -> HttpResponse:
    """The answers as a form; whoever may not read them gets it empty, and blank changes nothing."""
    require_write(request, person, Section.EQUALITY)
    reads = can(request.user, Act.READ, Section.EQUALITY, person)
    if reads:
        open_section(person=person, section=Section.EQUALITY, by=request.user)
    form = _form(request, person, reads=reads)

    def save() -> None:
        change_fields(
            person=person,
            section=Section.EQUALITY,
            values=form.values,
            version=form.cleaned_data["version"],
            by=request.user,
        )

    if request.method == "POST" and is_saved(form, save, lambda: version_of(person)):
        messages.success(request, "Saved.")
        return redirect("people:equality", person.pk)
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.EQUALITY)}
    context |= {"form": form, "is_write_only": not reads}
    if reads and getattr(form, "is_overtaken", False):
        context["now"] = differences(person, form.cleaned_data, EQUALITY_FIELDS)
    return render(request, "participants/people/equality.html", context, status=status_of(form))


def _form(request: AuthedRequest, person: Participant, *, reads: bool) -> EqualityForm:
    if request.method == "POST":
        return EqualityForm(request.POST) if reads else WriteOnlyEqualityForm(request.POST)
    if reads:
        return EqualityForm.of(person, version_of(person))
    return WriteOnlyEqualityForm(initial={"version": version_of(person)})
