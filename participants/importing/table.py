"""Where a table's headings are, what its columns are called, and which field each may be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from participants.importing import values
from participants.importing.faults import ValueFault
from participants.importing.fields import FIELDS, HEAD_COUNTS
from participants.importing.reading import Cell, Row, UnreadableError, is_blank
from participants.importing.text import key_of, text_of

# Titles, addresses and notes stand above the headings of many a spreadsheet.
LOOKED_AT = 25
EXAMPLES = 3
LONGEST_HEADING = 80
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Table:
    """The row of the headings as in the file, every column's name, and examples by column.

    `rows` counts the rows below the headings that say something, `last_row` is the last one's
    number.
    """

    heading_row: int
    columns: list[str]
    examples: list[list[str]]
    rows: int
    last_row: int


def survey(rows: Iterable[tuple[int, Row]], kind: str, *, heading_row: int | None = None) -> Table:
    """Look through all rows once, keeping none.

    Raises:
        UnreadableError: there are no headings, or nothing below them.
    """
    stream = iter(rows)
    top = _top(stream, heading_row)
    if not top:
        raise UnreadableError("The file has no rows.")
    start = _heading_index(top, kind, heading_row)
    number, heading = top[start]
    examples: list[list[str]] = []
    count, last, width = 0, number, _width(heading)
    for below, row in _chained(top[start + 1 :], stream):
        count, last = count + 1, below
        width = max(width, _width(row))
        if count <= EXAMPLES * 4:
            _add_examples(examples, row)
    if not count:
        raise UnreadableError("There are headings, and no rows below them.")
    columns = columns_of(heading, width)
    return Table(number, columns, [*examples, *([] for _ in columns)][: len(columns)], count, last)


def body(rows: Iterable[tuple[int, Row]], heading_row: int) -> Iterator[tuple[int, Row]]:
    """The rows below the headings."""
    return ((number, row) for number, row in rows if number > heading_row)


def columns_of(heading: Sequence[Cell], width: int) -> list[str]:
    """A name of its own for each column: "Name" and "Name (2)"; "Column 8" where there is none."""
    found: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        text = text_of(heading[index])[:LONGEST_HEADING] if index < len(heading) else ""
        text = "".join(letter for letter in text if letter.isprintable()).strip()
        name = base = text or f"Column {index + 1}"
        again = 1
        while name.casefold() in taken:
            again += 1
            name = f"{base} ({again})"
        taken.add(name.casefold())
        found.append(name)
    return found


def guess(columns: Sequence[str], kind: str, *, today: dt.date) -> dict[str, str]:
    """Which field each column seems to be, {number of the column as text: field}.

    By its heading, exactly or but for marks and blanks; each field once.
    """
    names = {name: each.key for each in FIELDS[kind].values() for name in each.names()}
    found: dict[str, str] = {}
    for index, column in enumerate(columns):
        field = next((names[key] for key in _spellings(column) if key in names), None)
        if field and field not in found.values():
            found[str(index)] = field
        elif kind == HEAD_COUNTS and day_of_heading(column, today=today):
            found[str(index)] = "on_heading"
    return found


def day_of_heading(column: str, *, today: dt.date) -> dt.date | None:
    """The day that a column is called by; None where it is called something else."""
    if not any(letter.isdigit() for letter in column) or column.isdecimal():
        return None
    try:
        return values.past_date(re.sub(r" \(\d+\)$", "", column), today=today)
    except ValueFault:
        return None


def usable(matched: Mapping[str, str], columns: Sequence[str], kind: str) -> dict[str, str]:
    """What of an earlier match fits these columns and the fields that there are now."""
    return {
        index: field
        for index, field in matched.items()
        if index.isdecimal() and int(index) < len(columns) and field in FIELDS[kind]
    }


def _spellings(column: str) -> tuple[str, ...]:
    plain = re.sub(r" \(\d+\)$", "", column)
    key = key_of(plain)
    without_note = key_of(re.sub(r"\(.*?\)|\*|:$", " ", plain))
    return key, key_of(_CAMEL.sub(" ", plain)), without_note, without_note.removeprefix("child ")


def _top(stream: Iterator[tuple[int, Row]], heading_row: int | None) -> list[tuple[int, Row]]:
    wanted = heading_row or 0
    top = []
    for number, row in stream:
        top.append((number, row))
        if len(top) >= LOOKED_AT and number >= wanted:
            break
    return top


def _heading_index(top: list[tuple[int, Row]], kind: str, wanted: int | None) -> int:
    if wanted is not None:
        for index, (number, _) in enumerate(top):
            if number == wanted:
                return index
        raise UnreadableError("This row is empty, or not among the first of the file.")
    names = {name for each in FIELDS[kind].values() for name in each.names()}
    scores = [_score(row, names) for _, row in top]
    return scores.index(max(scores))


def _score(row: Row, names: set[str]) -> float:
    """How much a row looks like headings: known ones first, then words, each of them once."""
    texts = [cell for cell in row if isinstance(cell, str) and not is_blank(cell)]
    keys = {key_of(text) for text in texts if len(text) <= LONGEST_HEADING}
    matched = sum(any(s in names for s in _spellings(text_of(text))) for text in texts)
    wordy = sum(1 for key in keys if key and not key[0].isdigit())
    return matched * 100 + wordy


def _width(row: Row) -> int:
    return max((index for index, cell in enumerate(row, 1) if not is_blank(cell)), default=0)


def _add_examples(examples: list[list[str]], row: Row) -> None:
    for index, cell in enumerate(row):
        if index == len(examples):
            examples.append([])
        text = text_of(cell)
        if text and len(examples[index]) < EXAMPLES and text not in examples[index]:
            examples[index].append(text[:LONGEST_HEADING])


def _chained(
    first: list[tuple[int, Row]], rest: Iterator[tuple[int, Row]]
) -> Iterator[tuple[int, Row]]:
    yield from first
    yield from rest
