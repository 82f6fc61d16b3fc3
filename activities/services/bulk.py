"""One change of many sessions at once. What has been worked on is left alone and counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audits
from activities.handlers import booked_among
from activities.models import LONDON, Session
from activities.queries.session_table import Left, left_alone, sessions_for
from activities.schedule_dates import EARLIEST, LATEST

# More at once would neither be looked through nor be quick.
MOST = 500


class Change(Protocol):
    """What is to become of each session: other values of fields, or a reason to leave it alone.

    Without an audit `kind` the change leaves no trace there; `says` is written beside it.
    """

    kind: ClassVar[AuditKind | None]
    says: ClassVar[str]

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """New values by field."""


@dataclass(frozen=True)
class Confirm:
    """What is listed of it is right."""

    kind: ClassVar[AuditKind | None] = None
    says: ClassVar[str] = ""

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """The hub stands by it from now."""
        return {"checked_at": now}


@dataclass(frozen=True)
class Cancel:
    """It does not take place; the reason is for everybody to read."""

    reason: str
    kind: ClassVar[AuditKind | None] = AuditKind.SESSION_CANCELLED
    says: ClassVar[str] = ""

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """As `cancel_session` does it."""
        said = {"cancelled_at": now, "cancellation_reason": self.reason}
        return said | _told(session, now)


@dataclass(frozen=True)
class Move:
    """Other times on the same Europe/London date, as long as before.

    Either later by some minutes (earlier where they are negative) or to a time of day in Derby.
    """

    minutes: int = 0
    to: dt.time | None = None
    kind: ClassVar[AuditKind | None] = AuditKind.SESSION_CHANGED
    says: ClassVar[str] = "moved"

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """Start and end; a session of a schedule is from now on changed by itself."""
        starts_at = self.start_of(session)
        ends_at = starts_at + (session.ends_at - session.starts_at)
        if reason := self._refused(session, starts_at, ends_at, now):
            return reason
        times = {"starts_at": starts_at, "ends_at": ends_at}
        return times | _by_itself(session) | _told(session, now)

    def start_of(self, session: Session) -> dt.datetime:
        """When a session would begin."""
        if self.to is None:
            return session.starts_at + dt.timedelta(minutes=self.minutes)
        start = dt.datetime.combine(session.local_date, self.to, tzinfo=LONDON)
        return start.astimezone(dt.UTC)

    def _refused(
        self, session: Session, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime
    ) -> Left | None:
        reasons = (
            (Left.BEGUN, session.starts_at <= now),
            (Left.SAME, starts_at == session.starts_at),
            (Left.ANOTHER_DAY, starts_at.astimezone(LONDON).date() != session.local_date),
            (Left.PAST, starts_at <= now),
            (Left.NIGHT, _is_at_night(starts_at, ends_at)),
        )
        return next((reason for reason, is_so in reasons if is_so), None)


@dataclass(frozen=True)
class SetPlaces:
    """How many can come; none where nobody has to book.

    Those that are `booked` are left alone: who waits there is looked at one by one.
    """

    places: int | None
    booked: frozenset[UUID] = frozenset()
    kind: ClassVar[AuditKind | None] = AuditKind.SESSION_CHANGED
    says: ClassVar[str] = "places"

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """The number of places."""
        if session.places == self.places:
            return Left.SAME
        if session.pk in self.booked:
            return Left.BOOKED
        return {"places": self.places, "changed_at": now} | _by_itself(session)


@dataclass(frozen=True)
class SetLeader:
    """Who leads it, of those who work at `hubs`; nobody takes the name away."""

    leader: User | None
    hubs: frozenset[int | None]
    kind: ClassVar[AuditKind | None] = AuditKind.SESSION_CHANGED
    says: ClassVar[str] = "leader"

    def of(self, session: Session, now: dt.datetime) -> dict[str, Any] | Left:
        """Who leads it."""
        if self.leader and session.activity.hub_id not in self.hubs:
            return Left.NOT_STAFF
        if session.led_by_id == (self.leader.pk if self.leader else None):
            return Left.SAME
        return {"led_by": self.leader} | _by_itself(session)


def _told(session: Session, now: dt.datetime) -> dict[str, Any]:
    """The hub stands by it, and diaries replace their entry when its revision is a higher one."""
    return {"checked_at": now, "changed_at": now, "revision": session.revision + 1}


def _is_at_night(starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    first, last = (each.astimezone(LONDON) for each in (starts_at, ends_at))
    return first.time() < EARLIEST or last.time() > LATEST or last.date() != first.date()


def _by_itself(session: Session) -> dict[str, Any]:
    """What changes its schedule's other sessions leaves it alone from now on."""
    return {"is_exception": session.schedule_id is not None or session.is_exception}


@dataclass(frozen=True)
class Planned:
    """What a change makes of one session, by field."""

    session: Session
    values: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a change makes of some sessions, and those that it leaves alone, in their order."""

    changed: list[Planned]
    left: list[tuple[Session, Left]]

    @property
    def reasons(self) -> list[tuple[Left, int]]:
        """How many are left alone for each reason, the most frequent first."""
        return Counter(reason for _, reason in self.left).most_common()


def outcome_of(change: Change, sessions: Iterable[Session], now: dt.datetime) -> Outcome:
    """What a change would make of sessions of `sessions_for`. Nothing is written."""
    outcome = Outcome([], [])
    for session in sessions:
        values = left_alone(session, now) or change.of(session, now)
        if isinstance(values, Left):
            outcome.left.append((session, values))
        else:
            outcome.changed.append(Planned(session, values))
    return outcome


@transaction.atomic
def change_sessions(
    *, by: User, ids: Collection[UUID], change: Change, now: dt.datetime
) -> Outcome:
    """Change these sessions, all of them or none; the same number of queries for any number.

    Raises PermissionDenied where one of them is not the user's to plan.
    """
    found = sessions_for(by).filter(pk__in=ids)
    # In one order everywhere, so that two who change the same ones wait and never block each other.
    held = found.select_for_update(no_key=True, of=("self",)).order_by("pk")
    list(held.values_list("pk"))
    # Only now: what somebody counted or logged meanwhile shows once the row is held.
    sessions = list(found.order_by("pk"))
    if len(sessions) != len(set(ids)):
        raise PermissionDenied
    if isinstance(change, SetPlaces):
        # Only now: whoever books holds the session first.
        change = replace(change, booked=booked_among(ids))
    outcome = outcome_of(change, sessions, now)
    if outcome.changed:
        _write(by, change, outcome.changed)
    return outcome


def _write(by: User, change: Change, changed: list[Planned]) -> None:
    for each in changed:
        for name, value in each.values.items():
            setattr(each.session, name, value)
    sessions = [each.session for each in changed]
    Session.objects.bulk_update(sessions, list(changed[0].values))
    if change.kind is not None:
        record_audits(by=by, kind=change.kind, about=sessions, reason=change.says)
