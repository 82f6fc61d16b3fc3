"""The dashboard: figures of every report, live, for who reads exact figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.access import HUB_ROLES, holds_any
from accounts.audience import AuthedRequest, reports_required
from activities.models import london_today
from evaluation.access import can_see_money, can_see_rows
from evaluation.dashboard_files import Line, csv_lines, month_rows, table_rows, week_rows
from evaluation.dashboard_table import FiguresTable
from evaluation.forms.dashboard import DashboardForm
from evaluation.queries.dashboard import (
    View,
    answers_due,
    grants_shown,
    hubs_shown,
    programmes_shown,
    reads_whole,
    weeks_together,
)
from evaluation.reports.charts import draw
from evaluation.reports.dashboard import BY_MONTH, Board, BoardTable, board_of
from evaluation.reports.dashboard_charts import month_charts, targets_chart, weeks_chart
from evaluation.reports.rows import FIGURES, can_have_rows

UNPROCESSABLE = 422
FILES = ("hubs", "months", "wards", "deciles", "by_month", "weeks")


@require_safe
@reports_required
def dashboard(request: AuthedRequest) -> HttpResponse:
    """Targets, hours, hubs, reach and what is missing, narrowed as the address says."""
    form = form_of(request)
    if not form.programmes or not hubs_shown(request.user).exists():
        return render(request, "evaluation/dashboard/nothing.html", {"form": form})
    if not form.is_valid():
        context: dict[str, Any] = {"form": form}
        page = "evaluation/dashboard/board.html"
        return render(request, page, context, status=UNPROCESSABLE)
    view = view_of(request, form)
    board = _board(request, form, view)
    return render(request, "evaluation/dashboard/board.html", _context(request, form, board))


@require_safe
@reports_required
def table_file(request: AuthedRequest, table: str) -> StreamingHttpResponse:
    """One table of the dashboard as a file for a spreadsheet."""
    form = form_of(request)
    if table not in FILES or not form.is_valid():
        raise Http404
    view = view_of(request, form)
    board = _board(request, form, view)
    rows = _file_rows(board, table)
    headers = {"Content-Disposition": f'attachment; filename="dashboard-{table}.csv"'}
    return StreamingHttpResponse(
        csv_lines(rows), content_type="text/csv; charset=utf-8", headers=headers
    )


def _file_rows(board: Board, table: str) -> Iterator[Line]:
    if table == "by_month":
        return month_rows(board.by_month)
    return week_rows(board.weeks) if table == "weeks" else table_rows(getattr(board, table))


def form_of(request: AuthedRequest) -> DashboardForm:
    """The choices of an address, among what its reader may see."""
    return DashboardForm(
        request.GET,
        programmes=programmes_shown(),
        grants=grants_shown(request.user),
        hubs=hubs_shown(request.user),
    )


def view_of(request: AuthedRequest, form: DashboardForm) -> View:
    """What a valid form asks for. Raises Http404 where there is nothing to ask of."""
    view = form.view(london_today(timezone.now()), whole=reads_whole(request.user))
    if not view.programmes or (view.is_narrowed and not view.hubs):
        raise Http404
    return view


def _board(request: AuthedRequest, form: DashboardForm, view: View) -> Board:
    return board_of(
        view,
        form.shown_grants(view),
        timezone.now(),
        by=form.cleaned_data["by"] or BY_MONTH[0],
        with_equality=can_see_rows(request.user, is_equality=True),
    )


def _context(request: AuthedRequest, form: DashboardForm, board: Board) -> dict[str, Any]:
    query = request.GET.urlencode()
    return {
        "form": form,
        "board": board,
        "query": query,
        "kept": [
            (name, value)
            for name, values in request.GET.lists()
            if name != "by"
            for value in values
        ],
        "headline": [(each, _rows(query, FIGURES, each.indicator.id)) for each in board.headline],
        "tables": {name: _table(request, getattr(board, name), query) for name in FILES[:4]},
        "week": weeks_together(board.weeks),
        "weeks_chart": mark_safe(draw(weeks_chart(board.weeks))),  # noqa: S308 - escaped there
        "month_charts": [
            (each.title, mark_safe(draw(each)))  # noqa: S308
            for each in month_charts(board.months)
        ],
        "grants": [
            (each, mark_safe(draw(targets_chart(each))) if each.targets else "")  # noqa: S308
            for each in board.grants
        ],
        "due": _due(request, board),
        "works_at_hubs": _works_at_hubs(request),
        "missing_rows": _missing_rows(request, query),
    }


def _table(request: AuthedRequest, board: BoardTable, query: str) -> FiguresTable:
    table = FiguresTable(board, lambda *cell: _rows(query, *cell))
    RequestConfig(request, paginate=False).configure(table)
    return table


def _rows(query: str, table: str, row: str, column: str = "") -> str:
    """The address of the rows behind a figure; empty where there are none to show."""
    if not can_have_rows(table, row, column):
        return ""
    cell = urlencode({"table": table, "row": row} | ({"column": column} if column else {}))
    return f"{reverse('dashboard:rows')}?{cell}" + (f"&{query}" if query else "")


def _missing_rows(request: AuthedRequest, query: str) -> dict[str, str]:
    """Where those stand of whom something is not known; ethnicity for who may read of it."""
    home = _rows(query, "ward", "none", "unique_participants")
    if not can_see_rows(request.user, is_equality=True):
        return {"home": home}
    return {"home": home, "ethnicity": _rows(query, "ethnicity", "unknown", "unique_participants")}


def _works_at_hubs(request: AuthedRequest) -> bool:
    return can_see_money(request.user) or holds_any(request.user, HUB_ROLES)


def _due(request: AuthedRequest, board: Board) -> list[Any]:
    if not _works_at_hubs(request):
        return []
    return answers_due(board.view, request.user, timezone.now())
