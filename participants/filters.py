"""What the list of people can be narrowed by. Never by name: an address holds none."""

from __future__ import annotations

import datetime as dt

import django_filters
from django import forms
from django.db import models
from django.http import QueryDict

from accounts.models import User
from participants.models import Participant, ParticipantQuerySet, TakesPartAs
from participants.queries import people_list
from participants.school_years import YEAR_GROUPS

NO_YEAR = "unknown"
AGO = {"4": dt.timedelta(weeks=4), "12": dt.timedelta(weeks=12), "26": dt.timedelta(weeks=26)}


class Came(models.TextChoices):
    """When somebody came last, before now."""

    SINCE_4 = "since-4", "In the last 4 weeks"
    SINCE_12 = "since-12", "In the last 12 weeks"
    NOT_4 = "not-4", "Not in the last 4 weeks"
    NOT_12 = "not-12", "Not in the last 12 weeks"
    NOT_26 = "not-26", "Not in the last 26 weeks"
    NEVER = "never", "Never"


class PeopleFilter(django_filters.FilterSet):
    """Hub, school year, what they take part as, when they came last, and what is missing."""

    hub = django_filters.ChoiceFilter(method="at_hub", label="Hub", empty_label="Any hub")
    year = django_filters.ChoiceFilter(
        choices=[(str(year), label) for year, label in YEAR_GROUPS] + [(NO_YEAR, "Not known")],
        method="in_year",
        label="School year",
        empty_label="Any year",
    )
    takes_part_as = django_filters.ChoiceFilter(
        choices=TakesPartAs.choices, label="Takes part as", empty_label="Any"
    )
    came = django_filters.ChoiceFilter(
        choices=Came.choices, method="came_when", label="Last came", empty_label="Any time"
    )
    incomplete = django_filters.BooleanFilter(
        method="only_incomplete", label="Details to complete", widget=forms.CheckboxInput
    )
    no_contacts = django_filters.BooleanFilter(
        method="only_without_contacts", label="No contacts", widget=forms.CheckboxInput
    )

    class Meta:
        model = Participant
        fields = ("hub", "year", "takes_part_as", "came", "incomplete", "no_contacts")

    def __init__(
        self, data: QueryDict, queryset: ParticipantQuerySet, *, user: User, now: dt.datetime
    ) -> None:
        """Offer the hubs of the user's list; `now` says how long ago something is. One query."""
        self.now = now
        super().__init__(data, queryset)
        hubs = people_list.hubs_of_lists(user)
        self.filters["hub"].extra["choices"] = list(hubs.values_list("slug", "name"))

    def at_hub(self, people: ParticipantQuerySet, name: str, value: str) -> ParticipantQuerySet:
        """Registered at a hub with any record."""
        return people_list.at_hub(people, value)

    def in_year(self, people: ParticipantQuerySet, name: str, value: str) -> ParticipantQuerySet:
        """In a school year, or in none that is known."""
        if value == NO_YEAR:
            return people.filter(year_group__isnull=True)
        return people.filter(year_group=int(value))

    def came_when(self, people: ParticipantQuerySet, name: str, value: str) -> ParticipantQuerySet:
        """Came lately, or did not."""
        if value == Came.NEVER:
            return people_list.never_came(people)
        kind, _, weeks = value.partition("-")
        moment = self.now - AGO[weeks]
        if kind == "since":
            return people_list.came_since(people, moment)
        return people_list.not_since(people, moment)

    def only_incomplete(
        self, people: ParticipantQuerySet, name: str, value: object
    ) -> ParticipantQuerySet:
        """Whose details are still to be completed."""
        return people.filter(is_complete=False) if value else people

    def only_without_contacts(
        self, people: ParticipantQuerySet, name: str, value: object
    ) -> ParticipantQuerySet:
        """Of whom nobody knows whom to ring."""
        return people_list.without_contacts(people) if value else people

    @property
    def in_force(self) -> list[str]:
        """The names of the filters that are set: of which kind, never what was chosen."""
        return [name for name in self.base_filters if self.data.get(name)]

    @property
    def query(self) -> str:
        """What was asked for as the part of an address behind the question mark."""
        kept = QueryDict(mutable=True)
        for name in self.in_force:
            kept[name] = self.data[name]
        return kept.urlencode()
