"""What people fill in on a register."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from activities.models import CountMethod, HeadCountGroup
from participants.models import MarkStatus

YEAR_GROUPS = [(0, "Reception"), *((year, f"Year {year}") for year in range(1, 15))]


class RegisterForm(forms.Form):
    """A register sent without script: its own nonce, and for each person the old and new mark.

    People stand in fields `mark-<id>` (chosen) and `was-<id>` (what the page showed). `add` is
    somebody found by search, who is present.
    """

    nonce = forms.UUIDField()
    add = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["statuses"] = self._changed()
        if cleaned.get("add"):
            cleaned["statuses"][cleaned["add"]] = MarkStatus.PRESENT.value
        cleaned["unmarked"] = self._unmarked()
        return cleaned

    def _changed(self) -> dict[UUID, str]:
        """Marks chosen other than the page showed, so that other people's newer ones stand."""
        changed = {}
        for key in self.data:
            if key.startswith("mark-") and self.data[key] != self.data.get(f"was-{key[5:]}", ""):
                changed[self._person(key[5:])] = self._status(key)
        return changed

    def _unmarked(self) -> list[UUID]:
        """People shown without a mark and still without one."""
        return [
            self._person(key[4:])
            for key in self.data
            if key.startswith("was-") and not self.data[key] and f"mark-{key[4:]}" not in self.data
        ]

    def _person(self, text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError:
            raise forms.ValidationError("The register was not sent whole.") from None

    def _status(self, key: str) -> str:
        if self.data[key] not in MarkStatus.values:
            raise forms.ValidationError("The register was not sent whole.")
        return str(self.data[key])


class WalkInForm(forms.Form):
    """Somebody who came unannounced. The page makes the id, so that sending twice is once."""

    participant_id = forms.UUIDField(widget=forms.HiddenInput)
    given_name = forms.CharField(
        label="First name",
        max_length=80,
        error_messages={"required": "Enter a first name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    year_group = forms.TypedChoiceField(
        label="School year",
        choices=[("", "Choose a year"), *YEAR_GROUPS, ("unknown", "Not known")],
        coerce=lambda value: None if value == "unknown" else int(value),
        error_messages={"required": "Choose a school year, or “Not known”."},
    )
    family_name = forms.CharField(
        label="Last name (if you have it)",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class HeadCountForm(forms.Form):
    """How many were there without names, and how sure that is."""

    group = forms.ChoiceField(
        label="Who", choices=HeadCountGroup, initial=HeadCountGroup.YOUNG_PEOPLE
    )
    people = forms.IntegerField(
        label="How many",
        min_value=0,
        max_value=100_000,
        error_messages={"required": "Enter how many."},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    method = forms.ChoiceField(
        label="How sure",
        choices=CountMethod,
        initial=CountMethod.COUNTED,
        widget=forms.RadioSelect,
    )


class SearchForm(forms.Form):
    """Find somebody of one's hubs by the beginning of the first name."""

    q = forms.CharField(label="First name", max_length=80)
