"""The five roadshows, the celebration, and training for those who deliver.

The celebration's date, place and number are facts; dates and numbers of roadshows and training
are made up, and the roadshows' numbers say so by being estimates.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from activities.models import CountMethod, Kind, SessionKind
from derby_portal.seeding import partners as by
from derby_portal.seeding.chance import seed_id
from derby_portal.seeding.dates import CELEBRATION, london
from derby_portal.seeding.sessions import Fate, SessionPlan


class Occasion(NamedTuple):
    """Something that happened once; citywide where there is no hub."""

    hub: str | None
    title: str
    partner: str
    kind: SessionKind
    family: Kind
    strand: str
    summary: str
    venue: str
    day: dt.date
    starts: dt.time
    ends: dt.time
    people: int = 0
    method: CountMethod = CountMethod.ESTIMATED

    @property
    def key(self) -> str:
        """Names the activity in seeded ids; the date keeps two of one title apart."""
        return f"occasion/{self.day.isoformat()}"

    @property
    def min_age(self) -> int:
        """From 16 for training, from 5 for everything else."""
        return 16 if self.kind is SessionKind.TRAINING else 5


def _roadshow(hub: str, day: dt.date, people: int, partner: str) -> Occasion:
    return Occasion(
        hub=hub,
        title=f"#ThisIsDerby Roadshow: {hub}",
        partner=partner,
        kind=SessionKind.ROADSHOW,
        family=Kind.CULTURE,
        strand="Roadshow",
        summary="Try a bit of everything that the hub has to offer, with its coaches and artists.",
        venue=f"{hub} community centre",
        day=day,
        starts=dt.time(11, 0),
        ends=dt.time(15, 0),
        people=people,
    )


def _training(day: dt.date, topic: str, venue: str) -> Occasion:
    return Occasion(
        hub=None,
        title=f"Training for artists and coaches: {topic}",
        partner=by.CULTURE_PARTNERSHIP,
        kind=SessionKind.TRAINING,
        family=Kind.CULTURE,
        strand="Training",
        summary="How to build life skills in what you do with young people.",
        venue=venue,
        day=day,
        starts=dt.time(9, 30),
        ends=dt.time(12, 30),
    )


OCCASIONS: tuple[Occasion, ...] = (
    _training(dt.date(2018, 10, 4), "the six life skills", "QUAD"),
    _roadshow("Sinfin", dt.date(2018, 10, 24), 140, by.TRUST),
    _training(dt.date(2018, 11, 15), "resilience and persistence", "Derby Theatre"),
    _roadshow("Normanton", dt.date(2019, 2, 20), 180, by.EMCCAN),
    _training(dt.date(2019, 3, 7), "young leaders", "QUAD"),
    _roadshow("Alvaston", dt.date(2019, 4, 13), 160, by.TRUST),
    _training(dt.date(2019, 5, 16), "listening and reflecting", "Derby Theatre"),
    _roadshow("Derwent", dt.date(2019, 5, 29), 120, by.DEDA),
    _roadshow("Mackworth", dt.date(2019, 6, 15), 150, by.TRUST),
    Occasion(
        hub=None,
        title="#ThisIsDerby Celebration",
        partner=by.TRUST,
        kind=SessionKind.CELEBRATION,
        family=Kind.CULTURE,
        strand="Celebration",
        summary="Circus skills, arts workshops, dance, drumming, penalty shootout, basketball.",
        venue="Market Place",
        day=CELEBRATION,
        starts=dt.time(11, 0),
        ends=dt.time(16, 0),
        people=1500,
        method=CountMethod.COUNTED,
    ),
)


def occasion_session(occasion: Occasion) -> SessionPlan:
    """The one session of an occasion: head-counts for crowds, a register for training."""
    is_training = occasion.kind is SessionKind.TRAINING
    return SessionPlan(
        id=seed_id("session", occasion.key),
        offer_key=occasion.key,
        slot=None,
        kind=occasion.kind,
        starts_at=london(occasion.day, occasion.starts),
        ends_at=london(occasion.day, occasion.ends),
        fate=Fate.TAKEN if is_training else Fate.COUNTED,
        head_count=occasion.people,
        count_method=occasion.method,
    )
