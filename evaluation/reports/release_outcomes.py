"""What leaves of outcomes: statistics of ten or more, and counts rounded.

Pure. Outcomes stand in a body as texts. A cell that is a count, with or without its share, is
rounded and loses the share, for both together tell more than either; counts that make up all
pairs are protected together; a statistic stays where ten or more are behind it; and a sentence with
a count in it stays inside. How many came is a figure of the report as well: it is printed as that
figure is, and nothing beside it tells it more closely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.disclosure import mean_allowed, protect
from evaluation.disclosure.auditing import is_told
from evaluation.disclosure.printing import Band, band
from evaluation.reports import outcomes as words
from evaluation.reports.numbers import nearest_five

COUNT = re.compile(r"^(\d[\d,]*)(?: \(\d+ %\))?$")
# A whole number that stands by itself, not a decimal, a share or an interval of shares.
WHOLE = re.compile(r"(?<![\d.,])\d[\d,]*(?![\d.,]*\d)(?! %)(?! % )")
SENTENCE = re.compile(r"(?<=[.!?]) ")
# Columns by how many stand behind a row's statistics.
BEHIND = frozenset({"Pairs", "Young people", "Followed up", "Lost"})
# Columns among which all pairs of a row are divided.
DIVIDED = frozenset(
    {
        "Went up",
        "Stayed the same",
        "Went down",
        "Recovered",
        "Improved",
        "Unchanged",
        "Deteriorated",
    }
)
# Columns down which all pairs of a score are divided, by the heading of the rows.
DIVIDED_DOWN = {"Band": ("Before", "After")}
# Outcomes are said of ten pairs or more. Below this, that tells more of a part than the rounded
# number of all pairs, which says 13 or more from here on.
NEARLY_TEN = 13
# Who is counted: the heading of its rows, of which each is a part of the one before it, and the
# column of how many there are.
STEP, COUNTED = "Step", "Young people"
FEWEST = 5
# Words that are about the method, whose numbers are of nobody.
OF_METHOD = frozenset(
    value
    for name, value in vars(words).items()
    if name.endswith("_WORDS") and isinstance(value, str)
)


@dataclass(frozen=True)
class Reached:
    """How many young people were reached by the figures of a report, and how that is printed.

    `is_whole`: outcomes are of the same people, for they are of one programme and every hub.
    """

    exact: int
    printed: str | None
    is_whole: bool = True
    is_exact: bool = False

    @property
    def is_masked(self) -> bool:
        """Whether it is hidden, or printed as too few."""
        return self.printed is None or self.printed.startswith("<")


def outcome_of(outcome: Mapping[str, Any], reached: Reached | None = None) -> dict[str, Any]:
    """One section of outcomes as it leaves beside the figure of who was reached."""
    notes = [note if note in OF_METHOD else without_counts(note) for note in outcome["notes"]]
    facts = [{**fact, "text": without_counts(fact["text"])} for fact in outcome["facts"]]
    return {
        **outcome,
        "facts": [fact for fact in facts if fact["text"]],
        "tables": [_beside(reached, table, _table(table)) for table in outcome["tables"]],
        "notes": [note for note in notes if note],
    }


def without_counts(text: str) -> str:
    """A text without its sentences that hold a whole number."""
    kept = (sentence for sentence in SENTENCE.split(text) if not WHOLE.search(sentence))
    return " ".join(kept)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    has_statistics = any(
        isinstance(value, str) and "." in value and not value.endswith(".")
        for row in table["rows"]
        for value in row["values"]
    )
    behind = [at for at, each in enumerate(table["columns"]) if each["label"] in BEHIND]
    rows = [_row(row, behind if has_statistics else []) for row in table["rows"]]
    _protect_parts(table, rows)
    return {**table, "rows": rows, "protected": True}


# --- Beside the figure of who was reached --------------------------------------------------------
def _beside(
    reached: Reached | None, table: Mapping[str, Any], printed: dict[str, Any]
) -> dict[str, Any]:
    """A table as it leaves, without rows that say nothing, and with nothing that tells the figure.

    Whoever answered was reached, so beside a hidden or small figure no count of them is told.
    """
    rows = printed["rows"]
    if reached is not None and reached.is_masked:
        rows = [_without_numbers(row) for row in rows]
    at = counted_at(table)
    if reached is not None and table.get("row_heading") == STEP and at is not None:
        exact = [_count(row["values"][at]) for row in table["rows"]]
        rows = [_step(reached, *each, at) for each in zip(exact, rows, strict=True)]
        rows[:1] = [_came(reached, exact[0], rows[0], at)] if rows else []
    return {**printed, "rows": [row for row in rows if _says_something(row)]}


def counted_at(table: Mapping[str, Any]) -> int | None:
    """Which column of a table says how many young people there are."""
    labels = [each["label"] for each in table["columns"]]
    return labels.index(COUNTED) if COUNTED in labels else None


def _came(reached: Reached, exact: int | None, row: dict[str, Any], at: int) -> dict[str, Any]:
    """The first step, which is the figure itself where both are of the same people."""
    if reached.is_whole and exact == reached.exact:
        return _with(row, at, reached.printed)
    return row


def _step(reached: Reached, exact: int | None, row: dict[str, Any], at: int) -> dict[str, Any]:
    """A step as it leaves: hidden where it lies so close to an exact figure that few are left."""
    if exact is None or row["values"][at] is None or not reached.is_exact:
        return row
    low, high = band(row["values"][at], FEWEST)
    left = reached.exact - high, reached.exact - low
    over = low - reached.exact, high - reached.exact
    return _with(row, at, None) if _tells(left) or _tells(over) else row


def _tells(difference: Band) -> bool:
    """Whether a difference, which is of nobody at the least, is known too closely."""
    low, high = difference
    return is_told((max(0, low), high), FEWEST)


def _with(row: Mapping[str, Any], at: int, cell: str | None) -> dict[str, Any]:
    values = list(row["values"])
    values[at] = cell
    return {**row, "values": values}


def _without_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    values = [
        None if isinstance(value, str) and re.search(r"\d", value) else value
        for value in row["values"]
    ]
    return {**row, "values": values}


# --- Counts and statistics -----------------------------------------------------------------------
def _protect_parts(table: Mapping[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Print counts that make up all pairs so that no small one can be worked out of the others.

    Where one is small, the statistics beside it go as well: they hang on the same counts.
    """
    for places in _divided(table):
        counts = [_count(table["rows"][row]["values"][at]) for row, at in places]
        whole = [count for count in counts if count is not None]
        if len(whole) < len(counts) or any(rows[row]["values"][at] is None for row, at in places):
            continue
        printed = _printed_together(whole)
        is_safe = all(cell is not None and not cell.startswith("<") for cell in printed)
        if not is_safe and len({row for row, _ in places}) == 1:
            rows[places[0][0]]["values"] = [None] * len(rows[places[0][0]]["values"])
        for (row, at), cell in zip(places, printed, strict=True):
            rows[row]["values"][at] = cell


def _divided(table: Mapping[str, Any]) -> Iterator[list[tuple[int, int]]]:
    """Places (row, column) of cells that make up all pairs of one score."""
    across = [at for at, each in enumerate(table["columns"]) if each["label"] in DIVIDED]
    for row, each in enumerate(table["rows"]):
        if places := [(row, at) for at in across if _count(each["values"][at]) is not None]:
            yield places
    down = DIVIDED_DOWN.get(table.get("row_heading", ""), ())
    scores: dict[str, list[int]] = {}
    for row, each in enumerate(table["rows"]):
        scores.setdefault(each["label"].rpartition(": ")[0], []).append(row)
    for at, column in enumerate(table["columns"]):
        if column["label"] in down:
            yield from ([(row, at) for row in members] for members in scores.values())


def _printed_together(counts: Sequence[int]) -> list[str | None]:
    """Counts as they leave; none of them where their sum, which is told elsewhere, must not."""
    cells = [row[0] for row in protect([[count] for count in counts]).cells]
    has_few = any(isinstance(cell, str) and cell.startswith("<") for cell in cells)
    if cells[-1] is None or (has_few and sum(counts) < NEARLY_TEN):
        return [None for _ in counts]
    return [None if cell is None else str(cell) for cell in cells[:-1]]


def _says_something(row: Mapping[str, Any]) -> bool:
    """Whether words are left in a row: one whose sentences all held counts says nothing.

    Hidden cells (None) stay, for that something is hidden is worth knowing.
    """
    return any(value != "" for value in row["values"])


def _row(row: Mapping[str, Any], behind: list[int]) -> dict[str, Any]:
    counts = [number for at in behind if (number := _count(row["values"][at])) is not None]
    if any(not mean_allowed(number) for number in counts):
        return {**row, "values": [None] * len(row["values"])}
    return {**row, "values": [_cell(value) for value in row["values"]]}


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return None if isinstance(value, int) else value
    number = _count(value)
    if number is not None:
        return nearest_five(number)
    return value if _is_statistic(value) else without_counts(value)


def _count(value: Any) -> int | None:
    found = COUNT.match(value) if isinstance(value, str) else None
    return int(found[1].replace(",", "")) if found else None


def _is_statistic(value: str) -> bool:
    """Whether a text holds decimals alone."""
    return not WHOLE.search(value)
