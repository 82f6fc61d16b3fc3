"""What happens at the same place, or with the same person, at the same time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from activities.models import Activity, Session

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Occurrence:
    """Something that is planned, or would be: when, where and led by whom.

    `session_id` is that of one that is there, and `title` what it is called.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    hub_id: int | None
    venue: str
    led_by_id: Any = None
    session_id: UUID | None = None
    title: str = ""

    @classmethod
    def of(cls, session: Session, activity: Activity) -> Occurrence:
        """One that is there."""
        return cls(
            session.starts_at,
            session.ends_at,
            activity.hub_id,
            activity.venue,
            session.led_by_id,
            session.pk,
            activity.title,
        )

    @property
    def place(self) -> Key:
        """The same at the same hub in the same venue, however it is spaced and capitalised."""
        return ("place", self.hub_id, " ".join(self.venue.split()).casefold())

    @property
    def keys(self) -> list[Key]:
        """What two occurrences cannot have in common at a time."""
        return [self.place, *([("person", self.led_by_id)] if self.led_by_id else [])]

    def overlaps(self, other: Occurrence) -> bool:
        """Whether they share a moment; one that ends when the other begins does not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Clash:
    """Two things at once: with what, and in what respect.

    `title` and `session_id` are empty where the other one is not the reader's to see.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    is_person: bool
    title: str = ""
    session_id: UUID | None = None
    leader: str = ""
    own_title: str = ""


def clashes_of(
    user: User, wanted: Iterable[Occurrence], *, ignoring: Collection[UUID] = ()
) -> list[Clash]:
    """What these would clash with, in order of time. At most three queries, however many.

    Sessions that are cancelled or in `ignoring` do not count. Of what the user may not see there
    is nothing but that somebody is busy then. Never a reason to refuse: two groups may share a
    hall.
    """
    asked = list(wanted)
    if not asked:
        return []
    there = _there(asked, set(ignoring))
    seen = set(
        Session.objects.visible_to(user)
        .filter(pk__in=[each.pk for each in there])
        .values_list("pk", flat=True)
    )
    by_key: defaultdict[Key, list[tuple[Occurrence, Session]]] = defaultdict(list)
    for session in there:
        other = Occurrence.of(session, session.activity)
        for key in other.keys:
            by_key[key].append((other, session))
    found = {
        clash
        for each in asked
        for key in each.keys
        for other, session in by_key[key]
        if each.overlaps(other) and other.session_id != each.session_id
        for clash in [_clash(each, other, session, key, is_seen=session.pk in seen)]
    }
    found |= _among(asked)
    return sorted(found, key=lambda clash: (clash.starts_at, clash.title, clash.is_person))


def _there(asked: list[Occurrence], ignoring: set[UUID]) -> list[Session]:
    first = min(each.starts_at for each in asked)
    last = max(each.ends_at for each in asked)
    hubs = {each.hub_id for each in asked}
    people = {each.led_by_id for each in asked if each.led_by_id}
    at_places = Q(activity__hub__in=hubs - {None})
    if None in hubs:
        at_places |= Q(activity__hub__isnull=True)
    sessions = Session.objects.filter(
        at_places | Q(led_by__in=people),
        cancelled_at__isnull=True,
        starts_at__lt=last,
        ends_at__gt=first,
    ).select_related("activity", "led_by")
    return [each for each in sessions if each.pk not in ignoring]


def _clash(
    each: Occurrence, other: Occurrence, session: Session, key: Key, *, is_seen: bool
) -> Clash:
    is_person = key[0] == "person"
    return Clash(
        starts_at=other.starts_at,
        ends_at=other.ends_at,
        is_person=is_person,
        title=session.activity.title if is_seen else "",
        session_id=session.pk if is_seen else None,
        leader=str(session.led_by) if is_person else "",
        own_title=each.title,
    )


def _among(asked: list[Occurrence]) -> set[Clash]:
    """Clashes of what is only planned with each other."""
    by_key: defaultdict[Key, list[Occurrence]] = defaultdict(list)
    for each in asked:
        if each.session_id is None:
            for key in each.keys:
                by_key[key].append(each)
    return {
        Clash(
            other.starts_at,
            other.ends_at,
            is_person=key[0] == "person",
            title=other.title,
            own_title=one.title,
        )
        for key, group in by_key.items()
        for one, other in _overlapping(group)
    }


def _overlapping(group: list[Occurrence]) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Every pair that shares a moment, the earlier one first."""
    ordered = sorted(group, key=lambda each: each.starts_at)
    for number, one in enumerate(ordered):
        later = ordered[number + 1 :]
        for other in later:
            if other.starts_at >= one.ends_at:
                break
            yield one, other
