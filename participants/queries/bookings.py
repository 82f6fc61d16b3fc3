"""Who has a place at a session, who waits for one, and who did not come."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from activities.models import Session
from participants.models import Booking, Participant


@dataclass(frozen=True)
class Booked:
    """One person who booked: the root record, and whether they have a place or wait for one."""

    participant: Participant
    has_place: bool


def booked_people(session: Session) -> dict[UUID, Booked]:
    """By root person who has a place or waits, in one query.

    Who has a place, by any of the records merged into one, does not wait as well.
    """
    bookings = (
        Booking.objects.filter(session=session)
        .standing()
        .select_related("participant__merged_into")
        .order_by("has_place", "booked_at", "pk")
    )
    return {root.pk: Booked(root, each.has_place) for each in bookings if (root := person_of(each))}


def person_of(booking: Booking) -> Participant:
    """The person of a booking: the record that theirs was merged into, or theirs."""
    return booking.participant.merged_into or booking.participant
