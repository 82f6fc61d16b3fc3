"""Dated sessions of the timetable and what becomes of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from activities.models import CountMethod, Delivery, SessionKind
from derby_portal.seeding.chance import chance, pick, seed_id, weighted, whole
from derby_portal.seeding.dates import london
from derby_portal.seeding.week import TIMETABLE, Offer, Slot

LATE_EVENING = dt.time(20, 0)
CANCELLED_BECAUSE = (
    "The hall was double-booked.",
    "The coach was unwell.",
    "Heavy snow: the building stayed closed.",
    "No heating at the venue.",
    "Moved to the roadshow weekend.",
)


class Fate(Enum):
    """What becomes of a session."""

    TAKEN = "register taken"
    COUNTED = "open to all: people counted, no register"
    MISSING = "register never taken, nothing logged"
    LOGGED = "register never taken, but logged as delivered"
    CANCELLED = "cancelled"


FATES = (
    (Fate.TAKEN, 91.0),
    (Fate.COUNTED, 1.5),
    (Fate.MISSING, 3.0),
    (Fate.LOGGED, 1.0),
    (Fate.CANCELLED, 3.5),
)


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One dated session. Extra occasions (roadshows, training) have no slot."""

    id: UUID
    offer_key: str
    slot: Slot | None
    kind: SessionKind
    starts_at: dt.datetime
    ends_at: dt.datetime
    fate: Fate
    reason: str = ""
    cut_short_by: int = 0
    head_count: int = 0
    count_method: CountMethod = CountMethod.ESTIMATED

    @property
    def delivered_until(self) -> dt.datetime:
        return self.ends_at - dt.timedelta(minutes=self.cut_short_by)

    @property
    def minutes(self) -> int:
        """Planned length in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def delivery(self) -> Delivery:
        """What the session log says once the session is over."""
        if self.fate in {Fate.MISSING, Fate.CANCELLED}:
            return Delivery.UNKNOWN
        return Delivery.CUT_SHORT if self.cut_short_by else Delivery.DELIVERED


def timetable_sessions(dates: Iterable[dt.date]) -> Iterator[SessionPlan]:
    """The sessions of the timetable on these dates, in order of date."""
    for day in dates:
        for offer in TIMETABLE:
            for slot in offer.slots:
                if slot.weekday == day.weekday():
                    yield planned_session(offer, slot, day)


def planned_session(offer: Offer, slot: Slot, day: dt.date) -> SessionPlan:
    """One session and its fate, which depend on nothing but offer, slot and date.

    Sessions that last until eight in the evening or later are never cancelled, so that no
    evening is empty.
    """
    key = (offer.key, day.isoformat(), slot.starts.isoformat("minutes"))
    rng = chance("session", *key)
    fate = weighted(rng, FATES)
    if fate is Fate.CANCELLED and slot.ends >= LATE_EVENING:
        fate = Fate.TAKEN
    return SessionPlan(
        id=seed_id("session", *key),
        offer_key=offer.key,
        slot=slot,
        kind=SessionKind.REGULAR,
        starts_at=london(day, slot.starts),
        ends_at=london(day, slot.ends),
        fate=fate,
        reason=pick(rng, CANCELLED_BECAUSE) if fate is Fate.CANCELLED else "",
        cut_short_by=30 if fate is Fate.TAKEN and rng.random() < 0.02 else 0,
        head_count=whole(rng, 9, 26) if fate is Fate.COUNTED else 0,
    )
