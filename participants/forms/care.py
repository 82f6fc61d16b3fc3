"""Why care notes are opened, and what they say."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from participants.models import CareKind

IN_SESSION, OTHER = "session", "other"
REASONS: dict[str, str] = {
    IN_SESSION: "They are in my session today",
    "first_aid": "First aid",
    "planning": "Planning",
    "family": "Asked by the family",
    OTHER: "Something else",
}
LONGEST_WORDS = 120


class ReasonForm(forms.Form):
    """Why somebody needs to read care notes; it is written down before they are shown."""

    why = forms.ChoiceField(
        label="Why do you need to read them?",
        choices=list(REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why you need to read them."},
    )
    words = forms.CharField(
        label="In a few words (no names)",
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Something else is said in words."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("why") == OTHER and not cleaned.get("words"):
            self.add_error("words", "Say in a few words why.")
        return cleaned

    @property
    def reason(self) -> str:
        """The reason as it is written down."""
        why, words = REASONS[self.cleaned_data["why"]], self.cleaned_data["words"]
        return f"{why}: {words}" if words else why


class CareNoteForm(forms.Form):
    """A new care note. The page makes the id: sent twice is once."""

    note_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    kind = forms.TypedChoiceField(
        label="What it is about",
        choices=[("", "Choose"), *CareKind.choices],
        coerce=CareKind,
        error_messages={"required": "Choose what it is about."},
    )
    text = forms.CharField(
        label="What somebody who looks after them for an hour must know",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what there is to know."},
        help_text="What to do, and where things are: “Inhaler in the blue bag, two puffs.”",
    )
