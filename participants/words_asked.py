"""What is asked for consent, word for word: one file a purpose and version, in every edition.

English governs: what another language says is an aid to reading it, made by a machine until a
speaker has checked it. A version that somebody may have been shown never changes; other words are
another file with the next number. `tests/participants/test_words_asked.py` holds their hashes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from participants.models import Purpose

FOLDER = Path(__file__).parent / "wordings"
ENGLISH = settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Words:
    """What is asked about one purpose, in one version and one edition."""

    purpose: Purpose
    version: int
    language: str
    question: str
    text: str


def current_version(purpose: Purpose) -> int:
    """The number of the words that are asked now: the highest there is."""
    return _versions()[purpose]


def words_of(purpose: Purpose, language: str = ENGLISH, version: int | None = None) -> Words:
    """What is, or was, asked about a purpose.

    Raises KeyError for an edition, OSError for a version, that there is not.
    """
    number = version or current_version(purpose)
    return Words(purpose, number, language, **_read(purpose, number)[language])


@cache
def _read(purpose: Purpose, version: int) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / f"{purpose.value}.{version}.toml").read_text())


@cache
def _versions() -> dict[Purpose, int]:
    found: dict[Purpose, int] = {}
    for path in FOLDER.glob("*.toml"):
        name, number = path.stem.split(".")
        purpose = Purpose(name)
        found[purpose] = max(found.get(purpose, 0), int(number))
    return found
