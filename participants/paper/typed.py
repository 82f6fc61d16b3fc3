"""Reading what somebody types from a sheet: codes, with in and out times where there are any.

3W 9E, 17P           three people
7C 16:20             came in (or, under "Left early", went out) at twenty past four
7C 16:20-17:45       came in and went out; "16:20-" and "-17:45" say only one
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from participants.paper.codes import row_number

# Nobody comes earlier before a session, or goes later after it, than this.
BEFORE_START = dt.timedelta(minutes=30)
AFTER_END = dt.timedelta(hours=1)

_APART = re.compile(r"[\s,;]+")
# "7 C" is 7C, but the minutes of "16:20 C" are no number of a line.
_SPACED_CODE = re.compile(r"(?<![\w:.\-])([0-9]{1,3})\s+([A-Z])(?![A-Z0-9])")
_CODE = re.compile(r"[0-9]{1,3}[A-Z]?")
# The dash between two times, whatever stands around it.
_DASH = re.compile(r"(?<=[0-9M])\s*-\s*(?=[0-9]{1,2}[:.][0-9]|[0-9]{4}(?![0-9])|[0-9]{1,2}[AP]M)")
_HALF_DAY = re.compile(r"([0-9])\s+([AP]M)\b")
_TIMES = re.compile(r"([0-9][0-9:.]*(?:[AP]M)?)?(-)?([0-9][0-9:.]*(?:[AP]M)?)?")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?([AP]M)?")


@dataclass(frozen=True)
class Times:
    """When somebody came in and went out, as far as the sheet says."""

    arrived_at: dt.datetime | None = None
    left_at: dt.datetime | None = None


@dataclass
class Typed:
    """What one field says: times by number of a line, and what could not be read, in words."""

    lines: dict[int, Times] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """Reads the fields of one sheet. Start and end of its session are in local time."""

    sheet_code: str
    lines: int
    starts_at: dt.datetime
    ends_at: dt.datetime

    def read(self, text: str, *, single_is_out: bool = False) -> Typed:
        """Codes and times; a time alone is when somebody came in, or out where that is meant."""
        typed = Typed()
        latest: int | None = None
        for token in _tokens(text):
            if _CODE.fullmatch(token):
                latest = self._code(token, typed)
            else:
                self._times(token, latest, typed, single_is_out=single_is_out)
        return typed

    def _code(self, token: str, typed: Typed) -> int | None:
        number = row_number(self.sheet_code, token)
        if number is None or number > self.lines:
            typed.problems.append(_no_code(token))
            return None
        if number in typed.lines:
            typed.problems.append(f"“{token}” stands here twice.")
        typed.lines.setdefault(number, Times())
        return number

    def _times(self, token: str, number: int | None, typed: Typed, *, single_is_out: bool) -> None:
        times = self._between(token, single_is_out=single_is_out)
        if times is None:
            typed.problems.append(
                f"“{token}” is neither a code of this sheet nor a time during the session."
            )
        elif number is None:
            typed.problems.append(f"“{token}” needs a code before it.")
        elif times.arrived_at and times.left_at and times.left_at < times.arrived_at:
            typed.problems.append(f"“{token}” ends before it begins.")
        else:
            typed.lines[number] = times

    def _between(self, token: str, *, single_is_out: bool) -> Times | None:
        found = _TIMES.fullmatch(token)
        if found is None or not (found[1] or found[3]):
            return None
        first, dash, last = found.groups()
        moments = [self._moment(text) for text in (first, last)]
        if any(text and not moment for text, moment in zip((first, last), moments, strict=True)):
            return None
        if single_is_out and not dash:
            moments.reverse()
        return Times(*moments)

    def _moment(self, text: str | None) -> dt.datetime | None:
        """The moment near the session that a clock shows; "4.20" may mean the afternoon."""
        found = _CLOCK.fullmatch(text or "")
        if found is None:
            return None
        hour, minute = int(found[1]), int(found[2] or 0)
        for each in _hours(hour, found[3]):
            if each < 24 and minute < 60:
                moment = self.starts_at.replace(hour=each, minute=minute, second=0, microsecond=0)
                if self.starts_at - BEFORE_START <= moment <= self.ends_at + AFTER_END:
                    return moment
        return None


def _tokens(text: str) -> list[str]:
    """Codes and times apart, in capitals, with dashes alike and no spaces inside either."""
    text = text.upper().replace("\N{EN DASH}", "-")
    text = _DASH.sub("-", _HALF_DAY.sub(r"\1\2", text))
    text = _SPACED_CODE.sub(r"\1\2", text)
    return [token for token in _APART.split(text) if token]


def _hours(hour: int, half: str | None) -> list[int]:
    if half is None:
        return [hour, hour + 12]
    return [hour % 12 + (12 if half == "PM" else 0)]


def _no_code(token: str) -> str:
    if token.isdecimal():
        return f"“{token}” has no letter. Type the number and the letter before the name."
    return f"“{token}” is on no line of this sheet. Check the number and the letter."


@dataclass(frozen=True)
class TypedWalkIn:
    """Somebody written on a blank line; `number` is the line, from 1."""

    number: int
    given_name: str
    year_group: int | None


@dataclass(frozen=True)
class TypedSheet:
    """A whole sheet as it was typed in.

    `statuses` and `times` are by number of a line. With `rest_is_present` everybody without a
    code was there; otherwise nothing is said about them. `people` is the head-count, where there
    is one; `is_whole` says that the register is then taken.
    """

    statuses: dict[int, str]
    times: dict[int, Times]
    rest_is_present: bool
    walk_ins: tuple[TypedWalkIn, ...] = ()
    people: int | None = None
    method: str = ""
    is_whole: bool = False
