"""What copying a term would make."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.db.models import Q

from accounts.models import User
from activities.models import Schedule, Term
from activities.queries.clashes import Clash, Occurrence, clashes_of
from activities.queries.planning import Place
from activities.queries.schedules import Change, steps_of
from activities.queries.terms import calendars_of
from activities.schedule_dates import DAY, Rule, weekly

# A schedule without a date in the last weeks of a term was over before it, and is not copied.
LAST_WEEKS = 21 * DAY
# Activity, weekday and time of a schedule.
Slot = tuple[object, ...]


@dataclass(frozen=True)
class Copied:
    """A schedule of the old term, and what would be made of it in the new one.

    `why_not` says why nothing would be made of it, empty where something is.
    """

    schedule: Schedule
    change: Change
    why_not: str = ""


@dataclass(frozen=True)
class CopyPlan:
    """Every schedule of the old term, by hub, activity and time."""

    rows: list[Copied]
    clashes: list[Clash]

    @cached_property
    def copied(self) -> list[Copied]:
        """Those of which something is made."""
        return [row for row in self.rows if not row.why_not]

    @property
    def dates(self) -> int:
        """How many sessions would be made."""
        return sum(len(row.change.made) for row in self.copied)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what would be made: what somebody agrees to who copies."""
        lines = [f"{row.schedule.pk} {row.why_not} {row.change.digest}" for row in self.rows]
        return sha256("\n".join(lines).encode()).hexdigest()


def copy_plan(
    user: User, places: Iterable[Place], source: Term, target: Term, now: dt.datetime
) -> CopyPlan:
    """What copying one term's schedules at these places into another makes. Seven queries.

    Nothing of sessions is copied: neither marks nor bookings, exceptions nor dates left out.
    """
    old = _schedules(user, places, source)
    there = _taken(old, target)
    hubs = {each.activity.hub_id for each in old}
    calendars = calendars_of(hubs, target.starts_on, target.ends_on)
    rows = []
    for each in old:
        why_not = _why_not(each, source, there)
        calendar = calendars[each.activity.hub_id]
        steps = [] if why_not else steps_of(_once_more(each, target), [], calendar, now)
        rows.append(Copied(each, Change(_once_more(each, target), steps), why_not))
        if not why_not:
            there.add(_slot(each))
    return CopyPlan(rows, clashes_of(user, _occurrences(rows)))


def _schedules(user: User, places: Iterable[Place], source: Term) -> list[Schedule]:
    wanted = list(places)
    chosen = Q(activity__hub__in=[place.hub for place in wanted if place.hub])
    if any(place.hub is None for place in wanted):
        chosen |= Q(activity__hub__isnull=True)
    schedules = Schedule.objects.visible_to(user).filter(
        chosen, starts_on__lte=source.ends_on, ends_on__gte=source.starts_on
    )
    order = ("activity__hub__name", "activity__title", "weekday", "starts", "starts_on", "pk")
    return list(schedules.select_related("activity__hub", "led_by").order_by(*order))


def _taken(old: Iterable[Schedule], target: Term) -> set[Slot]:
    """Activity, weekday and time of the schedules that run in the new term already."""
    rows = Schedule.objects.filter(
        activity__in={each.activity_id for each in old},
        starts_on__lte=target.ends_on,
        ends_on__gte=target.starts_on,
    )
    return set(rows.values_list("activity", "weekday", "starts"))


def _slot(schedule: Schedule) -> Slot:
    return schedule.activity_id, schedule.weekday, schedule.starts


def _once_more(schedule: Schedule, target: Term) -> Schedule:
    """The same rule in another term, not saved."""
    wanted = copy.copy(schedule)
    wanted.pk, wanted._state.adding = None, True
    wanted.starts_on, wanted.ends_on = target.starts_on, target.ends_on
    wanted.left_out = []
    return wanted


def _why_not(schedule: Schedule, source: Term, there: set[Slot]) -> str:
    if not _runs_to_the_end(schedule, source):
        return "Ended before the term did"
    return "Is there already" if _slot(schedule) in there else ""


def _runs_to_the_end(schedule: Schedule, source: Term) -> bool:
    return any(
        source.ends_on - LAST_WEEKS < day <= source.ends_on for day in weekly(Rule.of(schedule))
    )


def _occurrences(rows: Iterable[Copied]) -> list[Occurrence]:
    return [
        Occurrence(
            step.starts_at,
            step.ends_at,
            row.schedule.activity.hub_id,
            row.schedule.activity.venue,
            row.schedule.led_by_id,
            title=row.schedule.activity.title,
        )
        for row in rows
        for step in row.change.made
    ]
