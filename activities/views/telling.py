"""Two taps after a session, and an idea: public, without a cookie, a name or a script."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.audience import cookie_free_post, public
from accounts.limits import Limit, is_within, is_within_for_all
from accounts.public_pages import kept
from activities.feedback_forms import IdeaForm, MoodForm, WishForm
from activities.models import ActivityText, Mood, NextWish, Session
from activities.queries.feedback import Opening, opening_of, said_and_done
from activities.queries.sessions import public_session
from activities.services import feedback as services
from activities.services.errors import NotOpenError
from hubs.models import Hub, HubText
from hubs.pages import render_page
from hubs.wording import current_edition, put_into_words

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# A family has one telephone and a hub one network: thirty who tap there at once must fit.
FIRST_TAPS = Limit("say how it was", times=80, period=HOUR)
AT_A_SESSION = Limit("say how one session was", times=40, period=HOUR)
AT_A_SESSION_BY_ALL = Limit("say how one session was", times=500, period=DAY)
SECOND_TAPS = Limit("say what next", times=160, period=HOUR)
IDEAS = Limit("suggest", times=10, period=HOUR)
IDEAS_BY_ALL = Limit("suggest to a hub", times=100, period=DAY)


@require_safe
@public
@kept
def _faces(request: HttpRequest, pk: UUID) -> HttpResponse:
    session = _session(pk)
    context = _about(session) | {"moods": list(reversed(Mood))}
    return render_page(request, "activities/feedback/faces.html", context)


@cookie_free_post(FIRST_TAPS)
def _first_tap(request: HttpRequest, pk: UUID) -> HttpResponse:
    session, form = _session(pk), MoodForm(request.POST)
    if not form.is_valid():
        return _to("activities:feedback", session)
    if not _fits(request, session):
        return render(request, "too_often.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        row, secret = services.tell_mood(session=session, mood=form.chosen, now=timezone.now())
    except NotOpenError:
        return _to("activities:feedback", session)
    said = {"mood": Mood(row.mood), "secret": secret, "wishes": list(NextWish)}
    return render_page(request, "activities/feedback/wishes.html", _about(session) | said)


@wraps(_first_tap)
def feedback(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """How was it? Five faces; what follows a tap stands at the same address.

    So whoever changes the language there is not led to an address that nobody can open.
    """
    return _first_tap(request, pk) if request.method == "POST" else _faces(request, pk)


@cookie_free_post(SECOND_TAPS)
def wish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add what somebody wants next to the answer that the page's secret is for.

    A secret that is none or too old adds nothing, and thanks are said all the same.
    """
    session, form = _session(pk), WishForm(request.POST)
    if form.is_valid():
        with suppress(NotOpenError):
            secret = form.cleaned_data["secret"]
            now = timezone.now()
            services.tell_wish(session=session, secret=secret, wish=form.chosen, now=now)
    return _to("activities:feedback_thanks", session)


@require_safe
@public
@kept
def _thanks(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _thanks_page(request, _session(pk), IdeaForm())


@cookie_free_post(IDEAS)
@sensitive_post_parameters()
def _idea(request: HttpRequest, pk: UUID) -> HttpResponse:
    session, form = _session(pk), IdeaForm(request.POST)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _thanks_page(request, session, form, status=status)
    if not is_within_for_all(IDEAS_BY_ALL, of=session.activity.hub_id):
        return render(request, "too_often.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        words = form.cleaned_data["words"]
        services.suggest(session=session, words=words, now=timezone.now())
    except NotOpenError:
        return _to("activities:feedback", session)
    return _to("activities:feedback_thanks", session, "?sent")


@wraps(_idea)
def thanks(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Thank you, and an idea for the hub where somebody has one; with `?sent` it has come."""
    return _idea(request, pk) if request.method == "POST" else _thanks(request, pk)


@require_safe
@public
@kept
def said_and_done_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All that a hub says it did because young people asked for it."""
    hub, edition = get_object_or_404(Hub.objects.public(), slug=slug), current_edition()
    put_into_words([hub], HubText, "hub", edition)
    rows = said_and_done(hub, timezone.now(), edition)
    return render_page(request, "activities/feedback/said_did.html", {"hub": hub, "rows": rows})


def _session(pk: UUID) -> Session:
    try:
        return public_session(pk)
    except Session.DoesNotExist as error:
        raise Http404 from error


def _about(session: Session) -> dict[str, Any]:
    put_into_words([session.activity], ActivityText, "activity", current_edition())
    return {
        "session": session,
        "activity": session.activity,
        "hub": session.activity.hub,
        "opening": opening_of(session, timezone.now()),
    }


def _thanks_page(
    request: HttpRequest, session: Session, form: IdeaForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = _about(session)
    is_sent = "sent" in request.GET
    takes_ideas = context["opening"] is Opening.OPEN and context["hub"] and not is_sent
    context |= {"form": form, "is_sent": is_sent, "takes_ideas": bool(takes_ideas)}
    return render_page(request, "activities/feedback/thanks.html", context, status=status)


def _fits(request: HttpRequest, session: Session) -> bool:
    """Whether the visitor, and everybody together, may say yet more of this session."""
    if not is_within(AT_A_SESSION, request, of=session.pk):
        return False
    return is_within_for_all(AT_A_SESSION_BY_ALL, of=session.pk)


def _to(name: str, session: Session, query: str = "") -> HttpResponse:
    address = reverse(name, kwargs={"pk": session.pk})
    return HttpResponseRedirect(f"{address}{query}", status=HTTPStatus.SEE_OTHER)
