"""What is shown of an import, its cells read from the file again: nothing of them is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from activities.models import Activity
from hubs.models import Hub
from participants.importing.faults import UNKNOWN_WORD
from participants.importing.fields import FIELDS
from participants.importing.reading import Row, UnreadableError
from participants.importing.table import EXAMPLES
from participants.importing.text import key_of, text_of
from participants.models import ImportBatch
from participants.queries.imports.source import looked_up, opened, table_rows

MOST_WORDS = 100
NAMES = frozenset({"given_name", "family_name", "full_name"})
LONGEST_SHOWN = 80


@dataclass(frozen=True)
class ShownFault:
    """A fault with the text of its cell, read from the file again; "" for a row as a whole."""

    row: int
    column: str
    reason: str
    text: str


@dataclass(frozen=True)
class UnknownWords:
    """Words of a category that nobody has explained yet, and what they may mean."""

    field: str
    label: str
    words: list[str]
    choices: list[tuple[str, str]]


def fault_counts(batch: ImportBatch) -> list[tuple[str, str, int]]:
    """(column, reason, how many rows), the most first."""
    counts = Counter((column, reason) for _, column, reason in batch.faults)
    return [(column, reason, many) for (column, reason), many in counts.most_common()]


def faults_page(batch: ImportBatch, faults: Sequence[Sequence[int | str]]) -> list[ShownFault]:
    """These faults with the text of their cells. Reads the file as far as the last of them."""
    wanted = {int(row) for row, _, _ in faults}
    rows = dict(_rows(batch, wanted))
    places = {column: index for index, column in enumerate(batch.columns)}
    return [
        ShownFault(
            int(row), str(column), str(reason), _text(rows.get(int(row)), places.get(str(column)))
        )
        for row, column, reason in faults
    ]


def unknown_words(batch: ImportBatch) -> list[UnknownWords]:
    """Words that are not known, once each by field, with what each can be said to mean.

    Reads the file once. A field whose column seems not to hold a category, by its very many
    words, is left out.
    """
    fields = FIELDS[batch.kind]
    by_column = {
        batch.columns[int(index)]: fields[key]
        for index, key in batch.matched.items()
        if fields[key].is_category
    }
    wanted: defaultdict[int, list[str]] = defaultdict(list)
    for row, column, reason in batch.faults:
        if reason == UNKNOWN_WORD and column in by_column:
            wanted[int(row)].append(str(column))
    if not wanted:
        return []
    places = {column: index for index, column in enumerate(batch.columns)}
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, row in _rows(batch, wanted):
        for column in wanted[number]:
            text = _text(row, places[column])
            found[by_column[column].key].setdefault(key_of(text), text)
    names = looked_up(batch)
    return [
        UnknownWords(key, fields[key].label, sorted(words.values()), _choices(batch, key, names))
        for key, words in sorted(found.items())
        if len(words) <= MOST_WORDS
    ]


def known_rows(batch: ImportBatch) -> list[tuple[int, UUID, str]]:
    """(row, person, name as in the file) of rows about people who are known already.

    The rows are those that the check found, up to a number of them; names are read again.
    """
    known = {int(row): UUID(person) for row, person in batch.summary.get("known", [])}
    names = [int(index) for index, key in batch.matched.items() if key in NAMES]
    return [
        (number, known[number], " ".join(filter(None, (_text(row, index) for index in names))))
        for number, row in _rows(batch, known)
    ]


def examples_of(batch: ImportBatch) -> list[list[str]]:
    """A few texts of each column, read from the file; none where it is gone."""
    examples: list[list[str]] = [[] for _ in batch.columns]
    try:
        with opened(batch) as file:
            for count, (_, row) in enumerate(table_rows(batch, file)):
                if count >= EXAMPLES * 4:
                    break
                for index in range(min(len(row), len(examples))):
                    text = _text(row, index)
                    if text and text not in examples[index] and len(examples[index]) < EXAMPLES:
                        examples[index].append(text)
    except UnreadableError:
        return [[] for _ in batch.columns]
    return examples


def _choices(
    batch: ImportBatch, key: str, names: dict[str, dict[str, str]]
) -> list[tuple[str, str]]:
    choices = FIELDS[batch.kind][key].choices
    if choices is None:
        return _own_names(key, names.get(key, {}).values())
    return [(code, spoken[0].capitalize()) for code, spoken in choices.items()]


def _own_names(key: str, ids: Collection[str]) -> list[tuple[str, str]]:
    """Ids of hubs or activities as text, each with the name as it is written here."""
    named = (
        Hub.objects.values_list("pk", "name")
        if key == "hub"
        else Activity.objects.values_list("pk", "title")
    )
    found = ((str(pk), name) for pk, name in named.filter(pk__in=ids))
    return sorted(found, key=lambda each: each[1].casefold())


def _rows(batch: ImportBatch, wanted: Collection[int]) -> Iterator[tuple[int, Row]]:
    if not wanted:
        return
    last = max(wanted)
    try:
        with opened(batch) as file:
            for number, row in table_rows(batch, file):
                if number in wanted:
                    yield number, row
                if number >= last:
                    return
    except UnreadableError:
        return


def _text(row: Row | None, index: int | None) -> str:
    if row is None or index is None or index >= len(row):
        return ""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text_of(row[index]))
    return text[:LONGEST_SHOWN]
