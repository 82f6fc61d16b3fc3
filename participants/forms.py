"""The shape of what a register's page sends: marks as JSON, and plain forms."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from activities.models import CountMethod, HeadCountGroup
from participants.models import AttendanceRole, MarkStatus
from participants.services import DEVICE_LENGTH, MarkInput, MarkResult, Outcome

# One batch of marks: far more than a register, far less than an attack.
MARKS_AT_ONCE = 200
MARKS_BYTES = 128 * 1024
BATCH_LIMIT = f"Send at most {MARKS_AT_ONCE} marks and {MARKS_BYTES // 1024} kB at once."
YEAR_GROUPS = [(0, "Reception"), *((year, f"Year {year}") for year in range(1, 15))]

_DEVICE = re.compile(rf"[A-Za-z0-9._:-]{{0,{DEVICE_LENGTH}}}")
_FIELDS = {"id", "participant", "status", "at", "device", "role"}


class MalformedMarksError(ValueError):
    """The body is not a batch of marks at all; the text says what is wrong, and no content."""


class TooManyMarksError(MalformedMarksError):
    """More operations, or more bytes, than one batch may have."""


def read_marks(body: bytes) -> list[Any]:
    """Read `{"marks": [...]}`; the items are still as they came.

    Raises:
        MalformedMarksError: not JSON, or not of this shape.
        TooManyMarksError: more than `MARKS_AT_ONCE`, or than `MARKS_BYTES`.
    """
    if len(body) > MARKS_BYTES:
        raise TooManyMarksError(BATCH_LIMIT)
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMarksError("The body is not JSON.") from None
    if not isinstance(data, dict) or set(data) != {"marks"} or not isinstance(data["marks"], list):
        raise MalformedMarksError('The body must be an object with one list, "marks".')
    if len(data["marks"]) > MARKS_AT_ONCE:
        raise TooManyMarksError(BATCH_LIMIT)
    return data["marks"]


def mark_from_json(item: Any) -> MarkInput:
    """Read one operation; status and role are judged with the others by `record_marks`.

    Raises:
        ValueError: with a text for the device's log that repeats nothing of the content.
    """
    if not isinstance(item, dict) or not set(item) <= _FIELDS:
        raise ValueError("A mark is an object with id, participant, status, at, device and role.")
    return MarkInput(
        id=_uuid(item, "id"),
        participant_id=_uuid(item, "participant"),
        status=_text(item, "status"),
        at=_moment(item),
        role=_text(item, "role", default=AttendanceRole.PARTICIPANT),
        device=_device(item),
    )


def id_of(item: Any) -> str | None:
    """The id of a malformed operation, where it has one that may be repeated to the sender."""
    try:
        return str(_uuid(item, "id"))
    except (ValueError, AttributeError):
        return None


def refused_item(item: Any, reason: str) -> dict[str, str | None]:
    """Answer to an operation that could not be read."""
    return {"id": id_of(item), "outcome": Outcome.REFUSED, "reason": reason}


def result_as_json(result: MarkResult) -> dict[str, str | None]:
    """Answer to an operation that was judged."""
    return {"id": str(result.id), "outcome": result.outcome, "reason": result.reason}


def _text(item: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    value = item.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text.")  # noqa: TRY004  (a shape, not a programming error)
    return value


def _uuid(item: Mapping[str, Any], key: str) -> UUID:
    try:
        return UUID(_text(item, key))
    except ValueError:
        raise ValueError(f"{key} must be a UUID.") from None


def _moment(item: Mapping[str, Any]) -> dt.datetime:
    """In UTC: PostgreSQL takes no offsets of sixteen hours and more, Python does."""
    try:
        moment = dt.datetime.fromisoformat(_text(item, "at"))
        if moment.utcoffset() is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("at must be a date and time.") from None
    raise ValueError("at must say its offset from UTC.")


def _device(item: Mapping[str, Any]) -> str:
    device = _text(item, "device", default="")
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"device must be at most {DEVICE_LENGTH} letters, digits or .:_-")
    return device


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
