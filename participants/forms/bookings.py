"""What coordinators and parents fill in to book places."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import LONDON, Session
from participants.school_years import YEAR_GROUPS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_PLACES = 2000
BAD_PLACES = f"Type a whole number up to {MOST_PLACES}, or leave it empty."
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
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_PLACES),
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


def _name(label: StrOrPromise, *, required: StrOrPromise = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        required=bool(required),
        error_messages={"required": required},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _year(
    choices: list[tuple[Any, Any]], required: StrOrPromise, label: StrOrPromise = "School year"
) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
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


def _parents_years() -> list[tuple[Any, Any]]:
    years = ((year, format_lazy(_("Year {number}"), number=year)) for year in range(1, 15))
    none = ("unknown", _("None of these"))
    return [("", _("Choose a year")), (0, _("Reception")), *years, none]


class ParentForm(forms.Form):
    """A parent books for a child: four fields, and the token of the booking's own address."""

    token = forms.RegexField(regex=TOKEN, widget=forms.HiddenInput)
    given_name = _name(_("Child's first name"), required=_("Enter your child's first name."))
    family_name = _name(_("Child's last name"), required=_("Enter your child's last name."))
    year_group = _year(_parents_years(), _("Choose a school year."), label=_("School year"))
    may_book = forms.BooleanField(
        label=pgettext_lazy(
            "safeguarding", "I am a parent or carer of this child and may book for them"
        ),
        error_messages={
            "required": pgettext_lazy(
                "safeguarding", "Only a parent or carer can book. Tick this if you are one."
            )
        },
    )

    @property
    def asks_in_english(self) -> bool:
        """Whether nobody has put what a parent ticks into the page's language yet."""
        return str(self.fields["may_book"].label).startswith("I am a parent")
