"""The shape of what people choose."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from activities.days import Day, Window, window_of_date, window_of_day, window_of_week
from hubs.models import normal_postcode

FIRST_DATE = dt.date(2018, 1, 1)
LAST_DATE = dt.date(2099, 12, 31)
BAD_DATE = _("Type a date such as 13/07/2019.")
FAR_DATE = _("Choose a date between 2018 and 2099.")
BAD_DAY = _("Choose one of the days above.")
BAD_POSTCODE = _("Type a whole postcode, such as DE1 3AH.")
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}")
BOTH = _("Choose a date or a week, not both.")


class DateField(forms.DateField):
    """A date within the years that sessions can have, in the browser's own picker."""

    def __init__(self, *, required: bool = False, **options: Any) -> None:
        """Take the options of Django's field; the widget and the limits are given."""
        super().__init__(
            required=required,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            validators=[
                MinValueValidator(FIRST_DATE, FAR_DATE),
                MaxValueValidator(LAST_DATE, FAR_DATE),
            ],
            # Only staff are asked for a date that they must give.
            error_messages={"invalid": BAD_DATE, "required": "Choose a date."},
            **options,
        )


class DayForm(forms.Form):
    """When: one of the quick choices, or a date, or a week; the next 7 days where nothing is."""

    day = forms.ChoiceField(
        choices=Day,
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": BAD_DAY},
    )
    date = DateField(label=_("On a date"))
    week = DateField(label=_("Or the week of"))

    def clean_week(self) -> dt.date | None:
        """A date and a week together mean nothing."""
        week: dt.date | None = self.cleaned_data["week"]
        if week and self.cleaned_data.get("date"):
            raise ValidationError(BOTH)
        return week

    def chosen_day(self) -> Day | None:
        """The quick choice in force: none where a date or a week is."""
        self.is_valid()
        if self.cleaned_data.get("date") or self.cleaned_data.get("week"):
            return None
        return Day(self.cleaned_data.get("day") or Day.WEEK)

    def window(self, today: dt.date) -> Window:
        """The dates that are meant; what could not be read is as if it were not there."""
        if day := self.chosen_day():
            return window_of_day(day, today)
        if date := self.cleaned_data.get("date"):
            return window_of_date(date)
        return window_of_week(self.cleaned_data["week"])

    def pairs(self) -> list[tuple[str, str]]:
        """What is meant, as it stands in an address; nothing for the next 7 days."""
        self.is_valid()
        dates = [
            (name, date.isoformat())
            for name in ("date", "week")
            if (date := self.cleaned_data.get(name))
        ]
        day = self.cleaned_data.get("day")
        return dates or ([("day", day)] if day else [])

    @property
    def dates(self) -> list[forms.BoundField]:
        """The fields of a date and of a week."""
        return [self["date"], self["week"]]

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        return [str(each) for problems in self.errors.values() for each in problems]


class PostcodeForm(forms.Form):
    """A postcode as people type it."""

    postcode = forms.CharField(max_length=20)

    def clean_postcode(self) -> str:
        """A whole postcode in its one spelling."""
        postcode = normal_postcode(self.cleaned_data["postcode"])
        if not POSTCODE.fullmatch(postcode):
            raise ValidationError(BAD_POSTCODE)
        return postcode
