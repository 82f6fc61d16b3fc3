"""Codes that are typed from paper: one for each sheet and one for each line of it.

A slip of the finger must not mark another child. A line's code is its number and one check letter:
the number, moved on by a step of the sheet's own, modulo 19. No digit's place value (1, 10, 100)
and no difference of two neighbouring places (9, 90) is a multiple of the prime 19, so that one
wrong digit, or two neighbours swapped, always asks for another letter than the one that stands
there; a wrong letter is always wrong. The sheet's step tells most codes of another sheet.
"""

from __future__ import annotations

import re
import secrets

# Neither letters that look like digits or like each other in print, nor vowels that make words.
SHEET_ALPHABET = "CDFHJKMNPRTWXY34679"
ROW_LETTERS = "ACDEFHJKLMNPRTUVWXY"
SHEET_LENGTH = 6
_ROW = re.compile(r"0*([1-9][0-9]{0,2})([A-Z])")


def new_sheet_code() -> str:
    """Six characters at random: about 47 million codes."""
    return "".join(secrets.choice(SHEET_ALPHABET) for _ in range(SHEET_LENGTH))


def tidy_sheet_code(typed: str) -> str:
    """A sheet's code as it is stored, however it was typed: "cdf 347" is CDF347."""
    return re.sub(r"[\s-]+", "", typed).upper()


def row_code(sheet_code: str, number: int) -> str:
    """What stands before a name: the line's number, from 1, and its check letter."""
    return f"{number}{ROW_LETTERS[(number + _step(sheet_code)) % len(ROW_LETTERS)]}"


def row_number(sheet_code: str, typed: str) -> int | None:
    """The number that a line's code stands for; None if it is no code of this sheet."""
    found = _ROW.fullmatch(typed.upper())
    if found is None:
        return None
    number = int(found[1])
    return number if row_code(sheet_code, number) == f"{number}{found[2]}" else None


def _step(sheet_code: str) -> int:
    letters = (SHEET_ALPHABET.index(letter) for letter in sheet_code)
    return sum(place * value for place, value in enumerate(letters, start=1))
