"""What a register's device sends as JSON: marks, walk-ins, closings and head-counts."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from participants.models import ATTENDED, AttendanceRole
from participants.services.judging import DEVICE_LENGTH, MOST_MILLISECONDS
from participants.services.marks import MarkInput, MarkResult, Outcome
from participants.services.register import ClosingInput, CountInput
from participants.services.syncing import Batch
from participants.services.walk_ins import WalkInInput

# One batch: far more than a register, far less than an attack.
OPERATIONS_AT_ONCE = 200
BATCH_BYTES = 256 * 1024
BATCH_LIMIT = f"Send at most {OPERATIONS_AT_ONCE} marks and {BATCH_BYTES // 1024} kB at once."
LONGEST_PASS = 400
LONGEST_SEALED = 4000
# A device whose clock has lost its date says 1970; beyond these no clock can be shown in Derby.
YEARS = range(1900, 2200)
KINDS = ("marks", "walk_ins", "closings", "counts")

_DEVICE = re.compile(rf"[A-Za-z0-9._:-]{{0,{DEVICE_LENGTH}}}")
_MARK = frozenset(
    {"id", "participant", "status", "at", "device", "role", "arrived", "left", "offset"}
)
_WALK_IN = frozenset({"id", "at", "device", "offset", "sealed"})
_CLOSING = frozenset({"id", "at", "device", "offset"})
_COUNT = frozenset({"id", "at", "device", "offset", "group", "people", "method"})

Read = TypeVar("Read")
Answer = dict[str, str | None]


class MalformedMarksError(ValueError):
    """The body is not a batch of operations at all; the text says what is wrong, and no content."""


class TooManyMarksError(MalformedMarksError):
    """More operations, or more bytes, than one batch may have."""


@dataclass(frozen=True)
class Sent:
    """A batch as it came: `pass_` says who took it where that is not who sends it.

    `answers` has a place for every operation, in the order of `KINDS`: the answer to what could
    not be read, else none yet.
    """

    batch: Batch
    pass_: str = ""
    answers: tuple[Answer | None, ...] = ()

    def answered(self, results: Iterable[MarkResult]) -> list[Answer]:
        """An answer for every operation that was sent, with the results of the readable ones."""
        judged = map(result_as_json, results)
        return [answer or next(judged) for answer in self.answers]


def read_batch(body: bytes) -> Sent:
    """Read `{"marks": [...], ...}`; what cannot be read of it is answered and harms no other.

    Raises:
        MalformedMarksError: not JSON, or not of this shape.
        TooManyMarksError: more than `OPERATIONS_AT_ONCE`, or than `BATCH_BYTES`.
    """
    data = _object(body)
    answers: list[Answer | None] = []
    batch = Batch(
        marks=_each(data, "marks", mark_from_json, answers),
        walk_ins=_each(data, "walk_ins", _walk_in_from_json, answers),
        closings=_each(data, "closings", _closing_from_json, answers),
        counts=_each(data, "counts", _count_from_json, answers),
    )
    return Sent(batch, data.get("pass", ""), tuple(answers))


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > BATCH_BYTES:
        raise TooManyMarksError(BATCH_LIMIT)
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMarksError("The body is not JSON.") from None
    if not isinstance(data, dict) or not set(data) <= {"pass", *KINDS}:
        raise MalformedMarksError(f"The body must be an object with lists: {', '.join(KINDS)}.")
    if not all(isinstance(data.get(kind, []), list) for kind in KINDS):
        raise MalformedMarksError(f"The body must be an object with lists: {', '.join(KINDS)}.")
    if not isinstance(data.get("pass", ""), str) or len(data.get("pass", "")) > LONGEST_PASS:
        raise MalformedMarksError("pass must be a text.")
    if sum(len(data.get(kind, [])) for kind in KINDS) > OPERATIONS_AT_ONCE:
        raise TooManyMarksError(BATCH_LIMIT)
    return data


def _each(
    data: Mapping[str, Any],
    kind: str,
    read: Callable[[Any], Read],
    answers: list[Answer | None],
) -> list[Read]:
    """What can be read of a list; every item leaves its place in the answers."""
    readable = []
    for item in data.get(kind, []):
        try:
            readable.append(read(item))
            answers.append(None)
        except ValueError as error:
            answers.append(refused_item(item, str(error)))
    return readable


def mark_from_json(item: Any) -> MarkInput:
    """Read one operation; status and role are judged with the others by `record_marks`.

    In and out times of somebody who did not come say nothing, and are left out.

    Raises:
        ValueError: with a text for the device's log that repeats nothing of the content.
    """
    _check_fields(item, _MARK, "A mark")
    came = item.get("status") in tuple(ATTENDED)
    return MarkInput(
        id=_uuid(item, "id"),
        participant_id=_uuid(item, "participant"),
        status=_text(item, "status"),
        at=_moment(item, "at"),
        role=_text(item, "role", default=AttendanceRole.PARTICIPANT),
        device=_device(item),
        arrived_at=_moment_or_none(item, "arrived") if came else None,
        left_at=_moment_or_none(item, "left") if came else None,
        clock_offset=_offset(item),
    )


def _walk_in_from_json(item: Any) -> WalkInInput:
    _check_fields(item, _WALK_IN, "A walk-in")
    sealed = item.get("sealed")
    if not isinstance(sealed, dict) or not all(isinstance(part, str) for part in sealed.values()):
        raise ValueError("sealed must be an envelope.")
    texts = [*sealed, *sealed.values()]
    # An envelope that does not open is kept as it came, and the database takes no NUL.
    if not all(text.isascii() and text.isprintable() for text in texts):
        raise ValueError("sealed must be an envelope.")
    if sum(map(len, texts)) > LONGEST_SEALED:
        raise ValueError("sealed is too long.")
    return WalkInInput(
        id=_uuid(item, "id"),
        at=_moment(item, "at"),
        sealed=sealed,
        device=_device(item),
        clock_offset=_offset(item),
    )


def _closing_from_json(item: Any) -> ClosingInput:
    _check_fields(item, _CLOSING, "A closing")
    return ClosingInput(id=_uuid(item, "id"), at=_moment(item, "at"), device=_device(item))


def _count_from_json(item: Any) -> CountInput:
    _check_fields(item, _COUNT, "A head-count")
    return CountInput(
        id=_uuid(item, "id"),
        group=_text(item, "group"),
        people=_whole(item, "people"),
        method=_text(item, "method"),
        at=_moment(item, "at"),
    )


def _check_fields(item: Any, fields: frozenset[str], what: str) -> None:
    if not isinstance(item, dict) or not set(item) <= fields:
        raise ValueError(f"{what} is an object with {', '.join(sorted(fields))}.")


def id_of(item: Any) -> str | None:
    """The id of a malformed operation, where it has one that may be repeated to the sender."""
    try:
        return str(_uuid(item, "id"))
    except (ValueError, AttributeError):
        return None


def refused_item(item: Any, reason: str) -> Answer:
    """Answer to an operation that could not be read."""
    return {"id": id_of(item), "outcome": Outcome.REFUSED, "reason": reason, "held": ""}


def result_as_json(result: MarkResult) -> Answer:
    """Answer to an operation that was judged."""
    return {
        "id": str(result.id),
        "outcome": result.outcome,
        "reason": result.reason,
        "held": result.held_for,
    }


def _text(item: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    value = item.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text.")  # noqa: TRY004  (a shape, not a programming error)
    return value


def _whole(item: Mapping[str, Any], key: str) -> int:
    value = item.get(key)
    if type(value) is not int:
        raise ValueError(f"{key} must be a whole number.")
    return value


def _offset(item: Mapping[str, Any]) -> int | None:
    """Milliseconds, as far as they can be kept: some 24 days.

    A clock that lost its date was set right by more, and its marks are as good as others.
    """
    if item.get("offset") is None:
        return None
    return max(-MOST_MILLISECONDS, min(MOST_MILLISECONDS, _whole(item, "offset")))


def _uuid(item: Mapping[str, Any], key: str) -> UUID:
    try:
        return UUID(_text(item, key))
    except ValueError:
        raise ValueError(f"{key} must be a UUID.") from None


def _moment_or_none(item: Mapping[str, Any], key: str) -> dt.datetime | None:
    return None if item.get(key) is None else _moment(item, key)


def _moment(item: Mapping[str, Any], key: str) -> dt.datetime:
    """In UTC: PostgreSQL takes no offsets of sixteen hours and more, Python does."""
    try:
        moment = dt.datetime.fromisoformat(_text(item, key))
    except ValueError:
        raise ValueError(f"{key} must be a date and time.") from None
    if moment.utcoffset() is None:
        raise ValueError(f"{key} must say its offset from UTC.")
    if moment.year not in YEARS:
        raise ValueError(f"{key} must be a date and time of our days.")
    return moment.astimezone(dt.UTC)


def _device(item: Mapping[str, Any]) -> str:
    device = _text(item, "device", default="")
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"device must be at most {DEVICE_LENGTH} letters, digits or .:_-")
    return device
