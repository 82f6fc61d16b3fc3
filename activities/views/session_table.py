"""The table of sessions, and changing many of them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from accounts.tables import sort_and_page
from activities.handlers import booked_among
from activities.planning_forms.bulk import Act, ActForm, PickForm, form_for
from activities.queries.clashes import Clash, Occurrence, clashes_of
from activities.queries.session_table import leaders_for, left_alone, sessions_for
from activities.services.bulk import MOST, Outcome, change_sessions, outcome_of
from activities.session_filters import SessionTableFilter
from activities.tables import SessionTable

PER_PAGE = 25
UNPROCESSABLE = 422
# What becomes of sessions is looked at once more before it is done.
LOOKED_AT = {Act.CANCEL, Act.MOVE}
SAYS = {
    Act.CONFIRM: "confirmed",
    Act.CANCEL: "cancelled",
    Act.MOVE: "moved",
    Act.PLACES: "changed",
    Act.LEADER: "changed",
}


@require_safe
@coordinator_required
def session_table(request: AuthedRequest) -> HttpResponse:
    """Every session of the user's hubs, filtered and sorted as the address says."""
    found = _filtered(request, request.GET)
    table = SessionTable(found.qs)
    sort_and_page(request, table, rows=PER_PAGE)
    context = {"filter": found, "table": table, "most": MOST, "acts": Act}
    return render(request, "activities/planning/session_table.html", context)


@require_POST
@coordinator_required
def session_bulk(request: AuthedRequest) -> HttpResponse:
    """One change of many sessions: say what, look at which, done."""
    picked = PickForm(request.POST)
    if not picked.is_valid():
        return _back(request, problem=_problem_of(picked))
    act, ids = Act(picked.cleaned_data["act"]), _ids(request, picked)
    if len(ids) > MOST:
        return _back(request, problem=f"That is {len(ids)} sessions. Pick {MOST} at the most.")
    if not ids:
        return _back(request, problem="Tick at least one session first.")
    step = "do" if act is Act.CONFIRM else request.POST.get("step", "")
    form = form_for(act, request.POST if step else None, leaders_for(request.user))
    is_filled_in = step in {"look", "do"} and form.is_valid()
    if is_filled_in and (step == "do" or act not in LOOKED_AT):
        return _do(request, act, ids, form)
    return _show(request, act, ids, form, is_look=is_filled_in)


def _filtered(request: AuthedRequest, data: QueryDict) -> SessionTableFilter:
    user = request.user
    return SessionTableFilter(data, sessions_for(user), user=user, now=timezone.now())


def _problem_of(form: PickForm) -> str:
    return " ".join(str(each) for each in form.non_field_errors()) or "Choose what to do."


def _ids(request: AuthedRequest, picked: PickForm) -> set[UUID]:
    """Those picked, or all that the filter finds; one too many says that there are too many.

    A filter that is none any more, such as a person who has left, would find all that there are.
    """
    if picked.cleaned_data["every"]:
        found = _filtered(request, QueryDict(picked.cleaned_data["query"]))
        return set(found.qs.values_list("pk", flat=True)) if found.is_valid() else set()
    ids: set[UUID] = picked.cleaned_data["ids"]
    if sessions_for(request.user).filter(pk__in=ids).count() != len(ids):
        raise Http404
    return ids


def _show(
    request: AuthedRequest, act: Act, ids: set[UUID], form: ActForm, *, is_look: bool
) -> HttpResponse:
    """What is asked for, or what would become of which sessions."""
    now = timezone.now()
    sessions = sessions_for(request.user).filter(pk__in=ids).order_by("starts_at", "pk")
    context: dict[str, Any] = {"act": act, "form": form, "query": request.POST.get("query", "")}
    context |= {"ids": " ".join(map(str, ids)), "is_look": is_look}
    if is_look:
        outcome = outcome_of(form.change(), sessions, now)
        booked = booked_among([each.session.pk for each in outcome.changed])
        context |= {"outcome": outcome, "clashes": _clashes(request, act, outcome)}
        context |= {"booked": len(booked)}
    else:
        left = [(each, reason) for each in sessions if (reason := left_alone(each, now))]
        gone = {each.pk for each, _ in left}
        context |= {"left": left, "sessions": [each for each in sessions if each.pk not in gone]}
    status = UNPROCESSABLE if form.errors and not is_look else 200
    return render(request, "activities/planning/session_table_act.html", context, status=status)


def _clashes(request: AuthedRequest, act: Act, outcome: Outcome) -> list[Clash]:
    """What is at the same place or with the same person at the new times."""
    if act is not Act.MOVE:
        return []
    moved = []
    for each in outcome.changed:
        there = Occurrence.of(each.session, each.session.activity)
        times = {name: each.values[name] for name in ("starts_at", "ends_at")}
        # As if they were new, so that they are held against each other as well.
        moved.append(replace(there, session_id=None, **times))
    return clashes_of(request.user, moved, ignoring=[each.session.pk for each in outcome.changed])


def _do(request: AuthedRequest, act: Act, ids: set[UUID], form: ActForm) -> HttpResponse:
    outcome = change_sessions(by=request.user, ids=ids, change=form.change(), now=timezone.now())
    done = len(outcome.changed)
    said = [f"{_count(done)} {SAYS[act]}."]
    if outcome.left:
        reasons = ", ".join(f"{reason.label} ({count})" for reason, count in outcome.reasons)
        said.append(f"{len(outcome.left)} not changed: {reasons}.")
    (messages.success if done else messages.warning)(request, " ".join(said))
    return _back(request)


def _count(number: int) -> str:
    return "1 session" if number == 1 else f"{number} sessions"


def _back(request: AuthedRequest, problem: str = "") -> HttpResponse:
    """To the same list as before."""
    if problem:
        messages.error(request, problem)
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    address = reverse("planning:session_table")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
