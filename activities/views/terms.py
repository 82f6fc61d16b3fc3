"""Terms, days without sessions, and a whole term copied into the next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, coordinator_required, trust_staff_required
from activities.access import can_close
from activities.models import Closure, Term
from activities.planning_forms.cancelling import CancelForm
from activities.planning_forms.describing import saved_otherwise
from activities.planning_forms.terms import ClosureForm, CopyForm, TermForm
from activities.queries import terms as queries
from activities.queries.copying import CopyPlan, copy_plan
from activities.queries.planning import places_of
from activities.services.errors import ChangedMeanwhileError
from activities.services.terms import (
    cancel_in_closure,
    copy_term,
    put_closure,
    put_term,
    remove_closure,
)
from activities.views.schedules import CONFLICT, OK, UNPROCESSABLE, dates

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@coordinator_required
def term_list(request: AuthedRequest) -> HttpResponse:
    """When schools are open, and when nothing takes place."""
    page = queries.terms_page(request.user, timezone.now())
    return render(request, "activities/planning/term_list.html", {"page": page})


@require_http_methods(FORM_METHODS)
@trust_staff_required
def term_new(request: AuthedRequest) -> HttpResponse:
    """A new term of the city."""
    return _term_page(request, Term(), TermForm(request.POST or None, instance=Term()))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def term_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Other days or another name of a term."""
    term = _term(pk)
    return _term_page(request, term, TermForm(request.POST or None, instance=_term(pk)))


def _term_page(request: AuthedRequest, term: Term, form: TermForm) -> HttpResponse:
    if not form.is_bound or not form.is_valid():
        return _row_page(request, "term_form", term, form, _status(form))
    try:
        seen = request.POST.get("seen", "")
        put_term(by=request.user, term=term, facts=form.facts(), seen=seen)
    except ChangedMeanwhileError:
        return _row_page(request, "term_form", term, form, CONFLICT)
    messages.success(request, "Saved. Dates that were put up already stay.")
    return redirect("planning:term_list")


@require_http_methods(FORM_METHODS)
@coordinator_required
def closure_new(request: AuthedRequest) -> HttpResponse:
    """Days on which nothing takes place, at a hub or in the whole city."""
    form = ClosureForm(request.POST or None, instance=Closure(), places=_places(request))
    return _closure_page(request, Closure(), form)


@require_http_methods(FORM_METHODS)
@coordinator_required
def closure_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Other days, or another name, of a closure."""
    closure = _closure(request, pk, to_change=True)
    places = _places(request)
    instance = _closure(request, pk)
    form = ClosureForm(request.POST or None, instance=instance, places=places)
    return _closure_page(request, closure, form)


def _closure_page(request: AuthedRequest, closure: Closure, form: ClosureForm) -> HttpResponse:
    if not form.is_bound or not form.is_valid():
        return _row_page(request, "closure_form", closure, form, _status(form))
    try:
        seen = request.POST.get("seen", "")
        saved = put_closure(by=request.user, closure=closure, facts=form.facts(), seen=seen)
    except ChangedMeanwhileError:
        return _row_page(request, "closure_form", closure, form, CONFLICT)
    return _after_closing(request, saved)


def _after_closing(request: AuthedRequest, closure: Closure) -> HttpResponse:
    """The sessions that fall into it, where there are some."""
    messages.success(request, "Saved.")
    if queries.affected_by(request.user, closure, timezone.now()):
        return redirect("planning:closure_sessions", pk=closure.pk)
    return redirect("planning:term_list")


@require_http_methods(FORM_METHODS)
@coordinator_required
def closure_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    """Look at it once more, and take it away."""
    closure = _closure(request, pk, to_change=True)
    if request.method != "POST":
        return render(request, "activities/planning/closure_remove.html", {"closure": closure})
    remove_closure(by=request.user, closure=closure)
    messages.success(
        request, "Taken away. Look at each activity's dates to put up those that are missing."
    )
    return redirect("planning:term_list")


@require_http_methods(FORM_METHODS)
@coordinator_required
def closure_sessions(request: AuthedRequest, pk: int) -> HttpResponse:
    """Sessions that fall into a closure: tick, say why, look once more, cancel."""
    closure, now = _closure(request, pk), timezone.now()
    form = CancelForm(request.POST or None, initial={"words": f"{closure.name}."})
    context = _falling_into(request, closure, form)
    if not form.is_bound or "change" in request.POST or not form.is_valid():
        status = UNPROCESSABLE if form.is_bound and not form.is_valid() else OK
        page = "activities/planning/closure_sessions.html"
        return render(request, page, context, status=status)
    if "looked" not in request.POST:
        return render(request, "activities/planning/closure_look.html", context)
    chosen = {each.session.pk for each in context["chosen"]}
    what: dict[str, Any] = {"by": request.user, "closure": closure, "sessions": chosen}
    done = cancel_in_closure(**what, reason=form.says, now=now)
    messages.success(request, f"{dates(done)} cancelled. Everybody who looks sees it from now on.")
    return redirect("planning:term_list")


def _falling_into(request: AuthedRequest, closure: Closure, form: CancelForm) -> dict[str, Any]:
    """What the pages about a closure's sessions show; all that are free are ticked at first."""
    affected = queries.affected_by(request.user, closure, timezone.now())
    free = [each for each in affected if each.can_be_cancelled]
    ticked = _ticked(request)
    chosen = [each for each in free if each.session.pk in ticked] if form.is_bound else free
    if form.is_bound and not chosen:
        form.add_error(None, "Tick at least one date.")
    return {
        "closure": closure,
        "affected": affected,
        "free": free,
        "chosen": chosen,
        "form": form,
    }


@require_http_methods(FORM_METHODS)
@coordinator_required
def term_copy(request: AuthedRequest) -> HttpResponse:
    """The schedules of one term once more in another: choose, look, copy."""
    now = timezone.now()
    form = CopyForm(request.POST or None, places=_places(request), now=now)
    if not form.is_bound or "change" in request.POST or not form.is_valid():
        status = UNPROCESSABLE if form.is_bound and not form.is_valid() else OK
        page = "activities/planning/term_copy.html"
        return render(request, page, {"form": form}, status=status)
    what = form.choices() | {"now": now}
    if "looked" not in request.POST:
        return _copy_look(request, form, what, OK)
    try:
        done = copy_term(by=request.user, **what, agreed=request.POST.get("agreed", ""))
    except ChangedMeanwhileError:
        return _copy_look(request, form, what, CONFLICT)
    return _copied(request, done)


def _copy_look(
    request: AuthedRequest, form: CopyForm, what: dict[str, Any], status: int
) -> HttpResponse:
    context = {
        "form": form,
        "plan": copy_plan(request.user, **what),
        "source": what["source"],
        "target": what["target"],
        "was_changed": status == CONFLICT,
    }
    return render(request, "activities/planning/term_copy_look.html", context, status=status)


def _copied(request: AuthedRequest, done: CopyPlan) -> HttpResponse:
    messages.success(request, f"Copied. {dates(done.dates)} put up.")
    return redirect("planning:planning")


def _row_page(
    request: AuthedRequest, page: str, row: Term | Closure, form: Any, status: int
) -> HttpResponse:
    is_conflict = status == CONFLICT
    if is_conflict:
        row.refresh_from_db()
    context = {
        "row": row if row.pk else None,
        "form": form,
        "seen": queries.fingerprint_of_row(row) if row.pk else "",
        "was_changed": is_conflict,
        "saved": saved_otherwise(form, row) if is_conflict else [],
    }
    return render(request, f"activities/planning/{page}.html", context, status=status)


def _status(form: TermForm | ClosureForm) -> int:
    return UNPROCESSABLE if form.is_bound else OK


def _term(pk: int) -> Term:
    return get_object_or_404(queries.terms_of_the_city(), pk=pk)


def _closure(request: AuthedRequest, pk: int, *, to_change: bool = False) -> Closure:
    closures = Closure.objects.visible_to(request.user).select_related("hub")
    closure = get_object_or_404(closures, pk=pk)
    if to_change and not can_close(request.user, closure.hub):
        raise PermissionDenied
    return closure


def _places(request: AuthedRequest) -> list[Any]:
    places = places_of(request.user)
    if not places:
        raise Http404
    return places


def _ticked(request: AuthedRequest) -> set[UUID]:
    ticked = set()
    for text in request.POST.getlist("sessions"):
        try:
            ticked.add(UUID(text))
        except ValueError:
            continue
    return ticked
