"""What trust staff fill in when data got where it should not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from activities.models import LONDON
from participants.models import Breach

WHEN = "Choose a date and time."


def _moment(label: str, *, required: bool = False, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": WHEN, "invalid": WHEN},
    )


def _words(label: str, most: int, *, required: str = "", help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(required),
        help_text=help_text,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )


class NewBreachForm(forms.Form):
    """The two things that everything else follows from."""

    what = _words(
        "What happened?",
        4000,
        required="Write what happened.",
        help_text="For example: a laptop was stolen, a letter went to the wrong family. No names.",
    )
    known_at = _moment(
        "When did we know?", required=True, help_text="The 72 hours run from this moment."
    )

    def clean_known_at(self) -> dt.datetime:
        known_at: dt.datetime = self.cleaned_data["known_at"]
        if known_at > timezone.now():
            raise forms.ValidationError("That is in the future.")
        return known_at


class StaffField(forms.ModelChoiceField):
    """A member of staff, those who left among them."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} ({obj.email})"


class BreachForm(NewBreachForm):
    """What becomes known of a breach, and what is done about it, a piece at a time."""

    suspect = StaffField(
        label="Whose account was it?",
        queryset=User.objects.none(),
        required=False,
        empty_label="No account, or not known",
        help_text="From the audit trail we then see whose records it opened.",
    )
    since = _moment("From when?")
    until = _moment("Until when?")
    likely_harm = _words("What may come of it for the people affected?", 2000)
    done_about_it = _words("What have we done about it?", 4000)
    regulator_told_at = _moment("When was the regulator told?")
    not_told_why = forms.CharField(
        label="Or why did that not have to be?",
        max_length=300,
        required=False,
        help_text="Only if a risk for people is unlikely.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    people_told_at = _moment("When were the families told?")
    is_closed = forms.BooleanField(label="Nothing more is to be done: close it", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, breach: Breach) -> None:
        super().__init__(data, initial=_initial(breach))
        self.fields["suspect"].queryset = User.objects.order_by("name", "email")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "It cannot end before it began.")
        if cleaned.get("suspect") and not (since and until):
            self.add_error("since", "Say from when until when, so that we can see what was read.")
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of the breach as they shall be."""
        told = dict(self.cleaned_data)
        suspect, _ = told.pop("suspect"), told.pop("is_closed")
        return told | {"suspect_id": suspect.pk if suspect else None}


MOMENTS = ("known_at", "since", "until", "regulator_told_at", "people_told_at")


def _initial(breach: Breach) -> dict[str, Any]:
    names = ("what", "likely_harm", "done_about_it", "not_told_why")
    values: dict[str, Any] = {name: getattr(breach, name) for name in names}
    moments = {name: getattr(breach, name) for name in MOMENTS}
    values |= {name: at.astimezone(LONDON) if at else None for name, at in moments.items()}
    return values | {"suspect": breach.suspect_id, "is_closed": breach.closed_at is not None}
