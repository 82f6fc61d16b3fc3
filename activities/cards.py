"""Sessions as cards: everything that a list says of one, worked out before the template.

A list is the portal's busiest page, and what is the same on every card is worked out once for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.models import Activity, Kind, Session
from activities.templatetags.listing import age_range, clock
from hubs.templatetags.wording import lang_of

# Below this many miles nobody asks how far it is.
VERY_NEAR = 0.25
SOME_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Card:
    """What a list says of a session, in words. `title_lang` is of an element's attributes."""

    address: str
    title: str
    title_lang: SafeString | str
    kind: str
    kind_label: str
    start: str
    end: str
    hub_slug: str
    hub_name: str
    venue: str
    distance: str
    state: str
    tags: list[str]
    is_cancelled: bool
    reason: str
    is_stale: bool


def cards_of(sessions: Iterable[Session], now: dt.datetime) -> list[Card]:
    """The cards of sessions that come with their activities and hubs. No query."""
    page = _Page(now)
    return [page.card(session) for session in sessions]


class _Page:
    """What is the same on every card of a page."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        address = reverse("activities:session_detail", args=[SOME_ID])
        self.before, self.after = address.split(str(SOME_ID))
        self.kinds = {str(value): str(label) for value, label in Kind.choices}
        self.until = _("to %(time)s")
        self.ages: dict[tuple[int, int], str] = {}
        self.flags: list[tuple[Callable[[Activity], bool], str]] = [
            (lambda activity: activity.is_free, _("Free")),
            (lambda activity: activity.send_friendly, _("SEND friendly")),
            (lambda activity: activity.welcomes_alone, _("Come on your own")),
        ]

    def card(self, session: Session) -> Card:
        activity, hub = session.activity, session.activity.hub
        return Card(
            address=f"{self.before}{session.pk}{self.after}",
            title=activity.title,
            title_lang=lang_of(activity, "title"),
            kind=activity.kind,
            kind_label=self.kinds[activity.kind],
            start=clock(session.starts_at),
            end=self.until % {"time": clock(session.ends_at)},
            hub_slug=hub.slug if hub else "",
            hub_name=hub.name if hub else "",
            venue=activity.venue,
            distance=distance(getattr(session, "miles", None)),
            state=self._state(session),
            tags=self._tags(activity),
            is_cancelled=session.is_cancelled,
            reason=session.cancellation_reason,
            is_stale=session.is_stale(self.now),
        )

    def _state(self, session: Session) -> str:
        if session.starts_at > self.now:
            return ""
        return _("On now") if session.ends_at > self.now else _("Over")

    def _tags(self, activity: Activity) -> list[str]:
        ages = activity.min_age, activity.max_age
        if ages not in self.ages:
            self.ages[ages] = age_range(activity)
        return [self.ages[ages], *(label for has, label in self.flags if has(activity))]


def distance(miles: float | None) -> str:
    """How far something is, in miles to one decimal; nothing where that is not known."""
    if miles is None:
        return ""
    if miles < VERY_NEAR:
        return _("very near")
    tenths = round(miles, 1)
    return ngettext("%(miles)s mile", "%(miles)s miles", 1 if tenths == 1 else 2) % {
        "miles": number_format(tenths, 1)
    }
