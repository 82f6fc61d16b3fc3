"""What trust staff fill in about instruments: their words, and the terms of their owners."""

from __future__ import annotations

from django import forms


class WordingForm(forms.Form):
    """A file with the words of an instrument."""

    file = forms.FileField(
        label="File with the words",
        help_text="CSV in UTF-8, up to 1 MB.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )


class TermsForm(forms.Form):
    """Which licence or permission there is, and that somebody accepts it."""

    reference = forms.CharField(
        label="Licence or permission",
        help_text="Its number, or who gave it when: licence 1234, or their e-mail of 3 May 2019.",
        max_length=200,
        error_messages={"required": "Say which licence or permission it is."},
    )
    accepted = forms.BooleanField(
        label="I have read the terms and accept them for the programme.",
        error_messages={"required": "Tick this to accept the terms."},
    )
