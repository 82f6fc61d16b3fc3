"""Passwords that others could guess or know already are refused, without asking anybody outside."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from accounts.models import User

# Of zxcvbn's 0 to 4: fewer than a hundred million guesses are too few.
LEAST_SCORE = 3
# What zxcvbn looks at; its time grows with the square of the length.
LOOKED_AT = 72
DIGITS_OF_SHA1 = 40
# A line of the file is read whole from anywhere in it: a hash, a colon, a count, a line end.
LONGEST_LINE = 80
GUESSABLE = (
    "This password is easy to guess: it is made of common words, names, dates or patterns. "
    "Three or four words that have nothing to do with each other make a good one."
)
BREACHED = (
    "This password is known: it was stolen from another website. Choose one you use nowhere else."
)


class GuessablePasswordValidator:
    """Refuses what zxcvbn guesses soon, with the programme's and one's own names as words."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a password that is easy to guess."""
        known = ["derby", "thisisderby", "dcct"]
        if user is not None:
            known += [*user.name.lower().split(), *user.email.lower().replace("@", ".").split(".")]
        result = zxcvbn(password[:LOOKED_AT], user_inputs=[word for word in known if word])
        if result["score"] < LEAST_SCORE:
            raise ValidationError(GUESSABLE, code="password_guessable")

    def get_help_text(self) -> str:
        """What a good password is."""
        return "Three or four words that have nothing to do with each other make a good one."


class BreachedPasswordValidator:
    """Refuses what stands in `BREACHED_PASSWORDS`, where that file is there."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a password that is known from a breach."""
        if settings.BREACHED_PASSWORDS and is_breached(password, Path(settings.BREACHED_PASSWORDS)):
            raise ValidationError(BREACHED, code="password_breached")

    def get_help_text(self) -> str:
        """What is refused."""
        return "Choose one you use nowhere else."


def is_breached(password: str, file: Path) -> bool:
    """Whether a password's SHA-1 stands in a file of sorted lines "HASH:count", as one publishes.

    Looked up by halving the file, some forty reads of a line: nothing of it is kept in memory.
    Source of the format: Have I Been Pwned's downloadable list, ordered by hash.

    Raises:
        OSError: the file cannot be read.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        return _stands_in(lines, wanted, file.stat().st_size)


def _stands_in(lines: BinaryIO, wanted: bytes, size: int) -> bool:
    """Halve the bytes until the line is found that begins at or after the wanted hash's place."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        found = _first_hash_from(lines, middle)
        if found and found < wanted:
            low = middle + 1
        else:
            high = middle
    return _first_hash_from(lines, low) == wanted


def _first_hash_from(lines: BinaryIO, place: int) -> bytes:
    """The hash of the first line that begins at or after a place; b"" after the last."""
    lines.seek(max(place - 1, 0))
    if place:
        lines.readline(LONGEST_LINE)
    return lines.readline(LONGEST_LINE)[:DIGITS_OF_SHA1].upper()
