"""Why a session is cancelled."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

NO_NAMES = "Never a name: other people come in, and names stay on the internet."


class CancelReason(models.TextChoices):
    """What most sessions are cancelled for, as everybody reads it."""

    UNWELL = "The person who leads it is unwell.", "The person who leads it is unwell"
    BUILDING = "The building is closed.", "The building is closed"
    WEATHER = "The weather is too bad.", "The weather is too bad"
    HOLIDAY = "We are on holiday.", "We are on holiday"
    OTHER = "other", "Something else, which I write below"


class CancelForm(forms.Form):
    """Why a session is cancelled."""

    reason = forms.ChoiceField(
        choices=CancelReason,
        widget=forms.RadioSelect,
        required=False,
        label="Why is it cancelled?",
    )
    words = forms.CharField(
        max_length=200,
        required=False,
        label="In your own words",
        help_text=f"Everybody can read this. {NO_NAMES}",
    )

    def clean(self) -> dict[str, Any]:
        """A reason to tick or one in own words, which are enough without a tick."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("words") or self.errors:
            return cleaned
        if cleaned.get("reason") == CancelReason.OTHER:
            self.add_error("words", "Write in a few words why it is cancelled.")
        if not cleaned.get("reason"):
            self.add_error("reason", "Choose a reason, or write one.")
        return cleaned

    @property
    def says(self) -> str:
        """What everybody will read."""
        parts = (self.cleaned_data["reason"], self.cleaned_data["words"])
        return " ".join(part for part in parts if part and part != CancelReason.OTHER)[:200]
