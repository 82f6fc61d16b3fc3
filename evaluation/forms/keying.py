"""Paper keyed in: a number for each question, nothing where it was passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from evaluation.models import Assistance
from evaluation.queries.instruments import Question

PREFIX = "answer-"
HELP = [
    (Assistance.ALONE.value, "Alone"),
    (Assistance.HELPED.value, "With somebody's help"),
    (Assistance.UNKNOWN.value, "Not known"),
]


class AnswersForm(forms.Form):
    """One short field a question, for the number of its answer."""

    def __init__(
        self,
        questions: Sequence[Question],
        data: Mapping[str, Any] | None = None,
        *,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.questions = questions
        for question in questions:
            self.fields[f"{PREFIX}{question.id}"] = _number(question)

    @property
    def rows(self) -> Iterator[tuple[Question, forms.BoundField]]:
        """Each question with its field."""
        return ((question, self[f"{PREFIX}{question.id}"]) for question in self.questions)

    @property
    def scale(self) -> tuple[tuple[int, str], ...]:
        """What the numbers mean, where they mean the same for every question; else nothing."""
        scales = {question.options for question in self.questions}
        return next(iter(scales)) if len(scales) == 1 else ()

    @property
    def answers(self) -> dict[str, int]:
        """The answers by item; without those that were passed over."""
        given = ((each.id, self.cleaned_data[f"{PREFIX}{each.id}"]) for each in self.questions)
        return {item: value for item, value in given if value is not None}


class KeyingForm(AnswersForm):
    """A form on paper: when it was answered, how, and the answers. Observers need not say how."""

    answered_on = forms.DateField(
        label="Date on the paper",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a date.", "invalid": "Choose a date."},
    )
    assistance = forms.ChoiceField(
        label="How they answered",
        choices=HELP,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how they answered."},
    )

    def __init__(
        self,
        questions: Sequence[Question],
        data: Mapping[str, Any] | None = None,
        *,
        day: dt.date,
        is_observed: bool,
    ) -> None:
        super().__init__(questions, data, initial={"answered_on": day})
        if is_observed:
            del self.fields["assistance"]
            self.fields["answered_on"].label = "Date you saw it"

    def how(self) -> Assistance:
        """How they answered; staff who observe fill it in themselves."""
        return Assistance(self.cleaned_data.get("assistance", Assistance.BY_STAFF))

    def clean(self) -> dict[str, Any]:
        """At least one answer."""
        data = super().clean() or {}
        if not self.errors and not self.answers:
            raise forms.ValidationError("Key in at least one answer.")
        return data


def _number(question: Question) -> forms.IntegerField:
    values = [value for value, _ in question.options]
    wrong = f"From {values[0]} to {values[-1]}, or nothing."
    widest = max(len(str(value)) for value in values)
    return forms.IntegerField(
        label=question.text,
        required=False,
        min_value=values[0],
        max_value=values[-1],
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "maxlength": widest,
                "class": "keying__number",
                "data-keys": "one" if widest == 1 else "many",
            }
        ),
    )
