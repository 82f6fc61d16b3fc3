"""What the list of sessions can be narrowed by. The day is a form of its own (`forms.DayForm`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms

from activities.models import Kind, Session, SessionQuerySet
from hubs.models import Hub

BAD_AGE = "Type an age in whole years, such as 12."
BAD_CHOICE = "Choose one from the list."
OLDEST = 120


class Flag(django_filters.Filter):
    """A tick box: ticked keeps the rows that are so, unticked keeps all."""

    field_class = forms.BooleanField

    def filter(self, qs: Any, value: bool | None) -> Any:  # noqa: FBT001  (django-filter's signature)
        """Narrow the rows where the box is ticked."""
        return qs.filter(**{self.field_name: True}) if value else qs


class Age(django_filters.Filter):
    """An age in whole years."""

    field_class = forms.IntegerField

    def filter(self, qs: SessionQuerySet, value: int | None) -> SessionQuerySet:
        """Keep the sessions whose ages include it."""
        return qs if value is None else qs.for_age(value)


@dataclass(frozen=True)
class Choice:
    """A filter in force, and the address of the same list without it."""

    label: str
    address_without: str


class SessionFilter(django_filters.FilterSet):
    """Where, what kind and for whom."""

    hub = django_filters.ModelChoiceFilter(
        field_name="activity__hub",
        queryset=Hub.objects.public(),
        to_field_name="slug",
        label="Hub",
        empty_label="Any hub",
        null_label="Elsewhere in the city",
        null_value="elsewhere",
        error_messages={"invalid_choice": BAD_CHOICE},
    )
    kind = django_filters.ChoiceFilter(
        field_name="activity__kind",
        choices=Kind,
        label="Kind",
        empty_label="Any kind",
        error_messages={"invalid_choice": BAD_CHOICE},
    )
    age = Age(
        label="Your age",
        min_value=0,
        max_value=OLDEST,
        error_messages={"invalid": BAD_AGE, "min_value": BAD_AGE, "max_value": BAD_AGE},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    free = Flag(field_name="activity__is_free", label="Free")
    send = Flag(
        field_name="activity__send_friendly",
        label="SEND friendly",
        help_text="Good for people with special educational needs or disabilities",
    )
    alone = Flag(field_name="activity__welcomes_alone", label="Come on your own welcome")

    class Meta:
        model = Session
        fields: tuple[str, ...] = ()

    def choices_in_force(self) -> list[Choice]:
        """Every filter that narrows the list, in the form's order."""
        chosen = self.form.cleaned_data
        return [
            Choice(self._says(name, chosen[name]), self._address_without(name))
            for name in self.filters
            if chosen.get(name) not in {None, ""} and chosen[name] is not False
        ]

    def _says(self, name: str, value: Any) -> str:
        match name:
            case "age":
                return f"Age {value}"
            case "kind":
                return str(Kind(value).label)
            case "hub":
                return str(value) if isinstance(value, Hub) else "Elsewhere in the city"
            case _:
                return str(self.filters[name].label)

    def _address_without(self, name: str) -> str:
        address = self.data.copy()
        for gone in (name, "page"):
            address.pop(gone, None)
        return f"?{address.urlencode()}"
