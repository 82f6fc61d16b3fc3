"""What parents see behind secret addresses: no cookie, no session, and nobody else's child."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import link_only
from accounts.limits import Limit, is_within, is_within_for_all
from activities.models import ActivityText, Session
from hubs.wording import current_edition, put_into_words
from participants.forms.bookings import ParentForm
from participants.models import Booking, BookingLink
from participants.queries.bookings import booking_of, link_of, number_of, room_at
from participants.services import booking_links
from participants.services.booking_links import WaitingListFullError, new_token
from participants.services.bookings import BookingError, NewPerson, cancel_booking

# A family books in one go; whoever finds a link that was passed on cannot fill a list from one
# place, nor all of them together in a moment.
FROM_ONE_PLACE = Limit("book by a link", times=8, period=dt.timedelta(days=1))
BY_ONE_LINK = Limit("book by a link", times=60, period=dt.timedelta(hours=1))


@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def book_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Book a place for a child. Looking changes nothing: messengers look at what they are sent."""
    link, now = _link(token), timezone.now()
    if not _takes_bookings(link, now):
        return _closed(request, link)
    if request.method != "POST":
        return _form_page(request, link, ParentForm(initial={"token": new_token()}))
    form = ParentForm(request.POST)
    if not form.is_valid():
        return _form_page(request, link, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not (
        is_within(FROM_ONE_PLACE, request, link.pk) and is_within_for_all(BY_ONE_LINK, link.pk)
    ):
        return _refused(request, link, HTTPStatus.TOO_MANY_REQUESTS)
    return _book(request, link, form, now)


@require_safe
@link_only
def own_booking(request: HttpRequest, token: str) -> HttpResponse:
    """A parent's own booking: has a place, waits, or is cancelled."""
    booking = _booking(token)
    return _booking_page(request, "participants/bookings/own.html", booking, token)


@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def cancel_own_booking(request: HttpRequest, token: str) -> HttpResponse:
    """Look at it once more, cancel."""
    booking = _booking(token)
    now = timezone.now()
    address = reverse("parents:own_booking", args=[token])
    if not _can_cancel(booking, now):
        return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
    if request.method != "POST":
        return _booking_page(request, "participants/bookings/own_cancel.html", booking, token)
    cancel_booking(booking=booking, by=None, now=now)
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)


def _link(token: str) -> BookingLink:
    link = link_of(token)
    if link is None:
        raise Http404
    return link


def _booking(token: str) -> Booking:
    booking = booking_of(token, timezone.now())
    if booking is None:
        raise Http404
    return booking


def _takes_bookings(link: BookingLink, now: dt.datetime) -> bool:
    session = link.session
    is_to_come = now < session.starts_at and not session.is_cancelled
    return is_to_come and link.is_open(now) and session.places is not None


def _can_cancel(booking: Booking, now: dt.datetime) -> bool:
    session = booking.session
    return booking.cancelled_at is None and not session.is_cancelled and now < session.starts_at


def _book(
    request: HttpRequest, link: BookingLink, form: ParentForm, now: dt.datetime
) -> HttpResponse:
    data = form.cleaned_data
    person = NewPerson(uuid4(), data["given_name"], data["family_name"], data["year_group"])
    try:
        _, token = booking_links.book_by_link(
            link=link, token=data["token"], person=person, now=now
        )
    except WaitingListFullError:
        return _refused(request, link, HTTPStatus.CONFLICT)
    except BookingError:
        return _closed(request, link)
    address = reverse("parents:own_booking", args=[token])
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)


def _form_page(
    request: HttpRequest,
    link: BookingLink,
    form: ParentForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"session": _worded(link.session), "form": form, "room": room_at(link.session)}
    return render(request, "participants/bookings/book.html", context, status=status)


def _closed(request: HttpRequest, link: BookingLink) -> HttpResponse:
    context = {"session": _worded(link.session)}
    page = "participants/bookings/closed.html"
    return render(request, page, context, status=HTTPStatus.GONE)


def _refused(request: HttpRequest, link: BookingLink, status: HTTPStatus) -> HttpResponse:
    context = {"session": _worded(link.session), "is_full": status == HTTPStatus.CONFLICT}
    return render(request, "participants/bookings/refused.html", context, status=status)


def _booking_page(request: HttpRequest, page: str, booking: Booking, token: str) -> HttpResponse:
    now = timezone.now()
    waits = booking.cancelled_at is None and not booking.has_place
    context = {
        "booking": booking,
        "session": _worded(booking.session),
        "token": token,
        "number": number_of(booking) if waits else None,
        "is_over": now >= booking.session.ends_at,
        "can_cancel": _can_cancel(booking, now),
        "is_listed": Session.objects.public().filter(pk=booking.session_id).exists(),
    }
    return render(request, page, context)


def _worded(session: Session) -> Session:
    """The session with its activity in the page's language, as far as it has words in it."""
    put_into_words([session.activity], ActivityText, "activity", current_edition())
    return session
