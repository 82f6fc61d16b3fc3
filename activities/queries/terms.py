"""Reads about terms and closures, and what falls into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.db import models
from django.db.models import Q

from accounts.models import User
from activities.access import can_set_terms
from activities.models import (
    Closure,
    ClosureKind,
    Session,
    SessionQuerySet,
    Term,
    london_midnight,
    london_today,
)
from activities.queries.planning import places_of
from activities.queries.untouched import frozen_because, with_traces
from activities.schedule_dates import DAY, Rule, SchoolCalendar, stops


@dataclass(frozen=True)
class TermsPage:
    """Terms and closures from this school year on, and whose closures the user may change."""

    terms: list[Term]
    closures: list[ClosureRow]
    may_set_terms: bool
    may_close: bool


@dataclass(frozen=True)
class ClosureRow:
    """A closure, and whether the reader may change it."""

    closure: Closure
    may_change: bool


@dataclass(frozen=True)
class Affected:
    """A session that falls into a closure; `frozen_because` says why it cannot be cancelled."""

    session: Session
    frozen_because: str

    @property
    def can_be_cancelled(self) -> bool:
        return not self.frozen_because


def calendar_of(hub_id: int | None, first: dt.date, last: dt.date) -> SchoolCalendar:
    """What decides about the dates of one hub, or of the city, between two dates. Two queries."""
    return calendars_of([hub_id], first, last)[hub_id]


def calendars_of(
    hub_ids: Iterable[int | None], first: dt.date, last: dt.date
) -> dict[int | None, SchoolCalendar]:
    """What decides about the dates of several hubs, by their key. Two queries."""
    wanted = set(hub_ids)
    terms = tuple(Term.objects.filter(starts_on__lte=last, ends_on__gte=first))
    mine = Q(hub__isnull=True) | Q(hub__in=[each for each in wanted if each])
    closures = list(Closure.objects.touching(first, last).filter(mine))
    return {
        hub_id: SchoolCalendar(
            terms, tuple(each for each in closures if each.hub_id in {None, hub_id})
        )
        for hub_id in wanted
    }


def terms_page(user: User, now: dt.datetime) -> TermsPage:
    """Terms and closures that are not long past. Four queries."""
    since = london_today(now) - 60 * DAY
    may_set = can_set_terms(user)
    hubs = {place.hub.pk for place in places_of(user) if place.hub}
    closures = Closure.objects.visible_to(user).filter(last_on__gte=since).select_related("hub")
    rows = [
        ClosureRow(each, may_change=each.hub_id in hubs if each.hub_id else may_set)
        for each in closures.order_by("first_on", "name", "pk")
    ]
    terms = list(Term.objects.filter(ends_on__gte=since))
    return TermsPage(terms, rows, may_set_terms=may_set, may_close=may_set or bool(hubs))


def terms_of_the_city() -> models.QuerySet[Term]:
    """Every term, in order. Terms are the same for everybody."""
    return Term.objects.all()


def affected_by(user: User, closure: Closure, now: dt.datetime) -> list[Affected]:
    """The sessions to come that the user plans and that fall into a closure. Two queries.

    On school closures and bank holidays only those of schedules that stop then: whoever put a
    single date there meant it. A closed building stops every date.
    """
    first, last = closure.first_on, closure.last_on + DAY
    sessions: SessionQuerySet = Session.objects.visible_to(user).filter(
        starts_at__gte=london_midnight(first),
        starts_at__lt=london_midnight(last),
        cancelled_at__isnull=True,
    )
    if closure.hub_id:
        sessions = sessions.filter(activity__hub=closure.hub_id)
    found = with_traces(sessions.not_over(now)).select_related("activity__hub", "schedule")
    return [
        Affected(each, frozen_because(each, now))
        for each in found.order_by("starts_at", "pk")
        if _is_stopped(each, closure)
    ]


def _is_stopped(session: Session, closure: Closure) -> bool:
    if closure.kind == ClosureKind.BUILDING:
        return True
    return session.schedule is not None and stops(closure, Rule.of(session.schedule))


def fingerprint_of_row(row: models.Model) -> str:
    """SHA-256 of everything that a row says, as hexadecimal digits."""
    values = [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    return sha256("\n".join(values).encode()).hexdigest()
