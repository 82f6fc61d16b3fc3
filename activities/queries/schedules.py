"""Reads about weekly schedules: their dates, and what a change of one would do to each."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Role, RoleGrant, User
from activities.handlers import booked_among, kept_among
from activities.models import (
    Activity,
    Schedule,
    Session,
    SessionQuerySet,
    london_today,
)
from activities.queries.clashes import Clash, Occurrence, clashes_of
from activities.queries.terms import calendar_of, fingerprint_of_row
from activities.queries.untouched import OVER, frozen_because, left_because, may_vanish, with_traces
from activities.schedule_dates import (
    Rule,
    RuleDate,
    SchoolCalendar,
    dates_of,
    first_date,
    monday_of,
)
from hubs.models import Hub, HubMembership

WEEK_IS_KEPT = "That week keeps the date that stays as it is"
NOT_ITS_DAY = "The series is not on that day any more"


class Outcome(Enum):
    """What a change does to one date."""

    MADE = "made"
    CHANGED = "changed"
    SAME = "same"
    CANCELLED = "cancelled"
    VANISHES = "vanishes"
    LEFT = "left"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Step:
    """What a change does to one date of a series, and why.

    `starts_at` and `ends_at` are those after the change; `session` is empty where none is there.
    `is_booked` says that people have booked it or wait for a place.
    """

    day: dt.date
    outcome: Outcome
    starts_at: dt.datetime
    ends_at: dt.datetime
    why: str = ""
    session: Session | None = None
    is_booked: bool = False

    @property
    def before(self) -> Session | None:
        """The session with its times before, where these change."""
        session = self.session
        if session is None or (session.starts_at, session.ends_at) == (
            self.starts_at,
            self.ends_at,
        ):
            return None
        return session

    def keeps_places_against(self, wanted: Schedule) -> bool:
        """Whether its places stay what they are, though the series says otherwise."""
        session = self.session
        return self.is_booked and session is not None and session.places != wanted.places


@dataclass(frozen=True)
class Change:
    """What a schedule will be, and what that does to each of its dates to come.

    `wanted` is not saved. `is_split` says that it is a new one, which goes on where another ends.
    """

    wanted: Schedule
    steps: list[Step]
    is_split: bool = False
    clashes: list[Clash] = field(default_factory=list)

    def of(self, *outcomes: Outcome) -> list[Step]:
        """The steps with one of these outcomes, in order of date."""
        return [step for step in self.steps if step.outcome in outcomes]

    @cached_property
    def made(self) -> list[Step]:
        return self.of(Outcome.MADE)

    @cached_property
    def changed(self) -> list[Step]:
        return self.of(Outcome.CHANGED)

    @cached_property
    def cancelled(self) -> list[Step]:
        return self.of(Outcome.CANCELLED)

    @cached_property
    def vanishing(self) -> list[Step]:
        return self.of(Outcome.VANISHES)

    @cached_property
    def left(self) -> list[Step]:
        return self.of(Outcome.LEFT)

    @cached_property
    def left_to_come(self) -> list[Step]:
        """Those left as they are that are not over: what somebody may have expected to change."""
        return [step for step in self.left if step.why != OVER]

    @cached_property
    def skipped(self) -> list[Step]:
        return self.of(Outcome.SKIPPED)

    @cached_property
    def same(self) -> list[Step]:
        return self.of(Outcome.SAME)

    @cached_property
    def on(self) -> list[Step]:
        """The dates that will take place as the series says."""
        return self.of(Outcome.MADE, Outcome.CHANGED, Outcome.SAME)

    @cached_property
    def kept_weeks(self) -> list[dt.date]:
        """Dates that are not made because their week keeps another one."""
        return [step.day for step in self.skipped if step.why == WEEK_IS_KEPT]

    @cached_property
    def keeping_places(self) -> list[Step]:
        """Those that keep other places than the series says, for people have booked them."""
        return [step for step in self.on if step.keeps_places_against(self.wanted)]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what happens to which date: what somebody agrees to who saves it."""
        lines = [f"{step.day} {step.outcome.value} {step.starts_at}" for step in self.steps]
        return sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Series:
    """A schedule of an activity with its sessions to come, in order of start.

    `skipped` are its dates to come on which nothing takes place, `missing` those that should be
    there and are not: since a term was put in, or a closure taken out.
    """

    schedule: Schedule
    sessions: list[Session]
    skipped: list[RuleDate]
    missing: list[RuleDate]

    @property
    def next_on(self) -> Session | None:
        """The next session that is on."""
        return next((each for each in self.sessions if not each.is_cancelled), None)


@dataclass(frozen=True)
class SeriesPage:
    """An activity's weekly schedules, its single dates to come, and what they clash with."""

    series: list[Series]
    singles: list[Session]
    clashes: list[Clash]


def series_page(user: User, activity: Activity, now: dt.datetime) -> SeriesPage:
    """Everything planned of an activity from today on. Six queries."""
    today = london_today(now)
    coming = (
        Session.objects.visible_to(user)
        .filter(activity=activity)
        .filter(Q(ends_at__gt=now) | Q(slot_on__gte=today))
        .select_related("led_by")
    )
    sessions = list(coming.order_by("starts_at", "pk"))
    used = {each.schedule_id for each in sessions if each.ends_at > now}
    schedules = list(
        activity.schedules.select_related("led_by")
        .filter(Q(ends_on__gte=today) | Q(pk__in=used))
        .order_by("weekday", "starts", "starts_on", "pk")
    )
    last = max((each.ends_on for each in schedules), default=today)
    calendar = calendar_of(activity.hub_id, today, last)
    return SeriesPage(
        series=[_series(each, sessions, calendar, now) for each in schedules],
        singles=[each for each in sessions if each.schedule_id is None],
        clashes=clashes_of(user, _occurrences(activity, sessions, now)),
    )


def _series(
    schedule: Schedule, sessions: list[Session], calendar: SchoolCalendar, now: dt.datetime
) -> Series:
    mine = [each for each in sessions if each.schedule_id == schedule.pk]
    slots = {each.slot_on for each in mine}
    dates = [each for each in dates_of(Rule.of(schedule), calendar) if each.ends_at > now]
    return Series(
        schedule=schedule,
        sessions=[each for each in mine if each.ends_at > now],
        skipped=[each for each in dates if each.why_not and each.day not in slots],
        missing=[each for each in dates if not each.why_not and each.day not in slots],
    )


def _occurrences(
    activity: Activity, sessions: Iterable[Session], now: dt.datetime
) -> list[Occurrence]:
    return [
        Occurrence.of(each, activity)
        for each in sessions
        if not each.is_cancelled and each.ends_at > now
    ]


def change_of(
    stored: Schedule, facts: Mapping[str, Any], now: dt.datetime, since: dt.date | None = None
) -> Change:
    """What it does to write these facts, by field, into a schedule, a new one or one that is there.

    `since` splits it: the facts are then those of a new schedule that goes on from this date of
    the old one. Five queries; two for one that is not saved yet.
    """
    wanted = copy.copy(stored)
    for name, value in facts.items():
        setattr(wanted, name, value)
    wanted.starts_on = facts.get("starts_on") or _starts_on(stored, wanted, since)
    if since is not None:
        wanted.pk = None
        wanted._state.adding = True
    sessions = [] if stored.pk is None else list(sessions_to_change(stored, now, since))
    calendar = calendar_of(wanted.activity.hub_id, wanted.starts_on, wanted.ends_on)
    ids = [each.pk for each in sessions]
    booked, kept = (booked_among(ids), kept_among(ids)) if ids else (frozenset(), frozenset())
    steps = steps_of(wanted, sessions, calendar, now, booked=booked, kept=kept)
    return Change(wanted, steps, is_split=since is not None)


def _starts_on(stored: Schedule, wanted: Schedule, since: dt.date | None) -> dt.date:
    """On another weekday a series begins in the same week, and so keeps to its weeks."""
    if wanted.weekday == stored.weekday:
        return since or stored.starts_on
    if since is None and wanted.every_weeks == 1:
        return stored.starts_on
    return monday_of(since or first_date(Rule.of(stored)))


def with_clashes(user: User, change: Change) -> Change:
    """The change with what its dates would clash with. Two queries."""
    own = {step.session.pk for step in change.steps if step.session}
    wanted = change.wanted
    occurrences = [
        Occurrence(
            step.starts_at,
            step.ends_at,
            wanted.activity.hub_id,
            wanted.activity.venue,
            wanted.led_by_id,
        )
        for step in change.on
    ]
    found = clashes_of(user, occurrences, ignoring=own)
    return Change(wanted, change.steps, change.is_split, found)


def sessions_to_change(
    schedule: Schedule, now: dt.datetime, since: dt.date | None = None
) -> SessionQuerySet:
    """The sessions of a schedule that are to come or stand for a date from this week on."""
    monday = monday_of(london_today(now))
    mine = Session.objects.filter(schedule=schedule)
    mine = mine.filter(Q(ends_at__gt=now) | Q(slot_on__gte=monday))
    if since is not None:
        mine = mine.filter(slot_on__gte=since)
    return with_traces(mine).order_by("slot_on")


def steps_of(
    wanted: Schedule,
    sessions: list[Session],
    calendar: SchoolCalendar,
    now: dt.datetime,
    *,
    booked: Collection[UUID] = (),
    kept: Collection[UUID] = (),
) -> list[Step]:
    """What becomes of each date, given the sessions and which of them are booked. No queries.

    Sessions with marks, a register, counts or a log, those that have begun, are cancelled or were
    changed by themselves stay as they are; the others follow the rule. A week that keeps a date
    which is none of the rule's any more gets no second one. A booked session keeps its places:
    how many there are is settled where people are booked. One of those `kept` is never deleted.
    """
    dates = {each.day: each for each in dates_of(Rule.of(wanted), calendar)}
    steps = [
        _step_of_session(
            each, wanted, dates, now, is_booked=each.pk in booked, is_kept=each.pk in kept
        )
        for each in sessions
    ]
    slots = {step.day for step in steps}
    kept_weeks = {
        monday_of(step.day)
        for step in steps
        if step.outcome is Outcome.LEFT and step.day not in dates
    }
    steps += [
        _step_of_date(each, kept_weeks)
        for each in dates.values()
        if each.day not in slots and each.ends_at > now
    ]
    return sorted(steps, key=lambda step: (step.day, step.starts_at))


def _step_of_date(date: RuleDate, kept: set[dt.date]) -> Step:
    why = date.why_not or (WEEK_IS_KEPT if monday_of(date.day) in kept else "")
    outcome = Outcome.SKIPPED if why else Outcome.MADE
    return Step(date.day, outcome, date.starts_at, date.ends_at, why)


def _step_of_session(
    session: Session,
    wanted: Schedule,
    dates: dict[dt.date, RuleDate],
    now: dt.datetime,
    *,
    is_booked: bool,
    is_kept: bool,
) -> Step:
    day = session.slot_on or session.local_date
    date = dates.get(day)
    why_not = date.why_not if date else NOT_ITS_DAY
    before = (session.starts_at, session.ends_at)
    if reason := left_because(session, now):
        return Step(day, Outcome.LEFT, *before, reason, session, is_booked)
    if date is None or why_not:
        vanishes = not is_kept and may_vanish(session, now, is_booked=is_booked)
        outcome = Outcome.VANISHES if vanishes else Outcome.CANCELLED
        return Step(day, outcome, *before, why_not, session, is_booked)
    after = (date.starts_at, date.ends_at)
    same = before == after and not _takes_over(session, wanted, is_booked=is_booked)
    outcome = Outcome.SAME if same else Outcome.CHANGED
    return Step(day, outcome, *after, "", session, is_booked)


def _takes_over(session: Session, wanted: Schedule, *, is_booked: bool) -> bool:
    takes_places = not is_booked and session.places != wanted.places
    return takes_places or session.led_by_id != wanted.led_by_id


def is_frozen(session: Session, now: dt.datetime) -> str:
    """Why a single session cannot be planned anew, in words; empty where it can. One query."""
    return frozen_because(with_traces(Session.objects.filter(pk=session.pk)).get(), now)


def fingerprint_of_schedule(schedule: Schedule) -> str:
    """SHA-256 of everything that a schedule says, as hexadecimal digits."""
    return fingerprint_of_row(schedule)


def leaders_for(hub: Hub | None, current: User | None) -> QuerySet[User]:
    """Who can lead something at a hub: whoever works there; citywide, trust staff."""
    people = User.objects.filter(is_active=True)
    if hub is None:
        staff = RoleGrant.objects.current().filter(role=Role.TRUST_STAFF)
        chosen = Q(pk__in=staff.values("user"))
    else:
        chosen = Q(pk__in=HubMembership.objects.held().filter(hub=hub).values("user"))
    if current is not None:
        chosen |= Q(pk=current.pk)
        people = User.objects.all()
    return people.filter(chosen).order_by("name", "email")
