"""Templates that are filled in once for each shape and language, and then only get their words.

A template looks every word of its own up anew for each page, though only the words that people
wrote differ. So it is rendered once with marks in their place, for every shape that it can have,
and what was rendered is kept. Templates show such words as they are: a filter would see a mark.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Letters of the private use area, which no text has.
BEGIN, END = "\ue000", "\ue001"
MARK = re.compile(f"{BEGIN}(.+?){END}")
Word = str | list[str]
# Shapes and languages together; a shape is some ten kilobytes.
MOST = 1000


def filled(template: str, shape: Mapping[str, Hashable], words: Mapping[str, Word]) -> SafeString:
    """Render a template with a shape and words, each under its name.

    What a template decides by belongs to the shape. Of a word it may ask whether it is empty, and
    of a list how many words it has. Words are escaped, but for those that are safe already.
    """
    there = tuple((name, _size(word)) for name, word in words.items())
    parts = list(_parts(template, get_language(), tuple(shape.items()), there))
    for number in range(1, len(parts), 2):
        parts[number] = _escaped(_word(words, parts[number]))
    # Every second part was escaped just now, and the others are the template.
    return SafeString("".join(parts))


def _size(word: Word) -> int:
    """How many words there are in a list; -1 for a single one and 0 for none."""
    if isinstance(word, list):
        return len(word)
    return -1 if word else 0


def _word(words: Mapping[str, Word], mark: str) -> str:
    name, _, number = mark.partition(" ")
    word = words[name]
    return word[int(number)] if isinstance(word, list) else word


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)


@lru_cache(maxsize=MOST)
def _parts(
    template: str,
    language: str | None,
    shape: tuple[tuple[str, Hashable], ...],
    there: tuple[tuple[str, int], ...],
) -> tuple[str, ...]:
    """Text and marks by turns, beginning with text."""
    marks = {name: _marks(name, size) for name, size in there}
    return tuple(MARK.split(render_to_string(template, dict(shape) | marks)))


def _marks(name: str, size: int) -> Word:
    if size < 0:
        return f"{BEGIN}{name}{END}"
    return [f"{BEGIN}{name} {number}{END}" for number in range(size)] or ""
