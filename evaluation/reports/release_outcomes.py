"""What leaves of outcomes: statistics of ten or more, and counts rounded.

Pure. Outcomes stand in a body as texts. A cell that is a count, with or without its share, is
rounded and loses the share, for both together tell more than either; a statistic stays where ten
or more are behind it; and a sentence with a count in it stays inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evaluation.disclosure import mean_allowed
from evaluation.reports import outcomes as words
from evaluation.reports.numbers import nearest_five

COUNT = re.compile(r"^(\d[\d,]*)(?: \(\d+ %\))?$")
# A whole number that stands by itself, not a decimal, a share or an interval of shares.
WHOLE = re.compile(r"(?<![\d.,])\d[\d,]*(?![\d.,]*\d)(?! %)(?! % )")
SENTENCE = re.compile(r"(?<=[.!?]) ")
# Columns by how many stand behind a row's statistics.
BEHIND = frozenset({"Pairs", "Young people", "Followed up", "Lost"})
# Words that are about the method, whose numbers are of nobody.
OF_METHOD = frozenset(
    value
    for name, value in vars(words).items()
    if name.endswith("_WORDS") and isinstance(value, str)
)


def outcome_of(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """One section of outcomes as it leaves."""
    notes = [note if note in OF_METHOD else without_counts(note) for note in outcome["notes"]]
    facts = [{**fact, "text": without_counts(fact["text"])} for fact in outcome["facts"]]
    return {
        **outcome,
        "facts": [fact for fact in facts if fact["text"]],
        "tables": [_table(table) for table in outcome["tables"]],
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
    return {**table, "rows": [row for row in rows if _says_something(row)], "protected": True}


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
