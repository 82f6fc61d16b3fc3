"""What is written down of a legal hold."""

from __future__ import annotations

from django import forms


class FindForm(forms.Form):
    """A name to look for. Sent, never put into an address."""

    name = forms.CharField(
        label="Whose data must be kept?",
        max_length=120,
        help_text="A name as you remember it. It may be misspelt.",
        error_messages={"required": "Enter a name."},
    )


class PlaceForm(forms.Form):
    """Why nothing of somebody may be deleted."""

    why = forms.CharField(
        label="Why must it be kept?",
        max_length=300,
        help_text="Who asked for it and under what reference, such as a court's or an inquiry's.",
        error_messages={"required": "Say why it must be kept."},
    )


class EndForm(forms.Form):
    """Why a hold ends."""

    why = forms.CharField(
        label="Why does it end?",
        max_length=300,
        error_messages={"required": "Say why it ends."},
    )
