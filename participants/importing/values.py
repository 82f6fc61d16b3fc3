"""What a cell means: dates, times, years, postcodes, numbers and words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from participants.importing import faults
from participants.importing.faults import ValueFault
from participants.importing.reading import Cell
from participants.importing.text import key_of, text_of

MOST_PEOPLE = 100_000
OLDEST_YEAR_GROUP = 14
MOST_YEARS_AGO = 100

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"),
            ("may",), ("jun", "june"), ("jul", "july"), ("aug", "august"),
            ("sep", "september", "sept"), ("oct", "october"), ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_WEEKDAY = re.compile(r"^(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]*[,.]?\s+")
_CLOCK = re.compile(r"[\sT]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(am|pm|z|\+00:?00)?$", re.IGNORECASE)
_DAY_FIRST = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th)?[\s./-]+(\d{1,2}|[a-z]+)[\s.,/-]+(\d{4}|\d{2})$"
)
_YEAR_FIRST = re.compile(r"^(\d{4})[\s./-](\d{1,2})[\s./-](\d{1,2})$")
_MONTH_FIRST = re.compile(r"^([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_NO_YEAR = re.compile(r"^\d{1,2}(?:st|nd|rd|th)?[\s./-]+(\d{1,2}|[a-z]{3,})$")
_IN_KEY = re.compile(r"(?<!\d)(\d{2,4})-(\d{1,2})-(\d{1,2})(?!\d)")
_POSTCODE = re.compile(r"^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$")
_TIME = re.compile(r"^(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*(am|pm)?$")
_PHONE = re.compile(r"^[0-9 ()+./-]*(?:\s*(?:ext|x)\.?\s*\d{1,6})?$", re.IGNORECASE)
_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


def plain(cell: Cell) -> str:
    """A cell's text. Raises ValueFault for a cell that shows an error, or cannot be kept."""
    text = text_of(cell)
    if text[:1] == "#" and text.upper() in _ERRORS:
        raise ValueFault(faults.BROKEN_CELL)
    if not text.isprintable():
        raise ValueFault(faults.LETTERS)
    return text


def words(cell: Cell, *, most: int) -> str:
    """Text of at most so many characters."""
    text = plain(cell)
    if len(text) > most:
        raise ValueFault(faults.too_long(most))
    return text


def code(cell: Cell, known: Mapping[str, str]) -> str:
    """The code of a word, by what is compared of it."""
    found = known.get(key_of(plain(cell)))
    if found is None:
        raise ValueFault(faults.UNKNOWN_WORD)
    return found


def codes(cell: Cell, known: Mapping[str, str]) -> list[str]:
    """Codes of several words between semicolons, commas or slashes, each once.

    A word that holds a comma itself, as "Social, emotional and mental health", counts whole.
    """
    text = plain(cell)
    if key_of(text) in known:
        return [known[key_of(text)]]
    parts = [part for part in re.split(r"[;|\n]" if ";" in text else r"[;|,/\n]", text) if part]
    found = [known.get(key_of(part)) for part in parts]
    if None in found:
        raise ValueFault(faults.UNKNOWN_WORD)
    return sorted({each for each in found if each})


def date(cell: Cell, *, today: dt.date, is_1904: bool = False) -> dt.date:
    """A day, day first: "01/02/2010" is 1 February.

    A year of two digits is the latest one that has begun by `today`: this is for days that have
    passed. Numbers are days as Excel counts them, from 1900 or from 1904.
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return serial(float(cell), is_1904=is_1904)
    return _typed_date(plain(cell), today, is_1904)


@lru_cache(maxsize=4096)
def _typed_date(text: str, today: dt.date, is_1904: bool) -> dt.date:  # noqa: FBT001
    text = _CLOCK.sub("", _WEEKDAY.sub("", text.lower())).replace(" of ", " ").strip()
    if text.isdecimal() and text.isascii():
        return _digits(text, is_1904=is_1904)
    if found := _YEAR_FIRST.match(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.match(text):
        return _day(_year(found[3], today), _month(found[2]), int(found[1]))
    if found := _MONTH_FIRST.match(text):
        return _day(int(found[3]), _month(found[1]), int(found[2]))
    raise ValueFault(faults.NO_YEAR if _NO_YEAR.match(text) else faults.NOT_A_DATE)


def _digits(text: str, *, is_1904: bool) -> dt.date:
    """Eight digits begin with the year or end with it; five are a day as Excel counts it.

    A year that stands at the end would be a month over 12 at the beginning, and the other way
    round: so the two are never both a day.
    """
    if len(text) == 5:
        return serial(float(text), is_1904=is_1904)
    if len(text) != 8:
        raise ValueFault(faults.NOT_A_DATE)
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if 1900 <= year < 2100 and month <= 12:
        return _day(year, month, day)
    return _day(int(text[4:]), int(text[2:4]), int(text[:2]))


def serial(number: float, *, is_1904: bool = False) -> dt.date:
    """A day as Excel counts it; part of a day is left out.

    Excel's 1900 has a 29 February that never was: number 60 is no day, and those before it count
    from a day later.
    """
    days = int(number) if -1e6 < number < 1e6 else -1
    if not 1 <= days <= 80_000:
        raise ValueFault(faults.NOT_A_DATE)
    if is_1904:
        return dt.date(1904, 1, 1) + dt.timedelta(days=days)
    if days == 60:
        raise ValueFault(faults.NO_SUCH_DAY)
    return dt.date(1899, 12, 31 if days < 60 else 30) + dt.timedelta(days=days)


def _month(text: str) -> int:
    month = int(text) if text.isdecimal() else _MONTHS.get(text)
    if month is None:
        raise ValueFault(faults.NOT_A_DATE)
    return month


def _year(text: str, today: dt.date) -> int:
    if len(text) == 4:
        return int(text)
    year = today.year - today.year % 100 + int(text)
    return year if year <= today.year else year - 100


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueFault(faults.NO_SUCH_DAY) from None


def past_date(cell: Cell, *, today: dt.date, is_1904: bool = False) -> dt.date:
    """As `date`; not to come, and not more than a hundred years ago."""
    day = date(cell, today=today, is_1904=is_1904)
    if day > today:
        raise ValueFault(faults.IN_THE_FUTURE)
    if day.year < today.year - MOST_YEARS_AGO:
        raise ValueFault(faults.TOO_LONG_AGO)
    return day


def date_inside(text: str, *, today: dt.date) -> dt.date | None:
    """The day that an occasion's name holds, as "2015-08-20-msu" does; None without one.

    A year that lost its first digit, as "018", is read by the last two.
    """
    found = _IN_KEY.search(text)
    if found is None:
        return None
    year = int(found[1]) if len(found[1]) == 4 else _year(found[1][-2:], today)
    return _day(year, int(found[2]), int(found[3]))


def time(cell: Cell) -> dt.time:
    """A time of day: 16:30, 4.30pm, 4pm, 1630, or part of a day as Excel keeps it."""
    if isinstance(cell, dt.datetime):
        return cell.time()
    if isinstance(cell, dt.time):
        return cell
    if isinstance(cell, dt.timedelta):
        cell = cell / dt.timedelta(days=1)
    if isinstance(cell, float) and 0 < cell < 1:
        minutes = round(cell * 24 * 60) % (24 * 60)
        return dt.time(minutes // 60, minutes % 60)
    return _typed_time(plain(cell).lower())


def _typed_time(text: str) -> dt.time:
    if len(text) == 4 and text.isascii() and text.isdecimal():
        text = f"{text[:2]}:{text[2:]}"
    found = _TIME.match(text)
    if not found or not (found[2] or found[3]):
        raise ValueFault(faults.NOT_A_TIME)
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= 12:
        raise ValueFault(faults.NOT_A_TIME)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    try:
        return dt.time(hour, minute)
    except ValueError:
        raise ValueFault(faults.NOT_A_TIME) from None


def year_group(cell: Cell) -> int:
    """A school year: 0 for Reception, else 1 to 14, as "Year 7", "Y7", "7" or "Yr 7"."""
    text = plain(cell)
    key = "" if text.startswith("-") else key_of(text)
    if key in {"r", "reception", "rec", "yr", "year r", "foundation", "0", "year 0", "y0"}:
        return 0
    found = re.match(r"^(?:years?|yr|y|school year)?\s*(\d{1,2})$", key)
    if not found or not 0 <= int(found[1]) <= OLDEST_YEAR_GROUP:
        raise ValueFault(faults.NOT_A_YEAR)
    return int(found[1])


def postcode(cell: Cell) -> str:
    """A whole postcode in its one spelling: upper case, one space before the last three."""
    compact = re.sub(r"[\W_]+", "", plain(cell)).upper()
    found = f"{compact[:-3]} {compact[-3:]}"
    if not compact.isascii() or not _POSTCODE.match(found):
        raise ValueFault(faults.NOT_A_POSTCODE)
    return found


def phone(cell: Cell) -> str:
    """A telephone number as it was written; one that a spreadsheet took for a number gets its 0."""
    text = words(cell, most=30).lstrip("'")
    if not _PHONE.match(text):
        raise ValueFault(faults.NOT_A_PHONE)
    digits = sum(letter.isdigit() for letter in text)
    if digits < 6:
        raise ValueFault(faults.SHORT_PHONE)
    if digits == len(text) == 10 and text[0] in "1237":
        return f"0{text}"
    return text


def email(cell: Cell) -> str:
    """An e-mail address."""
    text = words(cell, most=254)
    if not _EMAIL.match(text):
        raise ValueFault(faults.NOT_AN_EMAIL)
    return text


def count(cell: Cell) -> int:
    """People counted: a whole number from nothing to a hundred thousand."""
    text = plain(cell).replace(",", "")
    if not re.match(r"^-?\d{1,12}(\.0+)?$", text) or not text.isascii():
        raise ValueFault(faults.NOT_A_NUMBER)
    number = int(text.split(".", maxsplit=1)[0])
    if number < 0:
        raise ValueFault(faults.NEGATIVE)
    if number > MOST_PEOPLE:
        raise ValueFault(faults.TOO_MANY)
    return number


def person_id(cell: Cell) -> UUID:
    """The id of a person's record."""
    try:
        return UUID(plain(cell))
    except ValueError:
        raise ValueFault(faults.NOT_AN_ID) from None


def names_in(full: str) -> tuple[str, str]:
    """First and last name: "Comet Quince" or "Quince, Comet". The last word is the last name."""
    last, comma, first = full.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = full.rpartition(" ")
    return (first, last) if first else (last, "")
