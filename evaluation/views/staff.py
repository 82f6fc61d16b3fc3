"""Trust staff's reports: ask for one, watch it being built, open and download it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audience import AuthedRequest, trust_staff_required, unattended
from accounts.models import AuditKind
from accounts.services import record_audit
from accounts.tables import sort_and_page
from evaluation import access
from evaluation.forms.reports import ReportForm
from evaluation.models import ReportFile, ReportRun, RunStatus
from evaluation.reports.asked import asked_of
from evaluation.reports.document import build_document
from evaluation.reports.render.html import render_fragment
from evaluation.reports.snapshot import thaw
from evaluation.services import reports
from evaluation.tables import ReportRunTable
from evaluation.tasks import queue_report

RUNS_PER_PAGE = 20
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def report_list(request: AuthedRequest) -> HttpResponse:
    """The reports so far and the form that asks for another."""
    form = ReportForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        run = reports.request_report(**form.cleaned_data, by=request.user, now=timezone.now())
        queue_report(run.pk)
        return redirect("evaluation:report_detail", pk=run.pk)
    runs = ReportRun.objects.visible_to(request.user).select_related("grant", "requested_by")
    table = ReportRunTable(runs)
    sort_and_page(request, table, rows=RUNS_PER_PAGE)
    status = 422 if form.errors else 200
    return render(
        request, "evaluation/report_list.html", {"form": form, "table": table}, status=status
    )


@require_GET
@trust_staff_required
def report_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A report as a page; while it is being built, how far it is."""
    run = _run(request, pk)
    context: dict[str, Any] = {"run": run}
    if run.status == RunStatus.DONE and run.snapshot:
        with transaction.atomic():
            record_audit(by=request.user, kind=AuditKind.REPORT_READ, about=run)
        body = thaw(run.snapshot.body, run.snapshot.sha256)
        document = build_document(body, reports.envelope_of(run))
        context |= {"report": render_fragment(document), "files": run.files.all()}
    return render(request, "evaluation/report_detail.html", context)


@require_GET
@trust_staff_required
@unattended
def report_progress(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """How far a report is, as a fragment; once it is finished the whole page loads anew."""
    run = _run(request, pk)
    if run.is_finished:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "evaluation/_report_progress.html", {"run": run})


@require_GET
@trust_staff_required
def report_file(request: AuthedRequest, pk: UUID, format: str) -> FileResponse:  # noqa: A002
    """One file of a finished report, as a download; every download is written down."""
    run = _run(request, pk)
    if not access.can_export_report(request.user):
        raise PermissionDenied
    report_file = get_object_or_404(ReportFile, run=run, format=format)
    try:
        content = report_file.file.open("rb")
    except FileNotFoundError:
        raise Http404("This file is not in the store any more. Build the report again.") from None
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.REPORT_EXPORTED, about=run, reason=format)
    name = f"{asked_of(run).slug}_{run.first_day}_{run.last_day}.{report_file.format}"
    return FileResponse(
        content, as_attachment=True, filename=name, content_type=CONTENT_TYPES[report_file.format]
    )


def _run(request: HttpRequest, pk: UUID) -> ReportRun:
    runs = ReportRun.objects.visible_to(request.user)
    return get_object_or_404(runs.select_related("grant", "requested_by", "snapshot"), pk=pk)
