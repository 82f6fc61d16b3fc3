"""Sessions as calendars (RFC 5545, RFC 7986): for a diary, or to subscribe to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from activities.models import LONDON, Kind, Session
from activities.queries.sessions import coordinates_of, place_of
from activities.templatetags.listing import ages, long_date

# Names every session in every calendar for ever, whatever the portal's address is by then.
UID_DOMAIN = "thisisderby"
PRODUCT = "-//ThisIsDerby//What's on//EN"
REFRESH_EVERY = dt.timedelta(hours=6)
CONTENT_TYPE = "text/calendar; charset=utf-8"
END = b"END:VCALENDAR\r\n"
# Some 1 KB each, in every process.
EVENTS_KEPT = 5000
# Letters that may stand in no calendar, whoever typed them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

AddressOf = Callable[[Session], str]


class Entry(NamedTuple):
    """All that an event of a calendar is made from: the same entry is the same event."""

    pk: UUID
    revision: int
    changed_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    checked_at: dt.datetime | None
    is_cancelled: bool
    cancellation_reason: str
    title: str
    summary: str
    kind: str
    ages: tuple[int, int]
    is_free: bool
    cost: str
    place: str
    coordinates: tuple[float, float] | None
    address: str
    language: str | None


def calendar_of(sessions: Iterable[Session], name: str, address_of: AddressOf) -> bytes:
    """A calendar of sessions that come with activity and hub, as bytes of UTF-8.

    `address_of` gives the whole address of a session's page.
    """
    events = [_event_of(_entry(session, address_of(session))) for session in sessions]
    empty = _empty(name).to_ical()
    return b"".join((empty.removesuffix(END), *events, END))


def _empty(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _plain(name))
    calendar.add("x-wr-calname", _plain(name))
    calendar.add("x-wr-timezone", "Europe/London")
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    calendar.add_component(_london())
    return calendar


def uid_of(pk: UUID) -> str:
    """The name of a session in calendars, the same for ever."""
    return f"{pk}@{UID_DOMAIN}"


def changed_at(session: Session) -> dt.datetime:
    """When anything that the calendar says of a session changed last."""
    return max(session.changed_at, session.activity.changed_at)


def _entry(session: Session, address: str) -> Entry:
    activity = session.activity
    return Entry(
        pk=session.pk,
        revision=session.revision,
        changed_at=changed_at(session),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        checked_at=session.checked_at,
        is_cancelled=session.is_cancelled,
        cancellation_reason=session.cancellation_reason,
        title=activity.title,
        summary=activity.summary,
        kind=activity.kind,
        ages=(activity.min_age, activity.max_age),
        is_free=activity.is_free,
        cost=activity.cost,
        place=place_of(activity),
        coordinates=coordinates_of(activity),
        address=address,
        language=get_language(),
    )


@lru_cache(maxsize=EVENTS_KEPT)
def _event_of(entry: Entry) -> bytes:
    """Folding an event's lines takes a third of a millisecond, and feeds have hundreds."""
    return _event(entry).to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", uid_of(entry.pk))
    for name in ("dtstamp", "last-modified"):
        event.add(name, entry.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.starts_at.astimezone(LONDON))
    event.add("dtend", entry.ends_at.astimezone(LONDON))
    event.add("summary", _title(entry))
    event.add("description", _description(entry))
    event.add("location", _plain(entry.place))
    event.add("url", entry.address)
    event.add("categories", [_plain(str(Kind(entry.kind).label))])
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.coordinates:
        event.add("geo", entry.coordinates)
    return event


def _title(entry: Entry) -> str:
    title = _plain(entry.title)
    return _("Cancelled: %(title)s") % {"title": title} if entry.is_cancelled else title


def _description(entry: Entry) -> str:
    """Plain text, a line a thing."""
    cost = _("It is free.") if entry.is_free else entry.cost
    lines = [
        entry.cancellation_reason,
        entry.summary,
        f"{ages(*entry.ages)}. {cost}".strip(),
        _checked(entry),
        entry.address,
    ]
    return "\n".join(_plain(line) for line in lines if line)


def _checked(entry: Entry) -> str:
    if entry.checked_at is None:
        return _("Not yet checked by the hub.")
    return _("Checked by the hub on %(date)s.") % {"date": long_date(entry.checked_at)}


def _plain(text: str) -> str:
    return " ".join(CONTROLS.sub(" ", text).split())


@cache
def _london() -> Timezone:
    """The rules of Europe/London since 1996: the last Sundays of March and October, 1am UTC."""
    zone = Timezone()
    zone.add("tzid", "Europe/London")
    for rule, name, month, before, after in (
        (TimezoneDaylight(), "BST", 3, 0, 1),
        (TimezoneStandard(), "GMT", 10, 1, 0),
    ):
        rule.add("tzname", name)
        rule.add("dtstart", dt.datetime(1996, month, 31 if month == 3 else 27, 1 + before))  # noqa: DTZ001
        rule.add("tzoffsetfrom", dt.timedelta(hours=before))
        rule.add("tzoffsetto", dt.timedelta(hours=after))
        rule.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        zone.add_component(rule)
    return zone
