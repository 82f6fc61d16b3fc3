"""Planning: what is listed, whether it is right, and whether it is on. For coordinators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import holds_any
from accounts.audience import AuthedRequest, coordinator_required
from activities.access import SETTING_ROLES
from activities.models import Activity, ActivityText, Session, SessionQuerySet
from activities.planning_forms.cancelling import CancelForm
from activities.planning_forms.describing import (
    CheckForm,
    FactsForm,
    WordsForm,
    saved_otherwise,
)
from activities.queries import planning as queries
from activities.services.describing import change_activity, check_words, put_words
from activities.services.errors import ChangedMeanwhileError, NoWordsError, PlanningError
from activities.services.standing import cancel_session, confirm_sessions, restore_session
from hubs.models import Hub
from hubs.wording import Edition, edition_of

CONFLICT, UNPROCESSABLE = 409, 422


@require_safe
@coordinator_required
def planning(request: AuthedRequest) -> HttpResponse:
    """What is to come at one of the user's hubs, and how long it stays listed.

    `?at=` is the activity that something was done with: its card says what.
    """
    places = queries.places_of(request.user)
    wanted = request.GET.get("hub")
    place = next((each for each in places if wanted in {None, each.slug}), None)
    if wanted is not None and place is None:
        raise Http404
    plan = queries.plan_of(request.user, place, timezone.now()) if place else None
    context = {
        "places": places,
        "plan": plan,
        "landed": _landed(plan, request.GET.get("at", "")),
        "may_set_up": bool(place and place.hub) and holds_any(request.user, SETTING_ROLES),
    }
    return render(request, "activities/planning/planning.html", context)


def _landed(plan: queries.Plan | None, number: str) -> int | None:
    """The activity whose card says what was done, if it is on the page."""
    shown = {str(each.activity.pk): each.activity.pk for each in plan.activities} if plan else {}
    return shown.get(number)


@require_POST
@coordinator_required
def confirm_activity(request: AuthedRequest, pk: int) -> HttpResponse:
    """One tap: every date to come of this activity is right."""
    activity = _activity(request, pk)
    sessions = Session.objects.visible_to(request.user).filter(activity=activity)
    return _confirm(request, sessions, activity.hub, pk)


@require_POST
@coordinator_required
def confirm_hub(request: AuthedRequest, slug: str) -> HttpResponse:
    """One tap: everything that is listed at this hub is right."""
    hub = get_object_or_404(Hub.objects.visible_to(request.user), slug=slug)
    sessions = Session.objects.visible_to(request.user).filter(activity__hub=hub)
    return _confirm(request, sessions, hub)


def _confirm(
    request: AuthedRequest, sessions: SessionQuerySet, hub: Hub | None, activity: int | None = None
) -> HttpResponse:
    confirmed = confirm_sessions(by=request.user, sessions=sessions, now=timezone.now())
    dates = "1 date" if confirmed == 1 else f"{confirmed} dates"
    messages.success(request, f"Thank you. {dates} confirmed today.")
    return _back(hub, activity)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_cancel(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say why, look once more at what everybody will read, cancel."""
    session = _session(request, pk)
    form = CancelForm(request.POST or None)
    context = {"session": session, "form": form}
    if session.is_cancelled:
        return redirect("planning:session_restore", pk=pk)
    if not form.is_bound or "change" in request.POST:
        return render(request, "activities/planning/cancel.html", context)
    if not form.is_valid():
        page = "activities/planning/cancel.html"
        return render(request, page, context, status=UNPROCESSABLE)
    if "looked" not in request.POST:
        return render(request, "activities/planning/cancel_look.html", context)
    return _cancel(request, session, form.says)


def _cancel(request: AuthedRequest, session: Session, reason: str) -> HttpResponse:
    try:
        cancel_session(by=request.user, session=session, reason=reason, now=timezone.now())
    except PlanningError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Cancelled. Everybody who looks sees it from now on.")
    return _back_to(session)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_restore(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Look at what was cancelled, and take that back."""
    session = _session(request, pk)
    if request.method != "POST":
        context = {"session": session, "is_over": session.ends_at <= timezone.now()}
        return render(request, "activities/planning/restore.html", context)
    try:
        restore_session(by=request.user, session=session, now=timezone.now())
    except PlanningError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is on again. Everybody who looks sees it from now on.")
    return _back_to(session)


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def activity_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """The facts of a first visit."""
    activity = _activity(request, pk)
    form = FactsForm(request.POST or None, instance=_activity(request, pk))
    status = _save_facts(request, activity, form)
    if status is None:
        return _back(activity.hub, pk)
    context = {
        "activity": activity,
        "form": form,
        "editions": queries.edition_states(activity),
        "seen": queries.fingerprint_of(activity),
        "saved": saved_otherwise(form, activity) if status == CONFLICT else [],
        "was_changed": status == CONFLICT,
    }
    return render(request, "activities/planning/activity_edit.html", context, status=status)


def _save_facts(request: AuthedRequest, activity: Activity, form: FactsForm) -> int | None:
    """The status of the page to show again, none where everything is saved."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return UNPROCESSABLE
    what: dict[str, Any] = {"by": request.user, "activity": activity, "facts": form.facts()}
    try:
        change_activity(**what, seen=request.POST.get("seen", ""), now=timezone.now())
    except ChangedMeanwhileError:
        return CONFLICT
    messages.success(request, "Saved. Visitors see it from now on.")
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def activity_words(request: AuthedRequest, pk: int, language: str) -> HttpResponse:
    """An activity's words in Easy Read or in another language, with the English beside."""
    activity = _activity(request, pk)
    edition = _edition(activity, language)
    text = _text(activity, edition)
    is_check = "check" in request.POST
    words = WordsForm(
        None if is_check else request.POST or None,
        instance=text,
        edition=edition,
        activity=activity,
    )
    check = CheckForm(request.POST if is_check else None, now=timezone.now())
    status = _save_words(request, activity, edition, check if is_check else words)
    if status is None:
        return redirect("planning:activity_words", pk=pk, language=language)
    standing = _text(activity, edition)
    context = {
        "activity": activity,
        "text": standing,
        "seen": queries.fingerprint_of(standing),
        "was_changed": status == CONFLICT,
        "saved": saved_otherwise(words, standing) if status == CONFLICT and not is_check else [],
        "words": words,
        "check": check,
        "code": language,
        "edition": edition,
        "editions": queries.edition_states(activity),
    }
    return render(request, "activities/planning/activity_words.html", context, status=status)


def _save_words(
    request: AuthedRequest, activity: Activity, edition: Edition, form: WordsForm | CheckForm
) -> int | None:
    """The status of the page to show again, none where the next page says what was done."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return UNPROCESSABLE
    what: dict[str, Any] = {"by": request.user, "activity": activity, "edition": edition}
    what |= {"seen": request.POST.get("seen", ""), "now": timezone.now()}
    try:
        if isinstance(form, CheckForm):
            _check(request, what | form.cleaned_data)
        else:
            put_words(**what, words=form.cleaned_data)
            messages.success(request, "Saved.")
    except ChangedMeanwhileError:
        return CONFLICT
    return None


def _check(request: AuthedRequest, what: dict[str, Any]) -> None:
    try:
        check_words(**what)
    except NoWordsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Marked as checked.")


def _activity(request: AuthedRequest, pk: int) -> Activity:
    activities = Activity.objects.visible_to(request.user).select_related("hub")
    return get_object_or_404(activities, pk=pk)


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    return get_object_or_404(queries.with_first_timers(sessions), pk=pk)


def _edition(activity: Activity, language: str) -> Edition:
    """Every edition but plain English, which stands on the activity itself."""
    if language not in {state.code for state in queries.edition_states(activity)}:
        raise Http404
    return edition_of(language)


def _text(activity: Activity, edition: Edition) -> ActivityText:
    key = {"language": edition.language, "variant": edition.variant}
    return activity.texts.filter(**key).first() or ActivityText(activity=activity, **key)


def _back_to(session: Session) -> HttpResponse:
    """The card of the session's activity, which says what has become of it."""
    return _back(session.activity.hub, session.activity_id)


def _back(hub: Hub | None, activity: int | None = None) -> HttpResponse:
    """Where it is said what was done: at an activity's card, else on top."""
    slug = hub.slug if hub else queries.CITYWIDE
    part = f"&at={activity}#activity-{activity}" if activity else "#main"
    return HttpResponseRedirect(f"{reverse('planning:planning')}?hub={slug}{part}")
