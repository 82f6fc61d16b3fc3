"""The register: read and marked by a hub's coordinators, with and without script."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import Session
from participants.forms import register as forms
from participants.models import ATTENDED, AttendanceRole, MarkStatus
from participants.queries.held import waiting_on
from participants.queries.people import people_named, possible_matches
from participants.queries.register import (
    BLANK_ROW,
    counted_groups,
    opens_at,
    register_for,
    with_register_state,
)
from participants.services import register as services
from participants.services.errors import RegisterError
from participants.services.form import save_register
from participants.services.marks import MarkResult, Outcome
from participants.services.walk_ins import add_walk_in as keep_walk_in


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_register(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The register; as a plain form it saves every changed row at once."""
    session = _session(request, pk)
    if request.method != "POST":
        return _page(request, session)
    if request.POST.get("action") == "search":
        return _search(request, session)
    _save_form(request, session)
    added = request.POST.get("add")
    return _back(session, f"person-{added}" if added else "main")


@require_POST
@coordinator_required
def close_register(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Save what the form still holds and say that the register is taken."""
    session = _session(request, pk)
    if _save_form(request, session):
        try:
            services.close_register(session=session, by=request.user, now=timezone.now())
        except RegisterError as error:
            messages.error(request, str(error))
        else:
            _say_taken(request, session)
    return _back(session)


@require_POST
@coordinator_required
def reopen_register(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Open a register that is taken, for a reason."""
    session = _session(request, pk)
    form = forms.ReopenForm(request.POST)
    if not form.is_valid():
        return _page(request, session, reopen=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        services.reopen_register(
            session=session, by=request.user, now=timezone.now(), **form.cleaned_data
        )
    except RegisterError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The register is open again.")
    return _back(session)


def _say_taken(request: AuthedRequest, session: Session) -> None:
    unmarked = register_for(session).unmarked
    if unmarked:
        people = "1 person has" if unmarked == 1 else f"{unmarked} people have"
        messages.warning(request, f"The register is taken, but {people} no mark yet.")
    else:
        messages.success(request, "The register is taken.")


@require_POST
@coordinator_required
def add_walk_in(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Add a walk-in, after asking whether it is somebody the hub knows already."""
    session = _session(request, pk)
    form = forms.WalkInForm(request.POST)
    if not form.is_valid():
        return _page(request, session, walk_in=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if "is_new" not in request.POST:
        matches = possible_matches(
            session,
            participant_id=form.cleaned_data["participant_id"],
            given_name=form.cleaned_data["given_name"],
            year_group=form.cleaned_data["year_group"],
        )
        if matches:
            return _ask_whether_known(request, session, form, matches)
    return _add(request, session, form)


@require_POST
@coordinator_required
def record_head_count(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Keep how many were there without names."""
    session = _session(request, pk)
    form = forms.HeadCountForm(request.POST)
    if not form.is_valid():
        return _page(request, session, head_count=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        services.record_head_count(
            session=session, by=request.user, now=timezone.now(), **form.cleaned_data
        )
    except RegisterError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The head-count is saved.")
    return _back(session, "head-counts")


def _session(request: AuthedRequest, pk: UUID) -> Session:
    return get_object_or_404(with_register_state(Session.objects.visible_to(request.user)), pk=pk)


def _back(session: Session, place: str = "main") -> HttpResponse:
    """Return to the register, at the place where what was done can be seen."""
    return redirect(f"{reverse('participants:session_register', args=[session.pk])}#{place}")


def _page(
    request: AuthedRequest,
    session: Session,
    *,
    walk_in: django_forms.Form | None = None,
    head_count: django_forms.Form | None = None,
    reopen: django_forms.Form | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    record_audit(by=request.user, kind=AuditKind.REGISTER_READ, about=session)
    context = _state(request, session) | {
        "walk_in": walk_in or forms.WalkInForm(initial={"participant_id": uuid.uuid4()}),
        "head_count": head_count or forms.HeadCountForm(),
        "reopen": reopen or forms.ReopenForm(),
        "search": forms.SearchForm(),
        **context,
    }
    return render(request, "participants/session_register.html", context, status=status)


def _state(request: AuthedRequest, session: Session) -> dict[str, Any]:
    """How the register stands; what waits is looked up only where something does."""
    now, opening = timezone.now(), opens_at(session)
    is_waited_for = session.held_marks or session.held_walk_ins  # type: ignore[attr-defined]
    return {
        "session": session,
        "register": register_for(session, with_signs=True),
        "head_counts": counted_groups(session),
        "waiting": waiting_on(session, request.user) if is_waited_for else [],
        "statuses": MarkStatus.choices,
        "here_statuses": ATTENDED,
        "roles": AttendanceRole.choices,
        "blank_row": BLANK_ROW,
        "nonce": uuid.uuid4(),
        "now": now,
        "opens_at": opening,
        "is_early": now < opening,
        "is_closed": session.register_taken_at is not None,
    }


def _search(request: AuthedRequest, session: Session) -> HttpResponse:
    """Look somebody up. Sent as a form's body, so that no child's name stands in an address."""
    form = forms.SearchForm(request.POST)
    if not form.is_valid():
        return _page(request, session, search=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    people = people_named(request.user, form.cleaned_data["q"])
    return _page(request, session, search=form, people=people, searched=True)


def _save_form(request: AuthedRequest, session: Session) -> bool:
    """Save a register sent without script; tell what came of it, and whether all is well."""
    form = forms.RegisterForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The register was not sent whole. Nothing was saved: try again.")
        return False
    wants_rest = request.POST.get("action") == "rest"
    results = save_register(
        session=session,
        statuses=form.cleaned_data["statuses"],
        rest=form.cleaned_data["unmarked"] if wants_rest else [],
        roles=form.cleaned_data["roles"],
        nonce=form.cleaned_data["nonce"],
        by=request.user,
        now=timezone.now(),
    )
    return _tell(request, results)


def _tell(request: AuthedRequest, results: Sequence[MarkResult]) -> bool:
    """Say what was saved, what waits and what was refused; tell whether all is well."""
    not_standing = [result for result in results if result.reason]
    if len(results) > len(not_standing):
        messages.success(request, f"Marks saved: {len(results) - len(not_standing)}.")
    for outcome, words in ((Outcome.HELD, "kept"), (Outcome.REFUSED, "not saved")):
        reasons = [result.reason for result in results if result.outcome is outcome]
        for reason in sorted(set(reasons)):
            messages.error(request, f"Marks {words}: {reasons.count(reason)}. {reason}")
    return not not_standing


def _ask_whether_known(
    request: AuthedRequest, session: Session, form: django_forms.Form, matches: Sequence[Any]
) -> HttpResponse:
    record_audit(by=request.user, kind=AuditKind.REGISTER_READ, about=session)
    context = {"session": session, "form": form, "matches": matches, "nonce": uuid.uuid4()}
    return render(request, "participants/walk_in_match.html", context)


def _add(request: AuthedRequest, session: Session, form: forms.WalkInForm) -> HttpResponse:
    """Add somebody; where that is refused, what was typed stays on the page."""
    try:
        keep_walk_in(session=session, by=request.user, now=timezone.now(), **form.cleaned_data)
    except RegisterError as error:
        form.add_error(None, str(error))
        return _page(request, session, walk_in=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "The walk-in is added and marked present.")
    return _back(session, f"person-{form.cleaned_data['participant_id']}")
