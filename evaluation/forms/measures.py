"""What trust staff choose of what a programme measures."""

from __future__ import annotations

from typing import Any

from django import forms

from activities.models import Programme
from evaluation.models import Instrument, Measure, RespondentKind
from evaluation.queries.instruments import definition_of


class MeasureForm(forms.Form):
    """Programme, instrument and who answers."""

    programme = forms.ModelChoiceField(queryset=Programme.objects.none(), empty_label=None)
    instrument = forms.ModelChoiceField(
        queryset=Instrument.objects.none(),
        empty_label=None,
        help_text="Only instruments that are in use: with their wording, and their owner's terms "
        "accepted.",
    )
    respondent = forms.ChoiceField(
        label="Who answers",
        choices=RespondentKind.choices,
        initial=RespondentKind.SELF,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = Programme.objects.all()  # type: ignore[attr-defined]
        in_use = Instrument.objects.published()
        self.fields["instrument"].queryset = in_use  # type: ignore[attr-defined]

    def clean_respondent(self) -> RespondentKind:
        """The kind itself."""
        return RespondentKind(self.cleaned_data["respondent"])


class PrimaryForm(forms.Form):
    """Which score of a measure is the primary outcome."""

    score = forms.ChoiceField(label="Score", widget=forms.RadioSelect)

    def __init__(self, *args: Any, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scores = definition_of(measure.instrument).scores
        self.fields["score"].choices = [  # type: ignore[attr-defined]
            (score.id, score.label) for score in scores
        ]
        if not self.is_bound:
            self.initial = {"score": measure.primary_score}
