"""Terms, days without sessions and copying a term, as people type them."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms

from activities.forms import DateField
from activities.models import Closure, ClosureKind, Term, london_today
from activities.queries.planning import CITYWIDE, Place
from activities.queries.terms import terms_of_the_city

TAKEN = "There is one of this kind from that day on already. Change that one."
HINTS = {
    ClosureKind.BANK_HOLIDAY: "Bank holiday: stops all but what takes place on bank holidays too",
    ClosureKind.HOLIDAY: "School holiday or half-term: stops what is in term time only",
    ClosureKind.INSET: "INSET day: stops what is in term time only",
    ClosureKind.BUILDING: "The building is closed: stops everything",
}


class TermForm(forms.ModelForm):
    """A school term of Derby."""

    starts_on = DateField(required=True, label="First day")
    ends_on = DateField(required=True, label="Last day")

    class Meta:
        model = Term
        fields = ("name", "starts_on", "ends_on")
        help_texts: ClassVar = {"name": "Such as: Autumn term 2026."}
        error_messages: ClassVar = {"name": {"unique": "There is a term of that name already."}}

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        cleaned = super().clean() or self.cleaned_data
        _check_order(self, cleaned.get("starts_on"), cleaned.get("ends_on"), "ends_on")
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: self.cleaned_data[name] for name in self.fields}


class ClosureForm(forms.ModelForm):
    """Days on which nothing, or less, takes place."""

    place = forms.ChoiceField(label="Where")
    kind = forms.ChoiceField(
        choices=list(HINTS.items()),
        widget=forms.RadioSelect,
        label="What sort of days",
        error_messages={"required": "Choose what sort of days they are."},
    )
    first_on = DateField(required=True, label="First day")
    last_on = DateField(label="Last day")

    field_order = ("place", "kind", "name", "first_on", "last_on")

    class Meta:
        model = Closure
        fields = ("kind", "name", "first_on", "last_on")
        labels: ClassVar = {"name": "What it is called"}
        error_messages: ClassVar = {"name": {"required": "Say what it is called."}}
        help_texts: ClassVar = {"name": "Such as: October half-term, or: Boiler repair."}

    def __init__(self, *args: Any, places: list[Place], **options: Any) -> None:
        """`places` are those where the user may close something."""
        super().__init__(*args, **options)
        self.places = {place.slug: place for place in places}
        choices = [(place.slug, "The whole city" if not place.hub else place.name)
                   for place in places]  # fmt: skip
        place = self.fields["place"]
        place.choices = choices  # type: ignore[attr-defined]
        if self.instance.pk:
            place.initial = self.instance.hub.slug if self.instance.hub else CITYWIDE
        self.fields["last_on"].help_text = "Empty for a single day."

    def clean(self) -> dict[str, Any]:
        """The days in order, and no second one of a kind on a day at a place."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["last_on"] = cleaned.get("last_on") or cleaned.get("first_on")
        _check_order(self, cleaned.get("first_on"), cleaned.get("last_on"), "last_on")
        if not self.errors and self._is_taken(cleaned):
            self.add_error("first_on", TAKEN)
        return cleaned

    def _is_taken(self, cleaned: dict[str, Any]) -> bool:
        hub = self.places[cleaned["place"]].hub
        same = Closure.objects.filter(hub=hub, kind=cleaned["kind"], first_on=cleaned["first_on"])
        return same.exclude(pk=self.instance.pk).exists()

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field."""
        facts = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return facts | {"hub": self.places[self.cleaned_data["place"]].hub}


class CopyForm(forms.Form):
    """Whose schedules are copied, from which term into which."""

    places = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Where",
        error_messages={"required": "Tick at least one place."},
    )
    source = forms.ModelChoiceField(Term.objects.none(), label="From", empty_label=None)
    target = forms.ModelChoiceField(Term.objects.none(), label="Into", empty_label=None)

    def __init__(self, *args: Any, places: list[Place], now: dt.datetime, **options: Any) -> None:
        """`places` are those that the user plans for; `now` decides which terms are over."""
        super().__init__(*args, **options)
        self.known = {place.slug: place for place in places}
        self.fields["places"].choices = [(each.slug, each.name) for each in places]  # type: ignore[attr-defined]
        self.fields["places"].initial = list(self.known)
        today = london_today(now)
        terms = terms_of_the_city()
        coming = terms.filter(ends_on__gte=today)
        self.fields["source"].queryset = terms.filter(starts_on__lte=today).order_by("-starts_on")  # type: ignore[attr-defined]
        self.fields["target"].queryset = coming  # type: ignore[attr-defined]
        self.fields["target"].initial = coming.filter(starts_on__gt=today).first()

    def clean(self) -> dict[str, Any]:
        """Forward in time only."""
        cleaned = super().clean() or self.cleaned_data
        source, target = cleaned.get("source"), cleaned.get("target")
        if source and target and target.starts_on <= source.ends_on:
            self.add_error("target", "Choose a term that begins after the other one ends.")
        return cleaned

    def choices(self) -> dict[str, Any]:
        """What was chosen: the places that were ticked, and the two terms."""
        places = [self.known[slug] for slug in self.cleaned_data["places"]]
        return self.cleaned_data | {"places": places}


def _check_order(
    form: forms.ModelForm, first: dt.date | None, last: dt.date | None, name: str
) -> None:
    if first and last and last < first:
        form.add_error(name, "Choose a day that is not before the first one.")
