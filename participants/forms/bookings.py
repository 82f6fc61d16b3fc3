"""What coordinators and parents fill in to book places."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django import forms

from activities.models import LONDON, Session
from participants.forms.register import YEAR_GROUPS

MOST_PLACES = 2000
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
YEARS = [("", "Choose a year"), *YEAR_GROUPS, ("unknown", "Not known")]


class PlacesForm(forms.Form):
    """How many can come; left empty, nobody has to book."""

    places = forms.IntegerField(
        label="How many places",
        min_value=0,
        max_value=MOST_PLACES,
        required=False,
        help_text="Leave it empty if nobody has to book. Most sessions need no booking.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class SearchForm(forms.Form):
    """Find somebody of one's hubs by the beginning of the first name."""

    q = forms.CharField(
        label="First name",
        max_length=80,
        error_messages={"required": "Enter a first name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _name(label: str, *, required: str = "", autocomplete: str = "off") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        required=bool(required),
        error_messages={"required": required},
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )


def _year(choices: list[tuple[Any, str]], required: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="School year",
        choices=choices,
        coerce=lambda value: None if value == "unknown" else int(value),
        error_messages={"required": required},
    )


class NewPersonForm(forms.Form):
    """Somebody whom the hub does not know. The page makes the id: sent twice is once."""

    person_id = forms.UUIDField(widget=forms.HiddenInput)
    given_name = _name("First name", required="Enter a first name.")
    year_group = _year(YEARS, "Choose a school year, or “Not known”.")
    family_name = _name("Last name (if you have it)")


class LinkForm(forms.Form):
    """Until when parents can book by a link: the session's start unless it is said otherwise."""

    expires_at = forms.DateTimeField(
        label="It ends",
        help_text="When the session starts, or earlier.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": "Choose a date and time.",
            "invalid": "Choose a date and time.",
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, session: Session) -> None:
        latest = session.starts_at.astimezone(LONDON).replace(second=0, microsecond=0, tzinfo=None)
        super().__init__(data, initial={"expires_at": latest})
        self.session = session

    def clean_expires_at(self) -> dt.datetime:
        """A minute is as exact as the field: the session's own moment stands for its minute."""
        moment: dt.datetime = self.cleaned_data["expires_at"]
        start = self.session.starts_at
        return start if moment == start.replace(second=0, microsecond=0) else moment


class ParentForm(forms.Form):
    """A parent books for a child: four fields, and the token of the booking's own address."""

    token = forms.RegexField(regex=TOKEN, widget=forms.HiddenInput)
    given_name = _name("Child's first name", required="Enter your child's first name.")
    family_name = _name("Child's last name", required="Enter your child's last name.")
    year_group = _year(
        [("", "Choose a year"), *YEAR_GROUPS, ("unknown", "None of these")], "Choose a school year."
    )
    may_book = forms.BooleanField(
        label="I am a parent or carer of this child and may book for them",
        error_messages={"required": "Only a parent or carer can book. Tick this if you are one."},
    )
