"""Today: what a coordinator sees first, as parts in one order.

To add a part: write a frozen dataclass with what it
says and `template`, a function that makes one of a `Day` or None where there is nothing to say,
and put the function into `PARTS` at its place. The template is given the part as `part`. A sign
on a session's card is a field of `Card` and a line of `_today_session.html`.

However much there is, each part takes a fixed number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from activities.models import Session
from evaluation.models import RespondentKind
from evaluation.queries.waves import Due, asked_at
from hubs.models import Hub
from participants.models import Participant
from participants.queries import day as queries
from participants.queries.care_signs import care_notes_expected
from participants.queries.completing import ToComplete, taking_part_ended, to_complete
from participants.queries.photographs import count_to_take_down

# So many are named for each session.
NAMED = 6


@dataclass(frozen=True)
class Day:
    """Whose day it is, at which moment, and what their hubs have on."""

    user: User
    now: dt.datetime
    today: queries.Today
    new_bookings: dict[UUID, int]
    care_notes: dict[UUID, int]


class Part(Protocol):
    """One part of the page."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Card:
    """A session with its one button, who is expected for the first time, and with a care note.

    `first_timers` said so without a name; `new_people` booked a place and never came before.
    """

    session: Session
    first_timers: int
    new_people: int
    care_notes: int


@dataclass(frozen=True)
class OnNow:
    """What is on."""

    template: ClassVar[str] = "evaluation/today/on_now.html"
    cards: list[Card]


@dataclass(frozen=True)
class Next:
    """What comes next: all of one London date, in the next seven days."""

    template: ClassVar[str] = "evaluation/today/next.html"
    cards: list[Card]
    on: dt.date | None
    is_today: bool
    is_something_on: bool


@dataclass(frozen=True)
class ToAsk:
    """A session of today with how many may be asked there, and the first of them by name.

    Names are first names with an initial, as on the register. `observe` is of how many staff may
    write down what they see.
    """

    session: Session
    people: int
    names: list[str]
    observe: int

    @property
    def others(self) -> int:
        """How many more there are than names."""
        return self.people - len(self.names)


@dataclass(frozen=True)
class SurveysToHandOut:
    """Whom to ask at what is on today."""

    template: ClassVar[str] = "evaluation/today/surveys.html"
    sessions: list[ToAsk]


@dataclass(frozen=True)
class MissingRegisters:
    """Registers that nobody has taken, the oldest first."""

    template: ClassVar[str] = "evaluation/today/missing.html"
    today: queries.Today


@dataclass(frozen=True)
class ToConfirm:
    """How many dates step down or are hidden unless somebody confirms them."""

    template: ClassVar[str] = "evaluation/today/to_confirm.html"
    dates: int


@dataclass(frozen=True)
class WaitingLists:
    """Sessions to come for which people wait."""

    template: ClassVar[str] = "evaluation/today/waiting_lists.html"
    lists: list[queries.WaitingList]


@dataclass(frozen=True)
class ConsentsEnded:
    """What must stop: photographs that must come down, and who takes part no more."""

    template: ClassVar[str] = "evaluation/today/consents.html"
    photographs: int
    people: list[Participant]


@dataclass(frozen=True)
class RecordsToComplete:
    """Walk-ins whose parents have still to fill in their records."""

    template: ClassVar[str] = "evaluation/today/to_complete.html"
    records: ToComplete


@dataclass(frozen=True)
class Elsewhere:
    """Quiet links to what is not urgent."""

    template: ClassVar[str] = "evaluation/today/elsewhere.html"


@dataclass(frozen=True)
class NoHub:
    """What to do where somebody works with no hub yet."""

    template: ClassVar[str] = "evaluation/today/no_hub.html"


def today_page(user: User, now: dt.datetime) -> list[Part]:
    """The parts of the page that have something to say, in their order."""
    if not Hub.objects.visible_to(user).exists():
        return [NoHub()]
    today = queries.today_for(user, now)
    coming = [*today.now, *today.next]
    day = Day(user, now, today, queries.new_bookings(coming), care_notes_expected(coming))
    return [part for make in PARTS if (part := make(day)) is not None]


def _on_now(day: Day) -> Part | None:
    return OnNow(_cards(day, day.today.now)) if day.today.now else None


def _next(day: Day) -> Part:
    today = day.today
    cards = _cards(day, today.next)
    return Next(cards, today.next_on, today.is_next_today, is_something_on=bool(today.now))


def _cards(day: Day, sessions: list[Session]) -> list[Card]:
    return [
        Card(
            session=session,
            first_timers=session.first_timers,  # type: ignore[attr-defined]
            new_people=day.new_bookings.get(session.pk, 0),
            care_notes=day.care_notes.get(session.pk, 0),
        )
        for session in sessions
    ]


def _surveys(day: Day) -> Part | None:
    to_ask = sessions_to_ask(day.today, day.now)
    return SurveysToHandOut(to_ask) if to_ask else None


def sessions_to_ask(today: queries.Today, now: dt.datetime) -> list[ToAsk]:
    """Sessions on now or later today where a young person may be asked, the earliest first."""
    sessions = [*today.now, *(today.next if today.is_next_today else [])]
    found = asked_at(sessions, now)
    to_ask = [_to_ask(session, found[session.pk].dues) for session in sessions]
    return [each for each in to_ask if each.people]


def _to_ask(session: Session, dues: list[Due]) -> ToAsk:
    by_respondent: defaultdict[str, dict[UUID, Participant]] = defaultdict(dict)
    for due in dues:
        by_respondent[due.measure.respondent][due.person.pk] = due.person
    people = list(by_respondent[RespondentKind.SELF].values())
    names = [f"{each.given_name} {each.family_name[:1]}".strip() for each in people[:NAMED]]
    return ToAsk(session, len(people), names, len(by_respondent[RespondentKind.STAFF]))


def to_ask_today(user: User) -> int:
    """How many young people may be asked today at a user's hubs; at two sessions counted twice."""
    now = timezone.now()
    sessions = sessions_to_ask(queries.today_for(user, now), now)
    return sum(each.people for each in sessions)


def _missing(day: Day) -> Part:
    return MissingRegisters(day.today)


def _to_confirm(day: Day) -> Part | None:
    dates = queries.to_confirm(day.user, day.now)
    return ToConfirm(dates) if dates else None


def _waiting_lists(day: Day) -> Part | None:
    lists = queries.waiting_lists(day.user, day.now)
    return WaitingLists(lists) if lists else None


def _consents_ended(day: Day) -> Part | None:
    photographs = count_to_take_down(day.user)
    people = taking_part_ended(day.user, day.now)
    return ConsentsEnded(photographs, people) if photographs or people else None


def _to_complete(day: Day) -> Part | None:
    records = to_complete(day.user, day.now)
    return RecordsToComplete(records) if records.count else None


def _elsewhere(_day: Day) -> Part:
    return Elsewhere()


PARTS: tuple[Callable[[Day], Part | None], ...] = (
    _on_now,
    _next,
    _consents_ended,
    _surveys,
    _missing,
    _to_complete,
    _to_confirm,
    _waiting_lists,
    _elsewhere,
)
