"""What a register's device sends as JSON."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from participants.models import AttendanceRole
from participants.services.marks import DEVICE_LENGTH, MarkInput, MarkResult, Outcome

# One batch of marks: far more than a register, far less than an attack.
MARKS_AT_ONCE = 200
MARKS_BYTES = 128 * 1024
BATCH_LIMIT = f"Send at most {MARKS_AT_ONCE} marks and {MARKS_BYTES // 1024} kB at once."
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
