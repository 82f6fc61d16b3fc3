"""What auditors type."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.http import QueryDict

LONGEST = dt.timedelta(days=366)
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2999, 12, 30)


class DateField(forms.DateField):
    """A date in the browser's own picker, within what a calendar of ours knows."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: object) -> dt.date | None:
        """Refuse dates so far off that times of day beside them do not exist."""
        date: dt.date | None = super().clean(value)
        if date and not EARLIEST <= date <= LATEST:
            raise forms.ValidationError("Choose a date of this century or soon after.")
        return date


class RecordForm(forms.Form):
    """The number of a record, as its page and the trail show it."""

    number = forms.UUIDField(
        label="Number of the record",
        help_text="On the record it is called its reference. It looks like "
        "0b6f1c1e-8f5f-4f0e-9d5e-3a1f6f0f4b11.",
        error_messages={"invalid": "A number has 32 digits and letters from a to f."},
    )


class SpanForm(forms.Form):
    """From when until when, and a date of which everything is shown."""

    first = DateField(label="From", required=False)
    last = DateField(label="To", required=False)
    day = DateField(label="Date", required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, today: dt.date, length: dt.timedelta) -> None:
        """Unless told otherwise, so many days up to today."""
        asked = data.copy()
        asked["last"] = asked.get("last") or today.isoformat()
        asked["first"] = asked.get("first") or (today - length).isoformat()
        super().__init__(asked)

    def clean(self) -> None:
        """Keep the span in order, and short enough to be added up."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            raise forms.ValidationError("The first date is after the last one.")
        if first and last and last - first > LONGEST:
            raise forms.ValidationError("Choose a year at most.")

    @property
    def begins(self) -> dt.date:
        """First date, included."""
        first: dt.date = self.cleaned_data["first"]
        return first

    @property
    def ends(self) -> dt.date:
        """Last date, included."""
        last: dt.date = self.cleaned_data["last"]
        return last

    @property
    def date(self) -> dt.date | None:
        """The date of which everything is shown."""
        day: dt.date | None = self.cleaned_data["day"]
        return day


class LookedAtForm(forms.Form):
    """What came of an alert."""

    words = forms.CharField(
        label="What came of it",
        help_text="For example: asked, it was the check of contacts before the trip. No names of "
        "children.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
