"""Scores of answers, as an instrument's definition says. Pure: definitions and numbers in.

Answers are always found by the id of their item, never by position, and an item that counts turned
round is turned (lowest + highest - answer) before anything is added. A form that is not complete
enough has no score, and a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.instruments.definition import Definition, Item, Method, Score


class AnswerError(ValueError):
    """An answer that the instrument does not know, or that is outside its range."""

    def __init__(self, item: str, reason: str) -> None:
        super().__init__(f"{item}: {reason}")
        self.item = item
        self.reason = reason


@dataclass(frozen=True)
class ScoreValue:
    """One score. `value` is in the score's own units, None where too little was answered.

    `answered` of the `of` items were answered; `band` is the id of the score's band; `reason` says
    why there is no value.
    """

    value: float | None
    answered: int
    of: int
    band: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Scores(Mapping[str, ScoreValue]):
    """All scores of one form, by their ids."""

    by_id: Mapping[str, ScoreValue] = field(default_factory=dict)

    def __getitem__(self, score_id: str) -> ScoreValue:
        return self.by_id[score_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def only(self) -> ScoreValue:
        """The score of an instrument that has one; ValueError where there are several."""
        (score,) = self.by_id.values()
        return score

    @property
    def value(self) -> float | None:
        """The value of the only score."""
        return self.only.value

    @property
    def band(self) -> str | None:
        """The band of the only score."""
        return self.only.band

    @property
    def reason(self) -> str:
        """Why the only score has no value."""
        return self.only.reason


def score(definition: Definition, answers: Mapping[str, int | None]) -> Scores:
    """Every score of one form; None stands for an item that was passed over.

    Raises:
        AnswerError: an item that the instrument does not have, or an answer outside its range.
    """
    items = {item.id: item for item in definition.items}
    given = {
        name: _turned(_checked(items, name, answer), answer)
        for name, answer in answers.items()
        if answer is not None
    }
    return Scores({one.id: _score(one, given) for one in definition.scores})


def band_of(score: Score, value: float) -> str | None:
    """The id of the band that a value lies in: the last that starts at or below it."""
    found = None
    for band in score.bands:
        if value >= float(band.low):
            found = band.id
    return found


def _checked(items: Mapping[str, Item], name: str, answer: object) -> Item:
    if name not in items:
        raise AnswerError(name, "is no item of this instrument")
    item = items[name]
    if not isinstance(answer, int) or isinstance(answer, bool):
        raise AnswerError(name, "is not a whole number")
    if not item.low <= answer <= item.high:
        raise AnswerError(name, f"is not from {item.low} to {item.high}")
    return item


def _turned(item: Item, answer: int) -> int:
    return item.low + item.high - answer if item.reverse else answer


def _score(score: Score, given: Mapping[str, int]) -> ScoreValue:
    values = [given[name] for name in score.items if name in given]
    answered, of = len(values), len(score.items)
    if answered < score.minimum_answered:
        reason = f"{answered} of {of} items answered; {score.minimum_answered} are needed."
        return ScoreValue(None, answered, of, reason=reason)
    value = _value(score, sum(values), answered)
    return ScoreValue(value, answered, of, band_of(score, value))


def _value(score: Score, total: int, answered: int) -> float:
    if score.method == Method.TABLE:
        return float(score.table[total])
    if score.method == Method.MEAN:
        return total / answered
    # The rule of owners who let items be missing: the rest count as the mean of those answered.
    return total * len(score.items) / answered


Column = NDArray[np.float64]


def score_many(
    definition: Definition, rows: Sequence[Mapping[str, int | None]]
) -> dict[str, Column]:
    """The values of `score` for many forms at once: for each score's id an array, a row a form.

    Not a number where there is no score.

    Raises:
        AnswerError: as `score` does, for the first item of the definition that has such an answer.
    """
    _refuse_strangers(definition, rows)
    columns = {item.id: _column(item, rows) for item in definition.items}
    return {one.id: _score_column(one, columns) for one in definition.scores}


def _refuse_strangers(definition: Definition, rows: Sequence[Mapping[str, Any]]) -> None:
    known = {item.id for item in definition.items}
    for row in rows:
        if not known.issuperset(row):
            raise AnswerError(min(set(row) - known), "is no item of this instrument")


def _column(item: Item, rows: Sequence[Mapping[str, int | None]]) -> Column:
    """The answers to one item, turned where it says so; not a number where there is none."""
    answers = [row.get(item.id) for row in rows]
    for answer in set(map(type, answers)) - {int, type(None)}:
        raise AnswerError(item.id, f"is not a whole number ({answer.__name__})")
    column = np.array(answers, dtype=np.float64)
    if np.any((column < item.low) | (column > item.high)):
        raise AnswerError(item.id, f"is not from {item.low} to {item.high}")
    return item.low + item.high - column if item.reverse else column


def _score_column(score: Score, columns: Mapping[str, Column]) -> Column:
    block = np.stack([columns[name] for name in score.items])
    answered = np.sum(~np.isnan(block), axis=0)
    total = np.nansum(block, axis=0)
    counts = answered >= score.minimum_answered
    if score.method == Method.TABLE:
        return _looked_up(score, total, counts)
    share = len(score.items) if score.method != Method.MEAN else 1
    return np.divide(total * share, answered, out=np.full(len(total), np.nan), where=counts)


def _looked_up(score: Score, total: Column, counts: NDArray[np.bool_]) -> Column:
    raw = np.array(sorted(score.table), dtype=np.float64)
    values = np.array([float(score.table[int(one)]) for one in raw])
    found = np.full(len(total), np.nan)
    found[counts] = values[np.searchsorted(raw, total[counts])]
    return found
