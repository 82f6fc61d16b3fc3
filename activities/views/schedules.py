"""Weekly schedules: what there is, a new one, a change of one, each looked at before it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import Activity, Schedule
from activities.planning_forms.describing import saved_otherwise
from activities.planning_forms.schedules import ReasonForm, ScheduleForm
from activities.queries import schedules as queries
from activities.queries.schedules import Change
from activities.services.errors import ChangedMeanwhileError, PlanningError
from activities.services.schedules import add_schedule, change_schedule, make_sessions

OK, CONFLICT, UNPROCESSABLE = 200, 409, 422


@dataclass(frozen=True)
class Look:
    """What is shown once more before it is done, and how it went."""

    change: Change
    reason: ReasonForm | None
    status: int = OK


@require_safe
@coordinator_required
def schedule_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """An activity's weekly times, its single dates, and what they clash with."""
    activity = activity_of(request, pk)
    page = queries.series_page(request.user, activity, timezone.now())
    context = {"activity": activity, "page": page}
    return render(request, "activities/planning/schedule_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def schedule_new(request: AuthedRequest, pk: int) -> HttpResponse:
    """A new weekly time of an activity."""
    activity = activity_of(request, pk)
    now = timezone.now()
    blank = Schedule(activity=activity)
    form = ScheduleForm(request.POST or None, instance=Schedule(activity=activity), now=now)
    if not _is_ready(request, form):
        return _form_page(request, blank, form, OK if not form.is_bound else _wrong(form))
    change = queries.change_of(blank, form.facts(), now)
    if "looked" not in request.POST:
        return look_page(request, blank, form, Look(change, None))
    try:
        what: dict[str, Any] = {"by": request.user, "activity": activity, "facts": form.facts()}
        done = add_schedule(**what, agreed=request.POST.get("agreed", ""), now=now)
    except ChangedMeanwhileError:
        return look_page(request, blank, form, Look(change, None, CONFLICT))
    except PlanningError as error:
        form.add_error("starts", str(error))
        return _form_page(request, blank, form, UNPROCESSABLE)
    messages.success(request, f"Saved. {dates(len(done.made))} put up.")
    return redirect("planning:schedule_list", pk=activity.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def schedule_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Another rule for every date to come of a schedule."""
    stored, now = _schedule(request, pk), timezone.now()
    form = ScheduleForm(request.POST or None, instance=_schedule(request, pk), now=now)
    if not _is_ready(request, form):
        return _form_page(request, stored, form, OK if not form.is_bound else _wrong(form))
    if request.POST.get("seen") != queries.fingerprint_of_schedule(stored):
        return _form_page(request, stored, form, CONFLICT)
    look = carry_out(request, stored, form.facts(), now)
    if look is None:
        return redirect("planning:schedule_list", pk=stored.activity_id)
    return look_page(request, stored, form, look)


@require_POST
@coordinator_required
def schedule_make(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put up the dates of a schedule that are missing."""
    schedule = _schedule(request, pk)
    made = make_sessions(by=request.user, schedule=schedule, now=timezone.now())
    messages.success(request, f"{dates(made)} put up.")
    return redirect("planning:schedule_list", pk=schedule.activity_id)


def carry_out(
    request: AuthedRequest,
    stored: Schedule,
    facts: dict[str, Any],
    now: dt.datetime,
    since: dt.date | None = None,
) -> Look | None:
    """Change a schedule if what it does was looked at; what there is to look at otherwise."""
    since = since if since and since > stored.starts_on else None
    change = queries.change_of(stored, facts, now, since)
    looked = "looked" in request.POST
    usual = {"reason": _usual_reason(change)}
    reason = ReasonForm(request.POST if looked else None, initial=usual)
    if not looked or (change.cancelled and not reason.is_valid()):
        return Look(change, reason, UNPROCESSABLE if looked else OK)
    try:
        done = change_schedule(
            by=request.user,
            schedule=stored,
            facts=facts,
            reason=reason.cleaned_data["reason"] if change.cancelled else "",
            seen=request.POST.get("seen", ""),
            agreed=request.POST.get("agreed", ""),
            now=now,
            since=since,
        )
    except ChangedMeanwhileError:
        return Look(change, reason, CONFLICT)
    messages.success(request, said_of(done))
    return None


def look_page(request: AuthedRequest, stored: Schedule, form: Any, look: Look) -> HttpResponse:
    """What will happen to how many dates, before it does."""
    context = {
        "activity": stored.activity,
        "schedule": stored,
        "form": form,
        "change": queries.with_clashes(request.user, look.change),
        "reason": look.reason if look.change.cancelled else None,
        "seen": queries.fingerprint_of_schedule(stored) if stored.pk else "",
        "was_changed": look.status == CONFLICT,
    }
    page = "activities/planning/schedule_look.html"
    return render(request, page, context, status=look.status)


def said_of(done: Change) -> str:
    """What was done, in words."""
    parts = (
        (done.made, "put up"),
        (done.changed, "changed"),
        (done.cancelled, "cancelled"),
        (done.vanishing, "taken away"),
        (done.left_to_come, "not changed"),
    )
    said = [f"{dates(len(steps))} {words}" for steps, words in parts if steps]
    return f"Saved. {', '.join(said)}." if said else "Saved."


def dates(number: int) -> str:
    """How many dates, in words."""
    return "1 date" if number == 1 else f"{number} dates"


def activity_of(request: AuthedRequest, pk: int) -> Activity:
    """An activity that the user plans, or 404."""
    activities = Activity.objects.visible_to(request.user).select_related("hub")
    return get_object_or_404(activities, pk=pk)


def _schedule(request: AuthedRequest, pk: int) -> Schedule:
    schedules = Schedule.objects.visible_to(request.user)
    return get_object_or_404(schedules.select_related("activity__hub", "led_by"), pk=pk)


def _is_ready(request: AuthedRequest, form: ScheduleForm) -> bool:
    """Whether the form is filled in rightly, and nobody asks for it again."""
    return form.is_bound and "change" not in request.POST and form.is_valid()


def _wrong(form: ScheduleForm) -> int:
    return OK if form.is_valid() else UNPROCESSABLE


def _form_page(
    request: AuthedRequest, stored: Schedule, form: ScheduleForm, status: int
) -> HttpResponse:
    is_conflict = status == CONFLICT
    fresh = queries.fingerprint_of_schedule(stored) if stored.pk else ""
    context = {
        "activity": stored.activity,
        "schedule": stored if stored.pk else None,
        "form": form,
        # Until they were told of it, somebody keeps what they began from.
        "seen": fresh if is_conflict else request.POST.get("seen", fresh),
        "was_changed": is_conflict,
        "saved": saved_otherwise(form, stored) if is_conflict else [],
    }
    return render(request, "activities/planning/schedule_form.html", context, status=status)


def _usual_reason(change: Change) -> str:
    """What is mostly meant: another day of the week."""
    moved = any(step.why == queries.NOT_ITS_DAY for step in change.cancelled)
    return f"Now on {WEEKDAY_NAMES[change.wanted.weekday]}s." if moved else ""


WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
