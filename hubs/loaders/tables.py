"""Comma-separated tables, read strictly, one row at a time."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from hubs.loaders.errors import SourceFileError

BOM = b"\xef\xbb\xbf"
# No line of an official table is a hundredth as long; a longer one is no table.
LONGEST_LINE = 1_000_000
# Published counts look like "29199.00".
WHOLE = re.compile(r"[0-9]{1,9}(\.0+)?")
DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. Its readers raise SourceFileError that names line and column."""

    path: Path
    line: int
    values: dict[str, str]

    def text(self, column: str, *, longest: int) -> str:
        """Words that must be there."""
        value = self.values[column].strip()
        if not value:
            raise self.error(column, "is empty.")
        if len(value) > longest:
            raise self.error(column, f"is longer than {longest} characters.")
        return value

    def code(self, column: str, pattern: re.Pattern[str], what: str) -> str:
        """A code of a fixed shape; `what` describes it to people."""
        value = self.values[column].strip()
        if not pattern.fullmatch(value):
            raise self.error(column, f"{shown(value)} is not {what}.")
        return value

    def whole(self, column: str, lowest: int, highest: int) -> int:
        """A whole number, written as 29199 or as 29199.00."""
        value = self.values[column].strip()
        if not WHOLE.fullmatch(value):
            raise self.error(column, f"{shown(value)} is not a whole number.")
        number = int(value.partition(".")[0])
        if not lowest <= number <= highest:
            raise self.error(column, f"{number} is not between {lowest} and {highest}.")
        return number

    def degrees(self, column: str, lowest: int, highest: int) -> Decimal | None:
        """Degrees of latitude or longitude to five places; empty where not known."""
        value = self.values[column].strip()
        if not value:
            return None
        if not DECIMAL.fullmatch(value):
            raise self.error(column, f"{shown(value)} is not a number of degrees.")
        number = Decimal(value)
        if not lowest <= number <= highest:
            raise self.error(column, f"{number} is not between {lowest} and {highest}.")
        return number.quantize(Decimal("0.00001"))

    def error(self, column: str | None, problem: str) -> SourceFileError:
        """An error at this line."""
        return SourceFileError(self.path, problem, line=self.line, column=column)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Every row of a UTF-8 table with a header, with the values of these columns.

    A byte order mark, line ends of either kind, blank lines and further columns are welcome. Raises
    SourceFileError for a file that cannot be read, is no text or lacks a column, for a line with
    too few or too many fields, for a file without rows, and for a last line without its end: a
    file that was cut off.
    """
    try:
        with path.open("rb") as file:
            yield from _rows(path, file, columns)
    except OSError as error:
        raise SourceFileError(path, f"cannot be read: {error.strerror}.") from error


def shown(value: str) -> str:
    """A value as an error shows it: short, and on one line."""
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")


def _rows(path: Path, file: BinaryIO, columns: Sequence[str]) -> Iterator[Row]:
    lines = _Lines(path, file)
    reader = csv.reader(lines, strict=True)
    header = _next(reader, lines)
    if header is None:
        raise SourceFileError(path, "is empty.")
    _check_header(path, header, columns)
    count = 0
    while (fields := _next(reader, lines)) is not None:
        if not fields:
            continue
        _check_width(path, lines.number, header, fields)
        values = dict(zip(header, fields, strict=True))
        yield Row(path, lines.number, {name: values[name] for name in columns})
        count += 1
    if not count:
        raise SourceFileError(path, "has a header and no rows.", line=2)
    if not lines.ended:
        raise SourceFileError(
            path,
            "the last line has no line end: the file seems to be cut off.",
            line=lines.number,
            column=header[-1],
        )


class _Lines:
    """Lines of a file as text, with the number of the last one read."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.number = 0
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE + 1):
            self.number += 1
            if len(line) > LONGEST_LINE or b"\0" in line:
                raise SourceFileError(self.path, "is not a text table.", line=self.number)
            self.ended = line.endswith(b"\n")
            yield self._decoded(line.removeprefix(BOM) if self.number == 1 else line)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise SourceFileError(
                self.path,
                "is not UTF-8 text; save the file as CSV UTF-8.",
                line=self.number,
                place=f"byte {error.start + 1} of the line",
            ) from error


def _next(reader: Iterator[list[str]], lines: _Lines) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise SourceFileError(lines.path, f"is broken: {error}.", line=lines.number) from error


def _check_header(path: Path, header: list[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in header:
            raise SourceFileError(path, "is missing.", line=1, column=column)
    for column in header:
        if header.count(column) > 1:
            raise SourceFileError(path, "stands there twice.", line=1, column=column)


def _check_width(path: Path, line: int, header: list[str], fields: list[str]) -> None:
    if len(fields) < len(header):
        raise SourceFileError(
            path,
            f"is missing: the line has {len(fields)} of {len(header)} fields.",
            line=line,
            column=header[len(fields)],
        )
    if len(fields) > len(header):
        raise SourceFileError(
            path,
            f"the line has {len(fields)} fields, the header {len(header)}.",
            line=line,
            column=header[-1],
        )
