"""Releases: trust staff write what leaves of a report, and another one signs it off."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit
from accounts.tables import sort_and_page
from evaluation import access
from evaluation.forms.releases import (
    BeginForm,
    GiveBackForm,
    NarrativeForm,
    SignOffForm,
    WithdrawForm,
)
from evaluation.models import Release, ReleaseState, ReportRun
from evaluation.queries import releases as queries
from evaluation.release_tables import RegisterTable, ReleaseTable
from evaluation.reports.asked import asked_of
from evaluation.reports.release import Box, boxes_of
from evaluation.reports.render.html import render_fragment
from evaluation.services import releases as services

RELEASES_PER_PAGE = 20
TABLES_PER_PAGE = 50
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


@require_safe
@trust_staff_required
def release_list(request: AuthedRequest) -> HttpResponse:
    """Every release, and what waits for a second person."""
    found = queries.releases_for(request.user)
    table = ReleaseTable(found)
    sort_and_page(request, table, rows=RELEASES_PER_PAGE)
    return render(request, "evaluation/releases/list.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def begin(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Begin a release of a finished report."""
    visible = ReportRun.objects.visible_to(request.user)
    run = get_object_or_404(visible.select_related("grant", "snapshot"), pk=pk)
    if not access.is_releasable(run):
        raise Http404
    form = BeginForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        release = services.begin_release(
            run=run, **form.cleaned_data, by=request.user, now=timezone.now()
        )
        return redirect("releases:words", release.pk)
    drafts = list(queries.unfinished_of(request.user, run))
    return _form(request, "begin", form, run=run, subject=asked_of(run).subject, drafts=drafts)


@require_safe
@trust_staff_required
def detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Where a release stands, and the one thing to do next."""
    found = _release(request, pk)
    context = _context(request, found) | {
        "files": found.files.all(),
        "tables": found.tables.count(),
        "empty": [each for each, text in _boxes(found) if not text],
        "withdraw_form": WithdrawForm(),
    }
    return render(request, "evaluation/releases/detail.html", context)


@require_safe
@trust_staff_required
def words(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The boxes that people fill in, each with a button of its own."""
    return _words(request, _draft(request, pk))


@require_POST
@trust_staff_required
def write(request: AuthedRequest, pk: UUID, box: str) -> HttpResponse:
    """Keep the words of one box."""
    found = _draft(request, pk)
    if box not in {each.slug for each, _ in _boxes(found)}:
        raise Http404
    form = NarrativeForm(request.POST, label="", prefix=box)
    if not form.is_valid():
        return _words(request, found, box)
    services.write_narrative(
        release=found, box=box, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    messages.success(request, "Kept.")
    return redirect(f"{_address('words', found)}#{box}")


@require_safe
@trust_staff_required
def preview(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Exactly what would leave, before it is given to a second person."""
    found = _release(request, pk)
    if found.state != ReleaseState.DRAFT:
        return redirect("releases:detail", found.pk)
    return render(request, "evaluation/releases/preview.html", _shown(request, found))


@require_POST
@trust_staff_required
def submit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Give it to a second person."""
    found = _release(request, pk)
    try:
        services.submit(release=found, by=request.user, now=timezone.now())
    except services.ReleaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Given to a second person. Tell a colleague that it waits.")
    return redirect("releases:detail", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def check(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The second person reads all of it, and signs it off."""
    found = _release(request, pk)
    if found.state != ReleaseState.WAITING:
        return redirect("releases:detail", found.pk)
    if not access.can_sign_off(request.user, found):
        raise PermissionDenied(services.OWN_WORK)
    form = SignOffForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        return _sign_off(request, found)
    context = _shown(request, found) | {"give_back_form": GiveBackForm()}
    return _form(request, "check", form, **context)


@require_POST
@trust_staff_required
def give_back(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Give it back to whoever wrote it, with what should be changed."""
    found = _release(request, pk)
    form = GiveBackForm(request.POST)
    if not form.is_valid():
        return _form(request, "give_back", form, release=found)
    try:
        services.give_back(
            release=found, why=form.cleaned_data["why"], by=request.user, now=timezone.now()
        )
    except services.ReleaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Given back. It can be written in again.")
    return redirect("releases:detail", found.pk)


@require_POST
@trust_staff_required
def give_up(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Give up what nobody was told of."""
    found = _release(request, pk)
    try:
        services.give_up(release=found, by=request.user)
    except services.ReleaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Given up. Nothing of it left.")
    return redirect("releases:list")


@require_safe
@trust_staff_required
def read(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A release as a page, as it was released."""
    found = _told(request, pk)
    document = services.document_of(found, services.body_of(found), found.sha256)
    context = _context(request, found) | {"report": render_fragment(document)}
    return render(request, "evaluation/releases/read.html", context)


@require_safe
@trust_staff_required
@fresh_sign_in
def file(request: AuthedRequest, pk: UUID, format: str) -> FileResponse:  # noqa: A002
    """One file of a release, as a download; every download is written down."""
    found = _told(request, pk)
    if found.state != ReleaseState.RELEASED:
        raise Http404
    kept = get_object_or_404(found.files.all(), format=format)
    try:
        content = kept.file.open("rb")
    except FileNotFoundError:
        raise Http404("This file is not in the store any more.") from None
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.RELEASE_EXPORTED, about=found, reason=format)
    run = found.run
    name = f"{asked_of(run).slug}_{run.first_day}_{run.last_day}_v{found.version}.{format}"
    return FileResponse(
        content, as_attachment=True, filename=name, content_type=CONTENT_TYPES[format]
    )


@require_POST
@trust_staff_required
@fresh_sign_in
def withdraw(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a release back; what it told stays in the register."""
    found = _release(request, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _form(request, "withdraw", form, release=found)
    try:
        services.withdraw(
            release=found, why=form.cleaned_data["why"], by=request.user, now=timezone.now()
        )
    except services.ReleaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back. Ask whoever has it to delete it.")
    return redirect("releases:detail", found.pk)


@require_safe
@trust_staff_required
def register(request: AuthedRequest) -> HttpResponse:
    """Everything that ever left: released tables, and extracts for research."""
    told = queries.register_for(request.user, _wanted(request))
    table = RegisterTable(told, names=queries.names_of_scopes())
    sort_and_page(request, table, rows=TABLES_PER_PAGE)
    context = {"table": table, "extracts": queries.extracts_told(request.user)}
    return render(request, "evaluation/releases/register.html", context)


@require_safe
@trust_staff_required
def hidden(request: AuthedRequest, pk: UUID, table: int) -> HttpResponse:
    """Why cells of a released table are hidden: how far somebody could narrow each of them."""
    found = _told(request, pk)
    told = get_object_or_404(found.tables.select_related("release"), pk=table)
    context = _context(request, found) | {"table": told, "cells": services.hidden_in(told)}
    return render(request, "evaluation/releases/hidden.html", context)


def _wanted(request: AuthedRequest) -> UUID | None:
    """The release that the address asks for, if it asks for one."""
    try:
        return UUID(request.GET.get("release", ""))
    except ValueError:
        return None


def _sign_off(request: AuthedRequest, found: Release) -> HttpResponse:
    try:
        services.sign_off(release=found, by=request.user, now=timezone.now())
    except services.ReleaseRefusedError:
        messages.error(request, "It cannot go out. The reasons stand below.")
    except services.ReleaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Released. Its files are ready to be sent.")
    return redirect("releases:detail", found.pk)


def _shown(request: AuthedRequest, found: Release) -> dict[str, Any]:
    """What would leave, as a page, and what spoke against it when it was tried last."""
    leaving = services.leaving_of(found)
    document = services.document_of(found, leaving.body, "")
    return _context(request, found) | {
        "report": render_fragment(document),
        "reasons": found.refusals,
        "notes": leaving.notes,
        "empty": [each for each, text in _boxes(found) if not text],
    }


def _context(request: AuthedRequest, found: Release) -> dict[str, Any]:
    return {
        "release": found,
        "subject": asked_of(found.run).subject,
        "can_sign_off": access.can_sign_off(request.user, found),
    }


def _words(request: AuthedRequest, found: Release, wrong: str = "") -> HttpResponse:
    forms_ = [
        (
            box,
            NarrativeForm(
                request.POST if box.slug == wrong else None,
                label=box.prompt,
                prefix=box.slug,
                initial={"text": text},
            ),
        )
        for box, text in _boxes(found)
    ]
    context = _context(request, found) | {"boxes": forms_}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "evaluation/releases/words.html", context, status=status)


def _boxes(found: Release) -> list[tuple[Box, str]]:
    """The boxes of a release's report, each with what was written."""
    written = {each.box: each.text for each in found.narratives.all()}
    return [(box, written.get(box.slug, "")) for box in boxes_of(services.snapshot_of(found))]


def _release(request: AuthedRequest, pk: UUID) -> Release:
    visible = Release.objects.visible_to(request.user)
    related = ("run__grant", "run__snapshot", "run__template", "made_by", "checked_by")
    return get_object_or_404(visible.select_related(*related), pk=pk)


def _draft(request: AuthedRequest, pk: UUID) -> Release:
    found = _release(request, pk)
    if found.state != ReleaseState.DRAFT:
        raise Http404
    return found


def _told(request: AuthedRequest, pk: UUID) -> Release:
    found = _release(request, pk)
    if found.released_at is None:
        raise Http404
    return found


def _address(name: str, found: Release) -> str:
    return reverse(f"releases:{name}", args=[found.pk])


def _sent(request: AuthedRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _form(request: AuthedRequest, name: str, form: forms.Form, **context: object) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context["form"] = form
    return render(request, f"evaluation/releases/{name}.html", context, status=status)
