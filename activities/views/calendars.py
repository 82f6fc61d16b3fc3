"""Sessions for diaries: one, a hub's, or whatever the list is narrowed to. Public."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.audience import public
from accounts.public_pages import kept
from activities.calendars import CONTENT_TYPE, calendar_of
from activities.filters import SessionFilter, tidy_query
from activities.forms import DayForm
from activities.models import ActivityText, Session, SessionQuerySet, london_today
from activities.queries.sessions import for_calendar, with_everything
from activities.views.listing import CHOICES, redirect_to
from hubs.models import Hub
from hubs.wording import current_edition, put_into_words


@public
@kept
def session_calendar(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One session; there is none for a session that its hub has not confirmed lately."""
    now = timezone.now()
    session = get_object_or_404(with_everything(Session.objects.public()), pk=pk)
    if not session.is_cancelled and session.is_hidden(now):
        raise Http404
    put_into_words([session.activity], ActivityText, "activity", current_edition())
    return _answer(request, [session], session.activity.title, "session")


@public
@kept
def hub_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """What is on at a hub, to subscribe to."""
    hub = get_object_or_404(Hub.objects.public(), slug=slug)
    sessions = Session.objects.public().filter(activity__hub=hub)
    return _feed(request, sessions, f"#ThisIsDerby: {hub}")


@public
@kept
def whats_on_calendar(request: HttpRequest) -> HttpResponse:
    """What the list shows, to subscribe to.

    A date or a week narrows it; today, tomorrow and the like do not, for they move on while
    somebody's calendar stays.
    """
    if (tidy := tidy_query(request.GET, CHOICES)) is not None:
        return redirect_to(request.path, tidy)
    sessions = Session.objects.public()
    days = DayForm(request.GET)
    if days.chosen_day() is None:
        now = timezone.now()
        sessions = days.window(london_today(now)).narrow(sessions, now)
    return _feed(request, SessionFilter(request.GET, queryset=sessions).qs, "#ThisIsDerby")


def _feed(request: HttpRequest, sessions: SessionQuerySet, name: str) -> HttpResponse:
    shown = for_calendar(sessions, timezone.now(), current_edition())
    return _answer(request, shown, name, "thisisderby")


def _answer(request: HttpRequest, sessions: list[Session], name: str, file: str) -> HttpResponse:
    body = calendar_of(sessions, name, _address_of(request))
    response = HttpResponse(body, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{file}.ics"'
    return response


def _address_of(request: HttpRequest) -> Callable[[Session], str]:
    site = request.build_absolute_uri("/")[:-1]

    def address(session: Session) -> str:
        return f"{site}{reverse('activities:session_detail', kwargs={'pk': session.pk})}"

    return address
