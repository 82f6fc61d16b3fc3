"""What trust staff fill in on the way of a release."""

from __future__ import annotations

from typing import Any

from django import forms

from evaluation.models import Method

METHODS = (
    (
        Method.ROUNDED.value,
        "Rounded. Counts go to the nearest 5, and 1 to 4 becomes <5. Right for most reports.",
    ),
    (
        Method.EXACT.value,
        "Exact. Small counts, and others that give them away, are hidden; it may have to wait.",
    ),
)


class BeginForm(forms.Form):
    """How few children are protected."""

    method = forms.ChoiceField(
        label="How small groups of children are protected",
        choices=METHODS,
        initial=Method.ROUNDED.value,
        widget=forms.RadioSelect,
    )


class NarrativeForm(forms.Form):
    """The words of one box."""

    text = forms.CharField(
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"max_length": "This is too long for one box: at most 6,000 letters."},
    )

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class GiveBackForm(forms.Form):
    """What should be changed."""

    why = forms.CharField(
        label="What should be changed",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what should be changed."},
    )


class SignOffForm(forms.Form):
    """That somebody looked."""

    looked = forms.BooleanField(
        label="I have read all of it: the words name no child, and it may leave the trust",
        error_messages={"required": "Read it first, then tick here."},
    )


class WithdrawForm(forms.Form):
    """Why a release is taken back."""

    why = forms.CharField(
        label="Why it is taken back",
        max_length=200,
        error_messages={"required": "Say why it is taken back."},
    )
