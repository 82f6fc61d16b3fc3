"""Which answers are worrying, as the safeguarding lead sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from evaluation.queries.worry import AskedItem

HELP, CONCERN, URGENT = "help", "concern", "urgent"
DEEDS = [
    (HELP, "Show where to find help, nothing more"),
    (CONCERN, "Show help, and raise a concern"),
    (URGENT, "Show help, and raise an urgent concern"),
]
AN_END = "Write from which answer on, up to which, or both."


class RuleForm(forms.Form):
    """A rule for one question: both ends are included, and one of them may be left empty."""

    item = forms.ChoiceField(label="Question", error_messages={"required": "Choose a question."})
    at_least = forms.IntegerField(
        label="Worrying from this answer on",
        help_text="One of the two is enough.",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    at_most = forms.IntegerField(
        label="Worrying up to this answer",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    deed = forms.ChoiceField(
        label="What happens", choices=DEEDS, initial=HELP, widget=forms.RadioSelect
    )

    def __init__(self, items: Sequence[AskedItem], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        offered = [("", "Choose"), *((item.id, item.words) for item in items)]
        self.fields["item"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """At least one end."""
        data = super().clean() or {}
        if not self.errors and data.get("at_least") is None and data.get("at_most") is None:
            raise forms.ValidationError(AN_END)
        return data

    @property
    def raises_concern(self) -> bool:
        """Whether a concern is raised."""
        return self.cleaned_data["deed"] in {CONCERN, URGENT}

    @property
    def is_urgent(self) -> bool:
        """Whether that concern is urgent."""
        return bool(self.cleaned_data["deed"] == URGENT)
