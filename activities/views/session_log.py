"""The log of a session, for those who plan it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import Session
from activities.planning_forms.log import LogForm, initial_of, saved_otherwise
from activities.queries.log import facts_of, fingerprint_of, log_of, partners_of, staff_of
from activities.services.errors import ChangedMeanwhileError, LogRefusedError
from activities.services.log import log_session

CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_log(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What became of a session; `?next=` is the page that the writer came from."""
    session = _session(request, pk)
    form = _form(request, session)
    status = _save(request, session, form)
    if status is None:
        return HttpResponseRedirect(_next(request))
    log = log_of(session)
    facts = facts_of(session, log)
    context = {
        "session": session,
        "log": log,
        "form": form,
        "is_early": timezone.now() < session.starts_at,
        "seen": fingerprint_of(facts),
        "saved": saved_otherwise(form, facts) if status == CONFLICT else [],
        "was_changed": status == CONFLICT,
        "next": _next(request),
    }
    return render(request, "activities/planning/session_log.html", context, status=status)


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    return get_object_or_404(sessions, pk=pk)


def _form(request: AuthedRequest, session: Session) -> LogForm:
    return LogForm(
        request.POST or None,
        session=session,
        staff=staff_of(session, request.user),
        partners=partners_of(session),
        initial=initial_of(session, log_of(session), request.user),
    )


def _save(request: AuthedRequest, session: Session, form: LogForm) -> int | None:
    """The status of the page to show again, none where the log is written."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return UNPROCESSABLE
    facts, seen = form.facts(), request.POST.get("seen", "")
    try:
        log_session(by=request.user, session=session, facts=facts, seen=seen, now=timezone.now())
    except ChangedMeanwhileError:
        session.refresh_from_db()
        return CONFLICT
    except LogRefusedError as error:
        form.add_error("happened", str(error))
        return UNPROCESSABLE
    messages.success(request, f"Thank you. {session.activity.title} is logged.")
    return None


def _next(request: AuthedRequest) -> str:
    """A page of our own to go back to, Today if none is named."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_ours else reverse("evaluation:today")
