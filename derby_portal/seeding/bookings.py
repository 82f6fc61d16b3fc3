"""Places at a workshop: one to come with a waiting list, and one where two did not come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from activities.models import Session, london_midnight
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import seed_id
from derby_portal.seeding.dates import DAY
from derby_portal.seeding.framework import activity_keys
from derby_portal.seeding.standing import one_seed_at_a_time
from derby_portal.seeding.term import Added
from participants.models import ATTENDED, Booking, Participant, ParticipantQuerySet
from participants.services.booking_links import book_by_link, make_link, new_token
from participants.services.bookings import NewPerson, book, set_places

WORKSHOP = "arboretum/carnival-costumes-with-emccan"
PLACES, WAITING, MISSED = 6, 3, 2
MINUTE = dt.timedelta(minutes=1)
# How far round today the two workshops lie, and how long before the one that is over people booked.
WINDOW = 8 * DAY
BOOKED_BEFORE = 5 * DAY
LATELY = 28 * DAY


@transaction.atomic
def add_bookings(today: dt.date) -> Added:
    """Book places as the demo's coordinator, where nobody has; nothing where there is none."""
    one_seed_at_a_time()
    by = User.objects.filter(email=SIGN_INS[0].email).first()
    activity = activity_keys().get(WORKSHOP)
    if by is None or activity is None:
        return Added()
    sessions = Session.objects.filter(activity=activity, cancelled_at__isnull=True)
    midnight = london_midnight(today)
    over = sessions.filter(
        starts_at__gte=midnight - WINDOW, ends_at__lt=midnight, register_taken_at__isnull=False
    )
    to_come = sessions.filter(starts_at__gte=midnight + DAY, starts_at__lt=midnight + DAY + WINDOW)
    _book_past(over.order_by("starts_at").first(), by)
    return _book_to_come(to_come.order_by("starts_at").first(), by, midnight - DAY)


def _book_past(session: Session | None, by: User) -> None:
    """Everybody who came had booked, and so had two who did not come."""
    if session is None or _is_booked(session):
        return
    came = _members(session).filter(attendances__session=session, attendances__status__in=ATTENDED)
    others = Participant.objects.filter(
        registrations__hub=session.activity.hub_id, is_complete=True
    )
    missed = others.exclude(pk__in=came.values("pk")).order_by("-created_at", "pk")[:MISSED]
    people = [*came, *missed]
    _book_all(session, people, len(people), by, session.starts_at - BOOKED_BEFORE)


def _book_to_come(session: Session | None, by: User, now: dt.datetime) -> Added:
    """More than there are places, the last of them a child whom a parent booked by a link."""
    if session is None or _is_booked(session):
        return Added()
    members = list(_members(session)[: PLACES + WAITING])
    if not members:
        return Added()
    _book_all(session, members, PLACES, by, now - DAY)
    link, _ = make_link(session=session, expires_at=session.starts_at, by=by, now=now)
    child = NewPerson(
        seed_id("booked", session.pk), members[0].given_name, "Sampleton", members[0].year_group
    )
    book_by_link(link=link, token=new_token(), person=child, now=now)
    return Added(people=1)


def _is_booked(session: Session) -> bool:
    """Whether somebody has worked on its places already."""
    return session.places is not None or Booking.objects.filter(session=session).exists()


def _members(session: Session) -> ParticipantQuerySet:
    """The hub's people who came to the activity lately, in one order."""
    lately = Participant.objects.filter(
        registrations__hub=session.activity.hub_id,
        attendances__session__activity=session.activity_id,
        attendances__session__starts_at__gte=session.starts_at - LATELY,
    )
    return Participant.objects.filter(pk__in=lately.values("pk")).order_by("pk")


def _book_all(
    session: Session, people: Sequence[Participant], places: int, by: User, now: dt.datetime
) -> None:
    set_places(session=session, places=places, by=by, now=now)
    for number, person in enumerate(people):
        book(session=session, participant=person, by=by, now=now + number * MINUTE)
