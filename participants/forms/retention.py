"""What is asked before a plan is made."""

from __future__ import annotations

import datetime as dt

from django import forms

from activities.forms import DateField

FUTURE = "Choose today or an earlier day: nothing is deleted ahead of its time."


class PlanForm(forms.Form):
    """As of which day the rules are applied."""

    as_of = DateField(
        required=True,
        label="As of which day?",
        help_text="What the rules reach on this day. Making a plan changes nothing.",
    )

    def __init__(self, *args: object, today: dt.date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.today = today

    def clean_as_of(self) -> dt.date:
        as_of: dt.date = self.cleaned_data["as_of"]
        if as_of > self.today:
            raise forms.ValidationError(FUTURE)
        return as_of
