"""Places at a session: set, booked, cancelled and given to parents by a link. For coordinators."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import AuthedRequest, coordinator_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import Session
from participants.forms import bookings as forms
from participants.models import Booking, BookingLink
from participants.queries.bookings import bookings_of, person_at_my_hubs, person_of
from participants.queries.people import people_named, possible_matches
from participants.services import booking_links, bookings
from participants.services.bookings import BookingError, NewPerson

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def session_bookings(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Who has a place and who waits; looking somebody up is sent as a form's body.

    So no child's name stands in an address.
    """
    session = _session(request, pk)
    if request.method != "POST":
        return _page(request, session)
    search = forms.SearchForm(request.POST)
    if not search.is_valid():
        return _page(request, session, search=search, status=UNPROCESSABLE)
    people = people_named(request.user, search.cleaned_data["q"])
    new = forms.NewPersonForm(
        initial={"person_id": uuid4(), "given_name": search.cleaned_data["q"]}
    )
    return _page(request, session, search=search, people=people, searched=True, new=new)


@require_POST
@coordinator_required
def set_places(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say how many can come, or that nobody has to book."""
    session = _session(request, pk)
    form = forms.PlacesForm(request.POST)
    if not form.is_valid():
        return _page(request, session, places=form, status=UNPROCESSABLE)
    places = form.cleaned_data["places"]
    said = "Nobody has to book." if places is None else f"Saved. Places: {places}."
    return _do(
        request,
        session,
        said,
        lambda: bookings.set_places(
            session=session, places=places, by=request.user, now=timezone.now()
        ),
    )


@require_POST
@coordinator_required
def book(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Book for somebody the hub knows."""
    session = _session(request, pk)
    person = person_at_my_hubs(request.user, _uuid(request.POST.get("person", "")))
    if person is None:
        raise Http404
    return _say_booked(
        request,
        session,
        lambda: bookings.book(
            session=session, participant=person, by=request.user, now=timezone.now()
        ),
    )


@require_POST
@coordinator_required
def book_new_person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Book for somebody new, after asking whether it is somebody the hub knows already."""
    session = _session(request, pk)
    form = forms.NewPersonForm(request.POST)
    if not form.is_valid():
        return _page(request, session, new=form, searched=True, people=[], status=UNPROCESSABLE)
    data = form.cleaned_data
    if "is_new" not in request.POST:
        matches = possible_matches(
            session,
            participant_id=data["person_id"],
            given_name=data["given_name"],
            year_group=data["year_group"],
        )
        if matches:
            record_audit(by=request.user, kind=AuditKind.BOOKINGS_READ, about=session)
            context = {"session": session, "form": form, "matches": matches}
            return render(request, "participants/bookings/match.html", context)
    person = NewPerson(
        data["person_id"], data["given_name"], data["family_name"], data["year_group"]
    )
    return _say_booked(
        request,
        session,
        lambda: bookings.book_new_person(
            session=session, person=person, by=request.user, now=timezone.now()
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def cancel_booking(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Look at it once more, cancel."""
    booking = _booking(request, pk)
    session = booking.session
    if booking.cancelled_at is not None:
        return _back(session)
    if request.method != "POST":
        record_audit(by=request.user, kind=AuditKind.BOOKINGS_READ, about=session)
        context = {"booking": booking, "session": session, "person": person_of(booking)}
        return render(request, "participants/bookings/cancel.html", context)
    return _do(
        request,
        session,
        "The booking is cancelled.",
        lambda: bookings.cancel_booking(booking=booking, by=request.user, now=timezone.now()),
    )


@require_POST
@coordinator_required
def move_booking(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say that a booking is somebody's whom the hub knows."""
    booking = _booking(request, pk)
    person = person_at_my_hubs(request.user, _uuid(request.POST.get("person", "")))
    if person is None:
        raise Http404
    return _do(
        request,
        booking.session,
        f"The booking is now {person.register_name}'s, whom the hub knows.",
        lambda: bookings.move_booking(
            booking=booking, participant=person, by=request.user, now=timezone.now()
        ),
    )


@require_POST
@coordinator_required
def make_link(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Make a link for parents, and show its address once."""
    session = _session(request, pk)
    form = forms.LinkForm(request.POST, session=session)
    if not form.is_valid():
        return _page(request, session, link=form, status=UNPROCESSABLE)
    try:
        _, token = booking_links.make_link(
            session=session,
            expires_at=form.cleaned_data["expires_at"],
            by=request.user,
            now=timezone.now(),
        )
    except BookingError as error:
        form.add_error("expires_at", str(error))
        return _page(request, session, link=form, status=UNPROCESSABLE)
    address = request.build_absolute_uri(reverse("parents:book", args=[token]))
    return _page(request, session, made_address=address)


@require_POST
@coordinator_required
def close_link(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let nobody book by a link any more."""
    links = BookingLink.objects.visible_to(request.user).select_related("session__activity__hub")
    link = get_object_or_404(links, pk=pk)
    return _do(
        request,
        link.session,
        "The link is closed. What was booked by it stands.",
        lambda: booking_links.close_link(link=link, by=request.user, now=timezone.now()),
    )


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    return get_object_or_404(sessions, pk=pk)


def _booking(request: AuthedRequest, pk: UUID) -> Booking:
    rows = Booking.objects.visible_to(request.user).select_related(
        "session__activity__hub", "participant__merged_into"
    )
    return get_object_or_404(rows, pk=pk)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _say_booked(
    request: AuthedRequest, session: Session, act: Callable[[], Booking]
) -> HttpResponse:
    try:
        booking = act()
    except BookingError as error:
        messages.error(request, str(error))
        return _back(session)
    name = booking.participant.register_name
    if booking.has_place:
        messages.success(request, f"{name} has a place.")
    else:
        messages.warning(request, f"All places are taken. {name} is on the waiting list.")
    return _back(session)


def _do(
    request: AuthedRequest, session: Session, said: str, act: Callable[[], object]
) -> HttpResponse:
    try:
        act()
    except BookingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return _back(session)


def _back(session: Session) -> HttpResponse:
    return redirect("participants:session_bookings", pk=session.pk)


def _page(
    request: AuthedRequest,
    session: Session,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    record_audit(by=request.user, kind=AuditKind.BOOKINGS_READ, about=session)
    now = timezone.now()
    context |= {
        "session": session,
        "bookings": bookings_of(session, request.user, now),
        "is_over": now >= session.ends_at,
        "can_book": not session.is_cancelled and now < session.ends_at,
        "can_link": not session.is_cancelled and now < session.starts_at,
    }
    context.setdefault("places", forms.PlacesForm(initial={"places": session.places}))
    context.setdefault("search", forms.SearchForm())
    context.setdefault("link", forms.LinkForm(session=session))
    return render(request, "participants/bookings/session.html", context, status=status)
