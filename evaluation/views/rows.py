"""The rows behind a figure, of a frozen report or of the dashboard, for who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import AuthedRequest, reports_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import london_today
from evaluation.access import can_see_rows
from evaluation.models import ReportRun, RunStatus
from evaluation.queries.record import Scope
from evaluation.queries.rows_behind import (
    PAGE,
    Rows,
    has_rows,
    may_know_equality,
    names_for,
    open_to,
    rows_of,
    salt_of,
    sessions_for,
    short_name,
)
from evaluation.reports.asked import asked_of
from evaluation.reports.body import figure
from evaluation.reports.dashboard import in_words
from evaluation.reports.rows import Behind, behind, frozen
from evaluation.reports.snapshot import thaw
from evaluation.views.dashboard import form_of, view_of


@dataclass(frozen=True)
class Place:
    """Where a figure stands: what is audited, how its cell is named, and what tells lists apart."""

    about: models.Model
    table: str
    row: str
    column: str
    salt: str


@require_safe
@reports_required
def report_rows(request: AuthedRequest, run: UUID, table: str, row: str) -> HttpResponse:
    """The rows behind a cell of a finished report, as they were known when it was read."""
    runs = ReportRun.objects.visible_to(request.user).filter(status=RunStatus.DONE)
    report = get_object_or_404(runs.select_related("grant", "snapshot"), pk=run)
    if report.snapshot is None or report.read_at is None:
        raise Http404
    asked = asked_of(report)
    scope = Scope.of(
        asked.programmes,
        asked.first_day,
        asked.last_day,
        now=report.read_at,
        known_at=report.read_at,
        hubs=asked.hubs,
    )
    column = request.GET.get("column", "")
    found = _behind(request, scope, table, row, column)
    salt = salt_of(report.pk, request.user.pk, table, row, found.column)
    place = Place(report, table, row, found.column, salt)
    context = _context(request, scope, found, place)
    said = frozen(thaw(report.snapshot.body, report.snapshot.sha256), table, row, found.column)
    now_says = figure(found.cell.indicator, context["rows"].total)
    context |= {
        "run": report,
        "subject": asked.subject,
        "frozen": said,
        "differs": said is not None and str(said) != str(now_says),
    }
    return render(request, "evaluation/dashboard/rows.html", context)


@require_safe
@reports_required
def live_rows(request: AuthedRequest) -> HttpResponse:
    """The rows behind a figure of the dashboard, now."""
    form = form_of(request)
    table, row, column = (request.GET.get(name, "") for name in ("table", "row", "column"))
    if not form.is_valid() or not table or not row:
        raise Http404
    view, now = view_of(request, form), timezone.now()
    scope = view.scope(now)
    found = _behind(request, scope, table, row, column)
    salt = salt_of("live", london_today(now), request.user.pk, table, row, found.column)
    place = Place(request.user, table, row, found.column, salt)
    context = _context(request, scope, found, place) | {"back": _back(request)}
    return render(request, "evaluation/dashboard/rows.html", context)


def _behind(request: AuthedRequest, scope: Scope, table: str, row: str, column: str) -> Behind:
    """The cell; 404 where there is none, 403 where its rows tell what the reader may not know."""
    found = behind(scope, table, row, column)
    if found is None or not has_rows(found.cell.indicator):
        raise Http404
    if not can_see_rows(request.user, is_equality=found.is_equality):
        raise PermissionDenied
    return found


def _context(request: AuthedRequest, scope: Scope, found: Behind, place: Place) -> dict[str, Any]:
    page_number = _page_number(request)
    with transaction.atomic():
        record_audit(
            by=request.user,
            kind=AuditKind.REPORT_ROWS_READ,
            about=place.about,
            reason=f"{place.table}/{place.row}/{place.column}",
        )
        rows = rows_of(scope, found.cell, place.salt, first=(page_number - 1) * PAGE)
        named = not found.is_equality or may_know_equality(request.user)
        lines = (
            _people(request, rows, place.salt, named=named)
            if rows.people
            else _sessions(request, rows)
        )
    page = Paginator(range(rows.count), PAGE).get_page(page_number)
    return {
        "behind": found,
        "indicator": found.cell.indicator,
        "scope": scope,
        "rows": rows,
        "lines": lines,
        "page": page,
        "total": in_words(found.cell.indicator, rows.total),
    }


def _back(request: AuthedRequest) -> str:
    """The dashboard with the same choices."""
    kept = request.GET.copy()
    for name in ("table", "row", "column", "page"):
        kept.pop(name, None)
    return f"{reverse('dashboard:dashboard')}?{kept.urlencode()}"


def _page_number(request: AuthedRequest) -> int:
    text = request.GET.get("page", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1


def _people(request: AuthedRequest, rows: Rows, salt: str, *, named: bool) -> list[dict[str, Any]]:
    known = names_for(request.user, {row.person for row in rows.people}) if named else {}
    return [
        {"row": row, "known": known.get(row.person), "short": short_name(row.person, salt)}
        for row in rows.people
    ]


def _sessions(request: AuthedRequest, rows: Rows) -> list[dict[str, Any]]:
    sessions = sessions_for(rows.sessions)
    may_open = open_to(request.user, set(sessions))
    return [
        {"session": sessions[row.session], "may_open": row.session in may_open}
        for row in rows.sessions
    ]
