"""What is written down of requests about people's data."""

from __future__ import annotations

import datetime as dt

from django import forms

from activities.forms import DateField
from participants.models import Outcome, Relationship, Right
from participants.services.rights import FUTURE, Asked

ASKERS = [
    (Relationship.THEMSELVES.value, "The young person themselves"),
    *(each for each in Relationship.choices if each[0] != Relationship.THEMSELVES),
]
ERASE = "erase"
# Erasing answers its request by itself.
ANSWERS = [each for each in Outcome.choices if each[0]]


class FindForm(forms.Form):
    """A name to look for. Sent, never put into an address."""

    name = forms.CharField(
        label="Whose data is it about?",
        max_length=120,
        help_text="A name as you remember it. It may be misspelt.",
        error_messages={"required": "Enter a name."},
    )


class RequestForm(forms.Form):
    """Somebody asks something about a person's data."""

    right = forms.ChoiceField(
        label="What do they ask for?",
        choices=Right.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they ask for."},
    )
    asked_by = forms.CharField(
        label="Who asks?", max_length=120, error_messages={"required": "Say who asks."}
    )
    relationship = forms.ChoiceField(
        label="Who are they to the young person?",
        choices=[("", "Choose"), *ASKERS],
        error_messages={"required": "Choose who they are."},
    )
    identity_checked = forms.CharField(
        label="How do we know that it is them?",
        max_length=200,
        help_text="Such as: known to the hub since 2019, or rang back on the number we hold.",
        error_messages={"required": "Say how it was checked."},
    )
    received_on = DateField(
        required=True,
        label="When was it received?",
        help_text="The day it reached anybody of the programme, however it came.",
    )
    words = forms.CharField(
        label="What do they ask, in their words?",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: object, today: dt.date, **kwargs: object) -> None:
        """`today` is the latest day that it can have been received on."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._today = today

    def clean_received_on(self) -> dt.date:
        """Not a day to come."""
        day: dt.date = self.cleaned_data["received_on"]
        if day > self._today:
            raise forms.ValidationError(FUTURE)
        return day

    def asked(self) -> Asked:
        """What was filled in, but for the day."""
        cleaned = self.cleaned_data
        return Asked(
            right=Right(cleaned["right"]),
            asked_by=cleaned["asked_by"],
            relationship=cleaned["relationship"],
            identity_checked=cleaned["identity_checked"],
            words=cleaned["words"],
        )


class WhyForm(forms.Form):
    """A reason, without names: it stands in the audit trail."""

    why = forms.CharField(
        label="Why?",
        max_length=200,
        help_text="Without names: it is kept in the audit trail.",
        error_messages={"required": "Say why."},
    )


class ExtendForm(forms.Form):
    """Why a request takes longer."""

    why = forms.CharField(
        label="Why does it take longer?",
        max_length=300,
        help_text="The law allows it only where a request is complex, or one of several.",
        error_messages={"required": "Say why."},
    )


class AnswerForm(forms.Form):
    """How a request ended."""

    outcome = forms.ChoiceField(
        label="How did it end?",
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it ended."},
    )
    words = forms.CharField(
        label="What was done, what was not, and why?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Whoever asked is told this, and that they may complain to the ICO.",
        error_messages={"required": "Say what was done."},
    )


class EraseForm(forms.Form):
    """The word that erases somebody, typed."""

    word = forms.CharField(
        label=f"Type the word {ERASE}",
        max_length=20,
        help_text="It cannot be undone.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": f"Type the word {ERASE}."},
    )

    def clean_word(self) -> str:
        """The very word."""
        word: str = self.cleaned_data["word"]
        if word.strip().lower() != ERASE:
            raise forms.ValidationError(f"Type the word {ERASE}.")
        return word
