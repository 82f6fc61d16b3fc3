"""What an activity offers, in every edition."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from activities.forms import DateField
from activities.models import (
    AccessNeed,
    Activity,
    ActivityText,
    BringItem,
    SpokenLanguage,
    london_today,
)
from activities.planning_forms.cancelling import NO_NAMES
from activities.schedule_dates import moment
from activities.strands import USUAL
from activities.templatetags.listing import clock, plain_date
from hubs.models import Postcode, normal_postcode
from hubs.wording import Edition

POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}")
# The names of a form's fields under their headings.
Groups = tuple[tuple[str, tuple[str, ...]], ...]
BAD_AGE = "Type an age in whole years, such as 12."


class FactsForm(forms.ModelForm):
    """Everything that somebody who has never been there needs to know."""

    bring = forms.MultipleChoiceField(
        choices=BringItem,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What to bring",
    )
    access_needs = forms.MultipleChoiceField(
        choices=AccessNeed,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What there is",
        help_text="Tick only what you have seen there yourself.",
    )
    languages = forms.MultipleChoiceField(
        choices=SpokenLanguage,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Languages that somebody there speaks",
    )

    GROUPS: ClassVar[Groups] = (
        ("What it is", ("title", "kind", "strand", "summary")),
        (
            "Who can come, and what it costs",
            ("min_age", "max_age", "send_friendly", "welcomes_alone", "is_free", "cost"),
        ),
        ("The first time", ("first_ten_minutes", "met_by", "met_where", "bring", "bring_more")),
        (
            "Where it is, and how to get there",
            ("venue", "address", "postcode", "bus_stop", "walk_minutes", "getting_there"),
        ),
        ("Access, quiet and languages", ("access_needs", "access", "quiet_option", "languages")),
    )

    class Meta:
        model = Activity
        fields: ClassVar[tuple[str, ...]] = (
            *(
                "title",
                "kind",
                "strand",
                "summary",
                "min_age",
                "max_age",
                "send_friendly",
                "welcomes_alone",
                "is_free",
            ),
            *("cost", "first_ten_minutes", "met_by", "met_where", "bring", "bring_more"),
            *("venue", "address", "postcode", "bus_stop", "walk_minutes", "getting_there"),
            *("access_needs", "access", "quiet_option", "languages"),
        )
        widgets: ClassVar = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "first_ten_minutes": forms.Textarea(attrs={"rows": 3}),
            "access": forms.Textarea(attrs={"rows": 2}),
            "quiet_option": forms.Textarea(attrs={"rows": 2}),
            "getting_there": forms.Textarea(attrs={"rows": 2}),
        }
        labels: ClassVar = {
            "title": "What it is called",
            "kind": "What sort of thing it is",
            "strand": "More exactly",
            "summary": "In two sentences",
            "min_age": "From age",
            "max_age": "To age",
            "send_friendly": "SEND friendly",
            "welcomes_alone": "People can come on their own",
            "is_free": "It is free",
            "first_ten_minutes": "What happens in the first ten minutes",
            "quiet_option": "If it gets too loud",
        }
        help_texts: ClassVar = {
            "title": "Short, as young people say it. Look at the other languages after a new name.",
            "strand": f"One of these is known in every language: {', '.join(USUAL)}.",
            "send_friendly": "Good for people with special educational needs or disabilities.",
            "cost": "Only where it is not free, such as: £1 a time.",
            "first_ten_minutes": "What a newcomer sees and does. Short words.",
            "met_by": f"A role. {NO_NAMES}",
            "met_where": f"And how to know them: at the blue door, in a red top. {NO_NAMES}",
            "postcode": "The place on the map and distances are worked out from it.",
            "bus_stop": "As it stands on the stop.",
            "quiet_option": "Where somebody can go who needs a break.",
        }
        error_messages: ClassVar = {
            "title": {"required": "Say what it is called."},
            "kind": {"required": "Choose what sort of thing it is."},
            "venue": {"required": "Say where it is."},
            "partner": {"required": "Choose who runs it."},
            "walk_minutes": dict.fromkeys(
                ("invalid", "min_value", "max_value"), "Type whole minutes from 0 to 90."
            ),
            "min_age": dict.fromkeys(("required", "invalid", "min_value", "max_value"), BAD_AGE),
            "max_age": dict.fromkeys(("required", "invalid", "min_value", "max_value"), BAD_AGE),
        }

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean_postcode(self) -> str:
        """A postcode that is known, in its one spelling, or none."""
        typed: str = self.cleaned_data["postcode"]
        postcode = normal_postcode(typed)
        self.place: Postcode | None = None
        if not postcode:
            return ""
        if not POSTCODE.fullmatch(postcode):
            raise ValidationError("Type a whole postcode, such as DE1 3AH.")
        self.place = Postcode.objects.typed(postcode).first()
        if self.place is None and "postcode" in self.changed_data:
            raise ValidationError(
                "We do not know that postcode. Check it, or leave it empty and write the address."
            )
        return postcode

    def clean(self) -> dict[str, Any]:
        """Ages in order; a price only for what costs something."""
        cleaned = super().clean() or self.cleaned_data
        youngest, oldest = cleaned.get("min_age"), cleaned.get("max_age")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.add_error("max_age", "Type an age that is not below the first one.")
        if cleaned.get("is_free") and cleaned.get("cost"):
            self.add_error("cost", "Either it is free or it costs this. Change one of the two.")
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field; the place follows the postcode where that changed."""
        facts = {name: self.cleaned_data[name] for name in self.fields}
        if "postcode" in self.changed_data:
            facts |= self._coordinates()
        return facts

    def _coordinates(self) -> dict[str, float | None]:
        place = self.place
        if place is None or place.latitude is None or place.longitude is None:
            return {"latitude": None, "longitude": None}
        return {"latitude": float(place.latitude), "longitude": float(place.longitude)}


class WordsForm(forms.ModelForm):
    """An activity's words in one edition; what is left empty stays English."""

    class Meta:
        model = ActivityText
        fields = ActivityText.WORDS
        widgets: ClassVar = dict.fromkeys(ActivityText.WORDS, forms.Textarea)
        labels: ClassVar = {
            "bring_more": "Anything else to bring",
            "met_where": "Where they meet you",
            "quiet_option": "If it gets too loud",
            "access": "More about access and toilets",
        }

    def __init__(self, *args: Any, edition: Edition, activity: Activity, **options: Any) -> None:
        """Show the English beside each field, and write in the edition's direction."""
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs |= {"lang": edition.language, "dir": "auto", "rows": 2}
            field.help_text = getattr(activity, name)

    @property
    def pairs(self) -> list[forms.BoundField]:
        """The fields that say something in English, or in these words."""
        return [field for field in self if field.help_text or field.value()]


@dataclass(frozen=True)
class Saved:
    """What is saved in a field, in words; empty where nothing is."""

    label: str
    value: str


def saved_otherwise(form: forms.ModelForm, stored: models.Model) -> list[Saved]:
    """What is saved of a filled-in form's fields, as far as that is not what was typed."""
    return [
        Saved(str(field.label), _in_words(getattr(stored, field.name), field))
        for field in form
        if hasattr(stored, field.name)
        and getattr(stored, field.name) != form.cleaned_data[field.name]
    ]


def _in_words(value: Any, field: forms.BoundField) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    labels = {str(each): str(label) for each, label in _choices(field)}
    values = value if isinstance(value, list) else [value]
    return ", ".join(
        labels.get(str(each), _plain(each)) for each in values if each not in {None, ""}
    )


def _plain(value: Any) -> str:
    if isinstance(value, dt.time):
        return clock(moment(london_today(timezone.now()), value))
    return plain_date(value) if isinstance(value, dt.date) else str(value)


def _choices(field: forms.BoundField) -> Iterable[tuple[Any, Any]]:
    return getattr(field.field, "choices", ())


class CheckForm(forms.Form):
    """Who stands by the words, and since when."""

    speaker = forms.CharField(
        max_length=120,
        label="Who has checked them",
        help_text="Somebody who speaks the language, by their name. It is not shown to visitors.",
    )
    checked_on = DateField(required=True, label="On")

    def clean_checked_on(self) -> dt.date:
        """Nobody has checked anything tomorrow."""
        day: dt.date = self.cleaned_data["checked_on"]
        if day > london_today(self.now):
            raise ValidationError("Type a date that is not in the future.")
        return day

    def __init__(self, *args: Any, now: dt.datetime, **options: Any) -> None:
        """`now` decides what is in the future."""
        super().__init__(*args, **options)
        self.now = now
