"""Who somebody is, as staff fill it in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from hubs.models import Hub
from participants.models import Participant, TakesPartAs
from participants.school_years import YEAR_GROUPS, age_on, year_group_on

YOUNGEST, OLDEST = 3, 100
BAD_DATE = "Type a date such as 13/07/2010."
UNKNOWN = "unknown"
WORK_OUT = ""
IDENTITY_FIELDS = (
    *("given_name", "family_name", "known_as", "birth_date", "year_group", "school"),
    "takes_part_as",
)
LONGEST_SEARCH = 120


def words(label: str, length: int, **options: Any) -> forms.CharField:
    """A line of text that the browser does not fill in by itself."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **options.pop("attrs", {})})
    return forms.CharField(label=label, max_length=length, widget=widget, **options)


class VersionedForm(forms.Form):
    """A form that knows which state of a record it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def opened_again(self, version: int) -> None:
        """Keep what was typed, on top of the state that stands now."""
        typed = cast("QueryDict", self.data).copy()
        typed[self.add_prefix("version")] = str(version)
        self.data = typed


class SearchForm(forms.Form):
    """A name as somebody remembers it, or a reference; sent as a form, to stay out of addresses."""

    q = words(
        "Name or reference",
        LONGEST_SEARCH,
        error_messages={"required": "Type a name."},
        help_text="Spelling does not have to be right.",
        attrs={"type": "search"},
    )


class _IdentityFields(forms.Form):
    """The fields of the identity section; `today` says how old somebody is."""

    given_name = words("First name", 80, error_messages={"required": "Enter a first name."})
    family_name = words("Last name", 80, required=False)
    known_as = words(
        "Known as",
        80,
        required=False,
        help_text="If they go by another name than their first.",
    )
    birth_date = forms.DateField(
        label="Date of birth",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": BAD_DATE},
    )
    year_group = forms.ChoiceField(
        label="School year",
        required=False,
        choices=[
            (WORK_OUT, "Work it out from the date of birth"),
            *YEAR_GROUPS,
            (UNKNOWN, "Not known"),
        ],
        help_text="Somebody who stayed down or went ahead is in another year than their age says.",
    )
    school = words("School or college", 120, required=False, attrs={"list": "schools"})
    takes_part_as = forms.ChoiceField(label="Takes part as", choices=TakesPartAs.choices)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        """Take Django's options; ages and school years are those of `today`."""
        self.today = today
        super().__init__(*args, **options)

    def clean_birth_date(self) -> dt.date | None:
        """Nobody is younger than 3 or older than 100 here."""
        birth_date: dt.date | None = self.cleaned_data["birth_date"]
        if birth_date is None:
            return None
        if birth_date > self.today:
            raise ValidationError("This date is still to come.")
        age = age_on(birth_date, self.today)
        if not YOUNGEST <= age <= OLDEST:
            raise ValidationError(f"That makes them {age} years old. Look at the year again.")
        return birth_date

    def clean(self) -> dict[str, Any]:
        """Work the school year out where nothing else was said."""
        cleaned = super().clean() or self.cleaned_data
        chosen = cleaned.get("year_group", UNKNOWN)
        birth_date = cleaned.get("birth_date")
        if chosen == WORK_OUT:
            cleaned["year_group"] = year_group_on(birth_date, self.today) if birth_date else None
        else:
            cleaned["year_group"] = None if chosen == UNKNOWN else int(chosen)
        return cleaned

    @property
    def identity(self) -> dict[str, Any]:
        """The values by the record's fields."""
        return {name: self.cleaned_data[name] for name in IDENTITY_FIELDS}


class IdentityForm(_IdentityFields, VersionedForm):
    """Who somebody is, changed."""

    @classmethod
    def of(cls, person: Participant, version: int, today: dt.date) -> IdentityForm:
        """The form as the record stands."""
        initial: dict[str, Any] = {name: getattr(person, name) for name in IDENTITY_FIELDS}
        if person.year_group is None and person.birth_date is not None:
            proposed = year_group_on(person.birth_date, today)
            initial["year_group"] = UNKNOWN if proposed is None else WORK_OUT
        elif person.year_group is None:
            initial["year_group"] = UNKNOWN
        return cls(initial={**initial, "version": version}, today=today)


class NewPersonForm(_IdentityFields):
    """Somebody whom the portal does not know yet. The page makes the id: sent twice is once."""

    person_id = forms.UUIDField(widget=forms.HiddenInput)
    hubs = forms.ModelMultipleChoiceField(
        label="Hubs",
        queryset=Hub.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Its coordinators see them on their registers.",
        error_messages={"required": "Choose at least one hub."},
    )

    def __init__(self, *args: Any, hubs: Any, **options: Any) -> None:
        """Offer these hubs; the only one is chosen already."""
        initial: dict[str, Any] = {"person_id": uuid.uuid4()} | (options.pop("initial", None) or {})
        listed = list(hubs)
        if len(listed) == 1:
            initial["hubs"] = [listed[0].pk]
        super().__init__(*args, initial=initial, **options)
        self.fields["hubs"].queryset = hubs  # type: ignore[attr-defined]


class HubForm(forms.Form):
    """One of the hubs that may be added or left."""

    hub = forms.ModelChoiceField(
        label="Hub",
        queryset=Hub.objects.none(),
        to_field_name="slug",
        error_messages={"required": "Choose a hub.", "invalid_choice": "Choose one of the hubs."},
    )

    def __init__(self, *args: Any, hubs: Any, **options: Any) -> None:
        """Offer these hubs."""
        super().__init__(*args, **options)
        self.fields["hub"].queryset = hubs  # type: ignore[attr-defined]
