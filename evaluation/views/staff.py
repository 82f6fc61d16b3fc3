"""Reports: asked for, watched while they are built, opened and downloaded, stopped, tried again."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audience import (
    AuthedRequest,
    reports_required,
    trust_staff_required,
    unattended,
)
from accounts.models import AuditKind
from accounts.services import record_audit
from accounts.tables import sort_and_page
from evaluation import access
from evaluation.forms.reports import ReportForm, RunFilter, ScheduleForm
from evaluation.models import ReportFormat, ReportRun, ReportSchedule, RunStatus
from evaluation.queries.quarters import next_due
from evaluation.queries.releases import unfinished_of
from evaluation.queries.versions import other_versions
from evaluation.reports.asked import asked_of
from evaluation.reports.document import build_document
from evaluation.reports.render import RENDERERS
from evaluation.reports.render.html import render_fragment
from evaluation.reports.snapshot import thaw
from evaluation.services import reports
from evaluation.services.reports import LostReportError, NotPossibleError
from evaluation.tables import ReportRunTable
from evaluation.tasks import queue_report, queue_report_mails
from evaluation.views.row_links import rows_url_of

RUNS_PER_PAGE = 20
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


@require_http_methods(["GET", "HEAD", "POST"])
@reports_required
def report_list(request: AuthedRequest) -> HttpResponse:
    """The reports so far and the form that asks for another."""
    form = ReportForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        return _ask(request, form)
    runs = ReportRun.objects.visible_to(request.user).for_lists()
    narrow = RunFilter(request.GET or None, runs=runs)
    table = ReportRunTable(narrow.found())
    sort_and_page(request, table, rows=RUNS_PER_PAGE)
    context = {
        "form": form,
        "narrow": narrow,
        "table": table,
        "can_schedule": access.can_schedule_reports(request.user),
    }
    status = 422 if form.errors else 200
    return render(request, "evaluation/report_list.html", context, status=status)


def _ask(request: AuthedRequest, form: ReportForm) -> HttpResponse:
    run = reports.request_report(
        asked=form.asked,
        by=request.user,
        now=timezone.now(),
        wants_mail=form.cleaned_data["wants_mail"],
    )
    queue_report(run.pk)
    return redirect("evaluation:report_detail", pk=run.pk)


@require_GET
@reports_required
def report_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A report as a page; while it is being built, how far it is."""
    run = _run(request, pk)
    context: dict[str, Any] = {"run": run, "asked": asked_of(run), "can": _may(request, run)}
    if run.status == RunStatus.DONE and run.snapshot:
        context |= _finished(request, run)
    return render(request, "evaluation/report_detail.html", context)


def _finished(request: AuthedRequest, run: ReportRun) -> dict[str, Any]:
    if run.snapshot is None:
        raise Http404
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.REPORT_READ, about=run)
    versions = other_versions(request.user, run)
    try:
        body = thaw(run.snapshot.body, run.snapshot.sha256)
        document = build_document(body, reports.envelope_of(run))
    except ValueError:
        # A snapshot of an earlier version, which this one cannot draw.
        return {"is_too_old": True, "versions": versions}
    return {
        "report": render_fragment(document, rows_url=rows_url_of(run, request.user)),
        "files": [each for each in ReportFormat if each in RENDERERS],
        "versions": versions,
        "changes": run.changes,
        "drafts": list(unfinished_of(request.user, run)),
    }


def _may(request: AuthedRequest, run: ReportRun) -> dict[str, bool]:
    broken_off = run.status in {RunStatus.FAILED, RunStatus.CANCELLED}
    return {
        "cancel": not run.is_finished and access.can_cancel_report(request.user, run),
        "retry": broken_off and access.can_request_report(request.user, asked_of(run)),
        "release": access.can_release(request.user),
        "rows": access.can_export_rows(request.user),
    }


@require_GET
@reports_required
@unattended
def report_progress(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """How far a report is, as a fragment; once it is finished the whole page loads anew."""
    run = _run(request, pk)
    if run.is_finished:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "evaluation/_report_progress.html", {"run": run})


@require_POST
@reports_required
def report_cancel(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Stop a report, or stop waiting for it while others do."""
    run = _run(request, pk)
    try:
        run = reports.cancel_report(run=run, by=request.user, now=timezone.now())
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        if not run.is_finished:
            messages.info(request, "Others wait for this report as well, so it is still built.")
        queue_report_mails(run.pk)
    return redirect("evaluation:report_detail", pk=run.pk)


@require_POST
@reports_required
def report_retry(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Have a report that failed or was stopped built after all."""
    run = _run(request, pk)
    try:
        run = reports.retry_report(run=run, by=request.user, now=timezone.now())
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        queue_report(run.pk)
    return redirect("evaluation:report_detail", pk=run.pk)


@require_GET
@reports_required
def report_file(request: AuthedRequest, pk: UUID, format: str) -> FileResponse:  # noqa: A002
    """One file of a finished report, as a download; every download is written down."""
    run = _run(request, pk)
    if not access.can_export_report(request.user):
        raise PermissionDenied
    if run.status != RunStatus.DONE:
        raise Http404
    now = timezone.now()
    try:
        content = reports.open_file(run=run, format_=ReportFormat(format), now=now)
    except LostReportError as error:
        raise Http404(str(error)) from None
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.REPORT_EXPORTED, about=run, reason=format)
    name = f"{asked_of(run).slug[:80]}_{run.first_day}_{run.last_day}.{format}"
    return FileResponse(
        io.BytesIO(content),
        as_attachment=True,
        filename=name,
        content_type=CONTENT_TYPES[format],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def report_schedules(request: AuthedRequest) -> HttpResponse:
    """Reports that are asked for by themselves, and the form that starts another."""
    form = ScheduleForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        reports.start_schedule(**form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, "The report is asked for after each quarter from now on.")
        return redirect("evaluation:report_schedules")
    today = timezone.localdate()
    rows = ReportSchedule.objects.visible_to(request.user).filter(ended_at=None)
    schedules = [
        {"schedule": each, "next_on": next_due(each, today)}
        for each in rows.select_related("grant", "template", "started_by")
    ]
    context = {"form": form, "schedules": schedules}
    status = 422 if form.errors else 200
    return render(request, "evaluation/report_schedules.html", context, status=status)


@require_POST
@trust_staff_required
def report_schedule_end(request: AuthedRequest, schedule: int) -> HttpResponse:
    """Have nothing more asked for by a schedule; what was built stays."""
    found = get_object_or_404(ReportSchedule.objects.visible_to(request.user), pk=schedule)
    reports.end_schedule(schedule=found, by=request.user, now=timezone.now())
    messages.success(request, "It is not asked for any more. What was built stays.")
    return redirect("evaluation:report_schedules")


def _run(request: HttpRequest, pk: UUID) -> ReportRun:
    runs = ReportRun.objects.visible_to(request.user)
    related = ("grant__funder", "requested_by", "snapshot", "template")
    return get_object_or_404(runs.select_related(*related), pk=pk)
