"""What becomes of an operation: it counts, it waits, or it is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from activities.models import Session
from participants.access import RecordingRights
from participants.models import ATTENDED, OPERATION_STATUSES, AttendanceRole, HeldFor, MarkOperation
from participants.queries.register import opens_at
from participants.services.people import KnownPeople

# Devices' clocks differ; a mark further ahead than this would beat true marks for too long.
CLOCK_AHEAD = dt.timedelta(minutes=5)
# Nobody is excused earlier than this before a session: such a clock has lost its date.
BEFORE_START = dt.timedelta(weeks=4)
# What somebody took while they worked at the hub may arrive this long after, if they left since.
LATE_DELIVERY = dt.timedelta(days=14)
# Nobody comes or goes further than this from a session's start.
TIMES_WITHIN = dt.timedelta(hours=24)
DEVICE_LENGTH = 64
MOST_MILLISECONDS = 2**31 - 1

WHY_HELD: dict[str, str] = {
    HeldFor.PERSON: "Nobody is known by this id at your hubs yet. It waits.",
    HeldFor.CANCELLED: "The session is cancelled. It waits.",
    HeldFor.EARLY: "Who is here can be recorded from 30 minutes before the session. It waits.",
    HeldFor.CLOCK: "The device's clock was wrong. It waits until somebody looks at it.",
    HeldFor.TIME: "The time does not fit when the register was opened. It waits.",
    HeldFor.LATE: "It arrived too late to be taken without a look. It waits.",
}
# What cannot wait is not taken where nobody can rely on its time.
WHY_NOT_TAKEN: dict[str, str] = {
    HeldFor.CLOCK: "The device's clock was wrong. Do it again.",
    HeldFor.TIME: "The time does not fit when the register was opened. Do it again.",
    HeldFor.LATE: "It arrived too late, from somebody who does not work at this hub any more.",
}
# What waits for something that happens by itself; the others wait for a person.
SETTLES_ITSELF = (HeldFor.PERSON, HeldFor.CANCELLED)

NOT_A_MARK = "This is not a mark that a register knows."
NO_OFFSET = "The time has no offset from UTC."
NOT_YOURS = "You did not work at this hub then."
TIMES_WRONG = "In and out times must be of this session's day, in this order, of somebody who came."


@dataclass(frozen=True)
class Window:
    """When marks can have been taken under a pass: from it was given out until it ran out."""

    start: dt.datetime
    end: dt.datetime

    def covers(self, at: dt.datetime) -> bool:
        return self.start - CLOCK_AHEAD <= at <= self.end + CLOCK_AHEAD


@dataclass(frozen=True)
class Sender:
    """Who took operations, with their rights, and how they arrived.

    `window` is set where somebody else delivers them: then only the pass says who took them.
    """

    taker: User
    rights: RecordingRights
    sent_by: User | None = None
    window: Window | None = None

    @property
    def other_hand(self) -> User | None:
        """Who was signed in when they arrived, if that is not who took them."""
        return self.sent_by if self.sent_by != self.taker else None


@dataclass(frozen=True)
class Verdict:
    """`refused` says why nothing is kept; `held_for` what it waits for; `root` whom it marks."""

    refused: str = ""
    held_for: str = ""
    root: UUID | None = None


def malformed(row: MarkOperation, session: Session) -> str:
    """Why an operation is no mark at all; empty if it is one."""
    if row.marked_at.utcoffset() is None:
        return NO_OFFSET
    if row.status not in OPERATION_STATUSES or row.role not in AttendanceRole.values:
        return NOT_A_MARK
    if len(row.device) > DEVICE_LENGTH or abs(row.clock_offset or 0) > MOST_MILLISECONDS:
        return NOT_A_MARK
    return "" if _times_fit(row, session) else TIMES_WRONG


def _times_fit(row: MarkOperation, session: Session) -> bool:
    times = [time for time in (row.arrived_at, row.left_at) if time is not None]
    if times and row.status not in ATTENDED:
        return False
    if any(time.utcoffset() is None for time in times) or times != sorted(times):
        return False
    return all(abs(time - session.starts_at) <= TIMES_WITHIN for time in times)


def judge(
    row: MarkOperation, session: Session, sender: Sender, people: KnownPeople, now: dt.datetime
) -> Verdict:
    """Judge a new operation by the moment at which it was made."""
    if reason := malformed(row, session):
        return Verdict(refused=reason)
    at = row.marked_at
    if not had_right(at, session, sender, now):
        return Verdict(refused=NOT_YOURS)
    root = people.root_for(row.person_id, sender.rights, at)
    return Verdict(held_for=_held_for(row, session, sender, now, root), root=root)


def _held_for(
    row: MarkOperation, session: Session, sender: Sender, now: dt.datetime, root: UUID | None
) -> str:
    if doubt := doubted(row.marked_at, session, sender, now):
        return doubt
    if is_early(row, session):
        return HeldFor.EARLY
    return waits_for(session, root)


def had_right(at: dt.datetime, session: Session, sender: Sender, now: dt.datetime) -> bool:
    """Whether the register was the taker's to keep then."""
    return sender.rights.held(session.activity.hub_id, moment_of(at, session, now))


def moment_of(at: dt.datetime, session: Session, now: dt.datetime) -> dt.datetime:
    """When something was done: of a clock that is wrong nobody knows, so it is when it arrived."""
    return now if _clock_is_wrong(at, session, now) else at


def doubted(at: dt.datetime, session: Session, sender: Sender, now: dt.datetime) -> str:
    """Why nobody can rely on when something was done, a `HeldFor`; empty if one can."""
    if _clock_is_wrong(at, session, now):
        return HeldFor.CLOCK
    if sender.window and not sender.window.covers(at):
        return HeldFor.TIME
    if now - at > LATE_DELIVERY and not sender.rights.held(session.activity.hub_id, now):
        return HeldFor.LATE
    return ""


def _clock_is_wrong(at: dt.datetime, session: Session, now: dt.datetime) -> bool:
    return at > now + CLOCK_AHEAD or at < session.starts_at - BEFORE_START


def is_early(row: MarkOperation, session: Session) -> bool:
    """Neither the server's clock nor the device's may say that somebody came long before."""
    return row.status in ATTENDED and min(row.marked_at, row.received_at) < opens_at(session)


def waits_for(session: Session, root: UUID | None) -> str:
    """What holds an operation that will settle by itself; empty if nothing does."""
    if session.is_cancelled:
        return HeldFor.CANCELLED
    return "" if root else HeldFor.PERSON
