"""New activities, and single dates: added, or one of a series changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import Session
from activities.planning_forms.schedules import ActivityForm, DateForm, Scope
from activities.queries import planning, schedules
from activities.queries.clashes import Clash, Occurrence, clashes_of
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import BookedError, ChangedMeanwhileError, PlanningError
from activities.services.occasions import add_activity, add_session, change_session
from activities.views.schedules import (
    CONFLICT,
    OK,
    UNPROCESSABLE,
    activity_of,
    carry_out,
    look_page,
)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def activity_new(request: AuthedRequest) -> HttpResponse:
    """A new activity; when it takes place is said on the next page."""
    places = planning.places_of(request.user)
    if not places:
        raise Http404
    initial = {"place": request.GET.get("hub"), "met_by": ""}
    form = ActivityForm(request.POST or None, places=places, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            activity = add_activity(by=request.user, facts=form.facts(), now=timezone.now())
        except PlanningError as error:
            form.add_error("title", str(error))
        else:
            messages.success(request, "Saved. Now say when it takes place.")
            return redirect("planning:schedule_list", pk=activity.pk)
    status = UNPROCESSABLE if form.is_bound else OK
    return render(request, "activities/planning/activity_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_new(request: AuthedRequest, pk: int) -> HttpResponse:
    """A single date: one more, a roadshow, a celebration, a trip, a training."""
    activity = activity_of(request, pk)
    form = DateForm(request.POST or None, activity=activity)
    context: dict[str, Any] = {"activity": activity, "form": form}
    if not form.is_bound or "change" in request.POST or not form.is_valid():
        return _date_page(request, context, _status(request, form))
    facts = form.facts()
    occurrence = Occurrence(
        facts["starts_at"], facts["ends_at"], activity.hub_id, activity.venue, _pk(facts["led_by"])
    )
    clashes = clashes_of(request.user, [occurrence])
    if clashes and "looked" not in request.POST:
        return _date_look(request, context, facts, clashes)
    try:
        add_session(by=request.user, activity=activity, facts=facts, now=timezone.now())
    except PlanningError as error:
        form.add_error("day", str(error))
        return _date_page(request, context, UNPROCESSABLE)
    messages.success(request, "Saved. Visitors see it from now on.")
    return redirect("planning:schedule_list", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One date: alone, with those after it, or with its whole series."""
    session, now = _session(request, pk), timezone.now()
    frozen = schedules.is_frozen(session, now)
    form = DateForm(request.POST or None, activity=session.activity, current=session)
    context: dict[str, Any] = {
        "activity": session.activity,
        "session": session,
        "form": form,
        "frozen": frozen,
        "seen": fingerprint_of_row(session),
    }
    if frozen or not form.is_bound or "change" in request.POST or not form.is_valid():
        return _date_page(request, context, _status(request, form))
    context["was_changed"] = request.POST.get("seen_session", context["seen"]) != context["seen"]
    if form.scope is Scope.ONE:
        return _change_one(request, session, form, context)
    return _change_series(request, session, form, context)


def _change_one(
    request: AuthedRequest, session: Session, form: DateForm, context: dict[str, Any]
) -> HttpResponse:
    facts, activity = form.facts(), session.activity
    occurrence = Occurrence(
        facts["starts_at"], facts["ends_at"], activity.hub_id, activity.venue, _pk(facts["led_by"])
    )
    clashes = clashes_of(request.user, [occurrence], ignoring=[session.pk])
    if "looked" not in request.POST or context["was_changed"]:
        return _date_look(request, context, facts, clashes)
    seen = request.POST.get("seen_session", "")
    try:
        what: dict[str, Any] = {"by": request.user, "session": session, "facts": facts}
        changed = change_session(**what, seen=seen, now=timezone.now())
    except ChangedMeanwhileError:
        return _date_look(request, context | {"was_changed": True}, facts, clashes)
    except PlanningError as error:
        form.add_error("places" if isinstance(error, BookedError) else "day", str(error))
        return _date_page(request, context, UNPROCESSABLE)
    messages.success(request, "Saved." if changed else "Nothing was changed.")
    return redirect("planning:schedule_list", pk=activity.pk)


def _change_series(
    request: AuthedRequest, session: Session, form: DateForm, context: dict[str, Any]
) -> HttpResponse:
    stored = session.schedule
    if stored is None:
        raise Http404
    stored.activity = session.activity
    since = session.slot_on if form.scope is Scope.FOLLOWING else None
    look = carry_out(request, stored, form.series_facts(), timezone.now(), since)
    if look and context["was_changed"]:
        look = replace(look, status=CONFLICT)
    if look is None:
        return redirect("planning:schedule_list", pk=session.activity_id)
    return look_page(request, stored, form, look)


def _date_page(request: AuthedRequest, context: dict[str, Any], status: int) -> HttpResponse:
    context = context | {"seen": request.POST.get("seen_session", context.get("seen"))}
    return render(request, "activities/planning/schedule_date.html", context, status=status)


def _date_look(
    request: AuthedRequest, context: dict[str, Any], facts: dict[str, Any], clashes: list[Clash]
) -> HttpResponse:
    status = CONFLICT if context.get("was_changed") else OK
    context = context | {"facts": facts, "clashes": clashes}
    return render(request, "activities/planning/schedule_date_look.html", context, status=status)


def _status(request: AuthedRequest, form: DateForm) -> int:
    return OK if not form.is_bound or form.is_valid() else UNPROCESSABLE


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user)
    wanted = sessions.select_related("activity__hub", "schedule__led_by", "led_by")
    return get_object_or_404(wanted, pk=pk)


def _pk(person: Any) -> Any:
    return person.pk if person else None
