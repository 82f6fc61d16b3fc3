"""Photographs of sessions, for staff: adding, looking, taking down."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit, record_audits
from activities.models import Session
from participants.forms.photographs import PhotographForm
from participants.models import Photograph, PhotographUse
from participants.queries.photographs import photographs_of, pictured_at
from participants.queries.photographs import to_take_down as photographs_to_take_down
from participants.services.errors import RecordError
from participants.services.photographs import add_photograph
from participants.services.photographs import take_down as take_down_photograph


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_photographs(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Photographs of a session, and a form for another one."""
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    session = get_object_or_404(sessions, pk=pk)
    record_audit(by=request.user, kind=AuditKind.CONSENTS_READ, about=session, reason="photographs")
    form = PhotographForm(
        request.POST or None, request.FILES or None, pictured=pictured_at(session)
    )
    if request.method == "POST" and form.is_valid() and _is_added(request, session, form):
        messages.success(request, "The photograph is kept.")
        return redirect("consents:session_photographs", pk=session.pk)
    context = {"session": session, "form": form, "photographs": photographs_of(session)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page = "participants/photographs/session.html"
    return render(request, page, context, status=status)


@require_safe
@coordinator_required
def photograph(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One photograph with everybody in it, and how to take it down."""
    found = _photograph(request, pk)
    record_audit(by=request.user, kind=AuditKind.PHOTOGRAPH_READ, about=found)
    people = found.people.order_by("given_name", "family_name", "pk")
    uses = [PhotographUse(use).label for use in found.uses]
    context = {"photograph": found, "people": people, "uses": uses}
    return render(request, "participants/photographs/photograph.html", context)


@require_safe
@coordinator_required
def photograph_file(request: AuthedRequest, pk: UUID) -> FileResponse:
    """The picture itself: never kept by anybody, never named after anything."""
    found = _photograph(request, pk)
    record_audit(by=request.user, kind=AuditKind.PHOTOGRAPH_READ, about=found)
    try:
        content = found.file.open()
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, content_type="image/webp", filename="photograph.webp")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@coordinator_required
def take_down(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Delete the picture."""
    found = _photograph(request, pk)
    take_down_photograph(photograph=found, by=request.user, now=timezone.now())
    messages.success(request, "The photograph is down, and its file is deleted.")
    if request.POST.get("next") == "list":
        return redirect("consents:to_take_down")
    return redirect("consents:session_photographs", pk=found.session_id)


@require_safe
@coordinator_required
def to_take_down(request: AuthedRequest) -> HttpResponse:
    """Photographs that show somebody whose consent has ended."""
    found = photographs_to_take_down(request.user)
    record_audits(
        by=request.user, kind=AuditKind.PHOTOGRAPH_READ, about=[each.photograph for each in found]
    )
    return render(request, "participants/photographs/to_take_down.html", {"found": found})


def _photograph(request: AuthedRequest, pk: UUID) -> Photograph:
    rows = Photograph.objects.visible_to(request.user).up()
    return get_object_or_404(rows.select_related("session__activity__hub", "added_by"), pk=pk)


def _is_added(request: AuthedRequest, session: Session, form: PhotographForm) -> bool:
    data = form.cleaned_data
    try:
        add_photograph(
            session=session,
            picture=data["file"],
            description=data["description"],
            uses=[PhotographUse(use) for use in data["uses"]],
            people=data["people"],
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error("people", str(error))
        return False
    return True
