"""A person's record: who they are, what they came to, and what was changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import (
    AuthedRequest,
    coordinator_required,
    records_required,
    trust_staff_required,
)
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import london_today
from hubs.models import Hub
from participants.access import section_rights
from participants.forms.records import IDENTITY_FIELDS, HubForm, IdentityForm, NewPersonForm
from participants.models import Participant
from participants.queries.identity import known_schools, likely_same, whole_identity
from participants.queries.record_attendance import attendance_of
from participants.queries.record_history import changes_of
from participants.queries.record_words import differences
from participants.sections import Act, Section
from participants.services.identity import create_person, leave_hub, register_at
from participants.services.opening import open_section
from participants.services.records import change_fields, version_of
from participants.views.record_forms import is_saved, require_write, status_of
from participants.views.record_frame import on_record, record_frame

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@records_required
@on_record
def person(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Who somebody is, and at which hubs they are known."""
    open_section(person=person, section=Section.IDENTITY, by=request.user)
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.IDENTITY)}
    context |= {"identity": whole_identity(person, london_today(timezone.now()))}
    return render(request, "participants/people/identity.html", context)


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def identity_edit(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Change who somebody is."""
    require_write(request, person, Section.IDENTITY)
    open_section(person=person, section=Section.IDENTITY, by=request.user)
    today = london_today(timezone.now())
    if request.method != "POST":
        return _identity_form(request, person, IdentityForm.of(person, version_of(person), today))
    form = IdentityForm(request.POST, today=today)

    def save() -> None:
        change_fields(
            person=person,
            section=Section.IDENTITY,
            values=form.identity,
            version=form.cleaned_data["version"],
            by=request.user,
        )

    if is_saved(form, save, lambda: version_of(person)):
        messages.success(request, "Saved.")
        return redirect("people:person", person.pk)
    return _identity_form(request, person, form)


def _identity_form(request: AuthedRequest, person: Participant, form: IdentityForm) -> HttpResponse:
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.IDENTITY)}
    context |= {"form": form, "schools": known_schools(request.user)}
    if getattr(form, "is_overtaken", False):
        context["now"] = differences(person, form.cleaned_data, IDENTITY_FIELDS)
    return render(
        request, "participants/people/identity_edit.html", context, status=status_of(form)
    )


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def hubs(request: AuthedRequest, person: Participant) -> HttpResponse:
    """The hubs that somebody belongs to, among them the user's, which may be added or left."""
    require_write(request, person, Section.IDENTITY)
    own = Hub.objects.visible_to(request.user).order_by("name")
    form = HubForm(request.POST or None, hubs=own)
    if request.method == "POST" and is_saved(form, lambda: _change_hub(request, person, form)):
        return _after_hubs(request, person)
    open_section(person=person, section=Section.IDENTITY, by=request.user)
    identity = whole_identity(person, london_today(timezone.now()))
    here = {hub.pk for hub in identity.hubs}
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.IDENTITY)}
    context |= {"form": form, "identity": identity}
    context |= {"leave": [hub for hub in own if hub.pk in here]}
    context |= {"add": [hub for hub in own if hub.pk not in here]}
    return render(request, "participants/people/hubs.html", context, status=status_of(form))


def _change_hub(request: AuthedRequest, person: Participant, form: HubForm) -> None:
    hub = form.cleaned_data["hub"]
    if request.POST.get("act") == "leave":
        leave_hub(person=person, hub=hub, by=request.user)
    else:
        register_at(person=person, hub=hub, by=request.user, now=timezone.now())


def _after_hubs(request: AuthedRequest, person: Participant) -> HttpResponse:
    messages.success(request, "Saved.")
    return redirect("people:hubs", person.pk)


@require_http_methods(FORM_METHODS)
@coordinator_required
def new(request: AuthedRequest) -> HttpResponse:
    """Make a record, once it is clear that there is none yet."""
    today = london_today(timezone.now())
    own: QuerySet[Hub] = Hub.objects.visible_to(request.user).order_by("name")
    if request.method != "POST":
        return _new_form(request, NewPersonForm(hubs=own, today=today))
    form = NewPersonForm(request.POST, hubs=own, today=today)
    if form.is_valid() and "is_new" not in request.POST:
        alike = _look_for(request, form)
        if alike:
            return _new_form(request, form, alike)
    if is_saved(form, lambda: _create(request, form)):
        messages.success(request, "The record is made. Add whom to ring in an emergency.")
        return redirect("people:contacts", form.cleaned_data["person_id"])
    return _new_form(request, form)


def _create(request: AuthedRequest, form: NewPersonForm) -> None:
    create_person(
        person_id=form.cleaned_data["person_id"],
        identity=form.identity,
        hubs=list(form.cleaned_data["hubs"]),
        by=request.user,
        now=timezone.now(),
    )


def _look_for(request: AuthedRequest, form: NewPersonForm) -> list[Participant]:
    """Whom the user knows already who may be this; that they looked is written down."""
    record_audit(
        by=request.user,
        kind=AuditKind.PEOPLE_SEARCHED,
        about=Participant(pk=None),
        reason="who may be somebody new",
    )
    return likely_same(
        request.user,
        person_id=form.cleaned_data["person_id"],
        name=f"{form.cleaned_data['given_name']} {form.cleaned_data['family_name']}",
        birth_date=form.cleaned_data["birth_date"],
    )


def _new_form(
    request: AuthedRequest, form: NewPersonForm, alike: list[Participant] | None = None
) -> HttpResponse:
    context = {"form": form, "alike": alike, "schools": known_schools(request.user)}
    return render(request, "participants/people/new.html", context, status=status_of(form))


@require_safe
@records_required
@on_record
def attendance(request: AuthedRequest, person: Participant) -> HttpResponse:
    """What somebody came to, with marks, roles and hours."""
    open_section(person=person, section=Section.ATTENDANCE, by=request.user)
    context = {
        "frame": record_frame(request, person, Section.ATTENDANCE),
        "attendance": attendance_of(person),
    }
    return render(request, "participants/people/attendance.html", context)


@require_safe
@trust_staff_required
@on_record
def history(request: AuthedRequest, person: Participant) -> HttpResponse:
    """What was changed, when and by whom, in the sections that the reader may read."""
    open_section(person=person, section=Section.HISTORY, by=request.user)
    rights = section_rights(request.user, person)
    readable = {section for section, acts in rights.items() if Act.READ in acts}
    context = {
        "frame": record_frame(request, person, Section.HISTORY),
        "changes": changes_of(person, readable),
    }
    return render(request, "participants/people/history.html", context)
