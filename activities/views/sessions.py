"""One session: everything a young person needs to know before coming. Public."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from accounts.audience import cookie_free_post, public
from accounts.limits import Limit
from accounts.public_pages import kept
from activities.models import Session
from activities.queries.sessions import public_session, session_page
from activities.services.errors import NobodyCanComeError
from activities.services.first_visits import count_first_visit
from activities.structured_data import Addresses, event_json, locale_of
from hubs.pages import render_page
from hubs.wording import current_edition

MIGHT_COME = Limit("might come", times=10, period=dt.timedelta(hours=1))
PICTURE = "og.png"


@public
@kept
def session_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything a young person needs to know before coming.

    With `?thanks` to somebody who has just said that they might come.
    """
    now = timezone.now()
    session = _public_session(pk)
    shown = session_page(session, now, current_edition())
    addresses = _addresses(request, session)
    context = {
        "now": now,
        "session": session,
        "page": shown,
        "addresses": addresses,
        "event_json": event_json(shown, addresses) if shown.is_shown_elsewhere else "",
        "says_thanks": "thanks" in request.GET and shown.can_come,
    }
    return render_page(request, "activities/session_detail.html", context)


@cookie_free_post(MIGHT_COME)
def might_come(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Count somebody who might come for the first time, and keep nothing else of them."""
    session = get_object_or_404(Session.objects.public(), pk=pk)
    address = reverse("activities:session_detail", kwargs={"pk": pk})
    with suppress(NobodyCanComeError):
        count_first_visit(session=session, now=timezone.now())
        address = f"{address}?thanks"
    return HttpResponseRedirect(address, status=303)


def _public_session(pk: UUID) -> Session:
    try:
        return public_session(pk)
    except Session.DoesNotExist as error:
        raise Http404 from error


def _addresses(request: HttpRequest, session: Session) -> Addresses:
    page = reverse("activities:session_detail", kwargs={"pk": session.pk})
    return Addresses(
        page=request.build_absolute_uri(page),
        picture=request.build_absolute_uri(static(PICTURE)),
        locale=locale_of(current_edition().language),
    )
