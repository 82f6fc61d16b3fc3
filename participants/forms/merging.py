"""Which of two records stays, and whose values it keeps."""

from __future__ import annotations

from typing import Any

from django import forms

from participants.models import Participant
from participants.queries.merging import SAYS_NOTHING, Comparison, FieldOfTwo, Side

FIRST, SECOND = "A", "B"


class MergeForm(forms.Form):
    """Choose the record that stays, and for each field that differs which value."""

    stays = forms.ChoiceField(
        label="Which record stays?",
        help_text="Its number stays in use. The other leads to it from now on.",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose which record stays."},
    )

    def __init__(self, *args: Any, comparison: Comparison, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.comparison = comparison
        sides = (comparison.first, comparison.second)
        stays: Any = self.fields["stays"]
        stays.choices = [(side.letter, _side_in_words(side)) for side in sides]
        # Where most is written down, least changes for those who know the record.
        likely = max(sides, key=lambda side: (side.sessions, side.person.is_complete))
        stays.initial = likely.letter
        for field in comparison.differing:
            self.fields[f"keep_{field.name}"] = _choice(field, likely.letter)

    def root(self) -> Participant:
        """The record that stays."""
        return self._sides()[0].person

    def record(self) -> Participant:
        """The record that becomes the other's person."""
        return self._sides()[1].person

    def take(self) -> set[str]:
        """Names of the fields whose values come from the record that does not stay."""
        stays = self.cleaned_data["stays"]
        return {
            field.name
            for field in self.comparison.differing
            if self.cleaned_data[f"keep_{field.name}"] != stays
        }

    def _sides(self) -> tuple[Side, Side]:
        first, second = self.comparison.first, self.comparison.second
        return (first, second) if self.cleaned_data["stays"] == FIRST else (second, first)


def _side_in_words(side: Side) -> str:
    sessions = f"{side.sessions} session{'' if side.sessions == 1 else 's'}"
    made = f"{side.person.created_at:%-d %B %Y}"
    return f"Record {side.letter}: {side.person.full_name}, {sessions}, made on {made}"


def _choice(field: FieldOfTwo, likely: str) -> forms.ChoiceField:
    """Two values to choose from: that of the likelier record, unless it says nothing."""
    values = {FIRST: field.first, SECOND: field.second}
    other = SECOND if likely == FIRST else FIRST
    return forms.ChoiceField(
        label=field.label,
        choices=[(letter, f"{letter}: {value}") for letter, value in values.items()],
        widget=forms.RadioSelect,
        initial=other if values[likely] in SAYS_NOTHING else likely,
        error_messages={"required": "Choose one."},
    )
