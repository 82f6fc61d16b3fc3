"""What can be wrong with a row, in words for those who put it right. No value is repeated."""

from __future__ import annotations

from dataclasses import dataclass


class ValueFault(ValueError):  # noqa: N818
    """A cell that cannot be read; `reason` says why and what to do, without the cell's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fault:
    """A row number as in the file, the heading of the column ("" for the row), and why."""

    row: int
    column: str
    reason: str

    def as_json(self) -> list[int | str]:
        """As it is kept with an import."""
        return [self.row, self.column, self.reason]


UNKNOWN_WORD = "This word is not known here. Say what it means, or change it in the file."
MISSING = "This is empty, and every row needs it."
LETTERS = "There are characters that cannot be kept. Type the cell again."
BROKEN_CELL = "The spreadsheet shows an error here, such as #N/A. Put the cell right."
NOT_A_DATE = "This is not a date that can be read. Write it as 13/07/2019."
NO_SUCH_DAY = "There is no such day. Dates are read day first, as in 13/07/2019."
NO_YEAR = "The year is missing. Write the date as 13/07/2019."
IN_THE_FUTURE = "This day is still to come."
TOO_LONG_AGO = "This is more than 100 years ago. Look at the year."
NOT_A_TIME = "This is not a time. Write it as 16:30 or 4:30pm."
NOT_A_YEAR = "This is not a school year. Write Reception, or a year from 1 to 14."
NOT_A_POSTCODE = "This is not a postcode. Write it as DE1 3GX."
NOT_A_PHONE = "This is not a telephone number: digits, blanks, brackets and + only."
SHORT_PHONE = "A telephone number has at least 6 digits."
NOT_AN_EMAIL = "This is not an e-mail address."
NOT_A_NUMBER = "This is not a whole number."
NEGATIVE = "A count cannot be less than nothing."
TOO_MANY = "This is more people than can be kept for one count: at most 100,000."
NOT_AN_ID = "This is not an id of the portal: copy it whole from the person's page."
NO_NAME = "There is no first name. Fill in the first name, or the full name."
TWO_NAMES = "The full name says another name than first name and last name do."
BORN_AFTER = "This is before the date of birth."
NO_CONTACT_NAME = "There are details of a contact, and no name."
NO_CONTACT_WAY = "A contact needs a telephone number or an e-mail address."
SAME_CONTACT = "This is the first contact again. Leave the second one empty."
LOOKED_AFTER = (
    "Photographs of somebody looked after need a decision by name. Leave this empty, and record it "
    "on their page."
)
NEEDS_WITHOUT = "There are kinds of need, and support in school says that there is no need."
NO_DAY_OF_CONSENT = "There is a day of consent, and no answer that was given on it."
NO_HUB = "There is no hub of this name."
NEEDS_HUB = "The row says no hub. Fill it in, or choose one hub for the whole file."


NO_ACTIVITY = "There is no activity of this title."
NEEDS_ACTIVITY = "The row says no activity. Fill it in, or choose one for the whole file."
NOBODY_BY_ID = "Nobody has this id."
NOBODY = "Nobody of this name is known. Bring the people in first, or look at the spelling."
SEVERAL = "Several people have this name. Add the date of birth, or the person's id."
CANCELLED = "The session of that day was cancelled."
SEVERAL_SESSIONS = "There are several sessions that day. Add the start time."
COUNTED = "There is a count for this session already."
NOT_OVER = "The session of that day is not over yet."


def too_long(most: int) -> str:
    return f"This is too long: at most {most} characters."


def repeats(row: int) -> str:
    return f"Row {row} has the same name and date of birth. Leave out one of the two."


def marked_in(row: int) -> str:
    return f"Row {row} marks the same person at the same session. Leave out one of the two."


def counted_in(row: int) -> str:
    return f"Row {row} counts the same session. Leave out one of the two."
