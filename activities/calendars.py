"""Sessions as calendars (RFC 5545, RFC 7986): for a diary, or to subscribe to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import cache
from uuid import UUID

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from activities.models import LONDON, Session
from activities.queries.sessions import coordinates_of, place_of
from activities.templatetags.listing import age_range, long_date

# Names every session in every calendar for ever, whatever the portal's address is by then.
UID_DOMAIN = "thisisderby"
PRODUCT = "-//ThisIsDerby//What's on//EN"
REFRESH_EVERY = dt.timedelta(hours=6)
CONTENT_TYPE = "text/calendar; charset=utf-8"
# Letters that may stand in no calendar, whoever typed them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

AddressOf = Callable[[Session], str]


def calendar_of(sessions: Iterable[Session], name: str, address_of: AddressOf) -> bytes:
    """A calendar of sessions that come with activity and hub, as bytes of UTF-8.

    `address_of` gives the whole address of a session's page.
    """
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
    for session in sessions:
        calendar.add_component(_event(session, address_of(session)))
    return calendar.to_ical()


def uid_of(pk: UUID) -> str:
    """The name of a session in calendars, the same for ever."""
    return f"{pk}@{UID_DOMAIN}"


def changed_at(session: Session) -> dt.datetime:
    """When anything that the calendar says of a session changed last."""
    return max(session.changed_at, session.activity.changed_at)


def _event(session: Session, address: str) -> Event:
    activity = session.activity
    event = Event()
    event.add("uid", uid_of(session.pk))
    for name in ("dtstamp", "last-modified"):
        event.add(name, changed_at(session).astimezone(dt.UTC).replace(microsecond=0))
    event.add("sequence", session.revision)
    event.add("dtstart", session.starts_at.astimezone(LONDON))
    event.add("dtend", session.ends_at.astimezone(LONDON))
    event.add("summary", _title(session))
    event.add("description", _description(session, address))
    event.add("location", _plain(place_of(activity)))
    event.add("url", address)
    event.add("categories", [_plain(str(activity.get_kind_display()))])
    event.add("status", "CANCELLED" if session.is_cancelled else "CONFIRMED")
    if coordinates := coordinates_of(activity):
        event.add("geo", coordinates)
    return event


def _title(session: Session) -> str:
    title = _plain(session.activity.title)
    return _("Cancelled: %(title)s") % {"title": title} if session.is_cancelled else title


def _description(session: Session, address: str) -> str:
    """Plain text, a line a thing."""
    activity = session.activity
    lines = [
        session.cancellation_reason,
        activity.summary,
        f"{age_range(activity)}. {_free(session)}".strip(),
        _checked(session),
        address,
    ]
    return "\n".join(_plain(line) for line in lines if line)


def _free(session: Session) -> str:
    return _("It is free.") if session.activity.is_free else session.activity.cost


def _checked(session: Session) -> str:
    if session.checked_at is None:
        return _("Not yet checked by the hub.")
    return _("Checked by the hub on %(date)s.") % {"date": long_date(session.checked_at)}


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
