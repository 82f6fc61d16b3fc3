"""Contacts and collection: whom to ring, who may take a child home, and where home is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required, records_required
from participants.forms.contacts import (
    COLLECTION_FIELDS,
    CONTACT_FIELDS,
    HOME_FIELDS,
    CollectionForm,
    ContactForm,
    HomeForm,
    NewContactForm,
    RemoveContactForm,
)
from participants.models import Contact, Participant
from participants.queries.contacts import contact_sheet, contacts_of
from participants.queries.record_words import differences, facts_of
from participants.sections import Section
from participants.services import contacts as services
from participants.services.errors import RecordError
from participants.services.home import change_home
from participants.services.opening import open_section
from participants.services.records import version_of
from participants.views.record_forms import is_saved, require_write, status_of
from participants.views.record_frame import on_record, record_frame, session_of

FORM_METHODS = ["GET", "HEAD", "POST"]
FORM_PAGE = "participants/people/contacts_form.html"


@require_safe
@records_required
@on_record
def contacts(request: AuthedRequest, person: Participant) -> HttpResponse:
    """The numbers to ring first, then who collects, then where home is."""
    open_section(person=person, section=Section.CONTACTS, by=request.user)
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.CONTACTS)}
    context |= {"sheet": contact_sheet(person), "session": session_of(request)}
    return render(request, "participants/people/contacts.html", context)


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def contact_add(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Add somebody to ring, or who collects."""
    require_write(request, person, Section.CONTACTS)
    form = NewContactForm(request.POST) if request.method == "POST" else NewContactForm()

    def save() -> None:
        services.add_contact(
            person=person,
            contact_id=form.cleaned_data["contact_id"],
            values=form.values,
            by=request.user,
        )

    if request.method == "POST" and is_saved(form, save):
        return _saved(request, person)
    return _form(request, person, form, "Add a contact")


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def contact_edit(request: AuthedRequest, person: Participant, contact: UUID) -> HttpResponse:
    """Change one of the contacts."""
    require_write(request, person, Section.CONTACTS)
    open_section(person=person, section=Section.CONTACTS, by=request.user)
    standing = _contact(person, contact)
    if request.method != "POST":
        form = ContactForm.of(standing, services.version_of_contact(standing))
        return _form(request, person, form, "Change a contact", contact=standing)
    form = ContactForm(request.POST)

    def save() -> None:
        services.change_contact(
            person=person,
            contact_id=contact,
            values=form.values,
            version=form.cleaned_data["version"],
            by=request.user,
        )

    if is_saved(form, save, lambda: services.version_of_contact(standing)):
        return _saved(request, person)
    now = facts_of(standing, CONTACT_FIELDS)
    return _form(request, person, form, "Change a contact", contact=standing, now=now)


@require_POST
@coordinator_required
@on_record
def contact_move(request: AuthedRequest, person: Participant, contact: UUID) -> HttpResponse:
    """Ring somebody one place earlier, or later."""
    require_write(request, person, Section.CONTACTS)
    try:
        services.move_contact(
            person=person,
            contact_id=contact,
            is_up=request.POST.get("to") != "later",
            by=request.user,
        )
    except RecordError as error:
        messages.error(request, str(error))
    return redirect("people:contacts", person.pk)


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def contact_remove(request: AuthedRequest, person: Participant, contact: UUID) -> HttpResponse:
    """Remove a contact, after a second look."""
    require_write(request, person, Section.CONTACTS)
    standing = _contact(person, contact)
    form = RemoveContactForm(request.POST or None)

    def save() -> None:
        why = form.cleaned_data["why_few"]
        services.remove_contact(person=person, contact_id=contact, why_few=why, by=request.user)

    if request.method == "POST" and is_saved(form, save):
        messages.success(request, "The contact is removed.")
        return redirect("people:contacts", person.pk)
    open_section(person=person, section=Section.CONTACTS, by=request.user)
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.CONTACTS)}
    context |= {"contact": standing, "form": form}
    return render(
        request, "participants/people/contact_remove.html", context, status=status_of(form)
    )


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def home_edit(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Change where somebody lives."""
    require_write(request, person, Section.CONTACTS)
    open_section(person=person, section=Section.CONTACTS, by=request.user)
    if request.method != "POST":
        return _form(request, person, HomeForm.of(person, version_of(person)), "Change the address")
    form = HomeForm(request.POST)
    if is_saved(
        form,
        lambda: change_home(person=person, by=request.user, **form.cleaned_data),
        lambda: version_of(person),
    ):
        return _saved(request, person)
    return _overtaken(request, person, form, "Change the address", HOME_FIELDS)


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def collection_edit(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Change how somebody gets home, or why few can be rung."""
    require_write(request, person, Section.CONTACTS)
    open_section(person=person, section=Section.CONTACTS, by=request.user)
    title = "Change how they get home"
    if request.method != "POST":
        return _form(request, person, CollectionForm.of(person, version_of(person)), title)
    form = CollectionForm(request.POST)

    def save() -> None:
        services.change_collection(
            person=person,
            values={name: form.cleaned_data[name] for name in COLLECTION_FIELDS},
            version=form.cleaned_data["version"],
            by=request.user,
        )

    if is_saved(form, save, lambda: version_of(person)):
        return _saved(request, person)
    return _overtaken(request, person, form, title, COLLECTION_FIELDS)


def _overtaken(
    request: AuthedRequest,
    person: Participant,
    form: django_forms.Form,
    title: str,
    names: tuple[str, ...],
) -> HttpResponse:
    return _form(request, person, form, title, now=differences(person, form.cleaned_data, names))


def _form(
    request: AuthedRequest,
    person: Participant,
    form: django_forms.Form,
    title: str,
    *,
    contact: Contact | None = None,
    now: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"frame": record_frame(request, person, Section.CONTACTS)}
    context |= {"form": form, "form_title": title, "contact": contact}
    context |= {"now": now if getattr(form, "is_overtaken", False) else None}
    return render(request, FORM_PAGE, context, status=status_of(form))


def _saved(request: AuthedRequest, person: Participant) -> HttpResponse:
    messages.success(request, "Saved.")
    return redirect("people:contacts", person.pk)


def _contact(person: Participant, pk: UUID) -> Contact:
    for contact in contacts_of(person):
        if contact.pk == pk:
            return contact
    raise Http404
