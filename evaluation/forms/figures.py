"""What trust staff choose of a release for the public."""

from __future__ import annotations

from typing import Any

from django import forms

from evaluation.released import Offer


class FiguresForm(forms.Form):
    """Which figures of a release go up."""

    figures = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one figure.",
            "invalid_choice": "One of these figures is not in this release.",
        },
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [(each.key, each.indicator.label) for each in offer.candidates]
        self.fields["figures"].choices = keys  # type: ignore[attr-defined]
