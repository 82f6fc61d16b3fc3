"""The one font of every PDF, from its wheel, and what to do with letters that it does not hold."""

from __future__ import annotations

import shutil
import struct
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import font_source_sans_pro

_FILES = Path(font_source_sans_pro.__file__).parent / "files"
_WEIGHTS = ("Regular", "Semibold", "Bold")
# Code points that PDF/A and PDF/UA refuse or that would be invisible.
_REFUSED = frozenset({"Cn", "Co", "Cs", "Cc", "Cf"})


@contextmanager
def font_folder() -> Iterator[str]:
    """A folder with the weights that documents use, one file each, while the block runs.

    The wheel's own folder holds every weight twice (.otf and .ttf), and which of the two is
    taken would hang on the order of its files. Typst reads the files late, and prints nothing
    at all, without a word, where they are gone by then.
    """
    with tempfile.TemporaryDirectory() as folder:
        for weight in _WEIGHTS:
            shutil.copy(_FILES / f"SourceSansPro-{weight}.otf", folder)
        yield folder


class Missing:
    """Replaces what the font does not hold by marks, [?A], [?B] and so on, and keeps a list."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}

    def printable(self, text: str) -> str:
        """The text with every run of letters that the font lacks replaced by its mark."""
        held = coverage()
        if all(ord(letter) in held for letter in text):
            return text
        out, run = [], ""
        for letter in text:
            if ord(letter) in held:
                out.append(self._mark(run) + letter)
                run = ""
            elif not _invisible(letter):
                run += letter
        return "".join([*out, self._mark(run)])

    def listed(self) -> list[dict[str, str]]:
        """[{"mark", "points"}]: what each mark stands for, as Unicode code points."""
        return [
            {"mark": mark, "points": " ".join(f"U+{ord(letter):04X}" for letter in run)}
            for run, mark in self.marks.items()
        ]

    def _mark(self, run: str) -> str:
        if not run:
            return ""
        return self.marks.setdefault(run, f"[?{_letters(len(self.marks))}]")


@cache
def coverage() -> frozenset[int]:
    """The code points that all weights of the font have a glyph for."""
    weights = [_code_points(_FILES / f"SourceSansPro-{weight}.otf") for weight in _WEIGHTS]
    held = frozenset.intersection(*weights)
    return frozenset(point for point in held if unicodedata.category(chr(point)) not in _REFUSED)


def _letters(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    head, tail = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + tail)


def _invisible(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"


def _code_points(path: Path) -> frozenset[int]:
    """The keys of a font's `cmap` (OpenType 1.9, formats 4 and 12)."""
    font = path.read_bytes()
    count = struct.unpack_from(">H", font, 4)[0]
    tables = [struct.unpack_from(">4sIII", font, 12 + 16 * at) for at in range(count)]
    start = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    points: set[int] = set()
    for at in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * at)
        if platform in {0, 3}:
            points |= _subtable(font, start + offset)
    return frozenset(points)


def _subtable(font: bytes, at: int) -> set[int]:
    layout = struct.unpack_from(">H", font, at)[0]
    if layout == 12:
        groups = struct.unpack_from(">I", font, at + 12)[0]
        spans = [struct.unpack_from(">II", font, at + 16 + 12 * n) for n in range(groups)]
    elif layout == 4:
        segments = struct.unpack_from(">H", font, at + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", font, at + 14)
        starts = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
        spans = [span for span in zip(starts, ends, strict=True) if span[0] != 0xFFFF]
    else:
        return set()
    return {point for first, last in spans for point in range(first, last + 1)}
