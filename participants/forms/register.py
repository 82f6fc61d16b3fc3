"""What people fill in on a register."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms

from activities.models import CountMethod, HeadCountGroup, Session
from participants.models import AttendanceRole, MarkStatus
from participants.school_years import YEAR_GROUPS

MINUTES_OF_A_DAY = 24 * 60


class RegisterForm(forms.Form):
    """A register sent without script: its own nonce, and for each person the old and new mark.

    People stand in fields `mark-<id>` (chosen) and `was-<id>` (what the page showed), and in
    `role-<id>` where they usually come in another role than that of a participant. `add` is
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
        cleaned["roles"] = self._roles()
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

    def _roles(self) -> dict[UUID, str]:
        return {
            self._person(key[5:]): str(self.data[key])
            for key in self.data
            if key.startswith("role-") and self.data[key] in AttendanceRole.values
        }

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


class DetailsForm(forms.Form):
    """When somebody came and left by the clock of Derby, and in what role."""

    arrived = forms.TimeField(
        label="Came in at",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter a time such as 16:20."},
    )
    left = forms.TimeField(
        label="Went out at",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter a time such as 17:10."},
    )
    role = forms.TypedChoiceField(
        label="Came as", choices=AttendanceRole.choices, coerce=AttendanceRole
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean(self) -> dict[str, Any]:
        """Make moments of the times, on whichever day is nearest to the session's start."""
        cleaned = super().clean() or {}
        for name in ("arrived", "left"):
            cleaned[f"{name}_at"] = self._moment(cleaned.get(name))
        arrived_at, left_at = cleaned["arrived_at"], cleaned["left_at"]
        if arrived_at and left_at and left_at < arrived_at:
            self.add_error("left", "Somebody cannot go out before they came in.")
        return cleaned

    def _moment(self, time: dt.time | None) -> dt.datetime | None:
        if time is None:
            return None
        start = self.session.local_start.replace(second=0, microsecond=0)
        minutes = (time.hour - start.hour) * 60 + time.minute - start.minute
        half = MINUTES_OF_A_DAY // 2
        return start + dt.timedelta(minutes=(minutes + half) % MINUTES_OF_A_DAY - half)


class ReopenForm(forms.Form):
    """Why a register that is taken is opened again."""

    reason = forms.CharField(
        label="Why is it opened again?",
        help_text="For example: somebody came after it was closed. No names.",
        max_length=200,
        error_messages={"required": "Write in a few words why it is opened again."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SettleForm(forms.Form):
    """What becomes of something that waits: it is used now, or set aside."""

    decision = forms.ChoiceField(choices=[("use", "Use it now"), ("aside", "Set aside")])


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
