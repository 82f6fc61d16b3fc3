"""The rows behind a report as a file: who came to what, without who they are."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import holds_any
from accounts.audience import AuthedRequest, for_roles, fresh_sign_in
from accounts.models import AuditKind
from accounts.services import record_audit
from evaluation import access
from evaluation.models import REPORT_ROLES, WHOLE_REPORT_ROLES, ReportRun, RunStatus
from evaluation.queries.attendance_rows import attendance_rows, left_out_for
from evaluation.queries.record import Scope
from evaluation.reports.asked import asked_of
from participants.services.sending import Document, confirm
from participants.views.sending import Leaving, Looked, second_look

KIND = "attendance rows"
rows_required = for_roles("rows of reports", *sorted(WHOLE_REPORT_ROLES))


@require_http_methods(["GET", "HEAD", "POST"])
@rows_required
@fresh_sign_in
def attendance_file(request: AuthedRequest, pk: UUID) -> HttpResponseBase:
    """A finished report's attendances as a CSV file, once somebody looked twice at who gets it.

    The file has the rows as they are now. It is made while it is sent, so it may be of any
    length.
    """
    if not access.can_export_rows(request.user):
        raise PermissionDenied
    finished = ReportRun.objects.visible_to(request.user).filter(status=RunStatus.DONE)
    run = get_object_or_404(finished.select_related("grant"), pk=pk)
    answer = second_look(request, _leaving(request, run))
    if not isinstance(answer, Looked):
        return answer
    _write_down(request, run, answer)
    return _file(request, run)


def _write_down(request: AuthedRequest, run: ReportRun, answer: Looked) -> None:
    with transaction.atomic():
        confirm(
            document=Document(KIND, run.pk),
            about=None,
            recipient=answer.recipient,
            address=answer.address,
            why=answer.why,
            by=request.user,
            had_hidden_address=False,
        )
        record_audit(by=request.user, kind=AuditKind.REPORT_ROWS_EXPORTED, about=run, reason="csv")


def _file(request: AuthedRequest, run: ReportRun) -> StreamingHttpResponse:
    asked = asked_of(run)
    scope = Scope.of(
        asked.programmes, asked.first_day, asked.last_day, now=timezone.now(), hubs=asked.hubs
    )
    pieces = attendance_rows(scope, left_out=left_out_for(request.user))
    name = f"attendances_{asked.slug}_{run.first_day}_{run.last_day}.csv"
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _leaving(request: AuthedRequest, run: ReportRun) -> Leaving:
    back = reverse("evaluation:report_detail", args=[run.pk])
    out = "whose records are kept and not used"
    if not holds_any(request.user, REPORT_ROLES):
        out = f"who objected to being studied, or {out},"
    days = f"{run.first_day:%-d %B %Y} to {run.last_day:%-d %B %Y}"
    return Leaving(
        document=Document(KIND, run.pk),
        title="Download the rows of attendance",
        holds=[
            f"One row a young person a session, {days}, as the registers are now",
            "Each person as a number that is drawn for this one file: no name, no address, no ward",
            f"People {out} are left out, so it may hold fewer attendances than the report",
            "Age and gender with days and hubs can still tell who somebody is: it is internal",
        ],
        back=back,
        crumbs=[("Reports", reverse("evaluation:report_list")), (asked_of(run).subject, back)],
        act="Download it",
    )
