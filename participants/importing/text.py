"""Words as they are compared: without case, accents, blanks and marks."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterable

from participants.importing.reading import Cell

_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def text_of(cell: Cell) -> str:
    """A cell as text: one blank between words, none round them; days as "01/02/2010"."""
    if isinstance(cell, str):
        return cell if cell.isalnum() else " ".join(cell.split())
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return f"{cell:%d/%m/%Y}" if cell.time() == dt.time() else f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, dt.date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    return f"{cell:%H:%M}" if isinstance(cell, dt.time) else str(cell)


def key_of(text: str) -> str:
    """What two spellings of a word share: letters and digits, one blank between them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", text.casefold().replace("'", "").replace("\u2019", "")).strip()


def fingerprint_of(headings: Iterable[str]) -> str:
    """SHA-256 of a table's headings in their order, as they are compared."""
    joined = "\n".join(key_of(heading) for heading in headings)
    return hashlib.sha256(joined.encode()).hexdigest()
