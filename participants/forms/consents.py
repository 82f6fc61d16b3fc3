"""What staff write down of answers that were given to them."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from activities.models import LONDON, london_today
from participants.models import ConsentHow, DecidedBy, Purpose, Relationship
from participants.words_asked import words_of

YES, NO = "yes", "no"
SAID = [("", "Not answered"), (YES, "Yes"), (NO, "No")]
HOW = [
    (each.value, each.label) for each in (ConsentHow.IN_PERSON, ConsentHow.PHONE, ConsentHow.PAPER)
]


class RecordConsentsForm(forms.Form):
    """Answers of one grown-up at one time; what was not asked stays as it was."""

    WHO: ClassVar[tuple[str, ...]] = ("answered_by", "relationship", "how", "answered_on")

    answered_by = forms.CharField(
        label="Who answered",
        max_length=120,
        error_messages={"required": "Enter who answered."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relationship = forms.ChoiceField(
        label="Who they are to the young person",
        choices=[("", "Choose"), *Relationship.choices],
        error_messages={"required": "Choose who they are."},
    )
    how = forms.ChoiceField(
        label="How they answered",
        choices=HOW,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how they answered."},
    )
    answered_on = forms.DateField(
        label="When they answered",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), "Enter a date."),
    )
    decided_by = forms.ChoiceField(
        label="Photographs of somebody in care or a care leaver: who decided?",
        help_text="Needed before a yes to photographs of somebody whom a council looks after.",
        choices=[("", "Does not apply"), *DecidedBy.choices],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answered_on"].initial = london_today(timezone.now())
        for purpose in Purpose:
            words = words_of(purpose)
            self.fields[purpose.value] = forms.ChoiceField(
                label=purpose.label,
                help_text=f"{words.question} {words.text}",
                choices=SAID,
                widget=forms.RadioSelect,
                required=False,
            )
        self.order_fields([*self.WHO, *Purpose.values, "decided_by"])

    def clean(self) -> dict[str, Any]:
        """At least one answer."""
        data = super().clean() or {}
        if not any(data.get(name) for name in Purpose.values):
            raise forms.ValidationError("Write down at least one answer.")
        return data

    def answers(self) -> dict[Purpose, bool]:
        """What was answered, by purpose."""
        said = ((purpose, self.cleaned_data[purpose.value]) for purpose in Purpose)
        return {purpose: value == YES for purpose, value in said if value}

    def moment(self, now: dt.datetime) -> dt.datetime:
        """When it was said: today is now, an earlier day its noon in Derby."""
        day: dt.date = self.cleaned_data["answered_on"]
        if day == london_today(now):
            return now
        return dt.datetime.combine(day, dt.time(12), tzinfo=LONDON)
