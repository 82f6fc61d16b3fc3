"""Reading a file of pairs: a score before and after, one person a line. Pure: text in, rows out."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# As R, SPSS and spreadsheets leave an answer out.
MISSING = frozenset({"", ".", "na", "n/a", "nan", "null", "#n/a"})
DELIMITERS = (",", ";", "\t")


class PairsFileError(Exception):
    """A file that cannot be read; says column and line where there are any."""


@dataclass(frozen=True)
class Columns:
    """Which column of the file holds what, by its heading; empty where it is not asked for."""

    before: str
    after: str
    group: str = ""
    hours: str = ""

    def named(self) -> tuple[str, ...]:
        """The headings asked for."""
        return tuple(name for name in (self.before, self.after, self.group, self.hours) if name)


@dataclass(frozen=True)
class PairRow:
    """One line with both scores; `group` and `hours` are None where they are blank."""

    line: int
    before: float
    after: float
    group: str | None = None
    hours: float | None = None


@dataclass(frozen=True)
class PairsFile:
    """What a file held: the lines with both scores, and why others were left out."""

    lines: int
    rows: tuple[PairRow, ...]
    left_out: dict[str, int]


def read_pairs(content: bytes, columns: Columns, delimiter: str = "") -> PairsFile:
    """The pairs of a CSV file in UTF-8, with or without a byte order mark.

    Without `delimiter` the one that its first line uses most. Blank cells and NA are missing:
    such a line is left out and counted. Anything else that is no number raises PairsFileError.
    """
    lines = _lines(_text(content), delimiter)
    number, headings = next(lines, (0, []))
    if not headings:
        raise PairsFileError("there is nothing in it.")
    places = _places([heading.strip() for heading in headings], columns)
    rows: list[PairRow] = []
    left_out: Counter[str] = Counter()
    count = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if len(cells) != len(headings):
            raise PairsFileError(
                f"line {number}: {len(cells)} cells, but there are {len(headings)} headings."
            )
        row = _row({name: cells[place].strip() for name, place in places.items()}, columns, number)
        if isinstance(row, str):
            left_out[row] += 1
        else:
            rows.append(row)
    return PairsFile(count, tuple(rows), dict(sorted(left_out.items())))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PairsFileError(f"line {line}: it is not in UTF-8.") from error


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each line's number and cells."""
    first = text.split("\n", 1)[0]
    chosen = delimiter or max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=chosen, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise PairsFileError(f"line {reader.line_num}: {error}.") from error


def _places(headings: list[str], columns: Columns) -> dict[str, int]:
    """Where each column asked for is."""
    for name in columns.named():
        if headings.count(name) != 1:
            what = "more than one column" if name in headings else "no column"
            known = ", ".join(heading or "(blank)" for heading in headings)
            raise PairsFileError(f'line 1: there is {what} "{name}". Its columns: {known}.')
    return {name: headings.index(name) for name in columns.named()}


def _row(cells: dict[str, str], columns: Columns, line: int) -> PairRow | str:
    """The pair of a line, or why there is none."""
    before, after = (_number(cells[name], name, line) for name in (columns.before, columns.after))
    if before is None and after is None:
        return f"{columns.before} and {columns.after} are blank"
    if before is None or after is None:
        return f"{columns.before if before is None else columns.after} is blank"
    group = cells.get(columns.group, "")
    hours = _number(cells[columns.hours], columns.hours, line) if columns.hours else None
    return PairRow(line, before, after, None if group.lower() in MISSING else group, hours)


def _number(cell: str, name: str, line: int) -> float | None:
    """The number of a cell, None where it is missing."""
    if cell.lower() in MISSING:
        return None
    value = float(cell) if NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(value):
        raise PairsFileError(f'line {line}, column "{name}": "{cell}" is not a number.')
    return value
