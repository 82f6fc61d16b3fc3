"""The words of instruments: our own from files beside a definition, others' from CSV.

Words are checked against the definition that they belong to, and are complete or refused: every
item has its question, and every answer that needs a label has one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.instruments.definition import Definition, Form, Item, Scale
from evaluation.instruments.errors import DefinitionError
from evaluation.instruments.reading import WORDS, read_data
from evaluation.instruments.tables import Table

NEEDED = ("instrument", "item", "wording")
OPTIONAL = (
    *("low_label", "high_label", "labels", "min", "max", "min_age"),
    *("language", "form", "title", "intro"),
)
# Bytes; the longest instrument in every edition is a tenth of it.
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Words:
    """The words of one form in one edition, as they are kept.

    `items` are questions by item id; `labels` the label of each answer from the lowest up, empty
    where it has none.
    """

    form: str
    language: str
    title: str
    intro: str
    items: Mapping[str, str]
    labels: Mapping[str, list[str]]

    @property
    def kept(self) -> dict[str, Any]:
        """The same as it is written down."""
        return {
            "title": self.title,
            "intro": self.intro,
            "items": dict(self.items),
            "labels": {name: list(labels) for name, labels in self.labels.items()},
        }


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line of a file of words; the line of the headings is 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


class WordingError(Exception):
    """A file of words cannot be used. `faults` says why, by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(map(str, faults)))
        self.faults = faults


def own_words(definition_file: Path, definition: Definition) -> list[Words]:
    """The words that ship beside a definition; none where it says that it has none.

    Raises:
        DefinitionError: the file of words is missing, or does not fit the definition.
    """
    path = definition_file.with_name(definition_file.name.removesuffix(".toml") + WORDS)
    if not definition.has_wording:
        return []
    try:
        table = Table(read_data(path), "", ("forms",))
        found = [
            _own_form(Table(row, f"forms[{number}]", _FORM), definition)
            for number, row in enumerate(table.rows("forms"), start=1)
        ]
        _refuse_wordless(found, definition)
    except DefinitionError as error:
        raise DefinitionError(path.name, error.key, error.reason) from error
    return found


_FORM = ("form", "language", "title", "intro", "labels", "items")


def _own_form(table: Table, definition: Definition) -> Words:
    form = table.name("form")
    if form not in {one.id for one in definition.forms}:
        raise table.wrong("form", f"names {form!r}, which is no form")
    items = Table(
        table.data.get("items"), table.at("items"), [item.id for item in definition.items]
    )
    labels = table.rows("labels")
    return Words(
        form=form,
        language=table.name("language"),
        title=table.text("title"),
        intro=table.text("intro", ""),
        items={item.id: items.text(item.id) for item in definition.items},
        labels={item.id: _own_labels(table, item, labels) for item in definition.items},
    )


def _own_labels(table: Table, item: Item, labels: list[Any]) -> list[str]:
    if not all(isinstance(label, str) and label for label in labels):
        raise table.wrong("labels", "are not text")
    if len(labels) != item.high - item.low + 1:
        raise table.wrong("labels", f"are not {item.high - item.low + 1}, as {item.id!r} needs")
    return labels


def _refuse_wordless(found: list[Words], definition: Definition) -> None:
    worded = {words.form for words in found}
    for form in definition.forms:
        if form.id not in worded:
            raise DefinitionError("", "forms", f"have no words for {form.id!r}")


@dataclass
class _Reading:
    """A CSV as it is read: words by instrument, form and language, and what is wrong so far."""

    definitions: Mapping[str, Definition]
    languages: Collection[str]
    faults: list[Fault] = field(default_factory=list)
    first_lines: dict[tuple[str, str, str], int] = field(default_factory=dict)
    items: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    labels: dict[tuple[str, str, str], dict[str, list[str]]] = field(default_factory=dict)
    heads: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)


class _LineError(Exception):
    """What is wrong in the line that is read."""


def read_csv(
    content: bytes, definitions: Mapping[str, Definition], languages: Collection[str]
) -> dict[tuple[str, str, str], Words]:
    """Words by instrument, form and language of a CSV file in UTF-8, checked against definitions.

    `definitions` are those that words may be for, by id, and `languages` the codes of the editions
    there are. The columns `instrument`, `item` and
    `wording` are needed; `labels` are separated by |; without `form` the instrument's only form is
    meant, without `language` the form's edition; `min`, `max` and `min_age` must agree with the
    definition; `title` and `intro` may stand in any line of a form.

    Raises:
        WordingError: with every line that is wrong.
    """
    reading = _Reading(definitions, languages)
    for line, row in _rows(content):
        try:
            _read_row(reading, line, row)
        except _LineError as error:
            reading.faults.append(Fault(line, str(error)))
    if not reading.faults:
        _refuse_gaps(reading)
    if reading.faults:
        raise WordingError(reading.faults)
    return {key: _words_of(reading, key) for key in reading.items}


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise WordingError([Fault(1, "The file is larger than 1 MB.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WordingError([Fault(1, "The file is not UTF-8 text.")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from _read_rows(reader)
    except csv.Error as error:
        raise WordingError([Fault(reader.line_num, f"This is not CSV: {error}.")]) from error


def _read_rows(reader: Any) -> Iterator[tuple[int, dict[str, str]]]:
    headings = [heading.strip().lower() for heading in next(reader, [])]
    _check_headings(headings)
    empty = True
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        empty = False
        if len(values) != len(headings):
            reason = f"There are {len(values)} values and {len(headings)} headings."
            raise WordingError([Fault(reader.line_num, reason)])
        yield reader.line_num, dict(zip(headings, map(str.strip, values), strict=True))
    if empty:
        raise WordingError([Fault(1, "There is no line under the headings.")])


def _check_headings(headings: list[str]) -> None:
    faults = [f"The column {name!r} is missing." for name in NEEDED if name not in headings]
    known = {*NEEDED, *OPTIONAL}
    faults += [f"There is no column {name!r} here." for name in headings if name not in known]
    if len(set(headings)) != len(headings):
        faults.append("A column is there twice.")
    if faults:
        raise WordingError([Fault(1, reason) for reason in faults])


def _read_row(reading: _Reading, line: int, row: Mapping[str, str]) -> None:
    definition = reading.definitions.get(row["instrument"])
    if definition is None:
        raise _LineError(
            f"There is no instrument {row['instrument']!r} here to bring words in for."
        )
    form = _form_of(definition, row.get("form", ""))
    item = _item_of(definition, row)
    if not row["wording"]:
        raise _LineError("The wording is empty.")
    language = row.get("language") or form.edition
    if language not in reading.languages:
        raise _LineError(f"The language is none of {', '.join(reading.languages)}.")
    key = (definition.id, form.id, language)
    items = reading.items.setdefault(key, {})
    reading.first_lines.setdefault(key, line)
    if item.id in items:
        raise _LineError(f"{item.id!r} is there already.")
    items[item.id] = row["wording"]
    reading.labels.setdefault(key, {})[item.id] = _labels_of(item, form, row)
    title, intro = reading.heads.get(key, ("", ""))
    reading.heads[key] = (title or row.get("title", ""), intro or row.get("intro", ""))


def _form_of(definition: Definition, name: str) -> Form:
    forms = {form.id: form for form in definition.forms}
    if not name and len(forms) == 1:
        return definition.forms[0]
    if name not in forms:
        raise _LineError(f"The form is none of {', '.join(forms)}.")
    return forms[name]


def _item_of(definition: Definition, row: Mapping[str, str]) -> Item:
    try:
        item = definition.item(row["item"])
    except KeyError:
        raise _LineError(f"{definition.name} has no item {row['item']!r}.") from None
    facts = {
        "min": item.low,
        "max": item.high,
        "min_age": item.min_age if item.min_age is not None else definition.min_age,
    }
    for name, fact in facts.items():
        given = row.get(name, "")
        if given and given != str(fact):
            raise _LineError(f"{name} is {given}; the definition has {fact}.")
    return item


def _labels_of(item: Item, form: Form, row: Mapping[str, str]) -> list[str]:
    low, high, all_of_them = (row.get(name, "") for name in ("low_label", "high_label", "labels"))
    count = item.high - item.low + 1
    if all_of_them:
        return _split_labels(all_of_them, count)
    if form.scale != Scale.NUMBERS:
        raise _LineError(f"labels is empty; {count} are needed, separated by |.")
    if not (low and high):
        raise _LineError("low_label or high_label is empty; both ends need their words.")
    return [low, *[""] * (count - 2), high]


def _split_labels(given: str, count: int) -> list[str]:
    labels = [label.strip() for label in given.split("|")]
    if len(labels) != count or not all(labels):
        raise _LineError(f"labels has {len(list(filter(None, labels)))}; {count} are needed.")
    return labels


def _refuse_gaps(reading: _Reading) -> None:
    for key, items in reading.items.items():
        for item in reading.definitions[key[0]].items:
            if item.id not in items:
                reason = f"{item.id!r} has no wording in form {key[1]!r} in {key[2]!r}."
                reading.faults.append(Fault(reading.first_lines[key], reason))


def _words_of(reading: _Reading, key: tuple[str, str, str]) -> Words:
    definition = reading.definitions[key[0]]
    title, intro = reading.heads[key]
    order = [item.id for item in definition.items]
    return Words(
        form=key[1],
        language=key[2],
        title=title or definition.name,
        intro=intro,
        items={name: reading.items[key][name] for name in order},
        labels={name: reading.labels[key][name] for name in order},
    )
