"""Trust staff's imports: a spreadsheet received, matched, checked, brought in, taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required, unattended
from accounts.models import AuditKind
from accounts.services import record_audit
from hubs.models import Hub
from participants.forms import imports as forms
from participants.importing.fault_files import faults_csv, faults_workbook
from participants.importing.fields import FIELDS
from participants.importing.reading import MOST_BYTES, UnreadableError
from participants.models import ImportBatch, ImportKind, ImportState
from participants.queries import imports as queries
from participants.services import imports
from participants.services.errors import RecordError
from participants.tasks import queue_import

PER_PAGE = 20
FAULTS_PER_PAGE = 50
UNPROCESSABLE = 422
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MADE = {
    "people": ("person", "people"),
    "contacts": ("contact", "contacts"),
    "consents": ("answer about consent", "answers about consent"),
    "links": ("more registration at a hub", "more registrations at a hub"),
    "sessions": ("past session", "past sessions"),
    "marks": ("mark", "marks"),
    "counts": ("head-count", "head-counts"),
    "known": ("row that is known already", "rows that are known already"),
    "empty": ("row without a count", "rows without a count"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def import_list(request: AuthedRequest) -> HttpResponse:
    """The imports so far, and the form that takes another spreadsheet."""
    hubs = Hub.objects.visible_to(request.user)
    form = forms.UploadForm(request.POST or None, request.FILES or None, hubs=hubs)
    if request.method == "POST" and form.is_valid() and (batch := _receive(request, form)):
        return redirect("imports:match", pk=batch.pk)
    batches = ImportBatch.objects.visible_to(request.user).select_related("asked_by", "hub")
    batches = batches.defer("faults", "columns", "matched", "summary").order_by("-asked_at", "pk")
    page = Paginator(batches, PER_PAGE).get_page(request.GET.get("page"))
    status = UNPROCESSABLE if form.errors else 200
    context = {"form": form, "page": page}
    return render(request, "participants/imports/list.html", context, status=status)


def _receive(request: AuthedRequest, form: forms.UploadForm) -> ImportBatch | None:
    upload = form.cleaned_data["file"]
    if upload.size > MOST_BYTES:
        form.add_error("file", "The file is larger than 20 MB. Split it, or save it as .csv.")
        return None
    try:
        return imports.receive_file(
            kind=ImportKind(form.cleaned_data["kind"]),
            file=upload.file,
            file_name=upload.name or "",
            hub=form.cleaned_data["hub"],
            by=request.user,
            now=timezone.now(),
        )
    except UnreadableError as error:
        form.add_error("file", str(error))
        return None


@require_GET
@trust_staff_required
def import_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """How far an import is: its faults with the text of their cells, or what it makes."""
    batch = _batch(request, pk)
    context: dict[str, Any] = {"batch": batch}
    if batch.state == ImportState.FAULTY:
        with transaction.atomic():
            record_audit(by=request.user, kind=AuditKind.IMPORT_READ, about=batch, reason="faults")
            context |= _faults(request, batch)
    elif batch.state == ImportState.READY:
        with transaction.atomic():
            record_audit(by=request.user, kind=AuditKind.IMPORT_READ, about=batch, reason="known")
            context |= {"known": queries.known_rows(batch), "makes": _counted(batch, "makes")}
    elif batch.state in {ImportState.APPLIED, ImportState.UNDONE}:
        context["made"] = _counted(batch, "made")
    return render(request, "participants/imports/detail.html", context)


def _counted(batch: ImportBatch, key: str) -> list[tuple[int, str]]:
    said = batch.summary.get(key, {})
    return [(many, words[many != 1]) for name, words in MADE.items() if (many := said.get(name))]


def _faults(request: AuthedRequest, batch: ImportBatch) -> dict[str, Any]:
    page = Paginator(batch.faults, FAULTS_PER_PAGE).get_page(request.GET.get("page"))
    unknown = queries.unknown_words(batch)
    return {
        "page": page,
        "faults": queries.faults_page(batch, list(page.object_list)),
        "counts": queries.fault_counts(batch),
        "words": forms.WordsForm(unknown=unknown) if unknown else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def import_match(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Which column is which field, with a few examples of what each holds."""
    batch = _batch(request, pk)
    if batch.state not in {ImportState.UPLOADED, ImportState.FAULTY, ImportState.READY}:
        return redirect("imports:detail", pk=pk)
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.IMPORT_READ, about=batch, reason="columns")
        examples = queries.examples_of(batch)
    form = forms.MatchForm(
        request.POST or None, batch=batch, activities=forms.activities_for(request.user),
        examples=examples,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            imports.match_columns(
                batch=batch, matched=form.matched(), options=form.options(), by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except RecordError as error:
            form.add_error(None, str(error))
        else:
            queue_import(batch.pk)
            return redirect("imports:detail", pk=pk)
    context = {
        "batch": batch,
        "form": form,
        "sheet": forms.SheetForm(batch=batch),
        "fields": FIELDS[batch.kind].values(),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "participants/imports/match.html", context, status=status)


@require_POST
@trust_staff_required
def import_sheet(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Read another sheet, or take another row for the headings."""
    batch = _batch(request, pk)
    form = forms.SheetForm(request.POST, batch=batch)
    if form.is_valid():
        try:
            imports.choose_sheet(
                batch=batch, sheet=form.cleaned_data.get("sheet", ""),
                heading_row=form.cleaned_data["heading_row"], by=request.user, now=timezone.now(),
            )  # fmt: skip
        except (RecordError, UnreadableError) as error:
            messages.error(request, str(error))
    else:
        messages.error(request, "Type the number of the row that holds the headings.")
    return redirect("imports:match", pk=pk)


@require_GET
@trust_staff_required
@unattended
def import_progress(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """How far it is, as a fragment; once it is done the whole page loads anew."""
    batch = _batch(request, pk)
    if not batch.is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "participants/imports/_progress.html", {"batch": batch})


@require_POST
@trust_staff_required
def import_words(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What words mean that were not known; the check begins again."""
    batch = _batch(request, pk)
    form = forms.WordsForm(request.POST, unknown=queries.unknown_words(batch))
    if not form.is_valid() or not form.words():
        messages.error(request, "Choose what at least one of the words means.")
        return redirect("imports:detail", pk=pk)
    try:
        imports.say_what_words_mean(
            batch=batch, words=form.words(), by=request.user, now=timezone.now()
        )
    except RecordError as error:
        messages.error(request, str(error))
    else:
        queue_import(batch.pk)
    return redirect("imports:detail", pk=pk)


@require_POST
@trust_staff_required
@fresh_sign_in
def import_apply(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Bring everything in, as a job."""
    return _asked(request, pk, imports.request_apply)


@require_POST
@trust_staff_required
@fresh_sign_in
def import_undo(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take everything back, as a job."""
    return _asked(request, pk, imports.request_undo)


def _asked(request: AuthedRequest, pk: UUID, ask: Any) -> HttpResponse:
    batch = _batch(request, pk)
    try:
        ask(batch=batch, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
    else:
        queue_import(batch.pk)
    return redirect("imports:detail", pk=pk)


@require_POST
@trust_staff_required
def import_drop(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Forget an import that was not brought in, and its file."""
    try:
        imports.drop_import(batch=_batch(request, pk), by=request.user)
    except RecordError as error:
        messages.error(request, str(error))
    return redirect("imports:list")


@require_GET
@trust_staff_required
@fresh_sign_in
def import_faults(request: AuthedRequest, pk: UUID, format: str) -> HttpResponse:  # noqa: A002
    """Every fault with the text of its cell, as a file to work through."""
    batch = get_object_or_404(
        ImportBatch.objects.visible_to(request.user), pk=pk, state=ImportState.FAULTY
    )
    with transaction.atomic():
        reason = f"faults as {format}"
        record_audit(by=request.user, kind=AuditKind.PEOPLE_EXPORTED, about=batch, reason=reason)
        shown = queries.faults_page(batch, batch.faults)
    lines = ((each.row, each.column, each.reason, each.text) for each in shown)
    is_csv = format == "csv"
    content = faults_csv(lines) if is_csv else faults_workbook(lines)
    kind = "text/csv; charset=utf-8" if is_csv else WORKBOOK
    name = f"import_faults_{batch.pk}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _batch(request: AuthedRequest, pk: UUID) -> ImportBatch:
    batches = ImportBatch.objects.visible_to(request.user)
    return get_object_or_404(batches.select_related("asked_by", "hub", "undone_by"), pk=pk)
