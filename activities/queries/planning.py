"""Reads for those who plan: what is to come, how sure it is, and how many might come."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from math import ceil

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from accounts.access import EVERY_HUB, holds_any
from accounts.models import User
from activities.models import (
    HIDDEN_AFTER,
    STALE_AFTER,
    Activity,
    ActivityText,
    Closure,
    Session,
    SessionQuerySet,
    london_today,
)
from hubs.models import Hub
from hubs.wording import edition_of

DAY = dt.timedelta(days=1)
# Names, where a hub's slug would stand, what is at no hub.
CITYWIDE = "citywide"


class Freshness(IntEnum):
    """How long ago the hub stood by what is listed; the more urgent the lower."""

    HIDDEN = 0
    STALE = 1
    FRESH = 2


@dataclass(frozen=True)
class Countdown:
    """What becomes of a listing that nobody confirms, and in how many days, begun ones counted.

    `at` is when it is hidden, or steps down; for one that is hidden, since when.
    """

    freshness: Freshness
    at: dt.datetime
    days: int

    @property
    def is_hidden(self) -> bool:
        return self.freshness is Freshness.HIDDEN

    @property
    def is_stale(self) -> bool:
        return self.freshness is Freshness.STALE


@dataclass(frozen=True)
class PlannedDate:
    """A date to come, and what is closed or on holiday on that day."""

    session: Session
    closures: list[Closure]


@dataclass(frozen=True)
class PlannedActivity:
    """An activity with its dates to come, in order of start.

    `countdown` and `checked_at` are those of the date that was confirmed longest ago, of those
    that are on; both are empty where none is.
    """

    activity: Activity
    dates: list[PlannedDate]
    countdown: Countdown | None
    checked_at: dt.datetime | None
    first_timers: int

    @property
    def next_on(self) -> Session | None:
        """The next date that is on."""
        sessions = (each.session for each in self.dates)
        return next((each for each in sessions if not each.is_cancelled), None)


@dataclass(frozen=True)
class Place:
    """A hub that the user plans for, or the whole city, by its name and its word in addresses."""

    slug: str
    name: str
    hub: Hub | None


@dataclass(frozen=True)
class Plan:
    """What there is to plan at one place; `to_confirm` is how many dates nobody has cancelled."""

    place: Place
    activities: list[PlannedActivity]

    @property
    def to_confirm(self) -> int:
        dates = (date for each in self.activities for date in each.dates)
        return sum(not date.session.is_cancelled for date in dates)


@dataclass(frozen=True)
class EditionState:
    """Whether an activity has words in an edition, and whether a speaker stands by them."""

    code: str
    name: str
    text: ActivityText | None


def places_of(user: User) -> list[Place]:
    """Where the user plans, by name; the whole city last. One query."""
    places = [Place(hub.slug, hub.name, hub) for hub in Hub.objects.visible_to(user)]
    if holds_any(user, EVERY_HUB):
        places.append(Place(CITYWIDE, "Citywide", None))
    return places


def plan_of(user: User, place: Place, now: dt.datetime) -> Plan:
    """What is to come at a place, what is most urgent first. Three queries."""
    activities = Activity.objects.visible_to(user).filter(hub=place.hub).order_by("title", "pk")
    coming = with_first_timers(coming_sessions(user, activities, now))
    by_activity: defaultdict[int, list[Session]] = defaultdict(list)
    for session in coming.order_by("starts_at", "pk"):
        by_activity[session.activity_id].append(session)
    closures = list(Closure.objects.of_hub(place.hub).filter(last_on__gte=london_today(now)))
    planned = [_planned(each, by_activity[each.pk], closures, now) for each in activities]
    return Plan(place, sorted(planned, key=_urgency))


def coming_sessions(
    user: User, activities: QuerySet[Activity], now: dt.datetime
) -> SessionQuerySet:
    """The sessions of these activities that the user plans and that are not over."""
    return Session.objects.visible_to(user).filter(activity__in=activities).not_over(now)


def with_first_timers(sessions: SessionQuerySet) -> SessionQuerySet:
    """Each session with `first_timers`, how many said that they might come for the first time."""
    return sessions.annotate(first_timers=Coalesce(F("first_visits__people"), 0))


def countdown_of(confirmed_at: dt.datetime, now: dt.datetime) -> Countdown:
    """What becomes of a listing confirmed at a moment, as seen from now."""
    steps_down_at, hides_at = confirmed_at + STALE_AFTER, confirmed_at + HIDDEN_AFTER
    if hides_at <= now:
        return Countdown(Freshness.HIDDEN, hides_at, 0)
    if steps_down_at <= now:
        return Countdown(Freshness.STALE, hides_at, ceil((hides_at - now) / DAY))
    return Countdown(Freshness.FRESH, steps_down_at, ceil((steps_down_at - now) / DAY))


def edition_states(activity: Activity) -> list[EditionState]:
    """An activity's words in every edition but plain English. One query."""
    texts = {(each.language, each.variant): each for each in activity.texts.all()}
    return [
        EditionState(code, name, texts.get((edition.language, edition.variant)))
        for code, name in settings.LANGUAGES
        if not (edition := edition_of(code)).is_source
    ]


def fingerprint_of(thing: Activity | ActivityText) -> str:
    """SHA-256 of what people write of an activity, or of its words, as hexadecimal digits."""
    values = [getattr(thing, name) for name in _written(type(thing))]
    return sha256(json.dumps(values).encode()).hexdigest()


def _written(model: type[Activity | ActivityText]) -> Iterable[str]:
    if issubclass(model, ActivityText):
        return model.WORDS
    return [field.attname for field in model._meta.concrete_fields if field.editable]


def _planned(
    activity: Activity, sessions: list[Session], closures: list[Closure], now: dt.datetime
) -> PlannedActivity:
    on = [session for session in sessions if not session.is_cancelled]
    oldest = min(on, key=lambda session: session.confirmed_at, default=None)
    return PlannedActivity(
        activity=activity,
        dates=[PlannedDate(each, _on_the_day(each, closures)) for each in sessions],
        countdown=countdown_of(oldest.confirmed_at, now) if oldest else None,
        checked_at=oldest.checked_at if oldest else None,
        first_timers=sum(session.first_timers for session in on),  # type: ignore[attr-defined]
    )


def _on_the_day(session: Session, closures: list[Closure]) -> list[Closure]:
    day = session.local_date
    return [each for each in closures if each.first_on <= day <= each.last_on]


def _urgency(planned: PlannedActivity) -> tuple[int, str]:
    freshness = planned.countdown.freshness if planned.countdown else len(Freshness)
    return freshness, planned.activity.title
