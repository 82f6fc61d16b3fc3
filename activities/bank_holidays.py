"""Reads GOV.UK's list of bank holidays. Pure: no database."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, NamedTuple

from hubs.loaders.errors import SourceFileError

# Derby's part of the file, which has three.
DIVISION = "england-and-wales"
LARGEST = 4 * 1024 * 1024
LONGEST_NAME = 60
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


class BankHoliday(NamedTuple):
    """One day of the list, by the name that it has there; substitute days say so."""

    day: dt.date
    name: str


def read_bank_holidays(path: Path) -> list[BankHoliday]:
    """The bank holidays of England and Wales in a file of https://www.gov.uk/bank-holidays.json.

    Raises SourceFileError, which names the file, the place in it and the problem.
    """
    events = _events(path, _content(path))
    holidays = [_holiday(path, number, event) for number, event in enumerate(events, start=1)]
    if not holidays:
        raise SourceFileError(path, "it has no bank holidays.", place=DIVISION)
    days = [each.day for each in holidays]
    if twice := sorted({day for day in days if days.count(day) > 1}):
        raise SourceFileError(path, f"{twice[0]} is there twice.", place=DIVISION)
    return holidays


def _content(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise SourceFileError(path, "it is too large for a list of bank holidays.")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceFileError(path, f"it cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SourceFileError(path, "it is not UTF-8 text.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise SourceFileError(path, f"it is not JSON: {error}.") from error


def _events(path: Path, content: Any) -> list[Any]:
    division = content.get(DIVISION) if isinstance(content, dict) else None
    if not isinstance(division, dict):
        raise SourceFileError(path, f'it has no "{DIVISION}", as GOV.UK\'s file has.')
    events = division.get("events")
    if not isinstance(events, list):
        raise SourceFileError(path, 'it has no list of "events".', place=DIVISION)
    return events


def _holiday(path: Path, number: int, event: Any) -> BankHoliday:
    place = f"{DIVISION}, event {number}"
    if not isinstance(event, dict):
        raise SourceFileError(path, "it is not an event.", place=place)
    title, notes = event.get("title"), event.get("notes", "")
    if not isinstance(title, str) or not 0 < len(title.strip()) <= LONGEST_NAME:
        problem = f"its title is not a text of 1 to {LONGEST_NAME} letters."
        raise SourceFileError(path, problem, place=place)
    is_substitute = isinstance(notes, str) and "substitute" in notes.lower()
    name = f"{title.strip()} (substitute day)" if is_substitute else title.strip()
    return BankHoliday(_day(path, event.get("date"), place), name)


def _day(path: Path, text: Any, place: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        problem = f"its date is {text!r}, not one such as 2026-12-25."
        raise SourceFileError(path, problem, place=place) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise SourceFileError(path, f"{day} is not between 2000 and 2099.", place=place)
    return day
