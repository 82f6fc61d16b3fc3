"""What staff choose and write down about asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from activities.models import Programme, london_today
from evaluation.queries.asking import DueRow
from evaluation.queries.waves import Due

NOBODY = "Tick at least one young person."
NO_NAME = "Write which tool it was."
NO_VALUE = "Write the total as a number."


class ChoiceForm(forms.Form):
    """Whom of those due at a session somebody ticked; whoever is marked as here is ticked first."""

    person = forms.MultipleChoiceField(
        label="Who answers now", error_messages={"required": NOBODY, "invalid_choice": NOBODY}
    )

    def __init__(self, rows: Sequence[DueRow], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.every_row = rows
        self.rows = [row for row in rows if row.own]
        offered = [(str(row.person.pk), row.person.register_name) for row in self.rows]
        self.fields["person"].choices = offered  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[UUID]:
        """Whose boxes are ticked on the page."""
        if self.is_bound:
            return {row.person.pk for row in self.chosen}
        return {row.person.pk for row in self.rows if row.is_here}

    @property
    def chosen(self) -> list[DueRow]:
        """Those who were ticked, in the order of the list."""
        wanted = set(self.cleaned_data.get("person", []))
        return [row for row in self.rows if str(row.person.pk) in wanted]

    @property
    def dues(self) -> list[Due]:
        """What those who were ticked are asked."""
        return [due for row in self.chosen for due in row.own]


class ExternalScoreForm(forms.Form):
    """One total of a tool whose questions are not kept here."""

    tool = forms.CharField(
        label="Tool",
        max_length=80,
        help_text="Its name alone. Its questions may not be copied here.",
        error_messages={"required": NO_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scale = forms.CharField(
        label="Scale",
        max_length=80,
        required=False,
        help_text="Where the tool has several.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    value = forms.DecimalField(
        label="Total",
        max_digits=8,
        decimal_places=2,
        error_messages={"required": NO_VALUE, "invalid": NO_VALUE},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    scored_on = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a date.", "invalid": "Choose a date."},
    )
    programme = forms.ModelChoiceField(
        label="Programme", queryset=Programme.objects.none(), empty_label=None
    )

    def __init__(
        self, programmes: Sequence[Programme], data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"scored_on": london_today(timezone.now())})
        ids = [programme.pk for programme in programmes]
        self.fields["programme"].queryset = Programme.objects.filter(pk__in=ids)  # type: ignore[attr-defined]


class SetAsideForm(forms.Form):
    """Why answers are left out."""

    why = forms.CharField(
        label="Why",
        max_length=200,
        help_text="For example: the wrong child, or not meant. No names.",
        error_messages={"required": "Say why."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
