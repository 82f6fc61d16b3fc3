"""What the table of sessions can be narrowed by. For staff; visitors have `filters`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import QueryDict

from accounts.models import User
from activities.forms import DateField
from activities.models import (
    Activity,
    Session,
    SessionKind,
    SessionQuerySet,
    london_midnight,
    london_today,
)
from activities.queries.planning import CITYWIDE, places_of
from activities.queries.session_table import State, in_state

LONGEST_SEARCH = 80


class DateFilter(django_filters.Filter):
    """A Europe/London date in the browser's own picker."""

    field_class = DateField


class SessionTableFilter(django_filters.FilterSet):
    """Hub, activity, dates, kind, state, leader and words. Two queries for what can be chosen.

    Where nothing is asked for, what is to come from today on.
    """

    q = django_filters.CharFilter(method="with_words", label="Search", max_length=LONGEST_SEARCH)
    hub = django_filters.ChoiceFilter(method="at_hub", label="Hub", empty_label="Any hub")
    activity = django_filters.ModelChoiceFilter(
        queryset=Activity.objects.none(), label="Activity", empty_label="Any activity"
    )
    state = django_filters.ChoiceFilter(
        choices=State.choices, method="in_a_state", label="State", empty_label="Any state"
    )
    first = DateFilter(method="from_date", label="From")
    last = DateFilter(method="to_date", label="To")
    kind = django_filters.ChoiceFilter(
        choices=SessionKind.choices, label="Kind", empty_label="Any kind"
    )
    leader = django_filters.ModelChoiceFilter(
        field_name="led_by",
        queryset=User.objects.none(),
        label="Who leads it",
        empty_label="Anybody",
    )

    class Meta:
        model = Session
        fields = ("q", "hub", "activity", "state", "first", "last", "kind", "leader")

    def __init__(
        self, data: QueryDict, queryset: SessionQuerySet, *, user: User, now: dt.datetime
    ) -> None:
        """Offer what the user plans; `now` decides what is to come."""
        self.now = now
        self.is_plain = not set(data) & set(self.base_filters)
        asked = data.copy()
        if self.is_plain:
            asked["first"] = london_today(now).isoformat()
        super().__init__(asked, queryset)
        hubs = [(place.slug, place.name) for place in places_of(user)]
        self.filters["hub"].extra["choices"] = hubs
        activities = Activity.objects.visible_to(user).order_by("title", "pk")
        self.filters["activity"].queryset = _at(activities, asked.get("hub"), dict(hubs))
        led = Session.objects.visible_to(user).values("led_by")
        self.filters["leader"].queryset = User.objects.filter(pk__in=led).order_by("name")

    def with_words(self, sessions: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """Every word stands in the title, the venue or the hub's name."""
        for word in value.split():
            sessions = sessions.filter(
                Q(activity__title__icontains=word)
                | Q(activity__venue__icontains=word)
                | Q(activity__hub__name__icontains=word)
            )
        return sessions

    def at_hub(self, sessions: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """At a hub by its word in addresses, or at none."""
        if value == CITYWIDE:
            return sessions.filter(activity__hub__isnull=True)
        return sessions.filter(activity__hub__slug=value)

    def in_a_state(self, sessions: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """In one of the states."""
        return sessions.filter(in_state(State(value), self.now))

    def from_date(self, sessions: SessionQuerySet, name: str, value: dt.date) -> SessionQuerySet:
        """On a Europe/London date or later."""
        return sessions.filter(starts_at__gte=london_midnight(value))

    def to_date(self, sessions: SessionQuerySet, name: str, value: dt.date) -> SessionQuerySet:
        """On a Europe/London date or earlier."""
        return sessions.filter(starts_at__lt=london_midnight(value + dt.timedelta(days=1)))

    @property
    def query(self) -> str:
        """What was asked for as the part of an address behind the question mark."""
        kept = QueryDict(mutable=True)
        for name in self.base_filters:
            if name in self.data:
                kept[name] = self.data[name]
        return kept.urlencode()

    @property
    def folded(self) -> list[forms.BoundField]:
        """The fields that are folded away: all but the words."""
        return [self.form[name] for name in self.base_filters if name != "q"]

    @property
    def in_force(self) -> list[str]:
        """What was asked for in the folded fields, in words."""
        chosen = self.form.cleaned_data if self.form.is_bound and not self.is_plain else {}
        fields = [field for field in self.folded if chosen.get(field.name)]
        return [f"{field.label}: {_in_words(field, chosen[field.name])}" for field in fields]


def _in_words(field: forms.BoundField, value: Any) -> str:
    if isinstance(value, dt.date):
        return f"{value:%a} {value.day} {value:%b %Y}"
    return str(dict(getattr(field.field, "choices", ())).get(value, value))


def _at(activities: Any, slug: str | None, hubs: dict[str, str]) -> Any:
    """The activities of the chosen hub, so that the list of them stays short."""
    if slug not in hubs:
        return activities
    if slug == CITYWIDE:
        return activities.filter(hub__isnull=True)
    return activities.filter(hub__slug=slug)
